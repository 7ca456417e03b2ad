from dataclasses import replace

import numpy as np
import pytest

from kinescape.foundation.errors import InputError
from kinescape.model.choice import choose
from kinescape.model.design import Design
from kinescape.model.fitted_model import FittedModel
from kinescape.model.intervene import WHAT_IF_SCHEMA, what_if
from kinescape.model.members import HIERARCHICAL, NETWORK_GAIN, RIDGE, network_gain_member
from kinescape.model.prior import Wiring


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
