import numpy as np
import pytest
from scipy import stats

from kinescape.measurements.replicate_error import moderated_error, usual_variance


def test_the_prior_is_recovered_from_variances_of_the_models_own_kind():
    # s² ~ s0² F(d, d0): the model's own assumption, so its two parameters must come back.
    d, d0, s0 = 3.0, 6.0, 0.04
    variance = s0 * stats.f.rvs(d, d0, size=40_000, random_state=np.random.default_rng(3))
    usual, strength = usual_variance(variance, np.full(variance.size, d))
    assert strength == pytest.approx(d0, rel=0.1)
    assert usual == pytest.approx(s0, rel=0.05)


def test_variances_that_differ_by_chance_only_are_pooled():
    rng = np.random.default_rng(7)
    variance = 0.5 * rng.chisquare(4, 3000) / 4
    usual, strength = usual_variance(variance, np.full(3000, 4.0))
    assert usual == pytest.approx(0.5, rel=0.05)
    assert strength > 100


def test_a_single_replicate_borrows_the_usual_variance():
    error = moderated_error([0.2, 0.2, 0.2, float("nan")], [4, 4, 4, 1])
    assert error.own.tolist() == [True, True, True, False]
    assert error.se[3] == pytest.approx(0.4)
    assert error.degrees[3] > 0


def test_without_any_replicate_nothing_is_known():
    error = moderated_error([float("nan")] * 2, [1, 1])
    assert np.isnan(error.se).all()
    assert (error.degrees == 0).all()
