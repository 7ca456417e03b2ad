"""The hierarchical Gaussian core: samples, agents and pairs share one covariance, its variances by evidence.

With z_r the effects of readout r over the rows, divided by the readout's root mean square,

    z_r ~ N(0, K + σ² I),    K = Σ_k a_k K_k + Σ_k b_k K_k ∘ [same sample],

the same K for every readout. The log variances maximise the evidence summed over readouts. A readout uses
the rows in which it was measured; nothing is filled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, lapack
from scipy.optimize import OptimizeResult, minimize

from kinescape.model.calibration import UNCALIBRATED, Calibration, calibrate
from kinescape.model.kernels import CORE, Component, Kernel, core_components
from kinescape.model.prediction import Prediction

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows

LOWEST, HIGHEST = -12.0, 6.0
"""Bounds of the log variances: a component may go to nothing."""
JITTER = 1e-8
SMALL = 150
"""Up to this many rows the optimiser has three starting points."""
SHARED_DEGREES = 10.0
"""Weight, in rows, of the common residual scale against a readout's own."""


@dataclass(frozen=True)
class Block:
    """Columns that share their rows: a stack of Gram matrices and the scaled effects.

    Parameters
    ----------
    grams : (n_components, m, m) array
        Covariance of each component.
    effects : (m, n_columns) array
        Scaled effects, complete.
    """

    grams: NDArray[np.float64]
    effects: NDArray[np.float64]


def evidence(log_variance: NDArray, blocks: list[Block]) -> tuple[float, NDArray[np.float64]]:
    """Negative log evidence of all columns, and its gradient.

    With v_k the variance of component k (the last is the noise), K = Σ v_k K_k, A = K⁻¹ Z:

        −log p = Σ ½ (R log|K| + tr(ZᵀA) + R m log 2π)
        d/d log v_k = v_k/2 (R tr(K⁻¹K_k) − tr(AᵀK_kA))

    Parameters
    ----------
    log_variance : (n_components + 1,) array
        Logarithms of the variances, noise last.
    blocks : list of Block
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
        m, columns = block.effects.shape
        covariance = np.tensordot(variance[:-1], block.grams, axes=1)
        covariance[np.diag_indices(m)] += variance[-1] + JITTER
        lower = cholesky(covariance, lower=True, check_finite=False)
        solved = cho_solve((lower, True), block.effects, check_finite=False)
        inverse = _inverse(lower)
        value += columns * np.log(np.diag(lower)).sum() + 0.5 * (block.effects * solved).sum()
        value += 0.5 * columns * m * np.log(2 * np.pi)
        inner = columns * inverse - solved @ solved.T
        gradient[:-1] += 0.5 * block.grams.reshape(len(block.grams), -1) @ inner.ravel()
        gradient[-1] += 0.5 * np.trace(inner)
    return value, gradient * variance


def _inverse(lower: NDArray) -> NDArray:
    """Inverse of L Lᵀ, whole and symmetric."""
    inverse, _ = lapack.dpotri(lower, lower=True)
    upper = np.tril(inverse, -1)
    return np.tril(inverse) + upper.T


@dataclass(frozen=True)
class HierarchicalFit:
    """The fitted core.

    Parameters
    ----------
    components : tuple of Component
        Kernels, in the order of `variance`.
    variance : (n_components,) array
        Prior variance of each component, in units of the readouts' mean square.
    noise : float
        Residual variance, same units.
    scale : (n_readouts,) array
        Root mean square of each readout; what effects are divided by.
    spread : (n_readouts,) array
        How much wider or narrower a readout's residuals are than the common covariance says.
    rows : Rows
        The rows learned from.
    patterns : tuple of (columns, row index, Cholesky factor, weights)
        Readouts that share their measured rows.
    negative_log_evidence : float
        At the optimum.
    converged : bool
        Whether the optimiser says so.
    calibration : Calibration
        How wide intervals are, in standard deviations.
    """

    components: tuple[Component, ...]
    variance: NDArray[np.float64]
    noise: float
    scale: NDArray[np.float64]
    spread: NDArray[np.float64]
    rows: Rows
    patterns: tuple[tuple[NDArray, NDArray, NDArray, NDArray], ...]
    negative_log_evidence: float
    converged: bool
    calibration: Calibration = UNCALIBRATED

    def predict(self, rows: Rows) -> Prediction:
        """Posterior mean and 90 % interval of a new measurement, noise included."""
        return self.around(rows, *self.posterior(rows))

    def around(self, rows: Rows, mean: NDArray, variance: NDArray) -> Prediction:
        """The calibrated interval of a new measurement, from the variance of its noiseless effect."""
        quantile = self.calibration.quantile(rows, self.rows)
        return Prediction.around(mean, quantile * np.sqrt(variance + self.noise_variance))

    @property
    def noise_variance(self) -> NDArray[np.float64]:
        """Residual variance of each readout in effect units, (n_readouts,)."""
        return self.noise * self.spread**2 * self.scale**2

    def covariance_with(self, rows: Rows) -> NDArray[np.float64]:
        """Prior covariance of rows with the rows learned from, scaled units, (n, n_train)."""
        return _combined(self.components, self.variance, rows, self.rows)

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the noiseless effects, both (n, n_readouts)."""
        cross = self.covariance_with(rows)
        prior = sum(
            (
                v * component.diagonal(rows)
                for v, component in zip(self.variance, self.components, strict=True)
            ),
            start=np.zeros(len(rows)),
        )
        mean = np.zeros((len(rows), len(self.scale)))
        variance = np.tile(prior[:, None], (1, len(self.scale)))
        for columns, seen, lower, weights in self.patterns:
            mean[:, columns] = cross[:, seen] @ weights
            half = cho_solve((lower, True), cross[:, seen].T, check_finite=False)
            explained = np.einsum("nm,mn->n", cross[:, seen], half)
            variance[:, columns] = np.maximum(prior - explained, 0.0)[:, None]
        return mean * self.scale, variance * (self.spread * self.scale) ** 2


def fit_hierarchical(
    design: Design,
    *,
    kernels: tuple[tuple[str, Kernel], ...] = CORE,
    starts: int | None = None,
) -> HierarchicalFit:
    """Fit the core to a design.

    Parameters
    ----------
    design : Design
        Rows to learn from; readouts may be missing anywhere.
    kernels : tuple of (name, kernel)
        What may make conditions alike.
    starts : int, optional
        Starting points of the optimiser; by default three for up to 150 rows, one beyond.

    Returns
    -------
    HierarchicalFit
        Variances, weights and what prediction needs.
    """
    components = core_components(design.rows, kernels)
    scale = design.readout_scale
    effects = design.response / scale
    grams = np.array([component.gram(design.rows, design.rows) for component in components])
    count = starts if starts is not None else 3 if len(design) <= SMALL else 1
    guesses = _starts(len(components))[:count]
    alike = _samples_alike(design.rows)
    if len(design) > SMALL and len(design) / 2 <= alike.sum() < len(design):
        # Samples with one and the same set of conditions make small blocks: most of the way is cheap there.
        masked = np.where(alike[:, None], effects, np.nan)
        guesses = [_maximise(guesses, _all_blocks(components, grams, design.rows, masked)).x]
    best = _maximise(guesses, _all_blocks(components, grams, design.rows, effects))
    variance = np.exp(best.x)
    core = condition_on(
        design, components, variance[:-1], float(variance[-1]), scale, float(best.fun), bool(best.success)
    )
    return replace(core, calibration=calibrate(design, core))


def _maximise(guesses: list[NDArray], blocks: list[Block]) -> OptimizeResult:
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


def _samples_alike(rows: Rows) -> NDArray[np.bool_]:
    """Rows of the samples that share the commonest set of conditions."""
    sets = {
        int(sample): tuple(sorted(rows.condition[rows.sample == sample].tolist()))
        for sample in np.unique(rows.sample)
    }
    commonest, _ = Counter(sets.values()).most_common(1)[0]
    return np.isin(rows.sample, [sample for sample, own in sets.items() if own == commonest])


def _all_blocks(
    components: tuple[Component, ...], grams: NDArray, rows: Rows, effects: NDArray
) -> list[Block]:
    return [
        block
        for columns, seen in _patterns(effects)
        for block in _blocks(components, grams, rows, effects, columns, seen)
    ]


def memory_bytes(design: Design, components: int = 9) -> int:
    """Memory that fitting the core takes at its peak, estimated before it is asked for.

    Two copies of each component's Gram matrix over the rows, and a factor for each set of rows in which some
    readout was measured.
    """
    patterns = len({column.tobytes() for column in np.isnan(design.response).T})
    return 8 * len(design) ** 2 * (2 * components + 2 * patterns)


def condition_on(
    design: Design,
    components: tuple[Component, ...],
    variance: NDArray,
    noise: float,
    scale: NDArray,
    negative_log_evidence: float = float("nan"),
    converged: bool = True,
) -> HierarchicalFit:
    """The posterior of given variances on given rows; no optimisation."""
    effects = design.response / scale
    covariance = _combined(components, variance, design.rows, design.rows)
    spread = np.ones(len(scale))
    parts = []
    for columns, seen in _patterns(effects):
        within = covariance[np.ix_(seen, seen)]
        within[np.diag_indices(len(seen))] += noise + JITTER
        lower = cho_factor(within, lower=True, check_finite=False)[0]
        values = effects[np.ix_(seen, columns)]
        weights = cho_solve((lower, True), values, check_finite=False)
        energy = (values * weights).sum(axis=0)
        spread[columns] = np.sqrt((SHARED_DEGREES + energy) / (SHARED_DEGREES + len(seen)))
        parts.append((columns, seen, lower, weights))
    return HierarchicalFit(
        components,
        variance,
        noise,
        scale,
        spread,
        design.rows,
        tuple(parts),
        negative_log_evidence,
        converged,
    )


def _combined(components: tuple[Component, ...], variance: NDArray, left: Rows, right: Rows) -> NDArray:
    total = np.zeros((len(left), len(right)))
    for v, component in zip(variance, components, strict=True):
        total += v * component.gram(left, right)
    return total


def _patterns(effects: NDArray) -> list[tuple[NDArray, NDArray]]:
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
    grams: NDArray,
    rows: Rows,
    effects: NDArray,
    columns: NDArray,
    seen: NDArray,
) -> list[Block]:
    """The data of one pattern; where every sample has the same conditions, two small blocks say the same.

    With S samples of the same C conditions the covariance is A ⊗ J + B ⊗ I (J all ones, A shared, B within).
    The mean over samples times √S then has covariance S·A + B, each of S − 1 contrasts has B, and all are
    independent.
    """
    within = np.array([component.within_sample for component in components])
    order = seen[np.lexsort((rows.condition[seen], rows.sample[seen]))]
    samples, counts = np.unique(rows.sample[order], return_counts=True)
    S, C = len(samples), int(counts[0])
    grid = S > 1 and (counts == C).all()
    if grid:
        texts, doses = rows.condition[order].reshape(S, C), rows.dose[order].reshape(S, C, -1)
        grid = bool((texts == texts[0]).all() and (doses == doses[0]).all())
    values = effects[np.ix_(order, columns)]
    if not grid:
        return [Block(grams[:, order[:, None], order[None, :]], values)]
    first = order[:C]
    small = grams[:, first[:, None], first[None, :]]
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


def _helmert(size: int) -> NDArray:
    matrix = np.zeros((size, size))
    matrix[0] = 1 / np.sqrt(size)
    for row in range(1, size):
        matrix[row, :row] = 1 / np.sqrt(row * (row + 1))
        matrix[row, row] = -row / np.sqrt(row * (row + 1))
    return matrix


def _starts(n_components: int) -> list[NDArray]:
    even = np.full(n_components + 1, np.log(0.5 / max(n_components, 1)))
    even[-1] = np.log(0.3)
    noisy = np.full(n_components + 1, np.log(0.05))
    noisy[-1] = np.log(0.8)
    quiet = np.full(n_components + 1, np.log(0.3))
    quiet[-1] = np.log(0.05)
    return [even, noisy, quiet]
