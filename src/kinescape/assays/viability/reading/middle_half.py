"""Untreated wells averaged over their middle half, so that one bad well does not move all that is held against them."""

from __future__ import annotations

import polars as pl

_TRIM = 0.25


def middle_half(column: str) -> pl.Expr:
    """Mean after a quarter of the values is cut off at either end, rounded down to whole values.

    Parameters
    ----------
    column : str
        Of numbers; missing ones are left out.

    Notes
    -----
    R's ``mean(x, trim = 0.25)``, and the 50 % trimmed mean of the GR metrics programs: of three values none is cut
    off, of four to seven one at either end. MATLAB's ``trimmean(x, 50)`` rounds to the nearest whole value and may cut
    one more where the number of wells is not a multiple of four.

    Examples
    --------
    >>> pl.DataFrame({"count": [1.0, 100.0, 102.0, 900.0]}).select(middle_half("count")).item()
    101.0
    """
    values = pl.col(column).drop_nulls().sort()
    cut = (values.len() * _TRIM).floor().cast(pl.Int64)
    return values.slice(cut, values.len() - 2 * cut).mean()
