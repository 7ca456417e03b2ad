"""From schedules and patients to lineages: the engine of `birth_death` fed with drugs, mutants and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.resistance.birth_death import expected_lineages
from kinescape.strategy.resistance.compound_mutants import lineages_with_compounds
from kinescape.strategy.resistance.resistance_patients import (
    DrugOnMutants,
    MutantPanel,
    Patients,
    growth_under,
)
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting
from kinescape.strategy.resistance.schedules import DAYS_A_YEAR, Schedule

Array = NDArray[np.float64]
_PATIENTS_AT_ONCE = 2000
# Compounds are rare and dear: their part is worked out in a sample of the patients, for the likeliest of them.
_COMPOUND_PATIENTS = 96
_FEWER_PATIENTS = 32
_MANY_PHASES = 12
_COMPOUNDS = 40


def curve_times(horizon_years: float) -> Array:
    """Times (days) at which curves are drawn: twelve, denser early, the horizon last.

    Examples
    --------
    >>> len(curve_times(10.0)), round(float(curve_times(10.0)[-1] / 365.25), 6)
    (12, 10.0)
    """
    return np.asarray(
        np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]) * horizon_years * DAYS_A_YEAR
    )


def schedule_lineages(
    schedule: Schedule,
    drugs: Mapping[str, DrugOnMutants],
    panel: MutantPanel,
    patients: Patients,
    setting: DiseaseSetting,
    times: Array,
    *,
    size: str = "relapse_cells",
) -> Array:
    """Expected lineages past a size: (2, n_patients, n_mutants, n_times), those of diagnosis and those under treatment.

    Parameters
    ----------
    schedule : Schedule
    drugs : mapping of str to DrugOnMutants
    panel : MutantPanel
    patients : Patients
    setting : DiseaseSetting
    times : (n_times,) array, days
    size : {"relapse_cells", "detection_cells"}
    """
    parts = []
    reference = drugs[setting.reference_drug]
    for start in range(0, patients.birth.size, _PATIENTS_AT_ONCE):
        chosen = patients.rows(slice(start, start + _PATIENTS_AT_ONCE))
        rates = growth_under(schedule, drugs, chosen, reference, setting.assay_days)
        parts.append(
            expected_lineages(
                rates.mutants,
                rates.sensitive,
                chosen.birth,
                chosen.untreated_growth,
                chosen.diagnosis_cells,
                chosen.mutation_rate[:, None] * panel.share_of_rate,
                getattr(chosen, size),
                rates.phases,
                times,
            )
        )
    return np.concatenate(parts, axis=1)


def mutant_shares(lineages: Array, added: float) -> tuple[Array, float]:
    """Each mutant's share of the relapses: a patient's relapse goes to mutants in proportion to their lineages.

    Parameters
    ----------
    lineages : (n_patients, n_mutants) array
        Expected lineages past the relapse size.
    added : float
        Mean chance of relapse by compounds alone, part of the whole.

    Returns
    -------
    shares : (n_mutants,) array
    whole : float
        The mean chance of relapse that they are shares of.
    """
    total = lineages.sum(axis=1)
    chance = -np.expm1(-total)
    weight = np.where(total > 0, chance / np.maximum(total, 1e-300), 0.0)
    cases = (lineages * weight[:, None]).mean(axis=0)
    whole = float(chance.mean() + added)
    return (cases / whole if whole > 0 else np.zeros(lineages.shape[1])), whole


REPORTED_POWER = 0.28
"""Power that flattens shares to those of reported cases; fitted once, to 249 cases in six cohorts under
imatinib."""
REPORTED_YEARS = 5.0
"""The shares that the power was fitted to: those of relapses by five years."""


def as_reported(shares: Array) -> Array:
    """Shares to expect among reported cases: flatter than the model's, which is too sure of its first mutants.

    Clinics see mutants in patients of all phases and lines of treatment, by methods of different depth, and
    the model leaves out what makes mutants alike. One power, fitted to cohorts under imatinib, takes that up;
    under nilotinib and dasatinib, which it has not seen, it makes reported cases likelier than uniform or raw
    shares do.

    Parameters
    ----------
    shares : (n_mutants,) array

    Returns
    -------
    (n_mutants,) array, adding up to 1

    Examples
    --------
    >>> as_reported(np.array([0.8, 0.2, 0.0])).round(2)
    array([0.6, 0.4, 0. ])
    """
    flat = np.where(shares > 0, np.maximum(shares, 1e-12) ** REPORTED_POWER, 0.0)
    whole = float(flat.sum())
    return flat / whole if whole > 0 else flat


def compound_part(
    schedule: Schedule,
    drugs: Mapping[str, DrugOnMutants],
    panel: MutantPanel,
    patients: Patients,
    setting: DiseaseSetting,
    times: Array,
) -> tuple[Array, tuple[tuple[str, float], ...]]:
    """What compound mutants add to the mean chance of relapse at each time, and which they are.

    Folds of compounds are products of their parts' folds, an assumption, where nobody measured the compound.

    Returns
    -------
    added : (n_times,) array
    which : tuple of (str, float)
        The likeliest compounds and their rough part of `added` at the last time.
    """
    sample = patients.first(_FEWER_PATIENTS if len(schedule.phases) > _MANY_PHASES else _COMPOUND_PATIENTS)
    n_mutants = len(panel.mutants)
    first, second = np.triu_indices(n_mutants, k=1)
    same_residue = np.array(
        [panel.mutants[a][:-1] == panel.mutants[b][:-1] for a, b in zip(first, second, strict=True)]
    )
    pairs = np.stack([first, second], axis=1)[~same_residue]
    if not pairs.size:
        return np.zeros(times.size), ()
    reference = drugs[setting.reference_drug]
    single = growth_under(schedule, drugs, sample, reference, setting.assay_days)
    # A compound needs both mutations and must stand the last phase: rank by rate and median growth, keep the top.
    names = [f"{panel.mutants[a]}/{panel.mutants[b]}" for a, b in pairs]
    paired_drugs, paired_folds = {}, {}
    for name, drug in drugs.items():
        product = drug.log_fold[pairs[:, 0]] + drug.log_fold[pairs[:, 1]]
        central = np.array(
            [drug.compounds.get(pair, value) for pair, value in zip(names, product, strict=True)]
        )
        slopes = (drug.hill[1:][pairs[:, 0]] + drug.hill[1:][pairs[:, 1]]) / 2
        paired_drugs[name] = replace(drug, hill=np.concatenate([drug.hill[:1], slopes]), log_fold=central)
        # Each patient's folds differ from the central ones by what both parts' folds do.
        fold = sample.fold_log[name]
        paired_folds[name] = fold[:, pairs[:, 0]] + fold[:, pairs[:, 1]] - product + central
    people = replace(sample, fold_log=paired_folds)
    paired = growth_under(schedule, paired_drugs, people, reference, setting.assay_days)
    rate = panel.share_of_rate[pairs[:, 0]] * panel.share_of_rate[pairs[:, 1]]
    standing = (paired.mutants[..., -1] > 0).mean(axis=0)
    top = np.argsort(-rate * (standing + 1e-6))[:_COMPOUNDS]
    rates = sample.mutation_rate[:, None] * panel.share_of_rate
    expected, weights = lineages_with_compounds(
        single.mutants,
        paired.mutants[:, top],
        pairs[top],
        single.sensitive,
        sample.birth,
        sample.untreated_growth,
        sample.diagnosis_cells,
        rates,
        sample.relapse_cells,
        single.phases,
        times,
    )
    alone = schedule_lineages(schedule, drugs, panel, sample, setting, times).sum(axis=(0, 2))
    with_compounds = alone + expected.sum(axis=1)
    added = (np.exp(-alone) - np.exp(-with_compounds)).mean(axis=0)
    order = np.argsort(-weights)[:5]
    whole = float(weights.sum())
    which = tuple((names[top[index]], float(weights[index] / whole)) for index in order if whole > 0)
    return added, which
