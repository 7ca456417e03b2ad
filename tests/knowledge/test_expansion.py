"""Families and complexes made into genes."""

from kinescape.knowledge.expansion import expand_families
from kinescape.knowledge.network import Edge, Network


def arrows(network):
    return {edge.arrow for edge in network.edges}


def test_families_and_complexes_become_their_members():
    network = Network(
        [
            Edge("RAF", "MEK1/2", 1, references=("PMID:1",)),
            Edge("COMPLEX:CCND1_CDK4", "RB1", -1),
            Edge("MYC", "CyclinD1/CDK4", 1),
        ],
        isolated=["ERK1/2"],
    )
    found = expand_families(network)
    assert {"ARAF → MAP2K1", "RAF1 → MAP2K2", "CCND1 ⊣ RB1", "CDK4 ⊣ RB1", "MYC → CCND1"} <= arrows(found)
    assert {"MAPK1", "MAPK3"} <= set(found.isolated)
    assert all(edge.references == ("PMID:1",) for edge in found.edges_to("MAP2K1"))
    assert "expanded" in found.notes[-1].text


def test_genes_are_left_alone():
    network = Network([Edge("MAP2K1", "MAPK1", 1), Edge("SOMETHING_ELSE", "MAPK1", 1)])
    assert expand_families(network) is network


def test_an_edge_between_a_family_and_its_member_vanishes_but_a_self_loop_stays():
    network = Network([Edge("ERK1/2", "MAPK1", 1), Edge("MAPK3", "MAPK3", 1)])
    assert arrows(expand_families(network)) == {"MAPK3 → MAPK1", "MAPK3 → MAPK3"}


def test_own_names_can_be_given():
    found = expand_families(
        Network([Edge("F", "B", 1)]), resolve=lambda name: {"F": ("X", "Y")}.get(name, ())
    )
    assert arrows(found) == {"X → B", "Y → B"}
