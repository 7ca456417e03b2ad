"""What a factor of potency is told as: a number only where the doses tell one."""

import pytest

from kinescape.assays.viability.combination_scoring.synergy_results import alpha_text


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (12.3, 8.0, 19.0, "12"),
        (347.0, 120.0, 990.0, "347"),
        (12.3, None, None, "12"),
        (None, None, None, "-"),
        # At the bound of the fit, with and without an interval.
        (10000.0, None, None, ">10000"),
        (0.0001, None, None, "<0.0001"),
        (10000.0, 35.2, 10000.0, ">35"),
        (0.0001, 0.0001, 0.4, "<0.4"),
        # The estimate lies inside, its interval does not.
        (3366.0, 0.028, 10000.0, ">0.028"),
        (3.0, 0.0001, 10000.0, "not told"),
    ],
)
def test_an_alpha_that_is_a_bound_is_shown_as_one(value, low, high, told):
    assert alpha_text(value, low, high) == told
