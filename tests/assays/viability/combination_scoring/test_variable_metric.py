"""The descent: against SciPy on problems with one answer, and its refusals."""

from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize

from kinescape.assays.viability.combination_scoring.variable_metric import NotFiniteError, descend


def _banana(at):
    return 100.0 * (at[1] - at[0] ** 2) ** 2 + (1.0 - at[0]) ** 2


def test_it_ends_where_the_bfgs_of_scipy_ends():
    theirs = minimize(_banana, [-1.2, 1.0], method="BFGS")
    # Central differences of a thousandth leave an error of about their square.
    np.testing.assert_allclose(descend(_banana, [-1.2, 1.0], relative=1e-12), theirs.x, atol=1e-3)


def test_a_fit_of_decay_equals_least_squares():
    times = np.array([0.0, 1, 2, 4, 8])
    seen = 3 * np.exp(-0.4 * times) + np.array([0.05, -0.03, 0.02, 0.04, -0.02])

    def away(at):
        return at[0] * np.exp(-at[1] * times) - seen

    theirs = least_squares(away, [1.0, 1.0])
    found = descend(lambda at: float((away(at) ** 2).sum()), [1.0, 1.0])
    np.testing.assert_allclose(found, theirs.x, rtol=1e-4)


@given(
    centre=st.lists(st.floats(-5, 5), min_size=2, max_size=4),
    widths=st.lists(st.floats(0.3, 3), min_size=4, max_size=4),
)
def test_any_bowl_is_walked_to_its_ground(centre, widths):
    def bowl(at):
        return sum(width * (one - aim) ** 2 for one, aim, width in zip(at, centre, widths, strict=False))

    found = descend(bowl, [1.0] * len(centre))
    assert bowl(found) <= 1e-6


def test_it_never_ends_higher_than_it_began():
    random = np.random.default_rng(0)
    for _ in range(20):
        bend = random.normal(size=4)

        def waves(at, bend=bend):
            return (
                sum(np.sin(3 * one + shift) for one, shift in zip(at, bend, strict=False)) + 0.1 * at[0] ** 2
            )

        start = list(random.uniform(-2, 2, 2))
        assert waves(descend(waves, start)) <= waves(start)


def test_a_start_on_the_ground_stays_there():
    assert descend(lambda at: (at[0] - 2.0) ** 2, [2.0]) == pytest.approx([2.0], abs=1e-12)


@pytest.mark.parametrize("value", [nan, inf])
def test_a_start_without_a_value_is_refused(value):
    with pytest.raises(NotFiniteError, match="at the start"):
        descend(lambda at: value, [1.0])


def test_a_cliff_beside_the_start_is_refused():
    with pytest.raises(NotFiniteError, match="in a difference"):
        descend(lambda at: nan if at[0] > 1.0 else log(2.0 - at[0]), [1.0])


def test_few_gradients_end_the_walk_early():
    early, late = (_banana(descend(_banana, [-1.2, 1.0], iterations=limit)) for limit in (3, 500))
    assert late < early < _banana([-1.2, 1.0])
