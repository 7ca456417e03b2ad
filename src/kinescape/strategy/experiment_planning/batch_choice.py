"""Which pairs make the next batch: those most likely to be synergistic, given what was tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.experiment_planning.pair_features import Floats, Integers
from kinescape.strategy.experiment_planning.pair_process import PairPosterior, PairProcess, spaced
from kinescape.strategy.experiment_planning.yields import (
    USUAL,
    Calibration,
    Yield,
    expected_yield,
    own_calibration,
    synergy_probability,
)

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
    ceiling : (k,) array
        The most that each pair's excess can be; infinite where there is no bound.
    """

    pairs: Integers
    probability: Floats
    expected: Yield
    posterior: PairPosterior
    process: PairProcess
    ceiling: Floats


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
    calibration: Calibration = USUAL,
    ceiling: Callable[[int], float] | None = None,
    reserved: Sequence[int] = (),
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
    calibration : Calibration
        From the other samples (`pair_calibration`); results of this sample then correct it.
    ceiling : callable, optional
        Gives the most that the excess of a pair can be; asked only of pairs that may be chosen.
    reserved : sequence of int
        Pairs that are taken first, in this order, whatever their chance.
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
    calibration = _own_record(used, tested, values, error, threshold, calibration)
    posterior = used.posterior(tested, values, error)
    hoped = posterior.mean + explore * np.sqrt(posterior.shared)
    score = synergy_probability(hoped, posterior.sd, threshold, calibration)
    first = np.array([pair for pair in dict.fromkeys(reserved) if allowed[pair]][:size], dtype=np.int64)
    candidates = np.setdiff1d(np.flatnonzero(allowed), first)
    # Far from the threshold the chances are all 0 or all 1: the expected excess then orders them.
    order = candidates[np.lexsort((candidates, -hoped[candidates], -score[candidates]))]
    bound = _Bound(hoped, posterior.sd, threshold, calibration, ceiling)
    chosen = np.concatenate([first, bound.best(order, score, size - first.size)])
    most = None if ceiling is None else np.array([ceiling(int(pair)) for pair in chosen])
    covariance = used.joint(tested, values, error, chosen) + np.diag(posterior.own[chosen])
    return BatchChoice(
        chosen,
        synergy_probability(
            posterior.mean[chosen], posterior.sd[chosen], threshold, calibration, ceiling=most
        ),
        expected_yield(
            posterior.mean[chosen],
            covariance,
            threshold,
            share=share,
            calibration=calibration,
            ceiling=most,
            seed=seed,
        ),
        posterior,
        used,
        most if most is not None else np.full(chosen.size, np.inf),
    )


@dataclass(frozen=True)
class _Bound:
    """Chances that cannot pass a ceiling, worked out for no more pairs than needed."""

    mean: Floats
    sd: Floats
    threshold: float
    calibration: Calibration
    ceiling: Callable[[int], float] | None

    def best(self, order: Integers, score: Floats, size: int) -> Integers:
        """The pairs of greatest chance; `order` holds them by their chance without a ceiling, which is never less."""
        if self.ceiling is None or size <= 0:
            return order[: max(size, 0)]
        found: list[tuple[float, int, int]] = []
        for place, pair in enumerate(order.tolist()):
            if len(found) >= size and sorted(found)[size - 1][0] <= -score[pair]:
                break
            at = slice(pair, pair + 1)
            chance = synergy_probability(
                self.mean[at],
                self.sd[at],
                self.threshold,
                self.calibration,
                ceiling=np.array([self.ceiling(pair)]),
            )
            found.append((-float(chance[0]), place, pair))
        return np.array([pair for _, _, pair in sorted(found)[:size]], dtype=np.int64)


def _own_record(
    process: PairProcess,
    tested: Integers,
    values: Floats,
    error: Floats,
    threshold: float,
    usual: Calibration,
) -> Calibration:
    """How far the sample's own results lie from what the other results led one to expect."""
    if tested.size < LEAST_TESTED:
        return usual
    kept = spaced(tested.size)
    mean, sd = process.left_out(tested[kept], values[kept], error[kept])
    return own_calibration((mean - threshold) / sd, values[kept] >= threshold, usual)
