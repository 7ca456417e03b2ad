"""Boolean rules and the signs in them."""

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats import read_network, write_network


def read(folder, text):
    path = folder / "net.bnet"
    path.write_text(text, encoding="utf-8")
    return read_network(path)


@pytest.mark.parametrize(
    ("rule", "signs"),
    [
        ("A | B", {("A", 1), ("B", 1)}),
        ("A & !B", {("A", 1), ("B", -1)}),
        ("!(A | !B) & C", {("A", -1), ("B", 1), ("C", 1)}),
        ("!!A", {("A", 1)}),
        ("A and not (B or C)", {("A", 1), ("B", -1), ("C", -1)}),
        ("(A & !B) | (!A & B)", {("A", 1), ("A", -1), ("B", 1), ("B", -1)}),
        ("A | 1", {("A", 1)}),
        ("NF-kB_p65 & ~IkB", {("NF-kB_p65", 1), ("IkB", -1)}),
    ],
)
def test_signs_of_a_rule(tmp_path, rule, signs):
    network = read(tmp_path, f"targets, factors\nT, {rule}\n")
    assert {(edge.source, edge.sign) for edge in network.edges} == signs
    assert all(edge.target == "T" for edge in network.edges)


def test_inputs_are_lone_nodes(tmp_path):
    network = read(tmp_path, "A, A\nB, 1\nC, A\n")
    assert network.nodes == ("A", "B", "C")
    assert [edge.arrow for edge in network.edges] == ["A → C"]


def test_faults_of_rules_come_together(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "A, (B | C\nD\nE, F & & G\nH, I $ J\nK, L M\nN, !\n")
    assert [fault.row for fault in caught.value.faults] == [1, 2, 3, 4, 5, 6]
    assert "lacks a ')'" in caught.value.text


def test_a_rule_nested_without_end_is_a_fault_not_a_crash(tmp_path):
    with pytest.raises(InputError, match="nested too deeply"):
        read(tmp_path, "A, " + "(" * 20000 + "B" + ")" * 20000 + "\n")


def test_written_rules(tmp_path):
    network = Network([Edge("A", "T", 1), Edge("B", "T", 1), Edge("C", "T", -1), Edge("D", "T", 0)])
    notes = write_network(network, tmp_path / "net.bnet")
    lines = (tmp_path / "net.bnet").read_text().splitlines()
    assert "T, (A | B) & !C" in lines
    assert "A, A" in lines
    assert "1 edge of unknown direction" in notes[0].found


def test_names_that_rules_cannot_hold_are_renamed_and_told(tmp_path):
    network = Network([Edge("let-7", "A&B", 1), Edge("let_7", "A&B", 1)])
    notes = write_network(network, tmp_path / "net.bnet")
    assert any(note.code == "format-renames" for note in notes)
    assert len(read_network(tmp_path / "net.bnet").nodes) == 3
