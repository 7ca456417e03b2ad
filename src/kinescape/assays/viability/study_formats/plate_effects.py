"""Signals of wells as effects: less the blanks of their plate, and set against its untreated wells."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kinescape.assays.reading import READING_SCHEMA, ReadResult, to_measurements
from kinescape.assays.viability.reading.plate_samples import controls_of_samples
from kinescape.assays.viability.reading.wells import Wells, normalise_wells
from kinescape.assays.viability.study_formats.dose_conditions import tell_no_values
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults


def effects_on_plates(
    wells: Wells,
    vocabulary: Vocabulary,
    faults: Faults,
    *,
    assay: str,
    node: str,
    rows_known: bool,
    dropped: int = 0,
) -> ReadResult:
    """Signals less the blanks of their plate, set against its untreated wells; one plate is one replicate.

    Parameters
    ----------
    wells : Wells
        Its frame also has `row` and, for treated wells, the canonical `condition`; a null sample is not stated.
    vocabulary : Vocabulary
        For the readouts.
    faults : Faults
        What was found so far; errors are raised here.
    assay, node : str
        Columns of the table.
    rows_known : bool
        Whether `row` is a line of the file.
    dropped : int
        Wells that the study leaves out.

    Raises
    ------
    InputError
        With every fault: plates without untreated wells, or with more signal in the blanks than in these.
    """
    file = wells.file
    frame = _named_treated(wells.frame, faults, file)
    faults.raise_if_errors()
    # What is wrong with a plate as a whole is told by those who know plates.
    checked = normalise_wells(replace(wells, frame=frame))
    faults.extend(note for note in checked.notes if note.code not in ("below-zero", "missing-values"))
    blanks = frame.filter((pl.col("role") == "blank") & pl.col("value").is_finite())
    level = blanks.group_by("plate").agg(pl.col("value").mean().alias("blank"))
    used = frame.filter(pl.col("role").is_in(["treated", "control"])).join(level, on="plate", how="left")
    less = used.with_columns(value=pl.col("value") - pl.col("blank").fill_null(0.0))
    below = less.filter(pl.col("value") < 0).height
    if blanks.height:
        faults.add(
            "background",
            f"the mean of {blanks.height} blank wells was subtracted, plate by plate"
            + (f"; {below} wells lie below it and count as zero" if below else ""),
            file=file,
            severity="note",
        )
    elif below:
        faults.add(
            "below-zero",
            f"{below} wells hold a signal below zero; they count as zero",
            file=file,
            severity="note",
        )
    unused = frame.filter(pl.col("role").is_in(["positive", "unused"])).height
    faults.add(
        "wells-read",
        f"{wells.stated}; {unused} wells are positive controls or unused and are no rows",
        file=file,
        severity="note",
    )
    readings = less.with_columns(
        value=pl.col("value").clip(lower_bound=0.0).fill_nan(None),
        condition=pl.when(pl.col("role") == "control").then(pl.lit("control")).otherwise(pl.col("condition")),
        population=pl.lit("all"),
        readout=pl.lit(node),
        replicate=pl.col("plate"),
    )
    tell_no_values(readings, faults, file)
    try:
        return to_measurements(
            readings.select([pl.col(column).cast(dtype) for column, dtype in READING_SCHEMA.items()]),
            vocabulary,
            faults,
            file=file,
            assay=assay,
            scale="raw_viability",
            phospho=False,
            dropped=dropped,
            replicates_named=True,
            node=node,
        )
    except InputError as error:
        if rows_known:
            raise
        raise InputError(
            [replace(fault, row=None) if fault.file == file else fault for fault in error.faults]
        ) from None


def _named_treated(frame: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Treated wells say whose they are; untreated ones may leave it to the plate."""
    lacking = frame.filter((pl.col("role") == "treated") & pl.col("sample").is_null()).height
    if lacking:
        faults.add(
            "sample-missing",
            f"{lacking} treated wells do not say whose cells they hold",
            file=file,
            mend='give sample = "…", or a column sample in the layout',
        )
    return controls_of_samples(frame, faults, file)
