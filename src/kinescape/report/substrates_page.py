"""The page of `kinescape substrates`: the candidates of one kinase, what speaks for each, and what cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

import kinescape
from kinescape.assays.phospho.substrates import Substrates
from kinescape.foundation.issues import Fault
from kinescape.report import wording
from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.figures.substrate_candidates import substrate_candidates
from kinescape.report.kinases_page import reading_context
from kinescape.study.phospho import PhosphoAnalysis

_NAMED = 5
_LIKELY = 0.5


def substrates_page(found: Substrates, analysis: PhosphoAnalysis) -> Page:
    """The page, before it is written.

    Parameters
    ----------
    found : Substrates
        From `find_substrates`.
    analysis : PhosphoAnalysis
        What it was found in.
    """
    alone = found.used == ("contrast",)
    figure = substrate_candidates(found.frame, kinase=found.kinase, answer=alone, key="candidates")
    sections = (
        Section("answer", "Which sites", "kinases_answer.html", _answer(found, analysis)),
        Section(
            "candidates",
            "Candidates",
            "kinases_course.html",
            {"figures": [figure] if figure is not None else []},
        ),
        Section("read", "What was read", "kinases_read.html", reading_context(analysis)),
        Section("how", "How it was done", "kinases_how.html", _how(found, analysis)),
    )
    return Page(
        title=f"Substrates of {found.kinase}",
        kind="kinescape substrates",
        lead=f"Which of the measured sites may {found.kinase} act on, what says so, and which are known already?",
        sections=sections,
        footer=(
            f"Made by kinescape {kinescape.__version__}. This file loads nothing from anywhere; it may be kept, sent "
            "and printed as it is."
        ),
    )


def write_substrates_page(found: Substrates, analysis: PhosphoAnalysis, path: str | Path) -> Path:
    """Write the page, whole or not at all.

    Raises
    ------
    RunError
        Where the file cannot be written.
    """
    return write_page(substrates_page(found, analysis), path)


def _answer(found: Substrates, analysis: PhosphoAnalysis) -> dict[str, Any]:
    ranked = found.frame.filter(pl.col("score").is_finite())
    placed = ranked if ranked.height else found.frame.filter(pl.col("contrast").is_finite())
    known = placed.filter(pl.col("known"))
    fresh = placed.filter(~pl.col("known"))
    if fresh.is_empty():
        headline = "No new candidate could be ranked"
    elif found.used == ("contrast",) and fresh["probability"].is_finite().any():
        # What did not answer the perturbation is no candidate, however it is ranked.
        answered = fresh.filter(pl.col("probability") >= _LIKELY)["site"].to_list()
        headline = (
            f"{wording.plural(len(answered), 'site')} not known as a substrate answered the perturbation: "
            f"{wording.listing(answered, most=_NAMED)}"
            if answered
            else "No site clearly answered the perturbation, and so none is a candidate"
        )
    else:
        headline = f"First new candidates: {wording.listing(fresh['site'].to_list()[:_NAMED])}"
    sentences = [
        f"{wording.plural(placed.height, 'site')} ranked, {wording.count(known.height)} of them known substrates.",
        wording.sentence(found.basis),
    ]
    if known.height and placed.height > known.height:
        places = placed.with_row_index("place", offset=1).filter(pl.col("known"))["place"]
        sentences.append(
            f"The known ones stand at a median place of {wording.count(float(places.median() or 0.0))} of "  # type: ignore[arg-type]
            f"{wording.count(placed.height)}."
        )
    noted = [*found.notes, *(note for note in analysis.notes if note.severity == "warning")]
    return {
        "answers": [
            {
                "question": found.contrast or "All contrasts",
                "headline": headline,
                "sentences": sentences,
                "anchor": "candidates",
                "link": "what says so",
            }
        ],
        "warnings": list(dict.fromkeys(_told(note) for note in noted)),
        "overview": None,
    }


def _how(found: Substrates, analysis: PhosphoAnalysis) -> dict[str, Any]:
    paragraphs = []
    if "motif" in found.used:
        paragraphs.append(
            "Motif: how well the residues about the site fit those that the kinase prefers, as a percentile, and "
            "whether other kinases fit better."
        )
    if "co_regulation" in found.used:
        paragraphs.append(
            "Co-regulation: how the site moves with the known substrates over the contrasts, its own protein left "
            "out of their mean."
        )
    if "contrast" in found.used:
        paragraphs.append(
            "Contrast: what the perturbation of the kinase did to the site, in the direction that its loss or "
            "gain expects."
        )
    paragraphs.append(
        f"Known substrates: {analysis.relations.name} ({wording.count(len(analysis.relations))} relations)."
    )
    limits = [
        "A site that follows the kinase may lie downstream of it: only an experiment with the purified kinase, or with "
        "the site mutated, tells a substrate.",
        "A site that was not measured is not in the list.",
        "Lists of known substrates are short: a probability is that of being listed, and the order is what counts."
        if found.used != ("contrast",)
        else "The probability is that of an answer to the perturbation, not of being a substrate.",
    ]
    return {"paragraphs": paragraphs, "limits": limits, "sources": []}


def _told(note: Fault) -> str:
    return note.found if not note.mend else f"{note.found}; {note.mend}"
