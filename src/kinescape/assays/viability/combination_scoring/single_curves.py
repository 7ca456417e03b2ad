"""The two single drugs of each dose matrix as fitted curves: what Loewe, ZIP and the start of MuSyC stand on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.drug_curve import DrugCurves, fit_drug_curves

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SingleCurves:
    """Curves of both drugs of many matrices.

    Parameters
    ----------
    first, second : DrugCurves
        Of n matrices each, in inhibition.
    """

    first: DrugCurves
    second: DrugCurves


def fit_single_curves(grids: PairGrids) -> SingleCurves:
    """Fit both single-drug edges of every matrix of a stack."""
    along_first, along_second = grids.inhibition[:, :, 0], grids.inhibition[:, 0, :]
    return SingleCurves(_fit(grids.first, along_first), _fit(grids.second, along_second))


def _fit(doses: Floats, edge: Floats) -> DrugCurves:
    measured = np.isfinite(edge)
    return fit_drug_curves(doses, np.where(measured, edge, 0.0), measured.astype(np.float64))


def one_direction(grids: PairGrids, curves: SingleCurves) -> tuple[SingleCurves, NDArray[np.int8]]:
    """Curves for Loewe, which needs both drugs to act the same way.

    Where one drug inhibits and the other only promotes growth, the second is taken as without effect: a flat line
    at its mean, which is the best curve that does not promote.

    Returns
    -------
    SingleCurves, (n,) array
        And which drug was flattened: 0 none, 1 the first, 2 the second.
    """
    rising_first, rising_second = (
        curves.first.top >= curves.first.base,
        curves.second.top >= curves.second.base,
    )
    flat_first, flat_second = rising_second & ~rising_first, rising_first & ~rising_second
    made = SingleCurves(
        _flattened(curves.first, grids.inhibition[:, :, 0], flat_first),
        _flattened(curves.second, grids.inhibition[:, 0, :], flat_second),
    )
    return made, (flat_first + 2 * flat_second).astype(np.int8)


def _flattened(curves: DrugCurves, edge: Floats, which: NDArray[np.bool_]) -> DrugCurves:
    measured = np.isfinite(edge)
    share = measured / np.maximum(measured.sum(axis=1, keepdims=True), 1)
    mean = (np.where(measured, edge, 0.0) * share).sum(axis=1)
    sensitivity = curves.sensitivity.copy()
    sensitivity[which, :2] = share[which, None, :]
    sensitivity[which, 2:] = 0.0
    return replace(
        curves,
        base=np.where(which, mean, curves.base),
        top=np.where(which, mean, curves.top),
        sensitivity=sensitivity,
    )
