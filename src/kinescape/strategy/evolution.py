"""Resistance forecast: which target mutants a treatment selects, when, and what holds them off.

`forecast_resistance` compares schedules in the same patients. Its figures are conditional: relapse is the
passage of one mutant lineage beyond a size, in a disease whose numbers are known to within factors. Ratios
between schedules and shares of mutants stand much firmer than the chance of relapse itself, and every answer
comes with the interval that the unknowns leave and with the part that each of them has in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.inhibitor_levels import load_levels
from kinescape.knowledge.mutant_references import load_references
from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.knowledge.mutants import resolve_drug
from kinescape.strategy.resistance.forecast_lineages import (
    REPORTED_YEARS,
    as_reported,
    compound_part,
    curve_times,
    mutant_shares,
    schedule_lineages,
)
from kinescape.strategy.resistance.forecast_results import (
    LEFT_OUT,
    CompoundShare,
    Forecast,
    MutantShare,
    ScheduleForecast,
)
from kinescape.strategy.resistance.forecast_uncertainty import (
    draw_uncertain,
    ratios_between,
    sensitivity_bars,
)
from kinescape.strategy.resistance.resistance_patients import (
    DrugOnMutants,
    MutantPanel,
    Patients,
    draw_patients,
    drug_on_mutants,
    growth_under,
    mutant_panel,
)
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting, load_setting, needed_keys
from kinescape.strategy.resistance.schedules import DAYS_A_YEAR, Schedule, parse_schedule

Array = NDArray[np.float64]
_Loaded = TypeVar("_Loaded")
MOST_PATIENTS = 50_000
"""More patients than this change no answer, and would fill the memory."""
MOST_DOSE_FACTOR = 1000.0
"""A dose further from the usual one than this is taken for a slip of the pen."""
SMALLEST_SHARE = 0.01
"""Shares below one relapse in a hundred are told as "not expected": the forecast cannot order them."""


def forecast_resistance(
    schedules: str | Sequence[str],
    *,
    setting: str | Path | DiseaseSetting = "cml",
    target: str | None = None,
    patients: int = 2000,
    horizon_years: float = 10.0,
    seed: int = 1,
    mutants: str | Path | None = None,
    levels: str | Path | None = None,
    compounds: bool = True,
    uncertainty: bool = True,
) -> Forecast:
    """Forecast resistance mutants under one schedule or several, in the same patients.

    Parameters
    ----------
    schedules : str or sequence of str
        Such as ``"imatinib"`` or ``"imatinib 1y then nilotinib"``; see `kinescape.strategy.resistance.schedules`.
    setting : str, path or DiseaseSetting
        The disease: ``"cml"``, or a TOML file.
    target : str, optional
        Checked against the setting's target.
    patients : int
        How many different patients the curves are averaged over.
    horizon_years : float
        How far to look; the last phase of a schedule lasts that long.
    seed : int
        Same seed, same patients.
    mutants, levels : path, optional
        A user's own tables of mutants and of drug levels.
    compounds : bool
        Whether second mutations on top of a first count.
    uncertainty : bool
        Whether to give intervals and the tornado (about as much work again).

    Returns
    -------
    Forecast

    Raises
    ------
    InputError
        With every fault of schedules, tables and setting at once.

    References
    ----------
    Michor et al. 2005, Nature 435:1267 (mutation rate, declines); Leighow et al. 2020 (substitution
    probabilities and potencies of BCR-ABL mutants).

    Examples
    --------
    >>> result = forecast_resistance("imatinib", patients=200, uncertainty=False)
    >>> result.schedules[0].mutants[0].mutant
    'T315I'
    """
    texts = [schedules] if isinstance(schedules, str) else list(schedules)
    faults = Faults()
    disease = (
        setting if isinstance(setting, DiseaseSetting) else _gather(lambda: load_setting(setting), faults)
    )
    table = _gather(lambda: load_mutants(mutants), faults)
    reached = _gather(lambda: load_levels(levels), faults)
    if not texts:
        faults.add("schedule-empty", "no schedule is given", expected="such as 'imatinib'")
    if not horizon_years > 0 or horizon_years > 60:
        faults.add(
            "time-negative", f"a horizon of {horizon_years:g} years", expected="above 0, at most 60 years"
        )
    if not 1 <= patients <= MOST_PATIENTS:
        faults.add("patients", f"{patients} patients", expected=f"from 1 to {MOST_PATIENTS:,}")
    faults.raise_if_errors()
    assert disease is not None and table is not None and reached is not None
    if target is not None and target != disease.target:
        faults.add(
            "target-other",
            f"the setting '{disease.name}' is of {disease.target}, not {target}",
            mend=f"bring the numbers of a disease of {target} in a TOML file: {', '.join(needed_keys())}",
        )
        # Its drugs are not those of this setting: to judge them here would only mislead.
        faults.raise_if_errors()
    horizon = horizon_years * DAYS_A_YEAR

    def resolver(text: str) -> Callable[[str], str | None]:
        return lambda name: resolve_drug(name, disease.target, table, faults, where=text)

    parsed = [parse_schedule(text, faults, horizon_days=horizon, resolve=resolver(text)) for text in texts]
    faults.raise_if_errors()
    read = list({schedule.text: schedule for schedule in parsed if schedule is not None}.values())
    if len(read) < len(parsed):
        faults.add("schedule-twice", "a schedule that was given twice is shown once", severity="note")
    named = list(
        dict.fromkeys([disease.reference_drug, *(drug for schedule in read for drug in schedule.drugs)])
    )
    panel = mutant_panel(disease, table, named)
    found = {name: drug_on_mutants(name, panel, table, reached) for name in named}
    _check_drugs(found, panel, disease, faults)
    faults.raise_if_errors()
    drugs = {name: drug for name, drug in found.items() if drug is not None}
    for schedule in read:
        _check_doses(schedule, drugs, faults)
    faults.raise_if_errors()
    times = curve_times(horizon_years)
    cohort = draw_patients(disease, list(drugs.values()), patients, seed)
    draws = draw_uncertain(disease, list(drugs.values()), seed) if uncertainty else None
    forecasts, drawn = [], []
    for schedule in read:
        _check_growth(schedule, drugs, cohort, disease, faults)
        one, by_draw = _one_schedule(schedule, drugs, panel, cohort, draws, disease, times, compounds)
        forecasts.append(one)
        drawn.append(by_draw)
    bars = sensitivity_bars(read, drugs, panel, disease, horizon, seed) if uncertainty else ()
    return Forecast(
        disease,
        horizon_years,
        patients,
        seed,
        tuple(forecasts),
        ratios_between(forecasts, drawn),
        bars,
        panel,
        drugs,
        (*faults.warnings, *faults.notes),
        LEFT_OUT,
    )


def _gather(load: Callable[[], _Loaded], faults: Faults) -> _Loaded | None:
    try:
        return load()
    except InputError as error:
        faults.extend(error.faults)
        return None


def _check_drugs(
    found: dict[str, DrugOnMutants | None], panel: MutantPanel, disease: DiseaseSetting, faults: Faults
) -> None:
    for name, drug in found.items():
        if drug is None:
            faults.add(
                "level-missing",
                f"the level that {name} reaches in patients, or its IC50 on unmutated {disease.target}, is not known",
                mend="bring a table of levels: drug, target, effective_nanomolar or coverage",
            )
            continue
        unknown = [mutant for mutant, known in zip(panel.mutants, drug.measured, strict=True) if not known]
        if unknown:
            faults.add(
                "not-measured",
                f"{len(unknown)} of {len(panel.mutants)} mutants were not measured against {name}: their folds are "
                f"drawn from those of its measured mutants, never taken as sensitive ({', '.join(unknown)})",
                severity="warning",
            )
        if drug.level.basis == "user":
            faults.add(
                "level-own",
                f"the level of {name} is that of your own table",
                severity="note",
            )
        elif drug.level.basis != "measured shift":
            faults.add(
                "level-assumed",
                f"the level of {name} at the target rests on an assumption: {drug.level.note or drug.level.basis}",
                severity="warning",
            )
    if not panel.mutants and panel.unreachable and disease.target not in load_references():
        faults.add(
            "probability-missing",
            f"{disease.target} has no reference sequence here, so it is not known how often its mutants arise",
            mend="add a column 'probability' to the table of mutants",
        )
    elif not panel.mutants:
        faults.add(
            "no-mutants", f"no mutant of {disease.target} is measured", mend="bring a table of mutants"
        )
    if panel.unreachable:
        faults.add(
            "two-bases",
            f"left out, as no single base change makes them: {', '.join(panel.unreachable)}",
            severity="note",
        )


def _check_doses(schedule: Schedule, drugs: dict[str, DrugOnMutants], faults: Faults) -> None:
    for dose in dict.fromkeys(dose for phase in schedule.phases for dose in phase.doses):
        drug = drugs[dose.drug]
        if dose.nanomolar is not None and not drug.level.effective_nanomolar:
            faults.add(
                "dose-unusable",
                f"the level of {dose.drug} is known only as a multiple of its IC50, not in nM",
            )
        elif dose.milligrams is not None and not drug.level.daily_milligrams:
            faults.add(
                "dose-unusable", f"the usual daily dose of {dose.drug} is not known, so mg cannot be scaled"
            )
        else:
            factor = drug.dose_factor(dose)
            if not 1 / MOST_DOSE_FACTOR <= factor <= MOST_DOSE_FACTOR:
                faults.add(
                    "dose-implausible",
                    f"'{dose.drug} {dose.text}' is {factor:.2g} times the usual level",
                    expected=f"from 1/{MOST_DOSE_FACTOR:g} to {MOST_DOSE_FACTOR:g} times",
                )
            elif factor != 1:
                faults.add(
                    "dose-scaled",
                    f"'{dose.drug} {dose.text}' is taken as {factor:.2g} times the usual level, in proportion",
                    severity="note",
                )


def _check_growth(
    schedule: Schedule,
    drugs: dict[str, DrugOnMutants],
    cohort: Patients,
    disease: DiseaseSetting,
    faults: Faults,
) -> None:
    """Warn where unmutated cells regrow in the last phase: their relapse is not what is counted."""
    rates = growth_under(
        schedule, drugs, cohort.first(400), drugs[disease.reference_drug], disease.assay_days
    )
    regrowing = float(np.mean(rates.sensitive[:, -1] > 0))
    if regrowing > 0.1:
        faults.add(
            "sensitive-regrow",
            f"under the last phase of '{schedule.text}' unmutated cells grow in {regrowing:.0%} of the patients: "
            "they relapse without any mutation, which is not counted here",
            severity="warning",
        )


def _one_schedule(
    schedule: Schedule,
    drugs: dict[str, DrugOnMutants],
    panel: MutantPanel,
    cohort: Patients,
    draws: tuple[Patients, int] | None,
    disease: DiseaseSetting,
    times: Array,
    compounds: bool,
) -> tuple[ScheduleForecast, Array | None]:
    split = schedule_lineages(schedule, drugs, panel, cohort, disease, times)
    lineages = split.sum(axis=0)
    relapse = -np.expm1(-lineages.sum(axis=1))
    detected = schedule_lineages(
        schedule, drugs, panel, cohort.first(2000), disease, times, size="detection_cells"
    ).sum(axis=(0, 2))
    added, compound_shares = (
        compound_part(schedule, drugs, panel, cohort, disease, times)
        if compounds
        else (np.zeros(times.size), ())
    )
    chance = np.minimum(relapse.mean(axis=0) + added, 1.0)
    shares, whole = mutant_shares(lineages[..., -1], float(added[-1]))
    before = float(np.sum(split[0, ..., -1]) / max(float(lineages[..., -1].sum()), 1e-300))
    low = high = None
    share_low = share_high = np.full(len(panel.mutants), np.nan)
    by_draw = None
    if draws is not None:
        people, each = draws
        hazard = schedule_lineages(schedule, drugs, panel, people, disease, times).sum(axis=0)
        grouped = -np.expm1(-hazard.sum(axis=1)).reshape(-1, each, times.size).mean(axis=1)
        by_draw = np.minimum(grouped + added * grouped / np.maximum(relapse.mean(axis=0), 1e-300), 1.0)
        low, high = np.quantile(by_draw, [0.05, 0.95], axis=0)
        within = np.stack(
            [mutant_shares(part, 0.0)[0] for part in hazard[..., -1].reshape(-1, each, len(panel.mutants))]
        )
        share_low, share_high = np.quantile(within, [0.05, 0.95], axis=0)
    given = [drugs[name] for name in schedule.drugs]
    # The power was fitted to shares at five years, the follow-up of trials: it is used on those.
    follow_up = int(np.argmin(np.abs(times - REPORTED_YEARS * DAYS_A_YEAR)))
    reported = as_reported(mutant_shares(lineages[..., follow_up], 0.0)[0])
    rows = []
    for index, mutant in enumerate(panel.mutants):
        known = [bool(drug.measured[index]) for drug in given]
        rows.append(
            MutantShare(
                mutant,
                float(shares[index]),
                None if draws is None else float(min(share_low[index], shares[index])),
                None if draws is None else float(max(share_high[index], shares[index])),
                float(reported[index]),
                "measured" if all(known) else "partly measured" if any(known) else "not measured",
                float(panel.probability[index]),
                tuple(
                    float(np.exp(drug.log_fold[index])) if drug.measured[index] else None for drug in given
                ),
            )
        )
    rows.sort(key=lambda row: -row.share)
    compound_share = float(added[-1] / whole) if whole > 0 else 0.0
    return (
        ScheduleForecast(
            schedule,
            tuple(float(time) for time in times),
            tuple(float(value) for value in chance),
            None if low is None else tuple(float(min(a, b)) for a, b in zip(low, chance, strict=True)),
            None if high is None else tuple(float(max(a, b)) for a, b in zip(high, chance, strict=True)),
            tuple(float(value) for value in -np.expm1(-detected).mean(axis=0)),
            tuple(rows),
            tuple(CompoundShare(name, compound_share * part) for name, part in compound_shares),
            compound_share,
            before,
        ),
        by_draw,
    )
