import pytest

from kinescape.foundation.errors import InputError
from kinescape.strategy.resistance.resistance_setting import load_setting, needed_keys

WHOLE = """
target = "EGFR"
reference_drug = "gefitinib"
mutation_rate = [1e-8, 1e-9, 1e-7]
untreated_growth = 0.01
turnover = [0.5, 0.3, 0.8]
diagnosis_cells = 1e8
relapse_cells = 1e7
decline_per_day = 0.01
"""


def test_shipped_disease_has_a_source_and_a_range_for_every_number():
    setting = load_setting("cml")
    assert setting.target == "ABL1"
    for name, entry in setting.uncertain().items():
        assert entry.low < entry.value < entry.high, name
        assert entry.references, name


def test_a_file_of_one_s_own(tmp_path):
    path = tmp_path / "lung.toml"
    path.write_text(WHOLE)
    setting = load_setting(path)
    assert setting.name == "lung" and setting.rate_reference_drug == "gefitinib"
    assert (setting.untreated_growth.low, setting.untreated_growth.high) == (0.0025, 0.04)


def test_all_faults_of_a_file_at_once(tmp_path):
    path = tmp_path / "lung.toml"
    path.write_text(
        WHOLE.replace("turnover = [0.5, 0.3, 0.8]", "turnovr = 0.5") + "assay_days = -3\nmutation_rat = 1\n"
    )
    with pytest.raises(InputError) as caught:
        load_setting(path)
    codes = [fault.code for fault in caught.value.faults]
    assert codes.count("key-unknown") == 2 and "value-unusable" in codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ('target = "EGFR"\n', "key-missing"),
        ("relapse_cells = 1e7\n", "key-missing"),
    ],
)
def test_missing_keys_are_told(tmp_path, change, code):
    path = tmp_path / "lung.toml"
    path.write_text(WHOLE.replace(change, ""))
    with pytest.raises(InputError) as caught:
        load_setting(path)
    assert code in {fault.code for fault in caught.value.faults}


def test_turnover_of_one_is_refused(tmp_path):
    path = tmp_path / "lung.toml"
    path.write_text(WHOLE.replace("[0.5, 0.3, 0.8]", "[0.5, 0.3, 1.0]"))
    with pytest.raises(InputError, match="turnover"):
        load_setting(path)


def test_unknown_names_broken_and_missing_files(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("= 3")
    for name in ("cmll", broken, tmp_path / "none.toml"):
        with pytest.raises(InputError):
            load_setting(name)


def test_keys_under_a_table_and_all_that_is_missing_are_told_together(tmp_path):
    path = tmp_path / "lung.toml"
    path.write_text("[setting]\nturnover = 0.5\n")
    with pytest.raises(InputError) as caught:
        load_setting(path)
    codes = [fault.code for fault in caught.value.faults]
    assert codes.count("key-unknown") == 1 and codes.count("key-missing") == len(needed_keys())
    assert "no [table]" in (caught.value.faults[0].expected or "")
    assert all(fault.expected for fault in caught.value.faults)
