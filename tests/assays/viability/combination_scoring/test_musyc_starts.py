"""Where MuSyC fits start: within bounds, in every quadrant of the alphas, elsewhere each time."""

import numpy as np

from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.musyc_problem import (
    musyc_problem,
    total_squares,
    with_plateaus,
)
from kinescape.assays.viability.combination_scoring.musyc_starts import starts_from_curves, starts_from_spread
from kinescape.assays.viability.combination_scoring.single_curves import fit_single_curves

DOSES = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0])


def _grids(unit=1.0):
    left = 1 / (1 + DOSES)
    inhibition = np.stack([1 - np.multiply.outer(left, left), 0.5 - 0.5 * np.multiply.outer(left, left**2)])
    doses = np.tile(DOSES * unit, (2, 1))
    return PairGrids((0, 1), doses, doses, inhibition)


def _problem(unit=1.0):
    grids = _grids(unit)
    return musyc_problem(grids.first, grids.second, grids.inhibition)


def test_every_spread_is_within_bounds_reaches_all_quadrants_and_differs_from_the_last():
    problem = _problem()
    spreads = [starts_from_spread(problem, again) for again in range(3)]
    for spread in spreads:
        assert spread.shape[0] == 2 and spread.shape[2] == 10
        assert (spread >= problem.low[:, None]).all() and (spread <= problem.high[:, None]).all()
        for start in spread:
            assert len({tuple(signs) for signs in start[:, 8:] > 0}) == 4
    assert not np.intersect1d(spreads[0][:, :, 8], spreads[1][:, :, 8]).size
    assert not np.intersect1d(spreads[1][:, :, 8], spreads[2][:, :, 8]).size


def test_the_single_curves_give_starts_that_already_explain_independent_drugs():
    problem, grids = _problem(), _grids()
    start = starts_from_curves(problem, fit_single_curves(grids))
    _, squares = with_plateaus(start[:, 0], problem)
    assert (squares < 0.02 * total_squares(problem)).all()


def test_the_unit_of_the_doses_changes_no_start():
    one, other = (starts_from_spread(_problem(unit), 1) for unit in (1.0, 1e-9))
    np.testing.assert_array_equal(one, other)


def test_a_part_of_a_problem_holds_the_same_numbers():
    problem = _problem()
    part = problem.part(np.array([1]))
    assert part.viability.shape[0] == 1
    np.testing.assert_array_equal(part.low, problem.low[1:])
    np.testing.assert_array_equal(part.first, problem.first[1:])
    np.testing.assert_array_equal(starts_from_spread(part, 2)[0], starts_from_spread(problem, 2)[1])
