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
    return _states(parameters, first, second)[0]


def musyc_surface_and_slopes(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The surface (n, points) and its derivatives (n, points, 10) by `PARAMETERS`."""
    effect, shares, parts = _states(parameters, first, second)
    u, v, a, b, log_u, log_v, total = parts
    efficacy = parameters[:, None, :4]
    above = efficacy - effect[:, :, None]
    au, bv, uv = a * u, b * v, u * v
    auv, buv, ab = a * uv, b * uv, a * b
    zero = np.zeros_like(u)
    joint = uv * ab
    # Derivatives of the four weights by log u, log v, log a and log b.
    by_u = (au, 2 * u + auv + 2 * au * u, buv, auv + buv + joint * (2 * u + v))
    by_v = (bv, auv, 2 * v + buv + 2 * bv * v, auv + buv + joint * (u + 2 * v))
    by_a = (au, auv + au * u, zero, auv + joint * (u + v))
    by_b = (bv, zero, buv + bv * v, buv + joint * (u + v))
    slope_u, slope_v, slope_a, slope_b = (
        (above[..., 0] * w[0] + above[..., 1] * w[1] + above[..., 2] * w[2] + above[..., 3] * w[3]) / total
        for w in (by_u, by_v, by_a, by_b)
    )
    h1, h2 = np.exp(parameters[:, 6:7]), np.exp(parameters[:, 7:8])
    log_a, log_b = h1 * parameters[:, 9:10], h2 * parameters[:, 8:9]
    slopes = np.empty((*effect.shape, 10))
    slopes[..., :4] = shares
    slopes[..., 4] = -h1 * slope_u
    slopes[..., 5] = -h2 * slope_v
    slopes[..., 6] = slope_u * log_u + slope_a * log_a
    slopes[..., 7] = slope_v * log_v + slope_b * log_b
    slopes[..., 8] = h2 * slope_b
    slopes[..., 9] = h1 * slope_a
    return effect, slopes


def _states(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    h1, h2 = np.exp(parameters[..., 6:7]), np.exp(parameters[..., 7:8])
    given1, given2 = first > 0, second > 0
    log_u = h1 * (np.log(np.where(given1, first, 1.0)) - parameters[..., 4:5])
    log_v = h2 * (np.log(np.where(given2, second, 1.0)) - parameters[..., 5:6])
    log_u = np.where(given1, np.clip(log_u, -_LARGEST, _LARGEST), 0.0)
    log_v = np.where(given2, np.clip(log_v, -_LARGEST, _LARGEST), 0.0)
    u, v = np.exp(log_u) * given1, np.exp(log_v) * given2
    a = np.exp(np.clip(h1 * parameters[..., 9:10], -_LARGEST / 2, _LARGEST / 2))
    b = np.exp(np.clip(h2 * parameters[..., 8:9], -_LARGEST / 2, _LARGEST / 2))
    au, bv = a * u, b * v
    weights = (
        2.0 + au + bv,
        u * (2.0 + a * v + au),
        v * (2.0 + b * u + bv),
        u * v * (a + b + a * b * (u + v)),
    )
    total = weights[0] + weights[1] + weights[2] + weights[3]
    shares = np.stack([weight / total for weight in weights], axis=-1)
    effect = (shares * parameters[..., None, :4]).sum(axis=-1)
    return effect, shares, (u, v, a, b, log_u, log_v, total)
