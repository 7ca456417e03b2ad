"""Loewe additivity: a combination that does no more than a dose of one drug replaced by its equal of the other.

The expected effect y solves d₁/D₁(y) + d₂/D₂(y) = 1, with D the dose of one drug alone that has the effect y.
Beyond the plateau of a drug no dose of it reaches y: its term is 0, and the other drug alone decides (the
generalised Loewe of partial agonists). So a solution exists for every pair of monotone curves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.bliss_hsa import Excess
from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.single_curves import SingleCurves

Floats = NDArray[np.float64]

_HALVINGS = 60
_STEP = 1e-5


def loewe_reference(first: Floats, second: Floats, doses_first: Floats, doses_second: Floats) -> Floats:
    """Expected effect under Loewe additivity.

    Parameters
    ----------
    first, second : (..., 4) arrays
        base, top, log C, log h of the two drugs alone.
    doses_first, doses_second : (..., points) arrays
        In the unit of C.

    Returns
    -------
    (..., points) array
        NaN where one drug inhibits and the other promotes growth, for which Loewe has no answer; see
        `single_curves.one_direction`.

    References
    ----------
    Loewe 1926 (as restated in Van der Borght 2017, doi:10.1038/s41598-017-18068-5, generalised Loewe).

    Examples
    --------
    >>> curve = np.array([0.0, 1.0, 0.0, 0.0])
    >>> loewe_reference(curve, curve, np.array([1.0]), np.array([2.0])).round(9).tolist()
    [0.75]
    """
    low = np.minimum(first[..., 0], second[..., 0])[..., None] + 0.0 * doses_first
    high = np.maximum(first[..., 1], second[..., 1])[..., None] + 0.0 * doses_first
    rising = (first[..., 1] >= first[..., 0]) & (second[..., 1] >= second[..., 0])
    falling = (first[..., 1] < first[..., 0]) & (second[..., 1] < second[..., 0])
    # Two drugs that both promote growth are mirrored.
    sign = np.where(falling, -1.0, 1.0)[..., None]
    mirrored_first = np.concatenate([first[..., :2] * sign, first[..., 2:]], axis=-1)
    mirrored_second = np.concatenate([second[..., :2] * sign, second[..., 2:]], axis=-1)
    low = np.where(sign < 0, -np.maximum(first[..., :1], second[..., :1]) + 0.0 * doses_first, low)
    high = np.where(sign < 0, -np.minimum(first[..., 1:2], second[..., 1:2]) + 0.0 * doses_first, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        used = _share(mirrored_first, middle, doses_first) + _share(mirrored_second, middle, doses_second)
        more = used > 1.0
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.where((rising | falling)[..., None], sign * (low + high) / 2, np.nan)


def _share(curve: Floats, effect: Floats, doses: Floats) -> Floats:
    """d / D(y): infinite below the base, 0 beyond the plateau."""
    base, top = curve[..., :1], curve[..., 1:2]
    span = np.maximum(top - base, 1e-12)
    part = (effect - base) / span
    inside = (part > 0) & (part < 1)
    safe = np.where(inside, part, 0.5)
    log_dose = curve[..., 2:3] + np.exp(-curve[..., 3:4]) * (np.log(safe) - np.log1p(-safe))
    log_given = np.log(np.where(doses > 0, doses, 1.0))
    ratio = np.exp(np.clip(log_given - log_dose, -700.0, 700.0))
    share = np.where(inside, ratio, np.where(part <= 0, np.inf, 0.0))
    return np.where(doses > 0, share, np.where(part <= 0, np.inf, 0.0))


def loewe_excess(grids: PairGrids, curves: SingleCurves) -> Excess:
    """Excess of every matrix of a stack over Loewe additivity; cells in row order of the grid.

    Parameters
    ----------
    grids : PairGrids
        n matrices of n_first × n_second doses.
    curves : SingleCurves
        Of the same matrices.
    """
    count, rows, columns = grids.inhibition.shape
    first = np.repeat(grids.first, columns, axis=1)
    second = np.tile(grids.second, (1, rows))
    one, two = curves.first.parameters, curves.second.parameters
    reference = loewe_reference(one, two, first, second)
    jacobian = np.broadcast_to(np.eye(rows * columns), (count, rows * columns, rows * columns)).copy()
    edge_first = np.arange(rows) * columns
    edge_second = np.arange(columns)
    for curve, edge, leading in ((curves.first, edge_first, True), (curves.second, edge_second, False)):
        slopes = np.stack([_slope(one, two, first, second, leading, which) for which in range(4)], axis=2)
        jacobian[:, :, edge] -= slopes @ curve.sensitivity
    unknown = ~grids.combined.reshape(count, -1) | ~np.isfinite(reference)
    excess = grids.inhibition.reshape(count, -1) - reference
    return Excess(
        np.where(unknown, np.nan, reference),
        np.where(unknown, np.nan, excess),
        np.where(unknown[:, :, None], 0.0, np.nan_to_num(jacobian)),
    )


def _slope(one: Floats, two: Floats, first: Floats, second: Floats, leading: bool, which: int) -> Floats:
    """Derivative of the reference by one parameter, by central differences."""
    moved = np.zeros_like(one)
    moved[:, which] = _STEP
    ahead = (one + moved, two) if leading else (one, two + moved)
    behind = (one - moved, two) if leading else (one, two - moved)
    found: Floats = loewe_reference(*ahead, first, second) - loewe_reference(*behind, first, second)
    return found / (2 * _STEP)
