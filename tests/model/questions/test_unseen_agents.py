import numpy as np

from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.design import build_design
from kinescape.model.members import NETWORK, RIDGE
from kinescape.model.prior import wiring_of
from kinescape.model.questions.unseen_agents import NOTHING, OTHER_AGENTS, ground_of, what_is_known

WIRING = wiring_of(
    Network([Edge("A", "B", 1), Edge("B", "C", -1)]),
    {"MEKi": {"A": -1}, "twin": {"A": -1}, "lone": {"B": -1, "absent": -1}, "unsigned": {"C": 0}},
)


def test_twins_lone_agents_and_strangers(small_study: Measurements) -> None:
    design = build_design(small_study).with_agents(["twin", "lone", "unsigned"])
    rest = what_is_known(design, WIRING, np.array([0, 0, 0, 0, 1, 1, 1.0]))
    assert rest.words == (
        "twin shares targets with MEKi; lone acts on B, which no measured agent hits; "
        "the network holds no target of unsigned"
    )
    assert rest.own_targets == {"B"}


def test_without_a_network_nothing_is_known(small_study: Measurements) -> None:
    design = build_design(small_study).with_agents(["twin"])
    rest = what_is_known(design, None, np.array([0, 0, 0, 1, 1.0]))
    assert "nothing is known of twin" in rest.words
    assert not rest.own_targets


def test_only_a_network_tells_unmeasured_agents_apart(small_study: Measurements) -> None:
    design = build_design(small_study).with_agents(["lone", "unsigned", "KO:B"])
    lone = what_is_known(design, WIRING, np.array([0, 0, 0, 0, 1, 0, 0.0]))
    assert ground_of(lone, NETWORK) == ("wiring alone", f"{lone.words}, so by the wiring alone")
    ground, words = ground_of(lone, RIDGE.name)
    assert ground == OTHER_AGENTS
    assert "whatever is hit" in words
    unsigned = what_is_known(design, WIRING, np.array([0, 0, 0, 0, 0, 1, 0.0]))
    assert ground_of(unsigned, RIDGE.name)[0] == NOTHING
    blocked = what_is_known(design, WIRING, np.array([0, 0, 0, 0, 0, 0, 1.0]))
    assert blocked.words == "blocking B, which no measured agent hits"
