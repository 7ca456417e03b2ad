"""What is not known, and what it does to a forecast: intervals, ratios between schedules, a tornado.

Every uncertain input enters: the disease's parameters within their ranges, each drug's level, each mutant's
fold with the spread between laboratories. Schedules are compared in the same draws, so that what they share
cancels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator
from kinescape.strategy.resistance.forecast_lineages import schedule_lineages
from kinescape.strategy.resistance.forecast_results import RatioBetween, ScheduleForecast, SensitivityBar
from kinescape.strategy.resistance.resistance_patients import (
    DrugOnMutants,
    MutantPanel,
    Patients,
    draw_patients,
)
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting
from kinescape.strategy.resistance.schedules import Schedule

Array = NDArray[np.float64]
_DRAWS = 160
_PATIENTS_A_DRAW = 40
_PATIENTS_A_BAR = 400
# Schedules of many phases are dear: fewer patients for their bars, and bars only for the first schedules.
_MANY_PHASES = 12
_FEWER_PATIENTS = 100
_MOST_SCHEDULES = 4
_WORDS = {
    "mutation_rate": "mutation rate",
    "untreated_growth": "growth before treatment",
    "turnover": "turnover of cells",
    "diagnosis_cells": "cells at diagnosis",
    "relapse_cells": "size at relapse",
    "decline_per_day": "decline under treatment",
}
_UNITS = {"mutation_rate": "/division", "untreated_growth": "/day", "decline_per_day": "/day"}


def draw_uncertain(
    setting: DiseaseSetting, drugs: Sequence[DrugOnMutants], seed: int
) -> tuple[Patients, int]:
    """Draws of everything unknown, each with the same small cohort of different patients.

    Returns
    -------
    patients : Patients
        Draw after draw, each with as many patients.
    each : int
        Patients in a draw.
    """
    whole = _DRAWS * _PATIENTS_A_DRAW

    def between(*labels: str) -> Array:
        """One number a draw, repeated for its patients."""
        return np.repeat(generator(seed, "uncertain", *labels).standard_normal(_DRAWS), _PATIENTS_A_DRAW)

    def within(*labels: str) -> Array:
        """One number a patient, the same patients in every draw."""
        return np.tile(
            generator(seed, "uncertain", "patient", *labels).standard_normal(_PATIENTS_A_DRAW), _DRAWS
        )

    values = {
        name: entry.value * np.exp(entry.log_sd * between(name))
        for name, entry in setting.uncertain().items()
    }
    turnover = np.clip(values["turnover"], 0.0, 0.9)
    folds = {}
    for drug in drugs:
        noise = generator(seed, "uncertain", "fold", drug.drug).standard_normal((_DRAWS, drug.log_fold.size))
        folds[drug.drug] = np.repeat(drug.log_fold + drug.fold_log_sd * noise, _PATIENTS_A_DRAW, axis=0)
    return (
        Patients(
            values["untreated_growth"] / (1 - turnover),
            values["untreated_growth"],
            values["diagnosis_cells"] * np.exp(setting.diagnosis_log_sd * within("size")),
            np.maximum(values["relapse_cells"], 2.0),
            np.maximum(values["detection_cells"], 2.0),
            values["decline_per_day"] * np.exp(setting.decline_log_sd * within("decline")),
            np.broadcast_to(values["mutation_rate"], (whole,)).copy(),
            {
                drug.drug: drug.relative_log_sd * between("level", drug.drug)
                + drug.patient_log_sd * within("level", drug.drug)
                for drug in drugs
            },
            folds,
        ),
        _PATIENTS_A_DRAW,
    )


def ratios_between(
    forecasts: Sequence[ScheduleForecast], drawn: Sequence[Array | None]
) -> tuple[RatioBetween, ...]:
    """Chance of relapse of each further schedule over that of the first, at the middle and at the end."""
    found = []
    for forecast, draws in zip(forecasts[1:], drawn[1:], strict=True):
        for at in (_middle(forecasts[0].times_days), len(forecast.times_days) - 1):
            base, value = forecasts[0].relapse[at], forecast.relapse[at]
            low = high = None
            if draws is not None and drawn[0] is not None:
                quotient = draws[:, at] / np.maximum(drawn[0][:, at], 1e-12)
                low, high = (float(edge) for edge in np.quantile(quotient, [0.05, 0.95]))
            found.append(
                RatioBetween(
                    forecast.schedule.text,
                    forecasts[0].schedule.text,
                    forecast.times_days[at],
                    value / base if base > 0 else float("nan"),
                    low,
                    high,
                )
            )
    return tuple(found)


def _middle(times: Sequence[float]) -> int:
    half = times[-1] / 2
    return min(range(len(times)), key=lambda index: abs(times[index] - half))


def sensitivity_bars(
    schedules: Sequence[Schedule],
    drugs: Mapping[str, DrugOnMutants],
    panel: MutantPanel,
    setting: DiseaseSetting,
    horizon: float,
    seed: int,
) -> tuple[SensitivityBar, ...]:
    """The tornado: each unknown at the ends of its range, all else central, in the same patients.

    Returns
    -------
    tuple of SensitivityBar
        By schedule (the first four), widest first.
    """
    times = np.array([horizon])
    given = list(drugs.values())

    def chance(schedule: Schedule, fixed: Mapping[str, float], changed: Mapping[str, DrugOnMutants]) -> float:
        count = _FEWER_PATIENTS if len(schedule.phases) > _MANY_PHASES else _PATIENTS_A_BAR
        people = draw_patients(setting, list(changed.values()), count, seed, fixed=fixed)
        lineages = schedule_lineages(schedule, changed, panel, people, setting, times).sum(axis=(0, 2))
        return float(-np.expm1(-lineages).mean())

    bars = []
    for schedule in schedules[:_MOST_SCHEDULES]:
        central = chance(schedule, {}, drugs)
        found = []
        for name, entry in setting.uncertain().items():
            if name in _WORDS:
                low, high = (chance(schedule, {name: value}, drugs) for value in (entry.low, entry.high))
                unit = _UNITS.get(name, "")
                found.append((_WORDS[name], _plain(entry.low) + unit, _plain(entry.high) + unit, low, high))
        for drug in given:
            if drug.drug in schedule.drugs:
                factor = float(np.exp(1.645 * drug.relative_log_sd))
                ends = [
                    chance(schedule, {f"level:{drug.drug}": value}, drugs) for value in (1 / factor, factor)
                ]
                found.append(
                    (
                        f"level of {drug.drug} at the target",
                        f"÷ {factor:.2g}",
                        f"× {factor:.2g}",
                        ends[0],
                        ends[1],
                    )
                )
        shifted = [_with_folds(drugs, sign * 1.645 * 0.5) for sign in (-1, 1)]
        ends = [chance(schedule, {}, changed) for changed in shifted]
        found.append(("all folds together (laboratory)", "÷ 2.3", "× 2.3", ends[0], ends[1]))
        if any(not drugs[name].measured.all() for name in schedule.drugs):
            extremes = (_unmeasured(drugs, 0.0), _unmeasured(drugs, np.log(1e3)))
            ends = [chance(schedule, {}, changed) for changed in extremes]
            found.append(("mutants nobody measured", "as wild type", "fully resistant", ends[0], ends[1]))
        found.sort(key=lambda row: -abs(row[4] - row[3]))
        bars += [SensitivityBar(schedule.text, *row, central) for row in found]
    return tuple(bars)


def _with_folds(drugs: Mapping[str, DrugOnMutants], shift: float) -> dict[str, DrugOnMutants]:
    return {
        name: DrugOnMutants(**{**drug.__dict__, "log_fold": drug.log_fold + shift})
        for name, drug in drugs.items()
    }


def _unmeasured(drugs: Mapping[str, DrugOnMutants], log_fold: float) -> dict[str, DrugOnMutants]:
    changed = {}
    for name, drug in drugs.items():
        values = {
            **drug.__dict__,
            "log_fold": np.where(drug.measured, drug.log_fold, log_fold),
            "fold_log_sd": np.where(drug.measured, drug.fold_log_sd, 0.0),
        }
        changed[name] = DrugOnMutants(**values)
    return changed


def _plain(value: float) -> str:
    return f"{value:.2g}" if 1e-3 <= value < 1e4 else f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e")
