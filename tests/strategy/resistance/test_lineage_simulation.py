"""The oracle itself is checked against moments; then the closed form is held against the oracle."""

from dataclasses import replace

import numpy as np
import pytest

from kinescape.foundation.issues import Faults
from kinescape.foundation.randomness import generator
from kinescape.knowledge.inhibitor_levels import load_levels
from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.strategy.resistance.forecast_lineages import schedule_lineages
from kinescape.strategy.resistance.lineage_simulation import simulate_relapses, transition
from kinescape.strategy.resistance.resistance_patients import (
    draw_patients,
    drug_on_mutants,
    growth_under,
    mutant_panel,
)
from kinescape.strategy.resistance.resistance_setting import load_setting
from kinescape.strategy.resistance.schedules import parse_schedule


@pytest.mark.parametrize("growth", [0.01, 0.0, -0.02])
def test_transitions_have_the_mean_and_variance_of_a_birth_death_process(growth):
    birth, time, start, n = 0.03, 60.0, 7, 200_000
    found = transition(
        np.full(n, start), np.full(n, birth), np.full(n, growth), np.full(n, time), generator(1, "moments")
    )
    mean = start * np.exp(growth * time)
    spread = (
        (2 * birth - growth) * time
        if growth == 0
        else (2 * birth - growth) / growth * (np.exp(growth * time) - 1)
    )
    variance = start * np.exp(growth * time) * spread
    assert found.mean() == pytest.approx(mean, rel=0.01)
    assert found.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("text", ["nilotinib", "imatinib 1y then nilotinib", "asciminib + nilotinib"])
def test_closed_form_agrees_with_simulation(text):
    # Tumours thirty times the usual size put the chances between 0 and 1; 600 patients give a standard error of 0.02.
    setting = load_setting("cml")
    setting = replace(setting, diagnosis_cells=replace(setting.diagnosis_cells, value=3e7))
    table, levels = load_mutants(), load_levels()
    schedule = parse_schedule(text, Faults(), horizon_days=3652.5)
    names = list(dict.fromkeys(["imatinib", *schedule.drugs]))
    panel = mutant_panel(setting, table, names)
    drugs = {name: drug_on_mutants(name, panel, table, levels) for name in names}
    patients = draw_patients(setting, list(drugs.values()), 600, 3)
    times = np.array([5.0, 10.0]) * 365.25
    lineages = schedule_lineages(schedule, drugs, panel, patients, setting, times).sum(axis=(0, 2))
    chance = -np.expm1(-lineages)
    rates = growth_under(schedule, drugs, patients, drugs["imatinib"], setting.assay_days)
    seen = simulate_relapses(
        rates.mutants,
        rates.sensitive,
        patients.birth,
        patients.untreated_growth,
        patients.diagnosis_cells,
        patients.mutation_rate[:, None] * panel.share_of_rate,
        patients.relapse_cells,
        rates.phases,
        times,
        generator(1, "simulation", text),
    )
    error = np.sqrt((chance * (1 - chance)).mean(axis=0) / 600)
    assert np.all(np.abs(seen.mean(axis=0) - chance.mean(axis=0)) < 0.005 + 3 * error)
