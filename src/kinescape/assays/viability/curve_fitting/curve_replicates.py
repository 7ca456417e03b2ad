"""Intervals whose unit is the independent replicate, by bootstrap over replicates.

Wells of one plate share its errors, so that more wells do not make a potency surer; other plates do. Whole
replicates are drawn with replacement and the curves fitted again from the first fit. With a handful of
replicates the bootstrap is too narrow by sqrt((R - 1) / R) and its quantiles too close, so that its standard
error is widened by that factor and set into a t distribution with R - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from kinescape.assays.viability.curve_fitting.curve_fit import LogisticFits, ec50_range
from kinescape.assays.viability.curve_fitting.curve_intervals import Interval
from kinescape.assays.viability.curve_fitting.curve_newton import descend
from kinescape.assays.viability.curve_fitting.curve_problem import Array, CurveBounds, Problem, log_dose
from kinescape.assays.viability.reading.dose_series import CollapsedDoses, ReplicateDoses
from kinescape.foundation.randomness import generator

_ALL_UP_TO = 4
_DRAWS = 100
_STEPS = 40
_ROWS = 8192


def resamples(replicates: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each replicate is drawn, shape (n_draws, replicates), and the probability of each draw.

    Up to four replicates every draw is enumerated; beyond, 100 random ones stand for all.
    """
    if replicates <= _ALL_UP_TO:
        draws = list(combinations_with_replacement(range(replicates), replicates))
        counts = np.array([np.bincount(draw, minlength=replicates) for draw in draws], dtype=np.float64)
        factorial = np.array([1.0, 1.0, 2.0, 6.0, 24.0])
        ways = factorial[replicates] / np.prod(factorial[counts.astype(int)], axis=1)
        return counts, ways / replicates**replicates
    random = generator(seed, "replicates", replicates)
    counts = random.multinomial(replicates, np.full(replicates, 1.0 / replicates), size=_DRAWS).astype(float)
    return counts, np.full(_DRAWS, 1.0 / _DRAWS)


def replicate_intervals(
    doses: CollapsedDoses,
    wells: ReplicateDoses,
    fits: LogisticFits,
    measures: Callable[[LogisticFits, NDArray[np.int64]], dict[str, Array]],
    *,
    bounds: CurveBounds,
    seed: int = 0,
    level: float = 0.95,
    wanted: NDArray[np.bool_] | None = None,
) -> tuple[dict[str, Interval], NDArray[np.int64]]:
    """Intervals of any measures of the curves over independent replicates.

    Parameters
    ----------
    doses : CollapsedDoses
        What was fitted.
    wells : ReplicateDoses
        The same, split by replicate.
    fits : LogisticFits
        Fits to all replicates together.
    measures : callable
        From fits and the indices of their curves to named measures, on a scale where errors are symmetric
        (log EC50, AUC).
    bounds : CurveBounds
        Those of the fit.
    seed : int
        For more than four replicates.
    level : float
        Coverage.
    wanted : (n_curves,) bool array, optional
        Curves whose intervals are asked for; all by default.

    Returns
    -------
    intervals : dict of str to Interval
        NaN for curves with fewer than two named replicates, with wells of unnamed ones, or not asked for.
    replicates : (n_curves,) array
        Independent replicates of each curve; zero where unnamed.
    """
    matrix, amount = doses.matrix, wells.amount
    results: dict[str, Interval] = {}
    x = log_dose(matrix.dose)
    low, high, _ = ec50_range(x, matrix.weight, bounds.decades_beyond)
    n, most = matrix.dose.shape
    asked = np.isfinite(fits.log_ec50) if wanted is None else np.isfinite(fits.log_ec50) & wanted
    for count in np.unique(amount[amount >= 2]):
        rows = np.flatnonzero((amount == count) & asked)
        if not rows.size:
            continue
        own = np.full(n, -1)
        own[rows] = np.arange(rows.size)
        mine = own[wells.curve] >= 0
        at = (own[wells.curve[mine]], wells.replicate[mine], wells.place[mine])
        weight, weighted = np.zeros((rows.size, count, most)), np.zeros((rows.size, count, most))
        weight[at], weighted[at] = wells.weight[mine], wells.weighted[mine]
        counts, probability = resamples(int(count), seed)
        drawn: dict[str, list[Array]] = {}
        # Several draws of all the curves at once, as long as they fit the processor's cache.
        together = max(1, _ROWS // rows.size)
        for part in range(0, len(counts), together):
            again = _refitted(
                counts[part : part + together],
                weight,
                weighted,
                x[rows],
                low[rows],
                high[rows],
                fits,
                rows,
                bounds,
            )
            for name, values in measures(again, np.tile(rows, len(counts[part : part + together]))).items():
                drawn.setdefault(name, []).append(values.reshape(-1, rows.size))
        point = measures(
            LogisticFits(
                fits.log_ec50[rows],
                fits.slope[rows],
                fits.front[rows],
                fits.back[rows],
                fits.sum_of_squares[rows],
                fits.converged[rows],
                fits.gradient[rows],
            ),
            rows,
        )
        widen = stats.t.ppf(0.5 + level / 2.0, count - 1) * np.sqrt(count / (count - 1.0))
        for name, redrawn in drawn.items():
            interval = results.setdefault(name, Interval(np.full(n, np.nan), np.full(n, np.nan)))
            low_end, high_end = _widened(point[name], np.concatenate(redrawn), probability, float(widen))
            interval.low[rows], interval.high[rows] = low_end, high_end
    return results, amount


def _refitted(
    counts: Array,
    weight: Array,
    weighted: Array,
    x: Array,
    low: Array,
    high: Array,
    fits: LogisticFits,
    rows: NDArray[np.int64],
    bounds: CurveBounds,
) -> LogisticFits:
    """Every curve fitted again to each draw of its replicates: the draws one after the other."""
    many = len(counts)
    w = np.einsum("kr,crd->kcd", counts, weight).reshape(many * rows.size, -1)
    sums = np.einsum("kr,crd->kcd", counts, weighted).reshape(many * rows.size, -1)
    y = sums / np.where(w > 0, w, 1.0)
    problem = Problem(
        np.tile(x, (many, 1)),
        y,
        w,
        np.tile(low, many),
        np.tile(high, many),
        np.log(bounds.slope),
        bounds,
        np.maximum((w * (y - 0.5) ** 2).sum(1), 1e-12),
    )
    start = np.tile(fits.log_ec50[rows], many), np.tile(np.log(fits.slope[rows]), many)
    centre, q, sse, gradient, converged = descend(problem, *start, steps=_STEPS)
    _, front, back, _, _ = problem.plateaus(centre, q)
    return LogisticFits(centre, np.exp(q), front, back, sse, converged, gradient)


def _widened(point: Array, drawn: Array, probability: Array, widen: float) -> tuple[Array, Array]:
    """Point less and plus the widened standard error; a draw without an answer leaves its side open."""
    finite = np.isfinite(drawn)
    safe = np.where(finite, drawn, np.where(np.isfinite(point), point, 0.0))
    share = probability[:, None]
    mean = (share * safe).sum(0)
    error = np.sqrt((share * (safe - mean) ** 2).sum(0))
    centre = np.where(np.isfinite(point), point, 0.0)
    low, high = centre - widen * error, centre + widen * error
    high = np.where(np.isposinf(drawn).any(0), np.inf, high)
    low = np.where(np.isneginf(drawn).any(0), -np.inf, low)
    return np.where(np.isfinite(point), low, np.nan), np.where(np.isfinite(point), high, np.nan)
