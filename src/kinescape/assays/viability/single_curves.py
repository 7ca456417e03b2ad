"""The two single drugs of each dose matrix as fitted curves: what Loewe, ZIP and the start of MuSyC stand on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinescape.assays.viability.dose_matrix import PairGrids
from kinescape.assays.viability.drug_curve import DrugCurves, Floats, fit_drug_curves


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
