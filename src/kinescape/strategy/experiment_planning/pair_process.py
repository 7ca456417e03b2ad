"""Gaussian process over pairs of drugs: what tested pairs say of the untested.

y = m + F w + own + error, with w ~ N(0, 1), F the features of `pair_features` scaled by the root of their variances,
`own` what belongs to the pair alone, and the replicate error of a measurement. The variances follow the evidence of
the tested pairs, drawn to their usual values. Algebra runs over tested pairs or over features, whichever are fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.optimize import minimize

from kinescape.strategy.experiment_planning.pair_features import BLOCKS, Floats, Integers, joined

LOG_SPREAD = 1.0
"""How far a log variance may lie from its usual value (one SD), beside the common scale."""
SCALE_SPREAD = 2.0
"""How far all log variances together may lie from their usual values."""
EVIDENCE_PAIRS = 600
"""Pairs that the variances are fitted on where more were tested."""
_CHUNK = 4096


@dataclass(frozen=True)
class PairPosterior:
    """What is expected of each pair.

    Parameters
    ----------
    mean : (n_pairs,) array
        Expected true excess.
    shared : (n_pairs,) array
        Variance that features leave open.
    own : (n_pairs,) array
        Variance of what belongs to each pair alone.
    """

    mean: Floats
    shared: Floats
    own: Floats

    @property
    def sd(self) -> Floats:
        """Standard deviation of the true excess."""
        result: Floats = np.sqrt(self.shared + self.own)
        return result


@dataclass(frozen=True)
class PairProcess:
    """The prior over pairs.

    Parameters
    ----------
    blocks : mapping of str to (n_pairs, d) sparse matrix
        Features by the names of `BLOCKS`.
    mean : (n_pairs,) array
        Prior mean.
    variances : mapping of str to float
        Of each block.
    own : (n_pairs,) array
        Variance of what belongs to each pair alone.
    """

    blocks: Mapping[str, sparse.csr_matrix]
    mean: Floats
    variances: Mapping[str, float]
    own: Floats

    def fitted(self, tested: Integers, values: Floats, error: Floats, *, steps: int = 15) -> PairProcess:
        """The same process with variances of greatest evidence, drawn to the present ones.

        Parameters
        ----------
        tested : (n,) int array
            Positions of the tested pairs.
        values : (n,) array
            Their excess.
        error : (n,) array
            Their replicate variance; 0 where unknown, and `own` then holds it.
        steps : int
            Most iterations.
        """
        names = [name for name in BLOCKS if name in self.blocks and self.variances.get(name, 0) > 0]
        if tested.size < 3:
            return self
        kept = spaced(tested.size)
        tested, values, error = tested[kept], values[kept], error[kept]
        features = [self.blocks[name][tested] for name in names]
        grams = [np.asarray((part @ part.T).todense()) for part in features]
        grams.append(np.diag(self.own[tested]))
        residual = values - self.mean[tested]
        start = np.log([*(self.variances[name] for name in names), 1.0])
        k = start.size
        precision = np.linalg.inv(LOG_SPREAD**2 * np.eye(k) + SCALE_SPREAD**2 * np.ones((k, k)))

        def lost(logs: Floats) -> tuple[float, Floats]:
            sizes = np.exp(logs)
            covariance = np.diag(error) + sum(size * gram for size, gram in zip(sizes, grams, strict=True))
            try:
                factor = linalg.cho_factor(covariance, lower=True, check_finite=False)
            except linalg.LinAlgError:
                return 1e12, np.zeros(k)
            weights = linalg.cho_solve(factor, residual, check_finite=False)
            inverse = linalg.cho_solve(factor, np.eye(residual.size), check_finite=False)
            away = logs - start
            value = (
                0.5 * residual @ weights + np.log(np.diag(factor[0])).sum() + 0.5 * away @ precision @ away
            )
            slopes = np.array(
                [
                    0.5 * size * (np.sum(inverse * gram) - weights @ gram @ weights)
                    for size, gram in zip(sizes, grams, strict=True)
                ]
            )
            return float(value), slopes + precision @ away

        best = minimize(
            lost,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(one - 5, one + 5) for one in start],
            options={"maxiter": steps},
        )
        sizes = np.exp(best.x)
        found = {name: float(size) for name, size in zip(names, sizes[:-1], strict=True)}
        return replace(self, variances=found, own=self.own * sizes[-1])

    def log_evidence(self, tested: Integers, values: Floats, error: Floats) -> float:
        """Log density of the tested pairs under the present variances."""
        part = joined(self.blocks, self.variances)[tested]
        covariance = np.asarray((part @ part.T).todense()) + np.diag(self.own[tested] + error)
        factor = linalg.cholesky(covariance, lower=True)
        half = linalg.solve_triangular(factor, values - self.mean[tested], lower=True)
        return float(
            -0.5 * half @ half - np.log(np.diag(factor)).sum() - 0.5 * tested.size * np.log(2 * np.pi)
        )

    def posterior(self, tested: Integers, values: Floats, error: Floats) -> PairPosterior:
        """Mean and variance of every pair, given the tested ones.

        Parameters
        ----------
        tested, values, error
            As for `fitted`. A pair that was tested keeps the doubt of its own replicate error.
        """
        features = joined(self.blocks, self.variances)
        solved = _solved(features, tested, values - self.mean[tested], self.own[tested] + error)
        mean = self.mean + features @ solved.weights
        shared = solved.variance(features)
        own = self.own.copy()
        # Of what features leave unexplained at a tested pair, own / (own + error) is the pair's.
        part = own[tested] / np.maximum(own[tested] + error, 1e-300)
        mean[tested] += part * (values - mean[tested])
        own[tested] = own[tested] * (1 - part)
        shared[tested] *= (1 - part) ** 2
        return PairPosterior(mean, shared, own)

    def left_out(self, tested: Integers, values: Floats, error: Floats) -> tuple[Floats, Floats]:
        """What the other tested pairs lead one to expect of each tested pair: mean and standard deviation.

        Parameters
        ----------
        tested, values, error
            As for `fitted`.

        Returns
        -------
        tuple of (n,) arrays
            Of the measured value, its error included.

        Notes
        -----
        With K the covariance of the tested values and r what the prior mean leaves of them, the value of pair i
        given all others has mean y_i - (K^-1 r)_i / (K^-1)_ii and variance 1 / (K^-1)_ii.
        """
        features = joined(self.blocks, self.variances)[tested]
        covariance = np.asarray((features @ features.T).todense()) + np.diag(self.own[tested] + error)
        half = linalg.cholesky(covariance, lower=True, check_finite=False)
        inverse = linalg.cho_solve((half, True), np.eye(tested.size), check_finite=False)
        precision = np.diag(inverse)
        return values - inverse @ (values - self.mean[tested]) / precision, 1 / np.sqrt(precision)

    def joint(self, tested: Integers, values: Floats, error: Floats, asked: Integers) -> Floats:
        """Joint covariance of what some pairs share, given the tested ones; their `own` variance comes on top.

        Parameters
        ----------
        asked : (k,) int array
            Positions of the pairs.

        Returns
        -------
        (k, k) array
        """
        features = joined(self.blocks, self.variances)
        solved = _solved(features, tested, values - self.mean[tested], self.own[tested] + error)
        return solved.covariance(features[asked])


def spaced(n: int) -> Integers:
    """At most `EVIDENCE_PAIRS` of n, evenly spaced, so that the same input gives the same figures."""
    if n <= EVIDENCE_PAIRS:
        return np.arange(n)
    return np.linspace(0, n - 1, EVIDENCE_PAIRS).astype(np.int64)


@dataclass(frozen=True)
class _Solved:
    """Posterior of the feature weights; `half` is such that covariance = I − half' half, or half' half."""

    weights: Floats
    half: NDArray[np.float64] | None
    tested: sparse.csr_matrix | None

    def _reduced(self, features: sparse.csr_matrix) -> Floats:
        """Half of the covariance that the tested pairs take away (L^-1 F_o F'), or leave (L^-1 F')."""
        product = features.T if self.tested is None else self.tested @ features.T
        dense = np.asarray(product.todense())
        reduced: Floats = linalg.solve_triangular(self.half, dense, lower=True, check_finite=False)
        return reduced

    def variance(self, features: sparse.csr_matrix) -> Floats:
        prior = np.asarray(features.multiply(features).sum(axis=1)).ravel()
        if self.half is None:
            return prior
        # A pair has few features: L^-1 first, then sparse rows, is far less work than a solve for every pair.
        right = np.eye(self.half.shape[0]) if self.tested is None else np.asarray(self.tested.todense())
        root = linalg.solve_triangular(self.half, right, lower=True, check_finite=False).T
        found = np.empty(features.shape[0])
        for start in range(0, features.shape[0], _CHUNK):
            part = slice(start, start + _CHUNK)
            size = np.sum((features[part] @ root) ** 2, axis=1)
            found[part] = prior[part] - size if self.tested is not None else size
        return np.maximum(found, 0.0)

    def covariance(self, features: sparse.csr_matrix) -> Floats:
        prior = np.asarray((features @ features.T).todense())
        if self.half is None:
            return prior
        reduced = self._reduced(features)
        product: Floats = reduced.T @ reduced
        return prior - product if self.tested is not None else product


def _solved(features: sparse.csr_matrix, tested: Integers, residual: Floats, noise: Floats) -> _Solved:
    """Posterior of the weights, over pairs (Woodbury) or over features."""
    if tested.size == 0:
        return _Solved(np.zeros(features.shape[1]), None, None)
    part = features[tested]
    noise = np.maximum(noise, 1e-12)
    if tested.size <= features.shape[1]:
        covariance = np.asarray((part @ part.T).todense()) + np.diag(noise)
        half = linalg.cholesky(covariance, lower=True, check_finite=False)
        solved = linalg.cho_solve((half, True), residual, check_finite=False)
        return _Solved(part.T @ solved, half, part)
    weighted = sparse.diags(1 / noise) @ part
    precision = np.eye(part.shape[1]) + np.asarray((part.T @ weighted).todense())
    half = linalg.cholesky(precision, lower=True, check_finite=False)
    return _Solved(linalg.cho_solve((half, True), weighted.T @ residual, check_finite=False), half, None)
