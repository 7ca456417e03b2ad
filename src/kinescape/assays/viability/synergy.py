"""Score drug combinations: Bliss, HSA, Loewe, ZIP and MuSyC under one noise model.

Scores are percentage points of inhibition, averaged over the cells in which all drugs were given. Where a matrix was
repeated independently, each replicate is scored by itself and the replicates are the sample of every interval and
test. Where it was not, intervals come from the scatter of wells, and no p-value is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.bliss_hsa import Excess, bliss_excess, hsa_excess
from kinescape.assays.viability.dose_matrices import DoseMatrices
from kinescape.assays.viability.dose_matrix import DoseMatrix, PairGrids, grid_of, pair_grids
from kinescape.assays.viability.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.loewe import loewe_excess
from kinescape.assays.viability.musyc import MusycFits, fit_musyc, musyc_status
from kinescape.assays.viability.single_curves import fit_single_curves, one_direction
from kinescape.assays.viability.synergy_noise import CellNoise, cell_noise
from kinescape.assays.viability.synergy_results import SCORES, SynergyResults
from kinescape.assays.viability.synergy_table import cell_frame, score_frame
from kinescape.assays.viability.zip_surface import zip_excess
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

Floats = NDArray[np.float64]
_CHUNK = 200
_FAR_ABOVE = 0.15


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


def score_synergy(
    source: str | Path | DoseMatrices | Sequence[DoseMatrix],
    *,
    level: float = 0.95,
    scores: Sequence[str] = SCORES,
    musyc: bool = True,
    **reading: Any,
) -> SynergyResults:
    """Score every combination of a screen.

    Parameters
    ----------
    source : path, DoseMatrices or sequence of DoseMatrix
        A long dose table (see `read_dose_matrices`), or what was read from one.
    level : float
        Of the intervals.
    scores : sequence of str
        Some of `bliss`, `hsa`, `loewe`, `zip`.
    musyc : bool
        Whether MuSyC is fitted too.
    **reading
        Options of `read_dose_matrices`, where a path is given.

    Raises
    ------
    InputError
        Where the file is at fault, a score is unknown, or no matrix can be scored.

    References
    ----------
    Bliss 1939, doi:10.1111/j.1744-7348.1939.tb06990.x; Van der Borght 2017, doi:10.1038/s41598-017-18068-5
    (generalised Loewe).

    Examples
    --------
    >>> doses = np.array([[a, b] for a in (0.0, 1.0, 2.0, 4.0) for b in (0.0, 1.0, 2.0, 4.0)])
    >>> left = 1 / (1 + doses)
    >>> independent = DoseMatrix("1", ("A", "B"), ("uM", "uM"), doses, 1 - left.prod(axis=1)[None], np.ones((1, 16)))
    >>> float(score_synergy([independent]).scores["bliss"].abs().round(9)[0])
    0.0
    """
    unknown = [name for name in scores if name not in SCORES]
    if unknown:
        raise InputError(Fault("unknown-score", f"'{unknown[0]}' is not a score", expected=", ".join(SCORES)))
    if not 0 < level < 1:
        raise InputError(Fault("level", f"an interval of {level:g} is not possible", expected="such as 0.95"))
    if isinstance(source, str | Path):
        source = read_dose_matrices(source, **reading)
    if isinstance(source, DoseMatrices):
        matrices, notes, stated, named, file = (
            source.matrices,
            Faults(source.notes),
            source.stated,
            source.named_replicates,
            source.file,
        )
    else:
        matrices, notes, stated, named, file = tuple(source), Faults(), "", True, ""
    if not matrices:
        raise InputError(Fault("no-matrix", "there is no dose matrix to score", file=file or None))
    reasons = [matrix.fault for matrix in matrices]
    if all(reasons):
        faults = Faults()
        for matrix, reason in list(zip(matrices, reasons, strict=True))[:20]:
            faults.add("not-scored", f"block {matrix.name}: {reason}", file=file or None)
        faults.raise_if_errors()
    usable = [index for index, reason in enumerate(reasons) if not reason]
    whole = _score_all([matrices[i] for i in usable], [matrices[i].mean for i in usable], scores, musyc)
    by_matrix: list[Scored | None] = [None] * len(matrices)
    for index, scored in zip(usable, whole, strict=True):
        by_matrix[index] = scored
    replicates = _score_replicates(matrices, usable, scores, musyc) if named else {}
    noise = _noise(matrices, reasons)
    _tell_shared_singles(matrices, replicates, notes, file)
    _tell_failures(matrices, reasons, notes, file)
    frame = score_frame(matrices, reasons, by_matrix, replicates, noise, level=level, scores=tuple(scores))
    cells = cell_frame(matrices, by_matrix, replicates, noise, scores=tuple(scores))
    return SynergyResults(frame, cells, tuple(matrices), level, tuple(notes), stated, file)


def _score_all(
    matrices: list[DoseMatrix], values: list[Floats], scores: Sequence[str], musyc: bool
) -> list[Scored]:
    """Score many matrices: pairs of one shape together, others one by one."""
    found = [Scored({}, {}, {}, {"status": "two drugs only"}) for _ in matrices]
    pairs = [index for index, matrix in enumerate(matrices) if len(matrix.drugs) == 2]
    for index, matrix in enumerate(matrices):
        if len(matrix.drugs) != 2:
            _keep_free(found[index], matrix.doses, values[index], scores)
    for grids in pair_grids([matrices[i] for i in pairs], [values[i] for i in pairs]):
        for start in range(0, len(grids.members), _CHUNK):
            part = slice(start, start + _CHUNK)
            members = tuple(pairs[member] for member in grids.members[part])
            chunk = PairGrids(members, grids.first[part], grids.second[part], grids.inhibition[part])
            _score_chunk(chunk, matrices, found, scores, musyc)
    return found


def _keep_free(scored: Scored, doses: Floats, values: Floats, scores: Sequence[str]) -> None:
    """Bliss and HSA, which need no curves."""
    for name, method in (("bliss", bliss_excess), ("hsa", hsa_excess)):
        if name in scores:
            found = method(doses, values)
            scored.excess[name], scored.jacobian[name] = found.excess, found.jacobian
            scored.mean[name] = float(found.mean())


def _score_chunk(
    grids: PairGrids,
    matrices: list[DoseMatrix],
    found: list[Scored],
    scores: Sequence[str],
    musyc: bool,
) -> None:
    count, rows, columns = grids.inhibition.shape
    curves = fit_single_curves(grids)
    together, flattened = one_direction(grids, curves)
    order = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), axis=-1).reshape(-1, 2)
    flat = grids.inhibition.reshape(count, -1)
    made: dict[str, Excess] = {}
    # Bliss and HSA see positions, not doses: position 0 is dose 0 in every matrix of the stack.
    places = order.astype(np.float64)
    if "bliss" in scores:
        made["bliss"] = bliss_excess(places, flat)
    if "hsa" in scores:
        made["hsa"] = hsa_excess(places, flat)
    if "loewe" in scores:
        made["loewe"] = loewe_excess(grids, together)
    if "zip" in scores:
        made["zip"] = zip_excess(grids, curves).excess
    means = {name: excess.mean() for name, excess in made.items()}
    fits = fit_musyc(grids, curves) if musyc else None
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
        for name, excess in made.items():
            if few and name in ("loewe", "zip"):
                found[member].mean[name] = float("nan")
                continue
            found[member].excess[name] = excess.excess[row][cells]
            found[member].jacobian[name] = excess.jacobian[row][np.ix_(cells, cells)]
            found[member].mean[name] = float(means[name][row])
        if fits is not None:
            found[member].musyc = _musyc_values(fits, row, statuses[row])
        else:
            found[member].musyc = {"status": "not asked for"}


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


def _score_replicates(
    matrices: Sequence[DoseMatrix], usable: list[int], scores: Sequence[str], musyc: bool
) -> dict[int, list[Scored]]:
    """Scores of every independent replicate that holds single drugs and combinations."""
    chosen, parts, values = [], [], []
    for index in usable:
        matrix = matrices[index]
        if len(matrix.replicates) < 2:
            continue
        for row in matrix.inhibition:
            alone = DoseMatrix(
                matrix.name, matrix.drugs, matrix.units, matrix.doses, row[None], np.ones_like(row)[None]
            )
            if not alone.fault:
                chosen.append(index)
                parts.append(alone)
                values.append(row)
    found: dict[int, list[Scored]] = {}
    for index, scored in zip(chosen, _score_all(parts, values, scores, musyc) if parts else [], strict=True):
        found.setdefault(index, []).append(scored)
    return {index: several for index, several in found.items() if len(several) > 1}


def _noise(matrices: Sequence[DoseMatrix], reasons: list[str]) -> CellNoise:
    grids: list[Floats | None] = []
    for matrix, reason in zip(matrices, reasons, strict=True):
        grids.append(None if reason else grid_of(matrix, matrix.mean))
    return cell_noise(
        grids, [matrix.well_variance for matrix in matrices], [matrix.well_degrees for matrix in matrices]
    )


def _tell_shared_singles(
    matrices: Sequence[DoseMatrix], replicates: dict[int, list[Scored]], notes: Faults, file: str
) -> None:
    """Replicates with one and the same single-drug values do not repeat the single drugs."""
    shared = []
    for index in replicates:
        matrix = matrices[index]
        alone = (matrix.doses > 0).sum(axis=1) == 1
        values = matrix.inhibition[:, alone]
        if alone.any() and np.nanmax(np.ptp(values, axis=0)) == 0:
            shared.append(matrix.name)
    if shared:
        notes.add(
            "shared-singles",
            f"in {len(shared)} matrices ({', '.join(shared[:8])}) all replicates carry the same single-drug values: "
            "the error of the single drugs is not known, and intervals and p-values leave it out",
            file=file or None,
            severity="warning",
        )


def _tell_failures(matrices: Sequence[DoseMatrix], reasons: list[str], notes: Faults, file: str) -> None:
    for matrix, reason in zip(matrices, reasons, strict=True):
        if reason:
            notes.add(
                "not-scored",
                f"block {matrix.name} ({matrix.pair}): {reason}",
                file=file or None,
                severity="warning",
            )
