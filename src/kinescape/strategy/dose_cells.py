"""Dose cells within a matrix: fill it from the few that were measured, and choose which to measure next.

The design asked about is that of DECREASE (a diagonal beside the two single drugs; the published idea, none of its
code): y = u_i w_j / c + d_ij, where u and w are the single drugs, c the control, and d a smooth departure from Bliss
that is 0 where a drug is absent. Errors of the single drugs run along their row and column, which the process knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.optimize import minimize
from scipy.stats import norm

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DEPARTURE, LENGTH, NOISE = 0.125, 3.0, 0.047
"""Size of the departure from Bliss where Bliss expects half the cells, its length in dose steps of a matrix of 8, and
the error of a well: of greatest evidence on 20 development matrices (`benchmarks/dose_cells.py --constants`), which no
figure counts."""
FLOOR = 0.05
"""Share of that size where Bliss expects no effect or no cells."""
LOG_SPREAD = 0.5
"""How far one matrix's departure and error may lie from these, one SD of the log."""


@dataclass(frozen=True)
class FilledMatrix:
    """A dose matrix, measured and predicted.

    Parameters
    ----------
    mean : (n_a, n_b) array
        Measured values where measured, else predictions; fractions of control.
    low, high : (n_a, n_b) arrays
        Interval of a new measurement of the cell; the value itself where measured.
    sd : (n_a, n_b) array
        Standard deviation behind it; 0 where measured.
    bliss : (n_a, n_b) array
        What independence expects.
    measured : (n_a, n_b) bool array
    noise : float
        Standard deviation of a well, as taken.
    covariance : (k, k) array
        Joint covariance of the departures at the cells not measured, in the order of ``~measured``.
    """

    mean: Floats
    low: Floats
    high: Floats
    sd: Floats
    bliss: Floats
    measured: Bools
    noise: float
    covariance: Floats


def fill_dose_matrix(values: Floats, *, share: float = 0.9) -> FilledMatrix:
    """Predict the cells that were not measured.

    Parameters
    ----------
    values : (n_a, n_b) array
        Fractions of control, NaN where not measured. The first row and column are the single drugs (the other
        drug's dose is 0), and are measured throughout; doses rise by about equal steps on a log scale.
    share : float
        Probability held by the interval.

    Returns
    -------
    FilledMatrix

    Raises
    ------
    ValueError
        Where a single-drug cell is missing, the control is not positive, or there is no cell of a pair.

    Examples
    --------
    >>> values = np.array([[1.0, 0.5], [0.5, np.nan]])
    >>> fill_dose_matrix(values).mean[1, 1].round(3)
    np.float64(0.25)
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"a dose matrix has two rows and two columns at least, not the shape {table.shape}")
    if not (np.isfinite(table[0]).all() and np.isfinite(table[:, 0]).all()):
        raise ValueError("the first row and column, each drug alone, must be measured throughout")
    if table[0, 0] <= 0:
        raise ValueError(f"the control must be positive, not {table[0, 0]}")
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}")
    measured = np.isfinite(table)
    bliss = np.outer(table[:, 0], table[0]) / table[0, 0]
    inner = _Inner.of(table, bliss)
    known = measured[1:, 1:].ravel()
    residual = np.where(known, (table - bliss)[1:, 1:].ravel(), 0.0)
    departure, noise = _sizes(inner, known, residual)
    covariance = departure**2 * inner.shape + noise**2 * inner.error
    mean, left = _conditioned(covariance, known, residual, noise)
    filled, sd = table.copy(), np.zeros_like(table)
    own = np.where(known, 0.0, residual)
    own[~known] = mean
    filled[1:, 1:] = np.where(measured[1:, 1:], table[1:, 1:], bliss[1:, 1:] + own.reshape(inner.n))
    spread = np.zeros(known.size)
    spread[~known] = np.sqrt(np.diag(left) + noise**2)
    sd[1:, 1:] = spread.reshape(inner.n)
    # No cell holds fewer than no cells.
    filled = np.where(measured, filled, np.maximum(filled, 0.0))
    half = norm.ppf((1 + share) / 2) * sd
    low = np.where(measured, filled, np.maximum(filled - half, 0.0))
    return FilledMatrix(filled, low, filled + half, sd, bliss, measured, noise, left)


def next_dose_cells(filled: FilledMatrix, size: int) -> list[tuple[int, int]]:
    """Cells to measure next: each takes the most doubt from all the cells that are left.

    Parameters
    ----------
    filled : FilledMatrix
    size : int
        Cells wanted; fewer come where fewer are left.

    Returns
    -------
    list of (int, int)
        Row and column, in the order of choice.

    Raises
    ------
    ValueError
        Where `size` is negative.
    """
    if size < 0:
        raise ValueError(f"size cannot be negative, not {size}")
    places = np.argwhere(~filled.measured)
    covariance = filled.covariance.copy()
    left = np.ones(len(places), dtype=bool)
    chosen: list[tuple[int, int]] = []
    for _ in range(min(size, len(places))):
        gain = np.sum(covariance[:, left] ** 2, axis=1) / (np.diag(covariance) + filled.noise**2)
        gain[~left] = -np.inf
        best = int(np.argmax(gain))
        column = covariance[:, best].copy()
        covariance -= np.outer(column, column) / (column[best] + filled.noise**2)
        left[best] = False
        chosen.append((int(places[best, 0]), int(places[best, 1])))
    return chosen


def decrease_design(n_a: int, n_b: int) -> Bools:
    """Which cells the design measures: both single drugs, and the diagonal from the lowest to the highest doses.

    Examples
    --------
    >>> int(decrease_design(8, 8).sum())
    22
    """
    cells = np.zeros((n_a, n_b), dtype=bool)
    cells[0], cells[:, 0] = True, True
    steps = np.arange(max(n_a, n_b) - 1) / max(max(n_a, n_b) - 2, 1)
    cells[1 + np.rint(steps * (n_a - 2)).astype(int), 1 + np.rint(steps * (n_b - 2)).astype(int)] = True
    return cells


@dataclass(frozen=True)
class _Inner:
    """Covariances of the cells that hold both drugs, row by row, for sizes of 1."""

    n: tuple[int, int]
    shape: Floats
    error: Floats

    @classmethod
    def of(cls, table: Floats, bliss: Floats) -> _Inner:
        n_a, n_b = table.shape[0] - 1, table.shape[1] - 1
        i, j = (
            grid.ravel() for grid in np.meshgrid(np.arange(1, n_a + 1), np.arange(1, n_b + 1), indexing="ij")
        )
        # Steps are those of a matrix of 8 doses, whatever the number of doses tested.
        along_a, along_b = _tied(i * 7 / n_a), _tied(j * 7 / n_b)
        expected = np.clip(bliss[i, j], 0.0, 1.0)
        size = FLOOR + (1 - FLOOR) * 2 * np.sqrt(expected * (1 - expected))
        u, w, c = table[:, 0], table[0], table[0, 0]
        error = (i[:, None] == i) * np.outer(w[j], w[j]) + (j[:, None] == j) * np.outer(u[i], u[i])
        return cls((n_a, n_b), along_a * along_b * np.outer(size, size), error / c**2)


def _tied(step: Floats) -> Floats:
    """Squared-exponential covariance along one drug's doses, tied to 0 at dose 0."""
    lag = np.exp(-0.5 * ((step[:, None] - step) / LENGTH) ** 2)
    start = np.exp(-0.5 * (step / LENGTH) ** 2)
    result: Floats = lag - np.outer(start, start)
    return result


def _sizes(inner: _Inner, known: Bools, residual: Floats) -> tuple[float, float]:
    """Departure and error of this matrix: most probable, drawn to the usual ones."""
    if known.sum() < 3:
        return DEPARTURE, NOISE
    at = np.ix_(known, known)
    shape, error, values = inner.shape[at], inner.error[at] + np.eye(int(known.sum())), residual[known]

    def lost(logs: Floats) -> float:
        covariance = np.exp(2 * logs[0]) * shape + np.exp(2 * logs[1]) * error
        factor = linalg.cholesky(covariance, lower=True)
        half = linalg.solve_triangular(factor, values, lower=True)
        away = (logs - usual) / LOG_SPREAD
        return float(0.5 * half @ half + np.log(np.diag(factor)).sum() + 0.5 * away @ away)

    usual = np.log([DEPARTURE, NOISE])
    best = minimize(lost, usual, method="L-BFGS-B", bounds=[(one - 2, one + 2) for one in usual])
    departure, noise = np.exp(best.x)
    return float(departure), float(noise)


def _conditioned(covariance: Floats, known: Bools, residual: Floats, noise: float) -> tuple[Floats, Floats]:
    """Mean and covariance of the cells not measured, given the measured."""
    rest = covariance[np.ix_(~known, ~known)]
    if not known.any():
        return np.zeros(int((~known).sum())), rest
    own = covariance[np.ix_(known, known)] + noise**2 * np.eye(int(known.sum()))
    cross = covariance[np.ix_(known, ~known)]
    factor = linalg.cho_factor(own, lower=True)
    return cross.T @ linalg.cho_solve(factor, residual[known]), rest - cross.T @ linalg.cho_solve(
        factor, cross
    )
