"""The plain baselines that every member stands beside: mean, nearest condition, sum of singles, ridge.

All of them take a design with missing readouts as it is: each readout uses the rows in which it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from kinescape.model.design import Design, Rows
from kinescape.model.prediction import INTERVAL, Prediction

STRENGTHS = 10.0 ** np.arange(-3.0, 2.01, 0.25)
"""Ridge strengths to choose from."""


@dataclass(frozen=True)
class MeanFit:
    """The sample's own mean effect of each readout; that of all samples where it has none."""

    design: Design

    def predict(self, rows: Rows) -> Prediction:
        """The same effect for every condition of a sample."""
        design = self.design
        overall = _mean_of(design.response)
        means = np.array(
            [_mean_of(design.response[design.rows.sample == s]) for s in range(len(design.samples))]
        )
        means = np.where(np.isnan(means), overall, means)
        known = rows.sample >= 0
        mean = np.where(known[:, None], means[np.maximum(rows.sample, 0)], overall)
        return Prediction(np.nan_to_num(mean))


def fit_mean(design: Design) -> MeanFit:
    """Mean of the sample's rows."""
    return MeanFit(design)


@dataclass(frozen=True)
class NearestFit:
    """The measured condition with the nearest doses; the same sample before others.

    Parameters
    ----------
    design : Design
        Rows to choose from.
    other_sample : float
        Distance that another sample adds, in dose codes. The default only breaks ties: the same condition in
        another sample is nearer than another condition in the same one.
    """

    design: Design
    other_sample: float = 1e-4

    def predict(self, rows: Rows) -> Prediction:
        """Mean over the nearest rows; for each readout the nearest in which it was measured."""
        train = self.design.rows
        distance = np.abs(rows.dose[:, None, :] - train.dose[None, :, :]).sum(axis=2)
        distance = np.round(distance, 6) + self.other_sample * (rows.sample[:, None] != train.sample[None, :])
        mean = np.zeros((len(rows), self.design.response.shape[1]))
        for readout in range(mean.shape[1]):
            seen = np.flatnonzero(~np.isnan(self.design.response[:, readout]))
            if len(seen) == 0:
                continue
            near = distance[:, seen]
            ties = near <= near.min(axis=1, keepdims=True) + 1e-9
            mean[:, readout] = ties @ self.design.response[seen, readout] / ties.sum(axis=1)
        return Prediction(mean)


def fit_nearest_condition(design: Design) -> NearestFit:
    """Nearest measured condition."""
    return NearestFit(design)


@dataclass(frozen=True)
class SumOfSinglesFit:
    """Effects of the single agents, added."""

    design: Design

    def predict(self, rows: Rows) -> Prediction:
        """Sum over the row's agents of the effect of that agent alone.

        The single of the same sample and the nearest dose is taken; where the sample has none, the mean of
        the other samples' singles of the nearest dose; where nobody has one, nothing is added.
        """
        design = self.design
        single = design.rows.agent_count == 1
        mean = np.zeros((len(rows), design.response.shape[1]))
        for agent in range(len(design.agents)):
            there = np.flatnonzero(rows.dose[:, agent] > 0)
            alone = np.flatnonzero(single & (design.rows.dose[:, agent] > 0))
            if len(there) and len(alone):
                # No dose is as far away as another sample: the sample's own singles come first.
                nearest = NearestFit(design.take(alone), other_sample=10.0)
                mean[there] += nearest.predict(_only_agent(rows.take(there), agent)).mean
        return Prediction(mean)


def fit_sum_of_singles(design: Design) -> SumOfSinglesFit:
    """Sum of the single agents' effects."""
    return SumOfSinglesFit(design)


def _only_agent(rows: Rows, agent: int) -> Rows:
    dose = np.zeros_like(rows.dose)
    dose[:, agent] = rows.dose[:, agent]
    return Rows(rows.sample, rows.condition, dose)


@dataclass(frozen=True)
class RidgeFit:
    """Linear effects of the agents' doses with an intercept, for each sample (or all pooled) and readout.

    Parameters
    ----------
    coefficient : (n_groups, n_agents + 1, n_readouts) array
        Effects of the doses; the last is the intercept. A group is a sample, or there is one for all.
    covariance : (n_groups, n_readouts, n_agents + 1, n_agents + 1) array
        (XᵀX + strength)⁻¹ for each fit.
    variance : (n_groups, n_readouts) array
        Residual variance.
    freedom : (n_groups, n_readouts) array
        Residual degrees of freedom.
    strength : (n_groups, n_readouts) array
        Strength chosen; NaN where nothing was measured.
    pooled : bool
        One group for all samples.
    """

    coefficient: NDArray[np.float64]
    covariance: NDArray[np.float64]
    variance: NDArray[np.float64]
    freedom: NDArray[np.float64]
    strength: NDArray[np.float64]
    pooled: bool

    def predict(self, rows: Rows) -> Prediction:
        """Mean and 90 % interval of a new measurement; samples without rows are predicted as 'no effect'."""
        X = _with_intercept(rows.dose)
        n_readouts = self.coefficient.shape[2]
        mean = np.zeros((len(rows), n_readouts))
        half = np.full((len(rows), n_readouts), np.inf)
        group = np.zeros(len(rows), dtype=np.int64) if self.pooled else rows.sample
        for index in np.unique(group[group >= 0]):
            here = group == index
            mean[here] = X[here] @ self.coefficient[index]
            spread = 1.0 + np.einsum("ni,rij,nj->nr", X[here], self.covariance[index], X[here])
            quantile = student.ppf(0.5 + INTERVAL / 2, self.freedom[index])
            half[here] = quantile * np.sqrt(self.variance[index] * spread)
        return Prediction.around(mean, half)


def fit_ridge(design: Design, *, pooled: bool = False) -> RidgeFit:
    """Ridge of each readout on the dose codes, sample by sample, the strength by leaving one row out.

    The intercept is not shrunk. With (X, y) the rows of one sample in which the readout was measured and
    H = X (XᵀX + λD)⁻¹ Xᵀ, the strength λ minimises Σ ((y − Hy) / (1 − diag H))², the exact leave-one-out
    error.

    Parameters
    ----------
    design : Design
        Rows to learn from.
    pooled : bool
        One fit for all samples, for a sample of which little was seen.
    """
    n_samples, n_agents = len(design.samples), len(design.agents)
    n_readouts = design.response.shape[1]
    groups = (
        [np.ones(len(design), dtype=bool)] if pooled else [design.rows.sample == s for s in range(n_samples)]
    )
    coefficient = np.zeros((len(groups), n_agents + 1, n_readouts))
    covariance = np.zeros((len(groups), n_readouts, n_agents + 1, n_agents + 1))
    variance = np.full((len(groups), n_readouts), np.inf)
    freedom = np.ones((len(groups), n_readouts))
    strength = np.full((len(groups), n_readouts), np.nan)
    X_all = _with_intercept(design.rows.dose)
    penalty = np.append(np.ones(n_agents), 0.0)
    for g, rows in enumerate(groups):
        seen = ~np.isnan(design.response)
        patterns, which = np.unique(seen[rows], axis=1, return_inverse=True)
        for p in range(patterns.shape[1]):
            columns = np.flatnonzero(which.ravel() == p)
            chosen = np.flatnonzero(rows)[patterns[:, p]]
            if len(chosen) < 2:
                continue
            X, Y = X_all[chosen], design.response[np.ix_(chosen, columns)]
            chosen_strength, residual, trace = _leave_one_out(X, Y, penalty)
            for at, column in enumerate(columns):
                inverse = np.linalg.inv(X.T @ X + chosen_strength[at] * np.diag(penalty))
                coefficient[g, :, column] = inverse @ X.T @ Y[:, at]
                covariance[g, column] = inverse
                strength[g, column] = chosen_strength[at]
                freedom[g, column] = max(len(chosen) - trace[at], 1.0)
                variance[g, column] = residual[at] / freedom[g, column]
    return RidgeFit(coefficient, covariance, variance, freedom, strength, pooled)


def fit_ridge_pooled(design: Design) -> RidgeFit:
    """Ridge over all samples together."""
    return fit_ridge(design, pooled=True)


def _leave_one_out(X: NDArray, Y: NDArray, penalty: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Best strength, its residual sum of squares and its trace of H, for each column of Y."""
    errors, residuals, traces = [], [], []
    for strength in STRENGTHS:
        H = X @ np.linalg.solve(X.T @ X + strength * np.diag(penalty), X.T)
        residual = Y - H @ Y
        left_out = residual / np.maximum(1.0 - np.diag(H), 1e-6)[:, None]
        errors.append((left_out**2).sum(axis=0))
        residuals.append((residual**2).sum(axis=0))
        traces.append(np.trace(H))
    best = np.argmin(errors, axis=0)
    columns = np.arange(Y.shape[1])
    return STRENGTHS[best], np.array(residuals)[best, columns], np.array(traces)[best]


def _with_intercept(dose: NDArray) -> NDArray:
    return np.hstack([dose, np.ones((len(dose), 1))])


def _mean_of(values: NDArray) -> NDArray:
    """Column means of what was measured; NaN where nothing was."""
    seen = ~np.isnan(values)
    count = seen.sum(axis=0)
    total = np.where(seen, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
