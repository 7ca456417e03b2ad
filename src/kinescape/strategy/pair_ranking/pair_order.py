"""The order in which pairs are shown: by standing (those that close a way round by the
size of the response), by Pareto front, then by the surest gap between the samples.

The order is for reading only; no pair of one front beats another in every aim.
"""

from __future__ import annotations

import polars as pl

from kinescape.measurements.schema import NO_EFFECT
from kinescape.strategy.pair_ranking.combination_standing import CLOSES, standing, standing_rank

_NUMBERS = ("effect", "effect_low", "effect_high", "spared", "spared_low", "spared_high")


def surest_gap() -> pl.Expr:
    """Spared minus effect, less the errors of both as far as they are known (taken as independent).

    Sparing above 'as the untreated control' does not count. Without a reference sample it is the surest effect:
    how far the upper end of its interval lies below zero.
    """
    untreated = pl.col("effect_scale").replace_strict(NO_EFFECT, default=None, return_dtype=pl.Float64)
    spared = pl.when(pl.col("spared").is_not_null()).then(pl.min_horizontal("spared", untreated))
    below = (spared - pl.min_horizontal(spared, pl.col("spared_low"))).fill_null(0.0)
    above = (pl.col("effect_high") - pl.col("effect")).fill_null(0.0)
    return pl.coalesce(spared - (below**2 + above**2).sqrt(), -above) - pl.col("effect")


def in_order(combinations: pl.DataFrame) -> pl.DataFrame:
    """The table of combinations, best first; pairs without a front come last.

    Parameters
    ----------
    combinations : polars.DataFrame
        Columns of `kinescape.strategy.combinations.COLUMNS`.
    """
    frame = combinations.with_columns(pl.col(*_NUMBERS).cast(pl.Float64).fill_nan(None)).with_columns(
        standing=standing()
    )
    return frame.sort(
        standing_rank(),
        -pl.when(pl.col("standing") == CLOSES).then(pl.col("escape_closed")).otherwise(0.0),
        pl.col("front"),
        -surest_gap(),
        "agent_a",
        "agent_b",
        "condition",
        nulls_last=True,
        maintain_order=True,
    )
