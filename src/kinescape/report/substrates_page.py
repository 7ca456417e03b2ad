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
from kinescape.report.substrate_words import base_rate_words, candidates_headline
from kinescape.study.phospho import PhosphoAnalysis


def substrates_page(found: Substrates, analysis: PhosphoAnalysis) -> Page:
    """The page, before it is written.

    Parameters
    ----------
    found : Substrates
        From `find_substrates`.
    analysis : PhosphoAnalysis
        What it was found in.
    """
    figure = substrate_candidates(found.frame, kinase=found.kinase, answer=found.answers, key="candidates")
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
    placed = found.ranked
    known = placed.filter(pl.col("known"))
    share = base_rate_words(found)
    sentences = [
        wording.sentence(
            f"{share[:1].upper()}{share[1:]}{'' if found.answers else ', which is the base rate'}"
        ),
        wording.sentence(found.basis),
    ]
    if known.height and placed.height > known.height:
        places = placed.with_row_index("place", offset=1).filter(pl.col("known"))["place"]
        middle = wording.count(float(places.median() or 0.0))  # type: ignore[arg-type]
        sentences.append(
            f"The known ones stand at a median place of {middle} of {wording.count(placed.height)}."
            if known.height > 1
            else f"The known one stands at place {middle} of {wording.count(placed.height)}."
        )
    noted = [*found.notes, *(note for note in analysis.notes if note.severity == "warning")]
    return {
        "answers": [
            {
                "question": found.contrast or "All contrasts",
                "headline": candidates_headline(found),
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
        "Lists of known substrates are short, and a probability of being listed is small for nearly every site: the "
        "order, and how many times the base rate it is, are what counts."
        if not found.answers
        else "The probability is that of an answer to the perturbation, not of being a substrate.",
    ]
    return {"paragraphs": paragraphs, "limits": limits, "sources": []}


def _told(note: Fault) -> str:
    return note.found if not note.mend else f"{note.found}; {note.mend}"
