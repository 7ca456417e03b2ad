"""Fit the MuSyC surface to many dose matrices at once: potency synergy (alpha) and efficacy synergy (beta) apart.

Doses are scaled to the geometric mean of each drug's tested range, so that their unit changes nothing. Each fit
starts from the two single-drug curves; the four plateaus of a start are solved in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from kinescape.assays.viability.bounded_fit import BoundedFit, fit_within_bounds
from kinescape.assays.viability.dose_matrix import DoseMatrix, PairGrids
from kinescape.assays.viability.drug_curve import log_doses
from kinescape.assays.viability.musyc_surface import musyc_grid_and_slopes, musyc_shares
from kinescape.assays.viability.single_curves import SingleCurves

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_CANDIDATES = 120
_EACH_QUADRANT = 6
_ROUNDS = ((10, 7), (5, 16), (2, 40), (1, 500))
"""How many starts go on after how many steps: most are given up early."""
_SPREAD_DOSE, _SPREAD_ALPHA = 1.8, 8.0
_SPREAD_SLOPE = (np.log(0.4), np.log(8.0))
LARGEST_ALPHA = 1e4
"""Beyond this factor in either direction no matrix of doses tells potencies apart."""
_LOG_ALPHA = np.log(LARGEST_ALPHA)
_LOG_SLOPE = (np.log(0.1), np.log(20.0))
_BEYOND = np.log(100.0)
_NO_BETTER = 0.05
_FLAT_SPAN = 0.1


@dataclass(frozen=True)
class MusycFits:
    """Surfaces of n matrices.

    Parameters
    ----------
    parameters : (n, 10) array
        As `musyc_surface.PARAMETERS`; effects are viability as a fraction, C in the unit of the doses.
    sum_of_squares, total_squares : (n,) arrays
        Residual, and about the mean.
    points : (n,) array
        Measured cells.
    covariance : (n, 10, 10) array
        Of the parameters for a residual variance of 1: (JᵀJ)⁻¹ over those that no bound holds.
    converged : (n,) bool array
        Whether the iteration came to rest.
    at_bound : (n, 10) bool array
        Parameters that a bound holds.
    """

    parameters: Floats
    sum_of_squares: Floats
    total_squares: Floats
    points: Floats
    covariance: Floats
    converged: NDArray[np.bool_]
    at_bound: NDArray[np.bool_]

    @property
    def residual_variance(self) -> Floats:
        """Residual squares by degrees of freedom: noise and lack of fit together."""
        return self.sum_of_squares / np.maximum(self.points - 10, 1)

    @property
    def beta(self) -> Floats:
        """Efficacy synergy: how much further both drugs reach than the stronger one, as a share of its reach."""
        e0, e1, e2, e3 = self.parameters[:, :4].T
        strongest = np.minimum(e1, e2)
        reach = e0 - strongest
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(reach > _FLAT_SPAN / 2, (strongest - e3) / reach, np.nan)

    def beta_error(self) -> Floats:
        """Standard error of beta for a residual variance of 1; NaN where a bound holds one of its plateaus."""
        e0, e1, e2, _ = self.parameters[:, :4].T
        first = e1 <= e2
        strongest = np.where(first, e1, e2)
        reach = np.where(e0 - strongest > _FLAT_SPAN / 2, e0 - strongest, np.nan)
        gradient = np.zeros((e0.size, 10))
        gradient[:, 0] = -self.beta / reach
        by_strongest = (1.0 + self.beta) / reach
        gradient[:, 1] = np.where(first, by_strongest, 0.0)
        gradient[:, 2] = np.where(first, 0.0, by_strongest)
        gradient[:, 3] = -1.0 / reach
        held = ((gradient != 0) & self.at_bound).any(axis=1)
        error = np.sqrt(np.einsum("ni,nij,nj->n", gradient, self.covariance, gradient))
        return np.where(held, np.nan, error)


def fit_musyc(grids: PairGrids, curves: SingleCurves) -> MusycFits:
    """Fit the surface to every matrix of a stack.

    Parameters
    ----------
    grids : PairGrids
        Inhibition of n matrices; cells may be missing.
    curves : SingleCurves
        Of the same matrices: some of the starts.
    """
    problem = _problem(grids.first, grids.second, grids.inhibition)
    begin = _starts(problem, curves)
    for keep, iterations in _ROUNDS:
        many = begin.shape[1]
        tolerance = 1e-6 if keep == 1 else 1e-4
        found = _iterate(problem, begin, iterations, tolerance)
        squares = found.sum_of_squares.reshape(-1, many)
        order = np.argsort(squares, axis=1, kind="stable")[:, :keep]
        begin = np.take_along_axis(found.parameters.reshape(-1, many, 10), order[:, :, None], axis=1)
        rest = np.take_along_axis(found.converged.reshape(-1, many), order, axis=1)
    return _result(problem, begin[:, 0], rest[:, 0])


def refit_musyc(fits: MusycFits, which: int, grids: PairGrids, values: Floats) -> MusycFits:
    """Fit the surface of one matrix to other values of the same cells, such as draws of a bootstrap.

    Parameters
    ----------
    fits, grids : MusycFits, PairGrids
        Where each refit starts.
    which : int
        Row of them.
    values : (n, n_first, n_second) array
        Inhibition.
    """
    count = values.shape[0]
    problem = _problem(
        np.repeat(grids.first[which : which + 1], count, axis=0),
        np.repeat(grids.second[which : which + 1], count, axis=0),
        values,
    )
    begin = np.repeat(fits.parameters[which : which + 1], count, axis=0)
    begin[:, 4] -= problem.shift_first
    begin[:, 5] -= problem.shift_second
    found = _iterate(problem, begin[:, None], 60, 1e-4)
    return _result(problem, found.parameters, found.converged)


@dataclass(frozen=True)
class _Problem:
    """Scaled doses, viability and bounds of n matrices."""

    first: Floats
    second: Floats
    shift_first: Floats
    shift_second: Floats
    viability: Floats
    weights: Floats
    low: Floats
    high: Floats


def _problem(first: Floats, second: Floats, inhibition: Floats) -> _Problem:
    count = inhibition.shape[0]
    scaled_first, shift_first = _scaled(first)
    scaled_second, shift_second = _scaled(second)
    measured = np.isfinite(inhibition).reshape(count, -1)
    viability = np.where(measured, 1.0 - inhibition.reshape(count, -1), 0.0)
    low, high = _bounds(viability, measured, scaled_first, scaled_second)
    return _Problem(
        scaled_first,
        scaled_second,
        shift_first,
        shift_second,
        viability,
        measured.astype(np.float64),
        low,
        high,
    )


def _iterate(problem: _Problem, begin: Floats, iterations: int, tolerance: float) -> BoundedFit:
    count, many = begin.shape[:2]
    repeat = np.repeat(np.arange(count), many)
    first, second = problem.first[repeat], problem.second[repeat]

    def surface(parameters: Floats, problems: Indices) -> tuple[Floats, Floats]:
        return musyc_grid_and_slopes(parameters, first[problems], second[problems])

    return fit_within_bounds(
        surface,
        problem.viability[repeat],
        problem.weights[repeat],
        begin.reshape(-1, 10),
        problem.low[repeat],
        problem.high[repeat],
        iterations=iterations,
        tolerance=tolerance,
    )


def _result(problem: _Problem, chosen: Floats, converged: NDArray[np.bool_]) -> MusycFits:
    span = problem.high - problem.low
    at_bound = (chosen <= problem.low + 1e-6 * span) | (chosen >= problem.high - 1e-6 * span)
    weights, viability = problem.weights, problem.viability
    effect, slopes = musyc_grid_and_slopes(chosen, problem.first, problem.second)
    slopes = np.where(at_bound[:, :, None], 0.0, slopes) * np.sqrt(weights)[:, None, :]
    gram = slopes @ np.swapaxes(slopes, 1, 2)
    covariance = np.asarray(np.linalg.pinv(gram, rcond=1e-12, hermitian=True), dtype=np.float64)
    points = weights.sum(axis=1)
    mean = (weights * viability).sum(axis=1) / np.maximum(points, 1)
    parameters = chosen.copy()
    parameters[:, 4] += problem.shift_first
    parameters[:, 5] += problem.shift_second
    return MusycFits(
        parameters,
        (weights * (viability - effect) ** 2).sum(axis=1),
        (weights * (viability - mean[:, None]) ** 2).sum(axis=1),
        points,
        covariance,
        converged,
        at_bound,
    )


def _scaled(doses: Floats) -> tuple[Floats, Floats]:
    """Doses over the geometric mean of the tested range, and its logarithm."""
    tested = doses > 0
    logs = log_doses(doses)
    some = tested.any(axis=1)
    lowest = np.where(some, np.where(tested, logs, np.inf).min(axis=1), 0.0)
    highest = np.where(some, np.where(tested, logs, -np.inf).max(axis=1), 0.0)
    centre = (lowest + highest) / 2
    # Rounded, so that doses in another unit give the same numbers to the last digit.
    return np.where(tested, np.exp(np.round(logs - centre[:, None], 11)), 0.0), centre


def _bounds(
    viability: Floats, measured: NDArray[np.bool_], first: Floats, second: Floats
) -> tuple[Floats, Floats]:
    count = viability.shape[0]
    least = np.where(measured, viability, np.inf).min(axis=1)
    most = np.where(measured, viability, -np.inf).max(axis=1)
    room = 0.5 * np.maximum(most - least, 0.1)
    low, high = np.empty((count, 10)), np.empty((count, 10))
    low[:, :4], high[:, :4] = (least - room)[:, None], (most + room)[:, None]
    for at, doses in ((4, first), (5, second)):
        reach = log_doses(doses).max(axis=1) + _BEYOND
        low[:, at], high[:, at] = -reach, reach
    low[:, 6:8], high[:, 6:8] = _LOG_SLOPE
    low[:, 8:], high[:, 8:] = -_LOG_ALPHA, _LOG_ALPHA
    return low, high


def _starts(problem: _Problem, curves: SingleCurves) -> Floats:
    """Starting surfaces (n, many, 10): the single-drug curves, and the best of an even spread.

    Of the spread, the best of each quadrant of (alpha12, alpha21) are kept: surfaces of opposite synergy can fit
    nearly as well, and the better one is only known at the end.
    """
    reach_first, reach_second = log_doses(problem.first).max(axis=1), log_doses(problem.second).max(axis=1)
    own = np.zeros((problem.viability.shape[0], 10))
    own[:, 4] = np.clip(np.round(curves.first.log_middle - problem.shift_first, 9), -reach_first, reach_first)
    own[:, 5] = np.clip(
        np.round(curves.second.log_middle - problem.shift_second, 9), -reach_second, reach_second
    )
    own[:, 6] = np.clip(np.log(curves.first.slope), *_SPREAD_SLOPE)
    own[:, 7] = np.clip(np.log(curves.second.slope), *_SPREAD_SLOPE)
    kept = []
    for alpha in (0.0, 1.5):
        own[:, 8:] = alpha
        kept.append(_with_plateaus(own, problem)[0][:, None])
    spread = _even_spread(_CANDIDATES)
    quadrant = (spread[:, 4] > 0.5) * 2 + (spread[:, 5] > 0.5)
    for which in range(4):
        tried, errors = [], []
        for unit in spread[quadrant == which]:
            start = np.empty_like(own)
            start[:, 4] = _SPREAD_DOSE * reach_first * (2 * unit[0] - 1)
            start[:, 5] = _SPREAD_DOSE * reach_second * (2 * unit[1] - 1)
            start[:, 6:8] = _SPREAD_SLOPE[0] + unit[2:4] * (_SPREAD_SLOPE[1] - _SPREAD_SLOPE[0])
            start[:, 8:] = _SPREAD_ALPHA * (2 * unit[4:6] - 1)
            made, squares = _with_plateaus(start, problem)
            tried.append(made)
            errors.append(squares)
        order = np.argsort(np.stack(errors, axis=1), axis=1, kind="stable")[:, :_EACH_QUADRANT]
        kept.append(np.take_along_axis(np.stack(tried, axis=1), order[:, :, None], axis=1))
    return np.concatenate(kept, axis=1)


def _even_spread(count: int) -> Floats:
    """Points (count, 6) that fill the unit cube evenly: multiples of powers of the generalised golden ratio."""
    ratio = 1.5
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / 7)
    return np.asarray((0.5 + np.outer(np.arange(1, count + 1), ratio ** -np.arange(1.0, 7.0))) % 1)


def _with_plateaus(start: Floats, problem: _Problem) -> tuple[Floats, Floats]:
    """The start with the E0 to E3 that fit best, drawn slightly to the mean where the doses do not tell."""
    shares = musyc_shares(start, problem.first, problem.second)
    weights, viability = problem.weights, problem.viability
    weighted = shares * weights[:, None, :]
    gram = weighted @ np.swapaxes(shares, 1, 2) + 1e-3 * np.eye(4)
    mean = (weights * viability).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    aim = weighted @ (viability - mean[:, None])[:, :, None]
    plateaus = np.linalg.solve(gram, aim)[:, :, 0] + mean[:, None]
    made = start.copy()
    made[:, :4] = plateaus
    made = np.clip(made, problem.low, problem.high)
    effect = (made[:, None, :4] @ shares)[:, 0]
    return made, (weights * (viability - effect) ** 2).sum(axis=1)


def musyc_status(matrices: Sequence[DoseMatrix], fits: MusycFits) -> list[str]:
    """`fitted`, or why the parameters say nothing; one for each matrix.

    Parameters
    ----------
    matrices : sequence of DoseMatrix
        The matrices of the stack, in its order.
    fits : MusycFits
        Of them.
    """
    found = []
    for index, matrix in enumerate(matrices):
        few = matrix.few_doses()
        e0, e1, e2, _ = fits.parameters[index, :4]
        if few:
            found.append(f"too few doses: {few}")
        elif fits.points[index] <= 10:
            found.append(f"too few cells: {fits.points[index]:.0f} for 10 parameters")
        elif not fits.converged[index]:
            found.append("not converged")
        elif fits.sum_of_squares[index] > (1 - _NO_BETTER) * fits.total_squares[index]:
            found.append("no response: the surface explains no more than a constant")
        elif e0 - min(e1, e2) < _FLAT_SPAN:
            found.append("fitted, but neither drug alone does anything: alpha and beta are not defined")
        elif fits.at_bound[index, 8:].any():
            found.append("fitted, but alpha is a bound: the doses do not show the potency of the pair")
        else:
            found.append("fitted")
    return found


def t_interval(value: Floats, error: Floats, degrees: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Interval and two-sided p-value against 0, from a standard error with its degrees of freedom; NaN without."""
    known = np.isfinite(error) & (degrees > 0)
    safe = np.where(known, degrees, 1.0)
    reach = stdtrit(safe, 0.5 + level / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(value) / error
    p_value = np.where(known, 2 * stdtr(safe, -statistic), np.nan)
    return np.where(known, value - reach, np.nan), np.where(known, value + reach, np.nan), p_value
