"""Where MuSyC fits start: from the two single-drug curves, and from an even spread of other surfaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.drug_curve import log_doses
from kinescape.assays.viability.combination_scoring.musyc_problem import MusycProblem, with_plateaus
from kinescape.assays.viability.combination_scoring.single_curves import SingleCurves

Floats = NDArray[np.float64]

_CANDIDATES = 120
_EACH_QUADRANT = 6
_SPREAD_DOSE, _SPREAD_ALPHA = 1.8, 8.0
_SPREAD_SLOPE = (np.log(0.4), np.log(8.0))


def starts_from_curves(problem: MusycProblem, curves: SingleCurves) -> Floats:
    """Starting surfaces (n, 2, 10) from the single-drug curves."""
    reach_first, reach_second = log_doses(problem.first).max(axis=1), log_doses(problem.second).max(axis=1)
    own = np.zeros((problem.viability.shape[0], 10))
    own[:, 4] = np.clip(np.round(curves.first.log_middle - problem.shift_first, 9), -reach_first, reach_first)
    own[:, 5] = np.clip(
        np.round(curves.second.log_middle - problem.shift_second, 9), -reach_second, reach_second
    )
    own[:, 6] = np.clip(np.log(curves.first.slope), *_SPREAD_SLOPE)
    own[:, 7] = np.clip(np.log(curves.second.slope), *_SPREAD_SLOPE)
    kept = []
    for alpha in (0.0, 1.5):
        own[:, 8:] = alpha
        kept.append(with_plateaus(own, problem)[0])
    return np.stack(kept, axis=1)


def starts_from_spread(problem: MusycProblem, again: int) -> Floats:
    """Starting surfaces (n, many, 10): the best of an even spread of others, another part of it each time.

    The best of each quadrant of (alpha12, alpha21) are kept: surfaces of opposite synergy can fit nearly as well, and
    the better one is only known at the end.
    """
    reach_first, reach_second = log_doses(problem.first).max(axis=1), log_doses(problem.second).max(axis=1)
    spread = _even_spread(_CANDIDATES * (again + 1))[_CANDIDATES * again :]
    quadrant = (spread[:, 4] > 0.5) * 2 + (spread[:, 5] > 0.5)
    kept = []
    for which in range(4):
        tried, errors = [], []
        for unit in spread[quadrant == which]:
            start = np.zeros((problem.viability.shape[0], 10))
            start[:, 4] = _SPREAD_DOSE * reach_first * (2 * unit[0] - 1)
            start[:, 5] = _SPREAD_DOSE * reach_second * (2 * unit[1] - 1)
            start[:, 6:8] = _SPREAD_SLOPE[0] + unit[2:4] * (_SPREAD_SLOPE[1] - _SPREAD_SLOPE[0])
            start[:, 8:] = _SPREAD_ALPHA * (2 * unit[4:6] - 1)
            made, squares = with_plateaus(start, problem)
            tried.append(made)
            errors.append(squares)
        order = np.argsort(np.stack(errors, axis=1), axis=1, kind="stable")[:, :_EACH_QUADRANT]
        kept.append(np.take_along_axis(np.stack(tried, axis=1), order[:, :, None], axis=1))
    return np.concatenate(kept, axis=1)


def _even_spread(count: int) -> Floats:
    """Points (count, 6) that fill the unit cube evenly: multiples of powers of the generalised golden ratio."""
    ratio = 1.5
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / 7)
    return np.asarray((0.5 + np.outer(np.arange(1, count + 1), ratio ** -np.arange(1.0, 7.0))) % 1)
