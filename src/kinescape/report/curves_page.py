"""The page of a dose-response file: what each drug did, how sure that is, and how good the plates are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

import kinescape
from kinescape.assays.viability.curve_fitting.curve_status import CurveStatus
from kinescape.assays.viability.curves import FittedCurves
from kinescape.assays.viability.reading.dose_unit import dose_text
from kinescape.foundation.issues import Faults, nearest
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.dose_response import (
    MOST_CURVES,
    curve_columns,
    curve_panels,
    screen_overview,
    status_rows,
    told,
)
from kinescape.report.figures.figure import Column, DataTable, Figure
from kinescape.report.figures.plate import COLUMNS as PLATE_COLUMNS
from kinescape.report.figures.plate import plate_map, plate_overview, plate_sentence

MOST_ROWS = 20
MOST_ASKED = 60
"""Curves drawn where their names were given."""
MOST_PLATES_TOLD = 3

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

_HOW_GROWTH = (
    "A growth rate of 1 is that of untreated cells, 0 none at all, and below 0 cells are lost. The growth-rate metrics "
    "follow Hafner et al. (Nature Methods 2016): a curve of three parameters from 1 without drug, EC50 within two "
    "decades of the doses; GRmax is the lower of the mean values at the two highest doses, GR AOC the area over "
    "the measured values. Where its F test against a constant is above 5 %, GEC50 is given as 0 and GR50 as a bound."
)


def curves_page(fitted: FittedCurves, *, show: tuple[str, ...] = ()) -> Page:
    """The page, before it is written.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    show : tuple of str
        Drugs or samples whose curves are drawn, or parts of their names; the surest curves by default.

    Raises
    ------
    InputError
        Where no curve has such a name.
    """
    table = told(fitted.table).with_row_index("curve")
    order = {str(CurveStatus.NON_MONOTONE): 0, str(CurveStatus.FITTED): 0, str(CurveStatus.OUTSIDE): 1}
    ranked = table.with_columns(
        place=pl.col("status").replace_strict(order, default=2, return_dtype=pl.Int32)
    ).sort("place", "fdr", "auc", nulls_last=True)
    series = fitted.series
    warnings = [note.text for note in series.notes if note.severity == "warning"]
    notes = [note.text for note in series.notes if note.severity != "warning"]
    units = ranked["dose_unit"].unique(maintain_order=True).to_list()
    chosen = _asked_for(ranked, show, series.file)
    most = MOST_ASKED if show else MOST_CURVES
    panels = [
        curve_panels(
            fitted,
            chosen.filter(pl.col("dose_unit") == unit)["curve"].head(most).to_list(),
            key="curves" if number == 0 else f"curves-{number + 1}",
            most=most,
        )
        for number, unit in enumerate(units)
    ]
    pictures = [picture for picture in (*panels, screen_overview(fitted)) if picture]
    sections = [
        Section(
            "answer",
            "What the drugs did",
            "curves_answer.html",
            {
                "answer": answer_sentences(table, series.response),
                "stated": series.stated,
                "statuses": status_rows(fitted),
                "warnings": warnings,
                "curves": DataTable(
                    "all-curves",
                    "One row is one curve, the surest first.",
                    curve_columns(ranked, series.response),
                    ranked,
                    most=MOST_ROWS,
                ),
                "growth_rates": growth_rate_table(ranked) if series.response == "growth_rate" else None,
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
                "curves_plates.html",
                {"figures": plates, **_plates_told(series.plates)},
            )
        )
    how = (*_HOW, _HOW_GROWTH) if series.response == "growth_rate" else _HOW
    sections.append(Section("how", "How it was done", "curves_how.html", {"paragraphs": how, "notes": notes}))
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


def growth_rate_table(ranked: pl.DataFrame) -> DataTable:
    """The growth-rate metrics of the field, one row a curve."""
    doses = {
        name: [_dose(value, unit) for value, unit in ranked.select(name, "dose_unit").iter_rows()]
        for name in ("gr50", "gec50")
    }
    return DataTable(
        "growth-rates",
        "Growth-rate metrics as the GR metrics programs define them (three parameters, from 1 without drug).",
        (
            Column("name", "Curve"),
            Column("gr50_text", "GR50"),
            Column("gr_max", "GRmax", "number"),
            Column("gr_aoc", "GR AOC", "number"),
            Column("gec50_text", "GEC50"),
            Column("gr_inf", "GRinf", "number"),
            Column("gr_hill", "Hill slope", "number"),
            Column("gr_p_value", "p", "probability"),
        ),
        ranked.with_columns(
            pl.Series(f"{name}_text", texts, dtype=pl.String) for name, texts in doses.items()
        ),
        most=MOST_ROWS,
    )


def _dose(value: float | None, unit: str) -> str:
    if value is None:
        return wording.MISSING
    if value == float("inf"):
        return "not reached"
    return (
        "below all doses"
        if value == -float("inf")
        else "none (flat)"
        if value == 0
        else dose_text(value, unit)
    )


def _asked_for(ranked: pl.DataFrame, show: tuple[str, ...], file: str) -> pl.DataFrame:
    """The curves to draw: whole names of drugs and samples first, else every name that holds the words."""
    if not show:
        return ranked
    faults, found = Faults(), []
    names = {column: ranked[column].str.to_lowercase() for column in ("agent", "sample", "name")}
    for asked in show:
        text = asked.strip().lower()
        whole = names["agent"].eq(text) | names["sample"].eq(text) | names["name"].eq(text)
        part = whole if whole.any() else names["name"].str.contains(text, literal=True)
        if not text or not part.any():
            every = sorted({*ranked["agent"].to_list(), *ranked["sample"].to_list()})
            near = nearest(asked, every, n=3)
            faults.add(
                "unknown-curve",
                f"there is no drug or sample '{asked}'",
                file=file,
                expected="a name of the table of curves, or a part of one",
                mend=f"did you mean {wording.listing([repr(one) for one in near])}?" if near else None,
            )
        found.append(ranked.filter(part))
    faults.raise_if_errors()
    return pl.concat(found).unique("curve", maintain_order=True)


def _plates_told(quality: pl.DataFrame) -> dict[str, Any]:
    """Sentences of the worst plates, and the table of all."""
    ordered = quality.sort("z_prime_robust", "plate", nulls_last=True)
    told_plates = ordered.head(MOST_PLATES_TOLD)
    counts = quality["verdict"].value_counts(sort=True).iter_rows()
    return {
        "summary": f"Of {wording.plural(ordered.height, 'plate')}, "
        + wording.listing([f"{wording.count(amount)}: {verdict}" for verdict, amount in counts])
        + ".",
        "sentences": [plate_sentence(row) for row in told_plates.iter_rows(named=True)],
        "left": ordered.height - told_plates.height,
        "plates": DataTable(
            "all-plates", "One row is one plate, the worst first.", PLATE_COLUMNS, ordered, most=MOST_ROWS
        ),
    }


def answer_sentences(table: pl.DataFrame, response: str = "fraction_of_control") -> list[str]:
    """What the screen says: how many curves show an effect, the most potent of them, and what nothing did.

    Parameters
    ----------
    table : polars.DataFrame
        From `kinescape.report.figures.dose_response.told`.
    response : str
        What the responses are; the half effect of growth rates is called GR50.
    """
    growth = response == "growth_rate"
    half, named_half = ("the untreated growth rate", "GR50") if growth else ("the untreated response", "IC50")
    acting = (CurveStatus.FITTED, CurveStatus.OUTSIDE, CurveStatus.NON_MONOTONE)
    judged = table.filter(~pl.col("status").is_in([str(CurveStatus.TOO_FEW), str(CurveStatus.FAILED)]))
    if judged.is_empty():
        return ["No curve has enough doses to be judged."]
    effect = judged.filter(pl.col("status").is_in([str(one) for one in acting]))
    said = [
        f"{wording.count(effect.height)} of {wording.plural(judged.height, 'curve')} "
        f"{'shows' if judged.height == 1 else 'show'} an effect of the dose at a false discovery rate of 5 %."
    ]
    halving = effect.filter(pl.col("ic50_dose").is_not_null()).sort(
        pl.col("dose_unit") != "M", maintain_order=True
    )
    for unit, own in halving.group_by("dose_unit", maintain_order=True):
        best = own.sort("ic50_dose").head(3)
        named = [
            f"{name} ({ic50}" + (f", 95 % {interval})" if interval else ")")
            for name, ic50, interval in best.select("name", "ic50", "ic50_interval").iter_rows()
        ]
        kind = "" if unit[0] == "M" or halving["dose_unit"].n_unique() == 1 else f" in {unit[0]}"
        said.append(f"Half of {half} is reached at the lowest dose{kind} by {wording.listing(named)}.")
    if effect.height > halving.height:
        said.append(
            f"{wording.count(effect.height - halving.height)} of them do not cross one half within the tested doses: "
            f"their {named_half} is a bound."
        )
    if growth:
        killed = effect.filter(pl.col("gr_max") < 0).sort("gr_max")
        said.append(
            f"Cells are lost, and not only kept from growing (GRmax below 0), in {wording.count(killed.height)} of them"
            + (f", most by {wording.listing(_lowest(killed))}." if killed.height else ".")
        )
    return said


def _lowest(killed: pl.DataFrame) -> list[str]:
    return [
        f"{name} ({wording.number(value, sign=True)})"
        for name, value in killed.head(3).select("name", "gr_max").iter_rows()
    ]


def write_curves_page(fitted: FittedCurves, path: str | Path, *, show: tuple[str, ...] = ()) -> Path:
    """Write the page, whole or not at all.

    Parameters
    ----------
    fitted : FittedCurves
        From `fit_curves`.
    path : str or Path
        Where to.
    show : tuple of str
        Drugs or samples whose curves are drawn, or parts of their names; the surest curves by default.

    Raises
    ------
    InputError
        Where no curve has such a name.
    RunError
        Where the file cannot be written.
    """
    return write_page(curves_page(fitted, show=show), path)
