"""Estimates of a pair's effect: measured, predicted by the model, or Bliss of the measured singles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import t as student

from kinescape.measurements.conditions import Condition
from kinescape.strategy.experiment_planning.screened_effects import (
    Background,
    DosePair,
    Effect,
    ScreenedEffects,
)
from kinescape.strategy.pair_ranking.measured_synergy import NULL_MODEL, bliss_expectation

INTERVAL = 0.90
_NO_REPLICATES = "; no interval, no condition of this readout has replicates"


@dataclass(frozen=True)
class Estimate:
    """An effect with its 90 % interval and where it comes from; NaN where not known."""

    value: float
    low: float
    high: float
    basis: str


NOTHING = Estimate(float("nan"), float("nan"), float("nan"), "")


def measured_estimate(effect: Effect, scale: str) -> Estimate:
    """A measured effect with its interval.

    Parameters
    ----------
    effect : Effect
    scale : str
        Fractions of control have no bound below zero.
    """
    low, high = interval(effect.value, effect.se, effect.degrees, scale)
    basis = f"measured, n = {effect.n}"
    if not np.isfinite(effect.se):
        basis += _NO_REPLICATES
    elif not effect.own_error:
        basis += "; interval from the replicate error of the other conditions"
    return Estimate(effect.value, low, high, basis)


def bliss_estimate(
    effects: ScreenedEffects, background: Background, doses: DosePair, held_out_error: float | None = None
) -> Estimate:
    """Bliss of the two single drugs at these doses; `NOTHING` where one was not measured alone.

    Parameters
    ----------
    effects : ScreenedEffects
        Of one sample.
    background : tuple
        What stays the same beside the drugs.
    doses : tuple of AgentDose
    held_out_error : float, optional
        How far off Bliss was on measured pairs, as a root mean square; the interval is never narrower.
    """
    model = NULL_MODEL.get(effects.scale)
    table = effects.singles.get(background, {})
    first, second = table.get(doses[0]), table.get(doses[1])
    if model is None or first is None or second is None:
        return NOTHING
    expected = bliss_expectation(
        first.value,
        second.value,
        model=model,
        se_a=first.se,
        se_b=second.se,
        degrees_a=first.degrees,
        degrees_b=second.degrees,
        background=effects.ground(background),
    )
    basis = "Bliss of the measured single drugs"
    se = float(expected.se)
    if held_out_error is not None and not se > held_out_error:
        low, high = interval(float(expected.value), held_out_error, 1e6, effects.scale)
        return Estimate(
            float(expected.value), low, high, f"{basis}; interval from its error on held-out pairs"
        )
    if not np.isfinite(expected.se):
        basis += _NO_REPLICATES
    elif not (first.own_error and second.own_error):
        basis += "; replicate error of the other conditions"
    low, high = interval(float(expected.value), float(expected.se), float(expected.degrees), effects.scale)
    return Estimate(float(expected.value), low, high, basis)


def interval(value: float, se: float, degrees: float, scale: str) -> tuple[float, float]:
    """The 90 % interval of a mean by Student's t; NaN where the error is not known."""
    if not np.isfinite(se) or degrees <= 0:
        return float("nan"), float("nan")
    half = float(student.ppf(0.5 + INTERVAL / 2, min(degrees, 1e6))) * se
    low = value - half
    return (max(low, 0.0) if scale == "fraction_of_control" else low), value + half


@dataclass(frozen=True)
class Predictions:
    """The model's predictions on the readout to suppress, by sample and condition."""

    by_sample: Mapping[str, Mapping[str, Estimate]]

    @classmethod
    def of(cls, frame: pl.DataFrame | None, readout: str) -> Predictions:
        """Take those of one readout from the model's table; none where there is no table."""
        found: dict[str, dict[str, Estimate]] = {}
        if frame is not None and frame.height:
            for row in frame.filter(pl.col("readout") == readout).iter_rows(named=True):
                text = Condition.parse(row["condition"]).text
                basis = f"predicted by {row['method']}" + (f" ({row['basis']})" if row["basis"] else "")
                found.setdefault(row["sample"], {})[text] = Estimate(
                    row["mean"], _number(row["low"]), _number(row["high"]), basis
                )
        return cls(found)

    def get(self, sample: str, condition: str) -> Estimate | None:
        """The prediction for a condition, if the model made one."""
        return self.by_sample.get(sample, {}).get(condition)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
