import pytest

from kinescape.foundation.errors import InputError
from kinescape.study.specification import read_specification, row_of

SOUND = """\
[study]
name = "demo"
title = "A study"
target_sample = "tumour"
reference_sample = "normal"

[[samples]]
name = "tumour"

[[samples]]
name = "normal"

[[files]]
path = "signalling.csv"
format = "table_long"
assay = "signalling"
scale = "raw"

[files.columns]
sample = "Line"
"""


def write(folder, text):
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(folder, text):
    with pytest.raises(InputError) as caught:
        read_specification(write(folder, text))
    assert caught.value.exit_status == 2
    return caught.value.faults


def test_a_sound_study_reads_from_file_and_from_folder(tmp_path):
    path = write(tmp_path, SOUND)
    specification = read_specification(path)
    assert specification == read_specification(tmp_path)
    assert specification.suppress == "viability"
    assert specification.files[0].options == {"scale": "raw"}
    assert specification.files[0].columns == {"sample": "Line"}
    assert specification.resolve("a.csv") == tmp_path / "a.csv"


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    text = (
        SOUND.replace('title = "A study"', 'titel = "A study"')
        .replace('target_sample = "tumour"', 'target_sample = "tumor"')
        .replace('name = "normal"', 'name = "tumour"')
        .replace('format = "table_long"', "format = 3")
        .replace("[[files]]", '[network]\nsource = "cor"\n\n[[files]]')
    )
    faults = faults_of(tmp_path, text)
    lines = text.splitlines()
    told = {(fault.code, lines[fault.row - 1].strip() if fault.row else None) for fault in faults}
    assert ("unknown-key", 'titel = "A study"') in told
    assert ("missing-key", "[study]") in told
    assert ("duplicate-sample", 'name = "tumour"') in told
    assert ("wrong-value", 'source = "cor"') in told
    assert ("wrong-value", "format = 3") in told
    assert any(fault.code == "unknown-sample" and "tumour" in (fault.mend or "") for fault in faults)
    assert any("did you mean 'title'" in (fault.mend or "") for fault in faults)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing-key"),
        ("name = 'x", "not-toml"),
        (SOUND.replace('path = "signalling.csv"\n', ""), "wrong-value"),
        (SOUND.replace('reference_sample = "normal"', 'reference_sample = "tumour"'), "same-sample"),
        (SOUND + '[candidates]\nexclude_pairs = [["a"]]\n', "wrong-value"),
        (SOUND.replace("[study]", "[studdy]"), "unknown-key"),
        (SOUND + '[network]\nsource = "file"\n', "wrong-value"),
        ("study = 3\nfiles = 4\n", "wrong-value"),
    ],
)
def test_each_fault_has_its_name(tmp_path, text, code):
    assert code in {fault.code for fault in faults_of(tmp_path, text)}


def test_a_missing_study_and_one_that_is_not_text(tmp_path):
    with pytest.raises(InputError, match="no such study file"):
        read_specification(tmp_path / "nothing.toml")
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="could not be read"):
        read_specification(tmp_path)


def test_rows_of_keys_in_lists_and_subtables():
    assert row_of(SOUND, ("study", "title")) == 3
    assert row_of(SOUND, ("samples", 1, "name")) == 11
    assert row_of(SOUND, ("files", 0, "columns", "sample")) == 20
    assert row_of(SOUND, ("study", "absent")) == 1


def test_a_file_entry_in_the_same_words_is_told(tmp_path):
    entry = SOUND[SOUND.index("[[files]]") :]
    assert "duplicate-file" in {fault.code for fault in faults_of(tmp_path, SOUND + "\n" + entry)}


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "study.toml").write_text("\ufeff" + SOUND, encoding="utf-8")
    assert read_specification(tmp_path).name == "demo"
