"""The page of scored combinations: what stands out, how sure that is, and every matrix in detail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

import kinescape
from kinescape.assays.viability.combination_scoring.synergy_noise import BASES
from kinescape.assays.viability.combination_scoring.synergy_results import (
    SCORE_NAMES,
    SCORES,
    SynergyResults,
    alpha_text,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, nearest
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.dose_matrix import dose_matrix_figure, pair_cells
from kinescape.report.figures.dose_surface import dose_surface, spans_a_surface
from kinescape.report.figures.figure import Column, DataTable
from kinescape.report.figures.isoboles import isobole_figure
from kinescape.report.figures.screen_heat_map import screen_heat_map
from kinescape.report.figures.screen_volcano import screen_volcano
from kinescape.report.figures.single_drugs import single_drugs
from kinescape.report.figures.synergy_map import synergy_map
from kinescape.report.synergy_words import evidence, headline, note_sentence, where_strongest

_DETAILED = 4
_CLEAR = 0.05


def write_synergy_page(
    results: SynergyResults, path: str | Path, *, blocks: tuple[str, ...] = (), by: str = "least"
) -> Path:
    """Write the page, whole or not at all.

    Parameters
    ----------
    results : SynergyResults
        From `score_synergy`.
    path : str or Path
        Where to.
    blocks : tuple of str
        Which matrices to show in detail; the strongest by default.
    by : str
        The score that ranks them.

    Raises
    ------
    InputError
        Where a block does not exist.
    RunError
        Where the file cannot be written.
    """
    return write_page(synergy_page(results, blocks=blocks, by=by), path)


def synergy_page(results: SynergyResults, *, blocks: tuple[str, ...] = (), by: str = "least") -> Page:
    """The page before it is written; parameters as in `write_synergy_page`."""
    shown = _detailed(results, blocks, by)
    several = results.scores.height > 1
    sections = [Section("answer", "What stands out", "synergy_answer.html", _answer(results, by, shown))]
    if several:
        sections.append(
            Section(
                "screen",
                "The whole screen",
                "synergy_screen.html",
                {
                    "volcano": screen_volcano(results.scores),
                    "map": screen_heat_map(results.scores, by=by if by in SCORES else "bliss"),
                    "all_scores": _score_table(results, by),
                },
            )
        )
    for number, index in enumerate(shown, start=1):
        sections.append(_matrix_section(results, index, number))
    sections.append(
        Section(
            "how",
            "How it was done",
            "synergy_how.html",
            {
                "level": wording.percent(results.level),
                "convention": results.convention,
                "notes": [note_sentence(note) for note in results.notes],
                "all_scores": None if several else _score_table(results, by),
                "bases": sorted(set(results.scores["noise"].drop_nulls())),
                "words": BASES,
            },
        )
    )
    first = results.matrices[shown[0]] if shown else results.matrices[0]
    title = (
        f"{wording.count(results.scores.height)} drug combinations"
        if several
        else f"{first.pair}{f' in {first.sample}' if first.sample else ''}"
    )
    return Page(
        title=title,
        kind="kinescape synergy",
        lead="Which drugs do more together than their single effects lead one to expect, and is that more than noise?",
        sections=tuple(sections),
        footer=(
            f"Made by kinescape {kinescape.__version__}. This file loads nothing from anywhere; it may be kept, sent "
            "and printed as it is."
        ),
    )


def _detailed(results: SynergyResults, blocks: tuple[str, ...], by: str) -> list[int]:
    """Which matrices get a section of their own."""
    names = results.scores["block"].to_list()
    if blocks:
        for name in blocks:
            if name not in names:
                near = nearest(name, names, n=1)
                raise InputError(
                    Fault(
                        "unknown-block",
                        f"there is no block '{name}'",
                        file=results.source or None,
                        mend=f"did you mean '{near[0]}'?" if near else None,
                    )
                )
        return [index for index, name in enumerate(names) if name in blocks]
    frame = results.scores.with_row_index("place").filter(pl.col("status") == "scored")
    # Sure ones first: the lower end of the interval, or the score itself where there is none. `least` asks all scores.
    names = (
        [by] if by in SCORES and by in frame.columns else [name for name in SCORES if name in frame.columns]
    )
    sure = [pl.coalesce(pl.col(f"{name}_low"), pl.col(name)) for name in names]
    ranked = frame.sort(
        pl.col("beta") if by == "beta" else pl.min_horizontal(sure), descending=True, nulls_last=True
    )
    return [int(place) for place in ranked["place"].head(_DETAILED)]


def _answer(results: SynergyResults, by: str, shown: list[int]) -> dict[str, Any]:
    scores = results.scores
    chosen = by if by in SCORES and by in scores.columns else "bliss"
    name = SCORE_NAMES[chosen]
    scored = scores.filter(pl.col("status") == "scored")
    strongest = scores[shown[0]].row(0, named=True) if shown else None
    tested = results.tested
    answers = []
    if strongest is not None:
        answers.append(
            {
                "question": "Strongest by all" if by == "least" and scores.height > 1 else "Strongest",
                "headline": headline(strongest, chosen),
                "sentences": evidence(strongest, chosen, results.level),
                "anchor": "matrix-1",
                "link": "the matrix",
            }
        )
    if scores.height > 1:
        if tested:
            up = scored.filter((pl.col(f"{chosen}_fdr") < _CLEAR) & (pl.col(chosen) > 0)).height
            down = scored.filter((pl.col(f"{chosen}_fdr") < _CLEAR) & (pl.col(chosen) < 0)).height
            counted = f"{up} synergistic and {down} antagonistic of {tested} tested by {name}"
            sentences = [
                "False discovery rate below 5 % over the screen; the independent replicate is the unit."
            ]
        else:
            ratio = scored[chosen] / scored[f"{chosen}_se"]
            up, down = int((ratio > 3).sum()), int((ratio < -3).sum())
            counted = f"{up} above and {down} below expectation by more than three times their error ({name})"
            if not ratio.is_not_null().any():
                up, down = (int((scored[chosen] * sign > 0).sum()) for sign in (1, -1))
                counted = f"{up} above and {down} below expectation ({name}); their errors are not known"
            sentences = [
                "Nothing was repeated independently, so nothing was tested: these are candidates to repeat."
            ]
        answers.append(
            {
                "question": "How many?",
                "headline": counted,
                "sentences": sentences,
                "anchor": "screen",
                "link": "the screen",
            }
        )
    failed = scores.height - scored.height
    statuses = scores["musyc_status"].str.split(":").list.first().value_counts(sort=True)
    warnings = [note_sentence(note) for note in results.notes if note.severity == "warning"]
    return {
        "answers": answers,
        "stated": results.stated,
        "convention": results.convention,
        "scored": scored.height,
        "failed": failed,
        "statuses": [f"{row['count']} {row['musyc_status']}" for row in statuses.iter_rows(named=True)],
        "warnings": warnings,
    }


def _matrix_section(results: SynergyResults, index: int, number: int) -> Section:
    matrix = results.matrices[index]
    row = results.scores.row(index, named=True)
    heading = f"{matrix.pair}{f' in {matrix.sample}' if matrix.sample else ''}"
    context: dict[str, Any] = {
        "row": row,
        "sentences": [f"{headline(row, 'bliss')}.", *evidence(row, "bliss", results.level)]
        if row.get("bliss") is not None
        else [],
        "notes": [row["curve_note"]] if row["curve_note"] else [],
        "figures": [],
        "several": len(matrix.drugs) > 2,
    }
    if len(matrix.drugs) == 2:
        frame = pair_cells(results.cells, matrix.name, matrix.sample)
        noise = BASES[row["noise"]].split(":")[0]
        key = f"m{number}"
        if not spans_a_surface(frame):
            context["notes"].append(
                "the two drugs were combined along one line of doses only; a surface or isoboles would be drawn where "
                "nothing was measured, and are left out"
            )
        context["sentences"] += where_strongest(frame, row, matrix, "bliss")
        context["figures"] = [
            figure
            for figure in (
                synergy_map(frame, matrix.drugs, matrix.units, key=f"{key}-map", noise=noise),
                dose_matrix_figure(
                    frame,
                    matrix.drugs,
                    matrix.units,
                    key=f"{key}-matrix",
                    replicates=row["replicates"],
                    noise=noise,
                ),
                dose_surface(frame, row, matrix.drugs, matrix.units, key=f"{key}-surface"),
                isobole_figure(frame, row, matrix.drugs, matrix.units, key=f"{key}-isoboles"),
                single_drugs(frame, row, matrix.drugs, matrix.units, key=f"{key}-alone", noise=noise),
            )
            if figure is not None
        ]
    return Section(f"matrix-{number}", heading, "synergy_matrix.html", context)


def _score_table(results: SynergyResults, by: str) -> DataTable:
    names = [name for name in SCORES if name in results.scores.columns]
    frame = results.ranked(by).with_columns(
        pl.col("musyc_status").str.split(":").list.first(),
        *(
            pl.struct(name, f"{name}_se")
            .map_elements(lambda pair: _with_error(*pair.values()), return_dtype=pl.String)
            .alias(f"{name}_text")
            for name in names
        ),
    )
    columns = [Column("block", "Block"), Column("drugs", "Drugs"), Column("sample", "Sample")]
    for name in names:
        columns.append(Column(f"{name}_text", SCORE_NAMES[name]))
        if results.tested:
            columns.append(Column(f"{name}_fdr", "FDR", "probability"))
    columns += [
        Column("alpha12_text", "alpha12"),
        Column("alpha21_text", "alpha21"),
        Column("beta", "beta", "signed"),
        Column("musyc_status", "MuSyC"),
        Column("curve_note", "Note"),
    ]
    if (frame["status"] != "scored").any():
        columns.append(Column("reason", "Not scored because"))
    alphas = [
        pl.Series(
            f"{name}_text",
            [alpha_text(*row) for row in frame.select(name, f"{name}_low", f"{name}_high").iter_rows()],
            dtype=pl.String,
        )
        for name in ("alpha12", "alpha21")
    ]
    rounded = frame.with_columns(pl.col("beta").round(2), *alphas)
    return DataTable(
        "scores",
        "One row is one matrix, the strongest first; scores are percentage points of inhibition with standard error.",
        tuple(columns),
        rounded,
        most=25,
    )


def _with_error(value: float | None, error: float | None) -> str:
    """A score with its error, one decimal place each."""
    if value is None:
        return wording.MISSING
    shown = f"{value:+.1f}".replace("-", "−")
    return shown if error is None else f"{shown} ± {error:.1f}"
