"""What a MuSyC fit works on: scaled doses, viability and bounds of many matrices, and the steps of the fit.

Doses are scaled to the geometric mean of each drug's tested range, so that their unit changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.bounded_fit import BoundedFit, fit_within_bounds
from kinescape.assays.viability.combination_scoring.drug_curve import log_doses
from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid_and_slopes, musyc_shares

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

LARGEST_ALPHA = 1e4
"""Beyond this factor in either direction no matrix of doses tells potencies apart."""
_LOG_ALPHA = np.log(LARGEST_ALPHA)
_LOG_SLOPE = (np.log(0.1), np.log(20.0))
_BEYOND = np.log(100.0)


@dataclass(frozen=True)
class MusycProblem:
    """What is fitted.

    Parameters
    ----------
    first, second : (n, n_first) and (n, n_second) arrays
        Scaled doses.
    shift_first, shift_second : (n,) arrays
        Logarithms of what they were divided by.
    viability, weights : (n, n_first * n_second) arrays
        Fractions, and 1 where a cell was measured.
    low, high : (n, 10) arrays
        Bounds of the parameters.
    """

    first: Floats
    second: Floats
    shift_first: Floats
    shift_second: Floats
    viability: Floats
    weights: Floats
    low: Floats
    high: Floats

    def part(self, rows: Indices) -> MusycProblem:
        """Some of the matrices."""
        return MusycProblem(*(getattr(self, field.name)[rows] for field in fields(self)))


def musyc_problem(first: Floats, second: Floats, inhibition: Floats) -> MusycProblem:
    """Make doses (n, n_first), (n, n_second) and inhibition (n, n_first, n_second), NaN where missing, ready."""
    count = inhibition.shape[0]
    scaled_first, shift_first = _scaled(first)
    scaled_second, shift_second = _scaled(second)
    measured = np.isfinite(inhibition).reshape(count, -1)
    viability = np.where(measured, 1.0 - inhibition.reshape(count, -1), 0.0)
    low, high = _bounds(viability, measured, scaled_first, scaled_second)
    return MusycProblem(
        scaled_first,
        scaled_second,
        shift_first,
        shift_second,
        viability,
        measured.astype(np.float64),
        low,
        high,
    )


def iterate_musyc(problem: MusycProblem, begin: Floats, iterations: int, tolerance: float) -> BoundedFit:
    """Some steps from every start (n, many, 10); the fits come one start after the other, (n * many, 10)."""
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


def with_plateaus(start: Floats, problem: MusycProblem) -> tuple[Floats, Floats]:
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


def total_squares(problem: MusycProblem) -> Floats:
    """About the mean of each matrix."""
    weights, viability = problem.weights, problem.viability
    mean = (weights * viability).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return (weights * (viability - mean[:, None]) ** 2).sum(axis=1)


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
