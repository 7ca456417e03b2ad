"""One line a reading: the long layout that signalling and viability tables share, with a map of the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.reading import (
    READING_SCHEMA,
)
from kinescape.assays.vocabulary import (
    ConditionReader,
    Vocabulary,
    dose_text,
    unknown_options,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.conditions import CONTROL

LONG_COLUMNS = (
    "sample",
    "population",
    "condition",
    "agents",
    "readout",
    "value",
    "replicate",
    "time_h",
    "time_min",
)
"""Keys of `[files.columns]` for a long table; `agents` is a list of {agent, dose, unit}."""


def long_readings(
    cells: Cells,
    columns: Mapping[str, Any],
    vocabulary: Vocabulary,
    faults: Faults,
    *,
    sample: str | None,
    ignore: Sequence[str],
    time_h: float | None,
    dose_unit: str | None,
    readout: str | None,
) -> tuple[pl.DataFrame, int]:
    """The readings of a table with one line a reading, and how many lines the study leaves out.

    Parameters are those of `read_table_long`; `readout` names the one readout of an assay without such a column.

    Raises
    ------
    InputError
        Where a column is missing, with all the faults so far.
    """
    unknown_options(columns, LONG_COLUMNS, file=cells.file, faults=faults, where="[files.columns]")
    named = {key: columns[key] for key in LONG_COLUMNS if key in columns and key != "agents"}
    cells.require(named, faults)
    required = {"value": True, "readout": readout is None, "sample": sample is None}
    required["condition"] = "agents" not in columns
    for key, needed in required.items():
        if needed and key not in columns:
            faults.add(
                "missing-column",
                f"no column is named for '{key}'",
                file=cells.file,
                expected=f'{key} = "…" under [files.columns]',
                mend=f"the file has {', '.join(cells.columns[:12])}",
            )
    for one, other in (("condition", "agents"), ("time_h", "time_min")):
        if one in columns and other in columns:
            faults.add(
                "two-ways",
                f"both '{one}' and '{other}' are named under [files.columns]",
                file=cells.file,
                column=f"columns.{other}",
                mend="keep one of the two",
            )
    if time_h is not None and ("time_h" in columns or "time_min" in columns):
        faults.add(
            "two-ways",
            "the time is given for the file and by a column",
            file=cells.file,
            mend="keep one of the two",
        )
    faults.raise_if_errors()
    conditions, dropped = conditions_of(cells, columns, vocabulary, faults, ignore, dose_unit)
    size = cells.frame.height

    def texts(key: str, default: str | None) -> list[str | None]:
        return cells.frame[columns[key]].to_list() if key in columns else [default] * size

    frame = pl.DataFrame(
        {
            "row": [cells.row(index) for index in range(size)],
            "sample": names_of(cells, columns["sample"], "sample", faults)
            if "sample" in columns
            else [sample] * size,
            "population": texts("population", "all"),
            "condition": conditions,
            "time_h": times_of(cells, columns, time_h, faults),
            "readout": names_of(cells, columns["readout"], "readout", faults)
            if "readout" in columns
            else [readout] * size,
            "value": cells.numbers(columns["value"], faults),
            "replicate": texts("replicate", None),
        },
        schema=READING_SCHEMA,
    )
    return frame.filter(pl.col("condition").is_not_null()), dropped


def names_of(cells: Cells, column: str, what: str, faults: Faults) -> list[str | None]:
    """A column of names; an empty cell is a fault."""
    found = cells.frame[column].to_list()
    for index, text in enumerate(found):
        if text is None:
            faults.add(
                "empty-cell", f"the {what} is empty", file=cells.file, row=cells.row(index), column=column
            )
    return found


def times_of(
    cells: Cells, columns: Mapping[str, Any], time_h: float | None, faults: Faults
) -> list[float | None]:
    """Hours of each line, from a column of hours or minutes, or the one time of the file."""
    if "time_h" in columns:
        return cells.numbers(columns["time_h"], faults, what="hours")
    if "time_min" in columns:
        minutes = cells.numbers(columns["time_min"], faults, what="minutes")
        return [None if value is None else value / 60 for value in minutes]
    return [time_h] * cells.frame.height


def conditions_of(
    cells: Cells,
    columns: Mapping[str, Any],
    vocabulary: Vocabulary,
    faults: Faults,
    ignore: Sequence[str],
    dose_unit: str | None,
) -> tuple[list[str | None], int]:
    """Canonical condition of each line, None where it is left out or at fault, and how many are left out."""
    if "agents" in columns:
        return _conditions_of_columns(cells, columns["agents"], vocabulary, faults, ignore, dose_unit)
    column = columns["condition"]
    reader = ConditionReader(vocabulary, cells.file, column, faults)
    left_out = {text.casefold() for text in ignore}
    found: list[str | None] = []
    dropped = 0
    for index, text in enumerate(cells.frame[column].to_list()):
        if text is None:
            faults.add(
                "empty-cell",
                "the condition is empty",
                file=cells.file,
                row=cells.row(index),
                column=column,
                expected="a condition such as 'erlotinib 1 uM', or 'control'",
            )
            found.append(None)
        elif text.casefold() in left_out:
            dropped += 1
            found.append(None)
        else:
            found.append(reader.text(text, cells.row(index)))
    if dropped:
        _tell_ignored(dropped, ignore, cells.file, faults)
    return found, dropped


def _conditions_of_columns(
    cells: Cells,
    parts: Any,
    vocabulary: Vocabulary,
    faults: Faults,
    ignore: Sequence[str],
    dose_unit: str | None,
) -> tuple[list[str | None], int]:
    if (
        not isinstance(parts, list)
        or not parts
        or not all(isinstance(part, dict) and "agent" in part for part in parts)
    ):
        raise InputError(
            Fault(
                "wrong-value",
                "agents is a list of tables",
                file=cells.file,
                column="columns.agents",
                expected='agents = [{agent = "Drug1", dose = "Conc1", unit = "Unit1"}, …]',
            )
        )
    for part in parts:
        if not cells.require({key: part[key] for key in part}, faults):
            faults.raise_if_errors()
    reader = ConditionReader(vocabulary, cells.file, parts[0]["agent"], faults)
    amounts = [
        cells.numbers(part["dose"], faults, what="a dose") if "dose" in part else None for part in parts
    ]
    left_out = {text.casefold() for text in ignore}
    found: list[str | None] = []
    dropped = 0
    for index in range(cells.frame.height):
        named = [cells.frame[part["agent"]][index] for part in parts]
        if any(agent is not None and agent.casefold() in left_out for agent in named):
            dropped += 1
            found.append(None)
            continue
        texts = []
        for part, doses in zip(parts, amounts, strict=True):
            agent = cells.frame[part["agent"]][index]
            if agent is None or vocabulary.is_control(agent):
                continue
            unit = cells.frame[part["unit"]][index] if "unit" in part else dose_unit
            try:
                text = dose_text(agent, None if doses is None else doses[index], unit)
            except ValueError as error:
                column = part.get("dose")
                faults.add("dose", str(error), file=cells.file, row=cells.row(index), column=column)
                continue
            if text is not None:
                texts.append(text)
        found.append(reader.text(" + ".join(texts) or CONTROL, cells.row(index)))
    if dropped:
        _tell_ignored(dropped, ignore, cells.file, faults)
    return found, dropped


def _tell_ignored(dropped: int, ignore: Sequence[str], file: str, faults: Faults) -> None:
    found = f"{dropped} lines of {', '.join(ignore)} were left out as the study says"
    faults.add("ignored", found, file=file, severity="note")
