import numpy as np

from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.design import build_design
from kinescape.model.prior import wiring_of
from kinescape.model.unseen_agents import what_is_known

WIRING = wiring_of(
    Network([Edge("A", "B", 1), Edge("B", "C", -1)]),
    {"MEKi": {"A": -1}, "twin": {"A": -1}, "lone": {"B": -1, "absent": -1}, "unsigned": {"C": 0}},
)


def test_twins_lone_agents_and_strangers(small_study: Measurements) -> None:
    design = build_design(small_study).with_agents(["twin", "lone", "unsigned"])
    rest = what_is_known(design, WIRING, np.array([0, 0, 0, 0, 1, 1, 1.0]))
    assert rest.words == (
        "twin shares targets with MEKi; lone acts on B, by the wiring alone; "
        "the network holds no target of unsigned"
    )
    assert rest.own_targets == {"B"}


def test_without_a_network_nothing_is_known(small_study: Measurements) -> None:
    design = build_design(small_study).with_agents(["twin"])
    rest = what_is_known(design, None, np.array([0, 0, 0, 1, 1.0]))
    assert "nothing is known of twin" in rest.words
    assert not rest.own_targets
