import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.model.held_out.scoring import coverage, interval, pearson, resampled_rmse, rmse


def test_rmse_and_pearson_against_numpy() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 50))
    assert rmse(a - b) == pytest.approx(np.sqrt(((a - b) ** 2).mean()))
    assert pearson(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])


def test_pearson_of_a_constant_is_none() -> None:
    assert pearson(np.ones(4), np.arange(4.0)) is None


def test_bootstrap_against_the_slow_way() -> None:
    """Draw whole units, concatenate their entries, take the RMSE."""
    from kinescape.foundation.randomness import generator

    random = np.random.default_rng(1)
    error, unit = random.normal(size=40), random.integers(6, size=40)
    fast = resampled_rmse(error, unit, 9, resamples=20)
    drawn = generator(9, "bootstrap", 6).integers(6, size=(20, 6))
    slow = [rmse(np.concatenate([error[unit == u] for u in one])) for one in drawn]
    assert fast == pytest.approx(slow)


def test_bootstrap_of_clusters_is_wider_than_of_entries() -> None:
    random = np.random.default_rng(2)
    unit = np.repeat(np.arange(10), 50)
    error = random.normal(size=500) * np.repeat(random.uniform(0.1, 2, 10), 50)
    clustered = np.ptp(interval(resampled_rmse(error, unit, 0)))
    single = np.ptp(interval(resampled_rmse(error, np.arange(500), 0)))
    assert clustered > 2 * single


def test_coverage_counts_the_edges() -> None:
    assert coverage(np.array([0.0, 1.0, 2.0, 3.0]), np.zeros(4), np.full(4, 2.0)) == 0.75


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30))
def test_resampled_rmse_stays_between_the_units(errors: list[float]) -> None:
    error = np.array(errors)
    drawn = resampled_rmse(error, np.arange(len(error)), 0, resamples=50)
    assert drawn.max() <= np.abs(error).max() + 1e-9
    assert drawn.min() >= np.abs(error).min() - 1e-9
