"""A sample of which little was seen: the other samples' posterior as prior, and readouts that deviate together.

The core, conditioned on the other samples, gives each readout a mean and all readouts one covariance C over the
sample's conditions. The sample's deviations from that mean are correlated between readouts too,

    vec(Δ) ~ N(0, Ω ⊗ C + σ² I),    Ω = (1 − λ) Ω̂ + λ I,

Ω̂ the correlation between readouts of what the other samples deviate by. λ is chosen on those samples: each is told
from five of its conditions under the correlation of the rest, and the λ with the least error is taken; 1 is the core.
The few conditions seen of the sample update it: pERK that stayed low there lowers pRSK elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

from kinescape.foundation.randomness import generator
from kinescape.model.core.low_rank import solved
from kinescape.model.fit import HierarchicalFit, condition_on, fit_hierarchical
from kinescape.model.held_out.tasks import SEEN_CONDITIONS
from kinescape.model.prediction import Prediction

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows

SHRINKAGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""λ to choose from; at 1 readouts deviate each for itself, as in the core."""
FEWEST_SAMPLES = 3
"""With fewer, what samples deviate by cannot be judged on another sample, and the core answers."""
DRAWS = 3
"""Sets of few conditions that each sample is told from, to choose λ."""
MOST_ENTRIES = 1500
"""Measured entries of a sample up to which readouts are joined; beyond, they speak for themselves."""


@dataclass(frozen=True)
class NewSampleFit:
    """The core with deviations correlated between readouts.

    Parameters
    ----------
    core : HierarchicalFit
        On all rows; its variances.
    design : Design
        Rows learned from.
    correlation : (n_readouts, n_readouts) array
        Ω, shrunk.
    shrinkage : float
        λ.
    """

    core: HierarchicalFit
    design: Design
    correlation: NDArray[np.float64]
    shrinkage: float

    def predict(self, rows: Rows) -> Prediction:
        """Posterior mean and 90 % interval of a new measurement, noise included."""
        return self.core.around(rows, *self.posterior(rows))

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the noiseless effects, both (n, n_readouts)."""
        mean, variance = self.core.posterior(rows)
        if self.shrinkage == 1.0:
            return mean, variance
        for sample in np.unique(rows.sample[rows.sample >= 0]):
            own = self.design.rows.sample == sample
            if own.all() or not own.any() or np.isfinite(self.design.response[own]).sum() > MOST_ENTRIES:
                continue
            here = rows.sample == sample
            others = _conditioned(self.design.take(~own), self.core)
            updated = _updated(
                others, self.design.take(own), rows.take(here), self.correlation, self.core.spread
            )
            mean[here], variance[here] = updated
        return mean, variance


def fit_new_sample(design: Design, *, core: HierarchicalFit | None = None) -> NewSampleFit:
    """Fit the core, then the correlation between readouts of what samples deviate by.

    Parameters
    ----------
    design : Design
        Rows to learn from; readouts may be missing anywhere.
    core : HierarchicalFit, optional
        Of the same design, where it was fitted before.
    """
    plain = fit_hierarchical(design) if core is None else core
    deviations = _deviations(design, plain)
    identity = np.eye(len(design.readouts))
    if len(deviations) < FEWEST_SAMPLES:
        return NewSampleFit(plain, design, identity, 1.0)
    values = [part for part, _ in deviations]
    scores = np.zeros(len(SHRINKAGES))
    for number, (own, covariance) in enumerate(deviations):
        rest = _correlation(values[:number] + values[number + 1 :])
        for seen in _few_seen(len(own), number):
            for index, share in enumerate(SHRINKAGES):
                mixed = (1 - share) * rest + share * identity
                scores[index] += _error_from_few(own, covariance, mixed, plain.noise, seen)
    best = SHRINKAGES[int(np.argmin(scores))]
    return NewSampleFit(plain, design, (1 - best) * _correlation(values) + best * identity, best)


def _conditioned(design: Design, core: HierarchicalFit) -> HierarchicalFit:
    return condition_on(design, core.components, core.variance, core.noise, core.scale)


def _posterior_covariance(others: HierarchicalFit, rows: Rows) -> NDArray[np.float64]:
    """Covariance of noiseless effects given the others, of the commonest pattern of measured rows, (n, n)."""
    prior = sum(
        (v * part.gram(rows, rows) for v, part in zip(others.variance, others.components, strict=True)),
        start=np.zeros((len(rows), len(rows))),
    )
    cross = others.covariance_with(rows)
    _, seen, factor, _ = max(others.patterns, key=lambda pattern: len(pattern[0]))
    return prior - cross[:, seen] @ solved(factor, cross[:, seen].T)


def _deviations(design: Design, core: HierarchicalFit) -> list[tuple[NDArray, NDArray]]:
    """For each sample, what it deviates from the prediction of the others, and the covariance of that."""
    found = []
    for sample in np.unique(design.rows.sample):
        own = design.rows.sample == sample
        if own.all():
            continue
        others = _conditioned(design.take(~own), core)
        mean, _ = others.posterior(design.rows.take(own))
        values = (design.response[own] - mean) / (core.scale * core.spread)
        found.append((values, _posterior_covariance(others, design.rows.take(own))))
    return found


def _few_seen(n_conditions: int, number: int) -> list[NDArray[np.bool_]]:
    """A few random conditions of a sample, several times; always the same ones."""
    if n_conditions <= SEEN_CONDITIONS:
        return []
    random = generator(0, "few conditions of a sample", number)
    drawn = [random.choice(n_conditions, SEEN_CONDITIONS, replace=False) for _ in range(DRAWS)]
    return [np.isin(np.arange(n_conditions), chosen) for chosen in drawn]


def _correlation(deviations: list[NDArray]) -> NDArray[np.float64]:
    """Correlation between readouts over all samples and conditions; missing entries are left out in pairs."""
    values = np.concatenate(deviations) if deviations else np.zeros((0, 0))
    seen = np.isfinite(values)
    filled = np.where(seen, values, 0.0)
    both = np.maximum(seen.T.astype(float) @ seen, 1.0)
    covariance = filled.T @ filled / both
    deviation = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    correlation = covariance / np.outer(deviation, deviation)
    # What pairwise counts made indefinite is cut off.
    weight, vectors = eigh(correlation)
    correlation = (vectors * np.maximum(weight, 1e-6)) @ vectors.T
    deviation = np.sqrt(np.diag(correlation))
    return np.asarray(correlation / np.outer(deviation, deviation))


def _error_from_few(
    values: NDArray, covariance: NDArray, correlation: NDArray, noise: float, seen: NDArray
) -> float:
    """Sum of squared errors of a sample's deviations, told from those of a few of its conditions."""
    row, column = np.nonzero(np.isfinite(values) & seen[:, None])
    within = covariance[np.ix_(row, row)] * correlation[np.ix_(column, column)]
    within[np.diag_indices(len(row))] += noise
    weights = np.zeros((len(values), values.shape[1]))
    weights[row, column] = np.linalg.solve(within, values[row, column])
    told = covariance @ weights @ correlation
    return float(np.nansum((values - told)[~seen] ** 2))


def _updated(
    others: HierarchicalFit, own: Design, wanted: Rows, correlation: NDArray, spread: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of the wanted rows' noiseless effects after the sample's own measurements."""
    scale = others.scale * spread
    prior_own, _ = others.posterior(own.rows)
    prior, _ = others.posterior(wanted)
    covariance = _posterior_covariance(others, _joined(own.rows, wanted))
    n = len(own)
    row, column = np.nonzero(np.isfinite(own.response))
    values = ((own.response - prior_own) / scale)[row, column]
    within = covariance[np.ix_(row, row)] * correlation[np.ix_(column, column)]
    within[np.diag_indices(len(row))] += others.noise
    factor = cho_factor(within, lower=True, check_finite=False)
    weights = cho_solve(factor, values, check_finite=False)
    mean, variance = np.empty_like(prior), np.empty_like(prior)
    across = covariance[n:, row]
    for readout in range(len(scale)):
        cross = across * correlation[readout, column]
        explained = np.einsum("nm,mn->n", cross, cho_solve(factor, cross.T, check_finite=False))
        mean[:, readout] = cross @ weights
        variance[:, readout] = np.maximum(np.diag(covariance)[n:] - explained, 0.0)
    return prior + mean * scale, variance * scale**2


def _joined(first: Rows, second: Rows) -> Rows:
    return type(first)(
        np.concatenate([first.sample, second.sample]),
        np.concatenate([first.condition, second.condition]),
        np.concatenate([first.dose, second.dose]),
    )
