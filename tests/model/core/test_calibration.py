"""Intervals judged on the training rows: left-out errors against refits, and coverage on made-up agents."""

import numpy as np
import pytest

from kinescape.model.core.calibration import (
    UNCALIBRATED,
    Calibration,
    calibrate,
    left_out_errors,
    t_quantile,
)
from kinescape.model.design import Design, Rows
from kinescape.model.fit import condition_on, fit_hierarchical
from kinescape.model.prediction import NORMAL_QUANTILE
from kinescape.model.prior import Wiring


def test_left_out_errors_are_those_of_conditioning_again(planted: tuple[Design, Wiring]) -> None:
    design, _ = planted
    core = fit_hierarchical(design)
    group = design.rows.dose[:, 3] > 0
    (errors,) = left_out_errors(core, [group])
    again = condition_on(design.take(~group), core.components, core.variance, core.noise, core.scale)
    mean, variance = again.posterior(design.rows.take(group))
    # `spread` is that of all rows in both.
    total = variance / again.spread**2 + core.noise * core.scale**2
    wanted = (design.response[group] - mean) / np.sqrt(total) / core.spread
    assert np.sort(errors) == pytest.approx(np.sort(wanted.ravel()), abs=1e-4)


def test_quantiles() -> None:
    assert t_quantile(1e9) == pytest.approx(NORMAL_QUANTILE, abs=1e-6)
    assert t_quantile(5) == pytest.approx(2.015, abs=1e-3)
    assert Calibration(NORMAL_QUANTILE, NORMAL_QUANTILE) == UNCALIBRATED


def test_only_rows_with_an_unmeasured_agent_take_the_second_width() -> None:
    seen = Rows(np.zeros(1, dtype=np.int64), np.array(["a"]), np.array([[1.0, 0.0]]))
    asked = Rows(np.zeros(2, dtype=np.int64), np.array(["a", "b"]), np.array([[0.5, 0.0], [1.0, 0.2]]))
    assert Calibration(1.0, 2.0).quantile(asked, seen).tolist() == [[1.0], [2.0]]


def test_few_repeated_cells_widen_the_interval(planted: tuple[Design, Wiring]) -> None:
    design, _ = planted
    first = design.rows.sample == 0
    few = design.take(first | (np.arange(len(design)) >= len(design) - 5))
    assert fit_hierarchical(few).calibration.usual == pytest.approx(t_quantile(5))
    assert fit_hierarchical(design).calibration.usual < t_quantile(15)
    assert fit_hierarchical(design.take(first)).calibration.usual == NORMAL_QUANTILE


def test_agents_of_very_unlike_size_widen_the_interval_for_a_new_one(planted: tuple[Design, Wiring]) -> None:
    design, _ = planted
    core = fit_hierarchical(design)
    assert core.calibration == calibrate(design, core)
    assert core.calibration.unseen_agent > 0
    two = design.take((design.rows.dose[:, 2:] == 0).all(axis=1))
    assert fit_hierarchical(two).calibration.unseen_agent == NORMAL_QUANTILE
