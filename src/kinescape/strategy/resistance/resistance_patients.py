"""Patients who differ, and what each drug does to each mutant in each of them.

A patient is one row of every array here: tumour size, drug levels, decline, and (in analyses of uncertainty)
the parameters of the disease too. Kill in the assay over its days gives the daily rate

    alpha = ln(1 + (C / IC50)^h) / days,

drugs of one site adding up as loads of one drug, drugs of two sites adding their rates (Bliss: the surviving
shares multiply). In the body kill is taken as proportional to that, kappa alpha, with kappa such that
unmutated cells decline under the usual dose of the reference drug as that patient's transcript does, at that
patient's level: kappa = (decline + r) / alpha_WT(reference). A mutant's net growth is then r - kappa alpha.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator
from kinescape.knowledge.codon_spectrum import load_spectrum
from kinescape.knowledge.inhibitor_levels import InhibitorLevel
from kinescape.knowledge.mutant_references import load_references
from kinescape.knowledge.mutants import DEFAULT_HILL_SLOPE, MutantTable
from kinescape.strategy.resistance.birth_death import Phases
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting
from kinescape.strategy.resistance.schedules import Dose, Schedule

Array = NDArray[np.float64]
_SPAN = 2 * 1.6448536269514722
_SUBSTITUTION = re.compile(r"^[A-Z](\d+)([A-Z])$")


@dataclass(frozen=True)
class DrugOnMutants:
    """One drug against all mutants of a forecast.

    Parameters
    ----------
    drug, site : str
    relative_level : float
        Effective level over the wild type's IC50.
    relative_log_sd : float
        How well that ratio is known (log).
    patient_log_sd : float
        Spread of the level between patients (log).
    hill : (1 + n_mutants,) array
        Slopes; the wild type first.
    log_fold, fold_log_sd : (n_mutants,) arrays
        Pooled log fold and how well it is known.
    measured : (n_mutants,) array of bool
        False where the fold is drawn from those of this drug's measured mutants.
    level : InhibitorLevel
    ic50_nanomolar : float or None
        Of the wild type.
    compounds : mapping of str to float
        Log folds of compound mutants that were measured as such.
    """

    drug: str
    site: str
    relative_level: float
    relative_log_sd: float
    patient_log_sd: float
    hill: Array
    log_fold: Array
    fold_log_sd: Array
    measured: NDArray[np.bool_]
    level: InhibitorLevel
    ic50_nanomolar: float | None
    compounds: Mapping[str, float]

    def dose_factor(self, dose: Dose) -> float:
        """Level over the usual level at this dose; proportional to the dose."""
        if dose.nanomolar is not None and self.level.effective_nanomolar:
            return dose.nanomolar / self.level.effective_nanomolar
        if dose.milligrams is not None and self.level.daily_milligrams:
            return dose.milligrams / self.level.daily_milligrams
        return dose.fraction


@dataclass(frozen=True)
class MutantPanel:
    """The mutants of a forecast and how often each arises.

    Parameters
    ----------
    target : str
    mutants : tuple of str
    probability : (n_mutants,) array
        Substitution probability, from codon and spectrum.
    share_of_rate : (n_mutants,) array
        What to multiply the disease's mutation rate with.
    unreachable : tuple of str
        Mutants left out because no single base change makes them.
    """

    target: str
    mutants: tuple[str, ...]
    probability: Array
    share_of_rate: Array
    unreachable: tuple[str, ...]


def mutant_panel(setting: DiseaseSetting, table: MutantTable, drugs: Sequence[str]) -> MutantPanel:
    """Every mutant measured against the reference drug or any drug of the schedules, with its probability."""
    spectrum = load_spectrum()
    reference = load_references().get(setting.target)
    given = table.probabilities or {}

    def chance(mutant: str) -> float:
        if (setting.target, mutant) in given:
            return given[(setting.target, mutant)]
        substitution = _SUBSTITUTION.match(mutant)
        if reference is None or substitution is None or reference.residue(int(substitution[1])) is None:
            return 0.0
        return reference.probability(int(substitution[1]), substitution[2], spectrum)

    counted = table.mutants(setting.target, setting.rate_reference_drug)
    names = sorted(
        {
            mutant
            for drug in (*drugs, setting.rate_reference_drug)
            for mutant in table.mutants(setting.target, drug)
        },
        key=lambda name: (int("".join(filter(str.isdigit, name)) or 0), name),
    )
    total = sum(chance(mutant) for mutant in counted)
    kept = [name for name in names if chance(name) > 0]
    probability = np.array([chance(name) for name in kept])
    share = probability / total if total else np.full(len(kept), 1 / max(1, len(kept)))
    return MutantPanel(
        setting.target, tuple(kept), probability, share, tuple(name for name in names if name not in kept)
    )


def drug_on_mutants(
    drug: str,
    panel: MutantPanel,
    table: MutantTable,
    levels: Mapping[tuple[str, str], InhibitorLevel],
) -> DrugOnMutants | None:
    """Levels, slopes and folds of one drug; None where its level or its wild type's IC50 is not known."""
    level = levels.get((panel.target, drug))
    wild = table.wild_type(panel.target, drug)
    if level is None or (level.coverage is None and (wild is None or level.effective_nanomolar is None)):
        return None
    ic50, slope = wild if wild is not None else (None, DEFAULT_HILL_SLOPE)
    relative = (
        level.coverage if level.coverage is not None else (level.effective_nanomolar or 0.0) / (ic50 or 1.0)
    )
    spread = np.log(level.high / level.low) / _SPAN if level.low and level.high else np.log(4.0) / _SPAN
    spread = float(
        np.hypot(spread, table.potency_log_sd(panel.target, drug) if level.coverage is None else 0.0)
    )
    found = [table.sensitivity(panel.target, mutant, drug) for mutant in panel.mutants]
    logs = np.array([np.log(entry.fold) if entry is not None else np.nan for entry in found])
    sds = np.array([entry.log_sd if entry is not None else np.nan for entry in found])
    hills = [slope] + [
        entry.hill_slope if entry is not None and entry.hill_slope else slope for entry in found
    ]
    measured = ~np.isnan(logs)
    # What nobody measured is taken from those that somebody did, resistant ones among them: never as
    # sensitive. Median and median deviation, so that one gatekeeper mutant does not speak for all.
    centre = float(np.median(logs[measured])) if measured.any() else 0.0
    width = 1.4826 * float(np.median(np.abs(logs[measured] - centre))) if measured.sum() > 2 else 1.0
    return DrugOnMutants(
        drug,
        level.site,
        float(relative),
        spread,
        level.log_sd,
        np.array(hills, dtype=float),
        np.where(measured, logs, centre),
        np.where(measured, sds, np.hypot(width, table.laboratory_log_sd)),
        measured,
        level,
        ic50,
        {
            name: float(np.log(entry.fold))
            for name in table.compounds(panel.target)
            if (entry := table.sensitivity(panel.target, name, drug)) is not None
        },
    )


@dataclass(frozen=True)
class Patients:
    """Everything that differs from patient to patient (or from draw to draw), one row each.

    Parameters
    ----------
    birth, untreated_growth, diagnosis_cells, relapse_cells, detection_cells, decline, mutation_rate : (n,) arrays
    level_log : mapping of str to (n,) array
        Log of each drug's level over the central one.
    fold_log : mapping of str to (n, n_mutants) array
        Log folds of each drug.
    """

    birth: Array
    untreated_growth: Array
    diagnosis_cells: Array
    relapse_cells: Array
    detection_cells: Array
    decline: Array
    mutation_rate: Array
    level_log: Mapping[str, Array]
    fold_log: Mapping[str, Array]

    def rows(self, which: slice | NDArray[np.intp]) -> Patients:
        """Some of the patients."""
        return Patients(
            self.birth[which],
            self.untreated_growth[which],
            self.diagnosis_cells[which],
            self.relapse_cells[which],
            self.detection_cells[which],
            self.decline[which],
            self.mutation_rate[which],
            {name: values[which] for name, values in self.level_log.items()},
            {name: values[which] for name, values in self.fold_log.items()},
        )

    def first(self, count: int) -> Patients:
        """The first so many patients."""
        return self.rows(slice(0, count))


def draw_patients(
    setting: DiseaseSetting,
    drugs: Sequence[DrugOnMutants],
    count: int,
    seed: int,
    *,
    fixed: Mapping[str, float] | None = None,
) -> Patients:
    """Patients around the central values: sizes, levels, declines differ; each mutant's fold is one more laboratory's.

    Parameters
    ----------
    setting : DiseaseSetting
    drugs : sequence of DrugOnMutants
    count : int
    seed : int
    fixed : mapping of str to float, optional
        Values of ranged parameters, and ``level:DRUG`` factors, that replace the central ones.
    """
    fixed = fixed or {}

    def central(name: str) -> float:
        return float(fixed.get(name, getattr(setting, name).value))

    def normal(*labels: str) -> Array:
        return generator(seed, "patients", *labels).standard_normal(count)

    growth = np.full(count, central("untreated_growth"))
    return Patients(
        growth / (1 - central("turnover")),
        growth,
        central("diagnosis_cells") * np.exp(setting.diagnosis_log_sd * normal("size")),
        np.full(count, central("relapse_cells")),
        np.full(count, central("detection_cells")),
        central("decline_per_day") * np.exp(setting.decline_log_sd * normal("decline")),
        np.full(count, central("mutation_rate")),
        {
            drug.drug: np.log(fixed.get(f"level:{drug.drug}", 1.0))
            + drug.patient_log_sd * normal("level", drug.drug)
            for drug in drugs
        },
        {
            drug.drug: drug.log_fold
            + drug.fold_log_sd
            * generator(seed, "patients", "fold", drug.drug).standard_normal((count, drug.log_fold.size))
            for drug in drugs
        },
    )


def dose_loads(relative_level: Array, fold_log: Array, hill: Array) -> tuple[Array, Array]:
    """Load (C / IC50)^h of the wild type and of each mutant; the rate of kill is ln(1 + load) / days.

    Parameters
    ----------
    relative_level : (n,) array
        Level over the wild type's IC50.
    fold_log : (n, n_mutants) array
    hill : (1 + n_mutants,) array

    Returns
    -------
    wild, mutants : (n,) and (n, n_mutants) arrays
    """
    logs = np.log(relative_level)
    wild = np.exp(hill[0] * logs)
    mutants = np.exp(hill[1:] * (logs[:, None] - fold_log))
    return wild, mutants


def site_rates(
    doses: Sequence[Dose], drugs: Mapping[str, DrugOnMutants], patients: Patients, days: float
) -> tuple[Array, Array]:
    """Daily kill in the assay of the wild type and of each mutant under the drugs of one phase.

    Returns
    -------
    wild, mutants : (n,) and (n, n_mutants) arrays, per day
    """
    count = patients.birth.size
    n_mutants = next(iter(patients.fold_log.values())).shape[1]
    wild, mutants = np.zeros(count), np.zeros((count, n_mutants))
    by_site: dict[str, list[Dose]] = {}
    for dose in doses:
        by_site.setdefault(drugs[dose.drug].site, []).append(dose)
    for together in by_site.values():
        single_wild, single_mutants = np.zeros(count), np.zeros((count, n_mutants))
        mean_hill = np.mean([drugs[dose.drug].hill for dose in together], axis=0)
        for dose in together:
            drug = drugs[dose.drug]
            level = drug.relative_level * drug.dose_factor(dose) * np.exp(patients.level_log[drug.drug])
            hill = drug.hill
            load_wild, load_mutants = dose_loads(level, patients.fold_log[drug.drug], hill)
            # Drugs that compete for a site add as amounts of one drug: the load to the power 1 / h is an amount.
            single_wild += load_wild ** (1 / hill[0])
            single_mutants += load_mutants ** (1 / hill[1:])
        wild += np.log1p(single_wild ** mean_hill[0]) / days
        mutants += np.log1p(single_mutants ** mean_hill[1:]) / days
    return wild, mutants


@dataclass(frozen=True)
class Rates:
    """Net growth in each phase of a schedule.

    Parameters
    ----------
    phases : Phases
    sensitive : (n, n_phases) array, per day
    mutants : (n, n_mutants, n_phases) array, per day
    kill_factor : (n,) array
        kappa: kill in the body over kill in the assay.
    """

    phases: Phases
    sensitive: Array
    mutants: Array
    kill_factor: Array


def growth_under(
    schedule: Schedule,
    drugs: Mapping[str, DrugOnMutants],
    patients: Patients,
    reference: DrugOnMutants,
    assay_days: float,
) -> Rates:
    """Net growth of sensitive and mutant cells in each phase, in each patient."""
    # kappa: unmutated cells decline as this patient's transcript does, at this patient's own level of the reference
    # drug. Calibrated at the mean level instead, declines would spread wider than those that were measured.
    own_level = reference.relative_level * np.exp(patients.level_log[reference.drug])
    reference_kill = np.log1p(own_level ** reference.hill[0]) / assay_days
    factor = (patients.decline + patients.untreated_growth) / reference_kill
    sensitive, mutants = [], []
    cache: dict[tuple[Dose, ...], tuple[Array, Array]] = {}
    for phase in schedule.phases:
        if phase.doses not in cache:
            cache[phase.doses] = site_rates(phase.doses, drugs, patients, assay_days)
        wild, mutant = cache[phase.doses]
        sensitive.append(patients.untreated_growth - factor * wild)
        mutants.append(patients.untreated_growth[:, None] - factor[:, None] * mutant)
    starts = np.array([phase.start_days for phase in schedule.phases])
    return Rates(Phases(starts), np.stack(sensitive, axis=-1), np.stack(mutants, axis=-1), factor)
