"""How large a score chance gives: sites that change places with the other measured sites of the experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri
from scipy.stats import norm, rankdata


def normal_scores(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Effects replaced by the normal quantiles of their ranks, so that a few huge ones do not decide.

    Parameters
    ----------
    effects : array of float64, (n_sites,)
        Measured effects, none missing.

    Returns
    -------
    array of float64, (n_sites,)
        Mean 0; ties share their mean rank.
    """
    ranks = rankdata(effects)
    scores: NDArray[np.float64] = ndtri((ranks - 0.5) / len(effects))
    return np.asarray(scores - scores.mean())


def protein_correlation(effects: NDArray[np.float64], proteins: NDArray[np.int64]) -> float:
    """Correlation of the effects on two sites of one protein, by one-way analysis of variance; 0 if negative.

    Parameters
    ----------
    effects : array of float64, (n_sites,)
        Measured effects.
    proteins : array of int64, (n_sites,)
        Which protein a site belongs to, 0 to n_proteins − 1.

    Returns
    -------
    float
        Between 0 and 1.
    """
    sizes = np.bincount(proteins).astype(np.float64)
    sizes = np.maximum(sizes, 0.0)
    occupied = sizes > 0
    n, k = len(effects), int(occupied.sum())
    if n <= k or k < 2:
        return 0.0
    sums = np.bincount(proteins, weights=effects)
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=occupied)
    between = float((sizes * (means - effects.mean()) ** 2)[occupied].sum()) / (k - 1)
    within = float(((effects - means[proteins]) ** 2).sum()) / (n - k)
    typical = (n - float((sizes**2).sum()) / n) / (k - 1)
    total = between + (typical - 1) * within
    return float(np.clip((between - within) / total, 0.0, 1.0)) if total > 0 else 0.0


def variance_inflation(
    coefficients: sparse.csc_matrix, proteins: NDArray[np.int64], correlation: float
) -> NDArray[np.float64]:
    """How much larger the variance of Σ c x is than with independent sites, when sites of one protein go together.

    (Σ_g [(1 − ρ) Σ_{i∈g} c_i² + ρ (Σ_{i∈g} c_i)²]) / Σ c², over proteins g.

    Parameters
    ----------
    coefficients : sparse matrix, (n_sites, n_enzymes)
        What a site counts for an enzyme.
    proteins : array of int64, (n_sites,)
        Which protein a site belongs to.
    correlation : float
        Of two sites of one protein.

    Returns
    -------
    array of float64, (n_enzymes,)
        1 where an enzyme has one site a protein, or none at all.
    """
    n_sites = coefficients.shape[0]
    member = sparse.csr_matrix((np.ones(n_sites), (proteins, np.arange(n_sites))))
    by_protein = (member @ coefficients).tocsc()
    squares = np.asarray(coefficients.multiply(coefficients).sum(axis=0)).ravel()
    grouped = np.asarray(by_protein.multiply(by_protein).sum(axis=0)).ravel()
    ratio = np.divide(grouped, squares, out=np.ones_like(squares), where=squares > 0)
    inflation: NDArray[np.float64] = 1.0 + correlation * (ratio - 1.0)
    return inflation


def chance_p_values(
    coefficients: sparse.spmatrix, effects: NDArray[np.float64], proteins: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Two-sided p-values of linear scores Σ c x against sites of the same measured background.

    If the effects were dealt out to the sites at random, Σ c x would have the mean N c̄ x̄ and the variance
    Σ (c − c̄)² Σ (x − x̄)² / (N − 1), exactly; x are the normal scores of the effects, so the sum is near normal for
    one site as well as for many. Sites of one protein go together, so the variance is multiplied by
    `variance_inflation` at the correlation that the experiment itself shows.

    Parameters
    ----------
    coefficients : sparse matrix, (n_sites, n_enzymes)
        What a measured site counts for an enzyme.
    effects : array of float64, (n_sites,)
        Measured effects, none missing.
    proteins : array of int64, (n_sites,)
        Which protein a site belongs to, 0 to n_proteins − 1.

    Returns
    -------
    p_values : array of float64, (n_enzymes,)
        nan where an enzyme has no site.
    z : array of float64, (n_enzymes,)
        The standardised score that the p-value belongs to; positive where the enzyme is more active.
    correlation : float
        Of two sites of one protein in this experiment.
    """
    weights = sparse.csc_matrix(coefficients, dtype=np.float64)
    n_sites = weights.shape[0]
    scores = normal_scores(effects)
    correlation = protein_correlation(scores, proteins)
    total = np.asarray(weights.T @ scores).ravel()
    sums = np.asarray(weights.sum(axis=0)).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
    centred = squares - sums**2 / n_sites
    variance = centred * float((scores**2).sum()) / max(n_sites - 1, 1)
    variance *= variance_inflation(weights, proteins, correlation)
    z = np.full(len(total), np.nan)
    np.divide(total, np.sqrt(np.maximum(variance, 0.0)), out=z, where=(squares > 0) & (variance > 0))
    p_values = 2.0 * norm.sf(np.abs(z))
    return np.asarray(np.minimum(p_values, 1.0)), z, correlation
