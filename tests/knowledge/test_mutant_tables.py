import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.mutant_tables import load_mutants


def write(folder, text):
    path = folder / "mine.tsv"
    path.write_text(text.replace(",", "\t"))
    return path


def faults_of(path):
    with pytest.raises(InputError) as caught:
        load_mutants(path)
    return {fault.code: fault for fault in caught.value.faults}


def test_a_table_of_folds_is_added_for_any_target(tmp_path):
    path = write(
        tmp_path,
        "target,mutant,drug,fold,source\nKRAS,G12C/Y96D,sotorasib,50,lab book\nKRAS,Y96D,sotorasib,40,lab book\n",
    )
    table = load_mutants(path)
    assert table.sensitivity("KRAS", "Y96D", "sotorasib").fold == pytest.approx(40)
    assert table.compounds("KRAS") == ("G12C/Y96D",)
    assert table.sensitivity("ABL1", "T315I", "imatinib") is not None


def test_a_table_of_ic50s_is_turned_into_folds(tmp_path):
    path = write(
        tmp_path,
        "target,mutant,drug,ic50_nanomolar,laboratory,source\nEGFR,WT,gefitinib,10,mine,x\nEGFR,T790M,gefitinib,4000,mine,x\n",
    )
    assert load_mutants(path).sensitivity("EGFR", "T790M", "gefitinib").fold == pytest.approx(400)


def test_a_user_s_rows_replace_those_of_the_same_target_and_drug(tmp_path):
    path = write(tmp_path, "target,mutant,drug,fold,source\nABL1,T315I,imatinib,5,mine\n")
    table = load_mutants(path)
    assert table.sensitivity("ABL1", "T315I", "imatinib").fold == pytest.approx(5)
    assert table.sensitivity("ABL1", "G250E", "imatinib") is None
    assert table.sensitivity("ABL1", "G250E", "nilotinib") is not None


def test_folds_and_ic50s_mixed_are_refused(tmp_path):
    path = write(
        tmp_path,
        "target,mutant,drug,fold,ic50_nanomolar,source\nEGFR,T790M,gefitinib,400,,x\nEGFR,C797S,osimertinib,,2000,x\n",
    )
    assert "folds-and-ic50s" in faults_of(path)


def test_ic50s_in_the_fold_column_are_seen_by_their_wild_type(tmp_path):
    path = write(
        tmp_path, "target,mutant,drug,fold,source\nEGFR,WT,gefitinib,12,x\nEGFR,T790M,gefitinib,4000,x\n"
    )
    fault = faults_of(path)["folds-and-ic50s"]
    assert fault.row == 2 and fault.column == "fold"


def test_all_faults_are_told_at_once(tmp_path):
    path = write(
        tmp_path,
        "target,mutant,drug,ic50_nanomolar,laboratory,source\nEGFR,T790M,gefitinib,400,a,x\nEGFR,,gefitinib,-3,a,x\n"
        "EGFR,T790M,gefitinib,500,a,x\n",
    )
    assert {"cell-empty", "not-a-number", "row-twice", "wild-type-missing"} <= set(faults_of(path))


def test_a_missing_file_and_a_missing_column_are_told(tmp_path):
    assert "file-missing" in faults_of(tmp_path / "none.tsv")
    assert "column-missing" in faults_of(write(tmp_path, "gene,change\nEGFR,T790M\n"))


def test_a_residue_that_is_not_there_is_told_with_its_row(tmp_path):
    path = write(
        tmp_path, "target,mutant,drug,fold,source\nABL1,A315I,imatinib,5,mine\nEGFR,del19,gefitinib,1,mine\n"
    )
    fault = faults_of(path)["reference-residue"]
    assert fault.row == 2 and "T (Thr)" in fault.found
