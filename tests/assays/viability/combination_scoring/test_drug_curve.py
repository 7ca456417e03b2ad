"""Single-drug curves of a dose matrix: recovery, units, and the error propagation against refitting."""

import numpy as np
import pytest

from kinescape.assays.viability.combination_scoring.drug_curve import fit_drug_curves, hill

DOSES = np.array([[0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]])
TRUTH = np.array([0.02, 0.9, np.log(1.2), np.log(1.4)])


def test_a_noiseless_curve_is_found_and_a_unit_changes_nothing():
    seen = hill(TRUTH, DOSES)
    found = fit_drug_curves(DOSES, seen, np.ones_like(seen))
    np.testing.assert_allclose(found.parameters[0], TRUTH, atol=1e-5)
    other = fit_drug_curves(DOSES * 1e9, seen, np.ones_like(seen))
    np.testing.assert_allclose(other.parameters[0] - [0, 0, np.log(1e9), 0], TRUTH, atol=1e-5)


def test_the_sensitivity_is_what_refitting_shows():
    seen = hill(TRUTH, DOSES)
    found = fit_drug_curves(DOSES, seen, np.ones_like(seen))
    for point in range(DOSES.size):
        moved = seen.copy()
        moved[0, point] += 1e-4
        again = fit_drug_curves(DOSES, moved, np.ones_like(seen))
        np.testing.assert_allclose(
            (again.parameters - found.parameters)[0] / 1e-4,
            found.sensitivity[0, :, point],
            rtol=0.02,
            atol=0.02,
        )


def test_a_given_base_is_kept():
    seen = hill(TRUTH, DOSES)
    found = fit_drug_curves(DOSES, seen, np.ones_like(seen), base=np.array([0.1]))
    assert found.base[0] == pytest.approx(0.1)
