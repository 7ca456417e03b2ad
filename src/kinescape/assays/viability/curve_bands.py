"""What a picture of a curve shows: its line, and the band in which the line may lie."""

from __future__ import annotations

import numpy as np
import polars as pl

from kinescape.assays.viability.curve_fit import LogisticFits
from kinescape.assays.viability.curve_intervals import prepare, response_interval
from kinescape.assays.viability.curves import FittedCurves
from kinescape.assays.viability.dose_series import CURVE, collapse_doses

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
        curve, dose_molar, response; controls at dose zero are not shown.
    lines : polars.DataFrame
        curve, dose_molar, response, low, high.
    """
    keys = fitted.table[curves].select(CURVE).with_columns(curve=pl.Series(curves, dtype=pl.Int64))
    mine = fitted.series.frame.join(keys, on=list(CURVE), how="inner", nulls_equal=True)
    points = mine.filter((pl.col("dose_molar") > 0) & pl.col("response").is_finite()).select(
        "curve", "dose_molar", "response"
    )
    doses = collapse_doses(mine)
    order = doses.matrix.curves.join(keys, on=list(CURVE), nulls_equal=True, maintain_order="left")[
        "curve"
    ].to_list()
    fits = _taken(fitted.fits, order)
    matrix = doses.matrix
    profiles = prepare(
        matrix.dose,
        matrix.response,
        fits,
        matrix.weight,
        bounds=fitted.bounds,
        level=level,
        pure_error=doses.pure_error,
        wells=doses.points,
    )
    positive = (matrix.dose > 0) & (matrix.weight > 0)
    low = np.log(np.where(positive, matrix.dose, np.inf).min(axis=1, initial=np.inf))
    high = np.log(np.where(positive, matrix.dose, 0.0).max(axis=1, initial=1e-300))
    sound = np.isfinite(low) & np.isfinite(fits.log_ec50)
    low, high = np.where(sound, low, -1.0), np.where(sound, high, 1.0)
    parts = []
    for share in np.linspace(0.0, 1.0, _NODES):
        at = low + share * (high - low)
        response = (
            np.diagonal(fits.response(np.exp(at)[None, :].repeat(len(at), 0))).copy() if len(at) else at
        )
        band = response_interval(profiles, at, response)
        parts.append(
            pl.DataFrame(
                {
                    "curve": pl.Series(order, dtype=pl.Int64),
                    "dose_molar": np.exp(at),
                    "response": np.where(sound, response, np.nan),
                    "low": np.where(sound, band.low, np.nan),
                    "high": np.where(sound, band.high, np.nan),
                }
            )
        )
    return points, pl.concat(parts).sort("curve", "dose_molar").fill_nan(None)


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
