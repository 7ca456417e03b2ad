"""How many synergies a batch of tests is expected to bring, with an interval.

The tests of a batch share what is not yet known (a drug's level, a class), so that their outcomes hang together: the
number found is drawn from the joint distribution rather than from independent chances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from kinescape.foundation.randomness import generator

Floats = NDArray[np.float64]
DRAWS = 2000
SHIFT, SLOPE = -0.30, 0.87
"""Excess has a long tail downward and a short one upward, so that a normal tail promises too much: the chance is
Phi(SHIFT + SLOPE u) where u is the distance from the threshold in standard deviations. Fitted on the four development
lines of `benchmarks/next_experiment_constants.py`, where it was the same with and without other samples."""


@dataclass(frozen=True)
class Yield:
    """Expected number of synergies.

    Parameters
    ----------
    mean : float
        Sum of the probabilities.
    low, high : int
        Interval of the number found.
    share : float
        Probability that the interval is meant to hold, such as 0.8.
    of : int
        Tests in the batch.
    """

    mean: float
    low: int
    high: int
    share: float
    of: int

    @property
    def text(self) -> str:
        """In words."""
        noun = "pair" if self.of == 1 else "pairs"
        return (
            f"of these {self.of} {noun} expect {self.mean:.1f} synergistic; "
            f"{self.share:.0%} interval {self.low}–{self.high}"
        )


def synergy_probability(mean: Floats, sd: Floats, threshold: float) -> Floats:
    """Calibrated probability that the excess of each pair reaches the threshold.

    Parameters
    ----------
    mean, sd : (n,) arrays
        Of the excess that a test would show.
    threshold : float
        The excess from which a pair counts as synergistic.

    Examples
    --------
    >>> import numpy as np
    >>> synergy_probability(np.array([0.1]), np.array([0.05]), 0.1).round(2).tolist()
    [0.38]
    """
    result: Floats = norm.cdf(_steps(mean, sd, threshold))
    return result


def _steps(mean: Floats, sd: Floats, threshold: float) -> Floats:
    """Calibrated distance above the threshold in standard deviations."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (mean - threshold) / sd
    certain = np.where(mean >= threshold, np.inf, -np.inf)
    result: Floats = np.where(sd > 0, SHIFT + SLOPE * steps, certain)
    return result


def expected_yield(
    mean: Floats, covariance: Floats, threshold: float, *, share: float = 0.8, seed: int = 0
) -> Yield:
    """Number of synergies in a batch.

    Parameters
    ----------
    mean : (n,) array
        Expected excess of each pair.
    covariance : (n, n) array
        Joint covariance of the excess that tests would show.
    threshold : float
    share : float
        Probability held by the interval.
    seed : int

    Returns
    -------
    Yield

    Raises
    ------
    ValueError
        Where `share` is no probability.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}")
    n = mean.size
    if n == 0:
        return Yield(0.0, 0, 0, share, 0)
    sd = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scaled = covariance / np.outer(np.where(sd > 0, sd, 1.0), np.where(sd > 0, sd, 1.0))
    values, vectors = np.linalg.eigh(scaled)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = generator(seed, "expected yield").standard_normal((DRAWS, n)) @ root.T
    counts = np.sum(drawn + _steps(mean, sd, threshold) > 0, axis=1)
    low, high = np.quantile(counts, [(1 - share) / 2, (1 + share) / 2], method="nearest")
    total = synergy_probability(mean, sd, threshold).sum()
    return Yield(float(total), int(low), int(high), share, n)
