"""The page of a dose-response file: what each drug did, how sure that is, and how good the plates are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import kinescape
from kinescape.assays.viability.curve_status import CurveStatus
from kinescape.assays.viability.curves import FittedCurves
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.dose_response import (
    CURVE_COLUMNS,
    MOST_CURVES,
    curve_panels,
    screen_overview,
    status_rows,
    told,
)
from kinescape.report.figures.figure import DataTable, Figure
from kinescape.report.figures.plate import plate_map, plate_overview

_HOW = (
    "Each curve is a four-parameter log-logistic one, fitted by least squares within bounds; the plateaus are "
    "solved exactly for every EC50 and slope, and the search begins at several places. A curve whose F test "
    "against a constant has a false discovery rate above 5 % over the file is called flat and gets no EC50.",
    "IC50 is the dose at which the curve crosses one half of the untreated response (GR50 for growth rates); EC50 "
    "is the dose halfway between the plateaus. Where the dose lies beyond those tested, only a bound is given.",
    "Intervals hold 95 %: over independent replicates where at least two are named (bootstrap of whole replicates, "
    "t distribution), else over wells by profile likelihood. Wells of one plate share its errors, so that the "
    "second kind says nothing about repeating the experiment.",
)


def curves_page(fitted: FittedCurves) -> Page:
    """The page, before it is written."""
    table = told(fitted.table).with_row_index("curve")
    order = {str(CurveStatus.NON_MONOTONE): 0, str(CurveStatus.FITTED): 0, str(CurveStatus.OUTSIDE): 1}
    ranked = table.with_columns(
        place=pl.col("status").replace_strict(order, default=2, return_dtype=pl.Int32)
    ).sort("place", "fdr", "auc", nulls_last=True)
    series = fitted.series
    warnings = [note.text for note in series.notes if note.severity == "warning"]
    notes = [note.text for note in series.notes if note.severity != "warning"]
    chosen = ranked["curve"].head(MOST_CURVES).to_list()
    pictures = [picture for picture in (curve_panels(fitted, chosen), screen_overview(fitted)) if picture]
    sections = [
        Section(
            "answer",
            "What the drugs did",
            "curves_answer.html",
            {
                "stated": series.stated,
                "statuses": status_rows(fitted),
                "warnings": warnings,
                "curves": DataTable(
                    "all-curves", "One row is one curve, the surest first.", CURVE_COLUMNS, ranked, most=40
                ),
            },
        ),
        Section("pictures", "Curves", "curves_figures.html", {"figures": pictures, "nothing": ""}),
    ]
    if series.plates is not None:
        worst = series.worst_plate
        drawn = (
            None
            if worst is None or worst.is_empty()
            else plate_map(worst, worst["plate"][0], key="worst-plate")
        )
        plates: list[Figure] = [picture for picture in (plate_overview(series.plates), drawn) if picture]
        sections.append(
            Section(
                "plates",
                "How good the plates are",
                "curves_figures.html",
                {"figures": plates, "nothing": "No plate has both untreated wells and blanks to judge by."},
            )
        )
    sections.append(
        Section("how", "How it was done", "curves_how.html", {"paragraphs": _HOW, "notes": notes})
    )
    return Page(
        title=f"Dose response in {series.file}",
        kind="kinescape curves",
        lead=f"{wording.plural(fitted.table.height, 'curve')}: which drugs act, at what dose, and how sure is that?",
        sections=tuple(sections),
        footer=(
            f"Made by kinescape {kinescape.__version__}. This file loads nothing from anywhere; it may be kept, "
            "sent and printed as it is."
        ),
    )


def write_curves(fitted: FittedCurves, path: str | Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    return write_page(curves_page(fitted), path)
