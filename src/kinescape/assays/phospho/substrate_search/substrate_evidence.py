"""What speaks for a site being a substrate of a kinase: how it moves with the known ones, how it answers the kinase.

Arrays alone; `kinescape.assays.phospho.substrates` puts them together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

FEWEST_COMMON = 6
"""Fewer experiments with both the site and the known substrates make no correlation."""
SHRINKAGE = 10.0
"""A correlation over n experiments counts as r n / (n + this): few experiments, little evidence."""
_ROUNDS = 200


def co_regulation(
    effects: NDArray[np.float64], members: NDArray[np.bool_], proteins: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Correlation of every site with the mean known substrate, the site's own protein left out of that mean.

    A site that is itself a known substrate, or a neighbour of one, would correlate with its own profile; so neither
    the site nor any other site of its protein is in the profile that it is compared with.

    Parameters
    ----------
    effects : array, (n_sites, n_experiments)
        Log2 fold changes, nan where not measured. Every experiment is divided by its root mean square first.
    members : array of bool, (n_sites,)
        The known substrates.
    proteins : array of int, (n_sites,)
        Index of the site's protein, from 0.

    Returns
    -------
    correlation : array, (n_sites,)
        Pearson's r; nan where fewer than `FEWEST_COMMON` experiments have both.
    common : array of int, (n_sites,)
        The number of these experiments.
    """
    measured = np.isfinite(effects)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(np.nansum(effects**2, axis=0) / measured.sum(axis=0))
        scaled = np.where(measured, effects / np.where(scale > 0, scale, 1.0), 0.0)
    n_proteins = int(proteins.max()) + 1 if len(proteins) else 0
    sums = np.zeros((n_proteins, effects.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, proteins[members], scaled[members])
    np.add.at(counts, proteins[members], measured[members])
    others = counts.sum(axis=0) - counts[proteins]
    use = measured & (others > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        profile = np.where(use, (sums.sum(axis=0) - sums[proteins]) / others, 0.0)
        own = np.where(use, scaled, 0.0)
        common = use.sum(axis=1)
        own_centred = np.where(use, own - (own.sum(axis=1) / common)[:, None], 0.0)
        profile_centred = np.where(use, profile - (profile.sum(axis=1) / common)[:, None], 0.0)
        squares = (own_centred**2).sum(axis=1) * (profile_centred**2).sum(axis=1)
        correlation = (own_centred * profile_centred).sum(axis=1) / np.sqrt(squares)
    correlation[(common < FEWEST_COMMON) | (squares <= 1e-24)] = np.nan
    return np.clip(correlation, -1.0, 1.0), common.astype(np.int64)


def shrunk_correlation(correlation: NDArray[np.float64], common: NDArray[np.int64]) -> NDArray[np.float64]:
    """Fisher's z of a correlation drawn toward 0 where few experiments carry it; 0 where there is none."""
    drawn = np.nan_to_num(correlation) * common / (common + SHRINKAGE)
    return np.arctanh(np.clip(drawn, -0.95, 0.95))


def motif_log_odds(percentile: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the odds of a motif percentile, kept within those of 0.001 and 0.999; 0 where it is nan."""
    kept = np.clip(np.where(np.isnan(percentile), 0.5, percentile), 0.001, 0.999)
    return np.log(kept / (1 - kept))


def shrunk_change(change: NDArray[np.float64], se: NDArray[np.float64]) -> NDArray[np.float64]:
    """A contrast in units of its own spread: effects drawn toward 0 by their errors, over the root mean square.

    Parameters
    ----------
    change, se : array, (n_sites,)
        Log2 fold changes and their standard errors; nan where not known. A site without an error is taken as the
        typical one, or as it is where no site has one.

    Returns
    -------
    array, (n_sites,)
        From -4 to 4, 0 where not measured.
    """
    measured = np.isfinite(change)
    if not measured.any():
        return np.zeros_like(change)
    variance = float(np.mean(change[measured] ** 2))
    noise = np.where(np.isfinite(se), se, np.nanmedian(se) if np.isfinite(se).any() else 0.0) ** 2
    true = max(variance - float(np.mean(noise[measured])), 0.05 * variance)
    drawn = np.where(measured, change, 0.0) * true / (true + noise)
    rms = np.sqrt(np.mean(drawn[measured] ** 2))
    return np.clip(drawn / rms, -4.0, 4.0) if rms > 0 else np.zeros_like(change)


def response_probability(z: NDArray[np.float64], expected: int) -> NDArray[np.float64]:
    """The probability that a site answered, in the expected direction.

    Two groups of sites: those without an answer have z of a normal distribution about 0 whose width is that of the
    central half of all sites, those with one a wider one. The share and the width of the second are by maximum
    likelihood.

    Parameters
    ----------
    z : array, (n_sites,)
        Statistics of the sites; nan where not tested.
    expected : int
        +1 or -1.

    Returns
    -------
    array, (n_sites,)
        nan where not tested.
    """
    tested = np.isfinite(z)
    if tested.sum() < 20:
        return np.full(z.shape, np.nan)
    values = z[tested]
    low, high = np.quantile(values, [0.25, 0.75])
    centre, width = float(np.median(values)), max(float(high - low) / 1.349, 1e-9)
    standard = (values - centre) / width
    share, spread = 0.1, 3.0
    quiet = norm.logpdf(standard)
    posterior = np.zeros(len(standard))
    for _ in range(_ROUNDS):
        # Odds in logarithms: far out both densities are 0 in floating point.
        odds = np.log(share) + norm.logpdf(standard, scale=spread) - np.log1p(-share) - quiet
        posterior = expit(odds)
        share = float(np.clip(posterior.mean(), 1e-4, 0.5))
        spread = float(np.sqrt(max((posterior @ standard**2) / max(posterior.sum(), 1e-9), 2.0)))
    probability = np.full(z.shape, np.nan)
    probability[tested] = np.where(np.sign(standard) == expected, posterior, 0.0)
    return probability
