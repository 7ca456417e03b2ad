"""Classes: from annotated families, from the mechanism of edges, from neighbours; with evidence."""

import pytest

from kinescape.knowledge.families import classify, load_families, target_class
from kinescape.knowledge.network import Edge, Network, load_core_network

EMPTY = Network()


@pytest.mark.parametrize(
    ("gene", "name"),
    [
        ("EGFR", "RTK"),
        ("AXL", "RTK"),
        ("GAS6", "ligand"),
        ("GRB2", "adaptor"),
        ("BRAF", "RAS-ERK"),
        ("PIK3CA", "PI3K-mTOR"),
        ("MAPK14", "stress"),
        ("JAK2", "JAK-STAT"),
        ("CDK4", "cell cycle"),
        ("CHEK1", "checkpoint"),
        ("PARP1", "PARP"),
        ("MCL1", "BCL2"),
        ("NR3C1", "nuclear receptor"),
        ("DUSP6", "phosphatase"),
        ("CTNNB1", "WNT"),
        ("TOP1", "topoisomerase"),
        ("viability", "phenotype"),
    ],
)
def test_annotated_genes(gene, name):
    assert target_class(gene, EMPTY) == name


@pytest.fixture
def network():
    return Network(
        [
            Edge("NEWLIG", "EGFR", 1, "ligand binding"),
            Edge("NEWLIG", "MET", 1, "ligand binding"),
            Edge("NEWPTP", "MAPK1", -1, "dephosphorylation"),
            Edge("NEWPTP", "EGFR", -1, "dephosphorylation"),
            Edge("NEWTF", "CCND1", 1, "transcription"),
            Edge("NEWTF", "MYC", 1, "transcription"),
            Edge("HGF", "NEWRTK", 1, "ligand binding"),
            Edge("NEWRTK", "SHC1", 1, "phosphorylation"),
            Edge("EGFR", "NEWADAPTOR", 1, "phosphorylation"),
            Edge("NEWADAPTOR", "SOS1", 1, "binding"),
            Edge("BRAF", "NEWKINASE", 1, "phosphorylation"),
            Edge("NEWKINASE", "MAPK1", 1, "phosphorylation"),
            Edge("NEWKINASE", "AKT1", 1, "phosphorylation"),
            Edge("MAP2K2", "NEWKINASE", 1, "phosphorylation"),
            Edge("ISLAND", "ATOLL", 1, "binding"),
        ]
    )


@pytest.mark.parametrize(
    ("gene", "name", "basis"),
    [
        ("NEWLIG", "ligand", "position"),
        ("NEWPTP", "phosphatase", "position"),
        ("NEWTF", "transcription factor", "position"),
        ("NEWRTK", "RTK", "position"),
        ("NEWADAPTOR", "adaptor", "position"),
        ("NEWKINASE", "RAS-ERK", "neighbours"),
        ("ISLAND", "unknown", "none"),
        ("NOT_THERE", "unknown", "none"),
    ],
)
def test_a_new_gene_gets_its_class_from_its_place(network, gene, name, basis):
    found = classify(gene, network)
    assert (found.name, found.basis) == (name, basis)
    assert gene in found.evidence


def test_the_evidence_names_the_neighbours(network):
    found = classify("NEWKINASE", network)
    assert "MAP2K2" in found.evidence and "BRAF" in found.evidence
    assert 0.5 < found.share < 1


def test_an_unsigned_edge_votes_too():
    network = Network([Edge("BRAF", "NEW", 0), Edge("NEW", "MAPK1", 0)])
    assert target_class("NEW", network) == "RAS-ERK"


def test_position_tells_hidden_genes_far_better_than_the_largest_class():
    """Each annotated gene in turn loses its annotation; the network alone must tell its class.

    Many classes describe what a gene is (ligand, receptor) and many genes work in two pathways, so that no
    vote can be right on all; the largest class alone would be right for about one gene in ten.
    """
    core, families = load_core_network(), load_families()
    genes = [gene for gene in core.nodes if gene in families.class_of]
    hits = sum(
        classify(gene, core, families.without([gene])).name == families.class_of[gene] for gene in genes
    )
    names = [families.class_of[gene] for gene in genes]
    largest = max(names.count(name) for name in set(names))
    assert hits / len(genes) > 0.55
    assert hits > 4 * largest


def test_most_of_the_core_network_has_a_class():
    core = load_core_network()
    unknown = [node for node in core.nodes if target_class(node, core) == "unknown"]
    assert len(unknown) < 0.05 * len(core.nodes), unknown
