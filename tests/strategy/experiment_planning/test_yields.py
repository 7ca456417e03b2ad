import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from kinescape.strategy.experiment_planning.yields import (
    SHIFT,
    SLOPE,
    bounded_excess,
    expected_yield,
    own_calibration,
    synergy_probability,
)


def test_probability_is_the_calibrated_normal_tail() -> None:
    found = synergy_probability(np.array([0.0, 0.2]), np.array([0.1, 0.1]), 0.1)
    np.testing.assert_allclose(found, norm.cdf(SHIFT + SLOPE * np.array([-1.0, 1.0])))


def test_a_certain_pair_is_certain() -> None:
    assert synergy_probability(np.array([0.05, 0.2]), np.zeros(2), 0.1).tolist() == [0.0, 1.0]
    sure = expected_yield(np.array([0.05, 0.2, 0.3]), np.zeros((3, 3)), 0.1)
    assert (sure.mean, sure.low, sure.high) == (2.0, 2, 2)


def test_independent_pairs_follow_the_binomial() -> None:
    mean, sd = np.full(20, 0.1), 0.1
    found = expected_yield(mean, sd**2 * np.eye(20), 0.1, share=0.8, seed=3)
    chance = norm.cdf(SHIFT)
    low, high = binom.ppf([0.1, 0.9], 20, chance)
    assert found.mean == pytest.approx(20 * chance)
    # 2,000 draws move a quantile of a count by one at most.
    assert abs(found.low - low) <= 1 and abs(found.high - high) <= 1


def test_pairs_that_hang_together_make_the_interval_wider() -> None:
    mean = np.full(20, 0.1)
    alone = expected_yield(mean, 0.01 * np.eye(20), 0.1)
    together = expected_yield(mean, 0.01 * (0.1 * np.eye(20) + 0.9), 0.1)
    assert together.mean == pytest.approx(alone.mean)
    assert together.high - together.low > alone.high - alone.low


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.integers(0, 5))
def test_interval_and_mean_lie_within_the_batch(means, seed) -> None:
    mean = np.array(means)
    found = expected_yield(mean, 0.04 * np.eye(mean.size), 0.1, seed=seed)
    assert 0 <= found.low <= found.high <= mean.size
    assert 0 <= found.mean <= mean.size
    assert found == expected_yield(mean, 0.04 * np.eye(mean.size), 0.1, seed=seed)


def test_text_and_the_empty_batch() -> None:
    assert expected_yield(np.zeros(0), np.zeros((0, 0)), 0.1).mean == 0.0
    text = expected_yield(np.array([0.3]), np.array([[1e-6]]), 0.1).text
    assert text == "of this pair expect 1.0 synergistic; 80 % interval 1–1"
    with pytest.raises(ValueError, match="share"):
        expected_yield(np.zeros(1), np.eye(1), 0.1, share=1.0)


def test_excess_cannot_pass_what_is_left_alive() -> None:
    mean, sd = np.array([0.1, 0.1, 0.1, 0.1]), np.full(4, 0.1)
    free = synergy_probability(mean, sd, 0.1)
    found = synergy_probability(mean, sd, 0.1, ceiling=np.array([0.05, 0.12, 5.0, np.inf]))
    assert found[0] == 0.0
    assert 0 < found[1] < free[1]
    assert found[2] == pytest.approx(free[2]) and found[3] == free[3]


@given(st.floats(-0.5, 0.5), st.floats(0.01, 0.5), st.floats(0.001, 1.0))
def test_a_bounded_excess_keeps_below_its_ceiling(mean, sd, ceiling) -> None:
    middle, low, high = bounded_excess(mean, sd, ceiling, half_width=1.645)
    assert low <= high <= ceiling
    assert middle <= min(ceiling, mean) + 1e-9


def test_chance_under_a_ceiling_is_that_of_the_truncated_draws() -> None:
    """Oracle: draws from the calibrated distribution, those above the ceiling thrown away."""
    rng = np.random.default_rng(1)
    mean, sd, threshold, ceiling = 0.05, 0.1, 0.1, 0.15
    # P(excess > t) = Phi(shift + slope (mean - t) / sd)
    drawn = mean + sd * (SHIFT + rng.standard_normal(400_000)) / SLOPE
    kept = drawn[drawn <= ceiling]
    found = synergy_probability(np.array([mean]), np.array([sd]), threshold, ceiling=np.array([ceiling]))
    assert found[0] == pytest.approx(np.mean(kept >= threshold), abs=0.004)


def test_a_samples_own_record_moves_the_chance_and_no_further_than_it_speaks_for() -> None:
    steps = np.zeros(40)
    assert own_calibration(steps, np.ones(40, dtype=bool)).shift > SHIFT
    assert own_calibration(steps, np.zeros(40, dtype=bool)).shift < SHIFT
    few = own_calibration(steps[:3], np.ones(3, dtype=bool)).shift
    assert SHIFT < few < own_calibration(steps, np.ones(40, dtype=bool)).shift
    assert own_calibration(np.zeros(0), np.zeros(0, dtype=bool)).shift == pytest.approx(SHIFT, abs=1e-4)
