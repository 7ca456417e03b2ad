"""Co-regulation without the site's own protein, shrinkage, and the probability of an answer."""

import numpy as np
import pytest

from kinescape.assays.phospho.substrate_search.substrate_evidence import (
    FEWEST_COMMON,
    co_regulation,
    motif_log_odds,
    response_probability,
    shrunk_change,
    shrunk_correlation,
)


def test_the_correlation_is_that_of_numpy_with_the_other_proteins_members() -> None:
    random = np.random.default_rng(2)
    effects = random.normal(size=(12, 15))
    effects[random.random(effects.shape) < 0.2] = np.nan
    proteins = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 5])
    members = np.zeros(12, dtype=bool)
    members[[0, 1, 3, 5, 7]] = True
    correlation, common = co_regulation(effects, members, proteins)
    scaled = effects / np.sqrt(np.nanmean(effects**2, axis=0))
    for site in range(12):
        others = members & (proteins != proteins[site])
        counts = np.isfinite(scaled[others]).sum(axis=0)
        profile = np.where(counts > 0, np.nansum(scaled[others], axis=0) / np.maximum(counts, 1), np.nan)
        both = np.isfinite(profile) & np.isfinite(scaled[site])
        assert common[site] == both.sum()
        assert correlation[site] == pytest.approx(np.corrcoef(profile[both], scaled[site][both])[0, 1])


def test_a_site_is_never_compared_with_its_own_protein() -> None:
    random = np.random.default_rng(3)
    effects = random.normal(size=(4, 30))
    effects[1] = effects[0]
    members = np.array([True, True, False, False])
    alone, _ = co_regulation(effects, members, np.array([0, 0, 1, 2]))
    assert np.isnan(alone[:2]).all()
    apart, _ = co_regulation(effects, members, np.array([0, 1, 2, 3]))
    assert apart[0] == pytest.approx(1.0)


def test_few_experiments_make_no_correlation() -> None:
    effects = np.random.default_rng(4).normal(size=(3, FEWEST_COMMON - 1))
    correlation, common = co_regulation(effects, np.array([True, True, False]), np.arange(3))
    assert np.isnan(correlation).all()
    assert (common == FEWEST_COMMON - 1).all()


def test_shrinkage_grows_with_fewer_experiments() -> None:
    few, many, none = shrunk_correlation(np.array([0.8, 0.8, np.nan]), np.array([6, 60, 0]))
    assert 0 == none < few < many < np.arctanh(0.8)


def test_motif_odds_are_bounded_and_nothing_where_unknown() -> None:
    np.testing.assert_allclose(
        motif_log_odds(np.array([0.0, 0.5, 1.0, np.nan])), [np.log(0.001 / 0.999), 0, np.log(999), 0]
    )


def test_changes_with_large_errors_are_drawn_to_nothing() -> None:
    random = np.random.default_rng(5)
    change = random.normal(size=200)
    change[:2] = 2.0
    se = np.full(200, 0.1)
    se[1] = 3.0
    drawn = shrunk_change(change, se)
    assert 0 < drawn[1] < 0.3 * drawn[0]
    assert np.abs(drawn).max() <= 4
    assert (shrunk_change(np.full(5, np.nan), np.full(5, np.nan)) == 0).all()


def test_the_probability_of_an_answer_is_calibrated_on_planted_ones() -> None:
    random = np.random.default_rng(6)
    answered = random.random(6000) < 0.1
    z = np.where(answered, random.normal(scale=5, size=6000), random.normal(size=6000))
    probability = response_probability(z, -1)
    assert (probability[z > 0.1] == 0).all()
    down = z < 0
    # The width of the quiet sites is taken from the central half, where a few that answered sit: a little cautious.
    sure = down & (probability > 0.8)
    assert sure.sum() > 100
    assert answered[sure].mean() >= probability[sure].mean() - 0.03
    assert answered[down & (probability < 0.2)].mean() < 0.06
    assert probability[down].sum() == pytest.approx(answered[down].sum(), rel=0.2)
    assert np.isnan(response_probability(z[:10], -1)).all()


def test_no_answer_is_found_in_noise() -> None:
    z = np.random.default_rng(7).normal(size=3000)
    assert (response_probability(z, 1) > 0.9).sum() <= 6
