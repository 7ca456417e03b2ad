"""Live-cell time courses, one column a condition, and the proliferation rate under each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells, number, read_cells
from kinescape.assays.viability.curve_fitting.curve_problem import Array
from kinescape.assays.viability.reading.course_headings import (
    condition_of,
    is_bare,
    tell_bare,
    unitless_headings,
)
from kinescape.assays.viability.reading.dose_columns import folded
from kinescape.assays.viability.reading.dose_series import SERIES_SCHEMA, DoseSeries
from kinescape.assays.viability.reading.dose_unit import BASE_UNITS
from kinescape.assays.viability.reading.raw_signals import BLANKS
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.conditions import Condition
from kinescape.measurements.replicates import combine_replicates
from kinescape.measurements.table import Measurements

_TIME = ("elapsed", "elapsedh", "time", "timeh", "hours", "hour")
_IGNORED = ("date", "datetime", "timestamp")
_NEAR_FULL = 0.75
_FEWEST = 5


@dataclass(frozen=True)
class TimeCourses:
    """Time courses of one sample.

    Parameters
    ----------
    time_hours : (n_times,) array
        Hours since the start.
    values : (n_times, n_columns) array
        Confluence, counts or signal; NaN where not measured.
    conditions : tuple of str
        Canonical condition of each column; a repeated one is another well.
    sample, file : str
        Whose, and from where.
    notes : tuple of Fault
        From reading.
    """

    time_hours: Array
    values: Array
    conditions: tuple[str, ...]
    sample: str
    file: str
    notes: tuple[Fault, ...]

    def to_measurements(self, *, assay: str = "time_course") -> Measurements:
        """Effects on the proliferation rate; see `proliferation_rates`."""
        return proliferation_rates(self).to_measurements(assay=assay)


def read_time_courses(
    path: str | Path,
    *,
    sheet: str | None = None,
    sample: str = "sample",
    agent: str | None = None,
    unit: str | None = None,
    aliases: Mapping[str, str] | None = None,
    name: str | None = None,
) -> TimeCourses:
    """Read a spreadsheet of time courses.

    Parameters
    ----------
    path : str or Path
        CSV or Excel: a column of elapsed hours, and a column a condition, headed `Control`,
        `Paclitaxel 0.8 nM + Erl 37.04 nM`, or bare doses with `agent` and `unit`. Two columns of one heading
        are two wells.
    sheet : str, optional
        Of a spreadsheet; the first with a column of hours by default.
    sample : str
        Whose cells.
    agent, unit : str, optional
        Where the headings are doses only.
    aliases : mapping of str to str, optional
        Names in the headings to names of agents: `{"Erl": "erlotinib"}`.
    name : str, optional
        How messages call the file.

    Raises
    ------
    InputError
        With every fault.
    """
    called = name or Path(path).name
    cells = read_cells(path, name=called, sheet=sheet or sheet_with_hours(path), header=False)
    faults = Faults()
    rows = list(cells.frame.iter_rows())
    top = next((i for i, row in enumerate(rows) if any(folded(str(c or "")) in _TIME for c in row)), None)
    if top is None:
        raise InputError(
            Fault(
                "no-time-column",
                "no column is headed Elapsed, Time or Hours",
                file=called,
                mend="name it Elapsed",
            )
        )
    heading = [str(cell or "").strip() for cell in rows[top]]
    time_at = next(i for i, text in enumerate(heading) if folded(text) in _TIME)
    columns, conditions = [], []
    if agent is None or unit is None:
        tell_bare(heading, cells.row(top), called, faults)
    unitless = unitless_headings(heading, cells.row(top), called, unit, faults)
    for i, text in enumerate(heading):
        if i == time_at or not text or folded(text) in _IGNORED:
            continue
        if is_bare(text) and (agent is None or unit is None):
            continue
        if text in unitless:
            if unit is None:
                continue
            text = unitless[text]
        condition = condition_of(text, agent, unit, aliases or {}, called, cells.row(top), faults)
        if condition is not None:
            columns.append(i)
            conditions.append(condition)
    body = rows[top + 1 :]
    hours = _numbers(body, time_at, cells, top, heading, faults)
    values = (
        np.column_stack([_numbers(body, i, cells, top, heading, faults) for i in columns])
        if columns
        else None
    )
    if values is None:
        faults.add("no-conditions", "no column is headed by a condition", file=called, row=cells.row(top))
        faults.raise_if_errors()
        raise InputError("no conditions")
    kept = np.isfinite(hours)
    order = np.argsort(hours[kept], kind="stable")
    faults.raise_if_errors()
    return TimeCourses(
        hours[kept][order],
        values[kept][order],
        tuple(conditions),
        sample,
        called,
        (*faults.warnings, *faults.notes),
    )


def sheet_with_hours(path: str | Path) -> str | None:
    """The first sheet with a column of hours, phase-contrast ones first."""
    if Path(path).suffix.lower() not in (".xlsx", ".xls", ".xlsm", ".ods") or not Path(path).is_file():
        return None
    import fastexcel

    try:
        names = fastexcel.read_excel(path).sheet_names
    except fastexcel.FastExcelError:
        return None
    for name in sorted(names, key=lambda one: "phase" not in one.lower()):
        try:
            cells = read_cells(path, sheet=name, header=False)
        except InputError:
            continue
        if any(folded(str(cell or "")) in _TIME for row in cells.frame.head(10).iter_rows() for cell in row):
            return str(name)
    return None


def _numbers(
    body: list[tuple[object, ...]], at: int, cells: Cells, top: int, heading: list[str], faults: Faults
) -> Array:
    values = np.full(len(body), np.nan)
    for i, row in enumerate(body):
        cell = row[at]
        if cell is None:
            continue
        try:
            values[i] = number(str(cell))
        except ValueError as error:
            if len(faults) < 20:
                faults.add(
                    "not-a-number",
                    str(error),
                    file=cells.file,
                    row=cells.row(top + 1 + i),
                    column=heading[at],
                )
    return values


@dataclass(frozen=True)
class ProliferationRates:
    """Rates of one sample under each condition.

    Parameters
    ----------
    table : polars.DataFrame
        condition, well, doublings_per_day, standard_error (of the straight line), times, growth_rate: GR of the
        rate against that of the untreated wells, 2^(k / k0) - 1.
    window_hours : (float, float)
        The times used: until the untreated wells reach three quarters of their highest value.
    courses : TimeCourses
        What they come from.
    """

    table: pl.DataFrame
    window_hours: tuple[float, float]
    courses: TimeCourses

    def series(self) -> DoseSeries:
        """Dose series of the single agents, as growth-rate values."""
        rows, blanks = [], 0
        left: list[str] = []
        for condition, well, value in self.table.select("condition", "well", "growth_rate").iter_rows():
            parsed = Condition.parse(condition)
            quantity = parsed.doses[0].quantity if parsed.doses else None
            if len(parsed.doses) != 1 or parsed.genetic or quantity is None:
                blank = len(parsed.agents) == 1 and folded(parsed.agents[0]) in BLANKS
                blanks += blank
                left += [condition] * (condition != "control" and not blank)
                continue
            rows.append(
                (
                    self.courses.sample,
                    parsed.doses[0].agent,
                    self.window_hours[1],
                    quantity.in_family_units,
                    BASE_UNITS[quantity.family],
                    value,
                    f"well {well}",
                    1.0,
                )
            )
        notes = list(self.courses.notes)
        if left:
            notes.append(
                Fault(
                    "combinations-left-out",
                    f"{len(left)} columns hold several agents or no dose ({', '.join(left[:3])}"
                    + (", …" if len(left) > 3 else "")
                    + "): they are no part of a curve of one drug, and are kept among the measurements",
                    file=self.courses.file,
                    severity="note",
                )
            )
        if blanks:
            notes.append(
                Fault(
                    "blank-columns",
                    f"{blanks} columns are wells without cells and are left out",
                    file=self.courses.file,
                    severity="note",
                )
            )
        if not rows:
            raise InputError(
                Fault(
                    "no-single-drug",
                    "no column holds one drug alone at a dose",
                    file=self.courses.file,
                    expected="headings such as erlotinib 37 nM, or bare doses with the drug and the unit given",
                    mend="columns of two drugs have no curve of one",
                )
            )
        frame = pl.DataFrame(rows, schema=SERIES_SCHEMA, orient="row").with_columns(
            replicate=pl.lit(None, pl.String)
        )
        first, last = self.window_hours
        untreated = self.table.filter(pl.col("condition") == "control")
        pace = float(np.nanmean(untreated["doublings_per_day"].to_numpy()))
        stated = (
            f"proliferation rates over {first:g} to {last:g} h against {untreated.height} untreated "
            f"well{'s' * (untreated.height > 1)} ({pace:.2f} doublings a day)"
        )
        return DoseSeries(
            frame, "growth_rate", stated, tuple(notes), self.courses.file, measured=self.to_measurements()
        )

    def to_measurements(self, *, assay: str = "time_course") -> Measurements:
        """All conditions, combinations too, as effects on proliferation."""
        blank = pl.col("condition").str.to_lowercase().is_in(list(BLANKS))
        treated = self.table.filter(
            (pl.col("condition") != "control") & ~blank & pl.col("growth_rate").is_finite()
        )
        rows = treated.select(
            pl.lit(self.courses.sample).alias("sample"),
            pl.lit("all").alias("population"),
            "condition",
            pl.lit(self.window_hours[1]).alias("time_h"),
            pl.lit("proliferation").alias("node"),
            pl.lit("proliferation rate").alias("readout"),
            pl.col("growth_rate").alias("value"),
            pl.lit("growth_rate").alias("scale"),
            pl.lit(assay).alias("assay"),
            pl.lit("one").alias("replicate"),
        )
        return Measurements.from_frame(combine_replicates(rows), file=self.courses.file)


def proliferation_rates(
    courses: TimeCourses, *, window_hours: tuple[float, float] | None = None
) -> ProliferationRates:
    """Drug-induced proliferation rate: the slope of log2 of the signal over time.

    Parameters
    ----------
    courses : TimeCourses
        With an untreated column.
    window_hours : (float, float), optional
        Times to use; by default from the start until the untreated wells reach three quarters of their highest
        value, as a full well no longer shows growth. One window for all conditions, so that they compare.

    Raises
    ------
    InputError
        Without an untreated column, or with fewer than five times in the window.
    """
    control = np.array([condition == "control" for condition in courses.conditions])
    if not control.any():
        raise InputError(
            Fault(
                "control-missing",
                "no column is headed Control",
                file=courses.file,
                mend="name the untreated column Control",
            )
        )
    hours = courses.time_hours
    if window_hours is None:
        middle = np.nanmean(courses.values[:, control], axis=1)
        full = np.flatnonzero(middle >= _NEAR_FULL * np.nanmax(middle))
        # Wells that never grow are near their highest value from the start, and are told as such below.
        last = full[0] if full.size and full[0] >= _FEWEST - 1 else len(hours) - 1
        window_hours = (float(hours[0]), float(hours[last]))
    inside = (hours >= window_hours[0]) & (hours <= window_hours[1])
    if inside.sum() < _FEWEST:
        raise InputError(
            Fault(
                "window-too-short",
                f"{int(inside.sum())} times lie within {window_hours[0]:g} to {window_hours[1]:g} h; "
                f"{_FEWEST} are needed",
                file=courses.file,
                mend="give a longer window_hours",
            )
        )
    rate, error, times = _slopes(hours[inside], courses.values[inside])
    reference = float(np.nanmean(rate[control]))
    if not reference > 0:
        raise InputError(Fault("control-does-not-grow", "the untreated wells do not grow", file=courses.file))
    seen: dict[str, int] = {}
    wells = []
    for condition in courses.conditions:
        seen[condition] = seen.get(condition, 0) + 1
        wells.append(seen[condition])
    table = pl.DataFrame(
        {
            "condition": list(courses.conditions),
            "well": wells,
            "doublings_per_day": 24.0 * rate,
            "standard_error": 24.0 * error,
            "times": times,
            "growth_rate": 2.0 ** (rate / reference) - 1.0,
        }
    )
    return ProliferationRates(table, window_hours, courses)


def _slopes(hours: Array, values: Array) -> tuple[Array, Array, np.ndarray]:
    """Slope of log2(value) by hour of every column, its error and the number of times."""
    used = np.isfinite(values) & (values > 0)
    y = np.where(used, np.log2(np.where(used, values, 1.0)), 0.0)
    n = used.sum(axis=0)
    t = np.where(used, hours[:, None], 0.0)
    safe = np.maximum(n, 1)
    tm, ym = t.sum(0) / safe, y.sum(0) / safe
    dt, dy = np.where(used, t - tm, 0.0), np.where(used, y - ym, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (dt * dy).sum(0) / (dt * dt).sum(0)
        error = np.sqrt(((dy - slope * dt) ** 2).sum(0) / (n - 2) / (dt * dt).sum(0))
    enough = n >= _FEWEST
    return np.where(enough, slope, np.nan), np.where(enough, error, np.nan), n
