"""Wide tables: one line a curve, one column a dose, as CurveCurator and many spreadsheets have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.decimal_commas import tell_decimal_commas
from kinescape.assays.viability.reading.dose_columns import ALIASES, folded
from kinescape.assays.viability.reading.dose_series import SERIES_SCHEMA, DoseSeries
from kinescape.assays.viability.reading.dose_unit import BASE_UNITS, base_unit, dose_text
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.opened_table import opened_table
from kinescape.assays.viability.reading.response_scale import read_scale, tell_no_controls, tell_odd_controls
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import parse_quantity

_NAMES = ("name", "curve", "id", "sample", "cellline", "sampleagent")
_ALL = "all"
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
    sample: str | None = None,
    agent: str | None = None,
    decimal: str = ".",
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
        Between sample and agent in the names of the curves, at its first place; without it the whole name is the
        drug, and the sample is called `all`.
    control_in_fit : bool
        Whether the control column is a point of the curve at dose zero: where the table holds ratios to that
        very column, it is always 1 and carries no information.
    sample, agent : str, optional
        Whose cells, or which drug, where no column says it.
    decimal : {".", ","}
        How decimals are written; with a comma the columns must be separated by semicolons or tabs.
    scale, measures, hours, sheet, name
        As for `kinescape.assays.viability.reading.dose_table.read_dose_table`.

    Raises
    ------
    InputError
        With every fault.
    """
    called = name or Path(path).name
    cells = opened_table(path, called, sheet, decimal=decimal)
    faults = Faults()
    tell_decimal_commas(decimal, called, faults)
    if doses is None:
        doses, unit = _beside(Path(path), doses, unit)
    columns, base = _dose_of_columns(cells, doses, unit, faults)
    faults.raise_if_errors()
    if len(columns) < 2:
        raise InputError(
            Fault(
                "no-dose-columns",
                f"no two columns of '{called}' are headed by doses",
                file=called,
                row=1,
                expected="one column a dose (headings 0.3 uM, 0.3 with its unit given, Raw 0 … with their doses), or "
                f"one line a dose (columns drug, dose, response); there are {', '.join(cells.columns[:12])}",
                mend=_mend_layout(Path(path), sheet),
            )
        )
    samples, agents = _names(cells, columns, separator, sample, agent, faults)
    parts = []
    for column, molar in columns.items():
        values = number_column(cells, column, faults)
        parts.append(
            pl.DataFrame(
                {
                    "row": pl.int_range(cells.first_row, cells.first_row + cells.frame.height, eager=True),
                    "sample": samples,
                    "agent": agents,
                    "dose": pl.repeat(molar, len(values), dtype=pl.Float64, eager=True),
                    "dose_unit": pl.repeat(base, len(values), dtype=pl.String, eager=True),
                    "response": values,
                }
            )
        )
    faults.raise_if_errors()
    frame = pl.concat(parts)
    _tell_rows(frame, faults, called)
    control = frame.filter(pl.col("dose") == 0)["response"].drop_nulls().to_numpy()
    treated = frame.filter(pl.col("dose") > 0)
    lowest = treated.filter(pl.col("dose") == treated["dose"].min())
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
    tell_no_controls(control, scale, measures, faults, called)
    tell_odd_controls(read, frame, faults, called)
    faults.raise_if_errors()
    used = frame if control_in_fit else treated
    turned = read.as_fraction(used["response"].fill_null(np.nan).to_numpy())
    series = used.with_columns(
        response=pl.Series(turned, dtype=pl.Float64).fill_nan(None),
        time_h=pl.lit(hours, pl.Float64),
        replicate=pl.lit(None, pl.String),
        weight=pl.lit(1.0),
    ).select([pl.col(column).cast(dtype) for column, dtype in SERIES_SCHEMA.items()])
    above = [dose for dose in columns.values() if dose > 0]
    stated = (
        f"{read.stated}; {len(columns)} columns of doses, from {dose_text(min(above), base)} to "
        f"{dose_text(max(above), base)}"
    )
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
        if "doses" in experiment:
            factor = float(experiment.get("dose_scale", 1.0))
            return [float(dose) * factor for dose in experiment["doses"]], str(
                experiment.get("dose_unit", "M")
            )
    return doses, unit


def _dose_of_columns(
    cells: Cells, doses: Sequence[float] | None, unit: str | None, faults: Faults
) -> tuple[dict[str, float], str]:
    """Dose of every column that is one, and the base unit of them all."""
    found: dict[str, float] = {}
    bases: dict[str, str] = {}
    bare: list[str] = []
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
            return found, "M"
        if any(dose < 0 for dose in doses):
            faults.add("negative-dose", "one of the doses is below zero", file=cells.file)
        factor, base = base_unit(unit or "M", cells.file, None)
        return {column: float(dose) * factor for column, dose in zip(raw, doses, strict=True)}, base
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
                bare.append(column)
                continue
            if float(text) < 0:
                faults.add(
                    "negative-dose", f"the dose '{text}' is below zero", file=cells.file, row=1, column=column
                )
                continue
            factor, bases[column] = base_unit(unit, cells.file, column, 1)
            found[column] = float(text) * factor
            continue
        try:
            quantity = parse_quantity(text)
        except ValueError:
            continue
        found[column], bases[column] = quantity.in_family_units, BASE_UNITS[quantity.family]
    if bare:
        faults.add(
            "unit-missing",
            f"{len(bare)} headings are doses without a unit, such as '{bare[0]}'",
            file=cells.file,
            row=1,
            column=bare[0],
            mend=f'give unit = "uM", or write {bare[0].strip()} uM',
        )
    kinds = sorted(set(bases.values()))
    if len(kinds) > 1:
        faults.add(
            "mixed-units",
            f"the headings give doses in units that cannot be turned into each other ({' and '.join(kinds)})",
            file=cells.file,
            row=1,
            expected="one kind of unit for all the columns",
            mend="split the table",
        )
    twice = [
        column for column in found if list(found.values()).count(found[column]) > 1 and found[column] > 0
    ]
    if twice:
        faults.add(
            "repeated-doses",
            f"{len(twice)} columns have a dose in common, such as {', '.join(twice[:3])}; these count as "
            "wells of one dose",
            file=cells.file,
            row=1,
            severity="note",
        )
    return found, kinds[0] if kinds else "M"


def _names(
    cells: Cells,
    columns: dict[str, float],
    separator: str | None,
    sample_name: str | None,
    agent_name: str | None,
    faults: Faults,
) -> tuple[pl.Series, pl.Series]:
    """Sample and agent of every line, from their columns or from the names of the curves."""
    others = [column for column in cells.columns if column not in columns]
    by_folded = {folded(column): column for column in others}

    def column_of(meaning: str) -> str | None:
        return next((by_folded[key] for key in map(folded, ALIASES[meaning]) if key in by_folded), None)

    sample, agent = column_of("sample"), column_of("agent")
    height = cells.frame.height
    one_sample = pl.Series([sample_name or _ALL] * height)
    if sample and agent:
        return cells.frame[sample].fill_null(sample_name or "sample"), cells.frame[agent].fill_null("agent")
    if agent:
        return one_sample, cells.frame[agent].fill_null("agent")
    first = sample or next((by_folded[key] for key in _NAMES if key in by_folded), None)
    # Lines of texts that nothing names are the names of the curves; numbers are not.
    first = first or next((column for column in others if _is_text(cells.frame[column])), None)
    if first is None:
        return one_sample, pl.Series([agent_name or f"curve {i + 1}" for i in range(height)])
    names = cells.frame[first].fill_null("unnamed")
    if separator and names.str.contains(separator, literal=True).all():
        parts = names.str.split(separator)
        return parts.list.first(), parts.list.slice(1).list.join(separator)
    if separator:
        lacking = names.filter(~names.str.contains(separator, literal=True))
        faults.add(
            "separator",
            f"{len(lacking)} names do not hold '{separator}', such as '{lacking[0]}': they cannot be split into sample "
            "and drug",
            file=cells.file,
            column=first,
            mend="give another separator, or none",
        )
    if sample and agent_name:
        return names, pl.Series([agent_name] * height)
    if sample:
        faults.add(
            "drug-not-named",
            f"no column names the drug; each line is a curve called by its '{sample}'",
            file=cells.file,
            mend='give agent = "…", or a column drug',
            severity="note",
        )
        return names, pl.Series(["drug"] * height)
    return one_sample, names


def _is_text(column: pl.Series) -> bool:
    known = column.drop_nulls()
    return bool(len(known)) and bool(known.cast(pl.Float64, strict=False).is_null().all())


def _mend_layout(path: Path, sheet: str | None) -> str:
    """Which sheets there are, where the wrong one may have been read."""
    if path.suffix.lower() not in (".xlsx", ".xls", ".xlsm", ".ods"):
        return 'name the columns: columns = {"agent": "…", "dose": "…", "response": "…"}'
    import fastexcel

    names = fastexcel.read_excel(path).sheet_names
    read = sheet or names[0]
    rest = [name for name in names if name != read]
    return f"the sheet '{read}' was read" + (
        f'; if the doses are in another, give sheet = "{rest[0]}" (there are {", ".join(rest[:8])})'
        if rest
        else ""
    )


def _tell_rows(frame: pl.DataFrame, faults: Faults, file: str) -> None:
    empty = (
        frame.filter(pl.col("dose") > 0)
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
            f"{twice.height} lines share a name, such as '{_called(twice)}'; lines of one name are one curve",
            file=file,
            row=twice["row"][0],
            severity="warning",
        )


def _called(lines: pl.DataFrame) -> str:
    """The first of some curves by its name."""
    sample, agent = lines.select("sample", "agent").row(0)
    return str(agent) if sample == _ALL else f"{sample} {agent}"
