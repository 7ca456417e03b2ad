from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.mutant_references import gene_of, load_references

ABL1, EGFR = load_references()["ABL1"], load_references()["EGFR"]


def test_proteins_are_whole_and_the_landmarks_stand():
    assert ABL1.length == 1130
    assert EGFR.length == 1210
    assert ABL1.residue(315) == "T" and ABL1.codon(315) == "ACT"
    assert EGFR.residue(790) == "T" and EGFR.residue(797) == "C" and EGFR.residue(858) == "L"
    assert "*" not in ABL1.residues[:-1] and ABL1.residues[-1] == "*"


def test_gatekeeper_codons_lie_where_genomes_have_them():
    # chr9:130872896 (ABL1 c.944) and chr7:55181378 (EGFR c.2369) in GRCh38.
    assert ABL1.genomic_position(944) == 130872896
    assert EGFR.genomic_position(2369) == 55181378


@given(st.integers(1, 3393))
def test_genomic_positions_come_back(coding):
    assert ABL1.coding_position(ABL1.genomic_position(coding)) == coding


def test_introns_have_no_coding_position_but_are_covered():
    inside = ABL1.exons[1][2] - 5
    assert ABL1.coding_position(inside) is None
    assert ABL1.covers(inside)
    assert not ABL1.covers(1)


def test_positions_agree_with_the_coordinates_of_the_study(real_data):
    import csv

    with (
        real_data / "resistance/leighow_abl_dms/refs/abl1_NM_005157.6_full_coordinates.csv"
    ).open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 2000
    assert all(ABL1.genomic_position(int(row["pos"])) == int(row["chr_start"]) for row in rows)


def test_spellings_of_the_fusion_mean_its_kinase():
    assert gene_of("BCR::ABL1") == gene_of("bcr-abl") == gene_of("ABL") == "ABL1"
    assert gene_of("KRAS") is None
    assert ABL1.residue(0) is None and ABL1.residue(1131) is None
