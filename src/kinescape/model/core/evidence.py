"""The evidence of the core's variances, with its gradient, and the data in the form that makes it cheap.

Readouts that share their measured rows make a block. Where every sample has the same conditions two small blocks say
the same; where rows are many and their features few, the features do (`low_rank`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import OptimizeResult, minimize

from kinescape.model.core.kernels import Component, rotated
from kinescape.model.core.low_rank import JITTER, LARGE, FeatureBlock, features_of, inverse_of

if TYPE_CHECKING:
    from kinescape.model.design import Rows

LOWEST, HIGHEST = -12.0, 6.0
"""Bounds of the log variances: a component may go to nothing."""


@dataclass(frozen=True)
class Block:
    """Columns that share their rows: a stack of Gram matrices and the scaled effects.

    Parameters
    ----------
    grams : (n_components, m, m) array
        Covariance of each component.
    effects : (m, n_columns) array
        Scaled effects, complete; columns may be rotated into fewer.
    columns : int, optional
        How many columns there were before.
    """

    grams: NDArray[np.float64]
    effects: NDArray[np.float64]
    columns: int | None = None


def evidence(
    log_variance: NDArray, blocks: Sequence[Block | FeatureBlock]
) -> tuple[float, NDArray[np.float64]]:
    """Negative log evidence of all columns, and its gradient.

    With v_k the variance of component k (the last is the noise), K = Σ v_k K_k, A = K⁻¹ Z:

        −log p = Σ ½ (R log|K| + tr(ZᵀA) + R m log 2π)
        d/d log v_k = v_k/2 (R tr(K⁻¹K_k) − tr(AᵀK_kA))

    Parameters
    ----------
    log_variance : (n_components + 1,) array
        Logarithms of the variances, noise last.
    blocks : sequence of Block or FeatureBlock
        The data, in groups of columns with the same rows.

    Returns
    -------
    float
        Negative log evidence.
    (n_components + 1,) array
        Its gradient.
    """
    variance = np.exp(log_variance)
    value, gradient = 0.0, np.zeros(len(variance))
    for block in blocks:
        if isinstance(block, FeatureBlock):
            own, slope = block.evidence(variance)
            value, gradient = value + own, gradient + slope
            continue
        m, columns = block.effects.shape
        columns = columns if block.columns is None else block.columns
        covariance = np.tensordot(variance[:-1], block.grams, axes=1)
        covariance[np.diag_indices(m)] += variance[-1] + JITTER
        lower = cholesky(covariance, lower=True, check_finite=False)
        solved = cho_solve((lower, True), block.effects, check_finite=False)
        inverse = inverse_of(lower)
        value += columns * np.log(np.diag(lower)).sum() + 0.5 * (block.effects * solved).sum()
        value += 0.5 * columns * m * np.log(2 * np.pi)
        inner = columns * inverse - solved @ solved.T
        gradient[:-1] += 0.5 * block.grams.reshape(len(block.grams), -1) @ inner.ravel()
        gradient[-1] += 0.5 * np.trace(inner)
    return value, gradient * variance


def maximise(guesses: list[NDArray], blocks: Sequence[Block | FeatureBlock]) -> OptimizeResult:
    """The best optimum of the evidence that the starting points lead to."""
    found = [
        minimize(
            evidence,
            guess,
            args=(blocks,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(LOWEST, HIGHEST)] * len(guess),
            options={"maxiter": 200, "ftol": 1e-7, "gtol": 1e-2},
        )
        for guess in guesses
    ]
    return min(found, key=lambda result: float(result.fun))


def blocks_of(
    components: tuple[Component, ...], grams: NDArray | None, rows: Rows, effects: NDArray
) -> list[Block | FeatureBlock]:
    """The data in groups of columns with the same rows.

    Parameters
    ----------
    components : tuple of Component
        Kernels.
    grams : (n_components, n, n) array or None
        Their Gram matrices over the rows; None to make them where there is need of them.
    rows : Rows
        Learned from.
    effects : (n, n_readouts) array
        Scaled; NaN where not measured.
    """
    return [
        block
        for columns, seen in patterns_of(effects)
        for block in _blocks(components, grams, rows, effects, columns, seen)
    ]


def patterns_of(effects: NDArray) -> list[tuple[NDArray, NDArray]]:
    """Readouts grouped by the rows in which they were measured; never-measured readouts are left out."""
    seen = ~np.isnan(effects)
    distinct, which = np.unique(seen, axis=1, return_inverse=True)
    return [
        (np.flatnonzero(which.ravel() == p), np.flatnonzero(distinct[:, p]))
        for p in range(distinct.shape[1])
        if distinct[:, p].any()
    ]


def _blocks(
    components: tuple[Component, ...],
    grams: NDArray | None,
    rows: Rows,
    effects: NDArray,
    columns: NDArray,
    seen: NDArray,
) -> Sequence[Block | FeatureBlock]:
    """The data of one pattern; where every sample has the same conditions, two small blocks say the same.

    With S samples of the same C conditions the covariance is A ⊗ J + B ⊗ I (J all ones, A shared, B within).
    The mean over samples times √S then has covariance S·A + B, each of S − 1 contrasts has B, and all are
    independent.
    """
    within = np.array([component.within_sample for component in components])
    order = seen[np.lexsort((rows.condition[seen], rows.sample[seen]))]
    samples, counts = np.unique(rows.sample[order], return_counts=True)
    S, C = len(samples), int(counts[0])
    grid = S > 1 and C <= LARGE and bool((counts == C).all())
    if grid:
        texts, doses = rows.condition[order].reshape(S, C), rows.dose[order].reshape(S, C, -1)
        grid = bool((texts == texts[0]).all() and (doses == doses[0]).all())
    values = effects[np.ix_(order, columns)]
    if not grid:
        return [_one_block(components, grams, rows, order, values)]
    small = _grams(components, grams, rows, order[:C])
    stacked = values.reshape(S, C, len(columns))
    # Helmert contrasts: orthonormal rows, the first is the mean times √S.
    contrast = _helmert(S)
    rotated = np.einsum("st,tcr->scr", contrast, stacked)
    mean = Block(small * np.where(within, 1.0, S)[:, None, None], rotated[0])
    rest = Block(
        small * np.where(within, 1.0, 0.0)[:, None, None],
        rotated[1:].transpose(1, 0, 2).reshape(C, (S - 1) * len(columns)),
    )
    return [mean, rest]


def _one_block(
    components: tuple[Component, ...], grams: NDArray | None, rows: Rows, order: NDArray, values: NDArray
) -> Block | FeatureBlock:
    """The data of one pattern as they are: by features where rows are many, fewer columns where these are more."""
    features = features_of(components, rows.take(order))
    if features is not None:
        return FeatureBlock.of(features, values)
    stack = _grams(components, grams, rows, order)
    if len(order) > LARGE and values.shape[1] > len(order):
        # The evidence needs Z Zᵀ alone, which a rotation of the columns keeps.
        return Block(stack, rotated(values), values.shape[1])
    return Block(stack, values)


def _grams(
    components: tuple[Component, ...], grams: NDArray | None, rows: Rows, chosen: NDArray
) -> NDArray[np.float64]:
    """Gram matrices of chosen rows, (n_components, m, m); made where they are not at hand."""
    if grams is not None:
        return np.asarray(grams[:, chosen[:, None], chosen[None, :]])
    own = rows.take(chosen)
    return np.array([component.gram(own, own) for component in components])


def _helmert(size: int) -> NDArray:
    matrix = np.zeros((size, size))
    matrix[0] = 1 / np.sqrt(size)
    for row in range(1, size):
        matrix[row, :row] = 1 / np.sqrt(row * (row + 1))
        matrix[row, row] = -row / np.sqrt(row * (row + 1))
    return matrix
