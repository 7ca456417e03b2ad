"""The MuSyC surface: against the four-state kinetics themselves, and its derivatives by differences."""

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.musyc_surface import (
    musyc_grid,
    musyc_grid_and_slopes,
    musyc_shares,
    musyc_surface,
)

DOSES = np.array([[0.0, 0.03, 0.4, 2.0, 30.0]])


def _steady_state(parameters, first, second):
    """Null space of the rate matrix of the cycle free – 1 – both – 2 (r1 C1^h1 = r2 C2^h2 = 1)."""
    e = parameters[:4]
    c1, c2, h1, h2, a12, a21 = np.exp(parameters[4:])
    u, v = (first / c1) ** h1, (second / c2) ** h2
    a, b = a21**h1, a12**h2
    rates = np.zeros((4, 4))
    for source, target, forward in ((0, 1, u), (0, 2, v), (1, 3, b * v), (2, 3, a * u)):
        rates[target, source] += forward
        rates[source, target] += 1.0
    rates -= np.diag(rates.sum(axis=0))
    system = np.vstack([rates, np.ones(4)])
    occupied = np.linalg.lstsq(system, np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    return occupied @ e


@pytest.mark.parametrize("seed", range(20))
def test_the_closed_form_is_the_steady_state_of_the_kinetics(seed):
    rng = np.random.default_rng(seed)
    parameters = np.concatenate(
        [rng.uniform(0, 1, 4), rng.uniform(-2, 2, 2), rng.uniform(-1, 1, 2), rng.uniform(-3, 3, 2)]
    )
    for first, second in ((0.0, 0.0), (0.5, 0.0), (0.0, 2.0), (0.3, 1.7), (5.0, 0.2)):
        found = musyc_surface(parameters, np.array([first]), np.array([second]))[0]
        assert found == pytest.approx(_steady_state(parameters, first, second), abs=1e-9)


def test_without_synergy_and_with_multiplying_plateaus_it_is_bliss():
    e1, e2 = 0.4, 0.3
    parameters = np.array([[1.0, e1, e2, e1 * e2, 0.2, -0.4, 0.1, 0.5, 0.0, 0.0]])
    grid = musyc_grid(parameters, DOSES, DOSES).reshape(5, 5)
    np.testing.assert_allclose(grid, grid[:, :1] * grid[:1, :], atol=1e-12)


def test_grid_and_points_agree_and_the_derivatives_are_differences():
    rng = np.random.default_rng(4)
    parameters = np.concatenate([rng.uniform(0, 1, 4), rng.normal(0, 1, 6)])[None]
    first, second = np.repeat(DOSES, 5, axis=1), np.tile(DOSES, (1, 5))
    effect, slopes = musyc_grid_and_slopes(parameters, DOSES, DOSES)
    np.testing.assert_allclose(effect, musyc_surface(parameters, first, second), atol=1e-14)
    np.testing.assert_allclose(slopes[:, :4], musyc_shares(parameters, DOSES, DOSES))
    for which in range(10):
        step = np.zeros_like(parameters)
        step[0, which] = 1e-6
        ahead, behind = (musyc_grid(parameters + sign * step, DOSES, DOSES) for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, which], (ahead - behind) / 2e-6, atol=1e-8)


def test_extreme_parameters_stay_finite():
    parameters = np.array([[1.0, 0.0, 0.0, 0.0, -20.0, 20.0, 3.0, 3.0, 9.2, -9.2]])
    effect, slopes = musyc_grid_and_slopes(parameters, DOSES, DOSES)
    assert np.isfinite(effect).all() and np.isfinite(slopes).all()


def test_many_surfaces_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(7)
    parameters = np.concatenate([rng.uniform(0, 1, (600, 4)), rng.normal(0, 1, (600, 6))], axis=1)
    first, second = np.tile(DOSES, (600, 1)), np.tile(DOSES[:, :4], (600, 1))
    effect, slopes = musyc_grid_and_slopes(parameters, first, second)
    assert effect.shape == (600, 20) and slopes.shape == (600, 10, 20)
    for which in (0, 255, 256, 511, 512, 599):
        one = slice(which, which + 1)
        alone, own = musyc_grid_and_slopes(parameters[one], first[one], second[one])
        np.testing.assert_allclose(effect[one], alone, atol=1e-14)
        np.testing.assert_allclose(slopes[one], own, atol=1e-13)
