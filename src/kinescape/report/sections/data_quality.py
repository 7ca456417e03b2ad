"""How good the data are: what was read, what is missing, and how large errors are beside effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.measurements.schema import FLAGS
from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.figure import Column, DataTable
from kinescape.report.figures.precision import precision_dots
from kinescape.report.selection import one_row_a_readout, signalling

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults


def data_quality_section(results: StudyResults) -> Section | None:
    """Files, gaps, warnings, and the precision of each readout."""
    quality = results.quality
    if quality.is_empty() and results.effects.is_empty():
        return None
    scales = (
        signalling(results.effects)["scale"].cast(str).unique().sort().to_list()
        if not results.effects.is_empty()
        else []
    )
    figures = [
        precision_dots(
            signalling(results.effects),
            scale,
            key=f"precision-{place}",
            simulated=results.specification.simulated,
        )
        for place, scale in enumerate(scales)
    ]
    flags = results.measurements.frame["flags"].explode().drop_nulls().value_counts(sort=True)
    effects = one_row_a_readout(results.effects)
    dropped = int(quality["dropped"].fill_null(0).sum()) if "dropped" in quality.columns else 0
    return Section(
        "data-quality",
        "How good the data are",
        "data_quality.html",
        {
            "files": quality_table(results),
            "remarks": remarks(quality),
            "figures": [figure for figure in figures if figure is not None],
            "effects": effects.height,
            "alone": int(effects["se"].is_null().sum()) if effects.height else 0,
            "dropped": dropped,
            "flags": [(FLAGS.get(row["flags"], row["flags"]), row["count"]) for row in flags.to_dicts()],
            "warnings": [note.text for note in results.notes if note.severity != "note"],
            "notes": [note.text for note in results.notes if note.severity == "note"],
        },
    )


def remarks(quality: pl.DataFrame) -> list[str]:
    """What was decided while reading each file, each said once."""
    if "note" not in quality.columns:
        return []
    said: dict[str, list[str]] = {}
    for file, note in quality.select("file", "note").rows():
        if note:
            said.setdefault(note, []).append(file)
    return [f"{wording.listing(list(dict.fromkeys(files)))}: {note}" for note, files in said.items()]


def quality_table(results: StudyResults) -> DataTable | None:
    """What was read from each file; None where nothing was."""
    if results.quality.is_empty():
        return None
    return DataTable(
        "quality",
        "One row is one sample in one file.",
        (
            Column("file", "File"),
            Column("sample", "Sample"),
            Column("assay", "Assay"),
            Column("readouts", "Readouts", "count"),
            Column("conditions", "Conditions", "count"),
            Column("rows", "Rows", "count"),
            Column("replicates_median", "Replicates (median)", "plain"),
            Column("without_replicates", "Values of one replicate", "count"),
            Column("missing", "Missing", "count"),
            Column("flagged", "Flagged", "count"),
            Column("dropped", "Dropped", "count"),
            Column("control_wells", "Control wells", "count"),
            Column("control_variation", "Variation of controls", "number"),
        ),
        results.quality.select(column for column in results.quality if column.null_count() < column.len()),
    )
