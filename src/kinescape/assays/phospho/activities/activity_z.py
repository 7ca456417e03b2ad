"""The core of kinase activities: the mean effect on an enzyme's sites, in units of its chance spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def activity_scores(
    effects: NDArray[np.float64],
    relations: sparse.spmatrix | NDArray[np.float64],
    *,
    shrinkage: float = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """z of the sites of every enzyme in every experiment: mean × √n over the spread of all measured sites.

    z = Σ w x / (s √(Σ w² + k)), over the measured sites of the enzyme; s is the standard deviation (n − 1) of every
    measured site of the experiment, k the shrinkage. With weights of +1 and k = 0 this is mean × √n / s. An enzyme
    whose sites go up in a chance draw as often as down has a z of variance 1, whatever n is, as long as k is 0.

    Parameters
    ----------
    effects : array of float64, (n_sites, n_experiments)
        Log2 fold changes; nan where a site was not measured. A zero is a measured zero.
    relations : sparse matrix or array, (n_sites, n_enzymes)
        +1 where the enzyme phosphorylates the site, −1 where it takes the phosphate off, 0 elsewhere; other
        numbers weigh.
    shrinkage : float
        How many sites of no effect every enzyme is given: an enzyme of few sites then needs a larger effect.

    Returns
    -------
    scores : array of float64, (n_enzymes, n_experiments)
        Positive where the enzyme is more active; nan where none of its sites was measured, or where the measured
        sites of the experiment do not vary.
    counts : array of int64, (n_enzymes, n_experiments)
        Measured sites of the enzyme.

    References
    ----------
    Casado et al. 2013 (kinase-substrate enrichment), restated in doi:10.1007/978-1-4939-7493-1_6.

    Examples
    --------
    >>> import numpy as np
    >>> effects = np.array([[2.0], [2.0], [-1.0], [-3.0]])
    >>> scores, counts = activity_scores(effects, np.array([[1.0], [1.0], [0.0], [0.0]]))
    >>> round(float(scores[0, 0]), 3), int(counts[0, 0])
    (1.155, 2)
    """
    values = np.asarray(effects, dtype=np.float64)
    weights = sparse.csc_matrix(relations, dtype=np.float64)
    if values.ndim != 2 or weights.shape[0] != values.shape[0]:
        raise ValueError(
            f"effects {values.shape} and relations {weights.shape} must have the same number of sites as rows"
        )
    transposed = weights.T.tocsr()
    transposed.eliminate_zeros()
    # Only the sites of some enzyme are multiplied; of the others the spread alone is needed.
    used = np.unique(transposed.indices)
    transposed = transposed[:, used]
    own = values[used]
    measured = np.isfinite(own)
    total = transposed @ np.where(measured, own, 0.0)
    present = measured.astype(np.float64)
    squares = transposed.multiply(transposed).tocsr() @ present
    occupied = transposed.copy()
    occupied.data = np.ones_like(occupied.data)
    counts = np.rint(occupied @ present).astype(np.int64)
    spread = measured_spread(values)
    scores = np.full(total.shape, np.nan)
    denominator = spread[None, :] * np.sqrt(squares + shrinkage)
    np.divide(total, denominator, out=scores, where=(counts > 0) & (denominator > 0))
    return scores, counts


def measured_spread(effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation (n − 1) of the measured sites of every experiment; nan where fewer than two were measured.

    Parameters
    ----------
    effects : array of float64, (n_sites, n_experiments)
        nan where not measured.

    Returns
    -------
    array of float64, (n_experiments,)
    """
    # A column at a time: its measured sites alone are touched, and fit the cache.
    spread = np.full(effects.shape[1], np.nan)
    for column in range(effects.shape[1]):
        values = effects[:, column]
        values = values[np.isfinite(values)]
        if len(values) > 1:
            spread[column] = np.std(values, ddof=1)
    return spread
