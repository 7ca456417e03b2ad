from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.choice import QUESTIONS, choices_frame, choose, questions_of
from kinescape.model.design import Design, build_design
from kinescape.model.fitted_model import fit_model
from kinescape.model.members import SATURATING
from kinescape.model.validate import Validation, validate


@pytest.fixture(scope="module")
def design(small_study: Measurements) -> Design:
    return build_design(small_study)


def test_questions(design: Design) -> None:
    asked = [Condition.parse(text) for text in ("MEKi 100 nM", "MEKi 30 nM", "AKTi 0.1 uM + MEKi 10 nM")]
    assert questions_of(design, design.rows_for("A", asked)) == [
        "measured",
        "unseen_dose",
        "unseen_combination",
    ]
    assert questions_of(design, design.rows_for("Z", asked)) == ["new_sample"] * 3
    lost = design.take(~((design.rows.sample == 0) & (design.rows.dose[:, 0] > 0)))
    assert questions_of(lost, lost.rows_for("A", asked))[2] == "agent_of_other_samples"


def test_defaults_without_held_out_results(design: Design) -> None:
    chosen = {choice.question: choice for choice in choose(design, "x")}
    assert set(chosen) == set(QUESTIONS)
    assert chosen["unseen_combination"].method == "ridge"
    assert chosen["new_sample"].method == "hierarchical"
    assert "not tested on this study" in chosen["new_sample"].evidence


def test_few_conditions_use_a_baseline(design: Design) -> None:
    few = design.take(np.isin(design.rows.condition, design.conditions[:5]))
    assert {choice.method for choice in choose(few, "x")} == {"ridge", "ridge_pooled"}


@pytest.fixture(scope="module")
def result(design: Design) -> Validation:
    return validate(design, ["unseen_combination", "new_sample"], dataset="x", repeats=1)


def _told(result: Validation, low: float, high: float, baseline: str) -> Validation:
    changed = pl.when(pl.col("baseline") == baseline)
    return replace(
        result,
        comparisons=result.comparisons.with_columns(
            difference_low=changed.then(low).otherwise("difference_low"),
            difference_high=changed.then(high).otherwise("difference_high"),
        ),
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(-0.2, -0.1, "hierarchical"), (-0.2, 0.1, "ridge"), (0.1, 0.2, "ridge")]
)
def test_ridge_gives_way_only_to_a_sure_gain(
    design: Design, result: Validation, low: float, high: float, expected: str
) -> None:
    chosen = {c.question: c for c in choose(design, "x", _told(result, low, high, "ridge"))}
    assert chosen["unseen_combination"].method == expected
    assert "held-out RMSE" in chosen["unseen_combination"].evidence


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.2, "ridge_pooled"), (-0.1, 0.2, "hierarchical")]
)
def test_the_core_gives_way_only_to_a_sure_loss(
    design: Design, result: Validation, low: float, high: float, expected: str
) -> None:
    chosen = {c.question: c for c in choose(design, "x", _told(result, low, high, "ridge_pooled"))}
    assert chosen["new_sample"].method == expected


def test_choices_as_a_table(design: Design) -> None:
    frame = choices_frame(choose(design, "x"))
    assert frame.columns == ["dataset", "question", "method", "evidence"]
    assert frame.height == len(QUESTIONS)


def test_the_saturating_network_answers_where_it_won(design: Design) -> None:
    """Held-out inhibitors decide among all the members, and the evidence says what gates are known."""
    rows = [
        ("unseen_inhibitor", "x", name, error)
        for name, error in (("ridge", 0.5), ("hierarchical", 0.45), (SATURATING, 0.3), ("mean", 0.1))
    ]
    table = pl.DataFrame(rows, schema=["task", "dataset", "method", "rmse"], orient="row")
    told = Validation(table, pl.DataFrame(), (), {}, {})
    chosen = {c.question: c for c in choose(design, "x", told, expression_known=True)}["unseen_agent"]
    assert chosen.method == SATURATING
    assert "saturating_network 0.300" in chosen.evidence
    assert "silent in a sample are left out; no potency in cells is known" in chosen.evidence
    gap = {
        "task": "unseen_inhibitor",
        "dataset": "x",
        "method": SATURATING,
        "baseline": "ridge",
        "n_units": 4,
    }
    for high, words in (
        (0.05, "not told apart from ridge: -0.200 [-0.300, +0.050], 4"),
        (-0.1, "; better than"),
    ):
        edges = {"difference": -0.2, "difference_low": -0.3, "difference_high": high}
        compared = replace(told, comparisons=pl.DataFrame([gap | edges]))
        chosen = {c.question: c for c in choose(design, "x", compared)}["unseen_agent"]
        assert words in chosen.evidence
    unknown = {c.question: c for c in choose(design, "x")}["unseen_agent"].evidence
    assert "whether a sample expresses the targets is not known" in unknown
    with pytest.raises(InputError, match="needs a network"):
        fit_model([design], dataset="x", validation=Validation(table, told.comparisons, (), {}, {}))
