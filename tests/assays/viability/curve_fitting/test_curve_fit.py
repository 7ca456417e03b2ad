"""The batched fit against SciPy, and what must not change a fit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from kinescape.assays.viability.curve_fitting.curve_fit import fit_logistic
from kinescape.assays.viability.curve_fitting.curve_newton import derivatives
from kinescape.assays.viability.curve_fitting.curve_problem import (
    CurveBounds,
    Problem,
    expit,
    log_dose,
    solve_plateaus,
)

DOSE = 10.0 ** np.linspace(-9, -4, 11)


def simulated(curves: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centre = np.log(10.0) * random.uniform(-8.5, -4.5, curves)
    slope = random.uniform(0.5, 3.0, curves)
    back = random.uniform(0.0, 0.6, curves)
    g = expit(slope[:, None] * (log_dose(DOSE) - centre[:, None]))
    mean = 1.0 + (back - 1.0)[:, None] * g
    return mean + random.normal(0.0, noise, mean.shape), centre, slope


def test_noiseless_parameters_come_back() -> None:
    y, centre, slope = simulated(60, 0.0)
    inside = centre < np.log(1e-5)
    fits = fit_logistic(DOSE, y)
    assert fits.log_ec50[inside] == pytest.approx(centre[inside], abs=1e-4)
    assert fits.slope[inside] == pytest.approx(slope[inside], rel=1e-4)
    assert fits.converged.all()


def test_no_start_of_scipy_finds_less() -> None:
    """Independent oracle: bounded least squares of SciPy from 24 starts a curve, under the same bounds."""
    y, _, _ = simulated(12, 0.08, seed=3)
    bounds = CurveBounds()
    fits = fit_logistic(DOSE, y, bounds=bounds)
    x = np.log(DOSE)
    beyond = 2 * np.log(10)
    low, high = [x[0] - beyond, np.log(0.1), 0.0, 0.0], [x[-1] + beyond, np.log(10.0), 2.0, 2.0]

    for row, found in zip(y, fits.sum_of_squares, strict=True):

        def residuals(p: np.ndarray, row: np.ndarray = row) -> np.ndarray:
            return p[2] + (p[3] - p[2]) * expit(np.exp(p[1]) * (x - p[0])) - row

        best = min(
            2 * least_squares(residuals, [c, q, 1.0, 0.3], bounds=(low, high)).cost
            for c in np.linspace(x[0] - 1, x[-1] + 1, 8)
            for q in (-0.5, 0.5, 1.8)
        )
        total = ((row - row.mean()) ** 2).sum()
        assert found <= best + 1e-6 * total


def test_bounds_hold_and_weights_count() -> None:
    y, _, _ = simulated(40, 0.1, seed=1)
    bounds = CurveBounds(front=(0.9, 1.1), back=(0.2, 0.3), slope=(0.8, 1.5))
    fits = fit_logistic(DOSE, y, bounds=bounds)
    assert (fits.front >= 0.9).all() and (fits.front <= 1.1).all()
    assert (fits.back >= 0.2).all() and (fits.back <= 0.3).all()
    assert (fits.slope >= 0.8 - 1e-12).all() and (fits.slope <= 1.5 + 1e-12).all()
    weight = np.ones_like(y)
    weight[:, 4] = 0.0
    spoiled = y.copy()
    spoiled[:, 4] = 55.0
    clean = fit_logistic(DOSE, y, weight)
    assert fit_logistic(DOSE, spoiled, weight).log_ec50 == pytest.approx(clean.log_ec50)


def test_a_weight_of_two_is_a_point_twice() -> None:
    y, _, _ = simulated(10, 0.05, seed=2)
    weight = np.ones_like(y)
    weight[:, 5] = 2.0
    twice = fit_logistic(np.append(DOSE, DOSE[5]), np.column_stack([y, y[:, 5]]))
    assert fit_logistic(DOSE, y, weight).sum_of_squares == pytest.approx(twice.sum_of_squares, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-6, 1e6), st.integers(0, 1000))
def test_the_unit_of_the_doses_changes_nothing(factor: float, seed: int) -> None:
    y, _, _ = simulated(3, 0.05, seed=seed)
    one, other = fit_logistic(DOSE, y), fit_logistic(DOSE * factor, y)
    assert other.sum_of_squares == pytest.approx(one.sum_of_squares, rel=1e-6)


def test_curves_do_not_influence_each_other() -> None:
    y, _, _ = simulated(30, 0.1, seed=5)
    together = fit_logistic(DOSE, y)
    alone = fit_logistic(DOSE, y[7:8])
    assert alone.log_ec50[0] == pytest.approx(together.log_ec50[7], abs=1e-6)
    own_doses = fit_logistic(DOSE[None] * np.linspace(1, 2, 30)[:, None], y)
    assert own_doses.sum_of_squares == pytest.approx(together.sum_of_squares, rel=1e-5)


def test_what_cannot_be_fitted_is_nan() -> None:
    y = np.array([[np.nan] * 5, [1.0, np.nan, np.nan, np.nan, np.nan], [1.0, 0.9, 0.5, 0.1, 0.0]])
    fits = fit_logistic(DOSE[:5], y)
    assert np.isnan(fits.log_ec50[:2]).all() and np.isfinite(fits.log_ec50[2])
    assert not fits.converged[:2].any()
    assert len(fit_logistic(DOSE, np.empty((0, 11))).slope) == 0


def test_plateaus_in_the_box_are_the_best_of_the_box() -> None:
    random = np.random.default_rng(4)
    bounds = CurveBounds(front=(0.5, 1.2), back=(0.1, 0.4))
    h, y = random.uniform(0, 1, (200, 6)), random.normal(0.6, 0.6, (200, 6))
    g = 1 - h
    moments = [(a * b).sum(1) for a, b in ((h, h), (h, g), (g, g), (h, y), (g, y))]
    front, back, cost = solve_plateaus(*moments, bounds)
    tried_a, tried_b = np.meshgrid(np.linspace(0.5, 1.2, 71), np.linspace(0.1, 0.4, 31))
    hh, hg, gg, hy, gy = (m[:, None] for m in moments)
    a, b = tried_a.ravel()[None], tried_b.ravel()[None]
    tried = (hh * a * a + 2 * hg * a * b + gg * b * b - 2 * hy * a - 2 * gy * b).min(axis=1)
    assert (cost <= tried + 1e-12).all()
    assert (front >= 0.5).all() and (back <= 0.4).all()


def test_derivatives_are_those_of_the_reduced_sum_of_squares() -> None:
    y, centre, slope = simulated(6, 0.05, seed=9)
    n = len(y)
    x = np.broadcast_to(log_dose(DOSE), y.shape)
    bounds = CurveBounds(front=(0.0, 0.95))
    problem = Problem(
        x, y, np.ones_like(y), np.full(n, -30.0), np.zeros(n), np.log([0.1, 10]), bounds, np.ones(n)
    )
    q = np.log(slope) + 0.1
    _, fx, fq, fxx, fxq, fqq = derivatives(problem, centre, q)
    e = 1e-5

    def f(dx: float, dq: float) -> np.ndarray:
        return problem.sum_of_squares(centre + dx, q + dq)

    assert 2 * fx == pytest.approx((f(e, 0) - f(-e, 0)) / (2 * e), rel=1e-4, abs=1e-7)
    assert 2 * fq == pytest.approx((f(0, e) - f(0, -e)) / (2 * e), rel=1e-4, abs=1e-7)
    e = 1e-3
    assert 2 * fxx == pytest.approx((f(e, 0) - 2 * f(0, 0) + f(-e, 0)) / e**2, rel=1e-2, abs=1e-4)
    assert 2 * fqq == pytest.approx((f(0, e) - 2 * f(0, 0) + f(0, -e)) / e**2, rel=1e-2, abs=1e-4)
    mixed = (f(e, e) - f(e, -e) - f(-e, e) + f(-e, -e)) / (4 * e * e)
    assert 2 * fxq == pytest.approx(mixed, rel=1e-2, abs=1e-4)


@pytest.mark.parametrize("bad", [{"slope": (0.0, 1.0)}, {"front": (2.0, 1.0)}, {"decades_beyond": -1.0}])
def test_impossible_bounds_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"slope|bounds|negative"):
        CurveBounds(**bad)  # type: ignore[arg-type]


@pytest.mark.real_data
def test_sarcoma_curves_reach_the_exhaustive_optimum(real_data) -> None:  # type: ignore[no-untyped-def]
    """A fine grid of starts under the same bounds finds nothing better on 600 real curves."""
    table = pl.read_csv(
        real_data / "viability/sarcoma-curvecurator/independent/ratio_data.txt", separator="\t"
    )
    y = table.select([f"Raw {i}" for i in range(1, 12)]).to_numpy().astype(float)[::12]
    dose = np.array([0.17, 0.51, 1.52, 4.57, 13.72, 41.15, 123.5, 370.4, 1111.0, 3333.0, 10000.0])
    bounds = CurveBounds(front=(1e-4, 1e6), back=(1e-4, 1e6), slope=(0.01, 10.0))
    found = fit_logistic(dose, y, bounds=bounds)
    x = np.log(dose)
    total = np.nansum((y - np.nanmean(y, axis=1, keepdims=True)) ** 2, axis=1)
    best = np.full(len(y), np.inf)
    w = np.isfinite(y).astype(float)
    full = np.where(w > 0, y, 0.0)
    for centre in np.linspace(x[0] - 4.6, x[-1] + 4.6, 160):
        for q in np.linspace(np.log(0.01), np.log(10.0), 30):
            g = expit(np.exp(q) * (x - centre))[None]
            h = 1 - g
            moments = [(w * p * r).sum(1) for p, r in ((h, h), (h, g), (g, g), (h, full), (g, full))]
            best = np.minimum(best, solve_plateaus(*moments, bounds)[2] + (w * full * full).sum(1))
    # The grid is coarser than a descent: the fit must be at least as good on every curve.
    assert (found.sum_of_squares <= best + 1e-6 * total).all()


def test_steep_curves_without_noise_come_to_rest() -> None:
    """Clean series of narrow valleys, which 150 steps from a coarse grid leave on their way."""
    dose = 10.0 ** np.linspace(-9, -5, 9)
    clean = np.array(
        [
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9997, 0.9715, 0.2993],
            [0.869, 0.8605, 0.8599, 0.8599, 0.8599, 0.8599, 0.8599, 0.8599, 0.8599],
            [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9999, 0.9987, 0.9777],
        ]
    )
    for effort in ("fast", "thorough"):
        fits = fit_logistic(dose, clean, effort=effort)
        assert fits.converged.all() and (fits.gradient < 1e-5).all()
        assert np.abs(fits.response(dose[None]) - clean).max() < 2e-4
