"""CX2 as Cytoscape writes it."""

import json

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats import read_network, write_network

CYTOSCAPE = [
    {"CXVersion": "2.0", "hasFragments": False},
    {
        "attributeDeclarations": [
            {
                "nodes": {"name": {"a": "n", "d": "string"}},
                "edges": {"interaction": {"a": "i", "d": "string", "v": "activates"}},
            }
        ]
    },
    {"networkAttributes": [{"name": "exported"}]},
    {"nodes": [{"id": 7, "x": 1.0, "v": {"n": "EGFR"}}, {"id": 9, "v": {"n": "GRB2"}}, {"id": 10}]},
    {"edges": [{"id": 1, "s": 7, "t": 9}, {"id": 2, "s": 9, "t": 7, "v": {"i": "inhibits"}}]},
    {"visualProperties": [{"default": {}}]},
    {"status": [{"success": True}]},
]


def read(folder, content):
    path = folder / "net.cx2"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_network(path)


def test_short_names_and_default_values(tmp_path):
    network = read(tmp_path, CYTOSCAPE)
    assert [edge.arrow for edge in network.edges] == ["EGFR → GRB2", "GRB2 ⊣ EGFR"]
    assert network.isolated == ("10",)
    assert network.name == "exported"
    assert any("visualProperties" in note.found for note in network.notes)


def test_written_aspects(tmp_path):
    write_network(Network([Edge("A", "B", 1, references=("PMID:1",))], "mine"), tmp_path / "net.cx2")
    aspects = json.loads((tmp_path / "net.cx2").read_text())
    assert aspects[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert aspects[-1] == {"status": [{"success": True}]}
    counts = {entry["name"]: entry["elementCount"] for entry in aspects[1]["metaData"]}
    for fragment in aspects:
        for name, content in fragment.items():
            if name in counts:
                assert len(content) == counts[name]
    declared = aspects[2]["attributeDeclarations"][0]["edges"]
    assert set(aspects[5]["edges"][0]["v"]) <= set(declared)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "no JSON"),
        ("{}", "no CX2"),
        ("[1, 2]", "no CX2"),
        ("[]", "no CX version"),
        ([{"CXVersion": "1.2"}], "CX version is '1.2'"),
        ([{"CXVersion": "2.0"}, {"nodes": [{"id": 1}]}, {"edges": [{"s": 1, "t": 5}]}], "names the node 5"),
        ([{"CXVersion": "2.0"}, {"nodes": ["x"]}], "without id"),
    ],
)
def test_what_is_no_cx2(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, content)
