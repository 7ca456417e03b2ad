"""The four-parameter log-logistic curve, fitted to thousands of dose series at once.

y(d) = front + (back - front) * g,  g = 1 / (1 + (EC50 / d)^slope)

For a given EC50 and slope the two plateaus enter linearly, so they are solved in closed form under their bounds
(variable projection), and only two parameters are searched: by Newton steps on the reduced sum of squares, with
its exact second derivatives, damped and kept inside the bounds, from the best separate minima of a small grid.
All curves take their steps together as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinescape.assays.viability.curve_fitting.curve_newton import descend
from kinescape.assays.viability.curve_fitting.curve_problem import (
    CONTROL,
    Array,
    CurveBounds,
    Problem,
    expit,
    log_dose,
    solve_plateaus,
)

_CHUNK = 4096
_BLOCK_WORK = 200_000
_STEPS = 50
"""For every start."""
_MORE_STEPS = 1000
"""For the few curves whose best start is still on its way: narrow valleys, as a steep curve without noise has them."""


@dataclass(frozen=True)
class Grid:
    """How many EC50s and slopes the grid has, and how many of its separate minima are followed down."""

    ec50: int
    slope: int
    starts: int


GRIDS = {"thorough": Grid(64, 12, 4), "fast": Grid(32, 6, 2)}
"""`thorough` for figures that are published, `fast` for a first look at a whole screen."""


@dataclass(frozen=True)
class LogisticFits:
    """Fitted parameters of many curves; NaN where a curve was not fitted.

    Parameters
    ----------
    log_ec50 : (n_curves,) array
        Natural logarithm of the EC50, in the unit of the doses.
    slope, front, back : (n_curves,) array
        Hill slope and plateaus.
    sum_of_squares : (n_curves,) array
        Weighted residual sum of squares.
    converged : (n_curves,) bool array
        Whether the projected gradient vanished, or no step lowered the sum of squares further.
    gradient : (n_curves,) array
        Largest entry of the projected gradient by log EC50 and log slope, as a share of the total sum of squares.
    """

    log_ec50: Array
    slope: Array
    front: Array
    back: Array
    sum_of_squares: Array
    converged: NDArray[np.bool_]
    gradient: Array

    def response(self, dose: ArrayLike) -> Array:
        """The curves at doses, shape (n_curves, n_doses)."""
        z = self.slope[:, None] * (log_dose(dose) - self.log_ec50[:, None])
        return self.front[:, None] + (self.back - self.front)[:, None] * expit(z)


def fit_logistic(
    dose: ArrayLike,
    response: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    bounds: CurveBounds = CurveBounds(),  # noqa: B008 - frozen
    effort: str = "thorough",
) -> LogisticFits:
    """Least-squares four-parameter curves of many dose series at once.

    Parameters
    ----------
    dose : (n_curves, n_points) or (n_points,) array
        Doses in one unit; zero is a control.
    response : (n_curves, n_points) array
        NaN where nothing was measured.
    weight : (n_curves, n_points) array, optional
        Zero leaves a point out; 1 / variance by default 1.
    bounds : CurveBounds
        Bounds of the parameters.
    effort : {"thorough", "fast"}
        A fine or a coarse grid of starts; see `GRIDS`.

    Returns
    -------
    LogisticFits
        One entry a curve. A curve without two positive doses is NaN throughout.

    Examples
    --------
    >>> import numpy as np
    >>> dose = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
    >>> fits = fit_logistic(dose, 1 / (1 + dose[None]))
    >>> round(float(np.exp(fits.log_ec50[0])), 6), round(float(fits.slope[0]), 6)
    (1.0, 1.0)
    """
    y = np.atleast_2d(np.asarray(response, dtype=np.float64))
    x = np.broadcast_to(log_dose(dose), y.shape)
    w = np.ones_like(y) if weight is None else np.broadcast_to(np.asarray(weight, np.float64), y.shape)
    w = np.where(np.isfinite(y), w, 0.0)
    y = np.where(w > 0, y, 0.0)
    parts = [
        _fit_chunk(x[i : i + _CHUNK], y[i : i + _CHUNK], w[i : i + _CHUNK], bounds, GRIDS[effort])
        for i in range(0, len(y), _CHUNK)
    ]
    if not parts:
        empty = np.empty(0)
        return LogisticFits(empty, empty, empty, empty, empty, np.empty(0, dtype=bool), empty)
    fits = LogisticFits(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    late = np.flatnonzero(~fits.converged & np.isfinite(fits.log_ec50))
    return _followed_on(fits, late, x[late], y[late], w[late], bounds) if late.size else fits


def _followed_on(
    fits: LogisticFits, late: NDArray[np.int64], x: Array, y: Array, w: Array, bounds: CurveBounds
) -> LogisticFits:
    """The fits with the late ones followed down from where they stand."""
    low, high, _ = ec50_range(x, w, bounds.decades_beyond)
    problem = Problem(x, y, w, low, high, np.log(bounds.slope), bounds, _total(y, w))
    start = fits.log_ec50[late], np.log(fits.slope[late])
    centre, q, sse, gradient, converged = descend(problem, *start, steps=_MORE_STEPS)
    _, front, back, _, _ = problem.plateaus(centre, q)
    found = (centre, np.exp(q), front, back, sse, converged, gradient)
    names = ("log_ec50", "slope", "front", "back", "sum_of_squares", "converged", "gradient")
    columns = {name: getattr(fits, name).copy() for name in names}
    for name, values in zip(names, found, strict=True):
        columns[name][late] = values
    return LogisticFits(**columns)


def _total(y: Array, w: Array) -> Array:
    """Sum of squares about the mean, the size of a curve's responses; 1 where they do not differ."""
    mean = (w * y).sum(1) / np.maximum(w.sum(1), 1e-300)
    total = (w * (y - mean[:, None]) ** 2).sum(1)
    return np.where(total > 0, total, 1.0)


def ec50_range(x: Array, w: Array, decades_beyond: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Lowest and highest log EC50 of each curve, and whether it has two doses at all."""
    used = (w > 0) & (x > CONTROL)
    low = np.where(used, x, np.inf).min(axis=1)
    high = np.where(used, x, -np.inf).max(axis=1)
    fittable = np.isfinite(low) & (high > low)
    beyond = decades_beyond * np.log(10.0)
    return (
        np.where(fittable, low - beyond, -1.0),
        np.where(fittable, high + beyond, 1.0),
        fittable,
    )


def _fit_chunk(x: Array, y: Array, w: Array, bounds: CurveBounds, grid: Grid) -> tuple[Any, ...]:
    low, high, fittable = ec50_range(x, w, bounds.decades_beyond)
    # Responses are scaled to their own size, so that tolerances and damping mean the same for every curve.
    total = _total(y, w)
    curve, start_x, start_q = grid_starts(x, y, w, low, high, bounds, grid)
    box = np.log(bounds.slope)
    problem = Problem(x[curve], y[curve], w[curve], low[curve], high[curve], box, bounds, total[curve])
    found_x, found_q, sse, gradient, converged = descend(problem, start_x, start_q, steps=_STEPS)
    # The best start of each curve: sorted by sum of squares, the first of each curve.
    order = np.lexsort((sse, curve))
    first = order[np.unique(curve[order], return_index=True)[1]]
    best = Problem(x, y, w, low, high, box, bounds, total)
    _, front, back, _, _ = best.plateaus(found_x[first], found_q[first])
    columns = (found_x[first], np.exp(found_q[first]), front, back, sse[first])
    return (
        *(np.where(fittable, column, np.nan) for column in columns),
        converged[first] & fittable,
        np.where(fittable, gradient[first], np.nan),
    )


def grid_starts(
    x: Array, y: Array, w: Array, low: Array, high: Array, bounds: CurveBounds, grid: Grid
) -> tuple[NDArray[np.int64], Array, Array]:
    """Curve, log EC50 and log slope of every start: the lowest separate minima of a grid, best first."""
    q = np.linspace(np.log(bounds.slope[0]), np.log(bounds.slope[1]), grid.slope)
    share = np.linspace(0.0, 1.0, grid.ec50)
    # Curves with one dose pattern share the sigmoids of the grid, and its moments are matrix products.
    key = np.column_stack([low, high, np.where(w.any(axis=0), x, 0.0)])
    patterns, which = np.unique(key.round(12), axis=0, return_inverse=True)
    which = which.ravel()
    cost = np.empty((len(x), grid.ec50, grid.slope))
    if len(patterns) * 8 <= len(x):
        for number in range(len(patterns)):
            rows = np.flatnonzero(which == number)
            cost[rows] = _shared_grid(
                x[rows[0]], y[rows], w[rows], low[rows[0]], high[rows[0]], share, q, bounds
            )
    else:
        cost = _own_grid(x, y, w, low, high, share, q, bounds)
    return _separate_minima(cost, low, high, share, q, grid.starts)


def _shared_grid(
    x: Array, y: Array, w: Array, low: float, high: float, share: Array, q: Array, bounds: CurveBounds
) -> Array:
    centre = low + (high - low) * share
    g = expit(np.exp(q)[None, :, None] * (x - centre[:, None, None])).reshape(-1, len(x)).T
    h = 1.0 - g
    hh, hg, gg = h * h, h * g, g * g
    cost = np.empty((len(y), g.shape[1]))
    # Blocks stay in the processor's cache, and below the size at which BLAS starts threads for a product.
    block = max(1, _BLOCK_WORK // g.size)
    for i in range(0, len(y), block):
        part = slice(i, i + block)
        wy = w[part] * y[part]
        cost[part] = solve_plateaus(w[part] @ hh, w[part] @ hg, w[part] @ gg, wy @ h, wy @ g, bounds)[2]
    return cost.reshape(len(y), len(share), len(q))


def _own_grid(
    x: Array, y: Array, w: Array, low: Array, high: Array, share: Array, q: Array, bounds: CurveBounds
) -> Array:
    cost = np.empty((len(x), len(share), len(q)))
    for i, part in enumerate(share):
        u = x - (low + (high - low) * part)[:, None]
        for j, log_slope in enumerate(q):
            g = expit(np.exp(log_slope) * u)
            h = 1.0 - g
            wg, wh = w * g, w * h
            hh, hg, gg = _dot(wh, h), _dot(wh, g), _dot(wg, g)
            cost[:, i, j] = solve_plateaus(hh, hg, gg, _dot(wh, y), _dot(wg, y), bounds)[2]
    return cost


def _dot(one: Array, other: Array) -> Array:
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _separate_minima(
    cost: Array, low: Array, high: Array, share: Array, q: Array, starts: int
) -> tuple[NDArray[np.int64], Array, Array]:
    n, _, n_slope = cost.shape
    # Neighbours of one EC50 or one slope: diagonal valleys keep both their ends.
    lowest = np.ones(cost.shape, dtype=bool)
    falls = cost[:, 1:] <= cost[:, :-1]
    lowest[:, 1:] &= falls
    lowest[:, :-1] &= ~falls
    falls = cost[:, :, 1:] <= cost[:, :, :-1]
    lowest[:, :, 1:] &= falls
    lowest[:, :, :-1] &= ~falls
    ranked = np.where(lowest, cost, np.inf).reshape(n, -1)
    best = np.argpartition(ranked, starts - 1, axis=1)[:, :starts]
    curve = np.repeat(np.arange(n), starts)
    cell = best.ravel()
    # A curve without data has no minimum at all; one start of it is kept so that every curve has an answer.
    kept = np.isfinite(ranked[curve, cell])
    kept[np.arange(n) * starts] |= ~kept.reshape(n, starts).any(axis=1)
    curve, cell = curve[kept], cell[kept]
    centre = low[curve] + (high - low)[curve] * share[cell // n_slope]
    return curve, centre, q[cell % n_slope]
