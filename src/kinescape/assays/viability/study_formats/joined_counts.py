"""Counts of a study in three tables: the untreated wells and those of time zero beside the treated ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_columns import find_columns
from kinescape.assays.viability.reading.dose_lines import MEANINGS
from kinescape.assays.viability.reading.tagged_counts import with_tagged_counts
from kinescape.foundation.issues import Faults


def join_counts(
    cells: Cells,
    columns: Mapping[str, Any],
    faults: Faults,
    *,
    controls: str | Path | None,
    time_zero: str | Path | None,
    decimal: str = ".",
) -> tuple[Cells, str]:
    """The lines with the counts of their untreated wells and of time zero, as columns of the usual names.

    Parameters
    ----------
    cells : Cells
        Lines of treated wells, with the tags.
    columns : mapping
        `[files.columns]` of the study; names that the file lacks are told later.
    faults : Faults
        Takes tables that mean nothing for these lines, and tags that join nothing.
    controls, time_zero : path, optional
        The two tables.
    decimal : {".", ","}
        How decimals are written in all three.

    Returns
    -------
    cells : Cells
        With the columns `cell_count__ctrl` and `cell_count__time0`, and without the tags.
    stated : str
        How many wells and tags there were; empty where no table is given.

    Raises
    ------
    InputError
        Where a table cannot be read, with all the faults so far.
    """
    if controls is None and time_zero is None:
        return cells, ""
    named = {
        MEANINGS.get(key, key): name
        for key, name in columns.items()
        if isinstance(name, str) and name in cells.columns
    }
    found = find_columns(cells.columns, named, cells.file)
    if "response" in found or "count" not in found:
        held = f"'{found['response']}' holds responses" if "response" in found else "no column holds counts"
        faults.add(
            "unused-option",
            f"tables of untreated counts are given, and {held}",
            file=cells.file,
            row=1,
            column=found.get("response"),
            expected="a column cell_count, and none of responses",
            mend="leave controls and time_zero out, or name the counts under [files.columns]: count = …",
        )
    faults.raise_if_errors()
    joined, _, stated = with_tagged_counts(
        cells,
        found,
        _treated(cells, columns, found),
        faults,
        controls=controls,
        time_zero=time_zero,
        decimal=decimal,
    )
    faults.raise_if_errors()
    return joined, stated


def _treated(cells: Cells, columns: Mapping[str, Any], found: Mapping[str, str]) -> pl.DataFrame:
    """Row, agent and a dose above zero wherever one is written that is not nought: these lines need their wells."""
    parts = columns.get("agents")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else {}
    agent, dose = first.get("agent", found.get("agent")), first.get("dose", found.get("dose"))
    height = cells.frame.height
    row = pl.int_range(cells.first_row, cells.first_row + height, eager=True)
    if agent not in cells.columns or dose not in cells.columns:
        return pl.DataFrame({"row": row, "agent": ["?"] * height, "dose": [1.0] * height})
    amounts = cells.frame[dose]
    given = amounts.is_not_null() & ~(amounts.cast(pl.Float64, strict=False) == 0).fill_null(False)
    return pl.DataFrame({"row": row, "agent": cells.frame[agent], "dose": given.cast(pl.Float64)})
