"""What every reader shares: readings turned into `Measurements`, and rows accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kinescape.assays.against_control import SCALES_IN, effects_against_control
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.table import Measurements

_LISTED = 10

READING_SCHEMA: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "sample": pl.String(),
    "population": pl.String(),
    "condition": pl.String(),
    "time_h": pl.Float64(),
    "readout": pl.String(),
    "value": pl.Float64(),
    "replicate": pl.String(),
}
"""One reading: one value of one readout in one row of a file."""

ACCOUNT_SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(),
    "sample": pl.String(),
    "assay": pl.String(),
    "rows": pl.Int64(),
    "readouts": pl.Int64(),
    "conditions": pl.Int64(),
    "replicates_median": pl.Float64(),
    "without_replicates": pl.Int64(),
    "missing": pl.Int64(),
    "dropped": pl.Int64(),
    "control_wells": pl.Int64(),
    "control_variation": pl.Float64(),
    "note": pl.String(),
}
"""Accounting of one file and sample; `control_variation` is the coefficient of variation of its controls."""


@dataclass(frozen=True)
class ReadResult:
    """What a reader made of a file.

    Parameters
    ----------
    measurements : Measurements
        The effects.
    notes : tuple of Fault
        Warnings and notes; errors have been raised.
    accounting : polars.DataFrame
        Columns of `ACCOUNT_SCHEMA`.
    """

    measurements: Measurements
    notes: tuple[Fault, ...]
    accounting: pl.DataFrame


def to_measurements(
    readings: pl.DataFrame,
    vocabulary: Vocabulary,
    faults: Faults,
    *,
    file: str,
    assay: str,
    scale: str,
    phospho: bool,
    dropped: int = 0,
    replicates_named: bool,
    node: str | None = None,
) -> ReadResult:
    """Turn readings into effects against their control, with nodes, replicates and an account of the rows.

    Parameters
    ----------
    readings : polars.DataFrame
        Columns of `READING_SCHEMA`; conditions are canonical, values may be null.
    vocabulary : Vocabulary
        For the readouts.
    faults : Faults
        What was found so far; errors are raised here.
    file, assay : str
        Names in messages and in the table.
    scale : str
        What the values are; see `kinescape.assays.against_control.SCALES_IN`.
    phospho : bool
        Whether a bare protein name means its phosphorylated form.
    dropped : int
        Readings that the reader left out, as it said in a note.
    replicates_named : bool
        Whether the file says which readings are independent; if not, they count as one replicate.
    node : str, optional
        The node of all the readouts, where the assay has one.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    # A line without sample or readout has been told as a fault; the rest of the file is still looked at.
    readings = readings.filter(pl.col("sample").is_not_null() & pl.col("readout").is_not_null())
    nodes = _nodes(readings, vocabulary, faults, file=file, phospho=phospho, node=node)
    missing = readings.filter(pl.col("value").is_null())
    present = readings.filter(pl.col("value").is_not_null())
    if readings.height and present.is_empty():
        faults.add("empty-table", "the table holds no value", file=file)
    if missing.height:
        faults.add(
            "missing-values",
            f"{missing.height} of {readings.height} values are missing; they are left out, not filled",
            file=file,
            severity="note",
        )
    if not replicates_named:
        present = present.with_columns(replicate=pl.lit("one"))
        if scale in SCALES_IN and SCALES_IN[scale].against == "none":
            _tell_contradictions(present, faults, file)
    else:
        _tell_wells(present, faults, file)
    # A reading whose replicate is not named is a replicate of its own, and has no control of its own.
    own = pl.format("row {} (unnamed)", pl.col("row"))
    present = present.with_columns(replicate=pl.coalesce("replicate", own))
    effects, spread = effects_against_control(present, scale, faults, file=file)
    faults.raise_if_errors()
    if not replicates_named and effects.height:
        faults.add(
            "replicates-unnamed",
            "the file names no independent replicates (plate, experiment): repeated readings count as one, and "
            "no standard error is given",
            file=file,
            mend="name the column under [files.columns] as replicate = …",
            severity="note",
        )
    expanded = (
        effects.with_columns(
            node=pl.col("readout").replace_strict(nodes, return_dtype=pl.List(pl.String)), assay=pl.lit(assay)
        )
        .explode("node")
        .drop_nulls("node")
    )
    single = int((effects["n"] == 1).sum())
    if replicates_named and single:
        faults.add(
            "single-replicate",
            f"{single} of {effects.height} effects rest on one replicate; their standard error is null",
            file=file,
            severity="note",
        )
    table = Measurements.from_frame(expanded, file=file)
    account = _account(readings, effects, spread, file=file, assay=assay, scale=scale, dropped=dropped)
    return ReadResult(table, (*faults.warnings, *faults.notes), account)


def _tell_contradictions(present: pl.DataFrame, faults: Faults, file: str) -> None:
    """Effects that stand twice with different values, in a file that names no replicates."""
    key = ["sample", "population", "condition", "time_h", "readout"]
    twice = (
        present.group_by(key, maintain_order=True)
        .agg(pl.col("row"), pl.col("value").n_unique().alias("different"))
        .filter(pl.col("different") > 1)
    )
    by_rows = twice.group_by(["sample", "condition", "row"], maintain_order=True).agg(pl.col("readout"))
    for group in by_rows.head(_LISTED).iter_rows(named=True):
        readouts = group["readout"]
        more = f" and {len(readouts) - 3} more" if len(readouts) > 3 else ""
        faults.add(
            "duplicate",
            f"rows {', '.join(str(row) for row in group['row'][:5])} contradict each other: {group['sample']}, "
            f"{group['condition']}, {', '.join(readouts[:3])}{more}",
            file=file,
            row=group["row"][-1],
            mend="name the column of replicates under [files.columns] as replicate = …, or remove one",
        )
    if by_rows.height > _LISTED:
        faults.add("duplicate", f"and {by_rows.height - _LISTED} more contradictions like these", file=file)


def _nodes(
    readings: pl.DataFrame,
    vocabulary: Vocabulary,
    faults: Faults,
    *,
    file: str,
    phospho: bool,
    node: str | None,
) -> dict[str, list[str]]:
    nodes: dict[str, list[str]] = {}
    for readout in readings["readout"].unique(maintain_order=True).to_list():
        if node is not None:
            nodes[readout] = [node]
            continue
        meaning = vocabulary.readouts.resolve(readout, phospho=phospho)
        if meaning is None:
            near = vocabulary.readouts.nearest(readout)
            faults.add(
                "unknown-readout",
                f"the readout '{readout}' is not known",
                file=file,
                row=readings.filter(pl.col("readout") == readout)["row"][0],
                mend=(f"did you mean {' or '.join(repr(name) for name in near)}? " if near else "")
                + "Add it to readouts.tsv in the study folder; a column that is no readout of a wide table goes "
                "into ignore = […] under [files.columns]",
            )
            nodes[readout] = []
        else:
            nodes[readout] = list(meaning.nodes)
    return nodes


def _tell_wells(readings: pl.DataFrame, faults: Faults, file: str) -> None:
    """Well positions as replicates would make every well independent: a fault."""
    names = readings["replicate"].drop_nulls().unique()
    wells = names.str.contains(r"^(?i:well )?[A-Pa-p](?:0?[1-9]|1\d|2[0-4])$")
    # P1, P2, P3 are plates: wells differ in their row and in their column.
    rows, columns = (names.str.extract(part).n_unique() for part in (r"([A-Za-z])\d+$", r"(\d+)$"))
    if wells.all() and rows > 1 and columns > 1:
        faults.add(
            "wells-as-replicates",
            f"the replicates are called {', '.join(names.sort().to_list()[:3])}, …: these are wells",
            file=file,
            column="columns.replicate",
            expected="plates, experiments, animals or patients: wells of one plate are one replicate",
            mend="name the column of the plate or experiment, or leave replicate out",
        )


def _account(
    readings: pl.DataFrame,
    effects: pl.DataFrame,
    spread: Mapping[str, tuple[int, float]],
    *,
    file: str,
    assay: str,
    scale: str,
    dropped: int,
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for sample in sorted(readings["sample"].drop_nulls().unique().to_list()):
        own = readings.filter(pl.col("sample") == sample)
        found = effects.filter(pl.col("sample") == sample)
        wells, variation = spread.get(sample, (0, float("nan")))
        median = found["n"].median() if found.height else None
        rows.append(
            {
                "file": file,
                "sample": sample,
                "assay": assay,
                "rows": own["row"].n_unique(),
                "readouts": own["readout"].n_unique(),
                "conditions": found["condition"].n_unique(),
                "replicates_median": median,
                "without_replicates": int((found["n"] == 1).sum()),
                "missing": own["value"].null_count(),
                # Lines left out belong to the file: they are counted once, with its first sample.
                "dropped": 0 if rows else dropped,
                "control_wells": wells,
                "control_variation": None if variation != variation else variation,
                "note": _account_note(own, found, scale),
            }
        )
    return pl.DataFrame(rows, schema=ACCOUNT_SCHEMA)


def _account_note(readings: pl.DataFrame, effects: pl.DataFrame, scale: str) -> str:
    """What a number alone does not say: whether the replicates are wells, and how much these vary."""
    parts = []
    wells = effects.filter(pl.col("flags").list.contains("wells_of_one_plate")).height
    if wells:
        parts.append(f"{wells} effects rest on several wells of one experiment")
    if SCALES_IN[scale].against in ("ratio", "fraction"):
        key = ["population", "condition", "time_h", "readout", "replicate"]
        repeated = (
            readings.drop_nulls("value")
            .group_by(key)
            .agg(pl.len().alias("wells"), (pl.col("value").std(ddof=1) / pl.col("value").mean()).alias("cv"))
            .filter((pl.col("wells") > 1) & pl.col("cv").is_finite())
        )
        if repeated.height:
            variation = 100 * float(np.median(repeated["cv"].to_numpy()))
            parts.append(f"repeated wells vary by {variation:.0f} % (median coefficient of variation)")
    return "; ".join(parts)
