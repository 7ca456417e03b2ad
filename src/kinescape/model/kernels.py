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
    return (left.condition[:, None] == right.condition[None, :]).astype(float)


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
        diagonal = np.diag(kernel(rows, rows))
        if not (diagonal > 0).any():
            continue
        scale = float(diagonal.mean())
        if name != "identity" or several:
            components.append(Component(name, kernel, scale, within_sample=False))
        if several and name != "identity":
            components.append(Component(f"{name} of a sample", kernel, scale, within_sample=True))
    return tuple(components)
