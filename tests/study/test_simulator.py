import numpy as np
import pytest

from kinescape.knowledge.network import Edge, Network
from kinescape.study.simulator import CycleModel, SimulatedLine, viability

CHAIN = Network([Edge("A", "B", 1), Edge("B", "C", 1), Edge("P", "C", -1)])
NODES = ("A", "B", "C", "P")
LINE = SimulatedLine("line", drive={"A": 2.0})


def model(seed=1):
    return CycleModel.from_network(CHAIN, NODES, seed=seed)


def test_a_node_without_inputs_stands_where_its_own_cycle_says():
    active, emitted = model().steady_state(LINE, {})
    assert active[0] == pytest.approx(2.0 / 3.0, rel=1e-4)
    assert np.array_equal(active, emitted)


def test_a_drug_silences_what_lies_below_its_target():
    untreated, _ = model().steady_state(LINE, {})
    treated, emitted = model().steady_state(LINE, {"B": 0.95})
    assert emitted[1] == pytest.approx(0.05 * treated[1])
    assert treated[2] < 0.5 * untreated[2]
    assert treated[0] == pytest.approx(untreated[0])


def test_more_of_an_inhibitor_lowers_its_target():
    rich = SimulatedLine("line", drive={"A": 2.0, "P": 5.0})
    assert model().steady_state(rich, {})[0][2] < model().steady_state(LINE, {})[0][2]


def test_an_adaptive_node_rises_when_its_sensor_falls_silent():
    adaptive = SimulatedLine("line", drive={"A": 2.0, "P": 0.5}, adaptive={("C", "P"): 5.0})
    untreated, _ = model().steady_state(adaptive, {})
    treated, _ = model().steady_state(adaptive, {"A": 0.99})
    assert treated[3] > 1.5 * untreated[3]


def test_viability_is_one_without_effect_and_falls_with_the_signal():
    control = {"x": 0.5}
    values = [viability({"x": 0.5 * share}, control, {"x": 1.0}) for share in (1.0, 0.6, 0.3, 0.0)]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] < 0.2


def test_rates_depend_on_the_seed_only():
    assert np.array_equal(model(1).activation, model(1).activation)
    assert not np.array_equal(model(1).activation, model(2).activation)
