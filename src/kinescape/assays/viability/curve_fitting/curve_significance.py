"""Whether a dose series follows a curve at all: F statistic, p value, and relevance beside the size of the effect.

The statistic compares the curve with a constant. A four-parameter curve is not linear in its parameters, so that
the textbook degrees of freedom do not give uniform p values under the null hypothesis; those of Bayer et al.,
calibrated on simulated curves without effect, do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kinescape.assays.viability.curve_fitting.curve_problem import Array

PARAMETERS = 4
LOCATION, SCALE = 0.12, 1.0
"""Of the F distribution that null curves follow at the calibrated degrees of freedom."""
_TINY = 1e-20


def f_statistic(null_sum_of_squares: ArrayLike, sum_of_squares: ArrayLike, points: ArrayLike) -> Array:
    """How much better the curve is than a constant.

    Parameters
    ----------
    null_sum_of_squares, sum_of_squares : (n_curves,) array
        Residual sums of squares of the constant and of the curve.
    points : (n_curves,) array
        Points of each series.

    Returns
    -------
    (n_curves,) array
        (SS0 - SS1) / SS1 * n / 4, not below zero.

    References
    ----------
    Bayer, F.P., Gander, M., Kuster, B., The, M. (2023). CurveCurator. Nature Communications 14, 7902.

    Examples
    --------
    >>> f_statistic([2.0], [1.0], [12]).tolist()
    [3.0]
    """
    null = np.asarray(null_sum_of_squares, dtype=np.float64) + _TINY
    curve = np.asarray(sum_of_squares, dtype=np.float64) + _TINY
    return np.maximum((null - curve) / curve * (np.asarray(points, np.float64) / PARAMETERS), 0.0)


def degrees_of_freedom(points: ArrayLike, *, calibrated: bool = True) -> tuple[Array, Array]:
    """Degrees of freedom of the numerator and denominator; NaN below five points.

    Parameters
    ----------
    points : (n_curves,) array
        Points of each series.
    calibrated : bool
        Those fitted to null curves; else the textbook's, which hold for linear models.
    """
    n = np.asarray(points, dtype=np.float64)
    enough = n > PARAMETERS
    safe = np.where(enough, n, PARAMETERS + 1)
    if calibrated:
        above = np.full_like(safe, 5.0)
        below = (0.8 - 1.0 / ((safe - 4.0) ** 4 / safe + 4.0)) * (safe - 2.5)
    else:
        above, below = np.full_like(safe, PARAMETERS - 1.0), safe - PARAMETERS
    return np.where(enough, above, np.nan), np.where(enough, below, np.nan)


def p_value(statistic: ArrayLike, points: ArrayLike, *, calibrated: bool = True) -> Array:
    """Chance of a statistic at least as large where the drug does nothing; NaN below five points."""
    above, below = degrees_of_freedom(points, calibrated=calibrated)
    location = LOCATION if calibrated else 0.0
    return np.asarray(stats.f.sf(np.asarray(statistic, np.float64), above, below, loc=location, scale=SCALE))


def relevance(
    statistic: ArrayLike,
    log2_fold_change: ArrayLike,
    points: ArrayLike,
    *,
    alpha: float,
    fold_change_limit: float,
    calibrated: bool = True,
) -> tuple[Array, Array]:
    """Significance and size of effect in one score, as in the SAM test.

    Parameters
    ----------
    statistic : (n_curves,) array
        F statistics.
    log2_fold_change : (n_curves,) array
        Curve at the highest dose against the control.
    points : (n_curves,) array
        Points of each series.
    alpha, fold_change_limit : float
        The two asymptotes of the border between relevant and not.

    Returns
    -------
    corrected : (n_curves,) array
        1 / (1 / sqrt(F) + s0 / \\|fold change\\|)².
    score : (n_curves,) array
        -log10 of its p value; -log10(alpha) is the border.

    Raises
    ------
    ValueError
        Where alpha is not between 0 and 1.
    """
    if not 0.0 < alpha <= 1.0:
        raise ValueError(f"alpha must be above 0 and at most 1, not {alpha:g}")
    f = np.asarray(statistic, dtype=np.float64)
    above, below = degrees_of_freedom(points, calibrated=calibrated)
    border = np.sqrt(np.maximum(stats.f.ppf(1.0 - alpha, above, below), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        s0 = abs(fold_change_limit) / border
        corrected = 1.0 / (1.0 / np.sqrt(f) + s0 / np.abs(np.asarray(log2_fold_change, np.float64))) ** 2
        location = LOCATION if calibrated else 0.0
        score = -np.log10(stats.f.sf(corrected, above, below, loc=location, scale=SCALE))
    return corrected, score
