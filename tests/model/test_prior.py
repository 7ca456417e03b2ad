from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.core.kernels import core_components
from kinescape.model.design import build_design
from kinescape.model.prior import DECAY, fit_network_kernel, influence, network_kernels, wiring_of

NETWORK = Network(
    [
        Edge("HGF", "MET", 1),
        Edge("MET", "RAS", 1),
        Edge("MET", "AKT", 1),
        Edge("RAS", "ERK", 1),
        Edge("ERK", "MET", -1),
        Edge("AKT", "FOXO", -1),
    ]
)


def brute_force(adjacency: np.ndarray) -> np.ndarray:
    """Mean sign over all the shortest paths, listed by networkx."""
    graph = nx.from_numpy_array((adjacency != 0).astype(int), create_using=nx.DiGraph)
    n = len(adjacency)
    found = np.eye(n)
    for source in range(n):
        for target in range(n):
            if source != target and nx.has_path(graph, source, target):
                paths = list(nx.all_shortest_paths(graph, source, target))
                signs = [np.prod([adjacency[a, b] for a, b in pairwise(path)]) for path in paths]
                found[source, target] = np.mean(signs) * DECAY ** (len(paths[0]) - 2)
    return found


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.floats(0.1, 0.6))
def test_influence_against_listing_all_paths(seed: int, size: int, density: float) -> None:
    random = np.random.default_rng(seed)
    adjacency = random.choice([-1, 1], (size, size)) * (random.random((size, size)) < density)
    np.fill_diagonal(adjacency, 0)
    found = influence(csr_matrix(adjacency.astype(float)), np.arange(size))
    assert found == pytest.approx(brute_force(adjacency))


def test_profile_of_an_inhibitor_is_minus_its_target() -> None:
    wiring = wiring_of(NETWORK, {"crizotinib": {"MET": -1}})
    profile = wiring.profiles(["crizotinib"], [("MET",), ("ERK",), ("AKT",), ("FOXO",)])[0]
    # Columns go by the nodes' names: AKT, ERK, FOXO, MET at distances 1, 2, 2, 0.
    raw = np.array([-1.0, -DECAY, DECAY, -1.0])
    assert profile == pytest.approx(raw / np.linalg.norm(raw))


def test_readouts_of_the_same_nodes_make_one_column() -> None:
    wiring = wiring_of(NETWORK, {"x": {"MET": -1}})
    measured = [("ERK", "RAS"), ("ERK", "RAS"), ("AKT",), ("MET", "elsewhere"), ("nowhere",)]
    assert wiring.profiles(["x"], measured).shape == (1, 3)


def test_few_measured_nodes_use_the_whole_network() -> None:
    assert wiring_of(NETWORK, {"x": {"MET": -1}}).profiles(["x"], [("ERK",)]).shape == (1, len(NETWORK.nodes))


def test_what_an_agents_table_says() -> None:
    table = AgentTable(
        [
            Agent("HGF", kind="ligand", targets=(Target("MET", "activates"),)),
            Agent("crizotinib", targets=(Target("MET", "inhibits"), Target("ALK", "inhibits"))),
            Agent("weak on RAS", targets=(Target("MET", "inhibits", 2.0), Target("RAS", "inhibits", 6.0))),
        ]
    )
    wiring = wiring_of(NETWORK, table)
    assert wiring.hits("HGF") == {"HGF": 1}
    assert wiring.hits("crizotinib") == {"MET": -1, "ALK": -1}
    weighted = wiring.targets(["weak on RAS"])[0]
    assert weighted[[wiring.nodes.index("MET"), wiring.nodes.index("RAS")]] == pytest.approx([-0.75, -0.25])
    assert wiring.hits("KO:RAS") == {"RAS": -1}
    assert wiring.hits("OE:RAS") == {"RAS": 1}
    assert wiring.hits("MUT:RAS_G12D") == {}
    assert wiring.without_targets(["HGF", "unknown", "KO:elsewhere"]) == ("unknown", "KO:elsewhere")


def test_shuffling_keeps_targets_and_edges() -> None:
    wiring = wiring_of(NETWORK, {"x": {"MET": -1}})
    dealt = [wiring.shuffled(1, number) for number in range(8)]
    assert all(other.adjacency.sum() == wiring.adjacency.sum() for other in dealt)
    assert all(np.array_equal(other.targets(["x"]), wiring.targets(["x"])) for other in dealt)
    assert any((other.adjacency != wiring.adjacency).nnz for other in dealt)
    assert (wiring.shuffled(1, 3).adjacency != dealt[3].adjacency).nnz == 0


def test_network_kernels_are_positive_and_know_twins(small_study: Measurements) -> None:
    design = build_design(small_study)
    wiring = wiring_of(
        NETWORK, {"AKTi": {"AKT": -1}, "ERKi": {"ERK": -1}, "MEKi": {"ERK": -1}, "EGF": {"MET": 1}}
    )
    kernels = network_kernels(wiring, design)
    for component in core_components(design.rows, kernels):
        assert np.linalg.eigvalsh(component.gram(design.rows, design.rows)).min() > -1e-9
    profile = dict(kernels)["network profile"](design.rows, design.rows)
    erk = int(np.flatnonzero(design.rows.condition == "ERKi 1 uM")[0])
    mek = int(np.flatnonzero(design.rows.condition == "MEKi 100 nM")[0])
    assert profile[erk, mek] == pytest.approx(profile[erk, erk])


def test_network_without_a_known_agent_is_the_core(small_study: Measurements) -> None:
    design = build_design(small_study)
    fitted = fit_network_kernel(design, wiring_of(NETWORK, {}))
    assert not [component.name for component in fitted.components if "network" in component.name]


def test_slow_edges_count_only_when_asked() -> None:
    network = Network([Edge("MYC", "CCND1", 1, "transcription"), Edge("MYC", "MAX", 1, "binding")])
    hits = {"x": {"MYC": -1}}
    measured = [("CCND1",), ("MAX",), ("MYC",)]
    assert wiring_of(network, hits).profiles(["x"], measured).tolist()[0][0] == 0
    assert wiring_of(network, hits, slow=True).profiles(["x"], measured)[0, 0] < 0
