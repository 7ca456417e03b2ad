"""Which pairs make the next batch: those most likely to be synergistic, given what was tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.pair_features import Floats, Integers
from kinescape.strategy.pair_process import PairPosterior, PairProcess
from kinescape.strategy.yields import Yield, expected_yield, synergy_probability

LEAST_TESTED = 10
"""Tested pairs from which on the variances follow their evidence."""


@dataclass(frozen=True)
class BatchChoice:
    """A batch of pairs to test.

    Parameters
    ----------
    pairs : (k,) int array
        Positions, best first.
    probability : (k,) array
        That each one's excess reaches the threshold.
    expected : Yield
        Of the batch.
    posterior : PairPosterior
        Of all pairs.
    process : PairProcess
        With the variances used.
    """

    pairs: Integers
    probability: Floats
    expected: Yield
    posterior: PairPosterior
    process: PairProcess


def next_batch(
    process: PairProcess,
    tested: Integers,
    values: Floats,
    error: Floats,
    *,
    allowed: NDArray[np.bool_],
    size: int,
    threshold: float,
    explore: float = 0.0,
    share: float = 0.8,
    seed: int = 0,
) -> BatchChoice:
    """Choose the next pairs.

    Parameters
    ----------
    process : PairProcess
        The prior.
    tested : (n,) int array
        Positions of the tested pairs.
    values, error : (n,) arrays
        Their excess, and its replicate variance (0 where unknown).
    allowed : (n_pairs,) bool array
        Pairs that may be chosen.
    size : int
        Pairs wanted; fewer come where fewer are allowed.
    threshold : float
        The excess from which a pair counts as synergistic.
    explore : float
        0 takes the likeliest synergies; more adds that many standard deviations of what other pairs could still
        teach to the expected excess. A doubtful pair already gains by its doubt wherever the expected excess is
        below the threshold, so that 0 explores too.
    share : float
        Probability held by the yield's interval.
    seed : int
        Of the draws behind that interval; the choice itself draws nothing.

    Returns
    -------
    BatchChoice

    Raises
    ------
    ValueError
        Where `size` or `explore` is negative.
    """
    if size < 0 or explore < 0:
        raise ValueError("the size of a batch and the weight of exploration cannot be negative")
    used = process.fitted(tested, values, error) if tested.size >= LEAST_TESTED else process
    posterior = used.posterior(tested, values, error)
    hoped = posterior.mean + explore * np.sqrt(posterior.shared)
    score = synergy_probability(hoped, posterior.sd, threshold)
    candidates = np.flatnonzero(allowed)
    # Far from the threshold the chances are all 0 or all 1: the expected excess then orders them.
    order = np.lexsort((candidates, -hoped[candidates], -score[candidates]))
    chosen = candidates[order[:size]]
    covariance = used.joint(tested, values, error, chosen) + np.diag(posterior.own[chosen])
    return BatchChoice(
        chosen,
        synergy_probability(posterior.mean[chosen], posterior.sd[chosen], threshold),
        expected_yield(posterior.mean[chosen], covariance, threshold, share=share, seed=seed),
        posterior,
        used,
    )
