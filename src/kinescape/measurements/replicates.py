"""Replicates into effects: the mean with its standard error over what is really independent."""

from __future__ import annotations

import polars as pl

from kinescape.measurements.schema import KEY, NO_EFFECT


def combine_replicates(readings: pl.DataFrame, *, replicate: str = "replicate") -> pl.DataFrame:
    """Combine repeated readings into one row an effect, with honest `n` and `se`.

    Readings that share a replicate name (wells of one plate, re-injections of one lysate) are averaged first
    and count once. `se` is the standard deviation over the independent replicates divided by √n, null where
    there is one, and the row then carries the flag `single_replicate` (or `wells_of_one_plate`, where several
    readings shared that one replicate).

    Parameters
    ----------
    readings : polars.DataFrame
        Columns of `Measurements` without `se`, `n` and `flags` (`flags` may be there and is kept), with a
        column that names the independent replicate. Values must be finite.
    replicate : str
        Name of that column. A null in it means that every reading is a replicate of its own.

    Returns
    -------
    polars.DataFrame
        Columns of `Measurements`; one row for each combination of the key columns.

    Notes
    -----
    Fractions of control are averaged as they are: they are means of counts, and averaging logarithms would
    give a dead well an unbounded weight.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"sample": "a", "population": "all", "condition": "control", "time_h": 1.0,
    ...     "node": "EGFR", "readout": "pEGFR", "value": [0.0, 1.0], "scale": "z", "assay": "x",
    ...     "replicate": ["r1", "r2"]})
    >>> combine_replicates(rows)["n"].to_list()
    [2]
    """
    frame = readings
    if "flags" not in frame.columns:
        frame = frame.with_columns(flags=pl.lit([], pl.List(pl.String)))
    own = pl.format("row {}", pl.int_range(pl.len()))
    frame = frame.with_columns(pl.coalesce(pl.col(replicate).cast(pl.String), own).alias(replicate))
    per_replicate = frame.group_by([*KEY, replicate], maintain_order=True).agg(
        pl.col("value").mean(), pl.len().alias("readings"), pl.col("flags").explode()
    )
    combined = per_replicate.group_by(KEY, maintain_order=True).agg(
        pl.col("value").mean(),
        (pl.col("value").std(ddof=1) / pl.len().sqrt()).alias("se"),
        pl.len().cast(pl.Int32).alias("n"),
        pl.col("readings").sum(),
        pl.col("flags").explode(),
    )
    single = pl.col("n") == 1
    extra = (
        pl.when(single & (pl.col("readings") > 1))
        .then(pl.lit(["wells_of_one_plate"]))
        .when(single)
        .then(pl.lit(["single_replicate"]))
        .otherwise(pl.lit([], pl.List(pl.String)))
    )
    return (
        combined.with_columns(
            flags=pl.concat_list(pl.col("flags"), extra).list.drop_nulls().list.unique().list.sort()
        )
        .with_columns(se=pl.when(single).then(None).otherwise(pl.col("se")))
        .drop("readings")
    )


def effect_from_no_change(value: pl.Expr, scale: pl.Expr) -> pl.Expr:
    """Distance of a value from 'as the control' on its scale, as a polars expression."""
    return value - scale.cast(pl.String).replace_strict(NO_EFFECT, return_dtype=pl.Float64)
