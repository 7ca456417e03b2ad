"""Influence over a signed network: what spreads from a node in a few steps, and what it does to growth.

Two questions, two scalings of the signed adjacency matrix S (row = source, column = target), with D_o and D_i the
numbers of edges that leave and reach a node:

- footprint, W = D_o^-1/2 S D_i^-1/2:  F(x) = Σ_{k=1..4} 0.9^k x W^k, what a change of the nodes x leaves behind;
- influence, W = D_o^-1 S:  g = Σ_{k=0..4} 0.8^k W^k e, what each node does to the effectors e; divided by the same
  sum over unsigned edges it lies between −1 (holds growth back) and +1 (drives it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
FOOTPRINT_DECAY = 0.9
INFLUENCE_DECAY = 0.8
STEPS = 4
_BLOCK = 512


def scaled(signed: csr_matrix, *, sources: float, targets: float) -> csr_matrix:
    """Divide each edge by powers of its source's out-degree and its target's in-degree.

    Parameters
    ----------
    signed : (n, n) sparse matrix
        +1, −1 or 0 for each linked pair.
    sources, targets : float
        The powers: 0.5 and 0.5 for footprints, 1 and 0 for influence.
    """
    from scipy.sparse import diags

    size = abs(signed)
    leaving = np.asarray(size.sum(axis=1)).ravel()
    reaching = np.asarray(size.sum(axis=0)).ravel()
    return diags(_power(leaving, -sources)) @ signed @ diags(_power(reaching, -targets))


def _power(counts: Floats, exponent: float) -> Floats:
    result = np.ones_like(counts)
    positive = counts > 0
    result[positive] = counts[positive] ** exponent
    return result


def footprint(
    walk: csr_matrix, start: Floats, *, decay: float = FOOTPRINT_DECAY, steps: int = STEPS
) -> Floats:
    """What changes of the start nodes leave behind downstream: Σ_{k=1..steps} decay^k x W^k.

    Parameters
    ----------
    walk : (n, n) sparse matrix
        From `scaled`.
    start : (m, n) array
        One row a starting pattern.

    Returns
    -------
    (m, n) array

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> footprint(csr_matrix([[0.0, 1.0], [0.0, 0.0]]), np.array([[1.0, 0.0]]))
    array([[0. , 0.9]])
    """
    spread = np.atleast_2d(np.asarray(start, dtype=np.float64)).T
    total = np.zeros_like(spread)
    turned = walk.T.tocsr()
    for _ in range(steps):
        spread = decay * (turned @ spread)
        total += spread
    result: Floats = total.T
    return result


def influence(signed: csr_matrix, effect: Floats) -> Floats:
    """Net influence of each node on the effectors, between −1 and +1; NaN for nodes that reach none.

    Parameters
    ----------
    signed : (n, n) sparse matrix
    effect : (n,) array
        +1 for effectors that drive growth, −1 for those that hold it back, 0 elsewhere.

    Notes
    -----
    (Σ_k α^k W^k e) / (Σ_k α^k |W|^k |e|), W = D_o^-1 S, α = 0.8, k = 0..4. An effector counts itself (k = 0).
    """
    walk = scaled(signed, sources=1.0, targets=0.0)
    net, whole = np.array(effect, dtype=np.float64), np.abs(np.asarray(effect, dtype=np.float64))
    total_net, total_whole = net.copy(), whole.copy()
    plain = abs(walk)
    for _ in range(STEPS):
        net, whole = INFLUENCE_DECAY * (walk @ net), INFLUENCE_DECAY * (plain @ whole)
        total_net += net
        total_whole += whole
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(total_whole > 0, total_net / total_whole, np.nan)
    return result


@dataclass(frozen=True)
class Footprints:
    """Footprints of all the nodes of a network, without holding them all at once.

    Parameters
    ----------
    walk : (n, n) sparse matrix
        From `scaled` with powers 0.5 and 0.5.
    """

    walk: Any

    def norms(self, places: NDArray[np.int64]) -> Floats:
        """Length of the footprints of some nodes."""
        n = self.walk.shape[0]
        result = np.zeros(places.size)
        for begin in range(0, places.size, _BLOCK):
            part = places[begin : begin + _BLOCK]
            start = np.zeros((part.size, n))
            start[np.arange(part.size), part] = 1.0
            result[begin : begin + _BLOCK] = np.linalg.norm(footprint(self.walk, start), axis=1)
        return result

    def of(self, places: list[int]) -> Floats:
        """The joint footprint of some nodes, as one row."""
        start = np.zeros((1, self.walk.shape[0]))
        start[0, places] = 1.0
        result: Floats = footprint(self.walk, start)[0]
        return result

    def similarity(self, pattern: Floats) -> Floats:
        """Cosine of each node's footprint with a pattern; 0 for nodes that leave none.

        Notes
        -----
        F(e_i) · f = Σ_k d^k (W^k f)_i needs only products with a vector.
        """
        spread = np.asarray(pattern, dtype=np.float64)
        total = np.zeros_like(spread)
        for _ in range(STEPS):
            spread = FOOTPRINT_DECAY * (self.walk @ spread)
            total += spread
        result: Floats = np.zeros_like(total)
        touched = np.flatnonzero(total)
        if touched.size:
            result[touched] = total[touched] / (self.norms(touched) * np.linalg.norm(pattern))
        return result
