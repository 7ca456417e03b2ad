"""The network: immutable, signed, nothing tidied away."""

import dataclasses

import networkx
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.network import Edge, Network, load_core_network, merge_duplicates

NODES = st.sampled_from(["A", "B", "C", "D", "viability"])
EDGES = st.lists(
    st.builds(
        Edge,
        NODES,
        NODES,
        st.sampled_from([-1, 0, 1]),
        st.sampled_from(["", "binding"]),
        st.sampled_from([None, "S9"]),
        st.sampled_from([(), ("PMID:1",), ("PMID:2", "PMID:1")]),
    ),
    max_size=25,
)


@pytest.fixture
def small() -> Network:
    return Network(
        [
            Edge("EGFR", "GRB2", 1, "binding", references=("PMID:1",), resource="one"),
            Edge("GRB2", "SOS1", 1, "binding"),
            Edge("SPRY2", "GRB2", -1, "binding"),
            Edge("EGFR", "CBL", 1, "phosphorylation", "Y700"),
            Edge("EGFR", "CBL", -1, "binding"),
            Edge("CBL", "EGFR", -1, "ubiquitination"),
            Edge("X", "Y", 0),
        ],
        name="small",
        isolated=["LONE", "EGFR"],
    )


def test_nodes_neighbours_and_lone_nodes(small):
    assert small.nodes == ("CBL", "EGFR", "GRB2", "LONE", "SOS1", "SPRY2", "X", "Y")
    assert small.isolated == ("LONE",)
    assert small.successors("EGFR") == ("CBL", "GRB2")
    assert small.predecessors("GRB2") == ("EGFR", "SPRY2")
    assert small.successors("NOBODY") == ()
    assert len(small.edges_between("EGFR", "CBL")) == 2
    assert "LONE" in small and "NOBODY" not in small
    assert small.nearest("EGFRR") == ["EGFR"]


def test_opposite_signs_are_both_kept_and_flagged(small):
    assert small.conflicts == (("EGFR", "CBL"),)
    assert small.net_signs["EGFR", "CBL"] == 0
    assert [edge.arrow for edge in small.edges_between("EGFR", "CBL")] == ["EGFR → CBL", "EGFR ⊣ CBL"]


def test_unsigned_edges_are_kept_with_sign_zero(small):
    assert [edge.arrow for edge in small.unsigned] == ["X ⋯ Y"]


def test_it_cannot_be_changed(small):
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.edges = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.edges[0].sign = -1


def test_an_edge_of_impossible_sign_is_refused():
    with pytest.raises(ValueError, match="sign of A → B is 2"):
        Edge("A", "B", 2)
    with pytest.raises(ValueError, match="source and a target"):
        Edge("A", "", 1)


def test_matrix_has_source_in_rows_and_leaves_out_unknown_directions(small):
    nodes, matrix = small.matrix()
    assert nodes == small.nodes
    dense = matrix.toarray()
    place = {node: number for number, node in enumerate(nodes)}
    assert dense[place["EGFR"], place["GRB2"]] == 1
    assert dense[place["CBL"], place["EGFR"]] == -1
    assert dense[place["X"], place["Y"]] == 0
    assert dense[place["EGFR"], place["CBL"]] == 0
    _, unsigned = small.matrix(signed=False)
    assert unsigned.toarray()[place["X"], place["Y"]] == 1
    assert unsigned.toarray()[place["EGFR"], place["CBL"]] == 1


def test_matrix_in_a_given_order(small):
    nodes, matrix = small.matrix(["GRB2", "EGFR"])
    assert nodes == ("GRB2", "EGFR")
    numpy.testing.assert_array_equal(matrix.toarray(), [[0, 0], [1, 0]])
    with pytest.raises(KeyError, match="NOBODY is not in small"):
        small.matrix(["NOBODY"])


@given(EDGES)
def test_matrix_agrees_with_networkx(edges):
    """Oracle: networkx's adjacency of the graph whose pairs carry the sign of most of their edges."""
    network = Network(edges)
    graph = networkx.DiGraph()
    graph.add_nodes_from(network.nodes)
    for source in network.nodes:
        for target in network.nodes:
            total = sum(edge.sign for edge in edges if (edge.source, edge.target) == (source, target))
            if total:
                graph.add_edge(source, target, weight=numpy.sign(total))
    expected = (
        networkx.to_numpy_array(graph, nodelist=network.nodes, dtype=float)
        if network.nodes
        else numpy.zeros((0, 0))
    )
    numpy.testing.assert_array_equal(network.matrix()[1].toarray(), expected)


@given(EDGES)
def test_networkx_has_every_edge(edges):
    graph = Network(edges).to_networkx()
    assert graph.number_of_edges() == len(edges)
    found = sorted((source, target, fields["sign"]) for source, target, fields in graph.edges(data=True))
    assert found == sorted((edge.source, edge.target, edge.sign) for edge in edges)


@given(EDGES)
def test_merging_keeps_every_relation_and_every_reference(edges):
    merged, count = merge_duplicates(edges)
    assert len(merged) + count == len(edges)
    assert {edge.relation for edge in merged} == {edge.relation for edge in edges}
    assert len({edge.relation for edge in merged}) == len(merged)
    assert {ref for edge in merged for ref in edge.references} == {
        ref for edge in edges for ref in edge.references
    }
    assert merge_duplicates(merged) == (merged, 0)


@given(EDGES)
def test_conflicts_are_the_pairs_with_both_signs(edges):
    network = Network(edges)
    for pair in network.conflicts:
        signs = {edge.sign for edge in network.edges_between(*pair)}
        assert {1, -1} <= signs


def test_one_odd_edge_does_not_take_a_pair_out_of_the_network():
    network = Network([Edge("A", "B", 1, residue="T1"), Edge("A", "B", 1, residue="T2"), Edge("A", "B", -1)])
    assert network.net_signs["A", "B"] == 1
    assert network.conflicts == (("A", "B"),)


def test_restricted_keeps_the_nodes_asked_for(small):
    part = small.restricted(["EGFR", "GRB2", "LONE", "NOBODY"])
    assert part.nodes == ("EGFR", "GRB2", "LONE")
    assert [edge.arrow for edge in part.edges] == ["EGFR → GRB2"]


def test_with_edges_joins_references_and_leaves_the_first_alone(small):
    more = small.with_edges(
        [Edge("EGFR", "GRB2", 1, "binding", references=("PMID:2",), resource="two"), Edge("NEW", "EGFR", 1)]
    )
    assert len(more) == len(small) + 1
    (edge,) = more.edges_between("EGFR", "GRB2")
    assert edge.references == ("PMID:1", "PMID:2")
    assert edge.resource == "one;two"
    assert "NEW" not in small


def test_an_empty_network_is_a_network():
    empty = Network()
    assert empty.nodes == () and len(empty) == 0 and empty.conflicts == ()
    assert empty.matrix()[1].shape == (0, 0)
    assert numpy.isnan(empty.share_referenced)


def test_share_referenced(small):
    assert small.share_referenced == pytest.approx(1 / 7)


def test_the_core_network_is_read_once_and_reaches_its_phenotypes():
    core = load_core_network()
    assert core is load_core_network()
    assert {"MAPK1", "EGFR", "AKT1"} <= set(core.nodes)
    assert {"viability", "proliferation"} <= set(core.phenotypes)
    assert core.net_signs["MAP2K1", "MAPK1"] == 1
    assert core.net_signs["DUSP6", "MAPK1"] == -1
    assert all(edge.resource for edge in core.edges)
