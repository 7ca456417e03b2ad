"""Curves with two phases: two sites of different affinity, growth at low and death at high dose, or recovery.

y(d) = A + D1 g1 + D2 g2, with g1 and g2 sigmoids of one slope about two doses. A, D1 and D2 are solved in closed
form; the doses and the slope are searched on a grid that closes in. Both steps down is *biphasic*, up and then
down *hormesis*, down and then up *recovery* (often a sign of a precipitating compound).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from kinescape.assays.viability.curve_fitting.curve_problem import Array, expit, log_dose

PARAMETERS = 6
_DOSES, _SLOPES, _ROUNDS = 10, (1.0, 2.0, 4.0), 4
_TINY = 1e-20


@dataclass(frozen=True)
class TwoPhases:
    """Two-phase curves, one entry a curve.

    Parameters
    ----------
    log_first, log_second : (n_curves,) array
        Natural logarithms of the doses about which the phases turn.
    slope : (n_curves,) array
        Hill slope of both.
    front, first_step, second_step : (n_curves,) array
        Response without drug, and what each phase adds to it.
    sum_of_squares : (n_curves,) array
        Residuals.
    p_value : (n_curves,) array
        Of the F test against the four-parameter curve; NaN with fewer than eight points.
    shape : (n_curves,) array of str
        `biphasic`, `hormesis`, `recovery` or `rising`.
    """

    log_first: Array
    log_second: Array
    slope: Array
    front: Array
    first_step: Array
    second_step: Array
    sum_of_squares: Array
    p_value: Array
    shape: NDArray[np.str_]

    def response(self, dose: ArrayLike) -> Array:
        """The curves at doses, shape (n_curves, n_doses)."""
        x = log_dose(dose)
        h = self.slope[:, None]
        one, two = (expit(h * (x - centre[:, None])) for centre in (self.log_first, self.log_second))
        return self.front[:, None] + self.first_step[:, None] * one + self.second_step[:, None] * two


def fit_two_phases(
    dose: ArrayLike,
    response: ArrayLike,
    sum_of_squares: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    pure_error: Array | None = None,
    wells: NDArray[np.int64] | None = None,
) -> TwoPhases:
    """Fit two phases and test whether they are better than one.

    Parameters
    ----------
    dose, response, weight
        As for `kinescape.assays.viability.curve_fitting.curve_fit.fit_logistic`.
    sum_of_squares : (n_curves,) array
        Of the four-parameter curves.
    pure_error, wells : (n_curves,) array, optional
        Where points are means of wells: sum of squares within the means, and the number of wells.
    """
    y = np.atleast_2d(np.asarray(response, dtype=np.float64))
    x = np.array(np.broadcast_to(log_dose(dose), y.shape))
    w = np.ones_like(y) if weight is None else np.broadcast_to(np.asarray(weight, np.float64), y.shape)
    w = np.where(np.isfinite(y), w, 0.0)
    y = np.where(w > 0, y, 0.0)
    used = (w > 0) & (x > -1e3)
    low = np.where(used, x, np.inf).min(axis=1, initial=np.inf)
    high = np.where(used, x, -np.inf).max(axis=1, initial=-np.inf)
    sound = np.isfinite(low) & (high > low)
    low, high = np.where(sound, low, 0.0), np.where(sound, high, 1.0)
    n = len(y)
    best = _Best(np.full(n, np.inf), np.zeros((n, 6)))
    nodes = np.linspace(0.0, 1.0, _DOSES)
    for i, first in enumerate(nodes):
        for second in nodes[i + 1 :]:
            for slope in _SLOPES:
                width = high - low
                best.offer(x, y, w, low + first * width, low + second * width, np.full(n, np.log(slope)))
    step = (high - low) / (_DOSES - 1)
    turn = 0.5 * np.log(2.0)
    for _ in range(_ROUNDS):
        for _ in range(2):
            for column, size in ((0, step * 0.5), (1, step * 0.5), (2, np.full(n, turn))):
                for sign in (-1.0, 1.0):
                    trial = best.values[:, :3].copy()
                    trial[:, column] += sign * size
                    trial[:, 2] = np.clip(trial[:, 2], np.log(0.3), np.log(10.0))
                    best.offer(x, y, w, *trial.T)
        step, turn = step * 0.5, turn * 0.5
    means = (w > 0).sum(axis=1)
    freedom = (means if wells is None else wells) - PARAMETERS
    enough = sound & (freedom >= 2) & (means > PARAMETERS)
    residual = best.cost + (np.zeros(n) if pure_error is None else pure_error)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (np.asarray(sum_of_squares, np.float64) - best.cost) / 2.0
        f = np.maximum(gain, 0.0) / ((residual + _TINY) / np.maximum(freedom, 1))
    p = np.where(enough & np.isfinite(f), stats.f.sf(f, 2, np.maximum(freedom, 1)), np.nan)
    first, second, log_slope, front, one, two = best.values.T
    shape = np.where(
        (one < 0) & (two < 0),
        "biphasic",
        np.where((one > 0) & (two < 0), "hormesis", np.where((one < 0) & (two > 0), "recovery", "rising")),
    )
    return TwoPhases(first, second, np.exp(log_slope), front, one, two, best.cost, p, shape)


class _Best:
    """The best grid point of each curve so far."""

    def __init__(self, cost: Array, values: Array) -> None:
        self.cost, self.values = cost, values

    def offer(self, x: Array, y: Array, w: Array, first: Array, second: Array, log_slope: Array) -> None:
        """Take a trial where it is better, with the two phases kept apart."""
        h = np.exp(log_slope)[:, None]
        one, two = expit(h * (x - first[:, None])), expit(h * (x - second[:, None]))
        basis = (np.ones_like(y), one, two)
        normal = np.empty((len(y), 3, 3))
        right = np.empty((len(y), 3))
        weighted: list[Any] = [w * part for part in basis]
        for i in range(3):
            right[:, i] = np.einsum("ij,ij->i", weighted[i], y)
            for j in range(i, 3):
                normal[:, i, j] = normal[:, j, i] = np.einsum("ij,ij->i", weighted[i], basis[j])
        normal[:, range(3), range(3)] += 1e-9 * np.maximum(w.sum(1), 1e-300)[:, None] + 1e-300
        found = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        r = y - found[:, :1] - found[:, 1:2] * one - found[:, 2:] * two
        cost = np.einsum("ij,ij,ij->i", w, r, r)
        better = (cost < self.cost) & (second > first)
        self.cost = np.where(better, cost, self.cost)
        new = np.column_stack([first, second, log_slope, found])
        self.values = np.where(better[:, None], new, self.values)
