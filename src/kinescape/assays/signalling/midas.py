"""MIDAS, the table of CellNOpt and the DREAM challenges: what was added (`TR:`), when (`DA:`), what was seen (`DV:`).

A column `TR:name:CellLine` names the sample, `TR:name` or `TR:name:Stimuli` a ligand, `TR:namei` with an ending
`i` or `TR:name:Inhibitors` an inhibitor; `DA:ALL` holds minutes for all readouts, `DA:x` those of `DV:x`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from kinescape.assays.cells import Cells, read_cells
from kinescape.assays.reading import (
    READING_SCHEMA,
    ReadResult,
    to_measurements,
)
from kinescape.assays.vocabulary import (
    ConditionReader,
    Vocabulary,
    as_texts,
    unknown_options,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable

COLUMNS = ("replicate",)
"""Keys of `[files.columns]` for MIDAS; everything else stands in its own headers."""


def read_midas(
    path: str | Path,
    *,
    scale: str,
    columns: Mapping[str, str] | None = None,
    sample: str | None = None,
    assay: str = "signalling",
    agents: Mapping[str, str] | None = None,
    times_h: Sequence[float] | None = None,
    ignore_readouts: Sequence[str] = (),
    phospho: bool = True,
    repeats: Literal["wells", "independent"] = "wells",
    separator: str | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a MIDAS file.

    Parameters
    ----------
    path : str or Path
        Comma-separated, as CellNOpt writes it.
    scale : str
        What the values are: ``log2_fold_change``, ``raw`` (then the line without any treatment at the same time
        is the control), … (`docs/inputs.md`).
    columns : mapping, optional
        What the file calls `replicate`, where it has such a column beside MIDAS's own.
    sample : str, optional
        Name of the sample; that of the `:CellLine` column by default.
    agents : mapping of str to str, optional
        The file's names of agents, to known ones; ``control`` for a column that means nothing was added.
    times_h : sequence of float, optional
        Keep these times only, in hours.
    ignore_readouts : sequence of str
        Readouts to leave out.
    phospho : bool
        Whether a bare protein name means its phosphorylated form, as it does in most MIDAS files.
    repeats : {"wells", "independent"}
        What a repeated line is: another well of the same experiment, which counts as one replicate, or an
        independent experiment. MIDAS cannot say it, so the study must.

    Other parameters are those of `kinescape.assays.signalling.table_long.read_table_long`.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    file = name or str(path)
    given = dict(columns or {})
    ignore_readouts = as_texts(ignore_readouts)
    unknown_options(given, COLUMNS, file=file, faults=faults, where="[files.columns]")
    cells = read_cells(path, name=file, separator=separator)
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents)
    if repeats not in ("wells", "independent"):
        faults.add(
            "wrong-value",
            f"'{repeats}' is not known",
            file=file,
            column="repeats",
            expected="wells or independent",
        )
    treatments, lines, times, readouts = _headers(cells, file, vocabulary)
    if given:
        cells.require(given, faults)
    faults.raise_if_errors()
    applied = {column: cells.numbers(column, faults, what="0 or 1") for column in treatments}
    of_line = {column: cells.numbers(column, faults, what="0 or 1") for column in lines}
    minutes = {column: cells.numbers(column, faults, what="minutes") for column in times}
    values = {column: cells.numbers(column, faults) for column in readouts}
    conditions = ConditionReader(vocabulary, file, None, faults)
    wanted = None if times_h is None else {round(float(time), 6) for time in times_h}
    records, dropped, other_times = [], 0, set()
    for index in range(cells.frame.height):
        row = cells.row(index)
        own = sample or next((lines[line] for line in lines if of_line[line][index]), None)
        if own is None:
            faults.add(
                "empty-cell",
                "no cell line is marked in this line",
                file=file,
                row=row,
                mend='give sample = "…"',
            )
            continue
        texts = []
        for column, agent in treatments.items():
            level = applied[column][index]
            if level is not None and level < 0:
                faults.add("dose", f"the level {level:g} is below zero", file=file, row=row, column=column)
            if level:
                texts.append(agent)
        condition = conditions.text(" + ".join(texts) or "control", row)
        if condition is None:
            continue
        replicate = cells.frame[given["replicate"]][index] if "replicate" in given else None
        for column, readout in readouts.items():
            if readout in ignore_readouts:
                dropped += 1
                continue
            minute = minutes[_time_column(readout, times)][index]
            hours = None if minute is None else minute / 60
            if wanted is not None and (hours is None or round(hours, 6) not in wanted):
                dropped += 1
                other_times.add(hours)
                continue
            records.append((row, own, "all", condition, hours, readout, values[column][index], replicate))
    if wanted is not None and not records:
        seen = ", ".join(sorted(f"{time:g} h" for time in other_times if time is not None))
        faults.add("no-such-time", f"no line is at the wanted times; the file has {seen}", file=file)
    if dropped:
        at = ", ".join(sorted(f"{time:g} h" for time in other_times if time is not None))
        what = "; ".join(part for part in (f"times {at}" if at else "", ", ".join(ignore_readouts)) if part)
        faults.add(
            "ignored",
            f"{dropped} values were left out as the study says ({what})",
            file=file,
            severity="note",
        )
    frame = pl.DataFrame(records, schema=READING_SCHEMA, orient="row")
    return to_measurements(
        frame,
        vocabulary,
        faults,
        file=file,
        assay=assay,
        scale=scale,
        phospho=phospho,
        dropped=dropped,
        replicates_named="replicate" in given or repeats == "independent",
    )


def _headers(
    cells: Cells, file: str, vocabulary: Vocabulary
) -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    """Columns of agents, of cell lines, of times and of readouts, each to the name in its header."""
    treatments, lines, times, readouts = {}, {}, {}, {}
    for column in cells.columns:
        kind, _, rest = column.partition(":")
        label, _, role = rest.partition(":")
        if kind == "TR" and role.casefold() == "cellline":
            lines[column] = label
        elif kind == "TR":
            treatments[column] = _agent_of(label, role, vocabulary)
        elif kind == "DA":
            times[column] = rest
        elif kind == "DV":
            readouts[column] = rest
    problem = None
    if not readouts:
        problem = "there is no DV: column: this is not a MIDAS file"
    elif not times:
        problem = "there is no DA: column: the times are missing"
    elif "DA:ALL" not in times and (
        lacking := [name for name in readouts.values() if f"DA:{name}" not in times]
    ):
        problem = f"there is no DA: column for {', '.join(lacking[:4])}"
    if problem:
        raise InputError(
            Fault("not-midas", problem, file=file, row=1, expected="columns TR:…, DA:ALL (or DA:…) and DV:…")
        )
    return treatments, lines, times, readouts


def _agent_of(label: str, role: str, vocabulary: Vocabulary) -> str:
    """Name of a treatment: `Xi`, or `X:Inhibitors` where X is the drug or, as CellNOpt writes it, its target."""
    if role.casefold() != "inhibitors" or label in vocabulary.aliases:
        return label
    inhibitor = f"{label}i"
    return inhibitor if vocabulary.knows(inhibitor) else label


def _time_column(readout: str, times: Mapping[str, str]) -> str:
    own = f"DA:{readout}"
    return own if own in times else "DA:ALL"
