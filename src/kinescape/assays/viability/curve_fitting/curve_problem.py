"""The reduced problem of a four-parameter curve: for a given EC50 and slope the best plateaus in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CONTROL = -1e4
"""Stands for the logarithm of a zero dose: every curve is at its front plateau there."""


@dataclass(frozen=True)
class CurveBounds:
    """Where the parameters may lie.

    Parameters
    ----------
    front, back : (float, float)
        Plateaus without drug and at saturating dose, in the unit of the responses.
    slope : (float, float)
        Hill slope, above zero; the direction of the curve is in its plateaus.
    decades_beyond : float
        How many powers of ten the EC50 may lie outside the doses of its curve.
    """

    front: tuple[float, float] = (0.0, 2.0)
    back: tuple[float, float] = (0.0, 2.0)
    slope: tuple[float, float] = (0.1, 10.0)
    decades_beyond: float = 2.0

    def __post_init__(self) -> None:
        for name in ("front", "back", "slope"):
            low, high = getattr(self, name)
            if not low <= high:
                raise ValueError(f"the bounds of {name} are the wrong way round: {low:g} to {high:g}")
        if self.slope[0] <= 0:
            raise ValueError("the slope must be above zero; falling curves have a lower back plateau")
        if self.decades_beyond < 0:
            raise ValueError("decades_beyond must not be negative")


def log_dose(dose: ArrayLike) -> Array:
    """Natural logarithm of doses, zero dose as a number far below all others; (n, m) or (m,) arrays."""
    values = np.atleast_2d(np.asarray(dose, dtype=np.float64))
    positive = values > 0
    return np.where(positive, np.log(np.where(positive, values, 1.0)), CONTROL)


def expit(z: Array) -> Array:
    """1 / (1 + exp(-z)) without overflow."""
    return 1.0 / (1.0 + np.exp(np.clip(-z, -700.0, 700.0)))


@dataclass(frozen=True)
class Problem:
    """Data and bounds of a batch; rows are independent curves (or starts of one curve)."""

    x: Array
    y: Array
    w: Array
    low: Array
    high: Array
    log_slope: Array
    bounds: CurveBounds
    total: Array

    def rows(self, keep: NDArray[Any]) -> Problem:
        """Some of the curves."""
        return Problem(
            self.x[keep],
            self.y[keep],
            self.w[keep],
            self.low[keep],
            self.high[keep],
            self.log_slope,
            self.bounds,
            self.total[keep],
        )

    def plateaus(self, centre: Array, q: Array) -> tuple[Array, Array, Array, Mask, Mask]:
        """Sigmoid, plateaus and whether each is free, for given log EC50 and log slope."""
        g = expit(np.exp(q)[:, None] * (self.x - centre[:, None]))
        h = 1.0 - g
        wg, wh = self.w * g, self.w * h
        moments = (
            np.einsum("ij,ij->i", wh, h),
            np.einsum("ij,ij->i", wh, g),
            np.einsum("ij,ij->i", wg, g),
            np.einsum("ij,ij->i", wh, self.y),
            np.einsum("ij,ij->i", wg, self.y),
        )
        front, back, _ = solve_plateaus(*moments, self.bounds)
        free_front = (front > self.bounds.front[0]) & (front < self.bounds.front[1])
        free_back = (back > self.bounds.back[0]) & (back < self.bounds.back[1])
        return g, front, back, free_front, free_back

    def sum_of_squares(self, centre: Array, q: Array) -> Array:
        """Reduced sum of squares: the best plateaus within the bounds."""
        g, front, back, _, _ = self.plateaus(centre, q)
        r = self.y - front[:, None] - (back - front)[:, None] * g
        return np.asarray(np.einsum("ij,ij,ij->i", self.w, r, r))


def solve_plateaus(
    hh: Array, hg: Array, gg: Array, hy: Array, gy: Array, bounds: CurveBounds
) -> tuple[Array, Array, Array]:
    """Front and back plateau of least squares in their box, and the sum of squares less that of y alone.

    The objective is hh A² + 2 hg A B + gg B² - 2 hy A - 2 gy B; where its minimum lies outside the box, the
    best of the four edges is the best of the box, as it is convex.
    """
    (a0, a1), (b0, b1) = bounds.front, bounds.back
    determinant = hh * gg - hg * hg
    sound = determinant > 1e-13 * hh * gg
    inverse = 1.0 / np.where(sound, determinant, 1.0)
    front = (hy * gg - gy * hg) * inverse
    back = (gy * hh - hy * hg) * inverse
    inside = sound & (front >= a0) & (front <= a1) & (back >= b0) & (back <= b1)
    out = np.flatnonzero(~inside.ravel())
    shape = front.shape
    front, back = front.ravel(), back.ravel()
    if out.size:
        hh_, hg_, gg_, hy_, gy_ = (m.ravel()[out] for m in (hh, hg, gg, hy, gy))
        safe_h = 1.0 / np.maximum(hh_, 1e-300)
        safe_g = 1.0 / np.maximum(gg_, 1e-300)
        best = np.full(out.size, np.inf)
        best_a, best_b = np.zeros(out.size), np.zeros(out.size)
        for fixed_front, value in ((True, a0), (True, a1), (False, b0), (False, b1)):
            if fixed_front:
                a = np.full(out.size, value)
                b = np.clip((gy_ - hg_ * value) * safe_g, b0, b1)
            else:
                b = np.full(out.size, value)
                a = np.clip((hy_ - hg_ * value) * safe_h, a0, a1)
            cost = a * (hh_ * a + 2 * hg_ * b - 2 * hy_) + b * (gg_ * b - 2 * gy_)
            better = cost < best
            best, best_a, best_b = (
                np.where(better, new, old) for new, old in ((cost, best), (a, best_a), (b, best_b))
            )
        front[out], back[out] = best_a, best_b
    front, back = front.reshape(shape), back.reshape(shape)
    cost = front * (hh * front + 2 * hg * back - 2 * hy) + back * (gg * back - 2 * gy)
    return front, back, cost
