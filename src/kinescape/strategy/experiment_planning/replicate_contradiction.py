"""Whether the replicates of a condition contradict each other: scatter far beyond that of the other conditions.

A pair that was measured twice under one name reaches the table as one mean. Where one experiment found more than
expected and the other less, the mean says "as expected" and only the scatter tells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2
from scipy.stats import f as f_distribution

LEVEL = 0.05
"""Chance that any condition of a sample is called scattered where all scatter alike."""


def scattered_replicates(se: ArrayLike, n: ArrayLike, least: float) -> NDArray[np.bool_]:
    """Conditions whose replicates lie further apart than those of the others, and far enough to matter.

    Parameters
    ----------
    se : (n_conditions,) array
        Standard error of each mean over independent replicates; NaN where there is one.
    n : (n_conditions,) array
        Independent replicates.
    least : float
        Standard deviation between replicates below which scatter does not matter, in the unit of the measurements.

    Returns
    -------
    (n_conditions,) bool array

    Notes
    -----
    The usual variance is the median over conditions of s² d / median(chi²_d), which a few torn conditions do not move.
    A condition is scattered where s² over it passes the F bound at `LEVEL` divided by the number of conditions
    (Bonferroni), and s reaches `least`.

    Examples
    --------
    >>> scattered_replicates([0.02, 0.03, 0.025, 0.4], [3, 3, 3, 3], 0.1).tolist()
    [False, False, False, True]
    """
    errors, counts = np.asarray(se, dtype=np.float64), np.asarray(n, dtype=np.float64)
    found = np.zeros(errors.shape, dtype=bool)
    used = np.isfinite(errors) & (counts > 1)
    if used.sum() < 3:
        return found
    degrees = counts[used] - 1
    variance = counts[used] * errors[used] ** 2
    # Few numbers of replicates occur: quantiles are worked out once for each.
    distinct, which = np.unique(degrees, return_inverse=True)
    usual = float(np.median(variance * (distinct / chi2.ppf(0.5, distinct))[which]))
    bound = f_distribution.isf(LEVEL / used.sum(), distinct, degrees.sum())[which]
    found[used] = (variance > usual * bound) & (variance >= least**2)
    return found
