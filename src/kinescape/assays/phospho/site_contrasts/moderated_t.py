"""The moderated t statistic: the variance of each site drawn towards that of all the sites.

With few replicates a site's own variance is a poor estimate. The variances of all the sites tell how much true
variances differ; each is squeezed towards the common one by as much as that justifies, and the degrees of freedom
that this adds make the test stronger.

References
----------
Smyth GK. Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments. Stat Appl Genet Mol Biol 2004; 3: Article3. doi:10.2202/1544-6115.1027
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
_SMALLEST_SHARE = 1e-5
"""A variance of exactly zero has no logarithm; as limma does, none lies below this share of the median."""


@dataclass(frozen=True)
class ContrastFit:
    """Contrasts of a linear model, fitted to each site over the samples that have a value.

    Parameters
    ----------
    estimate : (n_sites, n_contrasts) array
        nan where the contrast cannot be estimated from the samples with a value.
    unscaled : (n_sites, n_contrasts, n_contrasts) array
        Covariance of the estimates, less the factor of the residual variance.
    variance : (n_sites,) array
        Residual variance; nan without a degree of freedom.
    degrees : (n_sites,) array
        Residual degrees of freedom.
    """

    estimate: Floats
    unscaled: Floats
    variance: Floats
    degrees: Floats


@dataclass(frozen=True)
class VariancePrior:
    """What the variances of all the sites say of one.

    Parameters
    ----------
    variance : float
        The common variance.
    degrees : float
        How many degrees of freedom it is worth; infinite where the variances do not differ.
    """

    variance: float
    degrees: float


def fit_contrasts(values: Floats, model: Floats, contrasts: Floats) -> ContrastFit:
    """Least squares of every site over the samples in which it was measured.

    Sites with the same samples missing share one decomposition; nothing is filled in.

    Parameters
    ----------
    values : (n_sites, n_samples) array
        Base-2 logarithms, nan where not measured.
    model : (n_samples, n_coefficients) array
        Model matrix; it may be short of full rank.
    contrasts : (n_contrasts, n_coefficients) array
        Combinations of the coefficients that are asked for.

    Examples
    --------
    >>> model = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    >>> fit = fit_contrasts(np.array([[1.0, 2, 4, 5]]), model, np.array([[-1.0, 1]]))
    >>> fit.estimate.round(9).tolist(), fit.variance.round(9).tolist(), fit.degrees.tolist()
    ([[3.0]], [0.5], [2.0])
    """
    n_sites, n_contrasts = values.shape[0], contrasts.shape[0]
    estimate = np.full((n_sites, n_contrasts), np.nan)
    unscaled = np.full((n_sites, n_contrasts, n_contrasts), np.nan)
    variance = np.full(n_sites, np.nan)
    degrees = np.zeros(n_sites)
    if not n_sites:
        return ContrastFit(estimate, unscaled, variance, degrees)
    present = np.isfinite(values)
    patterns, of_site = np.unique(present, axis=0, return_inverse=True)
    order = np.argsort(of_site.ravel(), kind="stable")
    bounds = np.searchsorted(of_site.ravel()[order], np.arange(len(patterns) + 1))
    for index, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        sites = order[bounds[index] : bounds[index + 1]]
        matrix, observed = model[pattern], values[sites][:, pattern]
        inverse = np.linalg.pinv(matrix, rcond=1e-10)
        coefficients = observed @ inverse.T
        residual = observed - coefficients @ matrix.T
        rank = round(float(np.trace(matrix @ inverse)))
        free = int(pattern.sum()) - rank
        degrees[sites] = free
        if free > 0:
            variance[sites] = (residual**2).sum(axis=1) / free
        # A contrast can be estimated where it lies in the row space of the samples that are there.
        outside = np.abs(contrasts - contrasts @ inverse @ matrix).max(axis=1) > 1e-8
        found = coefficients @ contrasts.T
        found[:, outside] = np.nan
        estimate[sites] = found
        covariance = contrasts @ inverse @ inverse.T @ contrasts.T
        covariance[outside, :] = np.nan
        covariance[:, outside] = np.nan
        unscaled[sites] = covariance
    return ContrastFit(estimate, unscaled, variance, degrees)


def trigamma_inverse(value: float) -> float:
    """Solve trigamma(x) = value by Newton's method on 1/trigamma, which is nearly linear (Smyth 2004, appendix).

    Examples
    --------
    >>> round(trigamma_inverse(float(special.polygamma(1, 2.5))), 10)
    2.5
    """
    if value > 1e7:
        return float(1 / np.sqrt(value))
    if value < 1e-6:
        return 1 / value
    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(special.polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, x))
        x += step
        if -step / x < 1e-10:
            break
    return float(x)


def variance_prior(variance: Floats, degrees: Floats) -> VariancePrior:
    """Fit a scaled F distribution to the residual variances of all the sites, by the moments of their logarithms.

    Parameters
    ----------
    variance : (n_sites,) array
        Residual variances, nan where there is none.
    degrees : (n_sites,) array
        Their degrees of freedom.

    Returns
    -------
    VariancePrior
        With degrees 0 where fewer than three sites have a variance: then nothing is squeezed.
    """
    usable = np.isfinite(variance) & (degrees > 0)
    if int(usable.sum()) < 3:
        return VariancePrior(float("nan"), 0.0)
    s2, d = variance[usable], degrees[usable]
    middle = float(np.median(s2))
    if middle <= 0:
        middle = float(np.mean(s2)) or 1.0
    s2 = np.maximum(s2, _SMALLEST_SHARE * middle)
    # e_g = log s²_g - digamma(d_g/2) + log(d_g/2) has the mean and the spread of the true log variances.
    e = np.log(s2) - special.digamma(d / 2) + np.log(d / 2)
    mean = float(e.mean())
    spread = float(((e - mean) ** 2).sum() / (e.size - 1) - special.polygamma(1, d / 2).mean())
    if spread <= 0:
        return VariancePrior(float(np.exp(mean)), float("inf"))
    d0 = 2 * trigamma_inverse(spread)
    return VariancePrior(float(np.exp(mean + special.digamma(d0 / 2) - np.log(d0 / 2))), d0)


def squeezed(variance: Floats, degrees: Floats, prior: VariancePrior) -> tuple[Floats, Floats]:
    """Posterior variances s̃² = (d₀ s₀² + d s²) / (d₀ + d), and their degrees of freedom.

    The degrees never exceed those of all the sites together. A site without a variance of its own stays nan: a
    test without replicates of its own is not made.
    """
    own = np.isfinite(variance) & (degrees > 0)
    total = float(degrees[own].sum())
    if prior.degrees == 0:
        return np.where(own, variance, np.nan), np.where(own, degrees, np.nan)
    if np.isinf(prior.degrees):
        posterior = np.where(own, prior.variance, np.nan)
        return posterior, np.where(own, total, np.nan)
    posterior = (prior.degrees * prior.variance + degrees * variance) / (prior.degrees + degrees)
    return np.where(own, posterior, np.nan), np.where(own, np.minimum(degrees + prior.degrees, total), np.nan)


def moderated_t(
    estimate: Floats, unscaled: Floats, posterior: Floats, degrees: Floats
) -> tuple[Floats, Floats, Floats]:
    """Standard error, moderated t and two-sided p of one contrast; all arrays are of length n_sites."""
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(posterior * unscaled)
        t = estimate / se
    return se, t, 2 * stats.t.sf(np.abs(t), degrees)


def moderated_f(
    estimate: Floats, unscaled: Floats, posterior: Floats, degrees: Floats
) -> tuple[Floats, Floats]:
    """Moderated F and p of several contrasts at once: does any of them differ from zero?

    Parameters
    ----------
    estimate : (n_sites, k) array
    unscaled : (n_sites, k, k) array
    posterior, degrees : (n_sites,) arrays
        From `squeezed`.

    Returns
    -------
    f, p : (n_sites,) arrays
        nan where one of the contrasts cannot be estimated.
    """
    n_sites, k = estimate.shape
    f = np.full(n_sites, np.nan)
    whole = (
        np.isfinite(estimate).all(axis=1) & np.isfinite(unscaled).all(axis=(1, 2)) & np.isfinite(posterior)
    )
    if whole.any():
        inverse = np.linalg.pinv(unscaled[whole], hermitian=True)
        quadratic = np.einsum("si,sij,sj->s", estimate[whole], inverse, estimate[whole])
        f[whole] = quadratic / k / posterior[whole]
    return f, stats.f.sf(f, k, degrees)
