"""ZIP: no excess for independent drugs, and derivatives against refitting."""

import numpy as np

from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.drug_curve import hill
from kinescape.assays.viability.combination_scoring.single_curves import fit_single_curves
from kinescape.assays.viability.combination_scoring.zip_surface import zip_excess

DOSES = np.array([[0.0, 0.1, 0.4, 1.6, 6.4, 25.0]])
ONE, TWO = np.array([0.0, 0.9, 0.3, 0.4]), np.array([0.0, 1.0, -0.5, -0.2])
LEFT = (1 - hill(ONE, DOSES[0]))[:, None] * (1 - hill(TWO, DOSES[0]))[None]


def _scored(grid):
    grids = PairGrids((0,), DOSES, DOSES, grid[None])
    return zip_excess(grids, fit_single_curves(grids)).excess


def test_two_independent_hill_curves_have_no_excess():
    """δ of y₁ + y₂ − y₁y₂: each row is again a Hill curve with the same potency and slope."""
    np.testing.assert_allclose(_scored(1 - LEFT).excess[0].reshape(6, 6)[1:, 1:], 0, atol=1e-5)


def test_more_potency_gives_a_positive_excess():
    alone = 1 - hill(ONE, DOSES[0])
    shifted = np.stack([1 - alone[row] * (1 - hill(TWO, DOSES[0] * (1 + row))) for row in range(6)])
    assert _scored(shifted).mean()[0] > 0.02


def test_the_derivatives_are_those_of_refitting_everything():
    rng = np.random.default_rng(1)
    grid = 1 - LEFT + rng.normal(0, 0.01, LEFT.shape)
    start = _scored(grid)
    there = np.isfinite(start.excess[0])
    gradient = start.jacobian[0][there].mean(axis=0)
    for cell in (1, 6, 14, 21, 28, 35):
        moved = grid.copy()
        moved.ravel()[cell] += 1e-4
        change = (_scored(moved).mean() - start.mean())[0] / 1e-4
        assert abs(change - gradient[cell]) < 0.05
