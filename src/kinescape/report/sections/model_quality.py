"""How good the model is: what held-out tests say, beside plain baselines, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinescape.model.members import METHOD_WORDS
from kinescape.report.bundle import Section
from kinescape.report.figures.network_test import network_test_strip
from kinescape.report.figures.validation import plain_name, validation_dots, verdicts

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

TASKS = {
    "unseen combination": "a pair of drugs that was not measured, though each drug was",
    "unseen inhibitor": "a drug that was not measured, only its targets known",
    "new sample": "a cell line of which a few conditions were measured",
}
"""What the held-out tasks ask, in plain words."""


def model_quality_section(results: StudyResults) -> Section:
    """Held-out error of every method; says in a sentence where nothing could be held out."""
    figure = validation_dots(results.validation, key="validation", simulated=results.specification.simulated)
    compared = verdicts(results.validation, results.comparisons)
    used = set() if results.validation.is_empty() else set(results.validation["method"].to_list())
    simulated = results.specification.simulated
    return Section(
        "model-quality",
        "How good the model is",
        "model_quality.html",
        {
            "chart": figure,
            "verdicts": compared,
            "better": sum(verdict.state == "better" for verdict in compared),
            "tasks": {verdict.task: TASKS.get(verdict.task.split(" (")[0], "") for verdict in compared},
            "methods": [(plain_name(name), words) for name, words in METHOD_WORDS.items() if name in used],
            "network_words": results.network_words.replace("_", " "),
            "network_chart": network_test_strip(
                results.network_test, key="network-test", simulated=simulated
            ),
        },
    )
