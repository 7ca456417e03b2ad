"""SIGNOR's download layout."""

import csv
import re

import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.network_formats import read_network

HEADER = "ENTITYA\tTYPEA\tENTITYB\tTYPEB\tEFFECT\tMECHANISM\tRESIDUE\tTAX_ID\tPMID\tDIRECT\tSIGNOR_ID\n"


def read(folder, rows, header=HEADER):
    path = folder / "signor.tsv"
    path.write_text(header + rows, encoding="utf-8")
    return read_network(path)


def test_rows(tmp_path):
    network = read(
        tmp_path,
        "MAP2K1\tprotein\tMAPK1\tprotein\tup-regulates quantity\tphosphorylation\tThr185\t9606\t123\tYES\t1\n"
        "DUSP6\tprotein\tMAPK1\tprotein\tdown-regulates\tdephosphorylation\tThr185\t9606\t124\tYES\tS-2\n"
        "CCND1\tprotein\tCyclinD1/CDK4\tcomplex\tform complex\t\t\t9606\t125\tYES\tS-3\n"
        "A\tprotein\tB\tprotein\tunknown\t\t\t-1\tOther\tNO\tS-4\n"
        "MAPK1\tprotein\tProliferation\tphenotype\tup-regulates\t\t\t9606\t126\tNO\tS-5\n"
        "Mapk1\tprotein\tElk1\tprotein\tup-regulates\t\t\t10090\t126\tYES\tS-6\n",
    )
    assert [(edge.arrow, edge.residue, edge.references) for edge in network.edges] == [
        ("MAP2K1 → MAPK1", "T185", ("PMID:123",)),
        ("DUSP6 ⊣ MAPK1", "T185", ("PMID:124",)),
        ("CCND1 → CyclinD1/CDK4", None, ("PMID:125",)),
        ("A ⋯ B", None, ()),
        ("MAPK1 → proliferation", None, ("PMID:126",)),
    ]
    assert [edge.note for edge in network.edges] == ["", "", "", "indirect", "indirect"]
    assert all(edge.resource == "SIGNOR" for edge in network.edges)
    assert any("1 rows of other organisms left out: 10090" in note.found for note in network.notes)
    assert "check before redistributing" in network.licence


def test_unknown_effects_are_told_by_row(tmp_path):
    with pytest.raises(InputError) as caught:
        read(
            tmp_path,
            "A\tprotein\tB\tprotein\tsideways\t\t\t9606\t1\tYES\t\n\tprotein\tB\tprotein\tunknown\t\t\t\t\t\t\n",
        )
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [(2, "EFFECT"), (3, "ENTITYA")]


@pytest.mark.real_data
def test_the_whole_human_network(real_data):
    """37,673 signed rows, of which 4,501 come from PhosphoSitePlus alone (counted in the file by hand)."""
    network = read_network(real_data / "knowledge/signor/PKN_human_dir.csv.gz")
    codes = {note.code: note for note in network.notes}
    assert "4,501 edges" in codes["licence-non-commercial"].found
    merged = int(codes["edges-merged"].found.split()[0])
    assert len(network) + merged == 37_673
    assert network.net_signs["MAP2K1", "MAPK1"] == 1


@pytest.mark.real_data
def test_the_table_of_sites(real_data):
    """10,533 phosphorylations and 909 dephosphorylations, as the data's own page counts them."""
    network = read_network(real_data / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz")
    codes = {note.code: note for note in network.notes}
    assert len(network) + int(codes["edges-merged"].found.split()[0]) == 10_533 + 909


@pytest.mark.real_data
def test_a_table_with_every_column_of_the_web_site(real_data):
    path = real_data / "network/druglogics-cascade/CASCADE_3.0/cascade_3.0.tsv"
    with path.open(newline="", encoding="utf-8") as file:
        cells = [row["PMID"] for row in csv.DictReader(file, delimiter="\t") if row["ENTITYA"]]
    network = read_network(path)
    assert network.net_signs["CSK", "SRC"] == -1
    assert len(network) == len(cells)
    assert network.share_referenced == sum(bool(re.search(r"\d{6,}", cell)) for cell in cells) / len(cells)
