"""Replicates of one condition that contradict each other, told from usual scatter."""

import numpy as np
import pytest

from kinescape.strategy.experiment_planning.replicate_contradiction import scattered_replicates


@pytest.mark.parametrize("replicates", [2, 3, 6])
def test_usual_scatter_is_rarely_called_a_contradiction(replicates: int) -> None:
    """At 5 % a sample: of 200 samples of 100 conditions, about ten have one."""
    rng = np.random.default_rng(1)
    values = 0.2 * rng.standard_normal((200, 100, replicates))
    errors = values.std(axis=2, ddof=1) / np.sqrt(replicates)
    called = [scattered_replicates(row, np.full(100, replicates), 0.1).any() for row in errors]
    assert np.mean(called) < 0.12


@pytest.mark.parametrize("replicates", [2, 3, 6])
def test_a_torn_condition_is_found_and_small_scatter_does_not_matter(replicates: int) -> None:
    rng = np.random.default_rng(2)
    errors = rng.uniform(0.01, 0.02, 50)
    errors[7] = 0.6 / np.sqrt(replicates)
    found = scattered_replicates(errors, np.full(50, replicates), 0.1)
    assert np.flatnonzero(found).tolist() == [7]
    assert not scattered_replicates(errors / 10, np.full(50, replicates), 0.1).any()


def test_without_replicates_nothing_is_said() -> None:
    assert not scattered_replicates([np.nan, 0.5, np.nan], [1, 3, 1], 0.1).any()
    assert scattered_replicates([], [], 0.1).shape == (0,)
