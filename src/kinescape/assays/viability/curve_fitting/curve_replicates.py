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

    Returns
    -------
    intervals : dict of str to Interval
        NaN for curves with fewer than two named replicates, or with wells of unnamed ones.
    replicates : (n_curves,) array
        Independent replicates of each curve; zero where unnamed.
    """
    matrix, amount = doses.matrix, wells.amount
    results: dict[str, Interval] = {}
    x = log_dose(matrix.dose)
    low, high, _ = ec50_range(x, matrix.weight, bounds.decades_beyond)
    n, most = matrix.dose.shape
    for count in np.unique(amount[amount >= 2]):
        rows = np.flatnonzero((amount == count) & np.isfinite(fits.log_ec50))
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
        for draw in counts:
            w = np.einsum("r,crd->cd", draw, weight)
            y = np.einsum("r,crd->cd", draw, weighted) / np.where(w > 0, w, 1.0)
            problem = Problem(
                x[rows],
                y,
                w,
                low[rows],
                high[rows],
                np.log(bounds.slope),
                bounds,
                np.maximum((w * (y - 0.5) ** 2).sum(1), 1e-12),
            )
            centre, q, sse, gradient, converged = descend(
                problem, fits.log_ec50[rows], np.log(fits.slope[rows]), steps=_STEPS
            )
            _, front, back, _, _ = problem.plateaus(centre, q)
            again = LogisticFits(centre, np.exp(q), front, back, sse, converged, gradient)
            for name, values in measures(again, rows).items():
                drawn.setdefault(name, []).append(values)
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
            low_end, high_end = _widened(point[name], np.array(redrawn), probability, float(widen))
            interval.low[rows], interval.high[rows] = low_end, high_end
    return results, amount


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
