"""The plain baselines that every member stands beside: mean, nearest condition, sum of singles, ridge.

All of them take a design with missing readouts as it is: each readout uses the rows in which it was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from kinescape.model.core.low_rank import LARGE
from kinescape.model.design import Design, Rows
from kinescape.model.prediction import INTERVAL, Prediction

STRENGTHS = 10.0 ** np.arange(-3.0, 2.01, 0.25)
"""Ridge strengths to choose from."""
MOST_AT_ONCE = 20_000_000
"""Differences between dose codes that are made at once; beyond, agent by agent."""


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
        distance = _dose_distance(rows.dose, train.dose)
        distance = np.round(distance, 6) + self.other_sample * (rows.sample[:, None] != train.sample[None, :])
        mean = np.zeros((len(rows), self.design.response.shape[1]))
        measured, which = np.unique(~np.isnan(self.design.response), axis=1, return_inverse=True)
        for pattern in range(measured.shape[1]):
            seen = np.flatnonzero(measured[:, pattern])
            if len(seen) == 0:
                continue
            near = distance[:, seen]
            ties = near <= near.min(axis=1, keepdims=True) + 1e-9
            if len(seen) > LARGE:
                # Once for all readouts: numbers multiply faster than truths.
                ties = ties.astype(float)
            for readout in np.flatnonzero(which.ravel() == pattern):
                mean[:, readout] = ties @ self.design.response[seen, readout] / ties.sum(axis=1)
        return Prediction(mean)


def _dose_distance(left: NDArray, right: NDArray) -> NDArray[np.float64]:
    """Sum over agents of how far dose codes are apart, (n_left, n_right)."""
    if left.shape[0] * right.size <= MOST_AT_ONCE:
        return np.asarray(np.abs(left[:, None, :] - right[None, :, :]).sum(axis=2))
    # Agent by agent; only those that either side holds, which are few for each.
    found = np.zeros((len(left), len(right)))
    for agent in np.flatnonzero(left.any(axis=0) | right.any(axis=0)):
        found += np.abs(left[:, agent, None] - right[None, :, agent])
    return found


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
        (XᵀX + strength)⁻¹ for each fit; where nothing is left over, one for each agent that was not measured.
    variance : (n_groups, n_readouts) array
        Residual variance; where nothing is left over, the mean square of the measured effects.
    freedom : (n_groups, n_readouts) array
        Residual degrees of freedom.
    strength : (n_groups, n_readouts) array
        Strength chosen; NaN where nothing was measured.
    nothing_over : (n_groups, n_readouts) array of bool
        Whether the rows are no more than the effects that they tell apart, so that no residual tells of an error.
    pooled : bool
        One group for all samples.
    """

    coefficient: NDArray[np.float64]
    covariance: NDArray[np.float64]
    variance: NDArray[np.float64]
    freedom: NDArray[np.float64]
    strength: NDArray[np.float64]
    nothing_over: NDArray[np.bool_]
    pooled: bool

    def group_of(self, rows: Rows) -> NDArray[np.int64]:
        """The fit that answers for each row, (n,); -1 where none does."""
        return np.zeros(len(rows), dtype=np.int64) if self.pooled else rows.sample

    def predict(self, rows: Rows) -> Prediction:
        """Mean and 90 % interval of a new measurement; samples without rows are predicted as 'no effect'.

        Where nothing is left over, the interval is that of an effect of the size of those measured, once for the
        condition and once for each agent of it that was not measured.
        """
        X = _with_intercept(rows.dose)
        n_readouts = self.coefficient.shape[2]
        mean = np.zeros((len(rows), n_readouts))
        half = np.full((len(rows), n_readouts), np.inf)
        group = self.group_of(rows)
        for index in np.unique(group[group >= 0]):
            here = group == index
            mean[here] = X[here] @ self.coefficient[index]
            spread = 1.0 + _quadratic(X[here], self.covariance[index])
            quantile = student.ppf(0.5 + INTERVAL / 2, self.freedom[index])
            half[here] = quantile * np.sqrt(self.variance[index] * spread)
        return Prediction.around(mean, half)


def _quadratic(X: NDArray, covariance: NDArray) -> NDArray[np.float64]:
    """xᵀ C x of each row and readout, (n, n_readouts); readouts of one strength share their covariance."""
    first: dict[bytes, int] = {}
    which = np.array([first.setdefault(own.tobytes(), at) for at, own in enumerate(covariance)], dtype=int)
    distinct, back = np.unique(which, return_inverse=True)
    if len(distinct) == len(covariance):
        return np.asarray(np.einsum("ni,rij,nj->nr", X, covariance, X))
    return np.asarray(np.einsum("ni,rij,nj->nr", X, covariance[distinct], X)[:, back.ravel()])


def fit_ridge(design: Design, *, pooled: bool = False) -> RidgeFit:
    """Ridge of each readout on the dose codes, sample by sample, the strength by leaving one row out.

    The intercept is not shrunk. With (X, y) the rows of one sample in which the readout was measured and
    H = X (XᵀX + λD)⁻¹ Xᵀ, the strength λ minimises Σ ((y − Hy) / (1 − diag H))², the exact leave-one-out
    error. Rows that are no more than the rank of X are fitted whatever they hold: their residual says nothing, and
    intervals rest on the mean square of the effects in its place. A readout that never varies gets none.

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
    nothing_over = np.zeros((len(groups), n_readouts), dtype=bool)
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
            nothing_over[g, columns] = np.linalg.matrix_rank(X) >= len(chosen)
            inverses = {
                strength: np.linalg.inv(X.T @ X + strength * np.diag(penalty))
                for strength in np.unique(chosen_strength)
            }
            weights = {strength: inverse @ X.T for strength, inverse in inverses.items()}
            for at, column in enumerate(columns):
                coefficient[g, :, column] = weights[chosen_strength[at]] @ Y[:, at]
                covariance[g, column] = inverses[chosen_strength[at]]
                strength[g, column] = chosen_strength[at]
                freedom[g, column] = max(len(chosen) - trace[at], 1.0)
                variance[g, column] = residual[at] / freedom[g, column]
                if nothing_over[g, column]:
                    covariance[g, column] = np.diag(np.append((X[:, :-1] == 0).all(axis=0), 0.0))
                    variance[g, column], freedom[g, column] = np.mean(Y[:, at] ** 2), len(chosen)
                if np.ptp(Y[:, at]) == 0:
                    variance[g, column] = np.inf
    return RidgeFit(coefficient, covariance, variance, freedom, strength, nothing_over, pooled)


def fit_ridge_pooled(design: Design) -> RidgeFit:
    """Ridge over all samples together."""
    return fit_ridge(design, pooled=True)


def _leave_one_out(X: NDArray, Y: NDArray, penalty: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Best strength, its residual sum of squares and its trace of H, for each column of Y."""
    errors, residuals, traces = [], [], []
    for strength in STRENGTHS:
        half = np.linalg.solve(X.T @ X + strength * np.diag(penalty), X.T)
        if len(X) > LARGE:
            leverage, residual = np.einsum("ni,in->n", X, half), Y - X @ (half @ Y)
            trace = leverage.sum()
        else:
            H = X @ half
            leverage, residual, trace = np.diag(H), Y - H @ Y, np.trace(H)
        left_out = residual / np.maximum(1.0 - leverage, 1e-6)[:, None]
        errors.append((left_out**2).sum(axis=0))
        residuals.append((residual**2).sum(axis=0))
        traces.append(trace)
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
