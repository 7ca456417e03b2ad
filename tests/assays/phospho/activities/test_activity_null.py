"""p-values against enumerated and simulated chance."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import sparse

from kinescape.assays.phospho.activities.activity_null import (
    chance_p_values,
    measured_once,
    normal_scores,
    on_one_protein,
    protein_correlation,
    variance_inflation,
)


def test_moments_are_those_of_all_permutations() -> None:
    coefficients = np.array([1.0, -0.5, 0.0, 0.3, 0.0, 0.0])
    effects = np.array([2.0, -1.0, 0.3, 0.4, -3.0, 7.0])
    _, z, correlation = chance_p_values(
        sparse.csc_matrix(coefficients[:, None]), effects, np.arange(6, dtype=np.int64)
    )
    scores = normal_scores(effects)
    sums = np.array([coefficients @ np.array(order) for order in permutations(scores)])
    assert correlation == 0.0
    assert z[0] == pytest.approx((coefficients @ scores - sums.mean()) / sums.std(), rel=1e-9)


def test_an_enzyme_without_sites_has_no_p_value() -> None:
    p_values, z, _ = chance_p_values(
        sparse.csc_matrix((20, 1)), np.arange(20.0), np.arange(20, dtype=np.int64)
    )
    assert np.isnan(p_values[0]) and np.isnan(z[0])


def test_correlation_of_a_protein_is_found() -> None:
    random = np.random.default_rng(3)
    proteins = np.repeat(np.arange(1500), random.integers(1, 6, 1500))
    shared = random.normal(size=1500)[proteins]
    effects = np.sqrt(0.4) * shared + np.sqrt(0.6) * random.normal(size=len(proteins))
    assert protein_correlation(effects, proteins) == pytest.approx(0.4, abs=0.04)
    assert protein_correlation(random.permutation(effects), proteins) < 0.05


def test_one_site_a_protein_shows_no_correlation() -> None:
    assert protein_correlation(np.arange(10.0), np.arange(10)) == 0.0


def test_inflation_is_that_of_the_covariance() -> None:
    proteins = np.array([0, 0, 0, 1, 2, 2])
    coefficients = np.array([1.0, -1.0, 1.0, 2.0, 0.5, 0.0])
    covariance = np.where(proteins[:, None] == proteins[None, :], 0.3, 0.0)
    np.fill_diagonal(covariance, 1.0)
    expected = coefficients @ covariance @ coefficients / (coefficients @ coefficients)
    found = variance_inflation(sparse.csc_matrix(coefficients[:, None]), proteins, 0.3)
    assert found[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("size", [1, 3, 20])
def test_p_values_are_uniform_under_shuffled_labels_with_heavy_tails(size: int) -> None:
    random = np.random.default_rng(11)
    n_sites, n_enzymes = 2500, 400
    proteins = np.arange(n_sites, dtype=np.int64)
    rows = np.concatenate([random.choice(n_sites, size, replace=False) for _ in range(n_enzymes)])
    matrix = sparse.csc_matrix(
        (np.ones(len(rows)), (rows, np.repeat(np.arange(n_enzymes), size))), shape=(n_sites, n_enzymes)
    )
    effects = random.standard_t(2, size=n_sites)
    p_values = np.concatenate(
        [chance_p_values(matrix, random.permutation(effects), proteins)[0] for _ in range(25)]
    )
    # 10,000 p-values: three binomial standard errors, and what enzymes of shared sites add.
    assert np.mean(p_values < 0.05) == pytest.approx(0.05, abs=0.010)
    assert np.mean(p_values < 0.01) == pytest.approx(0.01, abs=0.005)
    assert np.mean(p_values < 0.001) < 0.003


def test_p_values_hold_where_sites_of_a_protein_go_together() -> None:
    random = np.random.default_rng(5)
    proteins = np.repeat(np.arange(500), 4)
    # Every enzyme acts on all four sites of five proteins.
    columns = np.concatenate(
        [
            np.flatnonzero(np.isin(proteins, random.choice(500, 5, replace=False)))[:, None]
            + np.zeros((1, 1), dtype=int)
            for _ in range(200)
        ]
    ).ravel()
    matrix = sparse.csc_matrix(
        (np.ones(len(columns)), (columns, np.repeat(np.arange(200), 20))), shape=(2000, 200)
    )
    allowed, naive = [], []
    for _ in range(40):
        effects = np.sqrt(0.5) * random.normal(size=500)[proteins] + np.sqrt(0.5) * random.normal(size=2000)
        allowed.append(chance_p_values(matrix, effects, proteins)[0])
        naive.append(chance_p_values(matrix, effects, np.arange(2000))[0])
    assert np.mean(np.concatenate(allowed) < 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(np.concatenate(naive) < 0.05) > 0.15


def test_one_site_has_its_rank_as_p_value() -> None:
    random = np.random.default_rng(2)
    effects = random.standard_t(2, size=400)
    each = sparse.identity(400, format="csc")
    proteins = np.arange(400, dtype=np.int64)
    p_values = chance_p_values(each, effects, proteins)[0]
    place = effects.argsort().argsort() + 1
    expected = np.minimum(2 * np.minimum(place, 401 - place) / 400, 1.0)
    assert p_values == pytest.approx(expected)
    assert p_values.min() == 2 / 400
    # A site that inhibits is as far out as one that activates.
    assert chance_p_values(-each, effects, proteins)[0] == pytest.approx(expected)


def test_sites_of_one_protein_are_no_surer_than_one_site() -> None:
    effects = np.r_[8.0, 9.0, np.random.default_rng(1).normal(size=498)]
    both = np.zeros((500, 1))
    both[:2] = 1.0
    together = np.r_[0, 0, np.arange(1, 499)]
    apart = chance_p_values(sparse.csc_matrix(both), effects, np.arange(500))[0][0]
    one = chance_p_values(sparse.csc_matrix(both), effects, together)[0][0]
    assert one >= 2 / 500 > 10 * apart
    assert on_one_protein(sparse.csc_matrix(both), together).tolist() == [True]
    assert on_one_protein(sparse.csc_matrix((500, 1)), together).tolist() == [False]


def test_residues_of_one_peptide_are_one_site() -> None:
    coefficients = sparse.csc_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, -1.0, 0.0]]))
    effects, proteins = np.array([2.0, 2.0, 2.0]), np.array([0, 0, 1])
    assert measured_once(coefficients, effects, proteins).tolist() == [2, 2, 0]
    assert measured_once(coefficients, effects + np.arange(3), proteins).tolist() == [3, 2, 0]
