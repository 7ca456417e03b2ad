"""How far to trust the model: what held-out tests say beside plain baselines, and which method answers what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from kinescape.model.choice import QUESTIONS
from kinescape.model.members import METHOD_WORDS, SINGLES
from kinescape.model.phenotype_answers import evidence
from kinescape.model.phenotype_choice import WHERE
from kinescape.model.phenotype_levels import LEVEL_WORDS
from kinescape.report.bundle import Section
from kinescape.report.figures.figure import Column, DataTable
from kinescape.report.figures.network_test import network_test_strip
from kinescape.report.figures.validation import plain_name, validation_dots, verdicts, what_of

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

TASKS = {
    "unseen combination": "a pair of drugs that was not measured, though each drug was",
    "unseen inhibitor": "a drug that was not measured, only its targets known",
    "new sample": "a cell line of which a few conditions were measured",
}
"""What the held-out tasks ask, in plain words."""
ASKED = ("unseen_combination", "unseen_agent", "new_sample")
"""Questions whose answer is chosen by held-out tests; the others follow from them."""


def model_quality_section(results: StudyResults) -> Section:
    """Held-out error of every method; says in a sentence where nothing could be held out."""
    figure = validation_dots(results.validation, key="validation", simulated=results.specification.simulated)
    compared = verdicts(results.validation, results.comparisons)
    used = set() if results.validation.is_empty() else set(results.validation["method"].to_list())
    simulated = results.specification.simulated
    return Section(
        "model-quality",
        "How far to trust this model",
        "model_quality.html",
        {
            "chart": figure,
            "verdicts": compared,
            "better": sum(verdict.state == "better" for verdict in compared),
            "tasks": {verdict.task: TASKS.get(verdict.task.split(" (")[0], "") for verdict in compared},
            "methods": [(plain_name(name), words) for name, words in METHOD_WORDS.items() if name in used],
            "network_words": _with_minus(results.network_words.replace("_", " ")),
            "network_chart": network_test_strip(
                results.network_test, key="network-test", simulated=simulated
            ),
            "choices": choices_table(results.choices),
            "levels": levels_table(results.phenotype_levels),
            "levels_chosen": levels_chosen(results.phenotype_levels),
        },
    )


def choices_table(choices: pl.DataFrame) -> DataTable | None:
    """Which method answers which question and why; None where no model was fitted.

    Parameters
    ----------
    choices : polars.DataFrame
        The run's table: dataset, question, method, evidence.
    """
    if choices.is_empty():
        return None
    shown = choices.filter(pl.col("question").is_in(list(ASKED)))
    words = {str(name): text for name, text in QUESTIONS.items()}
    order = {name: place for place, name in enumerate(ASKED)}
    frame = pl.DataFrame(
        {
            "question": [words[name].partition(";")[0].capitalize() for name in shown["question"].to_list()],
            "what": [what_of(name) for name in shown["dataset"].to_list()],
            "method": [plain_name(name) for name in shown["method"].to_list()],
            "evidence": [_plain_evidence(text) for text in shown["evidence"].to_list()],
            "place": [order[name] for name in shown["question"].to_list()],
        }
    ).sort("place", maintain_order=True)
    return DataTable(
        key="choices",
        caption="Which method answers which question, chosen by held-out tests of this study where it allows them.",
        columns=(
            Column("question", "What is asked"),
            Column("what", "Of"),
            Column("method", "Answered by"),
            Column("evidence", "Because"),
        ),
        frame=frame,
    )


def _plain_evidence(text: str) -> str:
    plain = _with_minus(text.replace("_", " "))
    return plain[:1].upper() + plain[1:]


def _with_minus(text: str) -> str:
    """Hyphens before a number as minus signs."""
    return re.sub(r"(?<=[ (\[])-(?=\d)", "\u2212", text)


def levels_chosen(levels: pl.DataFrame) -> list[str]:
    """A sentence for each phenotype and question: what a pair is predicted from, with the evidence."""
    found: list[str] = []
    if levels.is_empty():
        return found
    words: dict[str, str] = {str(name): text for name, text in WHERE.items()}
    for (readout, where), part in levels.group_by("readout", "pair_measured", maintain_order=True):
        found.append(_with_minus(f"{readout}, where {words[str(where)]}: {evidence(part)}."))
    return found


def levels_table(levels: pl.DataFrame) -> DataTable | None:
    """How far each level of data is from the phenotype of held-out pairs; None where no pair was held out.

    Parameters
    ----------
    levels : polars.DataFrame
        The run's table, from `kinescape.model.phenotype_choice.compare_levels`.
    """
    if levels.is_empty():
        return None
    rows = []
    for row in levels.sort("readout", "pair_measured", "rmse", descending=[False, True, False]).to_dicts():
        plain = row["level"] == SINGLES.name
        rows.append(
            {
                "readout": row["readout"],
                "asked": WHERE[row["pair_measured"]],
                "from": LEVEL_WORDS[row["level"]] + (": chosen" if row["chosen"] else ""),
                "rmse": _with_interval(row["rmse"], row["rmse_low"], row["rmse_high"]),
                "difference": ""
                if plain
                else _with_interval(row["difference"], row["difference_low"], row["difference_high"], "+"),
                "pearson": row["pearson"],
                "coverage90": row["coverage90"],
                "pairs": row["pairs"],
            }
        )
    return DataTable(
        key="phenotype-levels",
        caption="Error on held-out pairs, all doses of a pair left out together, with 90 % intervals over pairs.",
        columns=(
            Column("readout", "Phenotype"),
            Column("asked", "Asked where"),
            Column("from", "Predicted from"),
            Column("rmse", "Error"),
            Column("difference", "Minus singles added"),
            Column("pearson", "r", "number"),
            Column("coverage90", "In 90 % intervals", "percent"),
            Column("pairs", "Pairs", "count"),
        ),
        frame=pl.DataFrame(rows),
    )


def _with_interval(value: float, low: float, high: float, sign: str = "") -> str:
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]".replace("-", "−")
