"""How well an enzyme's sites agree on its score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import t as student

PRIOR_SITES = 3.0
"""How many sites' worth the spread of all measured sites counts beside the spread of the enzyme's own."""


def score_intervals(
    coefficients: sparse.spmatrix,
    effects: NDArray[np.float64],
    inflation: NDArray[np.float64],
    *,
    level: float = 0.90,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interval of Σ c x / s, from how far the enzyme's sites lie from their common effect.

    A site is taken as m ± residual, with m = Σ c x / Σ |c| the effect common to the enzyme's sites. The residual
    variance is that of the enzyme's n sites, with `PRIOR_SITES` sites' worth of the variance of all measured sites
    added (one site alone has no spread); Student's t at `PRIOR_SITES` + n − 1 degrees of freedom.

    Parameters
    ----------
    coefficients : sparse matrix, (n_sites, n_enzymes)
        What a measured site counts for an enzyme.
    effects : array of float64, (n_sites,)
        Measured effects, none missing.
    inflation : array of float64, (n_enzymes,)
        How much sites of one protein that go together raise the variance
        (`kinescape.assays.phospho.activities.activity_null.variance_inflation`).
    level : float
        Share of intervals that shall hold the score that an endless number of such sites would give.

    Returns
    -------
    low, high : array of float64, (n_enzymes,)
        In units of the score; nan where an enzyme has no site.
    """
    weights = sparse.csc_matrix(coefficients, dtype=np.float64)
    weights.eliminate_zeros()
    spread = float(np.std(effects, ddof=1))
    count = np.diff(weights.indptr).astype(np.float64)
    occupied = count > 0
    absolute = np.asarray(abs(weights).sum(axis=0)).ravel()
    squares = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
    score = np.asarray(weights.T @ effects).ravel()
    common = np.divide(score, absolute, out=np.zeros_like(score), where=occupied)
    column = np.repeat(np.arange(weights.shape[1]), np.diff(weights.indptr))
    residual = effects[weights.indices] - np.sign(weights.data) * common[column]
    own = np.bincount(column, weights=weights.data**2 * residual**2, minlength=len(score)).astype(float)
    # Weighted mean square times n: the plain sum of squares where all the weights are equal.
    own = np.divide(own * count, squares, out=np.zeros_like(own), where=occupied)
    degrees = PRIOR_SITES + np.maximum(count, 1.0) - 1.0
    variance = (PRIOR_SITES * spread**2 + own) / degrees
    half = student.ppf(0.5 + level / 2, degrees) * np.sqrt(variance * squares * inflation) / spread
    centre = score / spread
    return np.where(occupied, centre - half, np.nan), np.where(occupied, centre + half, np.nan)
