"""`fit_curves`: a screen's dose series to one table of curves, each with a status, intervals and a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.curve_fitting import curve_intervals as profile
from kinescape.assays.viability.curve_fitting.curve_fit import LogisticFits, fit_logistic
from kinescape.assays.viability.curve_fitting.curve_intervals import Interval
from kinescape.assays.viability.curve_fitting.curve_metrics import area_under_curve, log_dose_at
from kinescape.assays.viability.curve_fitting.curve_problem import Array, CurveBounds, log_dose
from kinescape.assays.viability.curve_fitting.curve_replicates import replicate_intervals
from kinescape.assays.viability.curve_fitting.curve_significance import f_statistic, p_value
from kinescape.assays.viability.curve_fitting.curve_status import CurveStatus, classify, dose_or_bound
from kinescape.assays.viability.curve_fitting.two_phases import TwoPhases, fit_two_phases
from kinescape.assays.viability.growth_rate import growth_rate_metrics
from kinescape.assays.viability.reading.dose_series import (
    CollapsedDoses,
    DoseSeries,
    collapse_doses,
    replicate_doses,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.measurements.false_discovery import false_discovery_rate
from kinescape.measurements.table import Measurements

GROWTH_RATE_BOUNDS = CurveBounds(front=(0.0, 2.0), back=(-1.0, 1.0))
"""Bounds for growth-rate values: -1 is the death of all cells."""


@dataclass(frozen=True)
class FittedCurves:
    """Curves of a screen.

    Parameters
    ----------
    table : polars.DataFrame
        One row a curve; `docs/methods/dose_response.md` says each column.
    series : DoseSeries
        What was fitted.
    fits : LogisticFits
        Parameters, in the order of the table.
    two_phases : TwoPhases or None
        The two-phase fits, where they were asked for.
    bounds : CurveBounds
        Bounds of the fit.
    """

    table: pl.DataFrame
    series: DoseSeries
    fits: LogisticFits
    two_phases: TwoPhases | None
    bounds: CurveBounds

    def to_measurements(self, *, assay: str = "viability", node: str = "viability") -> Measurements:
        """The measured effects behind the curves; see `DoseSeries.to_measurements`."""
        return self.series.to_measurements(assay=assay, node=node)


def fit_curves(
    series: DoseSeries,
    *,
    bounds: CurveBounds | None = None,
    effort: str = "thorough",
    intervals: bool = True,
    shapes: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> FittedCurves:
    """Fit every curve of a screen and say what became of it.

    Parameters
    ----------
    series : DoseSeries
        From one of the readers.
    bounds : CurveBounds, optional
        Of the parameters; by the kind of response by default.
    effort : {"thorough", "fast"}
        Of the search; see `kinescape.assays.viability.curve_fitting.curve_fit.GRIDS`.
    intervals : bool
        Whether intervals are computed.
    shapes : bool
        Whether two-phase curves are looked for.
    level : float
        Coverage of the intervals.
    seed : int
        Of the bootstrap over replicates.

    Returns
    -------
    FittedCurves
        With one row a curve; the rows of failed curves say why.

    Raises
    ------
    InputError
        Where there is nothing to fit.

    Examples
    --------
    >>> import polars as pl
    >>> from kinescape.assays.viability.reading.dose_series import DoseSeries
    >>> dose = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4]
    >>> frame = pl.DataFrame({"sample": "A", "agent": "x", "time_h": 72.0, "dose": dose,
    ...     "dose_unit": "M", "response": [1.01, 1.0, 0.9, 0.49, 0.11, 0.02], "replicate": "one", "weight": 1.0})
    >>> fitted = fit_curves(DoseSeries(frame, "fraction_of_control", "", (), "example"))
    >>> fitted.table["ic50"][0], fitted.table["status"][0]
    ('963 nM', 'fitted')
    """
    if series.frame.is_empty():
        raise InputError(Fault("empty-table", "there is no dose series to fit", file=series.file))
    chosen = bounds or (GROWTH_RATE_BOUNDS if series.response == "growth_rate" else CurveBounds())
    doses = collapse_doses(series.frame)
    matrix = doses.matrix
    fits = fit_logistic(matrix.dose, matrix.response, matrix.weight, bounds=chosen, effort=effort)
    two, two_fdr = _two_phases(doses, fits, wanted=shapes)
    found = _Found(series, doses, fits, chosen, two, two_fdr, level, seed)
    table = _table(found, intervals=intervals)
    if series.response == "growth_rate":
        table = table.with_columns(_growth_rate_columns(series, table, effort))
    return FittedCurves(table, series, fits, two, chosen)


@dataclass(frozen=True)
class _Found:
    """Everything the table is made from."""

    series: DoseSeries
    doses: CollapsedDoses
    fits: LogisticFits
    bounds: CurveBounds
    two: TwoPhases | None
    two_fdr: Array
    level: float
    seed: int


def _two_phases(doses: CollapsedDoses, fits: LogisticFits, *, wanted: bool) -> tuple[TwoPhases | None, Array]:
    matrix = doses.matrix
    if not wanted or not len(matrix.dose):
        return None, np.full(len(matrix.dose), np.nan)
    two = fit_two_phases(
        matrix.dose,
        matrix.response,
        fits.sum_of_squares,
        matrix.weight,
        pure_error=doses.pure_error,
        wells=doses.points,
    )
    return two, false_discovery_rate(two.p_value)


def _table(found: _Found, *, intervals: bool) -> pl.DataFrame:
    matrix, fits, points = found.doses.matrix, found.fits, found.doses.points
    two, two_fdr = found.two, found.two_fdr
    used = matrix.weight > 0
    positive = used & (matrix.dose > 0)
    log_x = log_dose(matrix.dose)
    log_low = np.where(positive, log_x, np.inf).min(axis=1, initial=np.inf)
    log_high = np.where(positive, log_x, -np.inf).max(axis=1, initial=-np.inf)
    doses = positive.sum(axis=1)
    y, w = np.where(used, matrix.response, 0.0), matrix.weight
    mean = (w * y).sum(1) / np.maximum(w.sum(1), 1e-300)
    null = (w * (y - mean[:, None]) ** 2).sum(1) + found.doses.pure_error
    sse = fits.sum_of_squares + found.doses.pure_error
    statistic = f_statistic(null, sse, points)
    p = p_value(statistic, points)
    fdr = false_discovery_rate(p)
    shape = two.shape if two is not None else np.full(len(points), "", dtype="<U8")
    status, reason = classify(fits, points, doses, log_low, log_high, fdr, two_fdr, shape)
    said = np.array(
        [one in (CurveStatus.FITTED, CurveStatus.OUTSIDE, CurveStatus.NON_MONOTONE) for one in status]
    )
    flat = np.array([one == CurveStatus.FLAT for one in status])
    measures = _measures(fits, log_low, log_high)
    # A flat series has no EC50; whether it lies above or below half effect is still known.
    crossing = np.where(flat, np.where(mean > 0.5, np.inf, -np.inf), measures["log_ic50"])
    ends = _intervals(found, measures, log_low, log_high, said) if intervals else _no_intervals(len(points))
    units = matrix.curves["dose_unit"].to_list()
    columns: dict[str, Any] = {
        **{name: matrix.curves[name] for name in matrix.curves.columns},
        "status": [str(one) for one in status],
        "reason": reason,
        "points": points,
        "doses": doses,
        "replicates": ends["replicates"],
        "dose_low": _known(np.exp(log_low)),
        "dose_high": _known(np.exp(log_high)),
        "ic50": dose_or_bound(crossing, log_low, log_high, said | flat, units),
        "ic50_dose": _inside(crossing, log_low, log_high, said),
        "ic50_low": _where(said, np.exp(ends["log_ic50"].low)),
        "ic50_high": _where(said, np.exp(ends["log_ic50"].high)),
        "ec50": dose_or_bound(fits.log_ec50, log_low, log_high, said, units),
        "ec50_dose": _inside(fits.log_ec50, log_low, log_high, said),
        "ec50_low": _where(said, np.exp(ends["log_ec50"].low)),
        "ec50_high": _where(said, np.exp(ends["log_ec50"].high)),
        "slope": _where(said, fits.slope),
        "front": _where(said, fits.front),
        "back": _where(said, fits.back),
        "emax": _where(said, measures["emax"]),
        "emax_low": _where(said, ends["emax"].low),
        "emax_high": _where(said, ends["emax"].high),
        "auc": _where(
            ~np.array([s in (CurveStatus.TOO_FEW, CurveStatus.FAILED) for s in status]), measures["auc"]
        ),
        "auc_low": _where(said, ends["auc"].low),
        "auc_high": _where(said, ends["auc"].high),
        "interval_unit": ends["unit"],
        "r_squared": _known(1.0 - sse / np.where(null > 0, null, np.nan)),
        "f_statistic": _known(statistic),
        "p_value": _known(p),
        "fdr": _known(fdr),
        "mean_response": _known(np.where(points > 0, mean, np.nan)),
        "shape": [
            str(name) if one == CurveStatus.NON_MONOTONE else ""
            for name, one in zip(shape, status, strict=True)
        ],
        **_phases(two, np.array([one == CurveStatus.NON_MONOTONE for one in status])),
    }
    frame = pl.DataFrame(columns)
    numbers = [name for name, dtype in frame.schema.items() if dtype == pl.Float64]
    return frame.with_columns(pl.col(numbers).fill_nan(None))


def _growth_rate_columns(series: DoseSeries, table: pl.DataFrame, effort: str) -> list[pl.Series]:
    """The metrics of the field beside our curve: three parameters, from 1 without drug."""
    # An untreated well is 1 by definition and says nothing here; its curve keeps its row.
    treated = pl.when(pl.col("dose") > 0).then("response")
    doses = collapse_doses(series.frame.with_columns(response=treated))
    metrics = growth_rate_metrics(
        doses.matrix.dose,
        doses.matrix.response,
        doses.matrix.weight,
        within=doses.pure_error,
        wells=doses.points,
        effort=effort,
    )
    told = ~table["status"].is_in([str(CurveStatus.TOO_FEW), str(CurveStatus.FAILED)]).to_numpy()
    columns = {
        "gr50": metrics.gr50,
        "gr_max": metrics.gr_max,
        "gr_aoc": metrics.gr_aoc,
        "gec50": metrics.gec50,
        "gr_inf": metrics.gr_inf,
        "gr_hill": metrics.hill,
        "gr_p_value": metrics.p_value,
    }
    return [pl.Series(name, _where(told, values)).fill_nan(None) for name, values in columns.items()]


def _phases(two: TwoPhases | None, told: NDArray[np.bool_]) -> dict[str, Array]:
    """Where the two phases turn, and what each adds; for curves of two phases alone."""
    names = ("first_dose", "second_dose", "first_step", "second_step")
    if two is None:
        return {name: np.full(len(told), np.nan) for name in names}
    values = (np.exp(two.log_first), np.exp(two.log_second), two.first_step, two.second_step)
    return {name: _where(told, value) for name, value in zip(names, values, strict=True)}


def _measures(fits: LogisticFits, log_low: Array, log_high: Array) -> dict[str, Array]:
    """Everything a curve is summed up by, with intervals of its own."""
    parameters = (fits.log_ec50, fits.slope, fits.front, fits.back)
    with np.errstate(invalid="ignore", over="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(np.clip(-fits.slope * (log_high - fits.log_ec50), -700, 700)))
        return {
            "log_ec50": fits.log_ec50,
            "log_ic50": log_dose_at(0.5, *parameters),
            "emax": fits.front + (fits.back - fits.front) * sigmoid,
            "auc": area_under_curve(log_low, log_high, *parameters),
        }


def _intervals(
    found: _Found, measures: dict[str, Array], log_low: Array, log_high: Array, said: NDArray[np.bool_]
) -> dict[str, Any]:
    """Over replicates where two or more are named, else over points; of the curves that are told numbers of."""
    matrix, fits, bounds, level = found.doses.matrix, found.fits, found.bounds, found.level
    prepared = profile.prepare(
        matrix.dose,
        matrix.response,
        fits,
        matrix.weight,
        bounds=bounds,
        level=level,
        pure_error=found.doses.pure_error,
        wells=found.doses.points,
    )
    wells = replicate_doses(found.series.frame, found.doses)
    many = wells.amount >= 2
    prepared = replace(prepared, usable=prepared.usable & said & ~many)
    at = np.where(np.isfinite(log_high), log_high, 0.0)
    ends: dict[str, Any] = {
        "log_ec50": profile.ec50_interval(prepared),
        "log_ic50": profile.crossing_interval(prepared, 0.5, measures["log_ic50"]),
        "emax": profile.response_interval(prepared, at, measures["emax"]),
        "auc": profile.area_interval(prepared, log_low, log_high, measures["auc"], level=level),
    }

    def again(fit: LogisticFits, rows: NDArray[np.int64]) -> dict[str, Array]:
        return _measures(fit, log_low[rows], log_high[rows])

    over, amount = replicate_intervals(
        found.doses, wells, fits, again, bounds=bounds, seed=found.seed, level=level, wanted=said
    )
    for name, interval in over.items():
        old = ends[name]
        ends[name] = Interval(np.where(many, interval.low, old.low), np.where(many, interval.high, old.high))
    return {**ends, "replicates": amount, "unit": [f"{n} replicates" if n >= 2 else "points" for n in amount]}


def _no_intervals(n: int) -> dict[str, Any]:
    nothing = Interval(np.full(n, np.nan), np.full(n, np.nan))
    names = ("log_ec50", "log_ic50", "emax", "auc")
    return {**dict.fromkeys(names, nothing), "replicates": np.zeros(n, dtype=np.int64), "unit": [""] * n}


def _inside(log_value: Array, log_low: Array, log_high: Array, said: NDArray[np.bool_]) -> Array:
    """The dose where it lies among those tested, else NaN: a bound is a text, not a number."""
    inside = said & (log_value >= log_low) & (log_value <= log_high)
    return np.where(inside, np.exp(np.where(inside, log_value, 0.0)), np.nan)


def _where(said: NDArray[np.bool_], values: Array) -> Array:
    return np.where(said, values, np.nan)


def _known(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)
