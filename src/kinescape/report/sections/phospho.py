"""Phosphoproteomics in a study's report: which kinases moved in each contrast, and which sites say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.kinases_page import (
    MOST_CONTRASTS,
    contrast_context,
    headline,
    ordered,
    overview,
    reading_context,
)

if TYPE_CHECKING:
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
        parts = [
            {
                "name": contrast.name,
                **contrast_context(contrast, analysis, f"{key}-{number}", results.network),
            }
            for number, contrast in enumerate(shown)
        ]
        left = len(told) - len(shown)
        files.append(
            {
                **reading_context(analysis, prefix=f"{key}-"),
                "file": analysis.file,
                "overview": overview(analysis, told, key=f"{key}-overview"),
                "parts": parts,
                "headlines": [f"{one.name}: {headline(one)}." for one in told],
                "left": f"{wording.plural(left, 'contrast')} more, in the tables of the results folder."
                if left
                else "",
            }
        )
    return Section("phospho", "Phosphoproteomics", "phospho.html", {"files": files})
