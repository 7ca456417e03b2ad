"""What a fitted curve says in numbers: the dose of half effect, the area, the effect at the highest dose."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinescape.assays.viability.curve_fitting.curve_problem import Array


def log_dose_at(
    level: float, log_ec50: ArrayLike, slope: ArrayLike, front: ArrayLike, back: ArrayLike
) -> Array:
    """Natural logarithm of the dose at which a curve reaches a level, such as 0.5 for the absolute IC50.

    Infinite where the curve stays above the level, minus infinite where it begins below; rising curves never
    fall to it.

    Examples
    --------
    >>> float(np.exp(log_dose_at(0.5, 0.0, 1.0, 1.0, 0.0)))
    1.0
    """
    x, h, a, b = (np.asarray(value, dtype=np.float64) for value in (log_ec50, slope, front, back))
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = x + np.log((a - level) / (level - b)) / h
    reached = (a > level) & (b < level)
    outside = np.where(a <= level, np.where(b > level, np.inf, -np.inf), np.inf)
    outside = np.where((a <= level) & (b > level), -np.inf, outside)
    return np.where(np.isnan(x), np.nan, np.where(reached, inside, outside))


def mean_sigmoid(log_low: ArrayLike, log_high: ArrayLike, log_ec50: ArrayLike, slope: ArrayLike) -> Array:
    """Mean of 1 / (1 + (EC50 / d)^slope) over the logarithm of the dose, in closed form."""
    low, high, x, h = (np.asarray(value, np.float64) for value in (log_low, log_high, log_ec50, slope))
    return (np.logaddexp(0.0, h * (high - x)) - np.logaddexp(0.0, h * (low - x))) / (h * (high - low))


def area_under_curve(
    log_low: ArrayLike,
    log_high: ArrayLike,
    log_ec50: ArrayLike,
    slope: ArrayLike,
    front: ArrayLike,
    back: ArrayLike,
) -> Array:
    """Mean response over the logarithm of the tested doses: 1 for a curve that stays at the control.

    Examples
    --------
    >>> float(area_under_curve(-1.0, 1.0, 0.0, 1.0, 1.0, 0.0))
    0.5
    """
    a, b = np.asarray(front, np.float64), np.asarray(back, np.float64)
    return a + (b - a) * mean_sigmoid(log_low, log_high, log_ec50, slope)
