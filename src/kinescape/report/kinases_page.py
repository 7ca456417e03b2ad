"""The page of a phosphoproteome: which kinases and phosphatases moved, what says so, and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

import kinescape
from kinescape.assays.phospho.activities.activity_tables import CLEAR, CLEAR_FDR
from kinescape.foundation.issues import Fault
from kinescape.knowledge.network import Network
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.figure import Column, DataTable, Figure
from kinescape.report.figures.kinase_bar import (
    contrast_heat_map,
    kinase_bar,
    ranked_activities,
)
from kinescape.report.figures.kinome_view import kinome_view
from kinescape.report.figures.site_volcano import site_volcano
from kinescape.report.figures.substrate_ladder import substrate_ladder
from kinescape.report.figures.time_course import courses_of, kinase_course, site_course
from kinescape.report.kinase_words import cautions, counts, in_order, named_headline, ordered, untested
from kinescape.study.phospho import PhosphoAnalysis, PhosphoContrast

MOST_CONTRASTS = 4
"""Contrasts with a section of their own; the others are in the overview and the tables."""
MOST_COURSES = 3
"""Treatments over time that are drawn."""
MOST_TOGETHER = 30
"""Contrasts in the overview; of more, those with most clear enzymes."""
_NOTES = 4
_CONTRASTS_LISTED = 20
_SMYTH = "Moderated t: Smyth GK. Stat Appl Genet Mol Biol 3:3 (2004). doi:10.2202/1544-6115.1027"
_BENJAMINI = "False discovery rate: Benjamini Y, Hochberg Y. J R Stat Soc B 57:289 (1995)"


def kinases_page(analysis: PhosphoAnalysis, *, network: Network | None = None) -> Page:
    """The page, before it is written.

    Parameters
    ----------
    analysis : PhosphoAnalysis
        From `analyse_phospho`.
    network : Network, optional
        Tells the group of a kinase that no family holds; the core network where it is left out.
    """
    told = ordered(analysis)
    sections = [
        Section("answer", "Which kinases moved", "kinases_answer.html", _answer(analysis, told)),
        Section("read", "What was read", "kinases_read.html", reading_context(analysis)),
    ]
    figures = course_figures(analysis, key="course")
    if figures:
        sections.append(Section("course", "Over time", "kinases_course.html", {"figures": figures}))
    for number, contrast in enumerate(told[:MOST_CONTRASTS], start=1):
        context = contrast_context(contrast, analysis, f"c{number}", network)
        sections.append(Section(f"contrast-{number}", contrast.name, "kinases_contrast.html", context))
    sections.append(Section("how", "How it was done", "kinases_how.html", how_context(analysis)))
    one = analysis.contrasts[0].name if len(analysis.contrasts) == 1 else None
    return Page(
        title=one or f"{wording.plural(len(analysis.contrasts), 'contrast')} in {analysis.file}",
        kind="kinescape kinases",
        lead="Which kinases and phosphatases changed their activity, which sites say so, and how sure is that?",
        sections=tuple(sections),
        footer=(
            f"Made by kinescape {kinescape.__version__}. This file loads nothing from anywhere; it may be kept, sent "
            "and printed as it is."
        ),
    )


def write_kinases_page(analysis: PhosphoAnalysis, path: str | Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    return write_page(kinases_page(analysis), path)


_CLEAR = pl.col("verdict") == CLEAR


def overview(analysis: PhosphoAnalysis, told: list[PhosphoContrast], *, key: str) -> Figure | None:
    """Enzymes × contrasts, times and doses in their order; None for a single contrast."""
    shown = {one.name for one in told[:MOST_TOGETHER]}
    frames = {one.name: one.activities.frame for one in analysis.contrasts if one.name in shown}
    return contrast_heat_map(frames, key=key)


def course_figures(analysis: PhosphoAnalysis, *, key: str) -> list[Figure]:
    """Kinases and sites over time, for each treatment that was measured at several times."""
    drawn = []
    for number, course in enumerate(courses_of(analysis.contrasts)[:MOST_COURSES], start=1):
        drawn += [
            kinase_course(course, key=f"{key}-{number}-kinases"),
            site_course(course, key=f"{key}-{number}-sites"),
        ]
    return [figure for figure in drawn if figure is not None]


def contrast_context(
    contrast: PhosphoContrast,
    analysis: PhosphoAnalysis,
    key: str,
    network: Network | None = None,
) -> dict[str, Any]:
    """Figures and sentences of one contrast, for a page of its own or a study's report."""
    activities = contrast.activities
    ranked = ranked_activities(activities.frame)
    scores = dict(ranked.select("enzyme", "score").iter_rows())
    pictures: list[Figure | None] = [
        kinase_bar(activities.frame, contrast.name, key=f"{key}-kinases"),
        substrate_ladder(
            activities.substrates,
            ranked["enzyme"].to_list(),
            scores,
            key=f"{key}-ladder",
            contrast=contrast.name,
        ),
        kinome_view(activities.frame, contrast.name, key=f"{key}-kinome", network=network),
        site_volcano(contrast.effects, key=f"{key}-sites", regulatory=analysis.regulatory_sites),
    ]
    unscored = activities.frame.height - ranked.height
    return {
        "sentences": counts(contrast),
        "figures": [picture for picture in pictures if picture is not None],
        "unscored": f"{wording.count(unscored)} enzymes of the table of relations have no score: none of their sites "
        "was measured. That says nothing of their activity."
        if unscored
        else "",
    }


def contrast_table(contrasts: Sequence[PhosphoContrast], *, key: str = "contrasts") -> DataTable:
    """One row a contrast: what was tested and what is clear."""
    rows = []
    for one in in_order(contrasts):
        sites = one.effects.sites.filter(pl.col("log2_fold_change").is_finite())
        tested = sites["p_value"].is_not_null().sum()
        clear = sites.filter(pl.col("fdr") < CLEAR_FDR)
        ranked = ranked_activities(one.activities.frame)
        up = clear.filter(pl.col("log2_fold_change") > 0).height
        rows.append(
            {
                "contrast": one.name,
                "sites": sites.height,
                # Not tested is no zero.
                "tested": tested or None,
                "up": up if tested else None,
                "down": clear.height - up if tested else None,
                "scored": ranked.height,
                "clear": ranked.filter(_CLEAR).height,
            }
        )
    return DataTable(
        key,
        "One row is one contrast.",
        (
            Column("contrast", "Contrast"),
            Column("sites", "Sites with a fold change", "count"),
            Column("tested", "Sites tested", "count"),
            Column("up", "Clearly up", "count"),
            Column("down", "Clearly down", "count"),
            Column("scored", "Enzymes scored", "count"),
            Column("clear", "Enzymes clear", "count"),
        ),
        pl.DataFrame(rows, infer_schema_length=None),
        most=_CONTRASTS_LISTED,
    )


def row_table(analysis: PhosphoAnalysis, *, key: str = "rows") -> DataTable | None:
    """What became of every row of the file."""
    if analysis.table is None:
        return None
    rows = [
        {"reason": count.reason, "rows": count.rows, "became": "kept" if count.kept else "left out"}
        for count in analysis.table.rows
    ]
    return DataTable(
        key,
        "Every row of the file is in exactly one line.",
        (Column("became", "Rows"), Column("reason", "Why"), Column("rows", "How many", "count")),
        pl.DataFrame(rows, schema={"reason": pl.String, "rows": pl.Int64, "became": pl.String}),
    )


def reading_context(analysis: PhosphoAnalysis, *, prefix: str = "") -> dict[str, Any]:
    """What was read, for a template."""
    return {
        "stated": analysis.stated,
        "rows": row_table(analysis, key=f"{prefix}rows"),
        "contrasts": contrast_table(analysis.contrasts, key=f"{prefix}contrasts"),
        "notes": _notes(analysis),
    }


def how_context(analysis: PhosphoAnalysis) -> dict[str, Any]:
    """Methods and limits of this analysis, no others."""
    tested = any(one.effects.sites["p_value"].is_not_null().any() for one in analysis.contrasts)
    motif = any((one.activities.frame["motif_sites"].fill_null(0) > 0).any() for one in analysis.contrasts)
    paragraphs = []
    if tested:
        paragraphs.append(
            "Each site was compared between groups by a moderated t-test: its variance is drawn towards that of all "
            "sites. Missing values are left out, never filled in; a site is tested only with two replicates or more in "
            "each group (or two complete pairs)."
        )
    paragraphs += [
        f"A kinase's score says how far the sites that it is known to phosphorylate moved, set against all sites; its "
        "own activating and inhibiting sites count too. A phosphatase's substrates count with the opposite sign. "
        f"Relations: {analysis.relations.name} ({wording.count(len(analysis.relations))} relations of "
        f"{wording.count(len(analysis.relations.enzymes))} enzymes).",
        "Clear means a false discovery rate below 5 % over the enzymes of one contrast, and two measured sites or "
        "more. An enzyme seen on one protein alone has the rank of its sites among all sites as its p-value. Intervals "
        "are 90 %.",
    ]
    if motif:
        paragraphs.append(
            "The sequence about a site speaks for the kinases whose motif it fits; how far is in the column 'Evidence'."
        )
    limits = [
        "A kinase whose known sites were not measured has no score; that is the rule, not the exception.",
        "Kinases that share their measured sites share their score: a ladder shows them under one title.",
        "A site moves when its protein does, unless a proteome was given to set it against: "
        + ("one was given." if analysis.adjusted else "none was given here."),
        "No public set of perturbed phosphatases exists: nothing is known of how often their scores are right.",
    ]
    sources = [*([_SMYTH] if tested else []), _BENJAMINI]
    return {"paragraphs": paragraphs, "limits": limits, "sources": sources}


def _answer(analysis: PhosphoAnalysis, told: list[PhosphoContrast]) -> dict[str, Any]:
    answers: list[dict[str, Any]] = [
        {
            "question": _clear_words(contrast),
            "headline": named_headline(contrast),
            "sentences": cautions(contrast),
            "anchor": f"contrast-{number}",
            "link": "what says so",
        }
        for number, contrast in enumerate(told[:MOST_CONTRASTS], start=1)
    ]
    left = len(told) - MOST_CONTRASTS
    drawn = "all of them" if len(told) <= MOST_TOGETHER else f"the first {MOST_TOGETHER}"
    if left > 0:
        answers.append(
            {
                "question": "The others",
                "headline": f"{wording.plural(left, 'contrast')} more, with no more clear enzymes than these",
                "sentences": [f"The figure below has {drawn}; --contrast shows one in full."],
                "anchor": "read",
                "link": "all contrasts",
            }
        )
    return {
        "answers": answers,
        "warnings": [
            *filter(None, [untested(analysis)]),
            *dict.fromkeys(_told(note) for note in analysis.notes if note.severity == "warning"),
        ],
        "overview": overview(analysis, told, key="overview"),
    }


def _clear_words(contrast: PhosphoContrast) -> str:
    ranked = ranked_activities(contrast.activities.frame)
    clear = ranked.filter(_CLEAR).height
    return (
        wording.plural(clear, "clear enzyme") if clear else "None clear" if ranked.height else "None scored"
    )


def _notes(analysis: PhosphoAnalysis) -> list[str]:
    """Notes, those that many contrasts share told once."""
    by_code: dict[str, list[str]] = {}
    for note in analysis.notes:
        if note.severity == "note":
            by_code.setdefault(note.code, []).append(_told(note))
    told = []
    for notes in by_code.values():
        shown = notes if len(notes) <= _NOTES else notes[:1]
        told += shown
        if len(notes) > len(shown):
            told.append(f"The same, with other numbers, of {wording.count(len(notes) - 1)} more contrasts.")
    return told


def _told(note: Fault) -> str:
    """A note without the path of the file, which is none of a reader's business."""
    return wording.sentence(note.found if not note.mend else f"{note.found}; {note.mend}")
