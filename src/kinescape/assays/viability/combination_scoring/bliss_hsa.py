"""Bliss independence and the highest single agent, for any number of drugs.

Both compare a combination with the measured effects of its drugs alone: no curve is fitted. Inhibition as a
fraction; the excess is measured less expected, positive where the combination does more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Excess:
    """How far each cell lies above its reference, and how that follows the measured values.

    Parameters
    ----------
    reference, excess : (..., n_cells) arrays
        Fractions; NaN where nothing can be said, and in cells with fewer than two drugs.
    jacobian : (..., n_cells, n_cells) array
        Derivative of each cell's excess with respect to each measured cell.
    """

    reference: Floats
    excess: Floats
    jacobian: Floats

    def error(self, variance: Floats) -> Floats:
        """Standard errors (..., n_cells), from the variances (..., n_cells) of the measured values."""
        found: Floats = np.sqrt(np.einsum("...ij,...j->...i", self.jacobian**2, np.nan_to_num(variance)))
        return np.where(np.isfinite(self.excess), found, np.nan)

    def mean(self) -> Floats:
        """Mean excess over the cells that have one."""
        there = np.isfinite(self.excess)
        number = there.sum(axis=-1)
        total = np.where(there, self.excess, 0.0).sum(axis=-1)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)

    def mean_error(self, variance: Floats) -> Floats:
        """Standard error of the mean: errors of the single drugs are shared by many cells and do not average out."""
        there = np.isfinite(self.excess)
        weight = there / np.maximum(there.sum(axis=-1, keepdims=True), 1)
        gradient = np.einsum("...i,...ij->...j", weight, self.jacobian)
        found: Floats = np.sqrt(np.einsum("...j,...j->...", gradient**2, np.nan_to_num(variance)))
        return np.where(there.any(axis=-1), found, np.nan)


def bliss_excess(doses: Floats, inhibition: Floats) -> Excess:
    """Excess over independent action.

    Parameters
    ----------
    doses : (n_cells, n_drugs) array
        0 where a drug was left out.
    inhibition : (..., n_cells) array
        Fractions; NaN where not measured.

    Notes
    -----
    1 − E = Π (1 − e_k), with e_k the measured effect of drug k alone at the dose of the cell.

    References
    ----------
    Bliss 1939, doi:10.1111/j.1744-7348.1939.tb06990.x.

    Examples
    --------
    >>> cells = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> float(bliss_excess(cells, np.array([0.0, 0.5, 0.4, 0.9])).excess[3].round(12))
    0.2
    """
    alone, index = _single_cells(doses)
    single = _singles(inhibition, index)
    left = np.where(index >= 0, 1.0 - single, 1.0)
    survival = left.prod(axis=-1)
    jacobian = _identity(inhibition)
    width = doses.shape[1]
    for drug in range(width):
        others = np.delete(left, drug, axis=-1).prod(axis=-1)
        _subtract(jacobian, index[:, drug], others)
    return _excess(1.0 - survival, inhibition, jacobian, alone, index)


def hsa_excess(doses: Floats, inhibition: Floats) -> Excess:
    """Excess over the strongest drug of the combination alone; parameters as in `bliss_excess`.

    References
    ----------
    Berenbaum 1989 (highest single agent).

    Examples
    --------
    >>> cells = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> float(hsa_excess(cells, np.array([0.0, 0.5, 0.4, 0.9])).excess[3].round(12))
    0.4
    """
    alone, index = _single_cells(doses)
    single = np.where(index >= 0, _singles(inhibition, index), -np.inf)
    missing = np.isnan(single).any(axis=-1)
    safe = np.nan_to_num(single, nan=-np.inf, neginf=-np.inf)
    strongest = safe.argmax(axis=-1)
    reference = np.where(missing, np.nan, safe.max(axis=-1))
    jacobian = _identity(inhibition)
    for drug in range(doses.shape[1]):
        _subtract(jacobian, index[:, drug], (strongest == drug).astype(np.float64))
    return _excess(reference, inhibition, jacobian, alone, index)


def _single_cells(doses: Floats) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which cells hold fewer than two drugs; for each cell and drug, the cell of that drug alone (−1: not given)."""
    given = doses > 0
    alone = given.sum(axis=1) < 2
    index = np.full(doses.shape, -1, dtype=np.intp)
    for drug in range(doses.shape[1]):
        only = np.flatnonzero(given[:, drug] & (given.sum(axis=1) == 1))
        place = {float(doses[cell, drug]): int(cell) for cell in only}
        # -2 marks a dose that was not measured alone.
        index[:, drug] = [place.get(float(dose), -2) if dose > 0 else -1 for dose in doses[:, drug]]
    return alone, index


def _singles(inhibition: Floats, index: NDArray[np.intp]) -> Floats:
    values = inhibition[..., np.maximum(index, 0)]
    return np.where(index == -2, np.nan, values)


def _identity(inhibition: Floats) -> Floats:
    cells = inhibition.shape[-1]
    return np.broadcast_to(np.eye(cells), (*inhibition.shape, cells)).copy()


def _subtract(jacobian: Floats, single: NDArray[np.intp], amount: Floats) -> None:
    """Take the derivative by the single drug's cell from each row."""
    rows = np.flatnonzero(single >= 0)
    jacobian[..., rows, single[rows]] -= np.nan_to_num(amount[..., rows])


def _excess(
    reference: Floats,
    inhibition: Floats,
    jacobian: Floats,
    alone: NDArray[np.bool_],
    index: NDArray[np.intp],
) -> Excess:
    unknown = alone | (index == -2).any(axis=1) | ~np.isfinite(reference + inhibition)
    return Excess(
        np.where(unknown, np.nan, reference),
        np.where(unknown, np.nan, inhibition - reference),
        np.where(unknown[..., None], 0.0, jacobian),
    )
