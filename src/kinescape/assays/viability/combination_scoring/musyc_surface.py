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
_AT_ONCE = 256


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
    effect, _ = _states(np.moveaxis(parameters, -1, 0)[..., None], first, second)
    return effect


def musyc_grid(parameters: Floats, first: Floats, second: Floats) -> Floats:
    """The surface (n, n_first * n_second) at every pair of doses (n, n_first) and (n, n_second)."""
    effect, _ = _states(parameters.T[:, :, None, None], first[:, :, None], second[:, None, :])
    return effect.reshape(parameters.shape[0], -1)


def musyc_shares(parameters: Floats, first: Floats, second: Floats) -> Floats:
    """Share of cells (n, 4, n_first * n_second) in each state: the derivatives by E0 to E3."""
    _, shares = _states(parameters.T[:, :, None, None], first[:, :, None], second[:, None, :])
    return np.stack(shares, axis=1).reshape(parameters.shape[0], 4, -1)


def musyc_grid_and_slopes(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The surface (n, n_first * n_second) and its derivatives (n, 10, n_first * n_second) by `PARAMETERS`."""
    count, rows, columns = parameters.shape[0], first.shape[1], second.shape[1]
    effect, slopes = np.empty((count, rows * columns)), np.empty((count, 10, rows * columns))
    # A part at a time: what stays in the processor's cache is computed in half the time.
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        _slopes(parameters[part], first[part], second[part], effect[part], slopes[part])
    return effect, slopes


def _slopes(parameters: Floats, first: Floats, second: Floats, effect: Floats, slopes: Floats) -> None:
    """Write the effect (n, points) and its derivatives (n, 10, points)."""
    shape = (parameters.shape[0], first.shape[1], second.shape[1])
    columns = parameters.T[:, :, None, None]
    h1, h2 = np.exp(columns[6]), np.exp(columns[7])
    log_u, u = _powers(h1, columns[4], first[:, :, None])
    log_v, v = _powers(h2, columns[5], second[:, None, :])
    a = np.exp(np.clip(h1 * columns[9], -_LARGEST / 2, _LARGEST / 2))
    b = np.exp(np.clip(h2 * columns[8], -_LARGEST / 2, _LARGEST / 2))
    au, bv = a * u, b * v
    auu, bvv, ab = au * u, bv * v, a * b
    uv = u * v
    auv, buv, abuuv = a * uv, b * uv, ab * uv
    abuuv *= u + v
    grids = slopes.reshape(shape[0], 10, *shape[1:])
    np.add(2.0 + au, bv, out=grids[:, 0])
    np.add(2.0 * u + auu, auv, out=grids[:, 1])
    np.add(2.0 * v + bvv, buv, out=grids[:, 2])
    np.add(auv, buv, out=grids[:, 3])
    grids[:, 3] += abuuv
    inverse = 1.0 / slopes[:, :4].sum(axis=1)
    slopes[:, :4] *= inverse[:, None]
    np.matmul(parameters[:, None, :4], slopes[:, :4], out=effect[:, None])
    above = parameters[:, :4, None] - effect[:, None]
    above *= inverse[:, None]
    free, one, two, both = np.moveaxis(above.reshape(shape[0], 4, *shape[1:]), 1, 0)
    # Parts that several derivatives share: what each state's weight gains, times how far its effect lies above.
    with_a, with_b = auv * one, buv * two
    with_a += auv * both
    with_b += buv * both
    abuuv *= both
    uv *= both
    slope_a = au * free
    slope_a += auu * one
    slope_a += with_a
    slope_a += abuuv
    slope_b = bv * free
    slope_b += bvv * two
    slope_b += with_b
    slope_b += abuuv
    slope_u, slope_v = slope_a + with_b, slope_b + with_a
    slope_u += (2.0 * u + auu) * one
    slope_u += (ab * u) * uv
    slope_v += (2.0 * v + bvv) * two
    slope_v += (ab * v) * uv
    np.multiply(slope_u, -h1, out=grids[:, 4])
    np.multiply(slope_v, -h2, out=grids[:, 5])
    slope_u *= log_u
    slope_v *= log_v
    np.multiply(slope_b, h2, out=grids[:, 8])
    np.multiply(slope_a, h1, out=grids[:, 9])
    np.add(slope_u, grids[:, 9] * columns[9], out=grids[:, 6])
    np.add(slope_v, grids[:, 8] * columns[8], out=grids[:, 7])


def _powers(slope: Floats, log_middle: Floats, doses: Floats) -> tuple[Floats, Floats]:
    """log (d / C)^h and (d / C)^h; both 0 where no dose was given."""
    given = doses > 0
    logs = np.clip(slope * (np.log(np.where(given, doses, 1.0)) - log_middle), -_LARGEST, _LARGEST) * given
    return logs, np.exp(logs) * given


def _states(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    """Effect and occupancies; parameters on the first axis, shaped to the doses."""
    h1, h2 = np.exp(parameters[6]), np.exp(parameters[7])
    _, u = _powers(h1, parameters[4], first)
    _, v = _powers(h2, parameters[5], second)
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
    return effect, shares
