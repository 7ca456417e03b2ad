"""Numbers of a curve against numerical integration and inversion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from kinescape.assays.viability.curve_fitting.curve_metrics import area_under_curve, log_dose_at


def curve(u: float, centre: float, slope: float, front: float, back: float) -> float:
    return float(front + (back - front) / (1 + np.exp(-slope * (u - centre))))


@given(st.floats(-3, 3), st.floats(0.2, 8), st.floats(0.6, 1.4), st.floats(0.0, 1.5))
def test_the_area_is_the_integral(centre: float, slope: float, front: float, back: float) -> None:
    area = float(area_under_curve(-2.0, 4.0, centre, slope, front, back))
    numerical = quad(curve, -2.0, 4.0, args=(centre, slope, front, back), limit=200, points=[centre])[0] / 6.0
    assert area == pytest.approx(numerical, abs=1e-6)


@given(st.floats(-3, 3), st.floats(0.2, 8), st.floats(0.6, 1.4), st.floats(0.0, 0.45))
def test_the_curve_is_at_half_where_it_says(centre: float, slope: float, front: float, back: float) -> None:
    at = float(log_dose_at(0.5, centre, slope, front, back))
    assert curve(at, centre, slope, front, back) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize(
    ("front", "back", "expected"),
    [(1.0, 0.6, np.inf), (0.4, 0.1, -np.inf), (0.4, 0.9, -np.inf), (1.0, 1.2, np.inf)],
)
def test_half_that_is_never_crossed_is_a_side(front: float, back: float, expected: float) -> None:
    assert float(log_dose_at(0.5, 0.0, 1.0, front, back)) == expected
