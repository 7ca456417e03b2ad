"""The batched bounded fit, against SciPy's on the same problems."""

import numpy as np
from scipy.optimize import least_squares

from kinescape.assays.viability.combination_scoring.bounded_fit import fit_within_bounds

X = np.linspace(0.0, 3.0, 9)


def _decay(parameters, problems):
    height, rate = parameters[:, :1], parameters[:, 1:2]
    curve = np.exp(-rate * X)
    return height * curve, np.stack([curve, -height * X * curve], axis=1)


def test_the_optimum_is_that_of_scipy_for_every_problem_of_a_batch():
    rng = np.random.default_rng(3)
    truth = np.column_stack([rng.uniform(0.5, 3, 40), rng.uniform(0.2, 2, 40)])
    seen = truth[:, :1] * np.exp(-truth[:, 1:] * X) + rng.normal(0, 0.05, (40, 9))
    low, high = np.tile([0.0, 0.3], (40, 1)), np.tile([2.0, 5.0], (40, 1))
    found = fit_within_bounds(_decay, seen, np.ones_like(seen), np.tile([1.0, 1.0], (40, 1)), low, high)
    assert found.converged.all()
    for row in range(40):
        peer = least_squares(
            lambda p, row=row: p[0] * np.exp(-p[1] * X) - seen[row],
            [1.0, 1.0],
            bounds=(low[row], high[row]),
            xtol=1e-12,
        )
        assert found.sum_of_squares[row] <= 2 * peer.cost * (1 + 1e-6)
    assert (found.parameters >= low).all() and (found.parameters <= high).all()
    assert (found.parameters[:, 0] == 2.0).any()


def test_a_point_of_weight_zero_and_a_parameter_that_is_not_free_do_not_count():
    seen = 2.0 * np.exp(-0.7 * X)[None].repeat(2, axis=0)
    seen[1, 4] = 1e6
    weights = np.ones_like(seen)
    weights[1, 4] = 0.0
    wide = np.full((2, 2), 10.0)
    free = np.array([[True, True], [True, False]])
    start = np.array([[1.0, 1.0], [1.0, 0.7]])
    found = fit_within_bounds(_decay, seen, weights, start, -wide, wide, free=free)
    np.testing.assert_allclose(found.parameters, [[2.0, 0.7], [2.0, 0.7]], rtol=1e-6)
