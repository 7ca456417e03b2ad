"""A screen of dose matrices: wells gathered into blocks, repeats told apart from independent replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kinescape.assays.viability.combination_scoring.dose_matrix import DoseMatrix
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import Quantity
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.measurements.replicates import combine_replicates
from kinescape.measurements.table import Measurements

_LISTED = 8
_ENOUGH = 9


@dataclass(frozen=True)
class DoseMatrices:
    """The matrices of a file, in its order.

    Parameters
    ----------
    matrices : tuple of DoseMatrix
        One a block and sample.
    notes : tuple of Fault
        What was found and decided while reading.
    stated : str
        How the responses were read.
    named_replicates : bool
        Whether a column (or the user) says which values are independent replicates.
    file : str
        As messages name it.
    """

    matrices: tuple[DoseMatrix, ...]
    notes: tuple[Fault, ...] = ()
    stated: str = ""
    named_replicates: bool = False
    file: str = ""

    def to_measurements(self, *, time_h: float | None = None) -> Measurements:
        """The viabilities as rows of `Measurements`, one a sample and condition, with errors over replicates.

        Fractions below zero count as zero and carry the flag `low_signal`. Cells of a drug combined with itself are
        left out: no condition names these.

        Parameters
        ----------
        time_h : float, optional
            Hours of treatment, where they are known.

        Raises
        ------
        InputError
            Where a drug's name or unit cannot stand in a condition.
        """
        rows: list[tuple[str, str, float, str]] = []
        faults = Faults()
        for matrix in self.matrices:
            for cell, text in enumerate(_conditions(matrix, self.file, faults)):
                for which, replicate in enumerate(matrix.replicates):
                    value = matrix.inhibition[which, cell]
                    if text and np.isfinite(value):
                        name = f"{matrix.name}/{replicate}" if self.named_replicates else "one"
                        rows.append((matrix.sample or "sample", text, 1.0 - float(value), name))
        one_fault_each = {fault.found: fault for fault in faults}
        Faults(one_fault_each.values()).raise_if_errors()
        frame = pl.DataFrame(
            rows,
            schema={"sample": pl.String, "condition": pl.String, "value": pl.Float64, "replicate": pl.String},
            orient="row",
        )
        labelled = frame.with_columns(
            pl.col("value").clip(lower_bound=0.0),
            pl.when(pl.col("value") < 0)
            .then(pl.lit(["low_signal"]))
            .otherwise(pl.lit([], pl.List(pl.String)))
            .alias("flags"),
            pl.lit("all").alias("population"),
            pl.lit(time_h, dtype=pl.Float64).alias("time_h"),
            pl.lit("viability").alias("node"),
            pl.lit("viability").alias("readout"),
            pl.lit("fraction_of_control").alias("scale"),
            pl.lit("dose_matrix").alias("assay"),
        )
        return Measurements.from_frame(combine_replicates(labelled), file=self.file)


def _conditions(matrix: DoseMatrix, file: str, faults: Faults) -> list[str]:
    """The condition of every cell; empty for the untreated ones, and for a drug with itself."""
    texts = []
    for doses in matrix.doses:
        given = [(drug, index) for index, drug in enumerate(matrix.drugs) if doses[index] > 0]
        if not given or len({drug for drug, _ in given}) < len(given):
            texts.append("")
            continue
        try:
            parts = [
                AgentDose(drug, Quantity(float(doses[index]), matrix.units[index])) for drug, index in given
            ]
            texts.append(Condition(tuple(parts)).text)
        except ValueError as error:
            faults.add("agent-name", str(error), file=file or None, mend="rename the drug")
            texts.append("")
    return texts


def gather_matrices(wells: pl.DataFrame, drugs: int, faults: Faults, file: str) -> tuple[DoseMatrix, ...]:
    """Wells as matrices.

    Parameters
    ----------
    wells : polars.DataFrame
        `block`, `sample`, `replicate`, `viability` (fraction) and, for each drug k from 1, `drug_k`, `unit_k` and
        `dose_k`; one row a well.
    drugs : int
        How many drugs.
    faults : Faults
        Takes what was decided.
    file : str
        For the messages.
    """
    doses = [f"dose_{drug}" for drug in range(1, drugs + 1)]
    cell = ["block", "sample", "replicate", *doses]
    cells = wells.group_by(cell, maintain_order=True).agg(
        pl.col("viability").mean().alias("value"),
        pl.len().alias("wells"),
        pl.col("viability").var().fill_null(0.0).alias("variance"),
        *(pl.col(f"{part}_{drug}").first() for drug in range(1, drugs + 1) for part in ("drug", "unit")),
    )
    cells = _copies_counted_once(cells, faults, file)
    matrices = []
    for part in cells.partition_by(["block", "sample"], maintain_order=True):
        matrices.append(_matrix(part, doses))
    _tell_repeats(matrices, faults, file)
    return tuple(matrices)


def _copies_counted_once(cells: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Repeats that agree to the last digit are copies of one value, not measurements of it."""
    repeated = pl.col("wells") > 1
    copies = cells.filter(repeated & (pl.col("variance") == 0) & ~pl.col("value").is_in([0.0, 1.0]))
    if copies.height:
        faults.add(
            "copied-values",
            f"{copies.height} cell{'s hold' if copies.height > 1 else ' holds'} the same value "
            f"{int(copies['wells'].max())} times to the last digit: copies "  # type: ignore[arg-type]
            "of one measurement, counted once",
            file=file,
            severity="warning",
        )
    one = repeated & (pl.col("variance") == 0)
    return cells.with_columns(pl.when(one).then(1).otherwise(pl.col("wells")).alias("wells"))


def _matrix(part: pl.DataFrame, names: list[str]) -> DoseMatrix:
    first = part.row(0, named=True)
    drugs = range(1, len(names) + 1)
    labels = part["replicate"].unique(maintain_order=True).to_list()
    doses, at = np.unique(part.select(names).to_numpy(), axis=0, return_inverse=True)
    at = at.reshape(-1)
    which = (
        part["replicate"].replace_strict(labels, list(range(len(labels))), return_dtype=pl.Int64).to_numpy()
    )
    inhibition = np.full((len(labels), doses.shape[0]), np.nan)
    count = np.zeros_like(inhibition)
    inhibition[which, at] = 1.0 - part["value"].to_numpy()
    number = part["wells"].to_numpy()
    count[which, at] = number
    degrees = int((number - 1).sum())
    pooled = float(((number - 1) * part["variance"].to_numpy()).sum() / degrees) if degrees else float("nan")
    return DoseMatrix(
        name=str(first["block"]),
        drugs=tuple(str(first[f"drug_{drug}"]) for drug in drugs),
        units=tuple(str(first[f"unit_{drug}"]) for drug in drugs),
        doses=doses,
        inhibition=inhibition,
        wells=count,
        well_variance=pooled,
        well_degrees=degrees,
        replicates=tuple(str(label) for label in labels),
        sample=str(first["sample"] or ""),
    )


def _tell_repeats(matrices: list[DoseMatrix], faults: Faults, file: str) -> None:
    repeated = [matrix for matrix in matrices if matrix.well_degrees]
    if repeated:
        named = ", ".join(matrix.name for matrix in repeated[:_LISTED])
        faults.add(
            "repeated-wells",
            f"{len(repeated)} of {len(matrices)} matrices ({named}{', ...' if len(repeated) > _LISTED else ''}) have "
            "several wells of one combination within a replicate: averaged; their scatter gives intervals, but no "
            "test, as wells of one experiment are not independent replicates",
            file=file,
            mend="name the column of independent replicates (--replicate), or say --repeats independent",
            severity="warning",
        )
    seen: dict[bytes, list[str]] = {}
    for matrix in matrices:
        if np.isfinite(matrix.mean).sum() >= _ENOUGH and np.nanstd(matrix.mean) > 0:
            seen.setdefault(matrix.mean.tobytes(), []).append(matrix.name)
    twins = [" = ".join(names) for names in seen.values() if len(names) > 1]
    if twins:
        faults.add(
            "same-matrix",
            f"blocks with the same values to the last digit: {', '.join(twins[:_LISTED])}; one of them is a copy",
            file=file,
            mend="check which sample or pair the values belong to",
            severity="warning",
        )
    selves = [matrix.name for matrix in matrices if matrix.against_itself]
    if selves:
        faults.add(
            "drug-against-itself",
            f"in {', '.join(selves[:_LISTED])} one drug is combined with itself: only Loewe expects nothing there; "
            "Bliss, HSA and ZIP will call it synergy or antagonism by its slope alone",
            file=file,
            severity="warning",
        )
