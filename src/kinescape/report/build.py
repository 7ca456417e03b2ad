"""From the results of a study to its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kinescape.report.bundle import Page, Section, write_page
from kinescape.report.sections.answer import answer_section
from kinescape.report.sections.data_quality import data_quality_section
from kinescape.report.sections.drug_effects import drug_effects_section
from kinescape.report.sections.escape import escape_section
from kinescape.report.sections.methods import methods_section
from kinescape.report.sections.model_quality import model_quality_section
from kinescape.report.sections.network import network_section
from kinescape.report.sections.next_experiments import next_experiments_section
from kinescape.report.sections.pairs import pairs_section
from kinescape.report.sections.phospho import phospho_section
from kinescape.report.sections.provenance import provenance_section
from kinescape.report.sections.study import study_section
from kinescape.report.sections.words import words_section

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

SECTIONS: tuple[Callable[[StudyResults], Section | None], ...] = (
    answer_section,
    study_section,
    data_quality_section,
    drug_effects_section,
    phospho_section,
    escape_section,
    model_quality_section,
    pairs_section,
    next_experiments_section,
    network_section,
    methods_section,
    words_section,
    provenance_section,
)
"""The sections of a study's report, in order; each gives None where it has nothing to say."""


def report_page(results: StudyResults) -> Page:
    """The report as a page, before it is written.

    Parameters
    ----------
    results : StudyResults
        What a study found.
    """
    specification = results.specification
    versions = results.provenance.get("software") or {}
    version = versions.get("kinescape", "") if isinstance(versions, dict) else ""
    made = (section(results) for section in SECTIONS)
    return Page(
        title=specification.title or specification.name,
        kind="kinescape report",
        lead=specification.question or "",
        sections=tuple(section for section in made if section is not None),
        simulated=bool(specification.simulated),
        footer=f"Made by kinescape {version} with seed {specification.seed}. "
        "This file loads nothing from anywhere; it may be kept, sent and printed as it is.",
    )


def write_report(results: StudyResults, path: str | Path) -> Path:
    """Write the report of a study as one HTML file that opens offline.

    Parameters
    ----------
    results : StudyResults
        What a study found.
    path : str or Path
        Where to, such as `results/report.html`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    RunError
        Where the file cannot be written or would be larger than 6 MB; nothing is left half-written.

    Examples
    --------
    >>> write_report(results, "results/report.html")  # doctest: +SKIP
    PosixPath('results/report.html')
    """
    return write_page(report_page(results), path)
