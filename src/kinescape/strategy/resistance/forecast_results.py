"""What a resistance forecast answers: plain values, ready for tables, pages and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kinescape.foundation.issues import Fault
from kinescape.strategy.resistance.resistance_patients import DrugOnMutants, MutantPanel
from kinescape.strategy.resistance.resistance_setting import DiseaseSetting
from kinescape.strategy.resistance.schedules import DAYS_A_YEAR, Schedule

if TYPE_CHECKING:
    import polars as pl

    from kinescape.strategy.resistance.decline import CohortDecline

LEFT_OUT = (
    "cells that a drug does not reach (sanctuaries) and cells at rest",
    "missed doses: every patient takes every dose",
    "resistance without a mutation of the target (other kinases, efflux, lineage change)",
    "fitness: without drug every mutant grows as unmutated cells do",
    "the immune system, and transformation to acute disease",
    "relapse by unmutated cells where a drug's level is too low",
)
"""What the model leaves out; said on every page."""

CONDITIONAL = (
    "Chances of relapse are conditional on this model and on numbers known to within factors: read them as a scale. "
    "Ratios between schedules and the order of mutants stand firmer."
)


DECLINE_FITTED = "decline-fitted"
"""Code of the note that tells what a user's transcripts gave."""


@dataclass(frozen=True)
class MutantShare:
    """One mutant's part in the relapses under one schedule.

    Parameters
    ----------
    mutant : str
    share : float
        Of all relapses by the horizon.
    low, high : float or None
        90 % interval over everything unknown.
    as_reported : float
        Share to expect among cases that clinics report: `share` flattened by a power that was fitted to six
        cohorts under imatinib (see `kinescape.strategy.resistance.forecast_lineages.as_reported`).
    status : {"measured", "partly measured", "not measured"}
        Whether its fold was measured against the schedule's drugs.
    probability : float
        Substitution probability.
    folds : tuple of (float or None)
        By drug of the schedule; None where nobody measured it.
    """

    mutant: str
    share: float
    low: float | None
    high: float | None
    as_reported: float
    status: str
    probability: float
    folds: tuple[float | None, ...]


@dataclass(frozen=True)
class CompoundShare:
    """A compound mutant's rough part in the relapses."""

    mutant: str
    share: float


@dataclass(frozen=True)
class ScheduleForecast:
    """What to expect under one schedule.

    Parameters
    ----------
    schedule : Schedule
    times_days : (n_times,) tuple
    relapse : (n_times,) tuple
        Mean chance, over patients, that a mutant lineage passed the relapse size by then.
    relapse_low, relapse_high : (n_times,) tuples or None
        90 % interval over everything unknown.
    detectable : (n_times,) tuple
        Chance that a lineage passed the size at which it shows.
    mutants : tuple of MutantShare
        Largest share first.
    compounds : tuple of CompoundShare
    compound_share : float
        Share of the relapses that need two mutations on one molecule.
    preexisting_share : float
        Share of the lineages that were there at diagnosis.
    """

    schedule: Schedule
    times_days: tuple[float, ...]
    relapse: tuple[float, ...]
    relapse_low: tuple[float, ...] | None
    relapse_high: tuple[float, ...] | None
    detectable: tuple[float, ...]
    mutants: tuple[MutantShare, ...]
    compounds: tuple[CompoundShare, ...]
    compound_share: float
    preexisting_share: float

    def at_years(self, years: float) -> float:
        """Chance of relapse at a time, linear between the times of the curve."""
        import numpy as np

        return float(np.interp(years * DAYS_A_YEAR, (0.0, *self.times_days), (0.0, *self.relapse)))

    @property
    def median_relapse_years(self) -> float | None:
        """When half of the relapses up to the horizon have come; None where there are none."""
        import numpy as np

        if self.relapse[-1] <= 0:
            return None
        days = np.interp(self.relapse[-1] / 2, (0.0, *self.relapse), (0.0, *self.times_days))
        return float(days / DAYS_A_YEAR)


@dataclass(frozen=True)
class RatioBetween:
    """Chance of relapse under one schedule over that under another, in the same patients."""

    schedule: str
    against: str
    days: float
    ratio: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SensitivityBar:
    """One bar of the tornado: the chance of relapse with one unknown at each end of its range."""

    schedule: str
    unknown: str
    at_low: str
    at_high: str
    relapse_low: float
    relapse_high: float
    relapse_central: float


@dataclass(frozen=True)
class Forecast:
    """The whole answer of `forecast_resistance`.

    Parameters
    ----------
    setting : DiseaseSetting
    horizon_years : float
    patients, seed : int
    schedules : tuple of ScheduleForecast
        In the order given.
    ratios : tuple of RatioBetween
        Each further schedule against the first.
    sensitivity : tuple of SensitivityBar
    panel : MutantPanel
    drugs : mapping of str to DrugOnMutants
    notes : tuple of Fault
    left_out : tuple of str
        What the model leaves out.
    """

    setting: DiseaseSetting
    horizon_years: float
    patients: int
    seed: int
    schedules: tuple[ScheduleForecast, ...]
    ratios: tuple[RatioBetween, ...]
    sensitivity: tuple[SensitivityBar, ...]
    panel: MutantPanel
    drugs: Mapping[str, DrugOnMutants]
    notes: tuple[Fault, ...]
    left_out: tuple[str, ...]

    @property
    def best(self) -> ScheduleForecast:
        """The schedule with the smallest chance of relapse at the horizon, among those asked for."""
        return min(self.schedules, key=lambda forecast: forecast.relapse[-1])

    def table(self) -> pl.DataFrame:
        """Mutants by schedule: share with interval, what was measured, probability."""
        import polars as pl

        return pl.DataFrame(
            [
                {
                    "schedule": forecast.schedule.text,
                    "mutant": row.mutant,
                    "share": row.share,
                    "share_low": row.low,
                    "share_high": row.high,
                    "as_reported": row.as_reported,
                    "status": row.status,
                    "substitution_probability": row.probability,
                }
                for forecast in self.schedules
                for row in forecast.mutants
            ],
            schema={
                "schedule": pl.String,
                "mutant": pl.String,
                "share": pl.Float64,
                "share_low": pl.Float64,
                "share_high": pl.Float64,
                "as_reported": pl.Float64,
                "status": pl.String,
                "substitution_probability": pl.Float64,
            },
        )

    def curves(self) -> pl.DataFrame:
        """Chance of relapse over time by schedule, with its interval, and of a lineage that shows."""
        import polars as pl

        rows = []
        for forecast in self.schedules:
            for index, days in enumerate((0.0, *forecast.times_days)):
                at = index - 1
                low, high = forecast.relapse_low, forecast.relapse_high
                rows.append(
                    {
                        "schedule": forecast.schedule.text,
                        "years": days / DAYS_A_YEAR,
                        "relapse": 0.0 if index == 0 else forecast.relapse[at],
                        "relapse_low": None if low is None else 0.0 if index == 0 else low[at],
                        "relapse_high": None if high is None else 0.0 if index == 0 else high[at],
                        "detectable": 0.0 if index == 0 else forecast.detectable[at],
                    }
                )
        floats = ("years", "relapse", "relapse_low", "relapse_high", "detectable")
        return pl.DataFrame(rows, schema={"schedule": pl.String, **dict.fromkeys(floats, pl.Float64)})

    def assumed_compounds(self, one: ScheduleForecast, count: int = 3) -> tuple[str, ...]:
        """Those of a schedule's first compounds whose fold against one of its drugs nobody measured."""
        return tuple(
            entry.mutant
            for entry in one.compounds[:count]
            if any(entry.mutant not in self.drugs[drug].compounds for drug in one.schedule.drugs)
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        return {
            "target": self.setting.target,
            "setting": self.setting.name,
            "horizon_years": self.horizon_years,
            "patients": self.patients,
            "seed": self.seed,
            "conditional": CONDITIONAL,
            "left_out": list(self.left_out),
            "best_schedule": self.best.schedule.text,
            "schedules": [_schedule_dict(forecast) for forecast in self.schedules],
            "ratios": [{**ratio.__dict__, "years": ratio.days / DAYS_A_YEAR} for ratio in self.ratios],
            "sensitivity": [dict(bar.__dict__) for bar in self.sensitivity],
            "drugs": {
                name: {
                    "effective_nanomolar": drug.level.effective_nanomolar,
                    "free_nanomolar": drug.level.free_nanomolar,
                    "wild_type_ic50_nanomolar": drug.ic50_nanomolar,
                    "level_over_ic50": drug.relative_level,
                    "basis": drug.level.basis,
                    "site": drug.site,
                    "references": drug.level.references,
                }
                for name, drug in self.drugs.items()
            },
            "parameters": {
                name: {
                    "value": entry.value,
                    "low": entry.low,
                    "high": entry.high,
                    "unit": entry.unit,
                    "references": entry.references,
                    "note": entry.note,
                }
                for name, entry in self.setting.uncertain().items()
            },
            "notes": [fault.as_dict() for fault in self.notes],
        }


def _schedule_dict(forecast: ScheduleForecast) -> dict[str, Any]:
    return {
        "schedule": forecast.schedule.text,
        "phases": [
            {
                "from_days": phase.start_days,
                "to_days": None if phase.end_days == float("inf") else phase.end_days,
                "drugs": phase.text,
            }
            for phase in forecast.schedule.phases
        ],
        "years": [days / DAYS_A_YEAR for days in forecast.times_days],
        "relapse": list(forecast.relapse),
        "relapse_low": None if forecast.relapse_low is None else list(forecast.relapse_low),
        "relapse_high": None if forecast.relapse_high is None else list(forecast.relapse_high),
        "detectable": list(forecast.detectable),
        "median_relapse_years": forecast.median_relapse_years,
        "preexisting_share": forecast.preexisting_share,
        "compound_share": forecast.compound_share,
        "mutants": [{**row.__dict__, "folds": list(row.folds)} for row in forecast.mutants],
        "compounds": [dict(row.__dict__) for row in forecast.compounds],
    }


def with_decline(forecast: Forecast, decline: CohortDecline, file: str) -> Forecast:
    """The forecast with a note that tells what the user's transcripts gave, for terminal, page and JSON alike.

    Parameters
    ----------
    forecast : Forecast
    decline : CohortDecline
        From `kinescape.strategy.resistance.decline.fit_decline`; the forecast's setting was made with it.
    file : str
        The table of transcripts.
    """
    note = Fault(DECLINE_FITTED, f"transcripts of {file.rsplit('/', 1)[-1]}: {decline.text}", severity="note")
    return replace(forecast, notes=(note, *forecast.notes))
