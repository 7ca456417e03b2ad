"""SIF in the dialects of CellNOpt, DrugLogics and Cytoscape."""

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network_formats import read_network


def read(folder, text):
    path = folder / "net.sif"
    path.write_text(text, encoding="utf-8")
    return read_network(path)


@pytest.mark.parametrize(
    ("line", "arrows"),
    [
        ("A 1 B", ["A → B"]),
        ("A -1 B", ["A ⊣ B"]),
        ("A\t->\tB", ["A → B"]),
        ("A -| B", ["A ⊣ B"]),
        ("A <- B", ["B → A"]),
        ("A |- B", ["B ⊣ A"]),
        ("A <-> B", ["A → B", "B → A"]),
        ("A |-| B", ["A ⊣ B", "B ⊣ A"]),
        ("A activates B C", ["A → B", "A → C"]),
        ("A -- B", ["A ⋯ B"]),
        ("my node\tinhibits\tyour node", ["my node ⊣ your node"]),
    ],
)
def test_dialects(tmp_path, line, arrows):
    assert [edge.arrow for edge in read(tmp_path, line + "\n").edges] == arrows


def test_a_word_without_direction_is_kept_as_mechanism_and_said(tmp_path):
    network = read(tmp_path, "A pp B\nC pp D\n# comment\n\nLONE\n")
    assert [(edge.sign, edge.mechanism) for edge in network.edges] == [(0, "pp"), (0, "pp")]
    assert network.isolated == ("LONE",)
    assert any("'pp' (2 edges)" in note.found for note in network.notes)


def test_lines_of_two_parts_are_all_told(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "A B\nA -> B\nC D\n")
    assert [fault.row for fault in caught.value.faults] == [1, 3]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "nodes", "edges"),
    [
        ("eduati-crc14/data/base/PKN.sif", 49, 86),
        ("druglogics-cascade/cascade_1.0.sif", 77, 149),
        ("druglogics-cascade/cascade_2.0.sif", 144, 367),
        ("cno-dream4-liver/LiverPKNDREAM.sif", 40, 58),
    ],
)
def test_published_networks(real_data, name, nodes, edges):
    """CASCADE 1.0 and 2.0 are published with 77 nodes, 149 edges and 144 nodes, 367 edges."""
    network = read_network(real_data / "network" / name)
    assert (len(network.nodes), len(network)) == (nodes, edges)
