"""How far to trust the model: what held-out tests say beside plain baselines, and which method answers what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from kinescape.model.choice import QUESTIONS
from kinescape.model.members import METHOD_WORDS, NETWORK_MEMBERS, SINGLES
from kinescape.model.phenotypes.phenotype_answers import evidence
from kinescape.model.phenotypes.phenotype_choice import WHERE
from kinescape.model.phenotypes.phenotype_levels import LEVEL_WORDS
from kinescape.report import wording
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
LIMITS = (
    "few-conditions",
    "nothing-over",
    "agents-collinear",
    "readout-once",
    "readout-constant",
    "too-large",
    "tests-shortened",
)
"""Codes of the notes that say what the data do not let the model learn, and what was not tested."""
MOST_LIMITS = 6
"""Of one code; the others are in the notes."""
TOO_NARROW = 0.8
"""Where fewer of the 90 % intervals hold the measured value, they are called too narrow."""
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
            "not_tested": not_tested(results),
            "limits": limits(results),
            "too_narrow": TOO_NARROW,
            "modelled": not used.isdisjoint(NETWORK_MEMBERS),
        },
    )


def not_tested(results: StudyResults) -> list[str]:
    """What could not be held out, and what was fitted to nothing, each with the reason; said once."""
    name = results.specification.name
    left_out: dict[tuple[str, str], list[str]] = {}
    found: list[str] = []
    for note in results.notes:
        where, mark, reason = note.found.partition(" could not be tested: ")
        if note.code != "task-impossible" or not mark:
            continue
        dataset, _, task = where.rpartition(": ")
        of = "" if dataset == name else f" ({what_of(dataset)})"
        if task.startswith("all tasks, "):
            left_out.setdefault((of, reason), []).append(task.removeprefix("all tasks, "))
        else:
            found.append(f"{task}{of}: {reason}.")
    models = [
        f"{wording.listing(methods, most=8)}{of}: not fitted, because {reason}."
        for (of, reason), methods in left_out.items()
    ]
    return list(dict.fromkeys([*models, *found]))


def limits(results: StudyResults) -> list[str]:
    """What the data do not let the model learn, in the words of the notes."""
    found: list[str] = []
    for code in LIMITS:
        said = list(dict.fromkeys(note.found for note in results.notes if note.code == code))
        found += said[:MOST_LIMITS]
        if len(said) > MOST_LIMITS:
            found.append(f"and {wording.count(len(said) - MOST_LIMITS)} more like this, in notes.json")
    return [f"{text[:1].upper()}{text[1:]}." for text in found]


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
        The run's table, from `kinescape.model.phenotypes.phenotype_choice.compare_levels`.
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
