"""Ask the fitted model for conditions that nobody measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.issues import Faults, nearest
from kinescape.measurements.conditions import Condition
from kinescape.model.choice import QUESTIONS, Question, questions_of
from kinescape.model.design import Design, Rows, collinear_agents
from kinescape.model.fitted_model import FittedModel, designs_for, fit_model
from kinescape.model.members import HIERARCHICAL
from kinescape.model.phenotypes.phenotype_answers import with_levels
from kinescape.model.prediction import Prediction
from kinescape.model.questions.answer_words import condition_words, interval_words, with_words
from kinescape.model.questions.unseen_agents import ground_of, what_is_known
from kinescape.model.validate import dataset_name

__all__ = [
    "PREDICTION_SCHEMA",
    "FittedModel",
    "designs_for",
    "fit_model",
    "predict_conditions",
]

PREDICTION_SCHEMA: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "condition": pl.String(),
    "readout": pl.String(),
    "mean": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "method": pl.String(),
    "basis": pl.String(),
}


def predict_conditions(
    fitted: FittedModel,
    conditions: Iterable[Condition | str],
    *,
    samples: Sequence[str] | None = None,
    readouts: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Predict every readout of conditions in samples, with 90 % intervals of a new measurement.

    Parameters
    ----------
    fitted : FittedModel
        From `fit_model`.
    conditions : iterable of Condition or str
        What to predict; duplicates count once. The control is left out: it is no effect by definition.
    samples : sequence of str, optional
        By default all the samples. A sample that the study does not hold is predicted as an average one.
    readouts : sequence of str, optional
        By default all.

    Returns
    -------
    polars.DataFrame
        sample, condition, readout, mean, low, high, method, basis; values on the readout's own scale. `low`
        and `high` are null for a method without an interval. A condition with an agent that was given in one
        assay only has rows for the readouts of that assay only.

    Raises
    ------
    InputError
        With every agent that no condition of the study holds, and every condition that cannot be read.

    Examples
    --------
    >>> from kinescape.measurements.table import Measurements
    >>> table = Measurements.from_frame(pl.DataFrame({"sample": "A", "condition": ["x 1 uM", "y 1 uM"],
    ...     "node": "EGFR", "readout": "pEGFR", "value": [0.5, -1.0], "scale": "log2_fold_change",
    ...     "assay": "table"}))
    >>> predict_conditions(fit_model(table), ["x 1 uM + y 1 uM"]).select("sample", "method").row(0)
    ('A', 'ridge')
    """
    wanted = _parsed(conditions, fitted)
    rows: list[tuple[object, ...]] = []
    for index, design in enumerate(fitted.designs):
        name = dataset_name(design, fitted.dataset)
        method = {choice.question: choice.method for choice in fitted.choices if choice.dataset == name}
        keep = [at for at, readout in enumerate(design.readouts) if readouts is None or readout in readouts]
        known = [condition for condition in wanted if _agents_of(condition) <= set(design.agents)]
        if not known or not keep:
            continue
        for sample in fitted.samples if samples is None else samples:
            asked = design.rows_for(sample, known)
            questions = questions_of(design, asked)
            for question in dict.fromkeys(questions):
                chosen = np.array([at for at, own in enumerate(questions) if own == question])
                rows.extend(
                    _answers(fitted, index, sample, asked.take(chosen), method[question], question, keep)
                )
    frame = pl.DataFrame(rows, schema=PREDICTION_SCHEMA, orient="row")
    frame = frame.sort("sample", "condition", "readout", maintain_order=True)
    return with_levels(frame, fitted.levels, fitted.designs)


def _answers(
    fitted: FittedModel,
    index: int,
    sample: str,
    rows: Rows,
    method: str,
    question: Question,
    keep: list[int],
) -> list[tuple[object, ...]]:
    design = fitted.designs[index]
    values = _in_original_units(design, fitted.fits[index, method].predict(rows))
    core = fitted.fits.get((index, HIERARCHICAL.name))
    # The core stands in where a member has no interval, and for agents' own targets: it is not asked otherwise.
    wanting = question == "unseen_agent" or not all(np.isfinite(part[:, keep]).all() for part in values[1:])
    spare = values if method == HIERARCHICAL.name else None
    if core is not None and spare is None and wanting:
        spare = _in_original_units(design, core.predict(rows))
    groups = collinear_agents(design)
    answers: list[tuple[object, ...]] = []
    for row, condition in enumerate(rows.condition.tolist()):
        basis, own_targets = QUESTIONS[question], frozenset[str]()
        if question == "unseen_agent":
            rest = what_is_known(design, fitted.wiring, rows.dose[row])
            basis, own_targets = f"{basis}: {ground_of(rest, method)[1]}", rest.own_targets
        basis = with_words(basis, condition_words(design, groups, rows, row))
        for column in keep:
            numbers, used, why = [part[row, column] for part in values], method, basis
            if spare is not None and not all(np.isfinite(numbers[1:])):
                numbers, used = [part[row, column] for part in spare], HIERARCHICAL.name
                why = f"{basis}; the readout was hardly measured in this sample, other samples stand in"
            elif spare is not None and own_targets & set(design.readout_nodes[column]):
                # Inhibitors lower or raise the phosphorylation of their own target, by their type.
                numbers, used = [part[row, column] for part in spare], HIERARCHICAL.name
                why = f"{basis}; a readout on the agent's own target is not predicted from the wiring"
            if used == method:
                why = with_words(why, interval_words(fitted.fits[index, method], rows, row, column))
            low, high = (float(edge) if np.isfinite(edge) else None for edge in numbers[1:])
            answers.append(
                (sample, condition, design.readouts[column], float(numbers[0]), low, high, used, why)
            )
    return answers


def _in_original_units(design: Design, prediction: Prediction) -> list[NDArray[np.float64]]:
    """Mean, low and high on the measured scale; NaN edges for methods without an interval."""
    edge = np.full_like(prediction.mean, np.nan)
    low = edge if prediction.low is None else prediction.low
    high = edge if prediction.high is None else prediction.high
    return [design.original(part) for part in (prediction.mean, low, high)]


def _parsed(conditions: Iterable[Condition | str], fitted: FittedModel) -> list[Condition]:
    faults = Faults()
    known = {agent for design in fitted.designs for agent in design.agents}
    wanted: dict[str, Condition] = {}
    for given in conditions:
        try:
            condition = Condition.parse(given) if isinstance(given, str) else given
        except ValueError as error:
            faults.add("condition", f"'{given}': {error}")
            continue
        for agent in sorted(_agents_of(condition) - known):
            near = nearest(agent, known)
            faults.add(
                "unknown-agent",
                f"'{agent}' was in no condition of this study and is not among the candidates of the fit",
                mend=f"nearest: {', '.join(near)}" if near else None,
            )
        if not condition.is_control:
            wanted[condition.text] = condition
    faults.raise_if_errors()
    return list(wanted.values())


def _agents_of(condition: Condition) -> set[str]:
    return {*condition.agents, *(part.text for part in condition.genetic)}
