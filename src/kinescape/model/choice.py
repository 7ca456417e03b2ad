"""Which member answers which question, and what that rests on.

The defaults come from held-out tests on public data (`docs/methods/signalling_model.md`): per-sample ridge
for combinations of agents that the sample has seen, the hierarchical core where other samples must help. They
change only where the user's own held-out data say so, with an interval that leaves out zero. For an agent that nobody
measured the member that wins the study's own held-out inhibitors answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from kinescape.model.design import Design, Rows
from kinescape.model.members import (
    HIERARCHICAL,
    NETWORK,
    NETWORK_GAIN,
    RIDGE,
    RIDGE_POOLED,
    SATURATING,
    why_baselines_only,
)

if TYPE_CHECKING:
    from kinescape.model.validate import Validation

Question = Literal[
    "measured", "unseen_combination", "unseen_dose", "agent_of_other_samples", "unseen_agent", "new_sample"
]
QUESTIONS: dict[Question, str] = {
    "measured": "this condition was measured in this sample; shown is what the model makes of it",
    "unseen_combination": "every agent was measured in this sample, this combination was not",
    "unseen_dose": "the agent was measured in this sample, this dose was not",
    "agent_of_other_samples": "an agent was measured in other samples only",
    "unseen_agent": "an agent was measured nowhere; of it only the targets are known",
    "new_sample": "nothing was measured in this sample; this is what an average sample would do",
}
"""What a prediction rests on, in words."""
UNTESTED = "default from public data; not tested on this study"
RIVALS = (RIDGE.name, HIERARCHICAL.name, NETWORK, NETWORK_GAIN, SATURATING)
"""Members that may answer for an agent that nobody measured; those that build on a network come last."""
_TASK = {
    "unseen_combination": "unseen_combination",
    "agent_of_other_samples": "new_sample",
    "new_sample": "new_sample",
}


@dataclass(frozen=True)
class Choice:
    """The member that answers a question.

    Parameters
    ----------
    dataset : str
        Name of the design, as validation tables have it.
    question : str
        One of `QUESTIONS`.
    method : str
        Name of the member.
    evidence : str
        Why, in a sentence with figures where there are any.
    """

    dataset: str
    question: Question
    method: str
    evidence: str


def questions_of(design: Design, rows: Rows) -> list[Question]:
    """The question that each row asks of a design."""
    measured = set(zip(design.rows.sample.tolist(), design.rows.condition.tolist(), strict=True))
    seen = np.array(
        [(design.rows.dose[design.rows.sample == s] > 0).any(axis=0) for s in range(len(design.samples))]
    ).reshape(len(design.samples), len(design.agents))
    anywhere = np.asarray((design.rows.dose > 0).any(axis=0))
    found: list[Question] = []
    for sample, condition, dose in zip(rows.sample.tolist(), rows.condition.tolist(), rows.dose, strict=True):
        there = dose > 0
        if not anywhere[there].all():
            found.append("unseen_agent")
        elif sample < 0:
            found.append("new_sample")
        elif (sample, condition) in measured:
            found.append("measured")
        elif not seen[sample][there].all():
            found.append("agent_of_other_samples")
        else:
            found.append("unseen_combination" if there.sum() > 1 else "unseen_dose")
    return found


def choose(
    design: Design,
    dataset: str,
    validation: Validation | None = None,
    *,
    expression_known: bool = False,
) -> tuple[Choice, ...]:
    """A member for each question, by default or by the user's own held-out data.

    Parameters
    ----------
    design : Design
        What will be fitted.
    dataset : str
        Name of the design in the validation's tables.
    validation : Validation, optional
        Held-out results on these data.
    expression_known : bool
        Whether it is known which genes a sample does not express; said in the evidence for unseen agents.
    """
    gates = _gates(design, expression_known)
    return tuple(_chosen(design, dataset, question, validation, gates) for question in QUESTIONS)


def _gates(design: Design, expression_known: bool) -> str:
    """What may keep an agent from acting, and whether it is known here."""
    potencies = sum(scale.rule == "occupancy" for scale in design.dose_scales.values())
    expression = (
        "targets silent in a sample are left out"
        if expression_known
        else ("whether a sample expresses the targets is not known")
    )
    potency = (
        f"potency in cells known for {potencies} agents" if potencies else "no potency in cells is known"
    )
    return f"{expression}; {potency}"


def _chosen(
    design: Design, dataset: str, question: Question, validation: Validation | None, gates: str
) -> Choice:
    borrowing = question in ("agent_of_other_samples", "unseen_agent", "new_sample")
    why = why_baselines_only(design)
    if why is not None:
        return Choice(dataset, question, RIDGE_POOLED.name if borrowing else RIDGE.name, why)
    if question == "unseen_agent":
        found = _for_unseen_agents(dataset, validation)
        return replace(found, evidence=f"{found.evidence} ({gates})")
    default = RIDGE.name if question in ("unseen_combination", "unseen_dose") else HIERARCHICAL.name
    task = _TASK.get(question)
    if task is None:
        why = {
            "measured": "it weighs the measurement against what samples and agents share",
            "unseen_dose": "no held-out task covers unseen doses; the default for combinations is taken",
        }[question]
        return Choice(dataset, question, default, why)
    return _by_comparison(dataset, question, task, default, validation)


def _by_comparison(
    dataset: str, question: Question, task: str, default: str, validation: Validation | None
) -> Choice:
    """The default, unless its rival is better by an interval that leaves out zero."""
    baseline = RIDGE.name if default == RIDGE.name else RIDGE_POOLED.name
    other = HIERARCHICAL.name if default == RIDGE.name else RIDGE_POOLED.name
    rows = _scores(validation, task, dataset)
    if validation is None or default not in rows or other not in rows:
        return Choice(dataset, question, default, UNTESTED)
    pair = validation.comparisons.filter(
        (pl.col("task") == task)
        & (pl.col("dataset") == dataset)
        & (pl.col("method") == HIERARCHICAL.name)
        & (pl.col("baseline") == baseline)
    ).row(0, named=True)
    low, high = pair["difference_low"], pair["difference_high"]
    switch = high < 0 if default == RIDGE.name else low > 0
    method, rest = (other, default) if switch else (default, other)
    verdict = "better than the default here" if switch else "the default, not beaten here"
    return Choice(
        dataset,
        question,
        method,
        f"{verdict}: held-out RMSE {rows[method]:.3f} against {rows[rest]:.3f} for {rest} "
        f"({HIERARCHICAL.name} minus {baseline} {pair['difference']:+.3f} [{low:+.3f}, {high:+.3f}], "
        f"{pair['n_units']} held-out units)",
    )


def _for_unseen_agents(dataset: str, validation: Validation | None) -> Choice:
    """The member that wins this data set's own held-out inhibitors."""
    rows = _scores(validation, "unseen_inhibitor", dataset)
    rivals = {name: rows[name] for name in RIVALS if name in rows}
    if not rivals:
        return Choice(dataset, "unseen_agent", HIERARCHICAL.name, UNTESTED)
    best = min(rivals, key=lambda name: rivals[name])
    figures = ", ".join(f"{name} {error:.3f}" for name, error in rivals.items())
    why = f"lowest held-out RMSE for this study's own inhibitors: {figures}{_gap_to_ridge(dataset, best, validation)}"
    return Choice(dataset, "unseen_agent", best, why)


def _gap_to_ridge(dataset: str, method: str, validation: Validation | None) -> str:
    """How sure it is that a member is better than ridge for unseen inhibitors; nothing where it was not compared."""
    if validation is None or validation.comparisons.is_empty():
        return ""
    rows = validation.comparisons.filter(
        (pl.col("task") == "unseen_inhibitor")
        & (pl.col("dataset") == dataset)
        & (pl.col("method") == method)
        & (pl.col("baseline") == RIDGE.name)
    )
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    low, high = row["difference_low"], row["difference_high"]
    sure = "better than ridge" if high < 0 else "not told apart from ridge"
    return f"; {sure}: {row['difference']:+.3f} [{low:+.3f}, {high:+.3f}], {row['n_units']} inhibitors"


def _scores(validation: Validation | None, task: str, dataset: str) -> dict[str, float]:
    if validation is None:
        return {}
    rows = validation.table.filter((pl.col("task") == task) & (pl.col("dataset") == dataset))
    return dict(rows.select("method", "rmse").iter_rows())


def choices_frame(choices: Iterable[Choice]) -> pl.DataFrame:
    """Choices as a table: dataset, question, method, evidence."""
    return pl.DataFrame(
        [(choice.dataset, choice.question, choice.method, choice.evidence) for choice in choices],
        schema={"dataset": pl.String, "question": pl.String, "method": pl.String, "evidence": pl.String},
        orient="row",
    )
