"""Long tables of doses: one line a dose of a drug in a sample, as most programs exchange them.

Block tables of drug pairs are read too: their lines with one drug alone are the curves of single drugs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.decimal_commas import tell_decimal_commas
from kinescape.assays.viability.reading.dose_amounts import read_amounts
from kinescape.assays.viability.reading.dose_columns import find_columns, folded, need
from kinescape.assays.viability.reading.dose_counts import counts_as_response
from kinescape.assays.viability.reading.dose_lines import heading_measures
from kinescape.assays.viability.reading.dose_series import SERIES_SCHEMA, DoseSeries
from kinescape.assays.viability.reading.dose_table_checks import read_weights, tell_lines
from kinescape.assays.viability.reading.dose_unit import dose_text
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.opened_table import LARGEST_SCREEN_BYTES, opened_table
from kinescape.assays.viability.reading.raw_signals import raw_series
from kinescape.assays.viability.reading.response_scale import read_scale, tell_no_controls, tell_odd_controls
from kinescape.assays.viability.reading.tagged_counts import with_tagged_counts
from kinescape.assays.vocabulary import CONTROL_NAMES
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

_GIVEN = "drug as given"
_SIGNAL = 150.0


def read_dose_table(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    scale: str | None = None,
    measures: str | None = None,
    sample: str | None = None,
    agent: str | None = None,
    hours: float | None = None,
    by: Sequence[str] = (),
    sheet: str | None = None,
    controls: str | Path | None = None,
    time_zero: str | Path | None = None,
    decimal: str = ".",
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
    scale : {"percent", "fraction", "raw"}, optional
        Found from untreated wells by default. Raw signals are divided by the untreated wells (dose zero, DMSO) of
        the same plate and sample, less the blanks of the plate.
    measures : {"viability", "inhibition"}, optional
        Found from untreated wells by default.
    sample : str, optional
        Where the table has no column of samples.
    agent : str, optional
        Where it has no column of drugs.
    hours : float, optional
        Where it has none of times.
    by : sequence of str
        Columns that tell curves apart beside sample, drug and time; they join the name of the sample.
    sheet : str, optional
        Of a spreadsheet.
    controls, time_zero : str or Path, optional
        Tables of the counts of untreated wells and of wells at time zero, joined to the lines by the columns
        `ctrl_tag` and `time0_tag`.
    decimal : {".", ","}
        How decimals are written; with a comma the columns must be separated by semicolons or tabs.
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
    cells = opened_table(path, name or Path(path).name, sheet, decimal=decimal, largest=LARGEST_SCREEN_BYTES)
    found = find_columns(cells.columns, columns, cells.file)
    faults = Faults()
    tell_decimal_commas(decimal, cells.file, faults)
    _tell_halves(cells, found, faults)
    if "agent" not in found and agent is not None:
        cells = replace(cells, frame=cells.frame.with_columns(pl.lit(agent).alias(_GIVEN)))
        found["agent"] = _GIVEN
    need(found, ("agent", "dose", "count" if _counted(found) else "response"), cells.columns, cells.file)
    doses = _doses(cells, found, unit, faults)
    frame = _with_names(cells, found, doses, sample, hours, by, faults)
    frame = frame.with_columns(weight=read_weights(cells, found, faults))
    values = number_column(cells, found["response" if "response" in found else "count"], faults)
    # Without doses the scale cannot be judged either: one fault, not two.
    faults.raise_if_errors()
    stated_doses = _stated_doses(frame)
    if controls is not None or time_zero is not None:
        _need_counts(cells, found, scale)
    if scale == "raw":
        return raw_series(cells, found, frame, faults, measures)
    if _counted(found):
        cells, found, joined = with_tagged_counts(
            cells, found, frame, faults, controls=controls, time_zero=time_zero, decimal=decimal
        )
        faults.raise_if_errors()
        frame, response, stated = counts_as_response(cells, found, frame, faults)
        stated = "; ".join(filter(None, (stated, joined)))
    else:
        frame = frame.with_columns(response=values)
        response = "fraction_of_control"
        frame, stated = _to_fraction(
            frame,
            scale,
            measures or heading_measures(found["response"]),
            faults,
            cells.file,
            found["response"],
        )
    tell_lines(cells, found, frame, by, faults)
    faults.raise_if_errors()
    series = frame.filter(pl.col("agent").is_not_null()).select(
        [pl.col(column).cast(dtype) for column, dtype in SERIES_SCHEMA.items()]
    )
    if series.filter(pl.col("dose") > 0).is_empty():
        raise InputError(
            Fault(
                "no-single-drug",
                "no line holds one drug alone at a dose above zero",
                file=cells.file,
                expected="lines with one drug at four or more doses",
                mend="kinescape synergy reads lines of two drugs",
            )
        )
    return DoseSeries(
        series, response, f"{stated}; {stated_doses}", (*faults.warnings, *faults.notes), cells.file
    )


def _counted(found: Mapping[str, str]) -> bool:
    """Whether the table holds counts of cells and not responses."""
    return "count" in found and "response" not in found


def _need_counts(cells: Cells, found: Mapping[str, str], scale: str | None) -> None:
    """Tables of untreated counts mean something only beside counts."""
    if scale == "raw" and _counted(found):
        raise InputError(
            Fault(
                "two-ways",
                "tables of untreated counts are given, and the data are said to be raw signals with their own",
                file=cells.file,
                mend="leave the scale out, or these tables",
            )
        )
    if not _counted(found):
        raise InputError(
            Fault(
                "unused-option",
                f"tables of untreated counts are given, and '{found['response']}' holds responses and no counts",
                file=cells.file,
                column=found["response"],
                expected="a column cell_count, and none of responses",
                mend="leave these tables out, or take the column of responses out",
            )
        )


def _with_names(
    cells: Cells,
    found: Mapping[str, str],
    doses: pl.DataFrame,
    sample: str | None,
    hours: float | None,
    by: Sequence[str],
    faults: Faults,
) -> pl.DataFrame:
    """Sample, time and replicate beside agent and dose; every dose of a curve has one unit."""
    nobody = pl.repeat(None, cells.frame.height, dtype=pl.String, eager=True)
    samples = cells.frame[found["sample"]] if "sample" in found else nobody
    samples = samples.fill_null(sample or "sample")
    for column in by:
        if column not in cells.columns:
            near = nearest(column, cells.columns, n=1)
            faults.add(
                "missing-column",
                f"there is no column '{column}' to tell curves apart by",
                file=cells.file,
                row=1,
                expected=f"one of {', '.join(cells.columns[:12])}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
            continue
        samples = pl.select(
            pl.format(f"{{}}, {column} {{}}", pl.lit(samples), pl.lit(cells.frame[column].fill_null("none")))
        ).to_series()
    frame = doses.with_columns(
        sample=samples,
        time_h=number_column(cells, found["time"], faults) if "time" in found else pl.lit(hours, pl.Float64),
        replicate=cells.frame[found["replicate"]] if "replicate" in found else nobody,
    )
    # A zero dose needs no unit of its own: it has that of its drug.
    own = pl.col("dose_unit").drop_nulls().first().over("sample", "agent", "time_h")
    frame = frame.with_columns(
        dose_unit=pl.when(pl.col("dose") > 0)
        .then(pl.col("dose_unit"))
        .otherwise(pl.coalesce(own, "dose_unit"))
        .fill_null("M")
    )
    several = (
        frame.filter((pl.col("dose") > 0) & pl.col("agent").is_not_null())
        .group_by("sample", "agent", "time_h", maintain_order=True)
        .agg(pl.col("dose_unit").unique().sort(), pl.col("row").last())
        .filter(pl.col("dose_unit").list.len() > 1)
    )
    for name, units, row in several.select("agent", "dose_unit", "row").head(3).iter_rows():
        faults.add(
            "mixed-units",
            f"the doses of '{name}' are in units that cannot be turned into each other ({' and '.join(units)})",
            file=cells.file,
            row=row,
            expected="one kind of unit for a drug",
            mend="give all its doses in one of them",
        )
    return frame


def _tell_halves(cells: Cells, found: Mapping[str, str], faults: Faults) -> None:
    """A second drug without its dose, or a third drug: a mixture would be read as one drug alone."""
    halves = [
        found[one]
        for one, other in (("second_agent", "second_dose"), ("second_dose", "second_agent"))
        if one in found and other not in found
    ]
    more = [
        name
        for name in cells.columns
        if name not in (*found.values(), *halves)
        and re.fullmatch(r"(drug|conc|dose|agent|compound|concentration)[2-9]", folded(name))
    ]
    for name in (*halves, *more):
        filled = cells.frame[name].drop_nulls()
        if not len(filled) or (filled.str.contains(r"^0*\.?0*$").all()):
            continue
        faults.add(
            "second-drug",
            f"the column '{name}' names a further drug or its dose, and what belongs to it is not there",
            file=cells.file,
            row=1,
            column=name,
            expected="a drug and a dose for each drug of a line: drug1, conc1, drug2, conc2",
            mend=f"name the other column drug2 or conc2, or take '{name}' out if every line is of one drug; "
            "kinescape synergy scores pairs",
        )


def _doses(cells: Cells, found: Mapping[str, str], unit: str | None, faults: Faults) -> pl.DataFrame:
    """Agent, dose, base unit and row of every line; the agent is null where the line is of two drugs or of none."""
    agent, dose, units = _one_dose(cells, found, ("agent", "dose", "unit"), unit, faults)
    row = pl.int_range(cells.first_row, cells.first_row + cells.frame.height, eager=True)
    if "second_agent" not in found or "second_dose" not in found:
        return pl.DataFrame({"row": row, "agent": agent, "dose": dose, "dose_unit": units})
    meanings = ("second_agent", "second_dose", "second_unit")
    other, other_dose, other_units = _one_dose(cells, found, meanings, unit, faults)
    lines = pl.DataFrame(
        {"a": agent, "x": dose, "u": units, "b": other, "y": other_dose, "v": other_units, "row": row}
    )
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
        dose_unit=pl.when(only_second).then(pl.col("v")).otherwise(pl.col("u")),
    )
    unknown = lines.filter(pl.col("b").is_not_null() & pl.col("y").is_null())
    if unknown.height:
        faults.add(
            "dose-missing",
            f"{unknown.height} lines name a second drug, '{unknown['b'][0]}', and no dose of it",
            file=cells.file,
            row=unknown["row"][0],
            column=found["second_dose"],
            mend="write its dose, 0 where it was not given",
        )
    left = lines.filter(both).height
    if left:
        faults.add(
            "combinations-left-out",
            f"{left} lines hold two drugs together; `kinescape synergy` reads these",
            file=cells.file,
            severity="note",
        )
    return single.select("row", "agent", "dose", "dose_unit")


def _one_dose(
    cells: Cells, found: Mapping[str, str], meanings: tuple[str, str, str], unit: str | None, faults: Faults
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Agent, dose and its base unit of every line; an untreated line names no agent and has dose zero."""
    agent_column, dose_column, unit_column = (found.get(meaning) for meaning in meanings)
    nobody = pl.repeat(None, cells.frame.height, dtype=pl.String, eager=True)
    agent = cells.frame[agent_column] if agent_column else nobody
    dose, units = read_amounts(cells, dose_column or "", unit_column or found.get("unit"), unit, faults)
    folded_names = agent.str.to_lowercase().str.replace_all(r"[^a-z]", "")
    untreated = folded_names.is_in([name.replace(" ", "") for name in CONTROL_NAMES]).fill_null(False)
    # A vehicle has no dose of a drug; a line without either is one of a control that is shared by all drugs.
    nothing = untreated & (dose.is_null() | (dose == 0))
    if nothing.any():
        agent = agent.set(nothing, None)
        dose = dose.set(nothing, 0.0)
    return agent, dose, units


def _stated_doses(frame: pl.DataFrame) -> str:
    ranges = (
        frame.filter(pl.col("dose") > 0)
        .group_by("dose_unit", maintain_order=True)
        .agg(pl.col("dose").min().alias("low"), pl.col("dose").max().alias("high"))
    )
    if ranges.is_empty():
        return "no dose above zero"
    return "doses from " + " and ".join(
        f"{dose_text(low, unit)} to {dose_text(high, unit)}" for unit, low, high in ranges.iter_rows()
    )


def _to_fraction(
    frame: pl.DataFrame, scale: str | None, measures: str | None, faults: Faults, file: str, column: str
) -> tuple[pl.DataFrame, str]:
    if frame["response"].drop_nulls().drop_nans().is_empty():
        faults.add(
            "no-response",
            f"no row holds a response: all {frame.height} cells of the column are empty or not a number",
            file=file,
            row=frame["row"].min(),  # type: ignore[arg-type]
            column=column,
            expected="a number in each",
            mend='check the export, or name another column: columns = {"response": "…"}',
        )
        return frame, ""
    untreated = frame.filter(pl.col("dose") == 0)
    control = untreated["response"].to_numpy()
    treated = frame.filter(pl.col("dose") > 0)
    lowest = treated.filter(pl.col("dose") == pl.col("dose").min().over("sample", "agent", "time_h"))
    centre = np.median(control) if len(control) else 0.0
    if scale is None and centre > _SIGNAL:
        faults.add(
            "scale-ambiguous",
            f"the untreated wells have a median of {centre:.4g}, neither 1 nor 100, as raw signals of a reader are",
            file=file,
            column="response",
            mend='give scale = "raw" to divide them by the untreated wells of their plate and sample',
        )
        return frame, ""
    read = read_scale(
        control,
        treated["response"].to_numpy(),
        faults,
        file=file,
        scale=scale,
        measures=measures,
        least_hit=lowest["response"].to_numpy(),
        rows=untreated["row"].to_numpy(),
    )
    if read is None:
        return frame, ""
    tell_no_controls(control, scale, measures, faults, file)
    tell_odd_controls(read, frame, faults, file)
    turned = read.as_fraction(frame["response"].to_numpy())
    fraction = frame.with_columns(response=pl.Series(turned, dtype=pl.Float64).fill_nan(None))
    return fraction, read.stated
