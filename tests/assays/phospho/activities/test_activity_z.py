"""The core z against a loop written from the formula, and what must hold for any effects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from kinescape.assays.phospho.activities.activity_z import activity_scores, measured_spread


def drawn(seed: int, n_sites: int = 60, n_experiments: int = 5, n_enzymes: int = 7):
    random = np.random.default_rng(seed)
    effects = random.normal(size=(n_sites, n_experiments))
    effects[random.random(effects.shape) < 0.4] = np.nan
    relations = random.choice([0.0, 0.0, 0.0, 1.0, -1.0], size=(n_sites, n_enzymes))
    return effects, relations


def slow_z(effects, relations, shrinkage=0.0):
    n_enzymes, n_experiments = relations.shape[1], effects.shape[1]
    scores = np.full((n_enzymes, n_experiments), np.nan)
    counts = np.zeros((n_enzymes, n_experiments), dtype=int)
    for experiment in range(n_experiments):
        background = [x for x in effects[:, experiment] if not np.isnan(x)]
        mean = sum(background) / len(background)
        spread = (sum((x - mean) ** 2 for x in background) / (len(background) - 1)) ** 0.5
        for enzyme in range(n_enzymes):
            mine = [
                sign * x
                for x, sign in zip(effects[:, experiment], relations[:, enzyme], strict=True)
                if sign and not np.isnan(x)
            ]
            counts[enzyme, experiment] = len(mine)
            if mine:
                n = len(mine)
                scores[enzyme, experiment] = sum(mine) / n * n / (n + shrinkage) ** 0.5 / spread
    return scores, counts


@pytest.mark.parametrize("shrinkage", [0.0, 3.0, 10.0])
def test_equals_the_formula_in_a_loop(shrinkage: float) -> None:
    effects, relations = drawn(1)
    scores, counts = activity_scores(effects, sparse.csr_matrix(relations), shrinkage=shrinkage)
    expected, expected_counts = slow_z(effects, relations, shrinkage)
    np.testing.assert_allclose(scores, expected, rtol=1e-12)
    np.testing.assert_array_equal(counts, expected_counts)


@given(st.integers(0, 10_000), st.floats(0.01, 100.0))
def test_flipping_effects_flips_scores_and_units_do_not_matter(seed: int, unit: float) -> None:
    effects, relations = drawn(seed, 30, 2, 4)
    scores, _ = activity_scores(effects, relations)
    np.testing.assert_allclose(activity_scores(-unit * effects, relations)[0], -scores, rtol=1e-9, atol=1e-12)


@given(st.integers(0, 10_000))
def test_a_phosphatase_is_a_kinase_of_opposite_sign(seed: int) -> None:
    effects, relations = drawn(seed, 30, 2, 4)
    np.testing.assert_allclose(
        activity_scores(effects, -relations)[0], -activity_scores(effects, relations)[0], rtol=1e-12
    )


def test_unmeasured_enzymes_are_not_scored() -> None:
    effects = np.array([[1.0], [np.nan], [2.0]])
    scores, counts = activity_scores(effects, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert np.isnan(scores[0, 0]) and counts[0, 0] == 0
    assert scores[1, 0] > 0 and counts[1, 0] == 1


def test_effects_that_do_not_vary_give_no_score() -> None:
    scores, counts = activity_scores(np.ones((4, 1)), np.ones((4, 1)))
    assert np.isnan(scores[0, 0]) and counts[0, 0] == 4


def test_one_measured_site_has_no_spread() -> None:
    assert np.isnan(measured_spread(np.array([[1.0], [np.nan]]))[0])


def test_rows_must_agree() -> None:
    with pytest.raises(ValueError, match="same number of sites"):
        activity_scores(np.ones((3, 1)), np.ones((4, 2)))


def test_variance_is_one_under_chance() -> None:
    random = np.random.default_rng(7)
    effects = random.standard_t(5, size=(3000, 40))
    relations = sparse.random(3000, 60, density=0.004, random_state=7, data_rvs=lambda n: np.ones(n))
    scores, _ = activity_scores(effects, relations)
    assert np.nanvar(scores) == pytest.approx(1.0, abs=0.06)
