"""What held-out tests cost, estimated from the sizes alone, and which of them are made where all would take too long.

The estimate decides, and no clock, so that the same study is tested in the same way everywhere. Designs of up to
`LARGE` rows are always tested whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator
from kinescape.model.core.kernels import core_components
from kinescape.model.core.low_rank import LARGE, features_of
from kinescape.model.held_out.tasks import FOLDS, SEEN_CONDITIONS, Split, Task, splits
from kinescape.model.members import NETWORK_MEMBERS, SATURATING, Member

if TYPE_CHECKING:
    from kinescape.model.design import Design

LONGEST_SECONDS = 60.0
"""Estimated time of one task's held-out tests, beyond which fewer are made."""
OPERATIONS_A_SECOND = 2.5e10
EVALUATIONS = 45
"""Of the evidence, for one fit of the core."""
SATURATING_SECONDS = 3e-3
"""For each condition that the saturating network is fitted to."""
FEWEST: dict[Task, int] = {"unseen_combination": 1, "unseen_inhibitor": 3, "new_sample": 1}
"""Tests that are made whatever they take."""
UNITS: dict[Task, str] = {
    "unseen_combination": "folds of the combinations",
    "unseen_inhibitor": "agents",
    "new_sample": "samples",
}


def asked_in(task: Task, design: Design, members: Sequence[Member]) -> tuple[Member, ...]:
    """The members that a task scores; in large designs those with a network where they may answer: unseen agents."""
    return tuple(
        member
        for member in members
        if (member.tasks is None or task in member.tasks)
        and (len(design) <= LARGE or task == "unseen_inhibitor" or member.name not in NETWORK_MEMBERS)
    )


def planned_splits(
    design: Design, task: Task, seed: int, members: Sequence[Member], *, repeats: int | None = None
) -> tuple[list[Split] | str, str | None]:
    """The held-out tests of a task that are made, and a sentence on those that are not.

    Parameters
    ----------
    design : Design
        All the rows.
    task : {"unseen_combination", "unseen_inhibitor", "new_sample"}
        What is held out.
    seed : int
        Decides the splits, and which of them are made.
    members : sequence of Member
        What is fitted to each.
    repeats : int, optional
        How many random partitions, as in `splits`.

    Returns
    -------
    list of Split or str
        As `splits` gives them.
    str or None
        What is left out and why; None where nothing is.
    """
    found = splits(design, task, seed, repeats=repeats)
    if isinstance(found, str) or len(design) <= LARGE:
        return found, None
    seconds = split_seconds(
        design, asked_in(task, design, members), float(np.mean([split.test.sum() for split in found]))
    )
    most = max(int(LONGEST_SECONDS / seconds), FEWEST[task])
    if len(found) <= most:
        return found, None
    chosen, what = _chosen(design, task, len(found), most, seed)
    kept = [found[at] for at in chosen]
    minutes = max(seconds * len(found) / 60, 1)
    return kept, f"{what}, because all the tests would take about {minutes:.0f} minutes"


def _chosen(design: Design, task: Task, count: int, most: int, seed: int) -> tuple[NDArray[np.int64], str]:
    """Which splits are made, by number, and what is said of it."""
    enough = int((np.bincount(design.rows.sample) > SEEN_CONDITIONS).sum())
    whole = {"unseen_combination": FOLDS, "unseen_inhibitor": count, "new_sample": enough}[task]
    whole = min(whole, count)
    name = task.replace("_", " ")
    if task != "unseen_inhibitor" and most >= whole:
        times = most // whole
        of = -(-count // whole)
        return np.arange(times * whole), f"{name} was tested in {times} of {of} random partitions"
    drawn = np.sort(generator(seed, "tests that are made", task).permutation(whole)[:most])
    return drawn, f"{name} was tested for {most} of {whole} {UNITS[task]}, drawn with the study's seed"


def split_seconds(design: Design, members: Sequence[Member], n_test: float) -> float:
    """Estimated time of one held-out test: every member fitted once and asked once.

    Parameters
    ----------
    design : Design
        All the rows.
    members : sequence of Member
        What is fitted.
    n_test : float
        Rows that are held out.
    """
    n, readouts = len(design), len(design.readouts)
    core, undone = _core_operations(design)
    operations = 0.0
    if any(member.on_core is not None for member in members):
        operations += core + undone * n_test
    for member in members:
        operations += 4.0 * n_test * n * readouts
        if member.baseline:
            operations += 2.0 * n_test * n * len(design.agents) + 1e5 * readouts
        elif member.on_core is None:
            operations += core + undone * n_test
        else:
            operations += undone * readouts
        if member.name == SATURATING:
            operations += SATURATING_SECONDS * OPERATIONS_A_SECOND * len(design.conditions)
    return operations / OPERATIONS_A_SECOND


def _core_operations(design: Design) -> tuple[float, float]:
    """Operations of one fit of the core, and of undoing its covariance for one column."""
    n = float(len(design))
    left_out = [float((design.rows.dose[:, agent] > 0).sum()) for agent in range(len(design.agents))]
    features = features_of(core_components(design.rows), design.rows)
    measured, which = np.unique(~np.isnan(design.response), axis=1, return_inverse=True)
    columns = np.bincount(which.ravel())
    fit = undone = 0.0
    for pattern in range(measured.shape[1]):
        m = float(measured[:, pattern].sum())
        if features is None:
            fit += EVALUATIONS * (3 * m**3 + 2 * m**2 * min(float(columns[pattern]), m)) + 3 * m**3
            undone += 2 * m**2
        else:
            F = float(features.phi.shape[1])
            fit += EVALUATIONS * (1.5 * F**3 + 12 * F**2) + 6 * n * F**2
            undone += 6 * n * F
        fit += sum(2 * group**3 for group in left_out)
    return fit, undone
