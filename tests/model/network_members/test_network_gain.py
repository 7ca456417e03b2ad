from dataclasses import replace

import numpy as np
import pytest

from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, build_design
from kinescape.model.network_members.network_gain import fit_network_gain
from kinescape.model.prior import Wiring, wiring_of

# Names of the made study: p-AKT stands for AKT1..3 in the package's readouts; here its node is its own name.
NETWORK = Network(
    [
        Edge("EGF", "p-ERK1/2", 1),
        Edge("MEK", "p-ERK1/2", 1),
        Edge("p-AKT", "p-S6", 1),
        Edge("p-ERK1/2", "p-S6", 1),
    ]
)
HITS = {"EGF": {"EGF": 1}, "AKTi": {"p-AKT": -1}, "MEKi": {"MEK": -1}, "ERKi": {"p-ERK1/2": -1}}


@pytest.fixture(scope="module")
def design(small_study: Measurements) -> Design:
    return build_design(small_study, kinds={"EGF": "ligand"})


@pytest.fixture(scope="module")
def wiring() -> Wiring:
    return wiring_of(NETWORK, HITS)


def test_what_the_wiring_expects(design: Design, wiring: Wiring) -> None:
    ligands, inhibitors = wiring.expected(design)
    akt, erk, s6 = (design.readouts.index(name) for name in ("p-AKT", "p-ERK1/2", "p-S6"))
    agent = {name: index for index, name in enumerate(design.agents)}
    assert ligands[agent["EGF"], [akt, erk, s6]] == pytest.approx([0, 1, 0.7])
    assert inhibitors[agent["MEKi"], [akt, erk, s6]] == pytest.approx([0, -1, -0.7])
    # An inhibitor's readout on its own target is left open.
    assert inhibitors[agent["AKTi"], [akt, erk, s6]] == pytest.approx([0, 0, -1])
    assert not inhibitors[agent["EGF"]].any() and not ligands[agent["MEKi"]].any()


def test_inhibiting_sites_change_the_sign(design: Design) -> None:
    """p-GSK3 S9 falls where AKT is blocked although GSK3 itself becomes active."""
    network = Network([Edge("AKT1", "GSK3B", -1)])
    renamed = replace(
        design, readouts=("p-GSK3B S9", "x", "y"), readout_nodes=(("GSK3B",), ("nowhere",), ("AKT1",))
    )
    _, inhibitors = wiring_of(network, {"AKTi": {"AKT1": -1}}).expected(renamed)
    assert inhibitors[design.agents.index("AKTi")].tolist() == [-1, 0, 0]


@pytest.mark.parametrize("missing", [False, True])
def test_prediction_against_one_dense_gaussian(design: Design, wiring: Wiring, missing: bool) -> None:
    """All entries at once: covariance K within a readout, plus the gains' f fᵀ between all entries."""
    response = design.response.copy()
    if missing:
        response[::4, 1] = np.nan
    used = replace(design, response=response)
    keep = design.rows.dose[:, design.agents.index("AKTi")] == 0
    train, asked = used.take(keep), design.rows.take(~keep)
    fitted = fit_network_gain(train, wiring)
    core = fitted.core
    scale, n_readouts = core.scale, len(design.readouts)

    def directions(dose: np.ndarray) -> np.ndarray:
        return np.einsum("na,gar->rng", dose, wiring.expected(design))

    def grams(left: Design | object, right: Design | object) -> np.ndarray:
        return sum(v * c.gram(left, right) for v, c in zip(core.variance, core.components, strict=True))  # type: ignore[arg-type, return-value]

    within = grams(train.rows, train.rows) + core.noise * np.eye(len(train))
    covariance = np.kron(np.eye(n_readouts), within)
    f = directions(train.rows.dose).reshape(-1, 2)
    covariance += f @ f.T
    effects = (train.response / scale).T.ravel()
    seen = ~np.isnan(effects)
    fa = directions(asked.dose).reshape(-1, 2)
    cross = np.kron(np.eye(n_readouts), grams(asked, train.rows)) + fa @ f.T
    inverse = np.linalg.inv(covariance[np.ix_(seen, seen)])
    mean = (cross[:, seen] @ inverse @ effects[seen]).reshape(n_readouts, -1).T * scale
    prediction = fitted.predict(asked)
    assert prediction.mean == pytest.approx(mean, abs=1e-5)
    prior = np.kron(np.eye(n_readouts), grams(asked, asked)) + fa @ fa.T
    posterior = np.diag(prior - cross[:, seen] @ inverse @ cross[:, seen].T).reshape(n_readouts, -1).T
    # The readouts' own spread scales the core's part only; taken out here for an exact comparison.
    plain = replace(fitted, core=replace(core, spread=np.ones(n_readouts)))
    high = plain.predict(asked).high
    assert high is not None
    expected = 1.6448536 * scale * np.sqrt(posterior + core.noise)
    assert high - prediction.mean == pytest.approx(expected, rel=1e-4)


def test_the_gain_is_found_and_helps_with_an_unseen_inhibitor(planted: tuple[Design, Wiring]) -> None:
    """In the planted study inhibitors have gains of 2 and 1.5 times the influence."""
    design, wiring = planted
    held = design.rows.dose[:, design.agents.index("i4")] > 0
    fitted = fit_network_gain(design.take(~held), wiring)
    in_units = fitted.gains[1] * np.median(fitted.core.scale)
    assert 1.0 < in_units < 2.5
    assert fitted.gain_covariance[1, 1] < 0.5
    alone = held & (design.rows.agent_count == 1)
    predicted, truth = fitted.predict(design.rows.take(alone)).mean, design.response[alone]
    apart = np.array([name != "p-n4" for name in design.readouts])
    assert np.corrcoef(predicted[:, apart].ravel(), truth[:, apart].ravel())[0, 1] > 0.6


def test_without_targets_it_is_the_core(design: Design) -> None:
    from kinescape.model.fit import fit_hierarchical

    fitted = fit_network_gain(design, wiring_of(NETWORK, {}))
    assert not fitted.gains.any()
    assert fitted.predict(design.rows).mean == pytest.approx(
        fit_hierarchical(design).predict(design.rows).mean
    )
