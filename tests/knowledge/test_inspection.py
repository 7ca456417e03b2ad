"""A network in numbers, and what its user should know."""

import random
import time

import networkx
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.inspection import check_network, describe_network, nodes_without_phenotype
from kinescape.knowledge.network import PHENOTYPES, Edge, Network, load_core_network
from kinescape.knowledge.network_formats import read_network, write_network

NODES = st.sampled_from(["A", "B", "C", "D", "E", "viability", "apoptosis"])
EDGES = st.lists(st.builds(Edge, NODES, NODES, st.sampled_from([-1, 0, 1])), max_size=20)


@given(EDGES)
def test_paths_and_cycles_agree_with_networkx(edges):
    """Oracle: networkx's ancestors and strongly connected components."""
    network = Network(edges)
    graph = networkx.DiGraph((edge.source, edge.target) for edge in edges)
    reaching = set()
    for phenotype in PHENOTYPES:
        if phenotype in graph:
            reaching |= networkx.ancestors(graph, phenotype) | {phenotype}
    assert set(nodes_without_phenotype(network)) == set(network.nodes) - reaching
    largest = max((len(part) for part in networkx.strongly_connected_components(graph)), default=0)
    assert describe_network(network).largest_cycle == largest


@given(EDGES)
def test_counts_add_up(edges):
    summary = describe_network(Network(edges))
    assert summary.activating + summary.inhibiting + summary.unsigned == summary.edges == len(edges)
    assert sum(summary.statuses.values()) == sum(summary.mechanisms.values()) == summary.edges


def test_an_empty_network():
    summary = describe_network(Network())
    assert (summary.nodes, summary.edges, summary.share_referenced, summary.largest_cycle) == (0, 0, None, 0)
    assert check_network(Network()) == ()


def test_what_a_user_should_know():
    network = Network([Edge("PRKM1", "MEK1/2", 1), Edge("MEK1/2", "JUN", 1, references=("PMID:1",))])
    told = {fault.code: fault for fault in check_network(network, "mine.sif")}
    assert set(told) == {"no-phenotype", "names-not-current", "names-of-families", "edges-unreferenced"}
    assert "PRKM1 is MAPK1" in told["names-not-current"].text
    assert told["names-of-families"].file == "mine.sif"
    assert all(fault.severity != "error" for fault in told.values())


def test_nodes_without_a_way_to_a_phenotype_are_named():
    network = Network([Edge("MYC", "viability", 1), Edge("MYC", "LAMP1", 1)])
    (note,) = [fault for fault in check_network(network) if fault.code == "no-path"]
    assert "LAMP1" in note.text


def test_the_core_network_uses_current_names():
    told = {fault.code for fault in check_network(load_core_network())}
    assert "names-of-families" not in told
    assert "no-phenotype" not in told


def test_forty_thousand_edges_are_read_and_described_in_seconds(tmp_path):
    """The requirement is an escape analysis within 10 s; reading and describing may take a part of that."""
    chooser = random.Random(1)
    genes = [f"G{number}" for number in range(8000)]
    edges = [
        Edge(
            chooser.choice(genes),
            chooser.choice(genes),
            chooser.choice([-1, 0, 1]),
            "phosphorylation",
            f"S{number}",
        )
        for number in range(40_000)
    ]
    path = tmp_path / "large.tsv"
    write_network(Network(edges), path)
    start = time.perf_counter()
    network = read_network(path)
    summary = describe_network(network)
    assert summary.edges == 40_000
    assert time.perf_counter() - start < 8.0
