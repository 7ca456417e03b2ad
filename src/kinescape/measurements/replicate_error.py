"""Replicate error where replicates are few: each condition's variance, steadied by that of the others.

Three replicates give a variance with two degrees of freedom: by chance tiny here and huge there. The
variances of all the conditions of one readout tell what is usual, and each is drawn towards it (limma's
moderation). A condition with one replicate takes the usual variance; a readout without any replicate has none
to take.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, polygamma

Floats = NDArray[np.float64]
_MANY = 1e6


@dataclass(frozen=True)
class ReplicateError:
    """Steadied standard errors.

    Parameters
    ----------
    se : (n,) array
        Standard error of each mean; NaN where nothing is known.
    degrees : (n,) array
        Degrees of freedom; 0 where nothing is known.
    own : (n,) bool array
        False where a condition has one replicate and borrows the usual variance.
    """

    se: Floats
    degrees: Floats
    own: NDArray[np.bool_]


def moderated_error(se: ArrayLike, n: ArrayLike) -> ReplicateError:
    """Steady the standard errors of many conditions of one readout.

    Parameters
    ----------
    se : (n_conditions,) array
        Standard error over independent replicates; NaN where there is one.
    n : (n_conditions,) array
        Independent replicates.

    Notes
    -----
    s̃² = (d₀ s₀² + d s²) / (d₀ + d) with d₀ + d degrees of freedom; s₀² and d₀ by the moments of log s². With
    fewer than three replicated conditions the pooled variance is used for all (d₀ not estimable).

    References
    ----------
    Smyth 2004, doi:10.2202/1544-6115.1027.

    Examples
    --------
    >>> moderated_error([0.1, float("nan")], [3, 1]).own.tolist()
    [True, False]
    """
    errors, counts = np.asarray(se, dtype=np.float64), np.asarray(n, dtype=np.float64)
    own = np.isfinite(errors) & (counts > 1)
    degrees = np.where(own, counts - 1, 0.0)
    with np.errstate(invalid="ignore"):
        variance = np.where(own, errors**2 * counts, 0.0)
    total = float(degrees.sum())
    if total == 0:
        return ReplicateError(np.full_like(errors, np.nan), np.zeros_like(errors), own)
    usual, strength = usual_variance(variance[own], degrees[own])
    together = strength + degrees
    steadied = (strength * usual + degrees * variance) / together
    # No condition may claim more degrees of freedom than all the replicates together have.
    return ReplicateError(np.sqrt(steadied / counts), np.minimum(together, total), own)


def usual_variance(variance: Floats, degrees: Floats) -> tuple[float, float]:
    """The usual variance s₀² and its weight d₀ in degrees of freedom.

    Parameters
    ----------
    variance : (n,) array
        Sample variances.
    degrees : (n,) array
        Their degrees of freedom.

    Returns
    -------
    tuple of float
        s₀² and d₀; d₀ is a million where the variances differ no more than by chance.
    """
    pooled = float(np.sum(degrees * variance) / np.sum(degrees))
    positive = variance > 0
    if positive.sum() < 3 or pooled == 0:
        return pooled, _MANY
    logs, half = np.log(variance[positive]), degrees[positive] / 2
    centred = logs - digamma(half) + np.log(half)
    spread = float(np.var(centred, ddof=1) - np.mean(polygamma(1, half)))
    if spread <= 0:
        return pooled, _MANY
    d0 = 2 * _inverse_trigamma(spread)
    s0 = float(np.exp(np.mean(centred) + digamma(d0 / 2) - np.log(d0 / 2)))
    return s0, d0


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(y) = value by Newton's iteration on 1/trigamma, as Smyth's appendix does."""
    y = 0.5 + 1.0 / value
    for _ in range(50):
        tri = float(polygamma(1, y))
        step = tri * (1 - tri / value) / float(polygamma(2, y))
        y += step
        if abs(step) < 1e-10 * y:
            break
    return y
