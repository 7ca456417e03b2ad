"""Fit the MuSyC surface to many dose matrices at once: potency synergy (alpha) and efficacy synergy (beta) apart.

Each fit starts from the two single-drug curves and from a spread of other surfaces; most starts are given up early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, PairGrids
from kinescape.assays.viability.combination_scoring.musyc_problem import (
    MusycProblem,
    iterate_musyc,
    musyc_problem,
    total_squares,
)
from kinescape.assays.viability.combination_scoring.musyc_starts import starts_from_curves, starts_from_spread
from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid_and_slopes
from kinescape.assays.viability.combination_scoring.single_curves import SingleCurves

Floats = NDArray[np.float64]

_FINALISTS = 2
_ROUNDS = ((10, 6), (4, 14), (_FINALISTS, 30))
"""How many starts go on after how many steps: most are given up early."""
_NEARLY, _TO_REST = 40, 500
"""Steps of the finalists, and of the best of them."""
_FURTHER, _WORTH_MORE = 2, 0.05
"""So often are further starts tried, where more than this share of the squares is left unexplained."""
_EXPLAINED = 0.01
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
    problem = musyc_problem(grids.first, grids.second, grids.inhibition)
    begin = np.concatenate([starts_from_curves(problem, curves), starts_from_spread(problem, 0)], axis=1)
    found, squares = _finalists(problem, begin)
    total = total_squares(problem)
    for again in range(1, _FURTHER + 1):
        # Where much is left unexplained, surfaces of other shapes may explain more of it.
        poor = np.flatnonzero(squares[:, 0] > _WORTH_MORE * total)
        if not poor.size:
            break
        part = problem.part(poor)
        more, reached = _finalists(part, starts_from_spread(part, again))
        pool = np.concatenate([squares[poor], reached], axis=1)
        order = np.argsort(pool, axis=1, kind="stable")[:, :_FINALISTS]
        squares[poor] = np.take_along_axis(pool, order, axis=1)
        both = np.concatenate([found[poor], more], axis=1)
        found[poor] = np.take_along_axis(both, order[:, :, None], axis=1)
    found, _, _ = _round(problem, found, 1, _NEARLY, 1e-4)
    found, _, converged = _round(problem, found, 1, _TO_REST, 1e-6)
    return _result(problem, found[:, 0], converged[:, 0])


def _finalists(problem: MusycProblem, begin: Floats) -> tuple[Floats, Floats]:
    """The best two (n, 2, 10) of many starts, most of which are given up early, and their squares (n, 2)."""
    (keep, iterations), *rest = _ROUNDS
    begin, squares, _ = _round(problem, begin, keep, iterations, 1e-4)
    found, reached = begin[:, :_FINALISTS].copy(), squares[:, :_FINALISTS].copy()
    # Where all but a trace is explained after a few steps, no further start can explain much more.
    open_still = np.flatnonzero(squares[:, 0] > _EXPLAINED * total_squares(problem))
    if open_still.size:
        part, going = problem.part(open_still), begin[open_still]
        for keep, iterations in rest:
            going, squares, _ = _round(part, going, keep, iterations, 1e-4)
        found[open_still], reached[open_still] = going, squares
    return found, reached


def _round(
    problem: MusycProblem, begin: Floats, keep: int, iterations: int, tolerance: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Some steps from every start; the best that are to go on, their squares, and whether they came to rest."""
    many = begin.shape[1]
    found = iterate_musyc(problem, begin, iterations, tolerance)
    squares = found.sum_of_squares.reshape(-1, many)
    order = np.argsort(squares, axis=1, kind="stable")[:, :keep]
    return (
        np.take_along_axis(found.parameters.reshape(-1, many, 10), order[:, :, None], axis=1),
        np.take_along_axis(squares, order, axis=1),
        np.take_along_axis(found.converged.reshape(-1, many), order, axis=1),
    )


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
    problem = musyc_problem(
        np.repeat(grids.first[which : which + 1], count, axis=0),
        np.repeat(grids.second[which : which + 1], count, axis=0),
        values,
    )
    begin = np.repeat(fits.parameters[which : which + 1], count, axis=0)
    begin[:, 4] -= problem.shift_first
    begin[:, 5] -= problem.shift_second
    found = iterate_musyc(problem, begin[:, None], 60, 1e-4)
    return _result(problem, found.parameters, found.converged)


def _result(problem: MusycProblem, chosen: Floats, converged: NDArray[np.bool_]) -> MusycFits:
    span = problem.high - problem.low
    at_bound = (chosen <= problem.low + 1e-6 * span) | (chosen >= problem.high - 1e-6 * span)
    weights, viability = problem.weights, problem.viability
    effect, slopes = musyc_grid_and_slopes(chosen, problem.first, problem.second)
    slopes = np.where(at_bound[:, :, None], 0.0, slopes) * np.sqrt(weights)[:, None, :]
    gram = slopes @ np.swapaxes(slopes, 1, 2)
    covariance = np.asarray(np.linalg.pinv(gram, rcond=1e-12, hermitian=True), dtype=np.float64)
    points = weights.sum(axis=1)
    parameters = chosen.copy()
    parameters[:, 4] += problem.shift_first
    parameters[:, 5] += problem.shift_second
    return MusycFits(
        parameters,
        (weights * (viability - effect) ** 2).sum(axis=1),
        total_squares(problem),
        points,
        covariance,
        converged,
        at_bound,
    )


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
