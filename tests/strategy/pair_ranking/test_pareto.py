import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from kinescape.strategy.pair_ranking.pareto import dominates, pareto_fronts

tables = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.integers(-3, 3).map(float),
)


def fronts_by_definition(values: np.ndarray) -> list[int]:
    """Peel the unbeaten off, one pair at a time: slow and plain."""
    left = set(range(len(values)))
    result = [0] * len(values)
    number = 0
    while left:
        number += 1
        front = [
            i
            for i in left
            if not any(all(values[j] >= values[i]) and any(values[j] > values[i]) for j in left if j != i)
        ]
        for i in front:
            result[i] = number
        left -= set(front)
    return result


@given(tables)
def test_agrees_with_the_definition(values: np.ndarray) -> None:
    assert pareto_fronts(values).tolist() == fronts_by_definition(values)


@given(tables)
def test_raising_a_count_never_worsens_the_front(values: np.ndarray) -> None:
    better = values.copy()
    better[0] += 1
    assert pareto_fronts(better)[0] <= pareto_fronts(values)[0]


@given(tables)
def test_domination_is_never_mutual(values: np.ndarray) -> None:
    beats = dominates(values)
    assert not np.any(beats & beats.T)


def test_a_count_that_nobody_has_is_left_out() -> None:
    values = np.array([[1.0, np.nan], [0.0, np.nan]])
    assert pareto_fronts(values).tolist() == [1, 2]


def test_a_candidate_that_lacks_a_count_has_no_front_and_beats_nobody() -> None:
    values = np.array([[9.0, np.nan], [0.0, 1.0], [1.0, 0.0]])
    assert pareto_fronts(values).tolist() == [0, 1, 1]


def test_no_candidates() -> None:
    assert pareto_fronts(np.empty((0, 3))).tolist() == []


def test_wrong_shape() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        pareto_fronts(np.zeros(3))
