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

from kinescape.strategy.experiment_planning.pair_features import DrugClasses, Floats, Integers, pair_features
from kinescape.strategy.experiment_planning.pair_process import PairProcess
from kinescape.strategy.experiment_planning.yields import USUAL, Calibration, own_calibration

USUAL_SCALE = {"fraction_of_control": 0.073, "growth_rate": 0.073, "log2_fold_change": 0.21, "z": 1.0}
"""Standard deviation of Bliss excess where no pair was measured, by scale. 0.073 is that of the four lines, 0.21
about the same at half the cells on the log2 scale."""
MEAN_WITHOUT = 0.38
RULE_CENTRE, RULE_SLOPE = 0.3, 0.47
ROOM_WEIGHT = 0.25
VARIANCES_WITHOUT = {
    "level": 0.041,
    "drugs": 0.148,
    "classes": 0.044,
    "class_pairs": 0.027,
    "class_by_group": 0.04,
    "drug_by_class": 0.066,
    "rule": 0.016,
}
OWN_WITHOUT = 0.408
VARIANCES_WITH = {
    "level": 0.094,
    "drugs": 0.096,
    "classes": 0.015,
    "class_pairs": 0.027,
    "class_by_group": 0.018,
    "drug_by_class": 0.037,
    "samples": 0.128,
}
OWN_WITH = 0.227
BETWEEN_SAMPLES = 0.77
"""Share of the variance of excess that differs between samples, used while fewer than three were screened."""
TOP_SHARE = 0.1
CALIBRATION_SAMPLES = 12
CALIBRATION_PAIRS = 2000
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
    return _of_blocks(blocks, usual_rule, others, scale)


def pair_calibration(
    first: Integers,
    second: Integers,
    classes: DrugClasses,
    rule_score: Floats,
    others: Floats,
    threshold: float,
    *,
    scale: float = USUAL_SCALE["fraction_of_control"],
) -> Calibration:
    """How well the prior states chances: each of some other samples in turn is taken as new.

    Parameters
    ----------
    first, second, classes, rule_score, others, scale
        As for `pair_prior`.
    threshold : float
        The excess from which a pair counts as synergistic.

    Returns
    -------
    Calibration
        From the `TOP_SHARE` of each sample's pairs that would have been chosen first; the usual one where fewer than
        three samples were screened.

    Notes
    -----
    At most `CALIBRATION_SAMPLES` samples and `CALIBRATION_PAIRS` pairs, evenly spaced.
    """
    n_samples = others.shape[1]
    if n_samples < 3:
        return USUAL
    kept = np.linspace(0, first.size - 1, min(first.size, CALIBRATION_PAIRS)).astype(np.int64)
    first, second, rule_score, others = first[kept], second[kept], rule_score[kept], others[kept]
    usual_rule = np.where(np.isfinite(rule_score), rule_score - RULE_CENTRE, 0.0)
    n_features = len(classes.names) * classes.member.shape[0]
    blocks = pair_features(first, second, classes, usual_rule, drug_by_class=n_features <= MOST_FEATURES)
    n_taken = min(n_samples, CALIBRATION_SAMPLES)
    steps, hits = [], []
    for sample in np.linspace(0, n_samples - 1, n_taken).astype(np.int64):
        values = others[:, sample]
        process = _of_blocks(blocks, usual_rule, np.delete(others, sample, axis=1), scale).process
        found = process.posterior(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
        u = (found.mean - threshold) / found.sd
        there = np.flatnonzero(np.isfinite(values))
        best = there[np.argsort(-u[there], kind="stable")[: max(int(TOP_SHARE * there.size), 1)]]
        steps.append(u[best])
        hits.append(values[best] >= threshold)
    return own_calibration(np.concatenate(steps), np.concatenate(hits))


def _of_blocks(
    blocks: dict[str, sparse.csr_matrix], usual_rule: Floats, others: Floats, scale: float
) -> PairPrior:
    n = usual_rule.size
    count = np.isfinite(others).sum(axis=1)
    if not count.any():
        return PairPrior(_without(blocks, usual_rule, scale), "L0", scale, np.full(n, np.nan), count)
    levels = np.nanmean(others, axis=0)
    centred = others - levels
    known = count > 0
    average = np.full(n, np.nan)
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
