"""Is an effect more than noise: moderated t-tests over a table, with false discovery rates.

Laboratories measure two to four replicates, too few to know the variance of one readout. Variances are
therefore shrunk towards what the same assay shows elsewhere, by the empirical Bayes model of limma
(Smyth 2004, doi:10.2202/1544-6115.1027). Rows of one replicate have no test: null, never a guess.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special, stats

from kinescape.measurements.schema import KEY
from kinescape.measurements.table import Measurements

_MINIMUM_ROWS = 10


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
        n = firsts["n"].to_numpy().astype(float)
        variance = firsts["se"].to_numpy() ** 2 * n
        posterior, df = moderated_variance(variance, n - 1)
        se = np.sqrt(posterior / n)
        at = firsts["row"].to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(se > 0, effect[at] / se, np.where(effect[at] == 0, 0.0, np.inf))
        p = np.clip(2 * stats.t.sf(np.abs(t), df), 0.0, 1.0)
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


def moderated_variance(
    variance: NDArray[np.float64], df: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances shrunk towards their common prior, with the degrees of freedom they then have.

    Parameters
    ----------
    variance : (n,) array
        Sample variances.
    df : (n,) array
        Their degrees of freedom.

    Returns
    -------
    posterior : (n,) array
        (d0 s0² + d s²) / (d0 + d).
    total_df : (n,) array
        d0 + d; infinite where the variances differ no more than chance makes them.

    References
    ----------
    Smyth, Stat Appl Genet Mol Biol 3:3 (2004). doi:10.2202/1544-6115.1027
    """
    variance = np.asarray(variance, float)
    df = np.asarray(df, float)
    if variance.size < _MINIMUM_ROWS:
        return variance.copy(), df.copy()
    floor = 1e-5 * np.median(variance[variance > 0]) if (variance > 0).any() else 1e-12
    prior, d0 = _prior(np.maximum(variance, floor), df)
    if np.isinf(d0):
        return np.full_like(variance, prior), np.full_like(variance, np.inf)
    return (d0 * prior + df * variance) / (d0 + df), d0 + df


def _prior(variance: NDArray[np.float64], df: NDArray[np.float64]) -> tuple[float, float]:
    """Prior variance and its degrees of freedom, by the moments of the log variances."""
    e = np.log(variance) - special.digamma(df / 2) + np.log(df / 2)
    mean = float(e.mean())
    spread = float(e.var(ddof=1) - special.polygamma(1, df / 2).mean())
    if spread <= 0:
        return float(np.exp(mean)), np.inf
    d0 = 2 * _trigamma_inverse(spread)
    return float(np.exp(mean + special.digamma(d0 / 2) - np.log(d0 / 2))), d0


def _trigamma_inverse(x: float) -> float:
    """Newton's method on 1/trigamma, as in the appendix of Smyth 2004."""
    if x > 1e7:
        return float(1 / np.sqrt(x))
    if x < 1e-6:
        return 1 / x
    y = 0.5 + 1 / x
    for _ in range(50):
        trigamma = float(special.polygamma(1, y))
        step = trigamma * (1 - trigamma / x) / float(special.polygamma(2, y))
        y += step
        if -step / y < 1e-10:
            break
    return y


def false_discovery_rate(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Benjamini–Hochberg adjusted p-values; empty in, empty out.

    References
    ----------
    Benjamini and Hochberg, J R Stat Soc B 57:289 (1995).
    """
    p_values = np.asarray(p_values, float)
    if p_values.size == 0:
        return p_values
    return np.asarray(stats.false_discovery_control(p_values, method="bh"), float)
