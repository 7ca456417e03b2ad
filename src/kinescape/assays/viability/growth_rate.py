"""Growth-rate metrics: what a drug does to growth itself, whatever the cells' own division time.

GR = 2^(log2(x(c) / x0) / log2(xctrl / x0)) - 1 compares growth over the treatment with that of untreated cells:
1 as untreated, 0 no growth, below 0 cells are lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kinescape.assays.viability.curve_fitting.curve_fit import fit_logistic
from kinescape.assays.viability.curve_fitting.curve_problem import Array, CurveBounds

FLAT_ABOVE = 0.05
_GR_BOUNDS = CurveBounds(front=(1.0, 1.0), back=(-1.0, 1.0), slope=(0.1, 5.0), decades_beyond=2.0)


def growth_rate_values(count: ArrayLike, control: ArrayLike, time_zero: ArrayLike) -> Array:
    """Growth-rate value of every well.

    Parameters
    ----------
    count, control, time_zero : (n,) array
        Cells after treatment, untreated cells at that time, and cells when the drug was given.

    References
    ----------
    Hafner, M., Niepel, M., Chung, M., Sorger, P.K. (2016). Growth rate inhibition metrics correct for confounders
    in measuring sensitivity to cancer drugs. Nature Methods 13, 521-527.

    Examples
    --------
    >>> growth_rate_values([400.0, 200.0, 100.0], 400.0, 100.0).round(6).tolist()
    [1.0, 0.414214, 0.0]
    """
    x, c, x0 = (np.asarray(value, dtype=np.float64) for value in (count, control, time_zero))
    return np.asarray(2.0 ** (np.log2(x / x0) / np.log2(c / x0)) - 1.0)


def growth_rate_values_from_doublings(fraction: ArrayLike, doublings: ArrayLike) -> Array:
    """Growth-rate value without counts at time zero, from the doublings of untreated cells over the assay.

    Parameters
    ----------
    fraction : (n,) array
        Cells after treatment as a fraction of the untreated; without any cell the value is -1.
    doublings : (n,) array
        Doublings of the untreated cells during the treatment.

    Examples
    --------
    >>> growth_rate_values_from_doublings([1.0, 0.25], 2.0).tolist()
    [1.0, 0.0]
    """
    relative, n = np.asarray(fraction, np.float64), np.asarray(doublings, np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(2.0 ** (1.0 + np.log2(relative) / n) - 1.0)


@dataclass(frozen=True)
class GrowthRateMetrics:
    """Growth-rate metrics, one entry a series.

    Parameters
    ----------
    gr50 : (n,) array
        Dose at GR 0.5, in the unit of the doses; infinite where the curve stays above it.
    gr_max : (n,) array
        Lowest mean response of the two highest doses, as the field defines it.
    gr_aoc : (n,) array
        Area over the measured points, per decade of dose, by trapezium.
    gec50, gr_inf, hill : (n,) array
        Dose of half effect, plateau and slope of the curve; zero, mean and 0.01 for a flat one.
    r_squared, p_value : (n,) array
        Against a constant.
    flat : (n,) bool array
        Whether a constant describes the data as well.
    """

    gr50: Array
    gr_max: Array
    gr_aoc: Array
    gec50: Array
    gr_inf: Array
    hill: Array
    r_squared: Array
    p_value: Array
    flat: np.ndarray


def growth_rate_metrics(
    dose: ArrayLike,
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    within: ArrayLike = 0.0,
    wells: ArrayLike | None = None,
    effort: str = "thorough",
) -> GrowthRateMetrics:
    """Growth-rate metrics of many series, with the plateau without drug at 1.

    Parameters
    ----------
    dose : (n_series, n_doses) or (n_doses,) array
        Doses above zero, rising; untreated wells (dose zero) count for nothing, as their value is 1 by definition.
    values : (n_series, n_doses) array
        Growth-rate values, or their means over the wells of a dose; NaN where nothing was measured.
    weight : (n_series, n_doses) array, optional
        Of the means, such as their wells.
    within : (n_series,) array
        Weighted sum of squares within the doses, where the values are means.
    wells : (n_series,) array, optional
        Wells behind each series; by default its values.
    effort : {"thorough", "fast"}
        Of the search.

    Returns
    -------
    GrowthRateMetrics
        EC50 within two decades of the doses, slope 0.1 to 5, plateau -1 to 1: the bounds of the published tools.

    References
    ----------
    Hafner, M., Niepel, M., Chung, M., Sorger, P.K. (2016). Growth rate inhibition metrics correct for confounders
    in measuring sensitivity to cancer drugs. Nature Methods 13, 521-527.

    Examples
    --------
    >>> found = growth_rate_metrics([0.01, 0.1, 1.0, 10.0, 100.0], [[0.98, 0.87, 0.35, -0.18, -0.29]])
    >>> round(float(found.gr50[0]), 2), float(found.gr_max[0]), round(float(found.gr_inf[0]), 2)
    (0.61, -0.29, -0.31)
    """
    y = np.atleast_2d(np.asarray(values, dtype=np.float64))
    x = np.array(np.broadcast_to(np.atleast_2d(np.asarray(dose, np.float64)), y.shape))
    w = np.ones_like(y) if weight is None else np.broadcast_to(np.asarray(weight, np.float64), y.shape)
    used = np.isfinite(y) & (x > 0) & (w > 0)
    y, w = np.where(used, y, np.nan), np.where(used, w, 0.0)
    fits = fit_logistic(x, y, w, bounds=_GR_BOUNDS, effort=effort)
    inside = np.asarray(within, dtype=np.float64)
    n = used.sum(axis=1) if wells is None else np.asarray(wells)
    known = np.where(used, y, 0.0)
    mean = (w * known).sum(1) / np.maximum(w.sum(1), 1e-300)
    null = (w * (known - mean[:, None]) ** 2).sum(1) + inside
    sse = fits.sum_of_squares + inside
    with np.errstate(divide="ignore", invalid="ignore"):
        f = ((null - sse) / 2.0) / (sse / (n - 3))
    p = stats.f.sf(np.maximum(f, 0.0), 2, np.maximum(n - 3, 1))
    p = np.where(np.isfinite(f), p, np.nan)
    flat = ~(p < FLAT_ABOVE)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.exp(fits.log_ec50) * ((1.0 - fits.back) / (0.5 - fits.back) - 1.0) ** (1.0 / fits.slope)
    gr50 = np.where(flat, np.where(mean > 0.5, np.inf, -np.inf), np.where(fits.back < 0.5, crossing, np.inf))
    return GrowthRateMetrics(
        gr50,
        _highest_doses(y, used),
        _area_over(np.log10(np.where(x > 0, x, 1.0)), y, used),
        np.where(flat, 0.0, np.exp(fits.log_ec50)),
        np.where(flat, mean, fits.back),
        np.where(flat, 0.01, fits.slope),
        1.0 - sse / np.where(null > 0, null, np.nan),
        p,
        flat,
    )


def _highest_doses(y: Array, used: np.ndarray) -> Array:
    """The lower of the responses at the two highest doses."""
    rank = np.cumsum(used[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.where(used & (rank <= 2), y, np.inf).min(axis=1))


def _area_over(log_dose: Array, y: Array, used: np.ndarray) -> Array:
    """Mean of 1 - GR over log10 dose by trapezium between measured neighbours."""
    area, width = np.zeros(len(y)), np.zeros(len(y))
    last_x, last_y = np.full(len(y), np.nan), np.full(len(y), np.nan)
    for j in range(y.shape[1]):
        here = used[:, j]
        step = np.where(here & np.isfinite(last_x), log_dose[:, j] - last_x, 0.0)
        height = np.where(step > 0, 1.0 - 0.5 * (np.where(here, y[:, j], 0.0) + np.nan_to_num(last_y)), 0.0)
        area, width = area + step * height, width + step
        last_x, last_y = np.where(here, log_dose[:, j], last_x), np.where(here, y[:, j], last_y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(area / width)
