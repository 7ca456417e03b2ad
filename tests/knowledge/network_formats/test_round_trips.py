"""What is written is read again, in every format, up to what the writer said it would lose."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.knowledge.network import Edge, Network, load_core_network, merge_duplicates
from kinescape.knowledge.network_formats import FORMATS, read_network, write_network

WHOLE = ["x.tsv", "x.csv", "x.graphml", "x.cx2"]
SIGNS_ONLY = ["x.sif", "x.bnet"]

# Names as laboratories use them, and text that formats must quote.
NAMES = st.sampled_from(
    ["EGFR", "ERK1/2", "let-7", "BCR::ABL1", "p38 α", 'the "best"', "a,b", "<b>&amp;", "#1", "viability"]
)
PLAIN_NAMES = st.sampled_from(["EGFR", "MAPK1", "AKT1", "4EBP1", "viability", "X_1"])
TEXTS = st.sampled_from(["", "binding", "a; b", 'say "no"', "<x>", "α", "tab\there".replace("\t", " ")])


def edges_of(names):
    edge = st.builds(
        lambda source, target, sign, mechanism, residue, references, resource, pathway, note: Edge(
            source,
            target,
            sign,
            mechanism,
            residue,
            references,
            resource,
            "unchecked" if references else "unreferenced",
            pathway,
            note,
        ),
        names,
        names,
        st.sampled_from([-1, 0, 1]),
        TEXTS,
        st.sampled_from([None, "T202", "T202;Y204"]),
        st.sampled_from([(), ("PMID:1",), ("PMID:2", "doi:10.1000/x")]),
        TEXTS,
        TEXTS,
        TEXTS,
    )
    return st.lists(edge, min_size=1, max_size=8).map(lambda edges: merge_duplicates(edges)[0])


def there_and_back(network, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        notes = write_network(network, path)
        return read_network(path), notes


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=60, deadline=None)
@given(edges=edges_of(NAMES))
def test_whole_formats_keep_every_field(name, edges):
    network = Network(edges, "x")
    found, notes = there_and_back(network, name)
    assert set(found.edges) == set(network.edges)
    assert found.nodes == network.nodes
    assert notes == ()


@pytest.mark.parametrize("name", SIGNS_ONLY)
@settings(max_examples=60, deadline=None)
@given(edges=edges_of(PLAIN_NAMES))
def test_sign_formats_keep_who_acts_on_whom(name, edges):
    network = Network([edge for edge in edges if edge.sign and edge.source != edge.target], "x")
    found, _ = there_and_back(network, name)
    assert {edge.relation[:3] for edge in found.edges} == {edge.relation[:3] for edge in network.edges}
    assert found.nodes == network.nodes


@pytest.mark.parametrize("name", ["x.graphml", "x.cx2", "x.sif", "x.bnet"])
def test_lone_nodes_come_back(name):
    found, notes = there_and_back(Network([Edge("A", "B", 1)], isolated=["LONE"]), name)
    assert found.nodes == ("A", "B", "LONE")
    assert notes == ()


def test_an_edge_table_says_that_it_loses_lone_nodes():
    found, (note,) = there_and_back(Network([Edge("A", "B", 1)], isolated=["LONE"]), "x.tsv")
    assert found.nodes == ("A", "B")
    assert "1 node without edges" in note.text and note.severity == "note"


@pytest.mark.parametrize("name", ["x.graphml", "x.cx2"])
def test_name_and_licence_come_back(name):
    found, notes = there_and_back(Network([Edge("A", "B", 1)], "mine", "CC0-1.0"), name)
    assert (found.name, found.licence, notes) == ("mine", "CC0-1.0", ())


@pytest.mark.parametrize("name", [*WHOLE, *SIGNS_ONLY])
def test_an_empty_network(name):
    found, _ = there_and_back(Network(), name)
    assert len(found) == 0
    assert any(note.code == "network-empty" for note in found.notes)


@pytest.mark.parametrize("name", [*WHOLE, *SIGNS_ONLY])
def test_the_core_network_comes_back(name):
    core = load_core_network()
    found, notes = there_and_back(core, name)
    spelt = (lambda node: re.sub(r"\W", "_", node)) if name == "x.bnet" else str  # as BNET's note says
    assert {edge.relation[:3] for edge in found.edges} == {
        (spelt(edge.source), spelt(edge.target), edge.sign) for edge in core.edges
    }
    if name in WHOLE:
        assert set(found.edges) == set(core.edges)
    else:
        assert any("the references of" in note.found for note in notes)


@pytest.mark.parametrize("name", [*WHOLE, *SIGNS_ONLY])
def test_the_same_network_gives_the_same_bytes(name, tmp_path):
    network = Network([Edge("B", "A", 1), Edge("A", "C", -1, references=("PMID:1",), status="unchecked")])
    for number in (1, 2):
        write_network(network, tmp_path / f"{number}{name[1:]}")
    assert (tmp_path / f"1{name[1:]}").read_bytes() == (tmp_path / f"2{name[1:]}").read_bytes()


def test_every_writable_format_is_tested_here():
    suffixes = {Path(name).suffix for name in (*WHOLE, *SIGNS_ONLY)} | {".sbml"}
    assert all(suffixes & set(entry.suffixes) for entry in FORMATS if entry.writable)
