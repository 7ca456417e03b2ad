"""The hierarchical Gaussian core: samples, agents and pairs share one covariance, its variances by evidence.

With z_r the effects of readout r over the rows, divided by the readout's root mean square,

    z_r ~ N(0, K + σ² I),    K = Σ_k a_k K_k + Σ_k b_k K_k ∘ [same sample],

the same K for every readout. The log variances maximise the evidence summed over readouts. A readout uses
the rows in which it was measured; nothing is filled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor

from kinescape.model.core.calibration import UNCALIBRATED, Calibration, calibrate
from kinescape.model.core.evidence import blocks_of, maximise, patterns_of
from kinescape.model.core.kernels import CORE, Component, Kernel, core_components
from kinescape.model.core.low_rank import JITTER, LARGE, Factor, LowRankFactor, features_of, solved
from kinescape.model.prediction import Prediction

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows

SMALL = 150
"""Up to this many rows the optimiser has three starting points."""
SHARED_DEGREES = 10.0
"""Weight, in rows, of the common residual scale against a readout's own."""
MOST_ENTRIES = 10_000_000
"""Of a covariance between rows asked for and rows learned from; more rows are asked for in parts."""


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
    patterns : tuple of (columns, row index, factor, weights)
        Readouts that share their measured rows; the factor is that of their covariance (`solved` undoes it).
    negative_log_evidence : float
        At the optimum.
    converged : bool
        Whether the optimiser says so.
    calibration : Calibration
        How wide intervals are, in standard deviations.
    memory : list of Carried
        What was asked last; fits that differ in their effects only share it.
    """

    components: tuple[Component, ...]
    variance: NDArray[np.float64]
    noise: float
    scale: NDArray[np.float64]
    spread: NDArray[np.float64]
    rows: Rows
    patterns: tuple[tuple[NDArray, NDArray, Factor, NDArray], ...]
    negative_log_evidence: float
    converged: bool
    calibration: Calibration = UNCALIBRATED
    memory: list[Carried] = field(default_factory=list, compare=False, repr=False)

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

    def parts_of(self, rows: Rows) -> list[Rows]:
        """Rows in parts of which the covariances with those learned from are of moderate size; mostly one."""
        step = max(MOST_ENTRIES // max(len(self.rows), 1), 1)
        if len(rows) <= step:
            return [rows]
        return [rows.take(np.arange(at, min(at + step, len(rows)))) for at in range(0, len(rows), step)]

    def carried(self, rows: Rows) -> Carried:
        """What rows have to do with those learned from; kept for the next fit that asks for the same rows."""
        factors = tuple(factor for _, _, factor, _ in self.patterns)
        for kept in self.memory:
            if kept.rows is rows and all(a is b for a, b in zip(kept.factors, factors, strict=True)):
                return kept
        cross = self.covariance_with(rows)
        prior = sum(
            (
                v * component.diagonal(rows)
                for v, component in zip(self.variance, self.components, strict=True)
            ),
            start=np.zeros(len(rows)),
        )
        half = tuple(solved(factor, cross[:, seen].T) for _, seen, factor, _ in self.patterns)
        found = Carried(rows, factors, cross, prior, half)
        self.memory[:] = [found]
        return found

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the noiseless effects, both (n, n_readouts)."""
        if len(parts := self.parts_of(rows)) > 1:
            told = [self.posterior(part) for part in parts]
            return np.concatenate([mean for mean, _ in told]), np.concatenate([rest for _, rest in told])
        found = self.carried(rows)
        mean = np.zeros((len(rows), len(self.scale)))
        variance = np.tile(found.prior[:, None], (1, len(self.scale)))
        for (columns, seen, _, weights), half in zip(self.patterns, found.half, strict=True):
            cross = found.cross[:, seen]
            mean[:, columns] = cross @ weights
            explained = np.einsum("nm,mn->n", cross, half)
            variance[:, columns] = np.maximum(found.prior - explained, 0.0)[:, None]
        return mean * self.scale, variance * (self.spread * self.scale) ** 2


@dataclass(frozen=True)
class Carried:
    """What some rows have to do with those learned from.

    Parameters
    ----------
    rows : Rows
        The n rows asked for.
    factors : tuple of Factor
        Of the patterns, to know the fit by.
    cross : (n, n_train) array
        Prior covariance with the rows learned from, scaled units.
    prior : (n,) array
        Prior variance.
    half : tuple of (m, n) array
        For each pattern (K + σ² I)⁻¹ times the covariance with its m rows.
    """

    rows: Rows
    factors: tuple[Factor, ...]
    cross: NDArray[np.float64]
    prior: NDArray[np.float64]
    half: tuple[NDArray[np.float64], ...]


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
    # Many rows: matrices are made block by block where there is need of them.
    few = len(design) <= LARGE
    grams = np.array([part.gram(design.rows, design.rows) for part in components]) if few else None
    count = starts if starts is not None else 3 if len(design) <= SMALL else 1
    guesses = _starts(len(components))[:count]
    alike = _samples_alike(design.rows)
    whole = features_of(components, design.rows) is None
    if whole and len(design) > SMALL and len(design) / 2 <= alike.sum() < len(design):
        # Samples with one and the same set of conditions make small blocks: most of the way is cheap there.
        masked = np.where(alike[:, None], effects, np.nan)
        guesses = [maximise(guesses, blocks_of(components, grams, design.rows, masked)).x]
    best = maximise(guesses, blocks_of(components, grams, design.rows, effects))
    variance = np.exp(best.x)
    core = condition_on(
        design, components, variance[:-1], float(variance[-1]), scale, float(best.fun), bool(best.success)
    )
    return replace(core, calibration=calibrate(design, core))


def _samples_alike(rows: Rows) -> NDArray[np.bool_]:
    """Rows of the samples that share the commonest set of conditions."""
    sets = {
        int(sample): tuple(sorted(rows.condition[rows.sample == sample].tolist()))
        for sample in np.unique(rows.sample)
    }
    commonest, _ = Counter(sets.values()).most_common(1)[0]
    return np.isin(rows.sample, [sample for sample, own in sets.items() if own == commonest])


def memory_bytes(design: Design, components: int = 9) -> int:
    """Memory that fitting the core takes at most, estimated before it is asked for.

    Two copies of each component's Gram matrix over the rows, and a factor for each set of rows in which some
    readout was measured.
    """
    patterns = len({column.tobytes() for column in np.isnan(design.response).T})
    return 8 * len(design) ** 2 * (2 * components + 2 * patterns)


def expected_bytes(design: Design) -> int:
    """Memory that fitting the core is expected to take: less than at most where many rows have few features."""
    features = features_of(core_components(design.rows), design.rows)
    if features is None:
        return memory_bytes(design)
    n, readouts = design.response.shape
    return min(memory_bytes(design), 8 * (6 * n * (features.phi.shape[1] + readouts) + 4 * MOST_ENTRIES))


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
    covariance = None
    parts: list[tuple[NDArray, NDArray, Factor]] = []
    for columns, seen in patterns_of(design.response):
        features = features_of(components, design.rows.take(seen))
        if features is not None:
            parts.append((columns, seen, LowRankFactor.of(features, np.asarray(variance), noise)))
            continue
        if covariance is None:
            covariance = _combined(components, variance, design.rows, design.rows)
        within = covariance[np.ix_(seen, seen)]
        within[np.diag_indices(len(seen))] += noise + JITTER
        parts.append((columns, seen, cho_factor(within, lower=True, check_finite=False)[0]))
    weights, spread = _weighed(design.response / scale, parts)
    return HierarchicalFit(
        components,
        variance,
        noise,
        scale,
        spread,
        design.rows,
        weights,
        negative_log_evidence,
        converged,
    )


def with_effects(core: HierarchicalFit, response: NDArray) -> HierarchicalFit:
    """The same posterior on other effects of the same rows, missing in the same places; nothing is factored again."""
    parts = [(columns, seen, factor) for columns, seen, factor, _ in core.patterns]
    patterns, spread = _weighed(response / core.scale, parts)
    return replace(core, patterns=patterns, spread=spread)


def _weighed(
    effects: NDArray, parts: list[tuple[NDArray, NDArray, Factor]]
) -> tuple[tuple[tuple[NDArray, NDArray, Factor, NDArray], ...], NDArray[np.float64]]:
    """Patterns with the weights of their rows, and how wide the residuals of each readout are."""
    spread = np.ones(effects.shape[1])
    found = []
    for columns, seen, factor in parts:
        values = effects[np.ix_(seen, columns)]
        weights = solved(factor, values)
        energy = (values * weights).sum(axis=0)
        spread[columns] = np.sqrt((SHARED_DEGREES + energy) / (SHARED_DEGREES + len(seen)))
        found.append((columns, seen, factor, weights))
    return tuple(found), spread


def _combined(components: tuple[Component, ...], variance: NDArray, left: Rows, right: Rows) -> NDArray:
    total = np.zeros((len(left), len(right)))
    for v, component in zip(variance, components, strict=True):
        total += v * component.gram(left, right)
    return total


def _starts(n_components: int) -> list[NDArray]:
    even = np.full(n_components + 1, np.log(0.5 / max(n_components, 1)))
    even[-1] = np.log(0.3)
    noisy = np.full(n_components + 1, np.log(0.05))
    noisy[-1] = np.log(0.8)
    quiet = np.full(n_components + 1, np.log(0.3))
    quiet[-1] = np.log(0.05)
    return [even, noisy, quiet]
