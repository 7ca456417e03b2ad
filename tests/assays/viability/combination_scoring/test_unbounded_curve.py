"""Curves without bounds: planted ones come back, SciPy agrees where the data tell the curve, nothing raises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from kinescape.assays.viability.combination_scoring.unbounded_curve import fit_unbounded_curve

DOSES = np.array([0.0, 0.3, 1, 3, 10, 30, 100, 300])


def _rising(doses, low, high, middle, slope):
    return low + (high - low) * doses**slope / (doses**slope + middle**slope)


@given(st.floats(-10, 10), st.floats(50, 120), st.floats(1, 40), st.floats(0.8, 2.5))
def test_planted_curves_come_back(low, high, middle, slope):
    fit = fit_unbounded_curve(DOSES, _rising(DOSES, low, high, middle, slope))
    assert fit.converged
    np.testing.assert_allclose(fit.fitted, _rising(DOSES, low, high, middle, slope), atol=0.3)
    assert np.exp(fit.centre) == pytest.approx(middle, rel=0.05)
    assert -fit.slope == pytest.approx(slope, rel=0.05)


def test_scipy_finds_the_same_least_squares_on_noisy_points():
    random = np.random.default_rng(2)
    for _ in range(10):
        truth = (
            random.uniform(-5, 5),
            random.uniform(60, 100),
            random.uniform(2, 30),
            random.uniform(0.8, 2),
        )
        seen = _rising(DOSES, *truth) + random.normal(0, 3, DOSES.size)
        fit = fit_unbounded_curve(DOSES, seen)
        theirs, _ = curve_fit(
            _rising, DOSES, seen, truth, bounds=([-200, -200, 0.01, 0.1], [400, 400, 1e4, 20])
        )
        least = ((_rising(DOSES, *theirs) - seen) ** 2).sum()
        assert ((fit.fitted - seen) ** 2).sum() <= 1.001 * least


def test_a_given_lower_plateau_is_kept():
    fit = fit_unbounded_curve(DOSES, _rising(DOSES, 20, 90, 10, 1.2), lower=20.0)
    assert fit.lower == 20.0 and fit.fitted[0] == pytest.approx(20.0)
    assert fit.upper == pytest.approx(90, abs=0.5)


def test_tenfold_doses_shift_the_centre_alone():
    seen = _rising(DOSES, 0, 80, 10, 1.0) + np.array([1, -2, 0, 2, -1, 1, 0, -1.0])
    one, other = fit_unbounded_curve(DOSES, seen), fit_unbounded_curve(DOSES * 1000, seen)
    np.testing.assert_allclose(one.fitted, other.fitted, atol=1e-3)
    assert other.centre - one.centre == pytest.approx(np.log(1000), abs=1e-4)


def test_doses_of_responses_are_those_that_give_them():
    fit = fit_unbounded_curve(DOSES, _rising(DOSES, 0, 80, 10, 1.3))
    for dose in (0.5, 5.0, 50.0):
        assert fit.doses_of(np.array([fit.at(dose)]))[0] == pytest.approx(dose)
    beyond = fit.doses_of(np.array([fit.upper + 5, fit.lower - 5]))
    assert beyond.tolist() == [np.inf, 0.0]


def test_equal_responses_give_a_flat_curve():
    fit = fit_unbounded_curve(DOSES, np.full(DOSES.size, 7.0))
    np.testing.assert_allclose(fit.fitted, 7.0, atol=1e-6)


@pytest.mark.parametrize("seed", range(15))
def test_noise_without_a_curve_never_raises_and_is_never_half_a_result(seed):
    seen = np.random.default_rng(seed).normal(0, 30, 5)
    fit = fit_unbounded_curve(DOSES[:5], seen)
    assert np.isfinite(fit.fitted).all()
    assert fit.converged == all(np.isfinite([fit.lower, fit.upper, fit.centre]))
