"""Kernels of the hierarchical core: which conditions are alike, in all samples and within one.

Each kernel is a Gram matrix over rows, K[i, j], from what was done to them. Shared kernels join rows of all
samples; the same kernels restricted to one sample let a sample differ from the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.model.design import Rows

MANY = 1000
"""More rows than this are not looked at one by one."""
Kernel = Callable[[Rows, Rows], NDArray[np.float64]]


def constant(left: Rows, right: Rows) -> NDArray:
    """One for every pair of rows: a common offset."""
    return np.ones((len(left), len(right)))


def agents(left: Rows, right: Rows) -> NDArray:
    """Inner product of the doses: effects that add up over agents."""
    return left.dose @ right.dose.T


def pairs(left: Rows, right: Rows) -> NDArray:
    """Inner product over all pairs of agents of the product of their doses: what two agents do beyond adding.

    Σ_{i<j} x_i x_j x'_i x'_j = ((x·x')² − Σ_i x_i² x'_i²) / 2.
    """
    return ((left.dose @ right.dose.T) ** 2 - (left.dose**2) @ (right.dose**2).T) / 2


def identity(left: Rows, right: Rows) -> NDArray:
    """One where two rows are the same condition: what no structure explains, yet all samples share."""
    # Numbers compare faster than texts.
    _, number = np.unique(np.concatenate([left.condition, right.condition]), return_inverse=True)
    number = number.ravel()
    return (number[: len(left), None] == number[None, len(left) :]).astype(float)


@dataclass(frozen=True)
class Linear:
    """Inner product of rows by what their agents are: profiles over a network, or targets.

    Parameters
    ----------
    of_agents : (n_agents, n_columns) array
        What each agent is.
    """

    of_agents: NDArray[np.float64]

    def __call__(self, left: Rows, right: Rows) -> NDArray:
        """Gram matrix, (n_left, n_right)."""
        return (left.dose @ self.of_agents) @ (right.dose @ self.of_agents).T


def rotated(values: NDArray) -> NDArray[np.float64]:
    """Columns rotated into as many as there are rows; inner products of the rows stay."""
    return np.asarray(np.linalg.qr(values.T, mode="r"), dtype=np.float64).T


def features(kernel: Kernel, rows: Rows) -> NDArray[np.float64] | None:
    """Features of rows whose inner product is the kernel, (n, n_features); None where they are not known.

    Nothing is told of the identity. Those of `pairs` are the pairs that these rows hold: the features of other rows
    would not match.
    """
    if kernel is constant:
        return np.ones((len(rows), 1))
    if kernel is agents:
        return rows.dose
    if kernel is pairs:
        there = (rows.dose > 0).astype(float)
        first, second = np.nonzero(np.triu(there.T @ there, 1))
        return rows.dose[:, first] * rows.dose[:, second]
    if not isinstance(kernel, Linear):
        return None
    given: NDArray[np.bool_] = np.asarray(rows.dose.any(axis=0))
    known = kernel.of_agents[given]
    if known.shape[1] > known.shape[0]:
        # Rotated into as many columns as there are agents: inner products stay.
        known = rotated(known)
    return rows.dose[:, given] @ known


@dataclass(frozen=True)
class Component:
    """One kernel with its scale and its reach.

    Parameters
    ----------
    name : str
        Name for tables.
    kernel : callable
        Gram matrix of two sets of rows.
    scale : float
        Divides the kernel, so that its mean diagonal over the training rows is one.
    within_sample : bool
        Only between rows of one sample.
    """

    name: str
    kernel: Kernel
    scale: float
    within_sample: bool

    def gram(self, left: Rows, right: Rows) -> NDArray:
        """Scaled Gram matrix, (n_left, n_right)."""
        matrix = self.kernel(left, right) / self.scale
        if self.within_sample:
            matrix = matrix * (left.sample[:, None] == right.sample[None, :])
        return matrix

    def diagonal(self, rows: Rows) -> NDArray:
        """Scaled prior variance of each row, (n,)."""
        if self.kernel is constant or self.kernel is identity:
            return np.full(len(rows), 1.0 / self.scale)
        if len(rows) > MANY and (own := features(self.kernel, rows)) is not None:
            return np.asarray((own**2).sum(axis=1) / self.scale)
        one = [rows.take(np.array([row])) for row in range(len(rows))]
        return np.array([self.gram(row, row)[0, 0] for row in one])


CORE: tuple[tuple[str, Kernel], ...] = (
    ("constant", constant),
    ("agents", agents),
    ("pairs", pairs),
    ("identity", identity),
)


def core_components(rows: Rows, kernels: tuple[tuple[str, Kernel], ...] = CORE) -> tuple[Component, ...]:
    """The components that these rows can tell apart, scaled to mean diagonal one.

    A kernel that is zero in every row (pairs, where no row holds two agents) is left out; the kernels within
    a sample are left out where there is one sample; the identity is shared only, as it is noise in a sample.
    """
    several = len(np.unique(rows.sample)) > 1
    components = []
    for name, kernel in kernels:
        own = features(kernel, rows) if len(rows) > MANY else None
        if kernel is identity:
            diagonal = np.ones(len(rows))
        else:
            diagonal = np.diag(kernel(rows, rows)) if own is None else (own**2).sum(axis=1)
        if not (diagonal > 0).any():
            continue
        scale = float(diagonal.mean())
        if name != "identity" or several:
            components.append(Component(name, kernel, scale, within_sample=False))
        if several and name != "identity":
            components.append(Component(f"{name} of a sample", kernel, scale, within_sample=True))
    return tuple(components)
