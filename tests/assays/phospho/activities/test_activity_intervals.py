"""Intervals of scores hold the score that many such sites would give, as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from kinescape.assays.phospho.activities.activity_intervals import score_intervals


@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_ninety_percent_cover_the_true_score(size: int) -> None:
    random = np.random.default_rng(size)
    n_sites, n_enzymes, held = 4000, 60, []
    for _ in range(25):
        effects = random.standard_t(5, size=n_sites)
        rows = random.choice(n_sites, (n_enzymes, size), replace=n_enzymes * size > n_sites)
        common = random.normal(0, 0.8, n_enzymes)
        values = effects.copy()
        for enzyme in range(n_enzymes):
            values[rows[enzyme]] = common[enzyme] + random.standard_t(5, size=size)
        weight = 1 / np.sqrt(size + 10)
        matrix = sparse.csc_matrix(
            (np.full(rows.size, weight), (rows.ravel(), np.repeat(np.arange(n_enzymes), size))),
            shape=(n_sites, n_enzymes),
        )
        low, high = score_intervals(matrix, values, np.ones(n_enzymes))
        truth = common * size * weight / np.std(values, ddof=1)
        held.append((low <= truth) & (truth <= high))
    # One or two sites say little of their own spread, so their intervals are on the careful side.
    assert 0.87 <= np.mean(held) <= (0.985 if size < 5 else 0.96)


def test_the_score_lies_in_the_middle_and_more_level_is_wider() -> None:
    effects = np.array([1.0, 2.0, -1.0, 0.5, 0.1, -0.2])
    matrix = sparse.csc_matrix(np.array([[1.0], [1.0], [-1.0], [0], [0], [0]]))
    low, high = score_intervals(matrix, effects, np.ones(1))
    wider_low, wider_high = score_intervals(matrix, effects, np.ones(1), level=0.99)
    assert (low[0] + high[0]) / 2 == pytest.approx(4.0 / np.std(effects, ddof=1))
    assert wider_low[0] < low[0] < high[0] < wider_high[0]


def test_proteins_that_go_together_widen_it() -> None:
    effects = np.linspace(-1, 1, 12)
    matrix = sparse.csc_matrix(np.r_[np.ones(4), np.zeros(8)][:, None])
    narrow = np.ptp(np.r_[score_intervals(matrix, effects, np.ones(1))])
    wide = np.ptp(np.r_[score_intervals(matrix, effects, np.full(1, 4.0))])
    assert wide == pytest.approx(2 * narrow)


def test_no_site_no_interval() -> None:
    low, high = score_intervals(sparse.csc_matrix((5, 1)), np.arange(5.0), np.ones(1))
    assert np.isnan(low[0]) and np.isnan(high[0])
