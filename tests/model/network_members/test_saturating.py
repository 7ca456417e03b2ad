"""The circuit against written-out dynamics, and its derivatives against finite differences."""

import numpy as np
import pytest

from kinescape.knowledge.network import Edge, Network
from kinescape.model.design import Design
from kinescape.model.network_members.saturating import (
    DEVIATION,
    EFFICACY_LOGIT,
    STEPS,
    STRENGTH,
    Circuit,
    circuit_of,
    gradient,
    jacobian,
    run,
)
from kinescape.model.prior import Wiring, wiring_of


@pytest.fixture(scope="module")
def circuit(planted: tuple[Design, Wiring]) -> Circuit:
    design, wiring = planted
    return circuit_of(wiring, design)


@pytest.fixture
def pushed(planted: tuple[Design, Wiring]) -> tuple[Circuit, np.ndarray, np.ndarray]:
    """The planted circuit with a pushing agent besides, doses between 0 and 1, parameters off the prior mean."""
    design, wiring = planted
    design = design.with_agents(["OE:n2"])
    random = np.random.default_rng(2)
    dose = np.where(random.random((7, len(design.agents))) < 0.3, random.random((7, len(design.agents))), 0)
    dose[:, -1] = random.random(7)
    found = circuit_of(wiring, design)
    return found, dose, random.normal(0, 0.7, found.layout.size)


def test_gradient_agrees_with_finite_differences(
    pushed: tuple[Circuit, np.ndarray, np.ndarray],
) -> None:
    circuit, dose, parameters = pushed
    weight = np.random.default_rng(4).normal(size=(len(dose), len(circuit.readout)))
    analytic = gradient(run(circuit, parameters, dose), weight)
    step = 1e-5
    for index in range(circuit.layout.size):
        moved = np.zeros(circuit.layout.size)
        moved[index] = step
        up = (weight * run(circuit, parameters + moved, dose).effects).sum()
        down = (weight * run(circuit, parameters - moved, dose).effects).sum()
        assert analytic[index] == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-7)
    # Every kind of parameter has a say, so that none of the comparisons is of zeros only.
    for part in (circuit.layout.edge, circuit.layout.basal, circuit.layout.push, circuit.layout.efficacy):
        assert np.abs(analytic[part]).max() > 1e-3
    assert abs(analytic[circuit.layout.saturation][0]) > 1e-3


def test_jacobian_sums_to_the_gradient(pushed: tuple[Circuit, np.ndarray, np.ndarray]) -> None:
    circuit, dose, parameters = pushed
    found = run(circuit, parameters, dose)
    weight = np.random.default_rng(5).normal(size=found.effects.shape)
    assert np.einsum("rcp,cr->p", jacobian(found), weight) == pytest.approx(gradient(found, weight))


def test_effects_are_those_of_the_written_out_iteration() -> None:
    network = Network([Edge("A", "B", 1), Edge("B", "C", -1), Edge("C", "A", -1)])
    wiring = wiring_of(network, {"i": {"B": -1.0}, "l": {"A": 1.0}})
    circuit = circuit_of(wiring, _design_of(["A", "B", "C"], ["i", "l"]))
    parameters = np.zeros(circuit.layout.size)
    found = run(circuit, parameters, np.array([[0.5, 1.0], [0.0, 1.0]]))
    kept = 1 - 0.5 / (1 + np.exp(-EFFICACY_LOGIT))
    weight = {("A", "B"): STRENGTH, ("B", "C"): -STRENGTH, ("C", "A"): -STRENGTH}
    for row, share in enumerate([kept, 1.0]):
        x = {"A": 0.0, "B": 0.0, "C": 0.0}
        for _ in range(STEPS):
            y = dict(x)
            y["B"] = share * x["B"] - (1 - share)
            x = {
                node: np.tanh(
                    (node == "A")
                    + sum(value * y[source] for (source, target), value in weight.items() if target == node)
                )
                for node in x
            }
        # The readout on the inhibitor's own target is not predicted while it is there.
        wanted = [x["A"], 0.0 if row == 0 else x["B"], x["C"]]
        assert found.effects[row] == pytest.approx(wanted)


def test_control_has_no_effect(circuit: Circuit) -> None:
    nothing = run(circuit, np.ones(circuit.layout.size), np.zeros((1, len(circuit.block))))
    assert not nothing.effects.any()


def test_more_of_an_inhibitor_blocks_more(circuit: Circuit) -> None:
    dose = np.zeros((3, len(circuit.block)))
    dose[:, 0] = [0.2, 0.6, 1.0]
    size = np.abs(run(circuit, np.zeros(circuit.layout.size), dose).effects).sum(axis=1)
    assert (np.diff(size) > 0).all()


def test_strengths_start_at_the_prior(circuit: Circuit) -> None:
    weights = circuit.weights(np.zeros(circuit.layout.size))
    total = np.zeros(len(circuit.nodes))
    np.add.at(total, circuit.target, weights**2)
    assert np.sqrt(total[total > 0]) == pytest.approx(STRENGTH)
    moved = np.zeros(circuit.layout.size)
    moved[0] = 1.0
    assert circuit.weights(moved)[0] / weights[0] == pytest.approx(np.exp(DEVIATION))


def test_nodes_that_lead_nowhere_are_left_out() -> None:
    network = Network([Edge("A", "B", 1), Edge("A", "aside", 1), Edge("far", "B", 1)])
    circuit = circuit_of(wiring_of(network, {"i": {"A": -1.0}}), _design_of(["B"], ["i"]))
    assert circuit.nodes == ("A", "B")


def _design_of(nodes: list[str], agents: list[str]) -> Design:
    import polars as pl

    from kinescape.measurements.table import Measurements
    from kinescape.model.design import build_design

    rows = [
        ("S", agent, node, f"p-{node}", 0.1, "log2_fold_change", "made") for agent in agents for node in nodes
    ]
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    return build_design(Measurements.from_frame(pl.DataFrame(rows, schema=columns, orient="row")))
