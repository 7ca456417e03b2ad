"""Is an effect more than noise: moderated t-tests over a table, with false discovery rates.

The replicate error of each effect is steadied by that of the same assay elsewhere (`replicate_error`), but for rows
that carry `OWN_ERROR`. Rows of one replicate have no test: null, never a guess.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from kinescape.measurements.false_discovery import false_discovery_rate
from kinescape.measurements.replicate_error import moderated_error
from kinescape.measurements.schema import KEY, OWN_ERROR
from kinescape.measurements.table import Measurements


def assess_effects(measurements: Measurements, *, coverage: float = 0.9) -> pl.DataFrame:
    """Interval, p-value and false discovery rate of every effect.

    Parameters
    ----------
    measurements : Measurements
        The table. Rows of the control itself are left out.
    coverage : float
        Of the interval, between 0 and 1.

    Returns
    -------
    polars.DataFrame
        Key columns with `value, se, n, flags`, `moderated_se` (on the value's scale), `df` (degrees of
        freedom), `low`, `high`, `p_value` and `fdr`. The rate is that of Benjamini and Hochberg over all
        tested readouts of one assay and scale; a readout of several nodes counts once.
    """
    from kinescape.measurements.replicates import effect_from_no_change

    frame = measurements.frame.filter(pl.col("condition") != "control")
    effect = frame.select(effect_from_no_change(pl.col("value"), pl.col("scale"))).to_series().to_numpy()
    size = frame.height
    columns = {
        name: np.full(size, np.nan) for name in ("moderated_se", "df", "low", "high", "p_value", "fdr")
    }
    row = frame.with_row_index("row")
    unit = [name for name in KEY if name != "node"]
    for _, group in row.group_by(["assay", "scale"], maintain_order=True):
        tested = group.filter(pl.col("se").is_not_null() & (pl.col("n") > 1))
        if tested.is_empty():
            continue
        firsts = tested.unique(unit, keep="first", maintain_order=True)
        se, df = _errors(firsts)
        at = firsts["row"].to_numpy()
        # Replicates without any difference are copies, not replicates: no test is made of them.
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(se > 0, effect[at] / se, np.nan)
        p = np.clip(2 * stats.t.sf(np.abs(t), df), 0.0, 1.0)
        se = np.where(se > 0, se, np.nan)
        found = firsts.select(unit).with_columns(
            moderated_se=pl.Series(se), df=pl.Series(df), p=pl.Series(p), q=pl.Series(false_discovery_rate(p))
        )
        joined = tested.select("row", *unit).join(found, on=unit, how="left", nulls_equal=True)
        rows = joined["row"].to_numpy()
        half = stats.t.ppf(0.5 + coverage / 2, joined["df"].to_numpy()) * joined["moderated_se"].to_numpy()
        value = frame["value"].to_numpy()[rows]
        columns["moderated_se"][rows] = joined["moderated_se"].to_numpy()
        columns["df"][rows] = joined["df"].to_numpy()
        columns["low"][rows], columns["high"][rows] = value - half, value + half
        columns["p_value"][rows] = joined["p"].to_numpy()
        columns["fdr"][rows] = joined["q"].to_numpy()
    added = [pl.Series(name, values).fill_nan(None) for name, values in columns.items()]
    return frame.select(*KEY, "value", "se", "n", "flags").with_columns(added)


def _errors(rows: pl.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard error and degrees of freedom, steadied where rows of the same kind have one error in common."""
    se, n = rows["se"].to_numpy().copy(), rows["n"].to_numpy()
    df = np.asarray(n - 1, dtype=np.float64)
    shared = ~rows["flags"].list.contains(OWN_ERROR).fill_null(False).to_numpy()
    if shared.any():
        error = moderated_error(se[shared], n[shared])
        se[shared], df[shared] = error.se, error.degrees
    return se, df
