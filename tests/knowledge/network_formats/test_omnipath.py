"""OmniPath's interaction and enzyme-substrate tables."""

import csv

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network_formats import read_network

COLUMNS = (
    "source_genesymbol,target_genesymbol,is_directed,is_stimulation,is_inhibition,consensus_stimulation,"
    "consensus_inhibition,sources,references,type,ncbi_tax_id_source,ncbi_tax_id_target\n"
)


def read(folder, text):
    path = folder / "omnipath.csv"
    path.write_text(text, encoding="utf-8")
    return read_network(path)


def test_signs_follow_the_consensus_and_both_are_kept(tmp_path):
    network = read(
        tmp_path,
        COLUMNS + "A,B,1,1,1,1,0,SIGNOR;TRIP,SIGNOR:11;TRIP:12,post_translational,9606,9606\n"
        "C,D,1,1,1,1,1,X,,post_translational,9606,9606\n"
        "E,F,1,0,1,0,0,X,,transcriptional,9606,9606\n"
        "G,H,0,0,0,0,0,X,,post_translational,9606,9606\n"
        "I,J,1,1,0,1,0,X,,post_translational,10090,10090\n",
    )
    assert [edge.arrow for edge in network.edges] == ["A → B", "C → D", "C ⊣ D", "E ⊣ F", "G ⋯ H"]
    assert network.edges[0].references == ("PMID:11", "PMID:12")
    assert network.edges[0].resource == "SIGNOR;TRIP"
    assert network.edges[3].mechanism == "transcription"
    codes = {note.code for note in network.notes}
    assert {"rows-other-organism", "edges-undirected", "edges-conflict"} <= codes


def test_a_table_without_gene_symbols_says_how_to_get_them(tmp_path):
    with pytest.raises(InputError, match="genesymbols=1"):
        (tmp_path / "omnipath.tsv").write_text(
            "source\ttarget\tis_stimulation\nP1\tP2\t1\n", encoding="utf-8"
        )
        read_network(tmp_path / "omnipath.tsv", "omnipath")


@pytest.mark.real_data
def test_real_interactions(real_data):
    path = real_data / "knowledge/omnipath-layouts/omnipath_webservice_interactions.tsv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    human = [row for row in rows if {row["ncbi_tax_id_source"], row["ncbi_tax_id_target"]} == {"9606"}]
    network = read_network(path)
    assert {(edge.source, edge.target) for edge in network.edges} == {
        (row["source_genesymbol"], row["target_genesymbol"]) for row in human
    }


@pytest.mark.real_data
def test_real_sites(real_data):
    network = read_network(real_data / "knowledge/omnipath-layouts/omnipath_webservice_enzsub.tsv")
    (edge,) = network.edges_between("PRKCB", "PAPOLB")
    assert (edge.sign, edge.mechanism, edge.residue) == (0, "phosphorylation", "S552")
    assert edge.references == ("PMID:17570479",)
