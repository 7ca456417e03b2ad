import numpy as np
import pytest

from kinescape.foundation.issues import Faults
from kinescape.knowledge.inhibitor_levels import load_levels
from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.strategy.resistance.resistance_patients import (
    draw_patients,
    drug_on_mutants,
    growth_under,
    mutant_panel,
    site_rates,
)
from kinescape.strategy.resistance.resistance_setting import load_setting
from kinescape.strategy.resistance.schedules import Dose, parse_schedule

SETTING, TABLE, LEVELS = load_setting("cml"), load_mutants(), load_levels()
PANEL = mutant_panel(SETTING, TABLE, ["imatinib", "nilotinib", "asciminib"])
DRUGS = {name: drug_on_mutants(name, PANEL, TABLE, LEVELS) for name in ("imatinib", "nilotinib", "asciminib")}


def people(count=50, **fixed):
    return draw_patients(SETTING, list(DRUGS.values()), count, 1, fixed=fixed)


def schedule(text):
    return parse_schedule(text, Faults(), horizon_days=3652.5)


def test_unmutated_cells_decline_as_the_patient_s_transcript_at_the_patient_s_level():
    patients = people()
    rates = growth_under(schedule("imatinib"), DRUGS, patients, DRUGS["imatinib"], 3)
    assert rates.sensitive[:, 0] == pytest.approx(-patients.decline)


def test_kill_in_the_assay_is_that_of_the_published_table(real_data):
    # Leighow 2020 prints ln(1 + (C / IC50)^h) / 3 at 444, 131 and 11 nM for every mutant.
    import csv

    path = real_data / "resistance/leighow2020_bcrabl/Figure4_Figure4CDEF_AlphaValues121618.csv"
    with path.open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["genotype"] == "WT"]
    assert len(rows) == 3
    for row in rows:
        drug = drug_on_mutants(row["drug"].lower(), PANEL, TABLE, LEVELS)
        kill = np.log1p(drug.relative_level ** drug.hill[0]) / 3
        assert kill == pytest.approx(float(row["eff.alpha"]), rel=0.01)


def test_without_drug_everything_grows():
    rates = growth_under(schedule("off 1y then imatinib"), DRUGS, people(), DRUGS["imatinib"], 3)
    assert rates.mutants[..., 0] == pytest.approx(SETTING.untreated_growth.value)


def test_one_drug_in_two_halves_is_the_drug():
    # Two drugs of one site compete: half of a drug and half of itself are the whole.
    patients = people()
    twin = {**DRUGS, "copy": DRUGS["imatinib"]}
    patients.level_log["copy"] = patients.level_log["imatinib"]
    patients.fold_log["copy"] = patients.fold_log["imatinib"]
    whole = site_rates([Dose("imatinib")], twin, patients, 3)
    halves = site_rates([Dose("imatinib", fraction=0.5), Dose("copy", fraction=0.5)], twin, patients, 3)
    assert halves[0] == pytest.approx(whole[0])
    assert halves[1] == pytest.approx(whole[1])


def test_drugs_of_two_sites_add_their_rates():
    patients = people()
    both = site_rates([Dose("nilotinib"), Dose("asciminib")], DRUGS, patients, 3)
    first = site_rates([Dose("nilotinib")], DRUGS, patients, 3)
    second = site_rates([Dose("asciminib")], DRUGS, patients, 3)
    assert both[1] == pytest.approx(first[1] + second[1])


def test_doses_scale_the_level():
    drug = DRUGS["imatinib"]
    assert drug.dose_factor(Dose("imatinib", milligrams=800)) == 2
    assert drug.dose_factor(Dose("imatinib", nanomolar=222)) == pytest.approx(0.5)
    assert drug.dose_factor(Dose("imatinib")) == 1


def test_unmeasured_folds_are_drawn_and_never_sensitive_on_average():
    drug = DRUGS["asciminib"]
    unknown = ~drug.measured
    assert unknown.sum() == len(PANEL.mutants) - 7
    assert np.all(drug.log_fold[unknown] > 0)
    assert np.all(drug.fold_log_sd[unknown] > drug.fold_log_sd[drug.measured].max())


def test_patients_of_one_seed_are_the_same_and_do_not_depend_on_other_drugs():
    alone = draw_patients(SETTING, [DRUGS["imatinib"]], 50, 1)
    assert alone.diagnosis_cells == pytest.approx(people().diagnosis_cells)
    assert alone.level_log["imatinib"] == pytest.approx(people().level_log["imatinib"])
    assert not np.allclose(draw_patients(SETTING, [DRUGS["imatinib"]], 50, 2).decline, alone.decline)


def test_rates_of_the_reference_mutants_sum_to_the_mutation_rate():
    reference = set(TABLE.mutants("ABL1", "imatinib"))
    share = [s for mutant, s in zip(PANEL.mutants, PANEL.share_of_rate, strict=True) if mutant in reference]
    assert sum(share) == pytest.approx(1)
