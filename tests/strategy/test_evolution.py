from collections import Counter

import numpy as np
import pytest
from scipy.stats import spearmanr

from kinescape.foundation.errors import InputError
from kinescape.knowledge.inhibitor_levels import load_abundance
from kinescape.strategy.evolution import SMALLEST_SHARE, forecast_resistance
from kinescape.strategy.resistance.forecast_lineages import mutant_shares


@pytest.fixture(scope="module")
def compared():
    return forecast_resistance(
        ["imatinib", "imatinib 1y then nilotinib", "asciminib + nilotinib"], patients=300, seed=4
    )


def test_shares_of_each_schedule_add_up_to_one(compared):
    for one in compared.schedules:
        assert sum(row.share for row in one.mutants) + one.compound_share == pytest.approx(1, abs=1e-6)


def test_curves_rise_and_lie_in_their_intervals(compared):
    for one in compared.schedules:
        assert np.all(np.diff(one.relapse) >= -1e-12)
        assert np.all(np.array(one.relapse_low) <= np.array(one.relapse))
        assert np.all(np.array(one.relapse) <= np.array(one.relapse_high))
        assert 0 <= one.preexisting_share <= 1


def test_a_lineage_shows_before_it_relapses(compared):
    for one in compared.schedules:
        assert one.detectable[-1] >= one.relapse[-1] * 0.95


def test_two_sites_hold_resistance_off_better_than_one_drug(compared):
    assert compared.best.schedule.text == "asciminib + nilotinib"
    final = {ratio.schedule: ratio for ratio in compared.ratios if ratio.days > 3000}
    assert final["asciminib + nilotinib"].high < 1
    assert final["imatinib 1y then nilotinib"].high < 1


def test_every_unknown_has_its_bar(compared):
    bars = {bar.unknown for bar in compared.sensitivity if bar.schedule == "asciminib + nilotinib"}
    assert {
        "mutation rate", "growth before treatment", "turnover of cells", "cells at diagnosis", "size at relapse",
        "decline under treatment", "level of asciminib at the target", "level of nilotinib at the target",
        "all folds together (laboratory)", "mutants nobody measured",
    } <= bars  # fmt: skip


def test_bars_point_the_way_they_must(compared):
    bars = {bar.unknown: bar for bar in compared.sensitivity if bar.schedule == "imatinib"}
    assert bars["mutation rate"].relapse_low < bars["mutation rate"].relapse_high
    assert (
        bars["level of imatinib at the target"].relapse_low
        > bars["level of imatinib at the target"].relapse_high
    )
    assert bars["size at relapse"].relapse_low > bars["size at relapse"].relapse_high


def test_what_was_not_measured_is_said(compared):
    codes = Counter(note.code for note in compared.notes)
    assert codes["not-measured"] >= 1 and codes["level-assumed"] == 1
    partly = {row.mutant for row in compared.schedules[2].mutants if row.status != "measured"}
    assert "Y253H" in partly and "T315I" not in partly


def test_same_seed_same_answer_and_json_holds_no_nan(compared):
    import json

    again = forecast_resistance("imatinib", patients=300, seed=4)
    assert again.schedules[0].relapse == compared.schedules[0].relapse
    text = json.dumps(compared.as_dict(), allow_nan=False)
    assert "conditional" in text


def test_a_higher_dose_leaves_less_resistance():
    result = forecast_resistance(
        ["imatinib 50%", "imatinib", "imatinib 800 mg"], patients=300, uncertainty=False, compounds=False
    )
    chances = [one.relapse[-1] for one in result.schedules]
    assert chances[0] > chances[1] > chances[2]


def test_a_holiday_after_remission_makes_it_no_better():
    result = forecast_resistance(
        ["imatinib", "imatinib 1y then off 1y then imatinib"],
        patients=300,
        uncertainty=False,
        compounds=False,
    )
    assert result.schedules[1].relapse[-1] >= result.schedules[0].relapse[-1]


def test_shares_split_a_patient_s_relapse_in_proportion():
    shares, whole = mutant_shares(np.array([[3.0, 1.0], [0.0, 0.0]]), 0.0)
    chance = -np.expm1(-4.0) / 2
    assert whole == pytest.approx(chance)
    assert shares == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(("drug", "least"), [("imatinib", 0.65), ("nilotinib", 0.60), ("dasatinib", 0.70)])
def test_shares_order_mutants_as_cohorts_saw_them(drug, least):
    # Nothing is fitted. Shares at five years, those below one in a hundred told as "not expected" and so tied.
    cases = Counter()
    for entry in load_abundance():
        if entry.drug == drug:
            cases[entry.mutant] += entry.cases
    nineteen = [entry.mutant for entry in load_abundance() if entry.drug == "nilotinib"]
    result = forecast_resistance(drug, patients=10_000, horizon_years=5, compounds=False, uncertainty=False)
    share = {row.mutant: row.share for row in result.schedules[0].mutants}
    values = np.array([share[mutant] for mutant in nineteen])
    values = np.where(values / values.sum() < SMALLEST_SHARE, 0.0, values)
    assert spearmanr(values, [cases[mutant] for mutant in nineteen])[0] >= least


def test_all_faults_of_all_inputs_at_once(tmp_path):
    table = tmp_path / "mine.tsv"
    table.write_text("target\tmutant\tdrug\tfold\tsource\nABL1\tT315I\timatinib\t-3\tx\n")
    with pytest.raises(InputError) as caught:
        forecast_resistance("imatinib", mutants=table, setting="cmll", patients=0, horizon_years=-1)
    codes = {fault.code for fault in caught.value.faults}
    assert {"not-a-number", "setting-unknown", "patients", "time-negative"} <= codes
    with pytest.raises(InputError) as caught:
        forecast_resistance(["imatinb", "imatinib 400", "imatinib -1y then nilotinib"])
    assert len(caught.value.faults) == 3
    assert "imatinib" in (caught.value.faults[0].mend or "")


def test_another_target_needs_its_own_setting():
    with pytest.raises(InputError, match="EGFR"):
        forecast_resistance("imatinib", target="EGFR")


def test_any_target_with_a_table_of_folds_can_be_forecast(tmp_path):
    (tmp_path / "lung.toml").write_text(
        'target = "EGFR"\nreference_drug = "gefitinib"\nmutation_rate = [1e-8, 1e-9, 1e-7]\nuntreated_growth = 0.01\n'
        "turnover = [0.5, 0.3, 0.8]\ndiagnosis_cells = 1e8\nrelapse_cells = 1e7\ndecline_per_day = 0.01\n"
    )
    (tmp_path / "folds.tsv").write_text(
        "target\tmutant\tdrug\tfold\tsource\nEGFR\tT790M\tgefitinib\t100\tmine\nEGFR\tT790M\tosimertinib\t1\tmine\n"
        "EGFR\tC797S\tgefitinib\t1\tmine\nEGFR\tC797S\tosimertinib\t200\tmine\n"
    )
    (tmp_path / "levels.tsv").write_text(
        "drug\ttarget\tcoverage\ngefitinib\tEGFR\t20\nosimertinib\tEGFR\t20\n"
    )
    result = forecast_resistance(
        ["gefitinib", "osimertinib"],
        setting=tmp_path / "lung.toml",
        mutants=tmp_path / "folds.tsv",
        levels=tmp_path / "levels.tsv",
        patients=200,
        uncertainty=False,
    )
    assert [one.mutants[0].mutant for one in result.schedules] == ["T790M", "C797S"]
    with pytest.raises(InputError) as caught:
        forecast_resistance("gefitinib", setting=tmp_path / "lung.toml", mutants=tmp_path / "folds.tsv")
    assert {fault.code for fault in caught.value.faults} == {"level-missing"}


def test_a_milligram_dose_needs_a_usual_dose_to_scale(tmp_path):
    (tmp_path / "levels.tsv").write_text("drug\ttarget\tcoverage\nimatinib\tABL1\t3\n")
    with pytest.raises(InputError) as caught:
        forecast_resistance(["imatinib 400 mg", "imatinib 400 nM"], levels=tmp_path / "levels.tsv")
    assert [fault.code for fault in caught.value.faults] == ["dose-unusable", "dose-unusable"]


def test_a_target_without_sequence_needs_probabilities(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'target = "KRAS"\nreference_drug = "x"\nmutation_rate = 1e-8\nuntreated_growth = 0.01\nturnover = 0.2\n'
        "diagnosis_cells = 1e8\nrelapse_cells = 1e7\ndecline_per_day = 0.01\n"
    )
    (tmp_path / "levels.tsv").write_text("drug\ttarget\tcoverage\nx\tKRAS\t20\n")
    rows = "KRAS\tY96D\tx\t80\tmine\t{}\nKRAS\tR68S\tx\t40\tmine\t{}\n"
    head = "target\tmutant\tdrug\tfold\tsource\tprobability\n"
    table = tmp_path / "folds.tsv"
    options = {
        "setting": tmp_path / "mine.toml", "levels": tmp_path / "levels.tsv", "mutants": table, "patients": 50,
        "uncertainty": False,
    }  # fmt: skip
    table.write_text(head + rows.format("", ""))
    with pytest.raises(InputError, match="how often its mutants arise"):
        forecast_resistance("x", **options)
    table.write_text(head + rows.format(0.001, 0.003))
    result = forecast_resistance("x", **options)
    assert {row.mutant for row in result.schedules[0].mutants} == {"Y96D", "R68S"}


def test_measured_compounds_replace_the_product(tmp_path):
    # Both parts alone are held; the compound is, or is not, by what was measured of it.
    chances = []
    for fold in (1, 5000):
        table = tmp_path / f"{fold}.tsv"
        table.write_text(
            "target\tmutant\tdrug\tfold\tsource\nABL1\tT315I\timatinib\t1\tx\nABL1\tE255K\timatinib\t1\tx\n"
            f"ABL1\tE255K/T315I\timatinib\t{fold}\tx\n"
        )
        result = forecast_resistance("imatinib 4000 nM", mutants=table, patients=100, uncertainty=False)
        chances.append(result.schedules[0].compound_share * result.schedules[0].relapse[-1])
    assert chances[1] > 5 * chances[0]


def test_slips_in_doses_and_cells_that_regrow_are_told():
    with pytest.raises(InputError, match="times the usual level"):
        forecast_resistance("imatinib 1e99 nM")
    result = forecast_resistance(
        ["imatinib 2y then off", "imatinib 2y then off", "imatinib 800 mg"], patients=50, uncertainty=False
    )
    assert len(result.schedules) == 2
    codes = Counter(note.code for note in result.notes)
    assert codes["sensitive-regrow"] == codes["schedule-twice"] == codes["dose-scaled"] == 1
