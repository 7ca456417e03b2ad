"""Long tables of doses: one line a dose of a drug in a sample, as most programs exchange them.

Block tables of drug pairs are read too: their lines with one drug alone are the curves of single drugs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells, read_cells
from kinescape.assays.viability.dose_columns import find_columns, is_log_heading, need, unit_in_heading
from kinescape.assays.viability.dose_series import SERIES_SCHEMA, DoseSeries
from kinescape.assays.viability.growth_rate import growth_rate_values
from kinescape.assays.viability.response_scale import read_scale
from kinescape.assays.viability.tagged_wells import unit_factor
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults

_LISTED = 10


def read_dose_table(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    scale: str | None = None,
    measures: str | None = None,
    sample: str | None = None,
    hours: float | None = None,
    sheet: str | None = None,
    name: str | None = None,
) -> DoseSeries:
    """Read a long dose table.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet.
    columns : mapping of str to str, optional
        Meanings (sample, agent, dose, unit, response, replicate, ...) to the names in the file, where these are
        not the usual ones.
    unit : str, optional
        Of all the doses, where neither a column nor the heading of the doses says it.
    scale : {"percent", "fraction"}, optional
        Found from untreated wells by default.
    measures : {"viability", "inhibition"}, optional
        Found from untreated wells by default.
    sample : str, optional
        Where the table has no column of samples.
    hours : float, optional
        Where it has none of times.
    sheet : str, optional
        Of a spreadsheet.
    name : str, optional
        How messages call the file.

    Returns
    -------
    DoseSeries
        With growth-rate values where the table holds counts with those at time zero.

    Raises
    ------
    InputError
        With every fault.
    """
    cells = read_cells(path, name=name or Path(path).name, sheet=sheet)
    found = find_columns(cells.columns, columns, cells.file)
    counts = "count" in found and "control" in found and "response" not in found
    need(
        found,
        ("agent", "dose", "count") if counts else ("agent", "dose", "response"),
        cells.columns,
        cells.file,
    )
    faults = Faults()
    agent, dose, row = _doses(cells, found, unit, faults)
    height = cells.frame.height
    named = {
        meaning: cells.frame[found[meaning]]
        if meaning in found
        else pl.Series([None] * height, dtype=pl.String)
        for meaning in ("sample", "replicate")
    }
    times = cells.numbers(found["time"], faults) if "time" in found else [hours] * height
    frame = pl.DataFrame(
        {
            "row": row,
            "sample": named["sample"].fill_null(sample or "sample"),
            "agent": agent,
            "time_h": pl.Series(times, dtype=pl.Float64),
            "dose_molar": dose,
            "replicate": named["replicate"],
        }
    )
    # Without doses the scale cannot be judged either: one fault, not two.
    faults.raise_if_errors()
    stated_doses = _stated_doses(frame)
    if counts:
        frame, response, stated = _from_counts(cells, found, frame, faults)
    else:
        values = cells.numbers(found["response"], faults)
        frame = frame.with_columns(response=pl.Series(values, dtype=pl.Float64))
        response = "fraction_of_control"
        frame, stated = _to_fraction(frame, scale, measures, faults, cells.file)
    _tell_series(frame, faults, cells.file)
    faults.raise_if_errors()
    kept = frame.filter(pl.col("agent").is_not_null())
    series = kept.with_columns(weight=pl.lit(1.0)).select(
        [pl.col(column).cast(dtype) for column, dtype in SERIES_SCHEMA.items()]
    )
    if series.is_empty():
        raise InputError("the table holds no dose of a single drug")
    return DoseSeries(
        series, response, f"{stated}; {stated_doses}", (*faults.warnings, *faults.notes), cells.file
    )


def _doses(
    cells: Cells, found: Mapping[str, str], unit: str | None, faults: Faults
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Agent, molar dose and row of every line; the agent is null where the line is of two drugs."""
    agent, molar = _one_dose(cells, found, ("agent", "dose", "unit"), unit, faults)
    row = pl.Series([cells.row(i) for i in range(cells.frame.height)], dtype=pl.Int64)
    if "second_agent" not in found or "second_dose" not in found:
        return agent, molar, row
    other, other_molar = _one_dose(cells, found, ("second_agent", "second_dose", "second_unit"), unit, faults)
    lines = pl.DataFrame({"a": agent, "x": molar, "b": other, "y": other_molar, "row": row})
    same = lines.filter((pl.col("a") == pl.col("b")) & (pl.col("x") > 0) & (pl.col("y") > 0))
    if same.height:
        faults.add(
            "one-drug-twice",
            f"'{same['a'][0]}' is combined with itself in {same.height} lines; these are left out",
            file=cells.file,
            row=same["row"][0],
            severity="warning",
        )
    both = (pl.col("x") > 0) & (pl.col("y") > 0)
    only_second = (pl.col("x") == 0) & (pl.col("y") > 0)
    single = lines.with_columns(
        agent=pl.when(both).then(None).when(only_second).then(pl.col("b")).otherwise(pl.col("a")),
        dose=pl.when(only_second).then(pl.col("y")).otherwise(pl.col("x")),
    )
    left = single["agent"].null_count()
    if left:
        faults.add(
            "combinations-left-out",
            f"{left} lines hold two drugs together; `kinescape synergy` reads these",
            file=cells.file,
            severity="note",
        )
    return single["agent"], single["dose"], row


def _one_dose(
    cells: Cells, found: Mapping[str, str], meanings: tuple[str, str, str], unit: str | None, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    agent_column, dose_column, unit_column = (found.get(meaning) for meaning in meanings)
    unit_column = unit_column or found.get("unit")
    heading = dose_column or ""
    agent = (
        cells.frame[agent_column] if agent_column else pl.Series([None] * cells.frame.height, dtype=pl.String)
    )
    values = np.array([np.nan if v is None else v for v in cells.numbers(heading, faults)], dtype=np.float64)
    if is_log_heading(heading):
        values = 10.0 ** np.where(np.isfinite(values), values, np.nan)
    negative = np.flatnonzero(values < 0)
    if negative.size:
        logs = negative.size > 0.5 * len(values) or np.nanmax(values) <= 3.0
        for i in negative[:_LISTED]:
            faults.add(
                "negative-dose",
                f"the dose {values[i]:g} is below zero",
                file=cells.file,
                row=cells.row(int(i)),
                column=heading,
                mend="if these are logarithms, call the column log10 dose" if logs else "correct it",
            )
        if negative.size > _LISTED:
            faults.add("negative-dose", f"and {negative.size - _LISTED} more like these", file=cells.file)
    molar = pl.Series(values * _factors(cells, unit_column, heading, unit, faults), dtype=pl.Float64)
    return agent, molar.fill_nan(None)


def _factors(
    cells: Cells, unit_column: str | None, dose_column: str, unit: str | None, faults: Faults
) -> np.ndarray:
    """Molar amount of the unit of every line."""
    height = cells.frame.height
    if unit_column:
        texts = cells.frame[unit_column]
        known: dict[str, float] = {}
        for text in texts.drop_nulls().unique(maintain_order=True).to_list():
            try:
                known[text] = unit_factor(text, cells.file, unit_column)
            except InputError as error:
                faults.extend(error.faults)
        if texts.null_count() and not faults.errors:
            row = cells.row(int(texts.is_null().arg_max() or 0))
            faults.add(
                "unit-missing",
                f"{texts.null_count()} doses have no unit",
                file=cells.file,
                row=row,
                column=unit_column,
            )
        if len(known) > 1:
            faults.add(
                "mixed-units",
                f"the doses are in {', '.join(known)}; each line is read in its own unit",
                file=cells.file,
                severity="note",
            )
        return np.array([known.get(text or "", np.nan) for text in texts.to_list()])
    chosen = unit or unit_in_heading(dose_column)
    if chosen is None:
        faults.add(
            "unit-missing",
            f"nothing says the unit of the doses in '{dose_column}'",
            file=cells.file,
            row=1,
            column=dose_column,
            mend='give unit = "uM" (on the command line --unit uM), or call the column dose_uM',
        )
        return np.full(height, np.nan)
    return np.full(height, unit_factor(chosen, cells.file, dose_column))


def _stated_doses(frame: pl.DataFrame) -> str:
    from kinescape.assays.viability.curve_status import molar_text

    positive = frame.filter(pl.col("dose_molar") > 0)["dose_molar"]
    if positive.is_empty():
        return "no dose above zero"
    low, high = float(positive.min()), float(positive.max())  # type: ignore[arg-type]
    return f"doses from {molar_text(low)} to {molar_text(high)}"


def _to_fraction(
    frame: pl.DataFrame, scale: str | None, measures: str | None, faults: Faults, file: str
) -> tuple[pl.DataFrame, str]:
    control = frame.filter(pl.col("dose_molar") == 0)["response"].to_numpy()
    treated = frame.filter(pl.col("dose_molar") > 0)
    lowest = treated.filter(
        pl.col("dose_molar") == pl.col("dose_molar").min().over("sample", "agent", "time_h")
    )
    read = read_scale(
        control,
        treated["response"].to_numpy(),
        faults,
        file=file,
        scale=scale,
        measures=measures,
        least_hit=lowest["response"].to_numpy(),
    )
    if read is None:
        return frame, ""
    turned = read.as_fraction(frame["response"].to_numpy())
    fraction = frame.with_columns(response=pl.Series(turned, dtype=pl.Float64).fill_nan(None))
    return fraction, read.stated


def _from_counts(
    cells: Cells, found: Mapping[str, str], frame: pl.DataFrame, faults: Faults
) -> tuple[pl.DataFrame, str, str]:
    counts, control = (
        np.array(
            [np.nan if v is None else v for v in cells.numbers(found[meaning], faults)], dtype=np.float64
        )
        for meaning in ("count", "control")
    )
    if "time_zero" in found:
        start = np.array(
            [np.nan if v is None else v for v in cells.numbers(found["time_zero"], faults)], dtype=np.float64
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            values = growth_rate_values(counts, control, start)
        stated = (
            "counts with those of time zero, turned into growth-rate values (1 as untreated, 0 no growth)"
        )
        kind = "growth_rate"
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = counts / control
        stated, kind = "counts divided by those of the untreated wells", "fraction_of_control"
    lost = int((~np.isfinite(values)).sum())
    if lost:
        faults.add(
            "not-computed",
            f"{lost} lines have no value: a count is missing or not above zero",
            file=cells.file,
            severity="warning",
        )
    finite = np.where(np.isfinite(values), values, np.nan)
    return frame.with_columns(response=pl.Series(finite, dtype=pl.Float64).fill_nan(None)), kind, stated


def _tell_series(frame: pl.DataFrame, faults: Faults, file: str) -> None:
    """Missing cells, wells that stand twice with one replicate, and series of one dose."""
    for column, what in (("dose_molar", "dose"), ("response", "response")):
        missing = frame.filter(pl.col("agent").is_not_null() & pl.col(column).is_null())
        if missing.height and not faults.errors:
            faults.add(
                "missing-values",
                f"{missing.height} of {frame.height} lines have no {what} and are left out",
                file=file,
                row=missing["row"][0],
                severity="note",
            )
    known = frame.filter(pl.col("replicate").is_not_null() & (pl.col("dose_molar") > 0))
    twice = (
        known.group_by("sample", "agent", "time_h", "dose_molar", "replicate", maintain_order=True)
        .agg(pl.len(), pl.col("row").last())
        .filter(pl.col("len") > 1)
    )
    if twice.height:
        faults.add(
            "repeated-wells",
            f"{twice.height} doses stand more than once in one replicate; these count as wells of it",
            file=file,
            row=twice["row"][0],
            severity="note",
        )
