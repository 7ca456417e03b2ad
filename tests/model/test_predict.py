from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.choice import choose
from kinescape.model.design import Design, build_designs
from kinescape.model.members import HIERARCHICAL, NETWORK, members_with, network_member
from kinescape.model.predict import (
    PREDICTION_SCHEMA,
    FittedModel,
    fit_model,
    predict_conditions,
)
from kinescape.model.prior import Wiring, wiring_of
from kinescape.model.validate import validate


@pytest.fixture(scope="module")
def fitted(small_study: Measurements) -> FittedModel:
    held = "AKTi 1 uM + MEKi 100 nM"
    kept = small_study.frame.filter(~((pl.col("condition") == held) & (pl.col("sample") == "B")))
    return fit_model(Measurements.from_frame(kept), dataset="made")


def test_a_held_out_combination_is_inside_its_interval(
    fitted: FittedModel, small_study: Measurements
) -> None:
    held = "AKTi 1 uM + MEKi 100 nM"
    answer = predict_conditions(fitted, [held], samples=["B"])
    truth = small_study.where(sample="B", condition=held).frame.select("readout", "value")
    both = answer.join(truth, on="readout")
    assert both.height == 4
    assert (
        both.select((pl.col("value") >= pl.col("low")) & (pl.col("value") <= pl.col("high")))
        .to_series()
        .sum()
        >= 3
    )
    assert (both["value"] - both["mean"]).abs().max() < 0.5  # type: ignore[operator]
    assert set(both["method"]) == {"ridge"}


def test_columns_and_order(fitted: FittedModel) -> None:
    answer = predict_conditions(fitted, ["MEKi 10 nM + ERKi 1 uM", "AKTi 0.1 uM + ERKi 1 uM"])
    assert list(answer.columns) == list(PREDICTION_SCHEMA)
    assert answer.height == 2 * 2 * 4
    assert answer.select("sample", "condition").unique(maintain_order=True).rows()[0] == (
        "A",
        "AKTi 100 nM + ERKi 1 uM",
    )


def test_viability_is_a_fraction(fitted: FittedModel) -> None:
    answer = predict_conditions(fitted, ["MEKi 10 nM + ERKi 1 uM"], readouts=["viability"])
    assert answer["mean"].is_between(0, 2).all()
    assert (answer["low"] > 0).all()
    assert (answer["low"] < answer["mean"]).all() and (answer["mean"] < answer["high"]).all()


def test_unknown_sample_is_an_average_one(fitted: FittedModel) -> None:
    answer = predict_conditions(fitted, ["MEKi 100 nM"], samples=["never seen"], readouts=["p-ERK1/2"])
    row = answer.row(0, named=True)
    assert row["method"] == "hierarchical"
    assert "average sample" in row["basis"]
    own = predict_conditions(fitted, ["MEKi 100 nM"], samples=["A"], readouts=["p-ERK1/2"]).row(0, named=True)
    assert row["high"] - row["low"] > own["high"] - own["low"]
    assert "was measured in this sample" in own["basis"]


def test_faults_are_told_together(fitted: FittedModel) -> None:
    with pytest.raises(InputError) as caught:
        predict_conditions(fitted, ["MEKj 100 nM", "AKTi 1 uM + foo", "AKTi 5 mg"])
    assert len(caught.value.faults) == 3
    assert "MEKi" in caught.value.text


def test_the_control_is_left_out(fitted: FittedModel) -> None:
    assert predict_conditions(fitted, ["control"]).is_empty()


def test_a_readout_that_the_sample_lacks_comes_from_others(small_study: Measurements) -> None:
    kept = small_study.frame.filter(~((pl.col("readout") == "p-S6") & (pl.col("sample") == "B")))
    fitted = fit_model(Measurements.from_frame(kept))
    answer = predict_conditions(fitted, ["AKTi 0.1 uM + MEKi 10 nM"], samples=["B"], readouts=["p-S6"])
    row = answer.row(0, named=True)
    assert row["method"] == "hierarchical"
    assert "other samples stand in" in row["basis"]


def test_few_conditions_are_said_and_answered(small_study: Measurements) -> None:
    few = small_study.where(condition=["MEKi 100 nM", "AKTi 1 uM", "ERKi 1 uM"])
    fitted = fit_model(few)
    assert any(note.code == "few-conditions" for note in fitted.notes)
    assert set(fitted.choices_frame()["method"]) == {"ridge", "ridge_pooled"}
    answer = predict_conditions(fitted, ["MEKi 100 nM + AKTi 1 uM"], samples=["A"])
    assert answer["mean"].is_finite().all()


def test_nothing_to_model_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no treated condition"):
        fit_model(Measurements.empty())


def test_a_condition_object_is_as_good_as_its_text(fitted: FittedModel) -> None:
    text = "AKTi 0.1 uM + ERKi 1 uM"
    assert predict_conditions(fitted, [text]).equals(
        predict_conditions(fitted, [Condition.parse(text), text])
    )


def test_same_input_same_answer(small_study: Measurements) -> None:
    asked = ["AKTi 0.1 uM + ERKi 1 uM"]
    first, second = (predict_conditions(fit_model(small_study), asked) for _ in range(2))
    assert first.equals(second)
    assert np.isfinite(first["mean"].to_numpy()).all()


def fitted_without(planted: tuple[Design, Wiring], agent: str, *candidates: str) -> FittedModel:
    """The planted study without one inhibitor, and the network's member for what was not measured."""
    design, wiring = planted
    kept = design.take(design.rows.dose[:, design.agents.index(agent)] == 0).with_agents(candidates)
    fits = {(0, NETWORK): network_member(wiring).fit(kept), (0, "hierarchical"): HIERARCHICAL.fit(kept)}
    choices = tuple(replace(choice, method=NETWORK) for choice in choose(kept, "study"))
    return FittedModel((kept,), fits, choices, "study", 0, wiring)


def test_an_unseen_inhibitor_is_predicted_from_the_wiring(planted: tuple[Design, Wiring]) -> None:
    """Node 4 acts on nodes 9 and 10; the study without its inhibitor still says what blocking it does."""
    fitted = fitted_without(planted, "i4")
    told = predict_conditions(fitted, ["i4"], samples=["A"])
    design = planted[0]
    truth = design.response[(design.rows.sample == 0) & (design.rows.condition == "i4")][0]
    rows = {row["readout"]: row for row in told.iter_rows(named=True)}
    wired = np.array([rows[name]["mean"] for name in design.readouts])
    plain = (
        fitted.fits[0, "hierarchical"]
        .predict(fitted.designs[0].rows_for("A", [Condition.parse("i4")]))
        .mean[0]
    )
    apart = np.array([name != "p-n4" for name in design.readouts])
    r_wired = np.corrcoef(wired[apart], truth[apart])[0, 1]
    assert r_wired > 0.6
    assert r_wired > np.corrcoef(plain[apart], truth[apart])[0, 1] + 0.2
    assert "i4 acts on n4, which no measured agent hits, so by the wiring alone" in rows["p-n9"]["basis"]
    assert rows["p-n4"]["method"] == "hierarchical"
    assert "own target is not predicted from the wiring" in rows["p-n4"]["basis"]
    assert rows["p-n9"]["method"] == "network_kernel"


def test_a_blocked_node_shares_targets_with_its_inhibitor(planted: tuple[Design, Wiring]) -> None:
    fitted = fitted_without(planted, "i4", "KO:n1", "mystery")
    told = predict_conditions(fitted, ["KO:n1"], samples=["A"])
    known = predict_conditions(fitted, ["i1"], samples=["A"])
    assert set(told["basis"].str.contains("blocking n1 shares targets with i1")) == {True}
    assert np.corrcoef(told["mean"].to_numpy(), known["mean"].to_numpy())[0, 1] > 0.9
    stranger = predict_conditions(fitted, ["mystery"], samples=["A"])
    assert stranger["basis"].str.contains("the network holds no target of mystery").all()
    width = (stranger["high"] - stranger["low"]).mean()
    assert isinstance(width, float) and width > (known["high"] - known["low"]).mean()


def test_the_network_is_asked_for_where_the_choice_needs_it(small_study: Measurements) -> None:
    designs = build_designs(small_study, kinds={"EGF": "ligand"})
    chain = Network([Edge("a", "b", 1), Edge("b", "c", 1)])
    wiring = wiring_of(chain, {"AKTi": {"a": -1}, "MEKi": {"b": -1}})
    tested = validate(designs[0], ["unseen_inhibitor"], dataset="made", members=members_with(wiring))
    lowest = tested.table.with_columns(
        rmse=pl.when(pl.col("method") == "network_kernel").then(0.0).otherwise("rmse")
    )
    with pytest.raises(InputError, match="none was given with agents"):
        fit_model(designs[:1], dataset="made", validation=replace(tested, table=lowest))
