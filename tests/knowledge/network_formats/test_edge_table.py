"""The edge table: all that an edge knows, and all the faults of a file at once."""

import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.network import Edge
from kinescape.knowledge.network_formats import read_network
from kinescape.knowledge.network_formats.edge_table import parse


def parsed(text):
    faults = Faults()
    return parse(text, "edges.tsv", faults), faults


def test_all_columns():
    network, faults = parsed(
        "source\ttarget\tsign\tmechanism\tresidue\treferences\tresource\tstatus\tpathway\tnote\n"
        "MAP2K1\tMAPK1\t1\tphosphorylation\tT185;Y187\tPMID:1;doi:10.1000/x\tmine\tchecked\tRAS-ERK\tsure\n"
    )
    assert not faults
    assert network.edges == (
        Edge(
            "MAP2K1",
            "MAPK1",
            1,
            "phosphorylation",
            "T185;Y187",
            ("PMID:1", "doi:10.1000/x"),
            "mine",
            "checked",
            "RAS-ERK",
            "sure",
        ),
    )


@pytest.mark.parametrize(
    ("written", "sign"),
    [
        ("1", 1),
        ("+", 1),
        ("activates", 1),
        ("-1", -1),
        ("−1", -1),
        ("inhibition", -1),
        ("", 0),
        ("?", 0),
        ("0", 0),
    ],
)
def test_spellings_of_a_sign(written, sign):
    network, faults = parsed(f"from,to,effect\nA,B,{written}\n")
    assert not faults.errors
    assert network.edges[0].sign == sign


def test_a_weight_gives_its_sign_where_there_is_no_sign():
    network, faults = parsed("source,target,weight\nA,B,0.7\nA,C,-2\nA,D,0\nA,E,heavy\n")
    assert [edge.sign for edge in network.edges] == [1, -1, 0]
    assert [(fault.row, fault.column) for fault in faults.errors] == [(5, "weight")]


def test_duplicates_are_merged_and_opposite_signs_kept_and_both_told():
    network, faults = parsed(
        "source\ttarget\tsign\treferences\nA\tB\t1\tPMID:1\nA\tB\t1\t2\nA\tB\t-1\t\nC\tD\t\t\nE\tE\t1\t\n"
    )
    assert [(edge.arrow, edge.references) for edge in network.edges] == [
        ("A → B", ("PMID:1", "PMID:2")),
        ("A ⊣ B", ()),
        ("C ⋯ D", ()),
        ("E → E", ()),
    ]
    assert network.conflicts == (("A", "B"),)
    assert {fault.code for fault in faults} == {
        "edges-merged",
        "edges-conflict",
        "edges-unsigned",
        "self-loops",
    }
    assert not faults.errors


def test_all_faults_at_once():
    _, faults = parsed(
        "source\ttarget\tsign\treferences\tstatus\n"
        "A\t\t1\t\t\n"
        "A\tB\tbanana\t\t\n"
        "A\tB\t1\tSmith\t\n"
        "A\tB\t1\tPMID:5\tcheked\n"
        "\tB\t2\t\t\n"
    )
    assert [(fault.code, fault.row, fault.column) for fault in faults.errors] == [
        ("node-missing", 2, "target"),
        ("sign-unknown", 3, "sign"),
        ("reference-shape", 4, "references"),
        ("status-unknown", 5, "status"),
        ("node-missing", 6, "source"),
        ("sign-unknown", 6, "sign"),
    ]
    assert "did you mean 'checked'" in faults.errors[3].text


def test_a_status_without_its_reference_is_a_warning():
    network, faults = parsed(
        "source\ttarget\tsign\tstatus\treferences\nA\tB\t1\tchecked\t\nC\tD\t1\t\tPMID:1\n"
    )
    assert [edge.status for edge in network.edges] == ["checked", "unchecked"]
    assert [fault.code for fault in faults] == ["status-contradicts"]


def test_without_a_sign_column_every_edge_is_of_unknown_direction():
    network, faults = parsed("source\ttarget\nA\tB\n")
    assert network.edges[0].sign == 0
    assert faults.warnings[0].code == "column-missing"


def test_without_source_there_is_no_network():
    _, faults = parsed("sorce\ttarget\nA\tB\n")
    assert [fault.code for fault in faults.errors] == ["column-missing"]
    assert "is it 'sorce'" in faults.errors[0].text


def test_a_header_alone_is_an_empty_network_and_said():
    network, faults = parsed("source\ttarget\tsign\n")
    assert len(network) == 0
    assert [fault.code for fault in faults] == ["network-empty"]


def test_a_name_with_control_characters_is_refused(tmp_path):
    path = tmp_path / "odd.tsv"
    path.write_text("source\ttarget\tsign\nA\x07\tB\t1\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be printed"):
        read_network(path)
