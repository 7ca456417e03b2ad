"""The sample sheet, and everything wrong with it at once."""

import pytest

from kinescape.assays.phospho.site_contrasts.design import read_design
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.names import load_readouts

SAMPLES = ("DMSO_1", "DMSO_2", "Dasa_1", "Dasa_2")


def written(tmp_path, text, name="samples.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_sheet(tmp_path):
    text = (
        "sample,condition,replicate,time_min,cell line,patient\n"
        "DMSO_1,DMSO,1,30,K562,a\nDMSO_2,vehicle,2,30,K562,b\nDasa_1,dasatinib 0.1 uM,1,30,K562,a\n"
    )
    design = read_design(written(tmp_path, text), SAMPLES)
    assert design.samples["condition"].to_list() == ["control", "control", "dasatinib 100 nM"]
    assert design.samples["time_h"].to_list() == [0.5, 0.5, 0.5]
    assert design.samples["pair"].to_list() == ["a", "b", "a"]
    assert design.samples["row"].to_list() == [2, 3, 4]
    assert any("1 of 4 samples" in note.found and "Dasa_2" in note.found for note in design.notes)


def test_a_genetic_perturbation(tmp_path):
    text = "sample\tcondition\treplicate\nDMSO_1\tcontrol\t1\nDasa_1\tKD:MAPK6\t1\n"
    design = read_design(written(tmp_path, text, "samples.tsv"), SAMPLES)
    assert design.samples["condition"].to_list() == ["control", "KD:MAPK6"]


def test_all_the_faults_at_once(tmp_path):
    text = (
        "sample,condition,replicate,time_h\n"
        "DMSO1,control,1,1\n"  # not in the file
        "DMSO_2,control,,1\n"  # no replicate
        "Dasa_1,dasatinib 100 nX,1,1\n"  # unknown unit
        "Dasa_1,dasatinib 100 nM,1,1\n"  # twice
        "Dasa_2,dasatinib 100 nM,2,soon\n"  # no time
    )
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, text), SAMPLES)
    found = [(fault.code, fault.row, fault.column) for fault in caught.value.faults]
    assert found == [
        ("unknown-sample", 2, "sample"),
        ("empty-cell", 3, "replicate"),
        ("condition", 4, "condition"),
        ("duplicate", 5, "sample"),
        ("not-a-number", 6, "time_h"),
    ]
    assert "did you mean 'DMSO_1'" in caught.value.faults[0].text


def test_missing_columns_name_the_nearest(tmp_path):
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, "samples,conditoin,replicate\na,b,c\n"), SAMPLES)
    assert [fault.column for fault in caught.value.faults] == ["sample", "condition"]
    assert "did you mean 'samples'" in caught.value.text
    assert "did you mean 'conditoin'" in caught.value.text


def test_no_control(tmp_path):
    text = "sample,condition,replicate\nDasa_1,dasatinib 100 nM,1\nDMSO_1,imatinib 1 uM,1\n"
    with pytest.raises(InputError, match="compared with the control, and no sample is that"):
        read_design(written(tmp_path, text), SAMPLES)


def test_one_condition(tmp_path):
    text = "sample,condition,replicate\nDMSO_1,control,1\nDMSO_2,DMSO,2\n"
    with pytest.raises(InputError, match="nothing to compare"):
        read_design(written(tmp_path, text), SAMPLES)


def test_with_a_vocabulary_agents_are_checked(tmp_path):
    text = "sample,condition,replicate\nDMSO_1,DMSO,1\nDasa_1,dasatinb 100 nM,1\n"
    path = written(tmp_path, text)
    assert read_design(path, SAMPLES).samples["condition"][1] == "dasatinb 100 nM"
    vocabulary = Vocabulary(load_agents(), load_readouts())
    with pytest.raises(InputError, match="did you mean 'dasatinib'"):
        read_design(path, SAMPLES, vocabulary=vocabulary)


def test_columns_that_are_not_used_are_named(tmp_path):
    text = "sample,condition,replicate,operator\nDMSO_1,DMSO,1,x\nDasa_1,dasatinib 1 nM,1,y\n"
    design = read_design(written(tmp_path, text), SAMPLES)
    assert any("operator" in note.found for note in design.notes)


def test_dates_of_a_spreadsheet_are_told(tmp_path):
    text = "sample,condition,replicate\n2024-03-01 00:00:00,control,1\nDMSO_2,control,1-Jan\nDasa_1,dasatinib 1 nM,2\n"
    with pytest.raises(InputError, match="made this date of a name"):
        read_design(written(tmp_path, text), SAMPLES)
    design = read_design(written(tmp_path, text.replace("2024-03-01 00:00:00", "DMSO_1")), SAMPLES)
    (note,) = [note for note in design.notes if note.code == "date"]
    assert (note.row, note.column, note.severity) == (3, "replicate", "warning")
    assert "'1-Jan' is a date" in note.found


def test_without_a_table_the_sheet_is_gone_through_all_the_same(tmp_path):
    text = "sample,condition,replicate\nwhatever,control,1\nwhatever,,1\n"
    with pytest.raises(InputError) as caught:
        read_design(written(tmp_path, text), None)
    assert [fault.code for fault in caught.value.faults] == ["empty-cell", "duplicate"]
