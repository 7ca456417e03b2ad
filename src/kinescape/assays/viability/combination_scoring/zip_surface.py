"""Zero interaction potency (ZIP): neither drug changes the potency or the slope of the other.

Each row and each column of the matrix gets its own curve, which begins at the measured effect of the other drug
alone; the mean of both curves is compared with what two independent single-drug curves give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.bliss_hsa import Excess
from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.drug_curve import (
    DrugCurves,
    curve_and_slopes,
    fit_drug_curves,
)
from kinescape.assays.viability.combination_scoring.single_curves import SingleCurves

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ZipSurface:
    """The ZIP excess with the surface that was fitted.

    Parameters
    ----------
    fitted : (n, n_cells) array
        Mean of the row's and the column's curve.
    excess : Excess
        Fitted less expected.
    """

    fitted: Floats
    excess: Excess


def zip_excess(grids: PairGrids, curves: SingleCurves) -> ZipSurface:
    """Excess of every matrix of a stack over zero interaction potency; cells in row order of the grid.

    Parameters
    ----------
    grids : PairGrids
        n matrices of n_first × n_second doses.
    curves : SingleCurves
        Of the same matrices.

    Notes
    -----
    δ = (y₂←₁ + y₁←₂) / 2 − (y₁ + y₂ − y₁ y₂). The conditional curves y₂←₁ and y₁←₂ start at the measured single
    effect, or at the fitted one where it was not measured.

    References
    ----------
    Yadav et al. 2015 (ZIP).
    """
    count, rows, columns = grids.inhibition.shape
    alone_first = curves.first.at(grids.first)
    alone_second = curves.second.at(grids.second)
    along_rows, rows_hat = _conditional(grids.inhibition, grids.second, alone_first)
    turned = np.swapaxes(grids.inhibition, 1, 2)
    along_columns, columns_hat = _conditional(turned, grids.first, alone_second)
    fitted = (along_rows + np.swapaxes(along_columns, 1, 2)) / 2
    expected = (
        alone_first[:, :, None]
        + alone_second[:, None, :]
        - alone_first[:, :, None] * alone_second[:, None, :]
    )
    cells = rows * columns
    jacobian = np.zeros((count, rows, columns, rows, columns))
    for row in range(rows):
        jacobian[:, row, :, row, :] += rows_hat[:, row] / 2
    for column in range(columns):
        jacobian[:, :, column, :, column] += columns_hat[:, column] / 2
    hat_first = _hat(curves.first, grids.first)
    hat_second = _hat(curves.second, grids.second)
    jacobian[:, :, :, :, 0] -= np.einsum("nir,nj->nijr", hat_first, 1.0 - alone_second)
    jacobian[:, :, :, 0, :] -= np.einsum("njc,ni->nijc", hat_second, 1.0 - alone_first)
    unknown = ~grids.combined.reshape(count, cells)
    excess = Excess(
        np.where(unknown, np.nan, expected.reshape(count, cells)),
        np.where(unknown, np.nan, (fitted - expected).reshape(count, cells)),
        np.where(unknown[:, :, None], 0.0, jacobian.reshape(count, cells, cells)),
    )
    return ZipSurface(fitted.reshape(count, cells), excess)


def _hat(curves: DrugCurves, doses: Floats) -> Floats:
    """Derivative of the fitted by the observed values of each curve."""
    _, slopes = curve_and_slopes(curves.parameters, doses)
    hat: Floats = np.swapaxes(slopes, 1, 2) @ curves.sensitivity
    return hat


def _conditional(grid: Floats, doses: Floats, alone: Floats) -> tuple[Floats, Floats]:
    """Curves along the last axis that begin at the first column.

    Returns the fitted values (n, lines, points) and their derivatives by the observed values of the line.
    """
    count, lines, points = grid.shape
    flat = grid.reshape(count * lines, points)
    measured = np.isfinite(flat)
    base = np.where(measured[:, 0], flat[:, 0], alone.reshape(-1))
    along = np.repeat(doses, lines, axis=0)
    weights = (measured & (along > 0)).astype(np.float64)
    found = fit_drug_curves(along, np.where(measured, flat, 0.0), weights, base=base, starts=2)
    fitted, slopes = curve_and_slopes(found.parameters, along)
    hat = np.swapaxes(slopes, 1, 2) @ found.sensitivity
    # The base moves the curve directly, less what the refitted rest takes back.
    direct = slopes[:, 0]
    hat[:, :, 0] += direct - np.einsum("nij,nj->ni", hat, direct * (weights > 0))
    return fitted.reshape(count, lines, points), hat.reshape(count, lines, points, points)
