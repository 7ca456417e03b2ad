"""The noise of matrices measured once: right on average where drugs do not interact, never far below."""

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.drug_curve import hill
from kinescape.assays.viability.combination_scoring.synergy_noise import cell_noise, roughness

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0])


@pytest.mark.parametrize("noise", [0.02, 0.05, 0.1])
def test_the_roughness_of_independent_drugs_is_the_noise_of_a_well(noise):
    rng = np.random.default_rng(7)
    left = 1 - hill(np.array([0.0, 0.9, 0.0, 0.0]), DOSES)
    surface = 1 - left[:, None] * left[None]
    found = [roughness(surface + rng.normal(0, noise, surface.shape))[0] for _ in range(400)]
    estimate = float(np.sqrt(np.mean(found)))
    # The joint edge of two curves makes it somewhat too large, the more so the smaller the noise.
    assert 0.95 * noise < estimate < 1.6 * noise


def test_repeated_wells_come_before_roughness_and_nothing_stays_nothing():
    grid = np.random.default_rng(0).normal(0, 0.1, (5, 5))
    found = cell_noise([grid, grid, None], [0.04, float("nan"), float("nan")], [20, 0, 0])
    assert found.basis == ("wells", "scatter", "none")
    assert found.variance[0] == 0.04
    assert np.isnan(found.variance[2])
