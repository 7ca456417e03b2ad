"""Intervals of curve parameters by profile likelihood, for all curves of a screen at once.

A value of EC50, IC50 or of the response at a dose belongs to the interval where the best curve that has this
value is not significantly worse than the best curve: SS(value) <= SS (1 + F(1, n - 4) / (n - 4)). No normal
approximation is made, so that intervals of partial curves are as lopsided, or as open, as the data leave them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from kinescape.assays.viability.curve_fitting.curve_fit import LogisticFits, ec50_range
from kinescape.assays.viability.curve_fitting.curve_metrics import mean_sigmoid
from kinescape.assays.viability.curve_fitting.curve_newton import derivatives, descend
from kinescape.assays.viability.curve_fitting.curve_problem import Array, CurveBounds, Problem, log_dose

_PINNED = 1e7
"""Weight of the point that pins a curve to a value, against the heaviest measured one."""
_STEPS = 40
_OUTWARD = 14
_INWARD = 9
_SMALLEST_STEP = 0.02


@dataclass(frozen=True)
class Interval:
    """Lower and upper end for each curve; infinite where the data leave it open, NaN without a curve."""

    low: Array
    high: Array


@dataclass(frozen=True)
class Profiles:
    """A screen prepared for profiling; make it with `prepare`.

    Parameters
    ----------
    problem : Problem
        Data and bounds.
    centre, q : (n_curves,) array
        Best log EC50 and log slope.
    best : (n_curves,) array
        Least sum of squares.
    allowed : (n_curves,) array
        Sum of squares at the ends of the interval.
    variance : (n_curves,) array
        Residual variance of a point of weight one.
    freedom : (n_curves,) int array
        Degrees of freedom of the variance.
    usable : (n_curves,) bool array
        Curves with more points than parameters.
    """

    problem: Problem
    centre: Array
    q: Array
    best: Array
    allowed: Array
    variance: Array
    freedom: NDArray[np.int64]
    usable: NDArray[np.bool_]


def prepare(
    dose: ArrayLike,
    response: ArrayLike,
    fits: LogisticFits,
    weight: ArrayLike | None = None,
    *,
    bounds: CurveBounds,
    level: float = 0.95,
    pure_error: Array | None = None,
    wells: NDArray[np.int64] | None = None,
) -> Profiles:
    """Set up the profiles of fitted curves; the arguments are those of the fit.

    Parameters
    ----------
    pure_error, wells : (n_curves,) array, optional
        Where points are means of wells: sum of squares within the means, and the number of wells.
    level : float
        Coverage of the intervals.
    """
    y = np.atleast_2d(np.asarray(response, dtype=np.float64))
    x = np.array(np.broadcast_to(log_dose(dose), y.shape))
    w = np.ones_like(y) if weight is None else np.broadcast_to(np.asarray(weight, np.float64), y.shape)
    w = np.where(np.isfinite(y), w, 0.0)
    y = np.where(w > 0, y, 0.0)
    low, high, fittable = ec50_range(x, w, bounds.decades_beyond)
    points = (w > 0).sum(axis=1) if wells is None else wells
    within = np.zeros(len(y)) if pure_error is None else pure_error
    usable = fittable & (points > 4) & np.isfinite(fits.log_ec50)
    mean = (w * y).sum(1) / np.maximum(w.sum(1), 1e-300)
    total = (w * (y - mean[:, None]) ** 2).sum(1)
    total = np.where(total > 0, total, 1.0)
    problem = Problem(x, y, w, low, high, np.log(bounds.slope), bounds, total)
    # A parameter that its bound holds fixed is not estimated.
    at_bound = [
        np.isclose(value, low_bound) | np.isclose(value, high_bound)
        for value, (low_bound, high_bound) in (
            (fits.front, bounds.front),
            (fits.back, bounds.back),
            (fits.slope, bounds.slope),
        )
    ]
    freedom = np.maximum(points - 4 + np.sum(at_bound, axis=0), 1)
    quantile = stats.f.ppf(level, 1, freedom)
    best = np.where(usable, fits.sum_of_squares, 0.0)
    # Rounding of the sums, and of data without any noise, must not make an interval empty.
    allowed = best + (best + within) * quantile / freedom + 1e-10 * total
    return Profiles(
        problem,
        np.where(usable, fits.log_ec50, 0.0),
        np.where(usable, np.log(np.where(usable, fits.slope, 1.0)), 0.0),
        best,
        allowed,
        (best + within) / freedom,
        freedom,
        usable,
    )


def ec50_interval(profiles: Profiles) -> Interval:
    """Interval of the natural logarithm of the EC50."""

    def cost(rows: NDArray[np.int64], value: Array, q: Array) -> tuple[Array, Array, Array]:
        part = profiles.problem.rows(rows)
        fixed = Problem(part.x, part.y, part.w, value, value, part.log_slope, part.bounds, part.total)
        _, found, sse, _, _ = descend(fixed, value, q, steps=_STEPS)
        return sse, value, found

    return _ends(profiles, cost, profiles.centre, profiles.problem.low, profiles.problem.high)


def crossing_interval(profiles: Profiles, level: float, log_crossing: Array) -> Interval:
    """Interval of the natural logarithm of the dose at which curves reach a level, such as the absolute IC50.

    Parameters
    ----------
    level : float
        Response, 0.5 for the absolute IC50.
    log_crossing : (n_curves,) array
        Where the best curves reach it; infinite where they do not, which leaves the interval open there.
    """
    lowest, highest = profiles.problem.low - 5.0, profiles.problem.high + 5.0
    inside = replace(profiles, usable=profiles.usable & ~np.isnan(log_crossing))

    def cost(rows: NDArray[np.int64], value: Array, q: Array) -> tuple[Array, Array, Array]:
        return _pinned(inside, rows, value, np.full(len(rows), level), q)

    never, always = np.isposinf(log_crossing), np.isneginf(log_crossing)
    start = np.where(never, highest, np.where(always, lowest, log_crossing))
    found = _ends(inside, cost, np.where(inside.usable, start, 0.0), lowest, highest)
    return Interval(
        np.where(always & inside.usable, -np.inf, found.low),
        np.where(never & inside.usable, np.inf, found.high),
    )


def response_interval(profiles: Profiles, log_at: Array, response: Array) -> Interval:
    """Interval of the response at one dose a curve, such as the highest.

    Parameters
    ----------
    log_at : (n_curves,) array
        Natural logarithm of the doses.
    response : (n_curves,) array
        The best curves there.
    """
    bounds = profiles.problem.bounds
    inside = replace(profiles, usable=profiles.usable & np.isfinite(response))

    def cost(rows: NDArray[np.int64], value: Array, q: Array) -> tuple[Array, Array, Array]:
        return _pinned(inside, rows, log_at[rows], value, q)

    lowest = np.full(len(log_at), min(bounds.front[0], bounds.back[0]))
    highest = np.full(len(log_at), max(bounds.front[1], bounds.back[1]))
    return _ends(inside, cost, np.where(inside.usable, response, 0.0), lowest, highest, closed=True)


def area_interval(
    profiles: Profiles, log_low: Array, log_high: Array, area: Array, *, level: float = 0.95
) -> Interval:
    """Interval of the area under the curve, from the curvature at the best curve.

    The area is a mean over all doses and close to linear in the data, unlike an EC50, so that the
    linear approximation holds; parameters at a bound are taken as known.
    """
    sound = profiles.usable & np.isfinite(area)
    with np.errstate(invalid="ignore"):
        low, high = np.where(sound, log_low, -1.0), np.where(sound, log_high, 1.0)
    problem, centre, q = profiles.problem, profiles.centre, profiles.q
    g, front, back, free_front, free_back = problem.plateaus(centre, q)
    step = 1e-5
    slope = np.exp(q)
    d = back - front
    z = slope[:, None] * (problem.x - centre[:, None])
    g1 = g * (1.0 - g)
    columns = np.stack([-slope[:, None] * g1 * d[:, None], z * g1 * d[:, None], 1.0 - g, g], axis=2)
    mean = mean_sigmoid(low, high, centre, slope)
    by_x = (mean_sigmoid(low, high, centre + step, slope) - mean_sigmoid(low, high, centre - step, slope)) / (
        2 * step
    )
    by_q = (
        mean_sigmoid(low, high, centre, slope * np.exp(step))
        - mean_sigmoid(low, high, centre, slope * np.exp(-step))
    ) / (2 * step)
    gradient = np.stack([d * by_x, d * by_q, 1.0 - mean, mean], axis=1)
    free_q = (q > problem.log_slope[0] + 1e-9) & (q < problem.log_slope[1] - 1e-9)
    free_x = (centre > problem.low) & (centre < problem.high)
    free = np.stack([free_x, free_q, free_front, free_back], axis=1)
    columns = columns * free[:, None, :]
    normal = np.einsum("ij,ijk,ijl->ikl", problem.w, columns, columns)
    size = np.einsum("ikk->ik", normal).max(axis=1)
    normal[:, range(4), range(4)] += np.where(free, 1e-10 * size[:, None] + 1e-300, 1.0)
    spread = np.linalg.solve(normal, (gradient * free)[:, :, None])[:, :, 0]
    variance = profiles.variance * np.einsum("ik,ik->i", spread, gradient * free)
    half = stats.t.ppf(0.5 + level / 2.0, profiles.freedom) * np.sqrt(np.maximum(variance, 0.0))
    return Interval(np.where(sound, area - half, np.nan), np.where(sound, area + half, np.nan))


def _pinned(
    profiles: Profiles, rows: NDArray[np.int64], at: Array, value: Array, q: Array
) -> tuple[Array, Array, Array]:
    """Best curves through one point each: that point joins the data with a very large weight."""
    part = profiles.problem.rows(rows)
    heavy = _PINNED * part.w.max(axis=1)
    joined = Problem(
        np.column_stack([part.x, at]),
        np.column_stack([part.y, value]),
        np.column_stack([part.w, heavy]),
        part.low,
        part.high,
        part.log_slope,
        part.bounds,
        part.total,
    )
    best = np.full(len(rows), np.inf)
    best_x, best_q = profiles.centre[rows], q
    for shift in (0.0, 1.5):
        x, found, sse, _, _ = descend(joined, profiles.centre[rows] + shift, q, steps=_STEPS)
        better = sse < best
        best = np.where(better, sse, best)
        best_x, best_q = np.where(better, x, best_x), np.where(better, found, best_q)
        if shift == 0.0 and (sse <= profiles.allowed[rows]).all():
            break
    return best, best_x, best_q


Cost = Callable[[NDArray[np.int64], Array, Array], tuple[Array, Array, Array]]


def _ends(
    profiles: Profiles, cost: Cost, start: Array, lowest: Array, highest: Array, *, closed: bool = False
) -> Interval:
    """Both ends: steps outward that double until the curve is too bad, then the crossing in between."""
    first = _first_step(profiles)
    low = _end(profiles, cost, start, -1.0, lowest, first, closed)
    high = _end(profiles, cost, start, 1.0, highest, first, closed)
    return Interval(low, high)


def _first_step(profiles: Profiles) -> Array:
    """Half the width that the curvature at the best curve promises."""
    _, _, _, fxx, fxq, fqq = derivatives(profiles.problem, profiles.centre, profiles.q)
    curvature = np.maximum(fxx - fxq * fxq / np.where(np.abs(fqq) > 1e-300, fqq, np.inf), 1e-12)
    return np.clip(0.5 * np.sqrt((profiles.allowed - profiles.best) / curvature), _SMALLEST_STEP, 2.0)


def _end(
    profiles: Profiles,
    cost: Cost,
    start: Array,
    sign: float,
    limit: Array,
    first: Array,
    closed: bool,
) -> Array:
    n = len(start)
    end = np.full(n, np.nan)
    rows = np.flatnonzero(profiles.usable)
    inner, q = start[rows].copy(), profiles.q[rows].copy()
    inner_excess = -(profiles.allowed - profiles.best)[rows]
    outer, outer_excess = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    step = first[rows]
    seeking = np.ones(len(rows), dtype=bool)
    for _ in range(_OUTWARD):
        ask = np.flatnonzero(seeking)
        if not ask.size:
            break
        bound = limit[rows[ask]]
        value = inner[ask] + sign * step[ask]
        at_limit = sign * (value - bound) >= 0
        value = np.where(at_limit, bound, value)
        sse, _, found = cost(rows[ask], value, q[ask])
        excess = sse - profiles.allowed[rows[ask]]
        too_bad = excess > 0
        outer[ask] = np.where(too_bad, value, outer[ask])
        outer_excess[ask] = np.where(too_bad, excess, outer_excess[ask])
        inner[ask] = np.where(too_bad, inner[ask], value)
        inner_excess[ask] = np.where(too_bad, inner_excess[ask], excess)
        q[ask] = np.where(too_bad, q[ask], found)
        open_end = ~too_bad & at_limit
        end[rows[ask[open_end]]] = bound[open_end] if closed else sign * np.inf
        seeking[ask] = ~too_bad & ~at_limit
        step[ask] *= 2.0
    end[rows[seeking]] = sign * np.inf
    crossed = np.flatnonzero(np.isfinite(outer))
    rows, q = rows[crossed], q[crossed]
    inner, outer = inner[crossed], outer[crossed]
    a, b = inner_excess[crossed], outer_excess[crossed]
    for number in range(_INWARD):
        # Square roots of the excess are nearly straight; every third step halves, so that none sticks.
        depth = profiles.allowed[rows] - profiles.best[rows]
        ra = np.sqrt(np.maximum(a + depth, 0.0)) - np.sqrt(depth)
        rb = np.sqrt(np.maximum(b + depth, 0.0)) - np.sqrt(depth)
        share = np.clip(-ra / np.where(rb > ra, rb - ra, 1.0), 0.05, 0.95)
        share = np.full_like(share, 0.5) if number % 3 == 2 else share
        value = inner + share * (outer - inner)
        sse, _, found = cost(rows, value, q)
        excess = sse - profiles.allowed[rows]
        too_bad = excess > 0
        outer, b = np.where(too_bad, value, outer), np.where(too_bad, excess, b)
        inner, a = np.where(too_bad, inner, value), np.where(too_bad, a, excess)
        q = np.where(too_bad, q, found)
    end[rows] = 0.5 * (inner + outer)
    return end
