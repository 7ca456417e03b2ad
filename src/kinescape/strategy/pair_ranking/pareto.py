"""Pareto fronts: who is beaten on every count by somebody else, and who is not.

A pair of drugs that suppresses the tumour best, one that spares the normal cells best and one that promises
most synergy are all worth a look; one score would hide two of them. The first front holds every candidate
that no other beats; take it away, and what is then unbeaten is the second front, and so on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def dominates(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who dominates whom: at least as good on every count, and better on one.

    Parameters
    ----------
    values : (n, k) array
        One row a candidate, one column a count; higher is better.

    Returns
    -------
    (n, n) bool array
        True at [i, j] where i dominates j.
    """
    first, second = values[:, None, :], values[None, :, :]
    result: NDArray[np.bool_] = np.all(first >= second, axis=2) & np.any(first > second, axis=2)
    return result


def pareto_fronts(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of the front of each candidate, by non-dominated sorting.

    Parameters
    ----------
    values : (n, k) array
        One row a candidate, one column a count; higher is better. A column that is NaN for every candidate
        is no count at all and is left out. A candidate that lacks a value on a count which others have
        cannot be compared and gets no front.

    Returns
    -------
    (n,) int array
        1 for the unbeaten, 2 for those beaten only by front 1, ...; 0 where a candidate cannot be compared.

    References
    ----------
    Non-dominated sorting as in NSGA-II, doi:10.1109/4235.996017.

    Examples
    --------
    >>> import numpy as np
    >>> pareto_fronts(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])).tolist()
    [1, 1, 2]
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values must be an (n, k) array, not one of {table.ndim} dimensions")
    fronts = np.zeros(table.shape[0], dtype=np.int64)
    counted = ~np.all(np.isnan(table), axis=0) if table.shape[0] else np.zeros(table.shape[1], dtype=bool)
    table = table[:, counted]
    if table.shape[1] == 0:
        return fronts
    comparable = np.flatnonzero(~np.isnan(table).any(axis=1))
    beats = dominates(table[comparable])
    left = np.ones(comparable.size, dtype=bool)
    front = 0
    while left.any():
        front += 1
        unbeaten = left & ~beats[left].any(axis=0)
        fronts[comparable[unbeaten]] = front
        left &= ~unbeaten
    return fronts
