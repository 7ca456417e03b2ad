"""How many synergies a batch of tests is expected to bring, with an interval.

The tests of a batch share what is not yet known (a drug's level, a class), so that their outcomes hang together: the
number found is drawn from the joint distribution rather than from independent chances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm, truncnorm

from kinescape.foundation.randomness import generator

Floats = NDArray[np.float64]
DRAWS = 2000
SHIFT, SLOPE = -0.30, 0.87
SHIFT_SPREAD = 0.13


@dataclass(frozen=True)
class Calibration:
    """How a distance from the threshold becomes a chance: Phi(shift + slope u), u in standard deviations.

    Excess has a long tail downward and a short one upward, so that a normal tail promises too much. The usual values
    were fitted on the four development lines of `benchmarks/next_experiment_constants.py`, where they were the same
    with and without other samples; `SHIFT_SPREAD` is how far the shift of one line lies from that of the others.
    """

    shift: float = SHIFT
    slope: float = SLOPE


USUAL = Calibration()


def own_calibration(steps: Floats, hit: NDArray[np.bool_], usual: Calibration = USUAL) -> Calibration:
    """The calibration that the tested pairs of a sample speak for, drawn to the usual one.

    Parameters
    ----------
    steps : (n,) array
        Distance of each tested pair above the threshold, in standard deviations, as the other tested pairs led one
        to expect.
    hit : (n,) bool array
        Whether its excess reached the threshold.
    usual : Calibration

    Returns
    -------
    Calibration
        With the slope of `usual`, and the shift of greatest posterior density, its prior centred on the usual shift
        with standard deviation `SHIFT_SPREAD`.

    Examples
    --------
    >>> import numpy as np
    >>> own_calibration(np.zeros(50), np.ones(50, dtype=bool)).shift > SHIFT
    True
    """
    kept = np.isfinite(steps)
    at, found = usual.slope * steps[kept], hit[kept]

    def lost(shift: float) -> float:
        u = shift + at
        fit = np.where(found, norm.logcdf(u), norm.logsf(u)).sum()
        return float(0.5 * ((shift - usual.shift) / SHIFT_SPREAD) ** 2 - fit)

    best = minimize_scalar(lost, bounds=(usual.shift - 1.0, usual.shift + 1.0), method="bounded")
    return Calibration(float(best.x), usual.slope)


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
        these = "this pair" if self.of == 1 else f"these {self.of} pairs"
        return (
            f"of {these} expect {self.mean:.1f} synergistic; "
            f"{100 * self.share:.0f} % interval {self.low}–{self.high}"
        )


def synergy_probability(
    mean: Floats,
    sd: Floats,
    threshold: float,
    calibration: Calibration = USUAL,
    *,
    ceiling: Floats | None = None,
) -> Floats:
    """Calibrated probability that the excess of each pair reaches the threshold.

    Parameters
    ----------
    mean, sd : (n,) arrays
        Of the excess that a test would show.
    threshold : float
        The excess from which a pair counts as synergistic.
    calibration : Calibration
    ceiling : (n,) array, optional
        The most that the excess can be (what two independent drugs leave alive); infinite or NaN where it has no
        bound. The distribution ends there.

    Examples
    --------
    >>> import numpy as np
    >>> synergy_probability(np.array([0.1]), np.array([0.05]), 0.1).round(2).tolist()
    [0.38]
    """
    chance: Floats = norm.cdf(_steps(mean, sd, threshold, calibration))
    if ceiling is None:
        return chance
    top = np.where(np.isnan(ceiling), np.inf, ceiling)
    # log of the chances to stay below the ceiling and below the threshold: both may be very small
    with np.errstate(over="ignore", invalid="ignore"):
        below_top = norm.logsf(_steps(mean, sd, top, calibration))
        below = norm.logsf(_steps(mean, sd, threshold, calibration))
        left: Floats = -np.expm1(np.minimum(below - below_top, 0.0))
    return np.where(top <= threshold, 0.0, np.where(np.isfinite(top), np.nan_to_num(left), chance))


def bounded_excess(
    mean: float, sd: float, ceiling: float, *, half_width: float
) -> tuple[float, float, float]:
    """Mean and interval of an excess that cannot pass a ceiling.

    Parameters
    ----------
    mean, sd : float
        Of the excess without the ceiling.
    ceiling : float
        Infinite or NaN where there is none.
    half_width : float
        Standard deviations on each side of the mean that the interval of a normal distribution would hold.

    Returns
    -------
    tuple of float
        Mean, low, high.

    Examples
    --------
    >>> [round(value, 2) for value in bounded_excess(0.1, 0.1, 0.12, half_width=1.645)]
    [0.03, -0.09, 0.11]
    """
    if not np.isfinite(ceiling) or sd <= 0:
        return mean, mean - half_width * sd, mean + half_width * sd
    cut = truncnorm(-np.inf, (ceiling - mean) / sd, loc=mean, scale=sd)
    tail = float(norm.cdf(-half_width))
    low, high = cut.ppf([tail, 1 - tail])
    return float(cut.mean()), float(low), float(min(high, ceiling))


def _steps(mean: Floats, sd: Floats, threshold: float | Floats, calibration: Calibration) -> Floats:
    """Calibrated distance above the threshold in standard deviations."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (mean - threshold) / sd
    certain = np.where(mean >= threshold, np.inf, -np.inf)
    result: Floats = np.where(sd > 0, calibration.shift + calibration.slope * steps, certain)
    return result


def expected_yield(
    mean: Floats,
    covariance: Floats,
    threshold: float,
    *,
    share: float = 0.8,
    calibration: Calibration = USUAL,
    ceiling: Floats | None = None,
    seed: int = 0,
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
    calibration, ceiling
        As for `synergy_probability`.
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
    chance = synergy_probability(mean, sd, threshold, calibration, ceiling=ceiling)
    counts = np.sum(drawn + norm.ppf(chance) > 0, axis=1)
    low, high = np.quantile(counts, [(1 - share) / 2, (1 + share) / 2], method="nearest")
    return Yield(float(chance.sum()), int(low), int(high), share, n)
