"""Loewe additivity: the sham experiment, published limits, and its equation as the oracle."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from scipy.optimize import brentq

from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.drug_curve import hill
from kinescape.assays.viability.combination_scoring.loewe import loewe_excess, loewe_reference
from kinescape.assays.viability.combination_scoring.single_curves import fit_single_curves, one_direction

logs = some.floats(-1.5, 1.5)


@given(some.floats(0.3, 1.0), logs, some.floats(-0.7, 1.2), some.floats(0.01, 20), some.floats(0.01, 20))
def test_a_drug_with_itself_gives_the_effect_of_the_summed_dose(top, middle, slope, first, second):
    curve = np.array([0.0, top, middle, slope])
    found = loewe_reference(curve, curve, np.array([first]), np.array([second]))
    np.testing.assert_allclose(found, hill(curve, np.array([first + second])), atol=1e-9)


def test_the_equation_holds_where_both_drugs_reach_the_effect():
    one, two = np.array([0.0, 0.9, 0.3, 0.4]), np.array([0.0, 1.0, -0.5, -0.2])

    def dose(curve, effect):
        part = effect / curve[1]
        return np.exp(curve[2]) * (part / (1 - part)) ** np.exp(-curve[3])

    for first, second in ((0.2, 0.1), (1.0, 0.5), (2.0, 0.01)):
        peer = brentq(lambda y, a=first, b=second: a / dose(one, y) + b / dose(two, y) - 1, 1e-6, 0.9 - 1e-9)
        np.testing.assert_allclose(
            loewe_reference(one, two, np.array([first]), np.array([second])), peer, atol=1e-9
        )


def test_beyond_the_plateau_of_the_weaker_drug_the_stronger_one_decides():
    weak, strong = np.array([0.0, 0.2, 0.0, 0.0]), np.array([0.0, 1.0, 0.0, 0.0])
    found = loewe_reference(weak, strong, np.array([5.0]), np.array([9.0]))
    np.testing.assert_allclose(found, 0.9, atol=1e-9)


def test_the_derivatives_are_those_of_refitting_everything():
    doses = np.array([[0.0, 0.1, 0.4, 1.6, 6.4, 25.0]])
    one, two = np.array([0.0, 0.9, 0.3, 0.4]), np.array([0.02, 1.0, -0.5, -0.2])
    left = (1 - hill(one, doses[0]))[:, None] * (1 - hill(two, doses[0]))[None]

    def mean(grid):
        grids = PairGrids((0,), doses, doses, grid[None])
        curves, _ = one_direction(grids, fit_single_curves(grids))
        return loewe_excess(grids, curves)

    start = mean(1 - left)
    gradient = np.nanmean(np.where(np.isfinite(start.excess[0])[:, None], start.jacobian[0], np.nan), axis=0)
    for cell in (0, 2, 5, 12, 24, 14):
        moved = 1 - left
        moved.ravel()[cell] += 1e-4
        change = (mean(moved).mean() - start.mean())[0] / 1e-4
        assert abs(change - gradient[cell]) < 0.03


def test_a_drug_that_only_promotes_growth_is_taken_as_without_effect():
    doses = np.array([[0.0, 1.0, 3.0, 9.0, 27.0]])
    grid = np.add.outer(np.array([0.0, 0.3, 0.5, 0.7, 0.8]), np.array([0.0, -0.01, -0.1, -0.2, -0.21]))
    grids = PairGrids((0,), doses, doses, grid[None])
    curves, flattened = one_direction(grids, fit_single_curves(grids))
    assert flattened.tolist() == [2]
    assert np.isfinite(loewe_excess(grids, curves).mean()).all()
