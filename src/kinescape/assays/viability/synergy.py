"""Score drug combinations: Bliss, HSA, Loewe, ZIP and MuSyC under one noise model.

Scores are percentage points of inhibition, averaged over the cells in which all drugs were given. Where a matrix was
repeated independently, each replicate is scored by itself and the replicates are the sample of every interval and
test. Where it was not, intervals come from the scatter of wells, and no p-value is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.dose_matrices import DoseMatrices
from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix, grid_of
from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.combination_scoring.matrix_scores import Asked, Scored, score_matrices
from kinescape.assays.viability.combination_scoring.synergy_noise import CellNoise, cell_noise
from kinescape.assays.viability.combination_scoring.synergy_results import CONVENTIONS, SCORES, SynergyResults
from kinescape.assays.viability.combination_scoring.synergy_table import cell_frame, score_frame
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

Floats = NDArray[np.float64]
_AS_SYNERGYFINDER = (
    "Loewe and ZIP were computed as SynergyFinder does, with unbounded curves: they have errors only where the matrix "
    "was repeated independently; Bliss and HSA are the same by both conventions, MuSyC is ours"
)


def score_synergy(
    source: str | Path | DoseMatrices | Sequence[DoseMatrix],
    *,
    level: float = 0.95,
    scores: Sequence[str] = SCORES,
    musyc: bool = True,
    convention: str = "kinescape",
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
    convention : str
        `kinescape`, or `synergyfinder`: Loewe and ZIP as that program computes them (see `synergyfinder_scores`),
        for agreement with published scores; without independent replicates they then have no errors. Bliss and HSA
        are the same by both; MuSyC is ours.
    **reading
        Options of `read_dose_matrices`, where a path is given.

    Raises
    ------
    InputError
        Where the file is at fault, a score or convention is unknown, or no matrix can be scored.

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
    if convention not in CONVENTIONS:
        told = f"'{convention}' is not a convention of scoring"
        raise InputError(Fault("unknown-convention", told, expected=", ".join(CONVENTIONS)))
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
    if convention == "synergyfinder":
        _refuse_more_drugs(matrices, file)
    reasons = [matrix.fault for matrix in matrices]
    if all(reasons):
        faults = Faults()
        for matrix, reason in list(zip(matrices, reasons, strict=True))[:20]:
            faults.add("not-scored", f"block {matrix.name}: {reason}", file=file or None)
        faults.raise_if_errors()
    usable = [index for index, reason in enumerate(reasons) if not reason]
    asked = Asked(tuple(scores), musyc, convention)
    whole = score_matrices([matrices[i] for i in usable], [matrices[i].mean for i in usable], asked)
    by_matrix: list[Scored | None] = [None] * len(matrices)
    for index, scored in zip(usable, whole, strict=True):
        by_matrix[index] = scored
    replicates = _score_replicates(matrices, usable, asked) if named else {}
    noise = _noise(matrices, reasons)
    _tell_shared_singles(matrices, replicates, notes, file)
    _tell_failures(matrices, reasons, notes, file)
    if convention == "synergyfinder":
        notes.add("convention", _AS_SYNERGYFINDER, file=file or None, severity="note")
    frame = score_frame(matrices, reasons, by_matrix, replicates, noise, level=level, scores=tuple(scores))
    frame = frame.with_columns(pl.lit(convention).alias("convention"))
    cells = cell_frame(matrices, by_matrix, replicates, noise, scores=tuple(scores))
    return SynergyResults(
        frame,
        cells,
        tuple(matrices),
        level,
        tuple(notes),
        stated,
        file,
        convention=convention,
        named_replicates=named,
    )


def _refuse_more_drugs(matrices: Sequence[DoseMatrix], file: str) -> None:
    more = [matrix for matrix in matrices if len(matrix.drugs) > 2]
    if more:
        found = f"block {more[0].name} holds {len(more[0].drugs)} drugs ({more[0].pair})"
        raise InputError(
            Fault(
                "convention-pairs",
                f"{found}; SynergyFinder's Loewe and ZIP are computed for pairs only",
                file=file or None,
                expected="matrices of two drugs",
                mend="leave --convention out: Bliss and HSA are scored for any number of drugs",
            )
        )


def _score_replicates(
    matrices: Sequence[DoseMatrix], usable: list[int], asked: Asked
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
    for index, scored in zip(chosen, score_matrices(parts, values, asked) if parts else [], strict=True):
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
