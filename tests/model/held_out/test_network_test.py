from collections.abc import Callable

import numpy as np
import pytest

from kinescape.knowledge.network import Edge, Network
from kinescape.model.design import Design
from kinescape.model.held_out.network_test import _words, network_test
from kinescape.model.members import Member, network_gain_member, network_member
from kinescape.model.prior import Wiring, wiring_of


@pytest.mark.parametrize("member", [network_member, network_gain_member])
def test_a_network_that_made_the_data_helps(
    planted: tuple[Design, Wiring], member: Callable[[Wiring], Member]
) -> None:
    design, wiring = planted
    answer = network_test(design, wiring, member=member, seed=1, shuffles=3)
    assert answer.helped
    assert answer.lowered_low is not None and answer.lowered_low > 0
    assert "better than 3 of 3 shuffled networks. It helped." in answer.words
    assert answer.frame()["network"].to_list()[:3] == ["without", "curated", "shuffled 1"]


def test_a_network_of_other_names_does_not(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    answer = network_test(design, wiring.shuffled(7, 0), seed=1, shuffles=3)
    assert not answer.helped


def test_what_cannot_be_tested_says_why(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    few = design.take(np.isin(design.rows.condition, design.conditions[:4]))
    assert "4 conditions are too few" in network_test(few, wiring).words
    nothing = wiring_of(Network([Edge("a", "b", 1)]), {})
    answer = network_test(design, nothing)
    assert answer.helped is None
    assert "fewer than two agents" in answer.words


def test_few_inhibitors_are_a_hint() -> None:
    words = _words("network_gain", 0.1, 0.05, 0.2, 20, 20, 4, True)
    assert words.endswith("It helped, though 4 inhibitors are few: take it as a hint.")
    assert _words("network_gain", 0.1, 0.05, 0.2, 20, 20, 6, True).endswith("It helped.")
