"""Counts of cells as responses: growth-rate values where the counts at time zero are known, else fractions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.growth_rate import growth_rate_values
from kinescape.assays.viability.reading.dose_columns import folded
from kinescape.assays.viability.reading.middle_half import middle_half
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults


def counts_as_response(
    cells: Cells, found: Mapping[str, str], frame: pl.DataFrame, faults: Faults
) -> tuple[pl.DataFrame, str, str]:
    """Add the column `response`, and say what kind it is and how it came about.

    Parameters
    ----------
    cells : Cells
        The table.
    found : mapping of str to str
        Meanings to names; `count`, and `control` and `time_zero` where each line holds those of its own. Without
        them the untreated lines (dose zero) and the lines at time zero of the same sample are taken.
    frame : polars.DataFrame
        row, sample, agent, time_h, dose, dose_unit, replicate, one row a line of the table.
    faults : Faults
        Takes what is missing.

    Returns
    -------
    frame : polars.DataFrame
        With `response`; lines at time zero are left out where they are lines of their own.
    kind, stated : str
        `growth_rate` or `fraction_of_control`, and the same in words.

    Raises
    ------
    InputError
        Where there is nothing to set the counts against.
    """
    counts = _numbers(cells, found["count"], faults)
    if "control" in found:
        control = _numbers(cells, found["control"], faults)
        start = _numbers(cells, found["time_zero"], faults) if "time_zero" in found else None
        whose = ""
    else:
        frame, counts, control, start = _beside(cells, frame, counts)
        whose = " of the same sample and time"
    shrunk = np.zeros(frame.height, dtype=bool)
    if start is not None:
        treated = (pl.col("dose") > 0) & pl.col("agent").is_not_null()
        lines = frame.select("row", "sample", treated.fill_null(False).alias("treated"))
        shrunk = not_grown(lines, control, start, faults, cells.file)
        control = np.where(shrunk, np.nan, control)
    with np.errstate(divide="ignore", invalid="ignore"):
        if start is not None:
            values = growth_rate_values(counts, control, start)
            kind = "growth_rate"
            stated = (
                "counts with those of time zero, turned into growth-rate values (1 as untreated, 0 no growth)"
            )
        else:
            values, kind = counts / control, "fraction_of_control"
            stated = f"counts divided by those of the untreated wells{whose}"
    made = frame.with_columns(
        response=pl.Series(np.where(np.isfinite(values), values, np.nan), dtype=pl.Float64).fill_nan(None)
    )
    lost = made.filter(
        pl.col("response").is_null() & pl.col("agent").is_not_null() & ~pl.Series(shrunk, dtype=pl.Boolean)
    )
    if lost.height:
        faults.add(
            "not-computed",
            f"{lost.height} lines have no value: a count is missing or not above zero",
            file=cells.file,
            row=lost["row"][0],
            severity="warning",
        )
    return made, kind, stated


def _numbers(cells: Cells, column: str, faults: Faults) -> np.ndarray:
    return number_column(cells, column, faults).fill_null(np.nan).to_numpy()


def not_grown(
    lines: pl.DataFrame, control: np.ndarray, start: np.ndarray, faults: Faults, file: str
) -> np.ndarray:
    """Where untreated counts are not above those of time zero: there is no growth to compare with.

    Parameters
    ----------
    lines : polars.DataFrame
        row, sample, treated, one row a line.
    control, start : (n,) array
        Untreated counts, and those at time zero, of every line.
    faults : Faults
        Takes an error where more than half of the lines are of this kind, else a warning.
    file : str
        For the message.

    Returns
    -------
    (n,) bool array
        Lines without a growth-rate value.
    """
    with np.errstate(invalid="ignore"):
        shrunk = np.asarray(control <= start)
    told = lines.with_row_index("line").filter(pl.Series(shrunk, dtype=pl.Boolean) & pl.col("treated"))
    if told.height:
        first = int(told["line"][0])
        faults.add(
            "no-growth",
            f"the untreated cells of {told.height} lines did not grow: {control[first]:.4g} of '{told['sample'][0]}' "
            f"after {start[first]:.4g} at time zero; these lines have no growth-rate value",
            file=file,
            row=told["row"][0],
            expected="more untreated cells at the end than at time zero",
            mend="check that the untreated wells and those of time zero are not exchanged",
            severity="error" if told.height > 0.5 * lines.height else "warning",
        )
    return shrunk


def _beside(
    cells: Cells, frame: pl.DataFrame, counts: np.ndarray
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray | None]:
    """Untreated counts, and those at time zero, from lines of their own."""
    lines = frame.with_columns(counted=pl.Series(counts, dtype=pl.Float64).fill_nan(None))
    zero = pl.col("time_h") == 0
    untreated = lines.filter((pl.col("dose") == 0) & ~zero.fill_null(False))
    if untreated["counted"].drop_nulls().is_empty():
        tagged = any(folded(name) in ("ctrltag", "controltag") for name in cells.columns)
        raise InputError(
            Fault(
                "control-missing",
                "the table holds counts and no untreated lines to set them against",
                file=cells.file,
                expected="lines with dose 0 (agent '-' or DMSO), or a column cell_count__ctrl",
                mend='give controls = "…", the table of untreated wells'
                if tagged
                else "add the untreated wells of each sample and time",
            )
        )
    middle = middle_half("counted")
    matched = untreated.group_by("sample", "time_h", "replicate").agg(middle.alias("own"))
    pooled = untreated.group_by("sample", "time_h").agg(middle.alias("all"))
    start = lines.filter(zero).group_by("sample").agg(middle.alias("start"))
    later = lines.filter(~zero.fill_null(False))
    joined = (
        later.join(matched, on=["sample", "time_h", "replicate"], how="left", nulls_equal=True)
        .join(pooled, on=["sample", "time_h"], how="left", nulls_equal=True)
        .join(start, on="sample", how="left")
        .with_columns(control=pl.coalesce("own", "all"))
        .sort("row")
    )
    lacking = joined.filter(pl.col("control").is_null() & (pl.col("dose") > 0))
    if lacking.height:
        raise InputError(
            Fault(
                "control-missing",
                f"{lacking.height} lines have no untreated well of the same sample and time, the first is of "
                f"'{lacking['sample'][0]}'",
                file=cells.file,
                row=lacking["row"][0],
                mend="add the untreated wells of each sample and time",
            )
        )

    def array(column: str) -> np.ndarray:
        return joined[column].fill_null(np.nan).to_numpy()

    started = array("start") if start.height else None
    return joined.select(frame.columns), array("counted"), array("control"), started
