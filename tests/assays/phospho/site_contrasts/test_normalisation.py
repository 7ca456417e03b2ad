"""Medians over the sites that every sample has."""

import numpy as np
import pytest

from kinescape.assays.phospho.site_contrasts.normalisation import centred
from kinescape.foundation.issues import Faults


def values(n=50, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(25, 2, (n, 1)) + rng.normal(0, 0.1, (n, 4)) + np.array([0.0, 1.0, -0.5, 3.0])


def test_complete_sites_have_one_median():
    table = values()
    table[0, 0] = np.nan
    table[0, 1:] = 1000.0
    faults = Faults()
    moved = centred(table, faults)
    assert np.ptp(np.median(moved[1:], axis=0)) == pytest.approx(0, abs=1e-12)
    assert "the 49 sites" in faults.warnings[0].found  # the largest shift exceeds 1
    assert np.isnan(moved[0, 0])


def test_the_overall_level_stays():
    table = values()
    moved = centred(table, Faults())
    assert np.median(moved, axis=0).mean() == pytest.approx(np.median(table, axis=0).mean())


def test_few_complete_sites_use_those_of_half_of_the_samples():
    table = values(60)
    for index in range(60):
        table[index, index % 4] = np.nan
    faults = Faults()
    moved = centred(table, faults)
    assert "measured in half of them (0 in all)" in faults.warnings[0].found
    shift = np.nanmedian(moved[:, 3] - moved[:, 0])
    assert abs(shift) < 0.3


def test_too_few_sites_move_nothing_and_say_so():
    table = values(10)
    faults = Faults()
    assert np.array_equal(centred(table, faults), table)
    assert faults.warnings[0].code == "not-centred"


def test_an_empty_sample_is_left_alone():
    table = values()
    table[:, 2] = np.nan
    moved = centred(table, Faults())
    assert np.isnan(moved[:, 2]).all()
    assert np.ptp(np.median(moved[:, [0, 1, 3]], axis=0)) == pytest.approx(0, abs=1e-12)
