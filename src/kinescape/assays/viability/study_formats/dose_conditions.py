"""Names and amounts of drugs, line by line, as canonical conditions; what a study leaves out is left out here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from kinescape.assays.cells import read_cells
from kinescape.assays.vocabulary import UnknownName, Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults, nearest
from kinescape.foundation.units import Quantity
from kinescape.measurements.conditions import AgentDose, Condition

_LISTED = 20
_MEND = (
    "correct it, give the name under [files.agents], add it to agents.tsv, or leave it out with ignore = […] or "
    "only_agents = […]"
)


def dose_conditions(
    lines: pl.DataFrame,
    drugs: int,
    vocabulary: Vocabulary,
    faults: Faults,
    *,
    file: str,
    columns: Sequence[str | None],
    ignore: Sequence[str] = (),
    only_agents: Sequence[str] = (),
) -> tuple[pl.Series, int]:
    """Canonical condition of each line, and how many lines the study leaves out.

    Parameters
    ----------
    lines : polars.DataFrame
        `row`, and for each drug k from 1 `agent_k`, `dose_k` and `unit_k`; a dose of zero is none at all.
    drugs : int
        How many drugs a line names.
    vocabulary : Vocabulary
        Known agents, and this file's names for them.
    faults : Faults
        Takes unknown agents (one fault each, with its first row and the nearest names) and impossible doses.
    file : str
        For the messages.
    columns : sequence of str or None
        Where the agents stand, for the messages; one a drug.
    ignore : sequence of str
        Agents, as the file calls them, whose lines are left out.
    only_agents : sequence of str
        The agents to keep; lines with any other are left out.

    Returns
    -------
    conditions : polars.Series
        Null where a line is left out or at fault.
    dropped : int
        Lines left out.
    """
    keys = [f"{part}_{drug}" for drug in range(1, drugs + 1) for part in ("agent", "dose", "unit")]
    each = lines.group_by(keys, maintain_order=True).agg(pl.col("row").min())
    resolver = _Agents(vocabulary, faults, file, ignore, only_agents)
    texts: list[str | None] = []
    left: list[bool] = []
    twice: dict[str, int] = {}
    for line in each.iter_rows(named=True):
        doses: list[AgentDose] = []
        bad = out = False
        for drug in range(1, drugs + 1):
            amount = line[f"dose_{drug}"]
            if not amount:
                # A dose that is missing has been told by whoever read it.
                bad = bad or amount is None
                continue
            names = resolver.names(line[f"agent_{drug}"], line["row"], columns[drug - 1])
            bad, out = bad or names is None, out or names == _LEFT_OUT
            quantity = Quantity(float(amount), line[f"unit_{drug}"])
            doses += [AgentDose(name, quantity) for name in names or () if names != _LEFT_OUT]
        repeated = next(
            (one.agent for at, one in enumerate(doses) if one.agent in [d.agent for d in doses[:at]]), None
        )
        if repeated is not None and not (bad or out):
            twice.setdefault(repeated, line["row"])
            out = True
        left.append(out and not bad)
        texts.append(None if bad or out else Condition(tuple(doses)).text)
    resolver.tell_rest()
    for name, row in twice.items():
        faults.add(
            "one-drug-twice",
            f"'{name}' is combined with itself; these lines are left out",
            file=file,
            row=row,
            severity="warning",
        )
    found = lines.select(keys).join(
        each.select(keys).with_columns(
            condition=pl.Series(texts, dtype=pl.String), left=pl.Series(left, dtype=pl.Boolean)
        ),
        on=keys,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    dropped = int(found["left"].sum())
    if not faults.errors and not ((found["condition"] != "control").fill_null(False)).any():
        faults.add(
            "nothing-left",
            "no line holds a drug that the study reads" if dropped else "no line holds a dose above zero",
            file=file,
            column="only_agents" if only_agents else None,
            expected=f"one of {', '.join(_named(lines, drugs)[:12])}" if dropped else None,
            mend="give the file's names of agents under [files.agents]" if dropped else None,
        )
    elif dropped:
        faults.add(
            "ignored",
            f"{dropped} lines were left out: their agents are not those that the study reads",
            file=file,
            severity="note",
        )
    return found["condition"], dropped


_LEFT_OUT = ("", "left out")


def _named(lines: pl.DataFrame, drugs: int) -> list[str]:
    """Agents as the file calls them."""
    names = pl.concat([lines[f"agent_{drug}"].drop_nulls() for drug in range(1, drugs + 1)])
    return names.unique(maintain_order=True).to_list()


class _Agents:
    """Resolves each agent once; keeps what is unknown to tell it once."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        faults: Faults,
        file: str,
        ignore: Sequence[str],
        only_agents: Sequence[str],
    ) -> None:
        self._vocabulary, self._faults, self._file = vocabulary, faults, file
        self._ignored = {name.casefold() for name in ignore}
        self._only = kept_agents(only_agents, vocabulary, faults, file)
        self._known: dict[str | None, tuple[str, ...] | None] = {}
        self._unknown: list[str] = []

    def names(self, agent: str | None, row: int | None, column: str | None) -> tuple[str, ...] | None:
        """Canonical names; `_LEFT_OUT`, or None where it is at fault."""
        if agent not in self._known:
            self._known[agent] = self._resolve(agent, row, column)
        return self._known[agent]

    def _resolve(self, agent: str | None, row: int | None, column: str | None) -> tuple[str, ...] | None:
        if agent is None:
            self._faults.add(
                "empty-cell",
                "a dose is given and the agent is empty",
                file=self._file,
                row=row,
                column=column,
                mend="name the agent, or write the dose 0",
            )
            return None
        if agent.casefold() in self._ignored:
            return _LEFT_OUT
        if self._vocabulary.is_control(agent):
            return ()
        # The nearest names are looked for only where they are told: a screen may hold thousands of unknown ones.
        if not self._vocabulary.knows(agent):
            if self._only is not None:
                return _LEFT_OUT
            if len(self._unknown) >= _LISTED:
                self._unknown.append(agent)
                return None
        try:
            names = self._vocabulary.names_of(agent)
        except UnknownName as error:
            self._unknown.append(agent)
            self._faults.add("unknown-agent", str(error), file=self._file, row=row, column=column, mend=_MEND)
            return None
        except ValueError as error:
            self._faults.add(
                "condition", f"'{agent}': {error}", file=self._file, row=row, column=column, mend=_MEND
            )
            return None
        return _LEFT_OUT if self._only is not None and not set(names) <= self._only else names

    def tell_rest(self) -> None:
        """The unknown agents beyond those that were listed one by one."""
        rest = self._unknown[_LISTED:]
        if rest:
            shown = ", ".join(f"'{name}'" for name in rest[:5])
            self._faults.add(
                "unknown-agent",
                f"and {len(rest)} more agents are not known, such as {shown}",
                file=self._file,
                mend="read some of the screen's agents alone: only_agents = […]",
            )


def kept_agents(
    only_agents: Sequence[str], vocabulary: Vocabulary, faults: Faults, file: str
) -> set[str] | None:
    """Canonical names of the agents to keep; None where all are."""
    if not only_agents:
        return None
    kept: set[str] = set()
    for name in only_agents:
        try:
            kept |= set(vocabulary.names_of(name))
        except ValueError as error:
            faults.add("unknown-agent", str(error), file=file, column="only_agents")
    return kept


def of_samples(
    frame: pl.DataFrame, only_samples: Sequence[str], faults: Faults, file: str
) -> tuple[pl.DataFrame, int]:
    """The lines of some samples alone, and how many others there are; a sample not in the file is a fault."""
    if not only_samples:
        return frame, 0
    known = frame["sample"].drop_nulls().unique().to_list()
    for name in only_samples:
        if name not in known:
            near = nearest(name, known, n=1)
            faults.add(
                "sample-without-data",
                f"the file holds no sample '{name}'",
                file=file,
                column="only_samples",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
    kept = frame.filter(pl.col("sample").is_in(list(only_samples)))
    faults.add(
        "samples-left-out",
        f"{frame.height - kept.height} of {frame.height} lines are of other samples and are left out",
        file=file,
        severity="note",
    )
    return kept, frame.height - kept.height


def tell_no_values(lines: pl.DataFrame, faults: Faults, file: str) -> None:
    """A fault where no treated line holds a value."""
    treated = lines.filter((pl.col("condition") != "control").fill_null(False))
    if treated.height and treated["value"].drop_nulls().drop_nans().is_empty():
        faults.add(
            "empty-table",
            f"none of the {treated.height} treated values is there",
            file=file,
            mend="export the table with its values",
        )


def first_cell(path: str | Path, text: str, *, sheet: str | None = None) -> tuple[int | None, str | None]:
    """Row and column of the first cell that holds a name, alone or with an amount behind it."""
    try:
        cells = read_cells(path, sheet=sheet, header=False)
    except InputError:
        return None, None
    for index, row in enumerate(cells.frame.iter_rows()):
        for column, cell in zip(cells.columns, row, strict=True):
            if cell is not None and (cell == text or cell.startswith(f"{text} ")):
                return cells.row(index), column.removeprefix("column_")
    return None, None
