"""How good a plate is: Z′ by standard deviation and by median deviation, edge, drift and signal window.

Z′ by standard deviation breaks at one bad well; by median deviation it does not. A plate whose two Z′ differ
much has outlying control wells and not a bad window.
"""

from __future__ import annotations

import polars as pl

_MAD = 1.4826

QUALITY_COLUMNS = {
    "plate": "name of the plate",
    "sample": "sample on it",
    "controls": "untreated wells",
    "blanks": "wells without cells, or killed",
    "control_mean": "mean signal of the untreated wells",
    "blank_mean": "mean signal of the blanks",
    "control_cv": "standard deviation of the untreated wells as a share of their mean",
    "z_prime": "1 - 3 (sd control + sd blank) / |difference of the means|",
    "z_prime_robust": "the same with medians and median deviations",
    "signal_window": "(difference of the means - 3 (sd control + sd blank)) / sd control",
    "signal_to_background": "mean control / mean blank",
    "edge_effect": "median untreated signal of the two outer rings as a share of that inside, less 1; of the outermost "
    "ring where no untreated well lies further inside",
    "drift": "change of the untreated signal from the first to the last column, as a share of its mean",
    "verdict": "excellent, usable, marginal or no window",
}
"""Columns of a table of plate quality, with what each means."""


def plate_quality(wells: pl.DataFrame) -> pl.DataFrame:
    """Quality of every plate, all at once.

    Parameters
    ----------
    wells : polars.DataFrame
        Columns plate, sample, role (`control`, `blank`, others), value, well_row, well_column (numbers from 1,
        null where unknown).

    Returns
    -------
    polars.DataFrame
        Columns of `QUALITY_COLUMNS`, one row a plate; null where a plate lacks what a figure needs.

    References
    ----------
    Zhang, J.H., Chung, T.D., Oldenburg, K.R. (1999). A simple statistical parameter for use in evaluation and
    validation of high throughput screening assays. Journal of Biomolecular Screening 4, 67-73.

    Examples
    --------
    >>> wells = pl.DataFrame({"plate": "p", "sample": "A", "role": ["control"] * 3 + ["blank"] * 3,
    ...     "value": [99.0, 100.0, 101.0, 9.0, 10.0, 11.0], "well_row": None, "well_column": None})
    >>> round(plate_quality(wells)["z_prime"][0], 4)
    0.9333
    """
    value = pl.col("value")
    control, blank = pl.col("role") == "control", pl.col("role") == "blank"
    size = wells.group_by("plate").agg(
        pl.col("well_row").max().alias("rows"), pl.col("well_column").max().alias("columns")
    )
    placed = wells.filter(control | blank).join(size, on="plate")
    ring = pl.min_horizontal(
        pl.col("well_row") - 1,
        pl.col("well_column") - 1,
        pl.col("rows") - pl.col("well_row"),
        pl.col("columns") - pl.col("well_column"),
    )
    outer = control & (ring < 2)
    inner = control & (ring >= 2)
    column = pl.col("well_column").cast(pl.Float64)
    slope = pl.cov(value.filter(control), column.filter(control)) / column.filter(control).var()

    def deviation(kind: pl.Expr) -> pl.Expr:
        mine = value.filter(kind)
        return (mine - mine.median()).abs().median() * _MAD

    table = placed.group_by("plate", maintain_order=True).agg(
        pl.col("sample").first(),
        control.sum().alias("controls"),
        blank.sum().alias("blanks"),
        value.filter(control).mean().alias("control_mean"),
        value.filter(blank).mean().alias("blank_mean"),
        value.filter(control).std().alias("control_sd"),
        value.filter(blank).std().alias("blank_sd"),
        value.filter(control).median().alias("control_median"),
        value.filter(blank).median().alias("blank_median"),
        deviation(control).alias("control_mad"),
        deviation(blank).alias("blank_mad"),
        pl.coalesce(
            value.filter(outer).median() / value.filter(inner).median() - 1.0,
            value.filter(control & (ring < 1)).median() / value.filter(control & (ring >= 1)).median() - 1.0,
        ).alias("edge_effect"),
        (slope * (pl.col("columns").first() - 1) / value.filter(control).mean()).alias("drift"),
    )
    window = (pl.col("control_mean") - pl.col("blank_mean")).abs()
    noise = 3.0 * (pl.col("control_sd") + pl.col("blank_sd"))
    robust_window = (pl.col("control_median") - pl.col("blank_median")).abs()
    robust_noise = 3.0 * (pl.col("control_mad") + pl.col("blank_mad"))
    scored = table.with_columns(
        control_cv=pl.col("control_sd") / pl.col("control_mean"),
        z_prime=1.0 - noise / window,
        z_prime_robust=1.0 - robust_noise / robust_window,
        signal_window=(window - noise) / pl.col("control_sd"),
        signal_to_background=pl.col("control_mean") / pl.col("blank_mean"),
    )
    z = pl.col("z_prime_robust")
    verdict = (
        pl.when(z.is_null() | z.is_nan())
        .then(pl.lit("no blanks or controls to judge by"))
        .when(z >= 0.5)
        .then(pl.lit("excellent"))
        .when(z >= 0.3)
        .then(pl.lit("usable"))
        .when(z > 0.0)
        .then(pl.lit("marginal"))
        .otherwise(pl.lit("no window"))
    )
    numbers = [
        name for name in QUALITY_COLUMNS if name not in ("plate", "sample", "controls", "blanks", "verdict")
    ]
    tidy = [pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in numbers]
    return scored.with_columns(verdict=verdict).with_columns(tidy).select(list(QUALITY_COLUMNS)).sort("plate")
