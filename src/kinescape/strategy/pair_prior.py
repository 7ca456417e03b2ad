"""What is expected of pairs before they are tested in this sample: rules alone, or rules and other samples.

The constants were set by the evidence of four lines of O'Neil's screen (`benchmarks/next_experiment_constants.py`,
which also prints them); those lines are left out of every figure that the project reports. They are in units of the
screen's scale, the standard deviation of excess within a sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kinescape.strategy.pair_features import DrugClasses, Floats, Integers, pair_features
from kinescape.strategy.pair_process import PairProcess

USUAL_SCALE = {"fraction_of_control": 0.073, "growth_rate": 0.073, "log2_fold_change": 0.21, "z": 1.0}
"""Standard deviation of Bliss excess where no pair was measured, by scale. 0.073 is that of the four lines, 0.21
about the same at half the cells on the log2 scale."""
MEAN_WITHOUT = 0.39
RULE_CENTRE, RULE_SLOPE = 0.3, 0.42
ROOM_WEIGHT = 0.25
VARIANCES_WITHOUT = {
    "level": 0.039,
    "drugs": 0.149,
    "classes": 0.053,
    "class_pairs": 0.09,
    "drug_by_class": 0.066,
    "rule": 0.036,
}
OWN_WITHOUT = 0.408
VARIANCES_WITH = {
    "level": 0.094,
    "drugs": 0.096,
    "classes": 0.017,
    "class_pairs": 0.052,
    "drug_by_class": 0.037,
    "samples": 0.132,
}
OWN_WITH = 0.227
BETWEEN_SAMPLES = 0.77
"""Share of the variance of excess that differs between samples, used while fewer than three were screened."""
MOST_FEATURES = 4000
"""Drugs beside classes become features of their own as long as there are no more of them than this."""


@dataclass(frozen=True)
class PairPrior:
    """The prior over pairs, and how it came about.

    Parameters
    ----------
    process : PairProcess
    level : {"L0", "L1"}
        Rules and single drugs, or other samples' screens too.
    scale : float
        Standard deviation of excess that the constants are multiplied by.
    usual : (n_pairs,) array
        What other samples lead one to expect; NaN where no other sample measured the pair.
    samples_with : (n_pairs,) int array
        In how many other samples each pair was measured.
    """

    process: PairProcess
    level: str
    scale: float
    usual: Floats
    samples_with: Integers


def pair_prior(
    first: Integers,
    second: Integers,
    classes: DrugClasses,
    rule_score: Floats,
    others: Floats,
    *,
    room: Floats | None = None,
    scale: float = USUAL_SCALE["fraction_of_control"],
) -> PairPrior:
    """The prior of one sample's pairs.

    Parameters
    ----------
    first, second : (n_pairs,) int arrays
        Positions of the drugs.
    classes : DrugClasses
    rule_score : (n_pairs,) array
        Score of the rule; NaN where a target is unknown.
    others : (n_pairs, n_samples) array
        Excess in other samples, NaN where not measured; no column where there is none.
    room : (n_pairs,) array, optional
        z score of the single-agent room; NaN where unknown.
    scale : float
        Standard deviation of excess to take where other samples do not say.
    """
    usual_rule = np.where(np.isfinite(rule_score), rule_score - RULE_CENTRE, 0.0)
    if room is not None:
        usual_rule = usual_rule + ROOM_WEIGHT * np.where(np.isfinite(room), room, 0.0)
    n_features = len(classes.names) * classes.member.shape[0]
    blocks = pair_features(first, second, classes, usual_rule, drug_by_class=n_features <= MOST_FEATURES)
    count = np.isfinite(others).sum(axis=1)
    if not count.any():
        return PairPrior(_without(blocks, usual_rule, scale), "L0", scale, np.full(first.size, np.nan), count)
    levels = np.nanmean(others, axis=0)
    centred = others - levels
    known = count > 0
    average = np.full(first.size, np.nan)
    average[known] = np.nansum(centred[known], axis=1) / count[known]
    spread = centred - average[:, None]
    scale = float(np.sqrt(np.nanmean(centred**2))) or scale
    degrees = int(count.sum() - known.sum())
    between = float(np.nansum(spread**2) / degrees) if degrees >= 20 else BETWEEN_SAMPLES * scale**2
    # What samples have in common, smoothed over pairs: few samples are trusted less, and a pair that none
    # measured is expected to do what its drugs and classes do.
    common = _without(blocks, usual_rule, scale)
    tested = np.flatnonzero(known)
    grand = float(levels.mean())
    found = common.posterior(tested, average[tested] + grand, between / count[tested])
    variances = {name: size * scale**2 for name, size in VARIANCES_WITH.items()}
    # A level is learnt from the other samples, and less surely from few of them.
    if others.shape[1] > 2:
        variances["samples"] = VARIANCES_WITH["samples"]
        blocks = blocks | {
            "samples": sparse.csr_matrix(
                np.where(np.isfinite(spread), spread, 0.0) / np.sqrt(others.shape[1])
            )
        }
    else:
        variances.pop("samples")
    own = OWN_WITH * scale**2 + found.own + np.where(known, 0.0, found.shared)
    return PairPrior(PairProcess(blocks, found.mean, variances, own), "L1", scale, average + grand, count)


def _without(blocks: dict[str, sparse.csr_matrix], rule: NDArray[np.float64], scale: float) -> PairProcess:
    variances = {name: size * scale**2 for name, size in VARIANCES_WITHOUT.items()}
    mean = scale * (MEAN_WITHOUT + RULE_SLOPE * rule)
    return PairProcess(blocks, mean, variances, np.full(rule.size, OWN_WITHOUT * scale**2))
