import pytest

from kinescape.foundation.issues import Faults
from kinescape.knowledge.mutant_calls import read_variant_calls
from kinescape.knowledge.variant_lists import is_variant_list


def read(folder, text, **options):
    path = folder / "report.csv"
    path.write_text(text)
    faults = Faults()
    return read_variant_calls(path, faults, **options), faults


@pytest.mark.parametrize("heading", ["mutant", "Mutation", "HGVSp_Short", "Protein_Change", "AAChange"])
def test_a_laboratory_s_table_of_names_is_read(tmp_path, heading):
    text = f"Gene,{heading},Patient\nABL1,T315I,P1\nBCR-ABL1,p.Glu255Lys,P2\nTP53,R175H,P2\n"
    calls, faults = read(tmp_path, text)
    assert [(call.row, call.sample, call.variant.text) for call in calls] == [
        (2, "P1", "ABL1 T315I"),
        (3, "P2", "ABL1 E255K"),
    ]
    assert not faults.errors
    assert any("1 of genes that are no targets here" in fault.found for fault in faults.notes)


def test_coding_changes_and_a_gene_given_for_all(tmp_path):
    calls, faults = read(tmp_path, "hgvsc\nc.944C>T\nNM_005157.6:c.763G>A\n\n", gene="ABL1")
    assert [call.variant.mutant for call in calls] == ["T315I", "E255K"]
    assert not faults.errors


def test_every_row_that_cannot_be_read_is_told_with_its_row(tmp_path):
    calls, faults = read(tmp_path, "gene,mutant\nABL1,A315I\nABL1,T315I\nABL1,35INS\n")
    assert [call.variant.mutant for call in calls] == ["T315I"]
    assert [(fault.code, fault.row) for fault in faults.errors] == [
        ("reference-residue", 2),
        ("variant-unreadable", 4),
    ]


def test_files_of_positions_are_no_lists_of_names():
    assert not is_variant_list("Hugo_Symbol\tChromosome\tStart_Position\tHGVSp_Short")
    assert not is_variant_list("contig\tstart\tend\tsample\tvariation_type")
