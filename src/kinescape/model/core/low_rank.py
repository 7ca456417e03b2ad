"""The core's covariance on many rows: a few features and the identity of conditions, without n × n matrices.

Every kernel but the identity is an inner product of features of a row (its doses, the pairs among them), so that over
n rows, F features and C conditions

    K + σ² I = Φ V Φᵀ + D,    D = a E Eᵀ + σ² I,

E telling which row has which condition. D is undone condition by condition and the rest by an F × F matrix (Woodbury),
which gives the same numbers as a factor of K + σ² I for F³ in place of n³ operations. Designs of up to `LARGE` rows
are factored as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, lapack, solve_triangular
from scipy.sparse import csr_matrix

from kinescape.model.core.kernels import Component, features, identity, rotated
from kinescape.model.design import Rows

LARGE = 600
"""Up to this many rows covariances are factored as a whole."""
MOST_FEATURES = 0.5
"""Of the rows; with more features nothing is gained."""
JITTER = 1e-8


@dataclass(frozen=True)
class Features:
    """What a set of rows is made of.

    Parameters
    ----------
    phi : (n, F) array
        Features, so that a component's Gram matrix is the inner product of its own.
    component : (F,) array of int
        Component of each feature.
    n_components : int
        How many there are, the identity counted.
    identity : int or None
        Component that is the identity of conditions; its scale is one.
    group : (n,) array of int
        Condition of each row, 0 to C − 1.
    """

    phi: NDArray[np.float64]
    component: NDArray[np.int64]
    n_components: int
    identity: int | None
    group: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Rows of each condition, (C,)."""
        return np.bincount(self.group)

    def summed(self, values: NDArray) -> NDArray[np.float64]:
        """Sums over the rows of each condition, (C, q)."""
        n = len(self.group)
        member = csr_matrix((np.ones(n), (self.group, np.arange(n))), shape=(len(self.counts), n))
        return np.asarray(member @ values)


def features_of(components: Sequence[Component], rows: Rows) -> Features | None:
    """The features of many rows; None where the rows are few or the features are not.

    Parameters
    ----------
    components : sequence of Component
        Of the core, and of a network where there is one.
    rows : Rows
        To learn from.
    """
    if len(rows) <= LARGE:
        return None
    parts, which, same = [np.zeros((len(rows), 0))], [np.zeros(0, dtype=np.int64)], None
    for index, component in enumerate(components):
        if component.kernel is identity and not component.within_sample:
            same = index
            continue
        own = _features(component, rows)
        if own is None:
            return None
        parts.append(own)
        which.append(np.full(own.shape[1], index))
        if sum(part.shape[1] for part in parts) > MOST_FEATURES * len(rows):
            return None
    _, group = np.unique(rows.condition, return_inverse=True)
    return Features(np.hstack(parts), np.concatenate(which), len(components), same, group.ravel())


def _features(component: Component, rows: Rows) -> NDArray[np.float64] | None:
    """Features of one component, scaled, without those that are zero throughout."""
    if not component.within_sample:
        own = features(component.kernel, rows)
        return None if own is None else own[:, own.any(axis=0)] / np.sqrt(component.scale)
    each = []
    for sample in np.unique(rows.sample):
        here = rows.sample == sample
        own = features(component.kernel, rows.take(here))
        if own is None:
            return None
        own = own[:, own.any(axis=0)]
        whole = np.zeros((len(rows), own.shape[1]))
        whole[here] = own / np.sqrt(component.scale)
        each.append(whole)
    return np.hstack(each)


@dataclass(frozen=True)
class LowRankFactor:
    """K + σ² I of some rows, ready to be undone.

    Parameters
    ----------
    features : Features
        Of the rows.
    root : (F,) array
        Square roots of the features' variances.
    noise : float
        σ².
    share : (C,) array
        a / (σ² + a n_c): what the identity takes of a condition's mean.
    lower : (F, F) array
        Cholesky factor of I + V½ Φᵀ D⁻¹ Φ V½.
    """

    features: Features
    root: NDArray[np.float64]
    noise: float
    share: NDArray[np.float64]
    lower: NDArray[np.float64]

    @classmethod
    def of(cls, features: Features, variance: NDArray, noise: float) -> LowRankFactor:
        """From the variances of the components and that of the noise."""
        noise = noise + JITTER
        alike = 0.0 if features.identity is None else float(variance[features.identity])
        share: NDArray[np.float64] = np.asarray(alike / (noise + alike * features.counts), dtype=np.float64)
        root: NDArray[np.float64] = np.sqrt(variance[features.component])
        plain = cls(features, root, noise, share, np.zeros((0, 0)))
        inner = features.phi.T @ plain._without_features(features.phi) * np.outer(root, root)
        inner[np.diag_indices(len(root))] += 1.0
        return cls(features, root, noise, share, np.asarray(cholesky(inner, lower=True, check_finite=False)))

    def solve(self, right: NDArray) -> NDArray[np.float64]:
        """(K + σ² I)⁻¹ times a matrix, (n, q)."""
        plain = self._without_features(right)
        inner = (self.features.phi.T @ plain) * self.root[:, None]
        told = cho_solve((self.lower, True), inner, check_finite=False) * self.root[:, None]
        return plain - self._without_features(self.features.phi @ told)

    def precision_of(self, here: NDArray) -> NDArray[np.float64]:
        """The block of (K + σ² I)⁻¹ between some rows, given by index, (m, m)."""
        group = self.features.group[here]
        block = -np.where(group[:, None] == group[None, :], self.share[group][:, None], 0.0)
        block[np.diag_indices(len(here))] += 1.0
        mean = self.share[:, None] * self.features.summed(self.features.phi)
        plain = (self.features.phi[here] - mean[group]) * self.root / self.noise
        half = solve_triangular(self.lower, plain.T, lower=True, check_finite=False)
        return block / self.noise - half.T @ half

    def covariance_of(self, here: NDArray) -> NDArray[np.float64]:
        """Covariance of some rows given all the others: the inverse of `precision_of`."""
        return inverse_of(cholesky(self.precision_of(here), lower=True, check_finite=False))

    def _without_features(self, right: NDArray) -> NDArray[np.float64]:
        """D⁻¹ times a matrix."""
        taken = self.share[:, None] * self.features.summed(right)
        return (right - taken[self.features.group]) / self.noise


def inverse_of(lower: NDArray) -> NDArray[np.float64]:
    """Inverse of L Lᵀ, whole and symmetric."""
    inverse, _ = lapack.dpotri(lower, lower=True)
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)


Factor = NDArray[np.float64] | LowRankFactor
"""A lower Cholesky factor, or what stands for it where rows are many."""


def solved(factor: Factor, right: NDArray) -> NDArray[np.float64]:
    """(K + σ² I)⁻¹ times a matrix, from either kind of factor."""
    if isinstance(factor, LowRankFactor):
        return factor.solve(right)
    return cho_solve((factor, True), right, check_finite=False)


@dataclass(frozen=True)
class FeatureBlock:
    """Columns that share their rows, condensed to what the evidence needs; its cost does not grow with the rows.

    Parameters
    ----------
    features : Features
        Of the rows.
    sizes : (G,) array of int
        Distinct numbers of rows of a condition.
    of_size : (G,) array of int
        How many conditions have that number.
    gram, grams : (F, F) and (G, F, F) arrays
        ΦᵀΦ, and the same of the sums over conditions of each size.
    cross, crosses : (F, q) and (G, F, q) arrays
        ΦᵀZ likewise; columns may be rotated into fewer.
    square, squares : float and (G,) array
        Sum of squares of Z likewise.
    columns : int
        Columns of Z.
    """

    features: Features
    sizes: NDArray[np.int64]
    of_size: NDArray[np.int64]
    gram: NDArray[np.float64]
    grams: NDArray[np.float64]
    cross: NDArray[np.float64]
    crosses: NDArray[np.float64]
    square: float
    squares: NDArray[np.float64]
    columns: int

    @classmethod
    def of(cls, features: Features, effects: NDArray) -> FeatureBlock:
        """From complete effects, (n, n_columns)."""
        phi, counts = features.phi, features.counts
        sizes, which = np.unique(counts, return_inverse=True)
        by_feature, by_effect = features.summed(phi), features.summed(effects)
        masks = [which == number for number in range(len(sizes))]
        crosses = np.array([by_feature[mask].T @ by_effect[mask] for mask in masks])
        stacked = np.concatenate([(phi.T @ effects)[None], crosses])
        if effects.shape[1] > stacked[..., 0].size:
            # Only inner products of the columns count, and a rotation keeps them.
            flat = stacked.reshape(-1, effects.shape[1])
            stacked = rotated(flat).reshape(*stacked.shape[:2], -1)
        return cls(
            features,
            sizes,
            np.array([mask.sum() for mask in masks]),
            phi.T @ phi,
            np.array([by_feature[mask].T @ by_feature[mask] for mask in masks]),
            stacked[0],
            stacked[1:],
            float((effects**2).sum()),
            np.array([(by_effect[mask] ** 2).sum() for mask in masks]),
            effects.shape[1],
        )

    def evidence(self, variance: NDArray) -> tuple[float, NDArray[np.float64]]:
        """Negative log evidence and its derivative by each variance, noise last.

        Parameters
        ----------
        variance : (n_components + 1,) array
            Variances, noise last.
        """
        found = self.features
        noise = float(variance[-1]) + JITTER
        alike = 0.0 if found.identity is None else float(variance[found.identity])
        root = np.sqrt(variance[found.component])
        left = 1.0 / (noise + alike * self.sizes)
        share = alike * left
        twice = 2 * share - self.sizes * share**2
        n, R = len(found.group), self.columns

        inner = (self.gram - np.tensordot(share, self.grams, 1)) / noise * np.outer(root, root)
        inner[np.diag_indices(len(root))] += 1.0
        lower = cholesky(inner, lower=True, check_finite=False)
        inverse = inverse_of(lower)
        told = (self.cross - np.tensordot(share, self.crosses, 1)) / noise * root[:, None]
        weight = inverse @ told
        beta = weight * root[:, None]
        covariance = inverse * np.outer(root, root)

        value = R * (0.5 * n * np.log(2 * np.pi * noise) + np.log(np.diag(lower)).sum())
        value += 0.5 * R * float(self.of_size @ np.log1p(alike * self.sizes / noise))
        value += 0.5 * ((self.square - share @ self.squares) / noise - float((told * weight).sum()))

        outer = beta @ beta.T

        def rest(gram: NDArray, cross: NDArray, square: float) -> float:
            """R tr(… of K⁻¹) less the square of the residuals, for one way to sum over rows."""
            return float(
                R * (covariance * gram).sum() + square - 2 * (beta * cross).sum() + (outer * gram).sum()
            )

        slope = np.zeros(len(variance))
        told_apart = R * (1.0 - np.diag(inverse)) - (weight**2).sum(axis=1)
        slope[:-1] = np.bincount(found.component, told_apart, found.n_components) / variance[:-1]
        each = np.array([rest(*part) for part in zip(self.grams, self.crosses, self.squares, strict=True)])
        if found.identity is not None:
            slope[found.identity] = R * float(self.of_size @ (self.sizes * left)) - float(left**2 @ each)
        whole = rest(self.gram, self.cross, self.square) - float(twice @ each)
        trace = (n - float(self.of_size @ (self.sizes * share))) / noise
        slope[-1] = R * trace - whole / noise**2
        return float(value), 0.5 * slope
