"""The MuSyC surface: cells move between four states, free, with drug 1, with drug 2 and with both.

At steady state the four occupancies are ratios of polynomials (the spanning trees of the cycle), so the surface
and its derivatives are closed formulas. Potency synergy: drug 2 multiplies the potency of drug 1 by alpha21, drug
1 that of drug 2 by alpha12. Efficacy synergy: both together reach E3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARAMETERS = ("E0", "E1", "E2", "E3", "log_C1", "log_C2", "log_h1", "log_h2", "log_alpha12", "log_alpha21")
"""In this order everywhere; logarithms are natural."""
_LARGEST = 120.0


def musyc_surface(parameters: Floats, first: Floats, second: Floats) -> Floats:
    """Effect of two drugs.

    Parameters
    ----------
    parameters : (..., 10) array
        As `PARAMETERS` lists them.
    first, second : (..., points) arrays
        Doses, in the units of C1 and C2; 0 where a drug was left out.

    Notes
    -----
    u = (d₁/C₁)^h₁, v = (d₂/C₂)^h₂, a = α₂₁^h₁, b = α₁₂^h₂; the four states have weights
    2 + au + bv,  u(2 + av + au),  v(2 + bu + bv),  uv(a + b + ab(u + v)).

    References
    ----------
    Meyer et al. 2019 and Wooten et al. 2021 (MuSyC), with cooperativity synergy gamma = 1.

    Examples
    --------
    >>> half = np.array([1.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    >>> musyc_surface(half, np.array([0.0, 1.0]), np.array([0.0, 0.0])).tolist()
    [1.0, 0.75]
    """
    effect, *_ = _states(np.moveaxis(parameters, -1, 0)[..., None], first, second)
    return effect


def musyc_grid(parameters: Floats, first: Floats, second: Floats) -> Floats:
    """The surface (n, n_first * n_second) at every pair of doses (n, n_first) and (n, n_second)."""
    effect, *_ = _states(parameters.T[:, :, None, None], first[:, :, None], second[:, None, :])
    return effect.reshape(parameters.shape[0], -1)


def musyc_shares(parameters: Floats, first: Floats, second: Floats) -> Floats:
    """Share of cells (n, 4, n_first * n_second) in each state: the derivatives by E0 to E3."""
    _, shares, _ = _states(parameters.T[:, :, None, None], first[:, :, None], second[:, None, :])
    return np.stack(shares, axis=1).reshape(parameters.shape[0], 4, -1)


def musyc_grid_and_slopes(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The surface (n, n_first * n_second) and its derivatives (n, 10, n_first * n_second) by `PARAMETERS`."""
    columns = parameters.T[:, :, None, None]
    effect, shares, parts = _states(columns, first[:, :, None], second[:, None, :])
    u, v, a, b, log_u, log_v, inverse = parts
    au, bv, ab = a * u, b * v, a * b
    above = [(columns[state] - effect) * inverse for state in range(4)]
    uv = u * v
    auv, buv, joint = a * uv, b * uv, ab * uv
    one_a, one_b = auv + au * u, buv + bv * v
    shift = au * above[0] + one_a * above[1] + (auv + joint * (u + v)) * above[3]
    slope_a = shift
    slope_b = bv * above[0] + one_b * above[2] + (buv + joint * (u + v)) * above[3]
    slope_u = shift + (2.0 * u + au * u) * above[1] + buv * (above[2] + above[3]) + joint * u * above[3]
    slope_v = slope_b + (2.0 * v + bv * v) * above[2] + auv * (above[1] + above[3]) + joint * v * above[3]
    h1, h2 = np.exp(columns[6]), np.exp(columns[7])
    slopes = np.empty((parameters.shape[0], 10, *effect.shape[1:]))
    for state in range(4):
        slopes[:, state] = shares[state]
    slopes[:, 4] = -h1 * slope_u
    slopes[:, 5] = -h2 * slope_v
    slopes[:, 6] = slope_u * log_u + slope_a * (h1 * columns[9])
    slopes[:, 7] = slope_v * log_v + slope_b * (h2 * columns[8])
    slopes[:, 8] = h2 * slope_b
    slopes[:, 9] = h1 * slope_a
    count = parameters.shape[0]
    return effect.reshape(count, -1), slopes.reshape(count, 10, -1)


def _states(
    parameters: Floats, first: Floats, second: Floats
) -> tuple[Floats, tuple[Floats, ...], tuple[Floats, ...]]:
    """Effect, occupancies and the parts of their formulas; parameters on the first axis, shaped to the doses."""
    h1, h2 = np.exp(parameters[6]), np.exp(parameters[7])
    given1, given2 = first > 0, second > 0
    log_u = h1 * (np.log(np.where(given1, first, 1.0)) - parameters[4])
    log_v = h2 * (np.log(np.where(given2, second, 1.0)) - parameters[5])
    log_u = np.where(given1, np.clip(log_u, -_LARGEST, _LARGEST), 0.0)
    log_v = np.where(given2, np.clip(log_v, -_LARGEST, _LARGEST), 0.0)
    u, v = np.exp(log_u) * given1, np.exp(log_v) * given2
    a = np.exp(np.clip(h1 * parameters[9], -_LARGEST / 2, _LARGEST / 2))
    b = np.exp(np.clip(h2 * parameters[8], -_LARGEST / 2, _LARGEST / 2))
    au, bv = a * u, b * v
    free = 2.0 + au + bv
    one = u * (2.0 + a * v + au)
    two = v * (2.0 + b * u + bv)
    both = u * v * (a + b + a * b * (u + v))
    inverse = 1.0 / (free + one + two + both)
    shares = (free * inverse, one * inverse, two * inverse, both * inverse)
    effect = (
        shares[0] * parameters[0]
        + shares[1] * parameters[1]
        + shares[2] * parameters[2]
        + shares[3] * parameters[3]
    )
    return effect, shares, (u, v, a, b, log_u, log_v, inverse)
