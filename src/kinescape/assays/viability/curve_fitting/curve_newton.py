"""Damped Newton steps for many two-parameter problems at once, with exact second derivatives.

Near a minimum with large residuals, as noisy and flat curves have it, Gauss–Newton steps creep; the exact
reduced Hessian does not. Its eigenvalues are taken by size, so that a saddle is left downhill.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.curve_fitting.curve_problem import Array, Problem

_GRADIENT_SMALL = 1e-9
_GAIN_SMALL = 1e-13
_DAMPING_MOST = 1e8
_STEP_MOST = 1.5


def derivatives(problem: Problem, centre: Array, q: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Reduced sum of squares with its half gradient and half Hessian by log EC50 and log slope.

    With residual r = y - A (1 - g) - B g and D = B - A, the full half Hessian over (x, q, A, B) is reduced to
    (x, q) by the Schur complement over those plateaus that are not at a bound.
    """
    g, front, back, free_front, free_back = problem.plateaus(centre, q)
    slope = np.exp(q)[:, None]
    z = slope * (problem.x - centre[:, None])
    h = 1.0 - g
    d = (back - front)[:, None]
    r = problem.y - front[:, None] - d * g
    w = problem.w
    g1 = g * h
    g2 = g1 * (h - g)
    z_g1 = z * g1
    z_g2 = z * g2
    # Derivatives of g: by x, by q, and twice.
    gx, gq = -slope * g1, z_g1
    gxx, gxq, gqq = slope * slope * g2, -slope * (g1 + z_g2), z_g1 + z * z_g2
    wr = w * r

    def dot(a: Array, b: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->i", a, b))

    sse = dot(wr, r)
    d1 = d[:, 0]
    wgx, wgq = w * gx, w * gq
    r_gx, r_gq = dot(wr, gx), dot(wr, gq)
    fx, fq = -d1 * r_gx, -d1 * r_gq
    d2 = d1 * d1
    fxx = d2 * dot(wgx, gx) - d1 * dot(wr, gxx)
    fxq = d2 * dot(wgx, gq) - d1 * dot(wr, gxq)
    fqq = d2 * dot(wgq, gq) - d1 * dot(wr, gqq)
    gx_g, gq_g = dot(wgx, g), dot(wgq, g)
    gx_h, gq_h = wgx.sum(1) - gx_g, wgq.sum(1) - gq_g
    fxa, fqa = d1 * gx_h + r_gx, d1 * gq_h + r_gq
    fxb, fqb = d1 * gx_g - r_gx, d1 * gq_g - r_gq
    wg = w * g
    bb = dot(wg, g)
    ab = wg.sum(1) - bb
    aa = w.sum(1) - wg.sum(1) - ab
    # A plateau at its bound does not move: its row and column are those of a unit it does not share.
    aa = np.where(free_front, aa, 1.0)
    bb = np.where(free_back, bb, 1.0)
    ab = np.where(free_front & free_back, ab, 0.0)
    fxa, fqa = np.where(free_front, fxa, 0.0), np.where(free_front, fqa, 0.0)
    fxb, fqb = np.where(free_back, fxb, 0.0), np.where(free_back, fqb, 0.0)
    determinant = aa * bb - ab * ab
    inverse = np.where(determinant > 1e-13 * aa * bb, 1.0, 0.0) / np.where(determinant > 0, determinant, 1.0)
    fxx = fxx - (fxa * fxa * bb - 2 * fxa * fxb * ab + fxb * fxb * aa) * inverse
    fxq = fxq - (fxa * fqa * bb - (fxa * fqb + fxb * fqa) * ab + fxb * fqb * aa) * inverse
    fqq = fqq - (fqa * fqa * bb - 2 * fqa * fqb * ab + fqb * fqb * aa) * inverse
    return sse, fx, fq, fxx, fxq, fqq


def descend(
    problem: Problem, centre: Array, q: Array, *, steps: int
) -> tuple[Array, Array, Array, Array, NDArray[np.bool_]]:
    """Follow every start down, all at once, inside the bounds.

    Parameters
    ----------
    problem : Problem
        Data and bounds, one row a start.
    centre, q : (n,) array
        Log EC50 and log slope to start from.
    steps : int
        At most so many trial steps.

    Returns
    -------
    log_ec50, log_slope, sum_of_squares, gradient, converged
        As in `kinescape.assays.viability.curve_fitting.curve_fit.LogisticFits`.
    """
    n = len(centre)
    centre, q = centre.copy(), q.copy()
    sse, gradient = np.full(n, np.nan), np.full(n, np.inf)
    converged = np.zeros(n, dtype=bool)
    damping = np.full(n, 1e-3)
    active = np.arange(n)
    here = problem
    q_low, q_high = float(problem.log_slope[0]), float(problem.log_slope[1])
    state = derivatives(here, centre, q)
    for _ in range(steps):
        value, fx, fq, fxx, fxq, fqq = state
        cx, cq = centre[active], q[active]
        total = here.total
        # A parameter at its bound that would go beyond stays.
        hold_x = ((cx <= here.low) & (fx > 0)) | ((cx >= here.high) & (fx < 0))
        hold_q = ((cq <= q_low) & (fq > 0)) | ((cq >= q_high) & (fq < 0))
        fx, fq = np.where(hold_x, 0.0, fx), np.where(hold_q, 0.0, fq)
        size = np.maximum(np.abs(fx), np.abs(fq)) / total
        sse[active], gradient[active] = value, size
        step_x, step_q = _step(fx, fq, fxx, fxq, fqq, hold_x, hold_q, damping[active], total)
        new_x = np.clip(cx + step_x, here.low, here.high)
        new_q = np.clip(cq + step_q, q_low, q_high)
        trial = derivatives(here, new_x, new_q)
        better = trial[0] < value
        gain = np.where(better, value - trial[0], 0.0) / total
        centre[active], q[active] = np.where(better, new_x, cx), np.where(better, new_q, cq)
        damping[active] = np.where(better, np.maximum(damping[active] * 0.1, 1e-9), damping[active] * 8.0)
        state = tuple(np.where(better, new, old) for new, old in zip(trial, state, strict=True))  # type: ignore[assignment]
        sse[active] = state[0]
        done = (size < _GRADIENT_SMALL) | (damping[active] > _DAMPING_MOST) | (better & (gain < _GAIN_SMALL))
        converged[active[done]] = True
        if done.all():
            break
        if done.any():
            keep = ~done
            active, here = active[keep], here.rows(keep)
            state = tuple(part[keep] for part in state)  # type: ignore[assignment]
    return centre, q, sse, gradient, converged


def _step(
    fx: Array,
    fq: Array,
    fxx: Array,
    fxq: Array,
    fqq: Array,
    hold_x: NDArray[np.bool_],
    hold_q: NDArray[np.bool_],
    damping: Array,
    total: Array,
) -> tuple[Array, Array]:
    """Newton step with eigenvalues by size, damped, at most `_STEP_MOST` long."""
    fxq = np.where(hold_x | hold_q, 0.0, fxq)
    half = 0.5 * (fxx - fqq)
    middle = 0.5 * (fxx + fqq)
    radius = np.hypot(half, fxq)
    # Eigenvector of the larger eigenvalue.
    angle = 0.5 * np.arctan2(fxq, half)
    cosine, sine = np.cos(angle), np.sin(angle)
    floor = damping * total
    large = np.abs(middle + radius) + floor + 1e-300
    small = np.abs(middle - radius) + floor + 1e-300
    along = (cosine * fx + sine * fq) / large
    across = (-sine * fx + cosine * fq) / small
    step_x = -(cosine * along - sine * across)
    step_q = -(sine * along + cosine * across)
    step_x, step_q = np.where(hold_x, 0.0, step_x), np.where(hold_q, 0.0, step_q)
    shrink = np.minimum(1.0, _STEP_MOST / np.maximum(np.hypot(step_x, step_q), 1e-300))
    return step_x * shrink, step_q * shrink
