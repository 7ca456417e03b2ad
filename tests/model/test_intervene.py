from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.measurements.conditions import Condition
from kinescape.model.choice import choose
from kinescape.model.design import Design
from kinescape.model.fitted_model import FittedModel, fit_model
from kinescape.model.intervene import WHAT_IF_SCHEMA, what_if
from kinescape.model.members import HIERARCHICAL, NETWORK_GAIN, RIDGE, network_gain_member
from kinescape.model.network_members.saturating import run
from kinescape.model.network_members.saturating_fit import SaturatingFit
from kinescape.model.predict import predict_conditions
from kinescape.model.prior import Wiring
from kinescape.model.questions.fixed_nodes import clamped
from kinescape.model.questions.unseen_agents import OTHER_AGENTS, SAME_TARGET, THIS_AGENT, WIRING


@pytest.fixture(scope="module")
def fitted(planted: tuple[Design, Wiring]) -> FittedModel:
    design, wiring = planted
    kept = design.take(design.rows.dose[:, design.agents.index("i4")] == 0)
    members = (RIDGE, HIERARCHICAL, network_gain_member(wiring))
    fits = {(0, member.name): member.fit(kept) for member in members}
    choices = tuple(
        replace(choice, method=NETWORK_GAIN) if choice.question == "unseen_agent" else choice
        for choice in choose(kept, "study")
    )
    return FittedModel((kept,), fits, choices, "study", 0, wiring)


def test_blocking_lowers_what_lies_below(fitted: FittedModel) -> None:
    """Node 4 acts on node 9, and nobody touched node 4. No ligand was given, so that pushing stays unsure."""
    blocked = what_if(fitted, block=["n4"], samples=["A"], readouts=["p-n9"]).row(0, named=True)
    pushed = what_if(fitted, push=["n4"], samples=["A"], readouts=["p-n9"]).row(0, named=True)
    assert blocked["condition"] == "KO:n4"
    assert blocked["mean"] < min(-0.5, pushed["mean"] - 0.5)
    assert pushed["high"] - pushed["low"] > blocked["high"] - blocked["low"]
    assert blocked["method"] == NETWORK_GAIN
    assert blocked["disagreement"] > 0


def test_own_target_is_left_wide(fitted: FittedModel) -> None:
    own = what_if(fitted, block=["n4"], samples=["A"], readouts=["p-n4"]).row(0, named=True)
    assert own["method"] == "hierarchical"
    assert own["low"] < 0 < own["high"]


def test_sets_of_nodes_with_an_agent(fitted: FittedModel) -> None:
    answer = what_if(fitted, block=["n4", "n5"], push=["n7"], given="i1")
    assert set(answer["condition"]) == {"i1 + KO:n4 + KO:n5 + OE:n7"}
    assert list(answer.columns) == list(WHAT_IF_SCHEMA)
    assert set(answer["sample"]) == {"A", "B"}
    assert np.isfinite(answer["mean"].to_numpy()).all()


def test_what_cannot_be_asked(fitted: FittedModel) -> None:
    with pytest.raises(InputError) as caught:
        what_if(fitted, block=["n44", "n4"], push=["n4"])
    assert "nearest: n4" in caught.value.text
    assert "n4 is both blocked and pushed" in caught.value.text
    with pytest.raises(InputError, match="no node is blocked"):
        what_if(fitted)
    with pytest.raises(InputError, match="fitted without a network"):
        what_if(replace(fitted, wiring=None), block=["n4"])


def _row(answer: pl.DataFrame, readout: str) -> dict[str, Any]:
    return answer.filter((pl.col("sample") == "A") & (pl.col("readout") == readout)).row(0, named=True)


def test_a_fixed_node_passes_on_its_value(fitted: FittedModel) -> None:
    """Node 4 activates node 9: holding it low lowers what lies below, holding it high raises it."""
    low = _row(what_if(fitted, fix={"n4": -1.0}), "p-n9")
    high = _row(what_if(fitted, fix={"n4": 1.0}), "p-n9")
    assert low["condition"] == "FIX:n4=-1"
    assert low["mean"] < -0.2 < 0.2 < high["mean"]
    assert low["low"] < low["mean"] < low["high"]
    assert (low["method"], low["rests_on"]) == ("saturating_network", WIRING)
    assert low["disagreement"] is not None
    own = _row(what_if(fitted, fix={"n4": -1.0}), "p-n4")
    assert own["mean"] < -0.2


def test_a_fixed_node_shields_what_lies_below(fitted: FittedModel) -> None:
    """n1 acts on n4 through n2 and n3 ... held at 0, n4 passes nothing on to n9."""
    fit = fitted.with_candidates(["KO:n4"], members=["saturating_network"]).fits[0, "saturating_network"]
    assert isinstance(fit, SaturatingFit)
    agents = fitted.designs[0].agents
    dose = np.zeros(len(agents) + 1)
    dose[agents.index("i2")] = 1.0
    column = fitted.designs[0].readouts.index("p-n9")
    circuit, place = fit.circuit, {node: at for at, node in enumerate(fit.circuit.nodes)}
    free = clamped(circuit, fit.parameters, dose, {})
    np.testing.assert_allclose(free, run(circuit, fit.parameters, dose[None, :]).effects[0], atol=1e-12)
    held = clamped(circuit, fit.parameters, dose, {place["n4"]: 0.0})
    assert held[column] == 0.0


def test_agents_alone_and_at_a_share(fitted: FittedModel) -> None:
    full = _row(what_if(fitted, block=["i1"]), "p-n3")
    half = _row(what_if(fitted, fix={"i1": 0.5}), "p-n3")
    assert full["rests_on"] == THIS_AGENT
    assert half["condition"] == "0.5 x i1"
    assert full["mean"] < half["mean"] < 0


def test_ground_of_a_node_that_agents_hit(fitted: FittedModel) -> None:
    assert _row(what_if(fitted, block=["n1"]), "p-n9")["rests_on"] == SAME_TARGET
    own = _row(what_if(fitted, block=["n1"]), "p-n1")
    assert "measured on the same target" in own["basis"]
    measured = _row(what_if(fitted, block=["i1"]), "p-n1")
    assert abs(own["mean"] - measured["mean"]) < 0.5
    assert own["high"] - own["low"] > measured["high"] - measured["low"]


@pytest.mark.parametrize("sign", [-1, 1])
def test_annotated_sign_on_the_own_target(fitted: FittedModel, sign: int) -> None:
    told = _row(what_if(fitted, block=["n4"], own_target_sign={"n4": sign}), "p-n4")
    assert told["mean"] * sign > 0
    assert told["low"] < told["mean"] < told["high"]
    assert "the one that was given" in told["basis"]


def test_silent_targets_do_nothing(fitted: FittedModel) -> None:
    gated = replace(fitted, not_expressed={"A": frozenset({"n4"})})
    answer = what_if(gated, block=["n4"], readouts=["p-n9"])
    silent, other = answer.row(0, named=True), answer.row(1, named=True)
    assert (silent["mean"], silent["method"]) == (0.0, "none")
    assert "not expressed here" in silent["basis"]
    assert other["mean"] < -0.3


def test_asking_again_does_not_change_the_answer(fitted: FittedModel) -> None:
    asked = fitted.with_candidates(["KO:n4"])
    refitted = HIERARCHICAL.fit(asked.designs[0])
    rows = asked.designs[0].rows_for("A", [Condition.parse("KO:n4")])
    np.testing.assert_allclose(
        asked.fits[0, "hierarchical"].predict(rows).mean, refitted.predict(rows).mean, atol=1e-6
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"fix": {"n4": float("nan")}}, "cannot be held"),
        ({"fix": {"i1": 2.0}}, "expected a share|expected: a share|share from 0 to 1"),
        ({"push": ["i1"]}, "inhibits its targets"),
        ({"block": ["n4"], "samples": ["Z"]}, "is no sample of this study"),
        ({"block": ["n4"], "readouts": ["p-n99"]}, "is no readout of this study"),
        ({"block": ["n4"], "given": "nobody 1 uM"}, "neither a node of the network nor a known agent"),
        ({"block": ["n4"], "fix": {"n4": 1.0}}, "both blocked and fixed"),
    ],
)
def test_wrong_questions(fitted: FittedModel, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        what_if(fitted, **asked)


def test_a_study_of_five_conditions_has_baselines_only(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    few = design.take(np.isin(design.rows.condition, design.conditions[:5]))
    plain = fit_model([few])
    asked = replace(plain, wiring=wiring)
    answer = what_if(asked, block=["n4"], samples=["A"])
    assert set(answer["method"]) == {"ridge_pooled"}
    assert answer["disagreement"].null_count() == 0
    with pytest.raises(InputError, match="5 conditions are too few"):
        what_if(asked, fix={"n4": -1.0})


def test_a_measured_agent_is_answered_by_the_member_of_its_question(fitted: FittedModel) -> None:
    answer = what_if(fitted, block=["i1", "i2"])
    asked = predict_conditions(fitted, ["i1 + i2"])
    joined = answer.join(asked, on=["sample", "readout"], suffix="_asked")
    assert (joined["mean"] - joined["mean_asked"]).abs().max() == 0.0
    assert set(answer["method"]) == {"ridge"}


def test_members_do_not_agree_where_only_one_can_answer(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    one = design.take((design.rows.sample == 0) & np.isin(design.rows.condition, design.conditions[:5]))
    alone = replace(fit_model([replace(one, samples=("A",))]), wiring=wiring)
    assert what_if(alone, block=["n4"])["disagreement"].null_count() == len(design.readouts)


def test_a_readout_that_no_path_reaches_rests_on_other_agents(fitted: FittedModel) -> None:
    """Node 4 acts on node 9; no path leads from it to node 5, its cousin."""
    answer = what_if(fitted, block=["n4"], samples=["A"])
    assert _row(answer, "p-n9")["rests_on"] == WIRING
    far = _row(answer, "p-n5")
    assert far["rests_on"] == OTHER_AGENTS
    assert "whatever is hit" in far["basis"]
