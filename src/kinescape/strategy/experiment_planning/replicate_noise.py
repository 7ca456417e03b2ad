"""How far one replicate of an excess over two independent drugs scatters, from the replicates of the study itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kinescape.measurements.conditions import Condition
from kinescape.strategy.experiment_planning.pair_features import Floats
from kinescape.strategy.experiment_planning.replicate_contradiction import scattered_replicates
from kinescape.strategy.pair_ranking.measured_synergy import NULL_MODEL, pooled_deviation

if TYPE_CHECKING:
    from kinescape.measurements.table import Measurements
    from kinescape.strategy.experiment_planning.screened_effects import ScreenedEffects

ASSUMED = {"fraction_of_control": 0.05, "growth_rate": 0.05, "log2_fold_change": 0.15, "z": 1.0}
"""Standard deviation between replicates that is assumed where a study has none, by scale. 0.05 of the control: in 50
conditions of O'Neil's screen (two matrices, four replicates each) the median is 0.04, and days differ more than wells.
0.15 is about the same on the log2 scale at half the cells; z scores scatter by 1 by what they are. The output says that
it is an assumption."""
_UNKNOWN_SCALE = 0.05


@dataclass(frozen=True)
class ReplicateNoise:
    """How far replicates scatter.

    Parameters
    ----------
    deviation : float
        Standard deviation between independent replicates of one condition, on the measured scale.
    excess : float
        Standard deviation of one replicate of the excess: pair and both single drugs.
    degrees : int
        Degrees of freedom behind it; 0 where it is assumed.
    source : str
        Where it comes from, in words.
    assumed : bool
    """

    deviation: float
    excess: float
    degrees: int
    source: str
    assumed: bool


def replicate_noise(
    measurements: Measurements,
    target: ScreenedEffects,
    conditions: Iterable[str | None],
    *,
    least: float,
) -> ReplicateNoise:
    """The scatter of one replicate of an excess, for the pairs that would be tested.

    Parameters
    ----------
    measurements : Measurements
    target : ScreenedEffects
        Of the sample to test in.
    conditions : iterable of str
        The pairs with their doses; null where there is no estimate.
    least : float
        Scatter that matters (`scattered_replicates`): conditions whose replicates contradict each other do not count.

    Returns
    -------
    ReplicateNoise
        From the sample's own replicates; from those of other samples where it has none; assumed where there are none.

    Notes
    -----
    Pooled s² = Σ (n − 1) n se² / Σ (n − 1) over conditions. On fractions of control one replicate of
    a b / g − v has the variance s² (1 + (a² + b²) / g²), a and b the values of the single drugs at the doses (g where
    not measured, which errs upward) and g that of the background; on scales that add, 3 s². The mean variance over
    the pairs is taken.
    """
    rows = measurements.frame.filter(
        (pl.col("node") == target.node)
        & (pl.col("population") == "all")
        & (pl.col("readout") == target.readout)
        & (pl.col("scale").cast(pl.String) == target.scale)
        & (pl.col("n") > 1)
        & pl.col("se").is_not_null()
    ).select("sample", "se", "n")
    own = rows.filter(pl.col("sample") == target.sample)
    deviation, degrees, source = ASSUMED.get(target.scale, _UNKNOWN_SCALE), 0, ""
    for part, where in ((own, target.sample), (rows, "the other samples")):
        found, count = _pooled(part, least)
        if count and not source:
            deviation, degrees = found, count
            source = (
                f"standard deviation {found:.2g} between replicates of {where}, {count} degrees of freedom"
            )
    if not source:
        source = f"assumed: replicates scatter by {deviation:g}, for the study has none"
    return ReplicateNoise(
        deviation, deviation * float(np.sqrt(_spread(target, conditions))), degrees, source, degrees == 0
    )


def _pooled(rows: pl.DataFrame, least: float) -> tuple[float, int]:
    se, n = rows["se"].to_numpy(), rows["n"].to_numpy().astype(np.float64)
    calm = ~scattered_replicates(se, n, least)
    return pooled_deviation(se[calm], n[calm])


def _spread(target: ScreenedEffects, conditions: Iterable[str | None]) -> float:
    """Variance of one replicate of the excess over that of one condition, averaged over the pairs."""
    if NULL_MODEL.get(target.scale) != "product":
        return 3.0
    background = target.main_background
    ground = target.ground(background) or 1.0
    singles = target.singles.get(background, {})
    found: list[float] = []
    for text in conditions:
        if text is None:
            continue
        values: Floats = np.array(
            [
                singles[dose].value if dose in singles else ground
                for dose in Condition.parse(text).doses
                if dose not in background
            ]
        )
        found.append(1.0 + float(np.sum((values / ground) ** 2)))
    return float(np.mean(found)) if found else 3.0
