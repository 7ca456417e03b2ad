"""Phosphoproteomics in a study's report: which kinases moved in each contrast, and which sites say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.kinase_words import evidence, named_headline, ordered, untested
from kinescape.report.kinases_page import (
    MOST_CONTRASTS,
    contrast_context,
    course_figures,
    overview,
    reading_context,
)

_MOST_TOLD = 4

if TYPE_CHECKING:
    from kinescape.report.figures.figure import Figure
    from kinescape.study.results import StudyResults


def phospho_section(results: StudyResults) -> Section | None:
    """Bars, ladders, kinome and volcano of each contrast; None where the study has no phosphoproteome."""
    analyses = getattr(results, "phospho", ())
    if not analyses:
        return None
    files: list[dict[str, Any]] = []
    for place, analysis in enumerate(analyses):
        key = f"phospho-{place}"
        told = ordered(analysis)
        shown = told[: max(1, MOST_CONTRASTS // len(analyses))]
        parts = []
        for number, contrast in enumerate(shown):
            context = contrast_context(contrast, analysis, f"{key}-{number}", results.network)
            context["figures"] = [_marked(figure, results) for figure in context["figures"]]
            parts.append({"name": contrast.name, **context, "sentences": evidence(contrast)})
        together = overview(analysis, told, key=f"{key}-overview")
        left = len(told) - len(shown)
        files.append(
            {
                **reading_context(analysis, prefix=f"{key}-"),
                "file": analysis.file,
                "overview": None if together is None else _marked(together, results),
                "courses": [
                    _marked(figure, results) for figure in course_figures(analysis, key=f"{key}-course")
                ],
                "parts": parts,
                "headlines": [f"{named_headline(one)}." for one in told],
                "untested": untested(analysis),
                "left": f"{wording.plural(left, 'contrast')} more, in the tables of the results folder."
                if left
                else "",
            }
        )
    return Section("phospho", "Phosphoproteomics", "phospho.html", {"files": files})


def _marked(figure: Figure, results: StudyResults) -> Figure:
    """A figure that says whether its data were simulated."""
    return replace(figure, simulated=results.specification.simulated)


def which_kinases(results: StudyResults) -> tuple[str, tuple[str, ...]]:
    """Kinases and phosphatases that moved, for page one; the contrast with most clear enzymes heads it."""
    told = [(analysis, contrast) for analysis in results.phospho for contrast in ordered(analysis)]
    if not told:
        return "No contrast of the phosphoproteome could be made", ()
    lines = [named_headline(contrast) for _, contrast in told]
    sentences = [f"{line}." for line in lines[1:_MOST_TOLD]]
    left = len(lines) - _MOST_TOLD
    if left > 0:
        sentences.append(f"{wording.plural(left, 'contrast')} more below.")
    return lines[0], (*evidence(told[0][1]), *sentences)
