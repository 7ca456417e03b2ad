import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from kinescape.strategy.escape_evidence.propagation import Footprints, footprint, influence, scaled

signs = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([1, -1])), min_size=1, max_size=14
)


@settings(deadline=None, max_examples=60)
@given(signs)
def test_footprint_is_the_sum_of_matrix_powers(edges: list[tuple[int, int, int]]) -> None:
    matrix = np.zeros((6, 6))
    for a, b, sign in edges:
        matrix[a, b] = sign
    walk = scaled(csr_matrix(matrix), sources=0.5, targets=0.5).tocsr()
    dense = walk.toarray()
    expected = sum(0.9**k * np.linalg.matrix_power(dense, k) for k in range(1, 5))
    assert footprint(walk, np.eye(6)) == pytest.approx(expected, abs=1e-12)
    prints = Footprints(walk)
    pattern = expected[0]
    for node in range(6):
        length = np.linalg.norm(expected[node]) * np.linalg.norm(pattern)
        cosine = expected[node] @ pattern / length if length > 0 else 0.0
        assert prints.similarity(pattern)[node] == pytest.approx(cosine, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(signs)
def test_influence_lies_between_minus_one_and_one(edges: list[tuple[int, int, int]]) -> None:
    matrix = np.zeros((6, 6))
    for a, b, sign in edges:
        matrix[a, b] = sign
    effect = np.array([0, 0, 0, 0, 0, 1.0])
    found = influence(csr_matrix(matrix), effect)
    known = found[~np.isnan(found)]
    assert np.all(np.abs(known) <= 1 + 1e-12)
    turned = influence(csr_matrix(matrix), -effect)
    assert turned[~np.isnan(turned)] == pytest.approx(-known)
