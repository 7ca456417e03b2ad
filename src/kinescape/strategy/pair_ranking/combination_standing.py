"""Where a pair of drugs stands, in words that sort: what page one, the table and the terminal all go by.

Inside a Pareto front nothing says which pair to take first. A laboratory reads in this order: pairs that would close
a measured way round and are untested; pairs that do more than their better drug and spare the reference sample;
those that do more but do not spare it; those that do no more than the better drug alone.
"""

from __future__ import annotations

import polars as pl

CLOSES = "would close a way round"
GAIN_SPARING = "gain, spares"
GAIN = "gain"
GAIN_NOT_SPARING = "gain, does not spare"
NO_GAIN = "no gain"
NOT_RANKED = "not ranked"

STANDINGS = (CLOSES, GAIN_SPARING, GAIN, GAIN_NOT_SPARING, NO_GAIN, NOT_RANKED)
"""In the order in which they are shown."""

LEAST_GAIN = {
    "fraction_of_control": 0.1,
    "growth_rate": 0.1,
    "log2_fold_change": 0.15,
    "z": 1.0,
    "auc": 0.05,
}
"""A pair gains where it does at least this much more than its better drug, and spares where the reference sample keeps
at least this much more than the target sample: a tenth of the untreated control, or what comes near it on the scale."""


def least_gain() -> pl.Expr:
    """`LEAST_GAIN` of each row's scale."""
    scale = pl.col("effect_scale").cast(pl.String)
    return scale.replace_strict(LEAST_GAIN, default=0.1, return_dtype=pl.Float64)


def gain() -> pl.Expr:
    """How much further down a pair goes than its better drug alone; null where one was not given alone."""
    return pl.col("better_single") - pl.col("effect")


def standing() -> pl.Expr:
    """The standing of each row of a table of combinations.

    Notes
    -----
    Reads status, front, effect, effect_scale, better_single, spared and escape_closed
    (`kinescape.strategy.combinations.COLUMNS`). A pair whose drugs were not both given alone cannot show a gain.
    """
    untested = pl.col("status") == "predicted"
    gains = gain().fill_nan(None) >= least_gain()
    spares = (pl.col("spared") - pl.col("effect")).fill_nan(None) >= least_gain()
    return (
        pl.when((pl.col("status") == "unranked") | pl.col("effect").fill_nan(None).is_null())
        .then(pl.lit(NOT_RANKED))
        .when(untested & (pl.col("escape_closed").fill_nan(None).fill_null(0.0) > 0))
        .then(pl.lit(CLOSES))
        .when(~gains.fill_null(False))
        .then(pl.lit(NO_GAIN))
        .when(spares.is_null())
        .then(pl.lit(GAIN))
        .when(spares)
        .then(pl.lit(GAIN_SPARING))
        .otherwise(pl.lit(GAIN_NOT_SPARING))
    )


def standing_rank() -> pl.Expr:
    """`standing` as a number that sorts, 0 first."""
    return standing().replace_strict(
        {name: place for place, name in enumerate(STANDINGS)}, return_dtype=pl.Int32
    )
