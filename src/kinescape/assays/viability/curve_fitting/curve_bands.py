"""What a picture of a curve shows: its line, and the band in which the line may lie."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import polars as pl

from kinescape.assays.viability.curve_fitting.curve_fit import LogisticFits
from kinescape.assays.viability.curve_fitting.curve_intervals import prepare, response_interval
from kinescape.assays.viability.curve_fitting.curve_status import CurveStatus
from kinescape.assays.viability.curves import FittedCurves
from kinescape.assays.viability.reading.dose_series import CURVE, collapse_doses

_NODES = 33


def curve_bands(
    fitted: FittedCurves, curves: list[int], *, level: float = 0.95
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Points and lines of some curves.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    curves : list of int
        Rows of its table.
    level : float
        Coverage of the band, at each dose.

    Returns
    -------
    points : polars.DataFrame
        curve, dose, response; controls at dose zero are not shown.
    lines : polars.DataFrame
        curve, dose, response, low, high.
    """
    keys = fitted.table[curves].select(CURVE).with_columns(curve=pl.Series(curves, dtype=pl.Int64))
    mine = fitted.series.frame.join(keys, on=list(CURVE), how="inner", nulls_equal=True)
    points = mine.filter((pl.col("dose") > 0) & pl.col("response").is_finite()).select(
        "curve", "dose", "response"
    )
    doses = collapse_doses(mine)
    order = doses.matrix.curves.join(keys, on=list(CURVE), nulls_equal=True, maintain_order="left")[
        "curve"
    ].to_list()
    matrix = doses.matrix
    positive = (matrix.dose > 0) & (matrix.weight > 0)
    low = np.log(np.where(positive, matrix.dose, np.inf).min(axis=1, initial=np.inf))
    high = np.log(np.where(positive, matrix.dose, 0.0).max(axis=1, initial=1e-300))
    sound = np.isfinite(low) & np.isfinite(fitted.fits.log_ec50[order])
    low, high = np.where(sound, low, -1.0), np.where(sound, high, 1.0)
    # Every node of every curve is a row, so that all intervals are found together.
    rows = np.repeat(np.arange(len(order)), _NODES)
    fits = _taken(fitted.fits, [order[row] for row in rows])
    profiles = prepare(
        matrix.dose[rows],
        matrix.response[rows],
        fits,
        matrix.weight[rows],
        bounds=fitted.bounds,
        level=level,
        pure_error=doses.pure_error[rows],
        wells=doses.points[rows],
    )
    at = low[rows] + np.tile(np.linspace(0.0, 1.0, _NODES), len(order)) * (high - low)[rows]
    response = fits.response(np.exp(at)[:, None])[:, 0] if len(at) else at
    band = response_interval(profiles, at, response)
    known = sound[rows]
    lines = pl.DataFrame(
        {
            "curve": pl.Series([order[row] for row in rows], dtype=pl.Int64),
            "dose": np.exp(at),
            "response": np.where(known, response, np.nan),
            "low": np.where(known, band.low, np.nan),
            "high": np.where(known, band.high, np.nan),
        }
    )
    return points, lines.sort("curve", "dose").fill_nan(None)


def _taken(fits: LogisticFits, order: list[int]) -> LogisticFits:
    return LogisticFits(
        fits.log_ec50[order],
        fits.slope[order],
        fits.front[order],
        fits.back[order],
        fits.sum_of_squares[order],
        fits.converged[order],
        fits.gradient[order],
    )


def two_phase_lines(fitted: FittedCurves, curves: list[int]) -> pl.DataFrame:
    """The lines of those curves that two phases describe better than one.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    curves : list of int
        Rows of its table.

    Returns
    -------
    polars.DataFrame
        curve, dose, response; no row for a curve of one phase.
    """
    two, table = fitted.two_phases, fitted.table
    chosen = [
        row for row in curves if two is not None and table["status"][row] == str(CurveStatus.NON_MONOTONE)
    ]
    schema = {"curve": pl.Int64(), "dose": pl.Float64(), "response": pl.Float64()}
    if two is None or not chosen:
        return pl.DataFrame(schema=schema)
    ends = table[chosen].select("dose_low", "dose_high").to_numpy()
    share = np.linspace(0.0, 1.0, 2 * _NODES)
    dose = np.exp(np.log(ends[:, :1]) + share * (np.log(ends[:, 1:]) - np.log(ends[:, :1])))
    response = replace(
        two, **{field.name: getattr(two, field.name)[chosen] for field in fields(two)}
    ).response(dose)
    return pl.DataFrame(
        {"curve": np.repeat(chosen, len(share)), "dose": dose.ravel(), "response": response.ravel()},
        schema=schema,
    )
