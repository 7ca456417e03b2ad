"""Which schedule of the allowed drugs best holds resistance off: all small ones tried in the same
patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.knowledge.mutants import resolve_drug
from kinescape.strategy.evolution import forecast_resistance
from kinescape.strategy.resistance.forecast_results import Forecast
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting, load_setting

_MOST_DRUGS = 5
_KEPT = 8


def candidate_schedules(drugs: Sequence[str]) -> tuple[str, ...]:
    """Every drug alone, every pair at once, every order of two with a switch after a year.

    Examples
    --------
    >>> candidate_schedules(["a", "b"])
    ('a', 'b', 'a + b', 'a 1y then b', 'b 1y then a', 'alternate a 3mo / b 3mo')
    """
    singles = tuple(drugs)
    pairs = tuple(f"{first} + {second}" for first, second in combinations(drugs, 2))
    sequences = tuple(f"{first} 1y then {second}" for first, second in permutations(drugs, 2))
    turns = tuple(f"alternate {first} 3mo / {second} 3mo" for first, second in combinations(drugs, 2))
    return singles + pairs + sequences + turns


def best_schedules(
    drugs: Sequence[str],
    *,
    setting: str | Path | DiseaseSetting = "cml",
    target: str | None = None,
    patients: int = 2000,
    horizon_years: float = 10.0,
    seed: int = 1,
    mutants: str | Path | None = None,
    levels: str | Path | None = None,
) -> Forecast:
    """Try all small schedules of the allowed drugs, and forecast the best of them beside the best single drug.

    A coarse pass over 400 patients ranks every candidate by the chance of relapse at the horizon; the best
    eight are then forecast in full, best first. Toxicity is not weighed: a combination is not chosen by
    resistance alone.

    Parameters
    ----------
    drugs : sequence of str
        Two to five drugs that are allowed.
    setting, target, patients, horizon_years, seed, mutants, levels
        As in `forecast_resistance`.

    Raises
    ------
    InputError
        As `forecast_resistance`, and where fewer than two or more than five drugs are allowed.
    """
    allowed = list(dict.fromkeys(name.strip() for name in drugs if name.strip()))
    if not 2 <= len(allowed) <= _MOST_DRUGS:
        raise InputError(
            Fault(
                "drugs",
                f"{len(allowed)} drugs are allowed",
                expected=f"from 2 to {_MOST_DRUGS}, parted by commas",
            )
        )
    _check(allowed, setting, mutants)
    coarse = forecast_resistance(
        candidate_schedules(allowed),
        setting=setting,
        target=target,
        horizon_years=horizon_years,
        seed=seed,
        mutants=mutants,
        levels=levels,
        patients=min(patients, 400),
        compounds=True,
        uncertainty=False,
    )
    ranked = sorted(coarse.schedules, key=lambda one: one.relapse[-1])
    single = next(one for one in ranked if one.schedule.text in allowed)
    shown = ranked[:_KEPT] if single in ranked[:_KEPT] else [*ranked[: _KEPT - 1], single]
    # The coarse order may turn in more patients: schedules are listed, and compared, in the order of all of them.
    fine = forecast_resistance(
        [one.schedule.text for one in shown],
        setting=setting,
        target=target,
        horizon_years=horizon_years,
        seed=seed,
        mutants=mutants,
        levels=levels,
        patients=patients,
        uncertainty=False,
    )
    result = forecast_resistance(
        [one.schedule.text for one in sorted(fine.schedules, key=lambda one: one.relapse[-1])],
        setting=setting,
        target=target,
        horizon_years=horizon_years,
        seed=seed,
        mutants=mutants,
        levels=levels,
        patients=patients,
    )
    note = Fault(
        "schedules-tried",
        f"{len(coarse.schedules)} schedules of {', '.join(allowed)} were tried; those with the smallest chance of "
        "relapse are shown, beside the best single drug; harm to the patient was not weighed",
        severity="note",
    )
    return replace(result, notes=(note, *result.notes))


def _check(allowed: Sequence[str], setting: str | Path | DiseaseSetting, mutants: str | Path | None) -> None:
    """Tell each unknown drug once, not in every candidate."""
    faults = Faults()
    disease = setting if isinstance(setting, DiseaseSetting) else load_setting(setting)
    table = load_mutants(mutants)
    for name in allowed:
        resolve_drug(name, disease.target, table, faults, where=", ".join(allowed))
    faults.raise_if_errors()
