"""The curve of one drug in a dose matrix: four-parameter Hill curves, fitted many at once.

Doses are scaled to the geometric mean of the tested range before fitting, so that a unit changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.bounded_fit import fit_within_bounds

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_SLOPES = (0.6, 1.5, 4.0)
_STEEPEST, _FLATTEST = 20.0, 0.1


@dataclass(frozen=True)
class PlateauBounds:
    """What a curve may be.

    Parameters
    ----------
    plateau_low, plateau_high : float
        Least and greatest plateau, as fractions.
    slope_low, slope_high : float
        Hill slope.
    dose_margin : float
        How far beyond the tested doses the middle of the curve may lie, as a factor.
    """

    plateau_low: float = -10.0
    plateau_high: float = 10.0
    slope_low: float = _FLATTEST
    slope_high: float = _STEEPEST
    dose_margin: float = 1e3


@dataclass(frozen=True)
class DrugCurves:
    """Fitted curves y = base + (top − base) / (1 + (C / d)^h).

    Parameters
    ----------
    base, top : (n,) arrays
        Effect without drug and at saturation.
    log_middle : (n,) array
        Natural logarithm of C, in the unit of the doses.
    slope : (n,) array
        h.
    sum_of_squares : (n,) array
        Of the residuals.
    sensitivity : (n, 4, points) array
        Derivative of (base, top, log C, log h) with respect to each observed value: (JᵀWJ)⁻¹JᵀW over the
        parameters that no bound holds.
    """

    base: Floats
    top: Floats
    log_middle: Floats
    slope: Floats
    sum_of_squares: Floats
    sensitivity: Floats

    @property
    def parameters(self) -> Floats:
        """(n, 4): base, top, log C, log h."""
        return np.stack([self.base, self.top, self.log_middle, np.log(self.slope)], axis=1)

    def at(self, doses: Floats) -> Floats:
        """Values (n, points) at doses (n, points) or (points,)."""
        return hill(self.parameters, np.broadcast_to(doses, (self.base.size, np.shape(doses)[-1])))


def hill(parameters: Floats, doses: Floats) -> Floats:
    """Hill curves.

    Parameters
    ----------
    parameters : (..., 4) array
        base, top, log C, log h.
    doses : (..., points) array
        Zero gives the base.

    Examples
    --------
    >>> hill(np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 3.0])).tolist()
    [0.0, 0.5, 0.75]
    """
    base, top = parameters[..., :1], parameters[..., 1:2]
    return base + (top - base) * occupancy(parameters[..., 2:3], np.exp(parameters[..., 3:4]), doses)


def occupancy(log_middle: Floats, slope: Floats, doses: Floats) -> Floats:
    """1 / (1 + (C / d)^h); 0 at dose 0."""
    exponent = np.clip(slope * (log_doses(doses) - log_middle), -500.0, 500.0)
    return np.where(doses > 0, 1.0 / (1.0 + np.exp(-exponent)), 0.0)


def log_doses(doses: Floats) -> Floats:
    """Natural logarithms, 0 where the dose is 0 (to be masked)."""
    return np.log(np.where(doses > 0, doses, 1.0))


def fit_drug_curves(
    doses: Floats,
    observed: Floats,
    weights: Floats,
    *,
    base: Floats | None = None,
    bounds: PlateauBounds | None = None,
    starts: int = 3,
) -> DrugCurves:
    """Fit Hill curves to many drugs at once.

    Parameters
    ----------
    doses, observed, weights : (n, points) arrays
        Any unit; weight 0 where there is nothing.
    base : (n,) array, optional
        Effect at dose 0, where it is known and not fitted.
    bounds : PlateauBounds, optional
        Wide by default: only what the data leave open is bounded.
    starts : int
        Best points of a small grid of (C, h) from which the iteration starts.
    """
    limits = bounds or PlateauBounds()
    count = observed.shape[0]
    present = weights > 0
    tested = present & (doses > 0)
    logs = log_doses(doses)
    some = tested.any(axis=1)
    lowest = np.where(some, np.where(tested, logs, np.inf).min(axis=1), 0.0)
    highest = np.where(some, np.where(tested, logs, -np.inf).max(axis=1), 0.0)
    centre = (lowest + highest) / 2
    # Rounded, so that doses in another unit give the same numbers to the last digit.
    scaled = np.where(doses > 0, np.exp(np.round(logs - centre[:, None], 11)), 0.0)
    half = np.round((highest - lowest) / 2, 11)
    margin = np.log(limits.dose_margin)
    low = np.empty((count, 4))
    high = np.empty((count, 4))
    low[:, :2], high[:, :2] = limits.plateau_low, limits.plateau_high
    low[:, 2], high[:, 2] = -half - margin, half + margin
    low[:, 3], high[:, 3] = np.log(limits.slope_low), np.log(limits.slope_high)
    free = np.ones((count, 4), dtype=bool)
    if base is not None:
        free[:, 0] = False
        low[:, 0] = np.minimum(low[:, 0], base)
        high[:, 0] = np.maximum(high[:, 0], base)
    begin = _grid(scaled, observed, weights, half, base, starts)
    many = begin.shape[1]
    repeat = np.repeat(np.arange(count), many)
    far, near = scaled[repeat], log_doses(scaled)[repeat]

    def surface(parameters: Floats, rows: Indices) -> tuple[Floats, Floats]:
        return curve_and_slopes(parameters, far[rows], near[rows])

    found = fit_within_bounds(
        surface,
        observed[repeat],
        weights[repeat],
        begin.reshape(-1, 4),
        low[repeat],
        high[repeat],
        free=free[repeat],
    )
    best = np.argmin(found.sum_of_squares.reshape(count, many), axis=1) + many * np.arange(count)
    chosen = found.parameters[best]
    sensitivity = _sensitivity(chosen, scaled, weights, low, high, free)
    return DrugCurves(
        chosen[:, 0],
        chosen[:, 1],
        chosen[:, 2] + centre,
        np.exp(chosen[:, 3]),
        found.sum_of_squares[best],
        sensitivity,
    )


def curve_and_slopes(parameters: Floats, doses: Floats, logs: Floats | None = None) -> tuple[Floats, Floats]:
    """Values (n, points) and derivatives (n, 4, points) by base, top, log C and log h."""
    if logs is None:
        logs = log_doses(doses)
    base, top, middle = parameters[:, :1], parameters[:, 1:2], parameters[:, 2:3]
    slope = np.exp(parameters[:, 3:4])
    exponent = np.clip(slope * (logs - middle), -500.0, 500.0)
    taken = np.where(doses > 0, 1.0 / (1.0 + np.exp(-exponent)), 0.0)
    inner = (top - base) * taken * (1.0 - taken)
    slopes = np.stack([1.0 - taken, taken, -slope * inner, exponent * inner], axis=1)
    return base + (top - base) * taken, slopes


def _grid(
    doses: Floats, observed: Floats, weights: Floats, half: Floats, base: Floats | None, starts: int
) -> Floats:
    """The best starts of a grid; the plateaus are solved in closed form. (n, starts, 4)."""
    count = observed.shape[0]
    tried, errors = [], []
    for place in (-1.0, -0.5, 0.0, 0.5, 1.0):
        for slope in _SLOPES:
            middle = place * half
            taken = occupancy(middle[:, None], np.full((count, 1), slope), doses)
            if base is None:
                bottom, top = _plateaus(taken, observed, weights)
            else:
                rest = observed - base[:, None] * (1 - taken)
                norm = np.maximum(np.einsum("ij,ij->i", weights, taken**2), 1e-12)
                bottom, top = base, np.einsum("ij,ij,ij->i", weights, taken, rest) / norm
            fitted = bottom[:, None] + (top - bottom)[:, None] * taken
            errors.append(np.einsum("ij,ij->i", weights, (observed - fitted) ** 2))
            tried.append(np.stack([bottom, top, middle, np.full(count, np.log(slope))], axis=1))
    order = np.argsort(np.stack(errors, axis=1), axis=1, kind="stable")[:, :starts]
    return np.take_along_axis(np.stack(tried, axis=1), order[:, :, None], axis=1)


def _plateaus(taken: Floats, observed: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Both plateaus of a straight line in occupancy."""
    total = np.maximum(weights.sum(axis=1), 1e-12)
    mean_x = np.einsum("ij,ij->i", weights, taken) / total
    mean_y = np.einsum("ij,ij->i", weights, observed) / total
    across = taken - mean_x[:, None]
    norm = np.einsum("ij,ij->i", weights, across**2)
    rise = np.einsum("ij,ij,ij->i", weights, across, observed - mean_y[:, None]) / np.maximum(norm, 1e-9)
    bottom = mean_y - rise * mean_x
    return bottom, bottom + rise


def _sensitivity(
    parameters: Floats, doses: Floats, weights: Floats, low: Floats, high: Floats, free: Bools
) -> Floats:
    _, slopes = curve_and_slopes(parameters, doses)
    span = high - low
    held: NDArray[np.bool_] = ~free | (parameters <= low + 1e-9 * span) | (parameters >= high - 1e-9 * span)
    slopes = np.where(held[:, :, None], 0.0, slopes)
    weighted = slopes * weights[:, None, :]
    gram = weighted @ np.swapaxes(slopes, 1, 2)
    # A pseudo-inverse: what the data do not determine does not move with them.
    solved: Floats = np.linalg.pinv(gram, rcond=1e-8, hermitian=True) @ weighted
    return solved
