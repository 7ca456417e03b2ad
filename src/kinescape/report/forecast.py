"""The page of a resistance forecast: what to expect, how sure that is, and what was left out."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import kinescape
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.figure import Column, DataTable
from kinescape.report.forecast_figures import mutant_shares, relapse_curves, schedule_ratios, tornado
from kinescape.strategy.resistance.forecast_results import (
    CONDITIONAL,
    DECLINE_FITTED,
    Forecast,
    ScheduleForecast,
)


def forecast_page(forecast: Forecast) -> Page:
    """A forecast as a page, before it is written."""
    schedules = [one.schedule.text for one in forecast.schedules]
    return Page(
        title=f"Resistance of {forecast.setting.target} under "
        + (wording.listing(schedules) if len(schedules) <= 3 else f"{len(schedules)} schedules"),
        kind="kinescape forecast",
        lead="Which mutations will this treatment select, when, and which schedule holds them off?",
        sections=forecast_sections(forecast),
        footer=(
            f"Made by kinescape {kinescape.__version__} with seed {forecast.seed}. "
            "This file loads nothing from anywhere; it may be kept, sent and printed as it is."
        ),
    )


def write_forecast(forecast: Forecast, path: str | Path) -> Path:
    """Write the page of a forecast, whole or not at all.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    return write_page(forecast_page(forecast), path)


def forecast_sections(forecast: Forecast) -> tuple[Section, ...]:
    """The sections, for a page of its own or inside a study's report."""
    return (
        Section("expect", "What to expect", "forecast_answer.html", _answer(forecast)),
        Section(
            "time",
            "Relapse over time",
            "forecast_time.html",
            {
                "curves": relapse_curves(forecast),
                "ratios": schedule_ratios(forecast),
                "first": forecast.schedules[0].schedule.text,
            },
        ),
        Section(
            "mutants",
            "Which mutants",
            "forecast_mutants.html",
            {
                "shares": mutant_shares(forecast),
                "schedules": [_words(forecast, one) for one in forecast.schedules],
            },
        ),
        Section(
            "unknown",
            "How sure this is",
            "forecast_unknown.html",
            {"tornado": tornado(forecast), "parameters": _parameters(forecast), "conditional": CONDITIONAL},
        ),
        Section("levels", "Drugs and their levels", "forecast_levels.html", {"levels": _levels(forecast)}),
        Section(
            "left-out",
            "What was left out, and how it was done",
            "forecast_left_out.html",
            {
                "left_out": forecast.left_out,
                "notes": [
                    note.text
                    for note in forecast.notes
                    if note.severity != "warning" and note.code != DECLINE_FITTED
                ],
                "patients": forecast.patients,
                "horizon": f"{forecast.horizon_years:g}",
                "unreachable": forecast.panel.unreachable,
            },
        ),
    )


def _chance(value: float) -> str:
    return "less than 0.1 %" if value < 0.001 else f"{100 * value:.2g} %"


def _answer(forecast: Forecast) -> dict[str, object]:
    first = forecast.schedules[0]
    best = forecast.best
    leading = [entry for entry in first.mutants[:4] if entry.share >= 0.01]
    named = wording.listing([f"{entry.mutant} ({wording.percent(entry.share)})" for entry in leading])
    reported = wording.listing([f"{entry.mutant} {wording.percent(entry.as_reported)}" for entry in leading])
    answers = [
        {
            "question": "Which mutants?",
            "headline": f"Under {first.schedule.text}: {named}"
            if named
            else "No mutant reaches one relapse in a hundred",
            "sentences": [
                f"Among cases that clinics report, shares are flatter: expect {reported}." if named else "",
                f"{wording.percent(first.preexisting_share)} of the lineages that relapse were there at diagnosis; "
                "no later drug can prevent that they arose, only hold them.",
            ],
            "anchor": "mutants",
            "link": "the mutants",
        },
        {
            "question": "Which schedule?",
            "headline": (
                f"{best.schedule.text} has the smallest chance of relapse of the "
                f"{len(forecast.schedules)} compared here"
                if len(forecast.schedules) > 1
                else "One schedule was asked for; give several to compare them"
            ),
            "sentences": [_ratio_words(forecast)] if forecast.ratios else [],
            "anchor": "time",
            "link": "relapse over time",
        },
        {
            "question": "When?",
            "headline": (
                f"Half of the relapses within {forecast.horizon_years:g} years come by "
                f"{first.median_relapse_years:.1f} years under {first.schedule.text}"
                if first.median_relapse_years is not None
                else "No relapse within the horizon"
            ),
            "sentences": [
                f"Chance of relapse by {forecast.horizon_years:g} years: {_chance(first.relapse[-1])}"
                + (
                    f" (90 % interval {_chance(first.relapse_low[-1])} to {_chance(first.relapse_high[-1])})."
                    if first.relapse_low and first.relapse_high
                    else "."
                )
            ],
            "anchor": "time",
            "link": "relapse over time",
        },
        {
            "question": "How sure?",
            "headline": "The order of mutants and the ratios stand firmer; chances are conditional",
            "sentences": [CONDITIONAL],
            "anchor": "unknown",
            "link": "what is not known",
        },
    ]
    return {
        "answers": answers,
        "decline": [note.text for note in forecast.notes if note.code == DECLINE_FITTED],
        "warnings": [note.text for note in forecast.notes if note.severity == "warning"],
    }


def _ratio(value: float | None) -> str:
    if value is None:
        return wording.MISSING
    return (
        "less than 0.001" if value < 0.001 else "more than 1,000" if value > 1000 else wording.number(value)
    )


def _ratio_words(forecast: Forecast) -> str:
    final = [ratio for ratio in forecast.ratios if ratio.days == max(entry.days for entry in forecast.ratios)]
    pieces = [
        f"{ratio.schedule}: {_ratio(ratio.ratio)} ({_ratio(ratio.low)} to {_ratio(ratio.high)}) times"
        for ratio in final[:4]
    ]
    return (
        f"Against {forecast.schedules[0].schedule.text}, by {forecast.horizon_years:g} years: "
        + "; ".join(pieces)
        + "."
    )


def _words(forecast: Forecast, one: ScheduleForecast) -> dict[str, object]:
    return {
        "text": one.schedule.text,
        "before": wording.percent(one.preexisting_share),
        "compound": _chance(one.compound_share),
        "compounds": wording.listing([entry.mutant for entry in one.compounds[:3]]),
        "assumed": wording.listing(list(forecast.assumed_compounds(one))),
        "has_compounds": one.compound_share > 0.0005,
    }


def _parameters(forecast: Forecast) -> DataTable:
    rows = [
        {
            "name": name.replace("_", " "),
            "value": entry.value,
            "low": entry.low,
            "high": entry.high,
            "unit": entry.unit,
            "source": "; ".join(part for part in (entry.references, entry.note) if part),
        }
        for name, entry in forecast.setting.uncertain().items()
    ]
    return DataTable(
        "parameters",
        f"The disease ({forecast.setting.name}): what the forecast stands on, with the range in the intervals.",
        (
            Column("name", "Number"),
            Column("value", "Value", "number"),
            Column("low", "from", "number"),
            Column("high", "to", "number"),
            Column("unit", "Unit"),
            Column("source", "Source", "reference"),
        ),
        pl.DataFrame(rows),
    )


def _levels(forecast: Forecast) -> DataTable:
    given = {drug for one in forecast.schedules for drug in one.schedule.drugs}
    rows = [
        {
            "drug": name,
            "site": drug.site,
            "level": drug.level.effective_nanomolar,
            "free": drug.level.free_nanomolar,
            "ic50": drug.ic50_nanomolar,
            "relative": drug.relative_level,
            "measured": int(drug.measured.sum()),
            "mutants": len(forecast.panel.mutants),
            "basis": drug.level.basis,
            "source": "; ".join(part for part in (drug.level.references, drug.level.note) if part),
        }
        for name, drug in forecast.drugs.items()
        if name in given or name == forecast.setting.reference_drug
    ]
    numbers = dict.fromkeys(("level", "free", "ic50", "relative"), pl.Float64)
    texts = dict.fromkeys(("drug", "site", "basis", "source"), pl.String)
    schema = {**texts, **numbers, "measured": pl.Int64, "mutants": pl.Int64}
    return DataTable(
        "levels",
        "Each drug at its usual dose. The level counts in the units of the cell assay; a shift between plasma "
        "and assay serum that nobody measured is marked as assumed.",
        (
            Column("drug", "Drug"),
            Column("site", "Site"),
            Column("level", "Level at the target (nM)", "number"),
            Column("free", "Free in plasma (nM)", "number"),
            Column("ic50", "IC50, unmutated (nM)", "number"),
            Column("relative", "Level over IC50", "number"),
            Column("measured", "Mutants measured", "count"),
            Column("mutants", "of", "count"),
            Column("basis", "Basis"),
            Column("source", "Source", "reference"),
        ),
        pl.DataFrame(rows, schema=schema),
    )
