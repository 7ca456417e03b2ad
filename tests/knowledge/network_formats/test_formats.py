"""Which format a file has, and what is said when none fits."""

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.foundation.errors import InputError, RunError
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats import format_of, read_network, write_network


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("a.tsv", "source\ttarget\tsign", "edge-table"),
        ("a.csv", "source,target,sign", "edge-table"),
        ("a.tsv", "ENTITYA\tTYPEA\tIDA\tDATABASEA\tENTITYB", "signor"),
        ("a.csv", ",ENTITYA,ENTITYB,INTERACTION", "signor"),
        ("a.tsv", "source\ttarget\tsource_genesymbol\ttarget_genesymbol", "omnipath"),
        ("a.tsv", "enzyme\tenzyme_genesymbol\tsubstrate", "omnipath-sites"),
        ("a.sif", "A -> B", "sif"),
        ("A.GraphML", "<graphml/>", "graphml"),
    ],
)
def test_by_suffix_and_header(tmp_path, name, header, expected):
    path = tmp_path / name
    path.write_text(header + "\n", encoding="utf-8")
    assert format_of(path).name == expected


def test_an_unknown_suffix_names_the_known_ones(tmp_path):
    with pytest.raises(InputError, match=r"no network format has the suffix '\.docx'.*\.sif"):
        read_network(tmp_path / "a.docx")


def test_an_unknown_format_name_offers_the_nearest(tmp_path):
    with pytest.raises(InputError, match="did you mean 'graphml'"):
        read_network(tmp_path / "a.sif", "grafml")


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_network(tmp_path / "none.sif")


def test_formats_that_are_read_only_say_so(tmp_path):
    with pytest.raises(InputError, match="can only be read"):
        write_network(Network([Edge("A", "B", 1)]), tmp_path / "a.tsv", "signor")
    assert not (tmp_path / "a.tsv").exists()


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "file").write_text("here", encoding="utf-8")
    with pytest.raises(RunError, match="could not be written"):
        write_network(Network([Edge("A", "B", 1)]), tmp_path / "file" / "a.sif")


def test_the_documentation_names_every_format_suffix_column_and_command():
    from kinescape.cli.network import network as commands
    from kinescape.knowledge.network_formats import FORMATS
    from kinescape.knowledge.network_formats.edge_table import COLUMNS

    page = (Path(__file__).parents[3] / "docs" / "network_formats.md").read_text(encoding="utf-8")
    words = [entry.name for entry in FORMATS] + [suffix for entry in FORMATS for suffix in entry.suffixes]
    assert [word for word in (*words, *COLUMNS) if f"`{word}`" not in page] == []
    names = [command.name or command.callback.__name__ for command in commands.registered_commands]
    assert [name for name in names if f"kinescape network {name}" not in page] == []
    assert len(names) == 4


def test_the_name_of_a_network_is_the_name_of_its_file(tmp_path):
    path = tmp_path / "my_lab.sif"
    path.write_text("A -> B\n", encoding="utf-8")
    assert read_network(path).name == "my_lab"


WORDS = """A B , -> -| 1 -1 source target sign ENTITYA ENTITYB EFFECT source_genesymbol target_genesymbol
is_stimulation is_inhibition [ ] { } : " null "CXVersion":"2.0" "nodes" "edges" <graphml> </graphml> <graph>
<node/> ( ! & α"""
FRAGMENTS = st.sampled_from([*WORDS.split(), "\t", " ", "\n", "\x00", "\ufeff"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats()
    | st.sampled_from(["a", "", "activates", "2.0"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "s", "t", "v", "n", "a", "d", "name", "sign", "interaction"]), inner
        )
    ),
    max_leaves=15,
)
NODE = st.fixed_dictionaries({}, optional={"id": st.integers(0, 2) | JSON, "v": JSON}) | JSON
EDGE = (
    st.fixed_dictionaries({"s": st.integers(0, 2) | JSON, "t": st.integers(0, 2)}, optional={"v": JSON})
    | JSON
)
RULES = st.dictionaries(st.sampled_from(["name", "n"]), st.dictionaries(st.sampled_from("avd"), JSON) | JSON)
DECLARED = st.dictionaries(st.sampled_from(["nodes", "edges"]), RULES | JSON) | JSON
ASPECTS = st.fixed_dictionaries(
    {},
    optional={
        "nodes": st.lists(NODE, max_size=3) | JSON,
        "edges": st.lists(EDGE, max_size=3) | JSON,
        "attributeDeclarations": st.lists(DECLARED, max_size=2) | JSON,
        "networkAttributes": st.lists(JSON, max_size=2) | JSON,
    },
)


@settings(max_examples=100, deadline=None)
@given(aspects=st.lists(ASPECTS, max_size=3))
def test_any_json_is_a_network_or_a_fault_of_the_input(aspects):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.cx2"
        path.write_text(json.dumps([{"CXVersion": "2.0"}, *aspects]), encoding="utf-8")
        try:
            network = read_network(path)
        except InputError as error:
            assert error.faults
        else:
            assert all(edge.sign in (-1, 0, 1) for edge in network.edges)


@pytest.mark.parametrize("name", ["edge-table", "sif", "bnet", "graphml", "cx2", "signor", "omnipath"])
@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(FRAGMENTS, max_size=30))
def test_any_text_is_a_network_or_a_fault_of_the_input(name, pieces):
    """Never a bare traceback, whatever stands in the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.txt"
        path.write_text("".join(pieces), encoding="utf-8")
        try:
            network = read_network(path, name)
        except InputError as error:
            assert error.faults
        else:
            assert all(node for node in network.nodes)


@pytest.mark.parametrize("name", ["edge-table", "sif", "bnet", "graphml", "cx2", "signor", "omnipath"])
@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_a_network_or_a_fault_of_the_input(name, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.txt"
        path.write_bytes(content)
        with contextlib.suppress(InputError):
            assert read_network(path, name).nodes is not None
