import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.inhibitor_levels import load_abundance, load_levels


def test_shipped_levels_say_whether_their_shift_was_measured():
    levels = load_levels()
    assert levels[("ABL1", "imatinib")].effective_nanomolar == 444
    assert levels[("ABL1", "imatinib")].basis == "measured shift"
    assert levels[("ABL1", "asciminib")].basis == "assumed shift"
    assert levels[("ABL1", "asciminib")].site != levels[("ABL1", "nilotinib")].site
    for level in levels.values():
        assert level.references
        assert level.low < level.effective_nanomolar < level.high


def test_free_level_is_total_times_what_is_not_bound():
    # Asciminib 40 mg twice a day: AUC 5262 ng h/mL over 12 h, 449.8 g/mol, 97.3 % bound.
    total = 5262 / 12 / 449.84 * 1000
    assert load_levels()[("ABL1", "asciminib")].free_nanomolar == pytest.approx(total * 0.027, rel=0.01)


def test_a_user_s_level_replaces_and_a_missing_one_is_told(tmp_path):
    path = tmp_path / "levels.tsv"
    path.write_text("drug\ttarget\tcoverage\nosimertinib\tEGFR\t12\n")
    assert load_levels(path)[("EGFR", "osimertinib")].coverage == 12
    path.write_text("drug\ttarget\tcoverage\nosimertinib\tEGFR\t\ngefitinib\tEGFR\t-2\n")
    with pytest.raises(InputError) as caught:
        load_levels(path)
    assert {fault.code for fault in caught.value.faults} >= {"level-missing", "not-a-number"}


def test_abundance_sums_are_those_of_the_cohorts():
    # 268 mutants in six imatinib cohorts, of which 249 are of the nineteen; 27 and 14 under the second drugs.
    cases = {}
    for entry in load_abundance():
        cases[entry.drug] = cases.get(entry.drug, 0) + entry.cases
    assert cases == {"imatinib": 268, "nilotinib": 27, "dasatinib": 14}
