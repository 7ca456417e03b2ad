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
    """Probability that the excess of each pair reaches the threshold.

    Parameters
    ----------
    mean, sd : (n,) arrays
        Of the excess that a test would show.
    threshold : float
        The excess from which a pair counts as synergistic.

    Examples
    --------
    >>> import numpy as np
    >>> synergy_probability(np.array([0.1]), np.array([0.05]), 0.1).tolist()
    [0.5]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (mean - threshold) / sd
    result: Floats = np.where(sd > 0, norm.cdf(steps), (mean >= threshold).astype(float))
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
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = generator(seed, "expected yield").standard_normal((DRAWS, n)) @ root.T + mean
    counts = np.sum(drawn >= threshold, axis=1)
    low, high = np.quantile(counts, [(1 - share) / 2, (1 + share) / 2], method="nearest")
    total = synergy_probability(mean, np.sqrt(np.diag(covariance)), threshold).sum()
    return Yield(float(total), int(low), int(high), share, n)
