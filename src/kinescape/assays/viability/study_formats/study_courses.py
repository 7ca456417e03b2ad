"""The study's `format = "viability_time_course"`: live-cell time courses, one column a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kinescape.assays.reading import READING_SCHEMA, ReadResult, to_measurements
from kinescape.assays.viability.reading.time_courses import (
    proliferation_rates,
    read_time_courses,
    sheet_with_hours,
)
from kinescape.assays.viability.study_formats.dose_conditions import first_cell, kept_agents, tell_no_values
from kinescape.assays.vocabulary import CONTROL_NAMES, UnknownName, Vocabulary, as_texts, unknown_options
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable
from kinescape.measurements.conditions import Condition


def read_viability_time_course(
    path: str | Path,
    *,
    sample: str | None = None,
    columns: Mapping[str, Any] | None = None,
    assay: str = "time_course",
    node: str = "proliferation",
    agent: str | None = None,
    dose_unit: str | None = None,
    window_h: Sequence[float] | None = None,
    repeats: Literal["wells", "independent"] = "wells",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    ignore: Sequence[str] = ("blank",),
    only_agents: Sequence[str] = (),
    sheet: str | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a spreadsheet of time courses as effects on the proliferation rate.

    Parameters
    ----------
    path : str or Path
        A column of elapsed hours, and a column a condition, headed `Control`, `Erl 37 nM + Taxol 1 nM`, or bare doses
        with `agent` and `dose_unit`.
    sample : str
        Whose cells.
    columns : mapping, optional
        Not used: the headings are the conditions.
    agent, dose_unit : str, optional
        Where the headings are doses only.
    window_h : (float, float), optional
        Hours to use; until the untreated wells near their fullest by default, the same for all conditions.
    repeats : {"wells", "independent"}
        What several columns of one condition are.
    ignore : sequence of str
        Headings or agents to leave out; by default `blank`, wells without cells.

    Other parameters are those of `kinescape.assays.viability.study_formats.study_doses.read_viability_doses`.

    Returns
    -------
    ReadResult
        On the scale `growth_rate`, 2^(k / k0) - 1: 1 as untreated, 0 no growth, below 0 loss.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults, file = Faults(), name or str(path)
    unknown_options(dict(columns or {}), (), file=file, faults=faults, where="[files.columns]")
    if sample is None:
        faults.add("missing-key", "'sample' is missing", file=file, column="sample", mend='add sample = "…"')
    if window_h is not None and (len(window_h) != 2 or not window_h[0] < window_h[1]):
        faults.add(
            "wrong-value",
            f"window_h is {list(window_h)!r}",
            file=file,
            column="window_h",
            expected="two hours, the first and the last: [0, 72]",
        )
    faults.raise_if_errors()
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents, control)
    courses = read_time_courses(
        path, sheet=sheet, sample=sample or "", agent=agent, unit=dose_unit, name=file
    )
    faults.extend(courses.notes)
    conditions = _conditions(
        courses.conditions, vocabulary, faults, path, file, sheet, as_texts(ignore), as_texts(only_agents)
    )
    faults.raise_if_errors()
    kept = [at for at, text in enumerate(conditions) if text is not None]
    dropped = len(conditions) - len(kept)
    if dropped:
        out = [
            text for text, kept_text in zip(courses.conditions, conditions, strict=True) if kept_text is None
        ]
        faults.add(
            "ignored",
            f"left out as the study says: the columns {', '.join(dict.fromkeys(out))}",
            file=file,
            severity="note",
        )
    if not any(conditions[at] != "control" for at in kept):
        faults.add(
            "nothing-left", "no column holds a drug that the study reads", file=file, column="only_agents"
        )
    faults.raise_if_errors()
    found = replace(
        courses, values=courses.values[:, kept], conditions=tuple(conditions[at] or "" for at in kept)
    )
    rates = proliferation_rates(
        found, window_hours=None if window_h is None else (float(window_h[0]), float(window_h[1]))
    )
    first, last = rates.window_hours
    faults.add(
        "window",
        f"proliferation rates over {first:g} to {last:g} h, set against those of the untreated wells; several columns "
        f"of one condition count as {'wells of one experiment' if repeats == 'wells' else 'independent replicates'}",
        file=file,
        severity="note",
    )
    replicate = pl.lit("one") if repeats == "wells" else pl.format("column {}", pl.col("well"))
    readings = rates.table.with_row_index("row").with_columns(
        sample=pl.lit(sample),
        population=pl.lit("all"),
        time_h=pl.lit(last),
        readout=pl.lit(node),
        value=pl.col("growth_rate").fill_nan(None),
        replicate=replicate,
    )
    tell_no_values(readings, faults, file)
    try:
        return to_measurements(
            readings.select([pl.col(column).cast(dtype) for column, dtype in READING_SCHEMA.items()]),
            vocabulary,
            faults,
            file=file,
            assay=assay,
            scale="growth_rate",
            phospho=False,
            dropped=dropped,
            replicates_named=True,
            node=node,
        )
    except InputError as error:
        raise InputError([replace(fault, row=None) for fault in error.faults]) from None


def _conditions(
    texts: Sequence[str],
    vocabulary: Vocabulary,
    faults: Faults,
    path: str | Path,
    file: str,
    sheet: str | None,
    ignore: Sequence[str],
    only_agents: Sequence[str],
) -> list[str | None]:
    """Canonical conditions of the columns; None where one is left out."""
    kept = kept_agents(only_agents, vocabulary, faults, file)
    ignored = {name.casefold() for name in ignore}
    unknown: set[str] = set()
    found: list[str | None] = []
    for text in texts:
        names = () if text == "control" else Condition.parse(text).agents
        if any(name.casefold() in ignored for name in (*names, text)):
            found.append(None)
            continue
        try:
            condition = vocabulary.condition(text)
        except ValueError as error:
            found.append(None)
            called = error.name if isinstance(error, UnknownName) else text
            if called not in unknown and not (isinstance(error, UnknownName) and kept is not None):
                unknown.add(called)
                row, _ = first_cell(path, called, sheet=sheet or sheet_with_hours(path))
                faults.add(
                    "unknown-agent" if isinstance(error, UnknownName) else "condition",
                    f"'{text}': {error}",
                    file=file,
                    row=row,
                    column=text,
                    mend="correct it, give the name under [files.agents], add it to agents.tsv, or leave it out with "
                    "ignore = […]",
                )
            continue
        out = kept is not None and not set(condition.agents) <= kept
        found.append(None if out else condition.text)
    return found
