"""What a network and the size of a study mean for its model, told before anything is fitted.

`design.examine` tells what the data alone show: readouts measured once or constant, agents always given together,
too few conditions.
"""

from __future__ import annotations

from collections.abc import Sequence

from kinescape.foundation.issues import Fault, Faults
from kinescape.model.design import Design
from kinescape.model.fit import expected_bytes, memory_bytes
from kinescape.model.held_out.budget import asked_in, planned_splits
from kinescape.model.held_out.tasks import TASKS
from kinescape.model.members import MOST_MEMORY_BYTES, members_for, members_with, why_left_out
from kinescape.model.prior import Wiring

WORTH_TELLING_BYTES = 500_000_000
"""Fits that take less memory need no word."""


def model_checks(
    designs: Sequence[Design], wiring: Wiring | None = None, *, seed: int = 0
) -> tuple[Fault, ...]:
    """Notes on agents without targets, on fits that take much memory or are left out, and on tests not made.

    Parameters
    ----------
    designs : sequence of Design
        What will be fitted.
    wiring : Wiring, optional
        Network and targets.
    seed : int
        Of the held-out tests.

    Returns
    -------
    tuple of Fault
        All of severity ``note``: nothing here stops a fit.
    """
    notes = Faults()
    if wiring is not None:
        names = sorted({name for design in designs for name in design.agents})
        for name in wiring.without_targets(names):
            notes.add(
                "agent-without-targets",
                f"the network holds no target of {name}: the model knows it by its name only (one-hot), and "
                "can say nothing of it beyond the conditions in which it was given",
                mend="add its targets to agents.tsv",
                severity="note",
            )
    for design in designs:
        _memory(design, wiring, notes)
        _tests(design, wiring, seed, notes)
    return tuple(notes)


def _memory(design: Design, wiring: Wiring | None, notes: Faults) -> None:
    size = f"{len(design)} rows and {len(design.readouts)} readouts of {design.scale}"
    needed = memory_bytes(design)
    taken = expected_bytes(design)
    if needed <= MOST_MEMORY_BYTES and taken > WORTH_TELLING_BYTES:
        notes.add("memory", f"{size} will take about {taken / 1e9:.1f} GB to fit", severity="note")
    told: dict[str, list[str]] = {}
    for member in members_with(wiring):
        why = why_left_out(design, member)
        if why is not None and "GB" in why:
            told.setdefault(why, []).append(member.name)
    for why, members in told.items():
        notes.add("too-large", f"left out: {', '.join(members)}; {why}", severity="note")


def _tests(design: Design, wiring: Wiring | None, seed: int, notes: Faults) -> None:
    """Held-out tests that large designs go without."""
    used = members_for(design, members_with(wiring))
    size = f"{len(design)} rows and {len(design.readouts)} readouts of {design.scale}"
    for task in TASKS:
        found, left_out = planned_splits(design, task, seed, used)
        if left_out is not None:
            notes.add("tests-shortened", f"{size}: {left_out}", severity="note")
        every = {member.name for member in used if member.tasks is None or task in member.tasks}
        untested = every - {member.name for member in asked_in(task, design, used)}
        if untested and not isinstance(found, str):
            notes.add(
                "tests-shortened",
                f"{size}: {', '.join(sorted(untested))} had no part in the test of {task.replace('_', ' ')}, where "
                "they never answer",
                severity="note",
            )
