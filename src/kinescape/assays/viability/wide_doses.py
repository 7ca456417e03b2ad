"""Wide tables: one line a curve, one column a dose, as CurveCurator and many spreadsheets have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells, read_cells
from kinescape.assays.viability.dose_columns import folded
from kinescape.assays.viability.dose_series import SERIES_SCHEMA, DoseSeries
from kinescape.assays.viability.response_scale import read_scale
from kinescape.assays.viability.tagged_wells import unit_factor
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import parse_quantity

_NAMES = ("name", "curve", "id", "sample", "cellline", "sampleagent")
_CONTROLS = ("control", "dmso", "untreated", "vehicle", "0")


def read_wide_doses(
    path: str | Path,
    *,
    doses: Sequence[float] | None = None,
    unit: str | None = None,
    separator: str | None = None,
    control_in_fit: bool = False,
    scale: str | None = None,
    measures: str | None = None,
    hours: float | None = None,
    sheet: str | None = None,
    name: str | None = None,
) -> DoseSeries:
    """Read a table with a column a dose.

    Parameters
    ----------
    path : str or Path
        The first column names the curves, `sample agent`, or there are columns of samples and agents. The
        headings of the doses are amounts (`0.3 uM`), bare numbers with `unit`, or `Raw 0`, `Raw 1`, ... with
        `doses`. Beside a file of CurveCurator its `.toml` gives the doses.
    doses : sequence of float, optional
        Of the `Raw` columns, in order; zero is the control.
    unit : str, optional
        Of bare numbers.
    separator : str, optional
        Between sample and agent in the first column; without it the whole name is the sample.
    control_in_fit : bool
        Whether the control column is a point of the curve at dose zero: where the table holds ratios to that
        very column, it is always 1 and carries no information.
    scale, measures, hours, sheet, name
        As for `kinescape.assays.viability.dose_table.read_dose_table`.

    Raises
    ------
    InputError
        With every fault.
    """
    called = name or Path(path).name
    cells = read_cells(path, name=called, sheet=sheet)
    faults = Faults()
    if doses is None:
        doses, unit = _beside(Path(path), doses, unit)
    columns = _dose_of_columns(cells, doses, unit, faults)
    faults.raise_if_errors()
    if len(columns) < 2:
        raise InputError(
            Fault(
                "no-dose-columns",
                f"no two columns of '{called}' are headed by doses",
                file=called,
                row=1,
                expected="headings such as 0.3 uM, or numbers with unit = …, or Raw 0 … with doses = […]",
            )
        )
    samples, agents = _names(cells, columns, separator)
    parts = []
    for column, molar in columns.items():
        values = cells.numbers(column, faults)
        parts.append(
            pl.DataFrame(
                {
                    "row": pl.int_range(cells.first_row, cells.first_row + cells.frame.height, eager=True),
                    "sample": samples,
                    "agent": agents,
                    "dose_molar": pl.Series([molar] * len(values), dtype=pl.Float64),
                    "response": pl.Series(values, dtype=pl.Float64),
                }
            )
        )
    faults.raise_if_errors()
    frame = pl.concat(parts)
    _tell_rows(frame, faults, called)
    control = frame.filter(pl.col("dose_molar") == 0)["response"].drop_nulls().to_numpy()
    treated = frame.filter(pl.col("dose_molar") > 0)
    lowest = treated.filter(pl.col("dose_molar") == treated["dose_molar"].min())
    read = read_scale(
        control,
        treated["response"].drop_nulls().to_numpy(),
        faults,
        file=called,
        scale=scale,
        measures=measures,
        least_hit=lowest["response"].drop_nulls().to_numpy(),
    )
    faults.raise_if_errors()
    if read is None:  # pragma: no cover - it would have raised
        raise InputError("the scale is unknown")
    used = frame if control_in_fit else treated
    turned = read.as_fraction(used["response"].fill_null(np.nan).to_numpy())
    series = used.with_columns(
        response=pl.Series(turned, dtype=pl.Float64).fill_nan(None),
        time_h=pl.lit(hours, pl.Float64),
        replicate=pl.lit(None, pl.String),
        weight=pl.lit(1.0),
    ).select([pl.col(column).cast(dtype) for column, dtype in SERIES_SCHEMA.items()])
    stated = f"{read.stated}; {len(columns)} doses in columns"
    return DoseSeries(series, "fraction_of_control", stated, (*faults.warnings, *faults.notes), called)


def _beside(
    path: Path, doses: Sequence[float] | None, unit: str | None
) -> tuple[Sequence[float] | None, str | None]:
    """Doses from the one CurveCurator parameter file in the same folder."""
    import tomllib

    if not path.is_file():
        return doses, unit
    for beside in sorted(path.parent.glob("*.toml")):
        try:
            experiment = tomllib.loads(beside.read_text(encoding="utf-8")).get("Experiment", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if "doses" in experiment and experiment.get("dose_unit", "M") == "M":
            factor = float(experiment.get("dose_scale", 1.0))
            return [float(dose) * factor for dose in experiment["doses"]], "M"
    return doses, unit


def _dose_of_columns(
    cells: Cells, doses: Sequence[float] | None, unit: str | None, faults: Faults
) -> dict[str, float]:
    """Molar dose of every column that is one."""
    found: dict[str, float] = {}
    numbered = sorted(
        (int(match[1]), column)
        for column in cells.columns
        if (match := re.fullmatch(r"(?:Raw|Ratio) (\d+)", column))
    )
    if numbered and doses is not None:
        raw = [column for _, column in numbered if column.startswith("Raw")] or [
            column for _, column in numbered
        ]
        if len(raw) != len(doses):
            faults.add(
                "doses-do-not-match",
                f"there are {len(raw)} columns and {len(doses)} doses",
                file=cells.file,
                row=1,
                mend="give one dose for each column",
            )
            return found
        factor = unit_factor(unit or "M", cells.file, raw[0])
        return {column: float(dose) * factor for column, dose in zip(raw, doses, strict=True)}
    for column in cells.columns:
        text = column.strip()
        if text.lower() in _CONTROLS:
            found[column] = 0.0
            continue
        if re.match(r"\d{4}-\d\d-\d\d", text):
            faults.add(
                "date-for-dose",
                f"the heading '{text}' is a date: the spreadsheet turned a dose into one",
                file=cells.file,
                row=1,
                column=column,
                mend="format the heading as text and enter the dose again",
            )
            continue
        if re.fullmatch(r"[+-]?[0-9.]+(e[+-]?\d+)?", text, re.IGNORECASE):
            if unit is None:
                faults.add(
                    "unit-missing",
                    f"the dose '{text}' in the heading has no unit",
                    file=cells.file,
                    row=1,
                    column=column,
                    mend=f'write {text} uM, or give unit = "uM"',
                )
                continue
            if float(text) < 0:
                faults.add(
                    "negative-dose", f"the dose '{text}' is below zero", file=cells.file, row=1, column=column
                )
                continue
            found[column] = float(text) * unit_factor(unit, cells.file, column)
            continue
        try:
            quantity = parse_quantity(re.sub(r"(?<=\d)(?=[munpf]?M$)", " ", text))
        except ValueError:
            continue
        if quantity.molar is not None:
            found[column] = quantity.molar
    return found


def _names(cells: Cells, columns: dict[str, float], separator: str | None) -> tuple[pl.Series, pl.Series]:
    others = [column for column in cells.columns if column not in columns]
    by_folded = {folded(column): column for column in others}
    sample = next((by_folded[key] for key in ("sample", "cellline", "cell") if key in by_folded), None)
    agent = next((by_folded[key] for key in ("agent", "drug", "compound") if key in by_folded), None)
    height = cells.frame.height
    if sample and agent:
        return cells.frame[sample].fill_null("sample"), cells.frame[agent].fill_null("agent")
    first = next((by_folded[key] for key in _NAMES if key in by_folded), others[0] if others else None)
    if first is None:
        return pl.Series(["sample"] * height), pl.Series([f"curve {i + 1}" for i in range(height)])
    names = cells.frame[first].fill_null("unnamed")
    if agent:
        return names, cells.frame[agent].fill_null("agent")
    if separator and names.str.contains(separator, literal=True).all():
        parts = names.str.split(separator)
        return parts.list.first(), parts.list.slice(1).list.join(separator)
    return pl.Series(["all"] * height), names


def _tell_rows(frame: pl.DataFrame, faults: Faults, file: str) -> None:
    empty = (
        frame.filter(pl.col("dose_molar") > 0)
        .group_by("row", maintain_order=True)
        .agg(pl.col("response").is_null().all().alias("empty"), pl.col("agent").first())
        .filter("empty")
    )
    if empty.height:
        faults.add(
            "empty-row",
            f"{empty.height} curves hold no value at all, the first is '{empty['agent'][0]}'; they are kept with "
            "that status",
            file=file,
            row=empty["row"][0],
            severity="warning",
        )
    named = frame.select("row", "sample", "agent").unique(maintain_order=True)
    twice = named.filter(pl.struct("sample", "agent").is_duplicated())
    if twice.height:
        faults.add(
            "same-name",
            f"{twice.height} lines share a name, such as '{twice['agent'][0]}'; lines of one name are one curve",
            file=file,
            row=twice["row"][0],
            severity="warning",
        )
