"""Readout names: the spellings of real panels, and the sign of each site."""

import csv

import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, Table
from kinescape.knowledge.families import Families
from kinescape.knowledge.names import load_readouts, readouts_from_tables
from kinescape.knowledge.network import PHENOTYPES, Edge, Network


@pytest.fixture(scope="module")
def readouts():
    return load_readouts()


@pytest.mark.parametrize(
    ("text", "nodes", "kind", "sign"),
    [
        ("p-ERK1/2 T202/Y204", ("MAPK1", "MAPK3"), "activating_site", 1),
        ("p44/42 MAPK (Thr202/Tyr204)", ("MAPK1", "MAPK3"), "activating_site", 1),
        ("pERK", ("MAPK1", "MAPK3"), "activating_site", 1),
        ("phospho-AKT (S473)", ("AKT1", "AKT2", "AKT3"), "activating_site", 1),
        ("AKT_pS473-R-V", ("AKT1", "AKT2", "AKT3"), "activating_site", 1),
        ("4EBP1pS65", ("EIF4EBP1",), "inhibiting_site", -1),
        ("GSKpS9", ("GSK3B",), "inhibiting_site", -1),
        ("GSK3abpS21", ("GSK3A", "GSK3B"), "inhibiting_site", -1),
        ("SRCpY527", ("SRC",), "inhibiting_site", -1),
        ("SRCpY416", ("SRC",), "activating_site", 1),
        ("RbpS807", ("RB1",), "inhibiting_site", -1),
        ("c-Raf_pS338", ("RAF1",), "activating_site", 1),
        ("c-Raf S259", ("RAF1",), "inhibiting_site", -1),
        ("IκBα pS32", ("NFKBIA",), "inhibiting_site", -1),
        ("γH2AX", ("H2AX",), "activating_site", 1),
        ("BioAkt", ("AKT1", "AKT2", "AKT3"), "activating_site", 1),
        ("LKB1", ("STK11",), "abundance", 1),
        ("t-ERK", ("MAPK1", "MAPK3"), "abundance", 1),
        ("p53", ("TP53",), "abundance", 1),
        ("p38", ("MAPK14", "MAPK11", "MAPK12", "MAPK13"), "abundance", 1),
        ("SMAD2/3", ("SMAD2", "SMAD3"), "abundance", 1),
        ("viability", ("viability",), "phenotype", 1),
        ("cellviab", ("viability",), "phenotype", 1),
        ("G1arrest", ("proliferation",), "phenotype", -1),
        ("cleaved PARP", ("apoptosis",), "phenotype", 1),
        ("mapk1", ("MAPK1",), "abundance", 1),
    ],
)
def test_names_of_the_field(readouts, text, nodes, kind, sign):
    meaning = readouts.resolve(text)
    assert (meaning.nodes, meaning.kind, meaning.sign) == (nodes, kind, sign)


def test_a_bare_name_means_the_phospho_form_where_the_assay_says_so(readouts):
    assert readouts.resolve("GSK3").kind == "abundance"
    assert readouts.resolve("GSK3", phospho=True).sign == -1
    assert readouts.resolve("ERK", phospho=True).kind == "activating_site"
    assert readouts.resolve("total ERK", phospho=True).kind == "abundance"
    assert readouts.resolve("viability", phospho=True).kind == "phenotype"


def test_a_site_that_no_table_knows_is_open_not_guessed(readouts):
    meaning = readouts.resolve("AKT1 pS999")
    assert (meaning.kind, meaning.sign) == ("site", 0)
    assert "not in the tables" in meaning.note


def test_sites_of_different_effect_are_open(readouts):
    meaning = readouts.resolve("SRC pY416/Y527")
    assert (meaning.kind, meaning.sign) == ("site", 0)


def test_an_unknown_readout_is_none_with_the_nearest(readouts):
    assert readouts.resolve("pERKK") is None
    assert readouts.nearest("p-GSK3bb S9")
    assert any("ERK" in word for word in readouts.nearest("pERKK"))
    assert readouts.resolve("") is None
    assert readouts.resolve("   ") is None


def test_previous_symbols_and_families_for_gene_arguments(readouts):
    assert readouts.nodes("PRKM1") == ("MAPK1",)
    assert readouts.nodes("RAF") == ("ARAF", "BRAF", "RAF1")
    assert readouts.nodes("no such gene") == ()


def test_own_table_goes_first(tmp_path):
    path = tmp_path / "readouts.tsv"
    path.write_text(
        "alias\tnodes\tresidue\tkind\tsign\n"
        "EGFR\tEGFR\tY1068\tactivating_site\t\n"
        "my bead 7\tMAPK14\t\t\t\n"
        "\tMAPK14\tT999\tinhibiting_site\t-1\n",
        encoding="utf-8",
    )
    table = load_readouts(path)
    assert table.resolve("egfr").kind == "activating_site"
    assert table.resolve("My-Bead 7").nodes == ("MAPK14",)
    assert table.resolve("my bead 7 pT999").sign == -1
    assert table.resolve("AKT_pS473").sign == 1
    assert load_readouts().resolve("egfr").kind == "abundance"


def test_faults_of_an_own_table_come_all_at_once(tmp_path):
    path = tmp_path / "readouts.tsv"
    path.write_text(
        "alias\tnodes\tresidue\tkind\tsign\n"
        "one\t\t\t\t\n"
        "two\tMAPK1\tposition 9\tactivating_site\t\n"
        "three\tMAPK1\tS9\tactivates\t\n"
        "four\tMAPK1\tS9\tinhibiting_site\t1\n"
        "five\tMAPK1\t\t\t\n"
        "five\tMAPK3\t\t\t\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_readouts(path)
    told = [(fault.code, fault.row) for fault in caught.value.faults]
    assert told == [
        ("nodes-missing", 2),
        ("residue-shape", 3),
        ("kind-unknown", 4),
        ("sign-unknown", 5),
        ("alias-shared", 7),
    ]


def test_phosphorylation_edges_tell_the_sign_of_sites_the_table_lacks():
    network = Network(
        [
            Edge("K", "S", -1, "phosphorylation", "S10;T20"),
            Edge("P", "S", 1, "dephosphorylation", "S10"),
            Edge("Q", "S", 1, "phosphorylation", "T20"),
        ]
    )
    rows = Table("own", ("alias", "nodes"), (Row(2, {"alias": "substrate", "nodes": "S"}),))
    table = readouts_from_tables([rows], network, Families({}, {}, {}), Faults())
    assert table.resolve("substrate pS10").sign == -1
    assert table.resolve("substrate pT20").sign == 0


def test_every_node_of_a_phenotype_row_is_a_phenotype(readouts):
    for meaning in readouts.wholes.values():
        if meaning.kind == "phenotype":
            assert set(meaning.nodes) <= set(PHENOTYPES)
        else:
            assert not set(meaning.nodes) & set(PHENOTYPES)


def test_the_core_network_agrees_with_the_table_on_the_sites_that_both_name(readouts):
    """The table's sign of a site against the kinase edge on the same site, which others curated."""
    from kinescape.knowledge.names import _sites_of
    from kinescape.knowledge.network import load_core_network

    edges = _sites_of(load_core_network())
    shared = [site for site, sign in edges.items() if sign and readouts.sites.get(site)]
    agreeing = [site for site in shared if edges[site] == readouts.sites[site]]
    assert len(shared) > 50
    assert len(agreeing) / len(shared) > 0.9, sorted(set(shared) - set(agreeing))


@pytest.mark.real_data
def test_signor_agrees_on_the_sign_of_sites(readouts, real_data):
    """An independent curation: SIGNOR's effect of phosphorylation, site by site; contested sites remain."""
    from kinescape.knowledge.names import _sites_of
    from kinescape.knowledge.network_formats import read_network

    path = real_data / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz"
    theirs = _sites_of(read_network(path))
    shared = [site for site, sign in theirs.items() if sign and readouts.sites.get(site)]
    agreeing = [site for site in shared if theirs[site] == readouts.sites[site]]
    assert len(shared) > 400
    assert len(agreeing) / len(shared) > 0.95, sorted(set(shared) - set(agreeing))


def unresolved(readouts, names):
    return [name for name in names if readouts.resolve(name) is None]


@pytest.mark.real_data
def test_luminex_panel_of_mcf10a(readouts, real_data):
    for line in ("wt", "pi3k"):
        path = real_data / "network/cnr-mcf10a/results/perturbations" / f"{line}-luminex-lfc.tsv"
        with path.open(newline="") as file:
            names = [row["Epitope"] for row in csv.DictReader(file, delimiter="\t")]
        assert len(names) == 10
        assert unresolved(readouts, names) == []


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["eduati-crc14", "hpn-dream8", "cno-dream4-liver"])
def test_midas_panels(readouts, real_data, folder):
    names = set()
    for path in (real_data / "network" / folder).rglob("*.csv"):
        with path.open(newline="") as file:
            names |= {name for name in next(csv.reader(file)) if name.startswith("DV:")}
    toys = {"DV:f", "DV:g"}  # letters of CellNOpt's toy model
    assert len(names) > 10
    assert unresolved(readouts, names - toys) == []


@pytest.mark.real_data
def test_rppa_panel_of_cellbox(readouts, real_data):
    names = (real_data / "network/cellbox/node_Index.csv").read_text().split()
    drugs = names[87:]  # the last twelve are drug activities: inputs, not readouts
    assert all(name.startswith("a") for name in drugs)
    assert unresolved(readouts, names[:87]) == []
