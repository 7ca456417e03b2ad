"""How it was done: only what was really used, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinescape.report.bundle import Section

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults


def methods_section(results: StudyResults) -> Section | None:
    """Every method that made a number of this report; None where none is named."""
    if not results.methods:
        return None
    return Section("methods", "How it was done", "methods.html", {"methods": results.methods})
