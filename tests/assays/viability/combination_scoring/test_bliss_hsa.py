"""Bliss and HSA: definitions, any number of drugs, errors against simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kinescape.assays.viability.combination_scoring.bliss_hsa import bliss_excess, hsa_excess

CUBE = np.array(list(itertools.product((0.0, 1.0, 2.0), repeat=3)))
SQUARE = np.array(list(itertools.product((0.0, 1.0, 2.0, 3.0), repeat=2)))
effects = some.lists(some.floats(-0.5, 1.0), min_size=2, max_size=2)


@given(effects, effects, effects)
def test_independent_drugs_have_no_bliss_excess_whatever_their_number(a, b, c):
    alone = [np.array([0.0, *values]) for values in (a, b, c)]
    left = np.prod([1 - alone[drug][CUBE[:, drug].astype(int)] for drug in range(3)], axis=0)
    found = bliss_excess(CUBE, 1 - left)
    together = (CUBE > 0).sum(axis=1) > 1
    np.testing.assert_allclose(found.excess[together], 0, atol=1e-12)
    assert np.isnan(found.excess[~together]).all()


@given(effects, effects)
def test_hsa_excess_is_never_above_bliss_excess_of_drugs_that_inhibit_less_than_their_pair(a, b):
    """For effects in [0, 1], Bliss expects at least what the stronger drug does."""
    a, b = np.abs(a), np.abs(b)
    grid = np.zeros((3, 3))
    grid[1:, 0], grid[0, 1:], grid[1:, 1:] = a, b, 0.5
    cells = np.array(list(itertools.product((0.0, 1.0, 2.0), repeat=2)))
    bliss, hsa = bliss_excess(cells, grid.ravel()), hsa_excess(cells, grid.ravel())
    assert hsa.mean() >= bliss.mean() - 1e-12


def test_a_dose_never_measured_alone_gives_no_excess_and_no_silent_zero():
    values = np.full(16, 0.3)
    values[4] = np.nan
    found = bliss_excess(SQUARE, values)
    assert np.isnan(found.excess[SQUARE[:, 0] == 1.0]).all()
    assert np.isfinite(found.excess[(SQUARE[:, 0] == 2.0) & (SQUARE[:, 1] > 0)]).all()


@pytest.mark.parametrize("method", [bliss_excess, hsa_excess])
def test_the_error_of_the_mean_is_that_of_repeated_noise(method):
    rng = np.random.default_rng(0)
    truth = 1 - 1 / (1 + SQUARE[:, 0]) ** 1.5 / (1 + SQUARE[:, 1])
    drawn = truth + rng.normal(0, 0.01, (4000, 16))
    stated = method(SQUARE, truth).mean_error(np.full(16, 1e-4))
    assert np.std(method(SQUARE, drawn).mean()) == pytest.approx(stated, rel=0.06)
    # Single drugs are shared by many cells: far more than independent cells would give.
    cells = method(SQUARE, truth).error(np.full(16, 1e-4))
    assert stated > np.sqrt(np.nansum(cells**2)) / 9
