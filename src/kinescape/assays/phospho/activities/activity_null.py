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

    An enzyme whose sites all lie on one protein, such as one known by its own regulatory sites alone, has been seen
    once: its p-value is the rank of its mean site among all the sites, 2/N at the least.

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
    p_values = np.minimum(2.0 * norm.sf(np.abs(z)), 1.0)
    alone = on_one_protein(weights, proteins) & np.isfinite(z)
    p_values[alone] = _rank_p_values(weights[:, alone], scores)
    return np.asarray(p_values), z, correlation


def on_one_protein(coefficients: sparse.spmatrix, proteins: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which enzymes have all their sites on a single protein.

    Parameters
    ----------
    coefficients : sparse matrix, (n_sites, n_enzymes)
        What a site counts for an enzyme.
    proteins : array of int64, (n_sites,)
        Which protein a site belongs to.

    Returns
    -------
    array of bool, (n_enzymes,)
        False where an enzyme has no site.
    """
    return np.asarray(_different(coefficients, proteins) == 1)


def measured_once(
    coefficients: sparse.spmatrix, effects: NDArray[np.float64], proteins: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many sites speak for each enzyme; sites of one protein with one and the same effect are one peptide.

    Parameters
    ----------
    coefficients : sparse matrix, (n_sites, n_enzymes)
        What a site counts for an enzyme.
    effects : array of float64, (n_sites,)
        Measured effects, none missing.
    proteins : array of int64, (n_sites,)
        Which protein a site belongs to.

    Returns
    -------
    array of int64, (n_enzymes,)
    """
    pairs = np.column_stack([proteins.astype(np.float64), np.round(effects, 9)])
    return _different(coefficients, np.unique(pairs, axis=0, return_inverse=True)[1].ravel())


def _different(coefficients: sparse.spmatrix, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many different labels the sites of each enzyme have."""
    weights = sparse.csc_matrix(coefficients)
    weights.eliminate_zeros()
    column = np.repeat(np.arange(weights.shape[1]), np.diff(weights.indptr))
    pairs = np.unique(np.column_stack([column, labels[weights.indices]]), axis=0)
    return np.bincount(pairs[:, 0], minlength=weights.shape[1]).astype(np.int64)


def _rank_p_values(weights: sparse.csc_matrix, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two-sided: twice the share of sites at least as far out as the mean of an enzyme's sites."""
    absolute = np.asarray(abs(weights).sum(axis=0)).ravel()
    mean = np.asarray(weights.T @ scores).ravel() / absolute
    # Scores lie symmetrically about zero, so that a mean of sites that count the other way has the same place.
    ordered, slack = np.sort(scores), 1e-9
    below = np.searchsorted(ordered, mean + slack, side="right")
    above = len(ordered) - np.searchsorted(ordered, mean - slack, side="left")
    return np.asarray(np.minimum(2.0 * np.maximum(np.minimum(below, above), 1) / len(ordered), 1.0))
