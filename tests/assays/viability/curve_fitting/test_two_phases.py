"""Two phases are found where there are two, and hardly ever where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from kinescape.assays.viability.curve_fitting.curve_fit import fit_logistic
from kinescape.assays.viability.curve_fitting.curve_problem import expit, log_dose
from kinescape.assays.viability.curve_fitting.two_phases import fit_two_phases

DOSE = 10.0 ** np.linspace(-9, -4, 12)


def phases(first: float, second: float, steps: tuple[float, float]) -> np.ndarray:
    x = log_dose(DOSE)[0]
    return 1.0 + steps[0] * expit(2 * (x - np.log(first))) + steps[1] * expit(2 * (x - np.log(second)))


@pytest.mark.parametrize(
    ("steps", "shape"), [((-0.4, -0.5), "biphasic"), ((0.4, -1.2), "hormesis"), ((-0.7, 0.5), "recovery")]
)
def test_each_shape_is_told(steps: tuple[float, float], shape: str) -> None:
    y = phases(1e-8, 3e-6, steps)[None] + np.random.default_rng(0).normal(0, 0.015, (1, 12))
    found = fit_two_phases(DOSE, y, fit_logistic(DOSE, y).sum_of_squares)
    assert found.shape[0] == shape and found.p_value[0] < 1e-3
    assert np.exp([found.log_first[0], found.log_second[0]]) == pytest.approx([1e-8, 3e-6], rel=0.6)
    assert np.abs(found.response(DOSE) - y).max() < 0.06


def test_one_phase_is_rarely_called_two() -> None:
    """Among 400 one-phase curves, below 3 % at p < 0.01: the search makes the test a little liberal."""
    random = np.random.default_rng(1)
    centre = np.log(10.0) * random.uniform(-8, -5, 400)
    y = 1.0 - 0.9 * expit(log_dose(DOSE) - centre[:, None]) + random.normal(0, 0.04, (400, 12))
    found = fit_two_phases(DOSE, y, fit_logistic(DOSE, y).sum_of_squares)
    assert np.mean(found.p_value < 0.01) < 0.03


def test_few_points_are_not_tested() -> None:
    y = phases(1e-8, 3e-6, (-0.4, -0.5))[None, :6]
    found = fit_two_phases(DOSE[:6], y, fit_logistic(DOSE[:6], y).sum_of_squares)
    assert np.isnan(found.p_value[0])
