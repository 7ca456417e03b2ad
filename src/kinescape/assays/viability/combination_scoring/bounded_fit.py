"""Least squares within bounds, for many small problems at once.

Levenberg and Marquardt's iteration, projected on the bounds: a parameter at a bound that its gradient pushes
outwards is held for that step. All problems of a batch advance together; one that has converged leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_SMALLEST_DAMPING, _LARGEST_DAMPING = 1e-12, 1e12


class Surface(Protocol):
    """A model of many problems at once."""

    def __call__(self, parameters: Floats, problems: Indices, /) -> tuple[Floats, Floats]:
        """Values (n, points) and derivatives (n, n_parameters, points) of the given problems."""
        ...


@dataclass(frozen=True)
class BoundedFit:
    """Where the iteration ended.

    Parameters
    ----------
    parameters : (n, n_parameters) array
        Within the bounds.
    sum_of_squares : (n,) array
        Weighted.
    converged : (n,) bool array
        False where the iterations ran out first.
    """

    parameters: Floats
    sum_of_squares: Floats
    converged: Bools


def fit_within_bounds(
    surface: Surface,
    observed: Floats,
    weights: Floats,
    start: Floats,
    low: Floats,
    high: Floats,
    *,
    free: Bools | None = None,
    iterations: int = 80,
    tolerance: float = 1e-10,
) -> BoundedFit:
    """Minimise the weighted squares of many problems at once.

    Parameters
    ----------
    surface : callable
        Values and derivatives; see `Surface`.
    observed, weights : (n, points) arrays
        A point with weight 0 does not count; its observed value must be finite all the same.
    start, low, high : (n, n_parameters) arrays
        Starting values and bounds.
    free : (n, n_parameters) bool array, optional
        False where a parameter stays at its start.
    iterations : int
        At most.
    tolerance : float
        A problem has converged when a step lowers its sum of squares by less than this share, twice.

    References
    ----------
    Marquardt 1963 (damping); the projection is the usual active-set one.

    Examples
    --------
    >>> def line(p, rows):
    ...     x = np.array([0.0, 1.0, 2.0])
    ...     return p[:, :1] + p[:, 1:] * x, np.stack([np.ones((len(p), 3)), np.tile(x, (len(p), 1))], axis=1)
    >>> wide = np.full((1, 2), 10.0)
    >>> found = fit_within_bounds(line, np.array([[1.0, 3.0, 5.0]]), np.ones((1, 3)), 0 * wide, -wide, wide)
    >>> found.parameters.round(6).tolist()
    [[1.0, 2.0]]
    """
    parameters = np.clip(start, low, high).astype(np.float64)
    count, width = parameters.shape
    movable = np.ones((count, width), dtype=bool) if free is None else free
    converged = np.zeros(count, dtype=bool)
    final = np.empty(count)
    rows = np.arange(count)
    damping = np.full(count, 1e-3)
    small_steps = np.zeros(count, dtype=np.int8)
    point, seen, weight = parameters.copy(), observed, weights
    values, slopes = surface(point, rows)
    residual = seen - values
    squares = np.einsum("ij,ij->i", weight, residual**2)
    floor = 1e-28 * np.maximum(np.einsum("ij,ij->i", weight, seen**2), 1e-12)
    gram, gradient = _normal(slopes, residual, weight)
    for _ in range(iterations):
        held = ~movable[rows] | ((point <= low[rows]) & (gradient < 0))
        held |= (point >= high[rows]) & (gradient > 0)
        step = _step(gram, gradient, damping, held)
        trial = np.clip(point + step, low[rows], high[rows])
        values, slopes = surface(trial, rows)
        residual = seen - values
        tried = np.einsum("ij,ij->i", weight, residual**2)
        better = tried <= squares
        gain = np.where(better, squares - tried, 0.0)
        small = better & (gain <= tolerance * squares + floor)
        small_steps = np.where(better, np.where(small, small_steps + 1, 0), small_steps)
        if better.any():
            new_gram, new_gradient = _normal(slopes[better], residual[better], weight[better])
            gram[better], gradient[better] = new_gram, new_gradient
            point[better], squares[better] = trial[better], tried[better]
        damping = np.clip(np.where(better, damping * 0.2, damping * 5.0), _SMALLEST_DAMPING, _LARGEST_DAMPING)
        stuck = (damping >= 1e9) | (squares <= floor)
        done = (small_steps >= 2) | stuck
        if done.any():
            at = rows[done]
            parameters[at], final[at], converged[at] = point[done], squares[done], True
            stay = ~done
            rows, point, seen, weight = rows[stay], point[stay], seen[stay], weight[stay]
            squares, damping, small_steps, floor = (
                squares[stay],
                damping[stay],
                small_steps[stay],
                floor[stay],
            )
            gram, gradient = gram[stay], gradient[stay]
            if not rows.size:
                break
    parameters[rows], final[rows] = point, squares
    return BoundedFit(parameters, final, converged)


def _normal(slopes: Floats, residual: Floats, weight: Floats) -> tuple[Floats, Floats]:
    weighted = slopes * weight[:, None, :]
    gram = weighted @ np.swapaxes(slopes, 1, 2)
    return gram, (weighted @ residual[:, :, None])[:, :, 0]


def _step(gram: Floats, gradient: Floats, damping: Floats, held: Bools) -> Floats:
    """Damped Gauss and Newton step; held parameters do not move."""
    width = gram.shape[1]
    diagonal = np.einsum("nii->ni", gram)
    size = np.maximum(diagonal, 1e-12 * np.maximum(diagonal.max(axis=1, keepdims=True), 1e-12))
    inverse = 1.0 / np.sqrt(size)
    scaled = gram * inverse[:, :, None] * inverse[:, None, :]
    keep = ~held
    scaled = scaled * keep[:, :, None] * keep[:, None, :]
    index = np.arange(width)
    scaled[:, index, index] += np.where(held, 1.0, damping[:, None])
    aim = np.where(held, 0.0, gradient * inverse)
    solved: Floats = np.linalg.solve(scaled, aim[:, :, None])[:, :, 0] * inverse
    return solved
