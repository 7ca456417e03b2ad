"""GraphML of our own and of other programs."""

import networkx
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats import read_network, write_network


def test_networkx_reads_what_we_write(tmp_path):
    """Oracle: networkx's own reader."""
    network = Network([Edge("A", "B", -1, "binding"), Edge("A", "B", 1)], isolated=["L"])
    write_network(network, tmp_path / "net.graphml")
    graph = networkx.read_graphml(tmp_path / "net.graphml")
    assert sorted(graph.nodes) == ["A", "B", "L"]
    assert sorted(fields["sign"] for *_, fields in graph.edges(data=True)) == [-1, 1]


def test_names_and_signs_of_other_programs(tmp_path):
    graph = networkx.DiGraph()
    graph.add_node("n0", name="EGFR")
    graph.add_node("n1", label="GRB2")
    graph.add_edge("n0", "n1", weight=-0.5)
    graph.add_edge("n1", "n0", interaction="activates")
    networkx.write_graphml(graph, tmp_path / "net.graphml")
    assert {edge.arrow for edge in read_network(tmp_path / "net.graphml").edges} == {
        "EGFR ⊣ GRB2",
        "GRB2 → EGFR",
    }


def test_an_undirected_graph_keeps_its_edges_with_unknown_direction(tmp_path):
    networkx.write_graphml(networkx.Graph([("A", "B")]), tmp_path / "net.graphml")
    network = read_network(tmp_path / "net.graphml")
    assert [edge.sign for edge in network.edges] == [0]
    assert any(note.code == "graphml-undirected" for note in network.notes)


@pytest.mark.parametrize("text", ["", "no xml", "<graphml><graph>", "<html/>"])
def test_what_is_no_graphml(tmp_path, text):
    (tmp_path / "net.graphml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"no GraphML"):
        read_network(tmp_path / "net.graphml")


def test_entities_are_refused_not_expanded(tmp_path):
    (tmp_path / "net.graphml").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<graphml/>',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="declares a DOCTYPE") as caught:
        read_network(tmp_path / "net.graphml")
    assert caught.value.faults[0].row == 2


def test_an_impossible_sign_is_told(tmp_path):
    graph = networkx.DiGraph()
    graph.add_edge("A", "B", sign="sideways")
    networkx.write_graphml(graph, tmp_path / "net.graphml")
    with pytest.raises(InputError, match="sign 'sideways'"):
        read_network(tmp_path / "net.graphml")
