"""Coverage on simulated truth, and ends that lie where the sum of squares reaches its limit."""

from __future__ import annotations

import numpy as np
import pytest

from kinescape.assays.viability.curve_fitting import curve_intervals as profile
from kinescape.assays.viability.curve_fitting.curve_fit import fit_logistic
from kinescape.assays.viability.curve_fitting.curve_metrics import area_under_curve, log_dose_at
from kinescape.assays.viability.curve_fitting.curve_problem import (
    CurveBounds,
    expit,
    log_dose,
    solve_plateaus,
)

DOSE = np.r_[0.0, 10.0 ** np.linspace(-4, 0, 9)]
BOUNDS = CurveBounds()


def simulated(kind: str, noise: float, curves: int = 400) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    random = np.random.default_rng(7)
    low, high = (-3.0, -1.0) if kind == "full" else (-0.3, 0.5)
    centre = np.log(10.0) * random.uniform(low, high, curves)
    slope, back = np.exp(random.normal(0.0, 0.35, curves)), random.uniform(0.0, 0.3, curves)
    g = expit(slope[:, None] * (log_dose(DOSE) - centre[:, None]))
    y = 1.0 + (back - 1.0)[:, None] * g + random.normal(0.0, noise, g.shape)
    return y, (centre, slope, np.ones(curves), back)


@pytest.mark.parametrize(("kind", "noise"), [("full", 0.05), ("partial", 0.05)])
def test_intervals_hold_the_truth(kind: str, noise: float) -> None:
    """95 % of 400 curves, within four standard errors (1.1 % each)."""
    y, truth = simulated(kind, noise)
    fits = fit_logistic(DOSE, y, bounds=BOUNDS)
    prepared = profile.prepare(DOSE, y, fits, bounds=BOUNDS)
    n = len(y)
    found = {
        "ec50": (profile.ec50_interval(prepared), truth[0]),
        "ic50": (
            profile.crossing_interval(
                prepared, 0.5, log_dose_at(0.5, fits.log_ec50, fits.slope, fits.front, fits.back)
            ),
            log_dose_at(0.5, *truth),
        ),
        "auc": (
            profile.area_interval(
                prepared,
                np.full(n, np.log(1e-4)),
                np.zeros(n),
                area_under_curve(np.log(1e-4), 0.0, fits.log_ec50, fits.slope, fits.front, fits.back),
            ),
            area_under_curve(np.log(1e-4), 0.0, *truth),
        ),
    }
    for name, (interval, true) in found.items():
        inside = (interval.low <= true) & (true <= interval.high)
        assert 0.905 <= inside.mean() <= 0.995, name


def test_ends_reach_exactly_the_allowed_sum_of_squares() -> None:
    y, _ = simulated("full", 0.05, 20)
    fits = fit_logistic(DOSE, y, bounds=BOUNDS)
    prepared = profile.prepare(DOSE, y, fits, bounds=BOUNDS)
    interval = profile.ec50_interval(prepared)
    x = log_dose(DOSE)[0]
    for i in range(5):
        ends = []
        for end in (interval.low[i], interval.high[i]):
            slopes = np.linspace(np.log(0.1), np.log(10.0), 2000)
            g = expit(np.exp(slopes)[:, None] * (x - end))
            h = 1 - g
            moments = [(p * r).sum(1) for p, r in ((h, h), (h, g), (g, g), (h, y[i]), (g, y[i]))]
            ends.append((solve_plateaus(*moments, BOUNDS)[2] + (y[i] ** 2).sum()).min())
        assert ends == pytest.approx([prepared.allowed[i]] * 2, rel=2e-3)


def test_a_curve_that_never_reaches_half_has_a_lower_bound_only() -> None:
    random = np.random.default_rng(0)
    g = expit(1.0 * (log_dose(DOSE) - np.log(1.0)))
    y = 1.0 - 0.5 * g + random.normal(0.0, 0.01, (1, len(DOSE)))
    fits = fit_logistic(DOSE, y, bounds=BOUNDS)
    prepared = profile.prepare(DOSE, y, fits, bounds=BOUNDS)
    interval = profile.crossing_interval(prepared, 0.5, np.array([np.inf]))
    assert np.isposinf(interval.high[0]) and interval.low[0] > np.log(0.5)


def test_curves_without_spare_points_have_no_interval() -> None:
    y = np.array([[1.0, 0.9, 0.4, 0.1] + [np.nan] * 6])
    fits = fit_logistic(DOSE, y, bounds=BOUNDS)
    interval = profile.ec50_interval(profile.prepare(DOSE, y, fits, bounds=BOUNDS))
    assert np.isnan(interval.low[0]) and np.isnan(interval.high[0])


def test_more_noise_is_a_wider_interval() -> None:
    widths = []
    for noise in (0.01, 0.05):
        y, _ = simulated("full", noise, 100)
        fits = fit_logistic(DOSE, y, bounds=BOUNDS)
        interval = profile.ec50_interval(profile.prepare(DOSE, y, fits, bounds=BOUNDS))
        widths.append(np.median(interval.high - interval.low))
    assert widths[1] == pytest.approx(5 * widths[0], rel=0.35)
