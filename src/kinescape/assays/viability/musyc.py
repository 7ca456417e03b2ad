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

from kinescape.assays.viability.bounded_fit import Floats, Indices, fit_within_bounds
from kinescape.assays.viability.dose_matrix import DoseMatrix, PairGrids
from kinescape.assays.viability.drug_curve import log_doses
from kinescape.assays.viability.musyc_surface import musyc_surface, musyc_surface_and_slopes
from kinescape.assays.viability.single_curves import SingleCurves

STARTS = 36
"""Starting surfaces of each matrix: four pairs of curves, nine pairs of alpha."""
_FINALISTS = 4
_FIRST_ITERATIONS = 12
_ALPHA_STARTS = (-2.0, 0.0, 2.0)
_LOG_ALPHA = np.log(1e4)
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
        """Standard error of beta for a residual variance of 1, by its gradient."""
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
        return np.sqrt(np.einsum("ni,nij,nj->n", gradient, self.covariance, gradient))


def fit_musyc(grids: PairGrids, curves: SingleCurves, *, starts: int = STARTS) -> MusycFits:
    """Fit the surface to every matrix of a stack.

    Parameters
    ----------
    grids : PairGrids
        Inhibition of n matrices; cells may be missing.
    curves : SingleCurves
        Of the same matrices: the starts.
    starts : int
        From how many of the best starting surfaces the iteration is run.
    """
    count, rows, columns = grids.inhibition.shape
    first, shift1 = _scaled(grids.first)
    second, shift2 = _scaled(grids.second)
    first, second = np.repeat(first, columns, axis=1), np.tile(second, (1, rows))
    measured = np.isfinite(grids.inhibition).reshape(count, -1)
    weights = measured.astype(np.float64)
    viability = np.where(measured, 1.0 - grids.inhibition.reshape(count, -1), 0.0)
    low, high = _bounds(viability, measured, first, second)
    begin = _starts(curves, shift1, shift2, first, second, viability, weights, low, high, starts)
    return _fitted(first, second, viability, weights, begin, low, high, shift1, shift2)


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
    columns, rows = grids.second.shape[1], grids.first.shape[1]
    first, shift1 = _scaled(np.repeat(grids.first[which : which + 1], count, axis=0))
    second, shift2 = _scaled(np.repeat(grids.second[which : which + 1], count, axis=0))
    first, second = np.repeat(first, columns, axis=1), np.tile(second, (1, rows))
    measured = np.isfinite(values).reshape(count, -1)
    viability = np.where(measured, 1.0 - values.reshape(count, -1), 0.0)
    low, high = _bounds(viability, measured, first, second)
    begin = np.repeat(fits.parameters[which : which + 1], count, axis=0)
    begin[:, 4] -= shift1
    begin[:, 5] -= shift2
    return _fitted(
        first, second, viability, measured.astype(np.float64), begin[:, None], low, high, shift1, shift2
    )


def _fitted(
    first: Floats,
    second: Floats,
    viability: Floats,
    weights: Floats,
    begin: Floats,
    low: Floats,
    high: Floats,
    shift1: Floats,
    shift2: Floats,
) -> MusycFits:
    count, many = begin.shape[:2]
    repeat = np.repeat(np.arange(count), many)

    def surface(parameters: Floats, problems: Indices) -> tuple[Floats, Floats]:
        rows = repeat[problems]
        return musyc_surface_and_slopes(parameters, first[rows], second[rows])

    if many > _FINALISTS:
        # A few steps from every start tell which are worth following to the end.
        sketch = fit_within_bounds(
            surface,
            viability[repeat],
            weights[repeat],
            begin.reshape(-1, 10),
            low[repeat],
            high[repeat],
            iterations=_FIRST_ITERATIONS,
            tolerance=1e-3,
        )
        squares = sketch.sum_of_squares.reshape(count, many)
        order = np.argsort(squares, axis=1, kind="stable")[:, :_FINALISTS]
        begin = np.take_along_axis(sketch.parameters.reshape(count, many, 10), order[:, :, None], axis=1)
        many = _FINALISTS
        repeat = np.repeat(np.arange(count), many)
    found = fit_within_bounds(
        surface,
        viability[repeat],
        weights[repeat],
        begin.reshape(-1, 10),
        low[repeat],
        high[repeat],
        iterations=300,
        tolerance=1e-6,
    )
    best = np.argmin(found.sum_of_squares.reshape(count, many), axis=1) + many * np.arange(count)
    chosen = found.parameters[best]
    span = high - low
    at_bound = (chosen <= low + 1e-6 * span) | (chosen >= high - 1e-6 * span)
    _, slopes = musyc_surface_and_slopes(chosen, first, second)
    slopes = np.where(at_bound[:, None, :], 0.0, slopes) * np.sqrt(weights)[:, :, None]
    covariance = np.linalg.pinv(np.swapaxes(slopes, 1, 2) @ slopes, rcond=1e-12, hermitian=True)
    points = weights.sum(axis=1)
    mean = (weights * viability).sum(axis=1) / np.maximum(points, 1)
    parameters = chosen.copy()
    parameters[:, 4] += shift1
    parameters[:, 5] += shift2
    return MusycFits(
        parameters,
        found.sum_of_squares[best],
        (weights * (viability - mean[:, None]) ** 2).sum(axis=1),
        points,
        covariance,
        found.converged[best],
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
    return np.where(tested, np.exp(logs - centre[:, None]), 0.0), centre


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


def _starts(
    curves: SingleCurves,
    shift1: Floats,
    shift2: Floats,
    first: Floats,
    second: Floats,
    viability: Floats,
    weights: Floats,
    low: Floats,
    high: Floats,
    keep: int,
) -> Floats:
    """The best starts (n, keep, 10) of a small set: single-drug curves or plain ones, with nine pairs of alpha."""
    count = viability.shape[0]
    reach1, reach2 = log_doses(first).max(axis=1), log_doses(second).max(axis=1)
    fitted1 = np.clip(curves.first.log_middle - shift1, -reach1, reach1)
    fitted2 = np.clip(curves.second.log_middle - shift2, -reach2, reach2)
    steep1 = np.clip(np.log(curves.first.slope), np.log(0.4), np.log(5.0))
    steep2 = np.clip(np.log(curves.second.slope), np.log(0.4), np.log(5.0))
    nothing = np.zeros(count)
    tried, errors = [], []
    for middle1, slope1 in ((fitted1, steep1), (nothing, nothing)):
        for middle2, slope2 in ((fitted2, steep2), (nothing, nothing)):
            for alpha12 in _ALPHA_STARTS:
                for alpha21 in _ALPHA_STARTS:
                    start = np.zeros((count, 10))
                    start[:, 4], start[:, 5], start[:, 6], start[:, 7] = middle1, middle2, slope1, slope2
                    start[:, 8], start[:, 9] = alpha12, alpha21
                    start[:, :4] = _plateaus(start, first, second, viability, weights)
                    start = np.clip(start, low, high)
                    residual = viability - musyc_surface(start, first, second)
                    tried.append(start)
                    errors.append((weights * residual**2).sum(axis=1))
    order = np.argsort(np.stack(errors, axis=1), axis=1, kind="stable")[:, :keep]
    return np.take_along_axis(np.stack(tried, axis=1), order[:, :, None], axis=1)


def _plateaus(start: Floats, first: Floats, second: Floats, viability: Floats, weights: Floats) -> Floats:
    """E0 to E3 that fit best for given potencies, drawn slightly to the mean where the doses do not tell."""
    shares = musyc_surface_and_slopes(start, first, second)[1][:, :, :4]
    weighted = shares * weights[:, :, None]
    gram = np.swapaxes(weighted, 1, 2) @ shares + 1e-3 * np.eye(4)
    mean = (weights * viability).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    aim = (np.swapaxes(weighted, 1, 2) @ (viability - mean[:, None])[:, :, None])[:, :, 0]
    solved: Floats = np.linalg.solve(gram, aim[:, :, None])[:, :, 0] + mean[:, None]
    return solved


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
