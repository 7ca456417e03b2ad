"""Scores of many dose matrices at once: pairs of one shape as a stack, matrices of more drugs one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.bliss_hsa import Excess, bliss_excess, hsa_excess
from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, PairGrids, pair_grids
from kinescape.assays.viability.combination_scoring.loewe import loewe_excess
from kinescape.assays.viability.combination_scoring.single_curves import (
    SingleCurves,
    fit_single_curves,
    one_direction,
)
from kinescape.assays.viability.combination_scoring.synergy_results import SCORE_NAMES
from kinescape.assays.viability.combination_scoring.synergyfinder_scores import synergyfinder_excess
from kinescape.assays.viability.combination_scoring.zip_surface import zip_excess
from kinescape.assays.viability.musyc import MusycFits, fit_musyc, musyc_status

Floats = NDArray[np.float64]
_CHUNK = 200
_FAR_ABOVE = 0.15
_BY_CURVES = ("loewe", "zip")


@dataclass
class Scored:
    """Scores of one set of values of one matrix; cells in the order of the matrix.

    Parameters
    ----------
    excess : dict of str to (n_cells,) array
        By score, fractions.
    mean, jacobian : dict
        Mean excess by score, and the derivative (n_cells, n_cells) of the excess by the cells.
    musyc : dict of str to float or str
        Parameters, `alpha12`, `alpha21`, `beta`, their errors by curvature, and `status`.
    note : str
        What must be known of the curves; empty where nothing.
    """

    excess: dict[str, Floats]
    jacobian: dict[str, Floats]
    mean: dict[str, float]
    musyc: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """What is computed for every matrix.

    Parameters
    ----------
    scores : tuple of str
        Some of `SCORES`.
    musyc : bool
        Whether MuSyC is fitted.
    convention : str
        Whose Loewe and ZIP.
    """

    scores: tuple[str, ...]
    musyc: bool
    convention: str = "kinescape"


def score_matrices(matrices: list[DoseMatrix], values: list[Floats], asked: Asked) -> list[Scored]:
    """Score many matrices.

    Parameters
    ----------
    matrices : list of DoseMatrix
        Each with single drugs and combinations.
    values : list of (n_cells,) arrays
        Their inhibition: the mean, or one replicate.
    asked : Asked
        What is computed.
    """
    found = [Scored({}, {}, {}, {"status": "two drugs only"}) for _ in matrices]
    pairs = [index for index, matrix in enumerate(matrices) if len(matrix.drugs) == 2]
    for index, matrix in enumerate(matrices):
        if len(matrix.drugs) != 2:
            _keep_free(found[index], matrix.doses, values[index], asked.scores)
    for grids in pair_grids([matrices[i] for i in pairs], [values[i] for i in pairs]):
        for start in range(0, len(grids.members), _CHUNK):
            part = slice(start, start + _CHUNK)
            members = tuple(pairs[member] for member in grids.members[part])
            chunk = PairGrids(members, grids.first[part], grids.second[part], grids.inhibition[part])
            _score_chunk(chunk, matrices, found, asked)
    return found


def _keep_free(scored: Scored, doses: Floats, values: Floats, scores: Sequence[str]) -> None:
    """Bliss and HSA, which need no curves."""
    for name, method in (("bliss", bliss_excess), ("hsa", hsa_excess)):
        if name in scores:
            found = method(doses, values)
            scored.excess[name], scored.jacobian[name] = found.excess, found.jacobian
            scored.mean[name] = float(found.mean())


def _score_chunk(grids: PairGrids, matrices: list[DoseMatrix], found: list[Scored], asked: Asked) -> None:
    columns = grids.inhibition.shape[2]
    curves = fit_single_curves(grids)
    ours, flattened = _our_excess(grids, curves, asked)
    means = {name: excess.mean() for name, excess in ours.items()}
    theirs: dict[str, Floats] = {}
    if asked.convention == "synergyfinder":
        theirs = synergyfinder_excess(grids, [name for name in _BY_CURVES if name in asked.scores])
    fits = fit_musyc(grids, curves) if asked.musyc else None
    statuses = musyc_status([matrices[member] for member in grids.members], fits) if fits else []
    for row, member in enumerate(grids.members):
        matrix = matrices[member]
        found[member].note = _above_untreated(matrix, values=grids.inhibition[row])
        at_first = np.searchsorted(grids.first[row], matrix.doses[:, 0])
        at_second = np.searchsorted(grids.second[row], matrix.doses[:, 1])
        cells = at_first * columns + at_second
        few = matrix.few_doses()
        if few:
            found[member].note = f"{few}: no Loewe, ZIP or MuSyC"
        elif flattened[row]:
            found[
                member
            ].note = f"{matrix.drugs[flattened[row] - 1]} alone only promotes growth; Loewe takes it as without effect"
        for name, excess in ours.items():
            if few and name in _BY_CURVES:
                found[member].mean[name] = float("nan")
                continue
            found[member].excess[name] = excess.excess[row][cells]
            found[member].jacobian[name] = excess.jacobian[row][np.ix_(cells, cells)]
            found[member].mean[name] = float(means[name][row])
        for name, excess_of_all in theirs.items():
            cell_excess = np.full(cells.size, np.nan) if few else excess_of_all[row][cells]
            there = np.isfinite(cell_excess)
            found[member].excess[name] = cell_excess
            found[member].mean[name] = float(cell_excess[there].mean()) if there.any() else float("nan")
            if not there.any() and not few:
                found[member].note += f"SynergyFinder's curves could not be fitted: no {SCORE_NAMES[name]}. "
        if fits is not None:
            found[member].musyc = _musyc_values(fits, row, statuses[row])
        else:
            found[member].musyc = {"status": "not asked for"}


def _our_excess(
    grids: PairGrids, curves: SingleCurves, asked: Asked
) -> tuple[dict[str, Excess], NDArray[np.int8]]:
    """Our scores of a stack, and the drug of each matrix (1 or 2) that Loewe takes as without effect; 0 for none."""
    count, rows, columns = grids.inhibition.shape
    # Bliss and HSA see positions, not doses: position 0 is dose 0 in every matrix of the stack.
    grid = np.meshgrid(np.arange(float(rows)), np.arange(float(columns)), indexing="ij")
    places, flat = np.stack(grid, axis=-1).reshape(-1, 2), grids.inhibition.reshape(count, -1)
    made: dict[str, Excess] = {}
    flattened = np.zeros(count, dtype=np.int8)
    if "bliss" in asked.scores:
        made["bliss"] = bliss_excess(places, flat)
    if "hsa" in asked.scores:
        made["hsa"] = hsa_excess(places, flat)
    if asked.convention == "kinescape":
        together, flattened = one_direction(grids, curves)
        if "loewe" in asked.scores:
            made["loewe"] = loewe_excess(grids, together)
        if "zip" in asked.scores:
            made["zip"] = zip_excess(grids, curves).excess
    return made, flattened


def _above_untreated(matrix: DoseMatrix, values: Floats) -> str:
    """A warning where a drug alone lies far above the untreated wells: Bliss and ZIP multiply that into synergy."""
    for name, edge in zip(matrix.drugs, (values[1:, 0], values[0, 1:]), strict=True):
        known = edge[np.isfinite(edge)]
        if known.size and np.median(known) < -_FAR_ABOVE:
            return (
                f"{name} alone leaves {-100 * np.median(known):.0f} % more cells than untreated (growth, or a weak "
                "control): Bliss and ZIP multiply that and promise synergy or antagonism that is none; judge by HSA "
                "and Loewe. "
            )
    return ""


def _musyc_values(fits: MusycFits, row: int, status: str) -> dict[str, Any]:
    if status.startswith("too few"):
        return {"status": status}
    deviation = float(np.sqrt(fits.residual_variance[row]))
    own = np.sqrt(np.clip(np.diagonal(fits.covariance[row]), 0, None)) * deviation
    total = float(fits.total_squares[row])
    values = fits.parameters[row]
    defined = status == "fitted" or "alpha is a bound" in status
    return {
        "status": status,
        "parameters": values,
        "r_squared": 1.0 - float(fits.sum_of_squares[row]) / total if total > 0 else float("nan"),
        "degrees": float(fits.points[row] - 10),
        "log_alpha12": float(values[8]) if defined else float("nan"),
        "log_alpha21": float(values[9]) if defined else float("nan"),
        "log_alpha12_se": float("nan") if fits.at_bound[row, 8] else float(own[8]),
        "log_alpha21_se": float("nan") if fits.at_bound[row, 9] else float(own[9]),
        "beta": float(fits.beta[row]) if defined else float("nan"),
        "beta_se": float(fits.beta_error()[row]) * deviation,
    }
