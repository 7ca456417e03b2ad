import numpy as np
import pytest

from kinescape.measurements.table import Measurements
from kinescape.model.baselines import (
    STRENGTHS,
    fit_mean,
    fit_nearest_condition,
    fit_ridge,
    fit_ridge_pooled,
    fit_sum_of_singles,
)
from kinescape.model.design import Design, Rows, build_design
from kinescape.model.dose_code import DoseScale


@pytest.fixture(scope="module")
def design(small_study: Measurements) -> Design:
    return build_design(small_study)


def row(design: Design, sample: int, condition: str) -> int:
    return int(np.flatnonzero((design.rows.sample == sample) & (design.rows.condition == condition))[0])


def test_mean_is_the_samples_mean(design: Design) -> None:
    prediction = fit_mean(design).predict(design.rows.take(np.array([0])))
    assert prediction.mean[0] == pytest.approx(design.response[design.rows.sample == 0].mean(axis=0))
    assert prediction.low is None


def test_mean_of_an_unknown_sample_is_that_of_all(design: Design) -> None:
    rows = Rows(np.array([-1]), np.array(["x"]), np.zeros((1, 4)))
    assert fit_mean(design).predict(rows).mean[0] == pytest.approx(design.response.mean(axis=0))


def test_nearest_condition_of_a_measured_row_is_itself(design: Design) -> None:
    assert np.array_equal(fit_nearest_condition(design).predict(design.rows).mean, design.response)


def test_nearest_condition_takes_the_same_condition_from_other_samples(design: Design) -> None:
    at = row(design, 0, "EGF 50 ng/mL + MEKi 100 nM")
    without = design.take(np.arange(len(design)) != at)
    expected = design.response[row(design, 1, "EGF 50 ng/mL + MEKi 100 nM")]
    assert fit_nearest_condition(without).predict(design.rows.take(np.array([at]))).mean[0] == pytest.approx(
        expected
    )


def test_nearest_condition_skips_missing_readouts(design: Design) -> None:
    holed = design.response.copy()
    at = row(design, 0, "MEKi 100 nM")
    holed[at, 1] = np.nan
    from dataclasses import replace

    found = (
        fit_nearest_condition(replace(design, response=holed))
        .predict(design.rows.take(np.array([at])))
        .mean[0]
    )
    assert found[0] == design.response[at, 0]
    assert found[1] == design.response[row(design, 1, "MEKi 100 nM"), 1]


def test_sum_of_singles_adds_the_samples_own_singles(design: Design) -> None:
    at = row(design, 1, "AKTi 1 uM + MEKi 100 nM")
    expected = design.response[row(design, 1, "AKTi 1 uM")] + design.response[row(design, 1, "MEKi 100 nM")]
    assert fit_sum_of_singles(design).predict(design.rows.take(np.array([at]))).mean[0] == pytest.approx(
        expected
    )


def test_sum_of_singles_borrows_from_other_samples(design: Design) -> None:
    lost = np.array(
        [
            not (s == 0 and c.startswith("AKTi") and "+" not in c)
            for s, c in zip(design.rows.sample, design.rows.condition, strict=True)
        ]
    )
    at = row(design, 0, "AKTi 1 uM + MEKi 100 nM")
    expected = design.response[row(design, 1, "AKTi 1 uM")] + design.response[row(design, 0, "MEKi 100 nM")]
    found = fit_sum_of_singles(design.take(lost)).predict(design.rows.take(np.array([at]))).mean[0]
    assert found == pytest.approx(expected)


def test_sum_of_singles_without_singles_is_no_effect(design: Design) -> None:
    only = design.take(design.rows.agent_count > 1)
    assert not fit_sum_of_singles(only).predict(design.rows).mean.any()


def test_ridge_against_refitting_without_each_row(design: Design) -> None:
    """The oracle solves the penalised least squares by augmented rows and leaves rows out by refitting."""
    fitted = fit_ridge(design)
    for sample in range(2):
        rows = design.rows.sample == sample
        X, Y = design.rows.dose[rows], design.response[rows]
        for readout in range(Y.shape[1]):
            errors = [_left_out_error(X, Y[:, readout], strength) for strength in STRENGTHS]
            best = STRENGTHS[int(np.argmin(errors))]
            assert fitted.strength[sample, readout] == best
            assert fitted.coefficient[sample, :, readout] == pytest.approx(
                _augmented(X, Y[:, readout], best), abs=1e-8
            )


def _augmented(X: np.ndarray, y: np.ndarray, strength: float) -> np.ndarray:
    n, a = X.shape
    top = np.hstack([X, np.ones((n, 1))])
    bottom = np.hstack([np.sqrt(strength) * np.eye(a), np.zeros((a, 1))])
    return np.linalg.lstsq(np.vstack([top, bottom]), np.append(y, np.zeros(a)), rcond=None)[0]


def _left_out_error(X: np.ndarray, y: np.ndarray, strength: float) -> float:
    total = 0.0
    for out in range(len(y)):
        keep = np.arange(len(y)) != out
        total += (y[out] - np.append(X[out], 1) @ _augmented(X[keep], y[keep], strength)) ** 2
    return total


def test_ridge_interval_against_the_bayesian_formula(design: Design) -> None:
    from scipy.stats import t

    fitted = fit_ridge(design)
    one = design.rows.take(np.array([3]))
    prediction = fitted.predict(one)
    sample, x = int(one.sample[0]), np.append(one.dose[0], 1)
    X = np.hstack([design.rows.dose, np.ones((len(design), 1))])[design.rows.sample == sample]
    y = design.response[design.rows.sample == sample, 0]
    penalty = fitted.strength[sample, 0] * np.diag([1, 1, 1, 1, 0])
    inverse = np.linalg.inv(X.T @ X + penalty)
    H = X @ inverse @ X.T
    freedom = len(y) - np.trace(H)
    variance = ((y - H @ y) ** 2).sum() / freedom * (1 + x @ inverse @ x)
    assert prediction.high is not None
    assert prediction.high[0, 0] - prediction.mean[0, 0] == pytest.approx(
        t.ppf(0.95, freedom) * variance**0.5
    )


def test_pooled_ridge_ignores_the_sample(design: Design) -> None:
    fitted = fit_ridge_pooled(design)
    rows = design.rows
    moved = Rows(np.full(len(rows), -1), rows.condition, rows.dose)
    assert np.array_equal(fitted.predict(rows).mean, fitted.predict(moved).mean)


def test_ridge_of_a_sample_without_rows_has_no_bounded_interval(design: Design) -> None:
    fitted = fit_ridge(design.take(design.rows.sample == 0))
    prediction = fitted.predict(design.rows.take(design.rows.sample == 1))
    assert prediction.high is not None and np.isinf(prediction.high).all()


def test_constant_readout_is_predicted_as_constant(design: Design) -> None:
    from dataclasses import replace

    flat = replace(design, response=np.full_like(design.response, 0.7))
    for fit in (fit_mean, fit_nearest_condition, fit_ridge, fit_ridge_pooled):
        assert fit(flat).predict(design.rows).mean == pytest.approx(np.full_like(design.response, 0.7))


def test_missing_readouts_use_the_rows_that_have_them(design: Design) -> None:
    """A readout with holes gets what a design without those rows gives it; the others are untouched."""
    from dataclasses import replace

    holed = design.response.copy()
    gone = np.arange(len(design)) % 4 == 1
    holed[gone, 0] = np.nan
    with_holes = fit_ridge(replace(design, response=holed))
    assert with_holes.coefficient[:, :, 0] == pytest.approx(
        fit_ridge(design.take(~gone)).coefficient[:, :, 0]
    )
    assert with_holes.coefficient[:, :, 1:] == pytest.approx(fit_ridge(design).coefficient[:, :, 1:])


def additive(n_agents: int, pairs: list[tuple[int, int]], seed: int) -> tuple[Design, np.ndarray]:
    """Singles and pairs of agents whose effects add, a further agent that nobody measured, and all their effects."""
    random = np.random.default_rng(seed)
    effects = random.normal(0, 1, (n_agents + 1, 3))
    unit = np.eye(n_agents + 1)
    dose = np.array([unit[at] for at in range(n_agents)] + [unit[a] + unit[b] for a, b in pairs])
    names = tuple(f"a{at}" for at in range(n_agents + 1))
    rows = Rows(np.zeros(len(dose), dtype=np.int64), np.array([f"c{at}" for at in range(len(dose))]), dose)
    response = dose @ effects + random.normal(0, 0.2, (len(dose), 3))
    kinds = ("inhibitor",) * (n_agents + 1)
    scales = {name: DoseScale(name) for name in names}
    return Design(rows, response, ("S",), names, ("r", "s", "t"), kinds, "log2_fold_change", scales), effects


@pytest.mark.parametrize(("n_agents", "pairs"), [(2, []), (3, []), (3, [(0, 1)]), (4, []), (5, []), (9, [])])
def test_where_nothing_is_left_over_intervals_hold_the_truth_all_the_same(
    n_agents: int, pairs: list[tuple[int, int]]
) -> None:
    held: dict[str, list[bool]] = {"unmeasured agent": [], "unmeasured pair": []}
    for seed in range(80):
        design, effects = additive(n_agents, pairs, seed)
        fit = fit_ridge(design)
        assert fit.nothing_over.all()
        unit = np.eye(n_agents + 1)
        for asked, dose in (("unmeasured agent", unit[-1]), ("unmeasured pair", unit[0] + unit[-2])):
            found = fit.predict(Rows(np.array([0]), np.array(["?"]), dose[None, :]))
            truth = dose @ effects
            held[asked] += list((truth >= found.low[0]) & (truth <= found.high[0]))
    # 240 entries each: a 90 % interval holds fewer than 0.85 of them in one run of a thousand.
    assert np.mean(held["unmeasured agent"]) > 0.85
    assert np.mean(held["unmeasured pair"]) > 0.85


def test_an_agent_that_nobody_measured_is_less_sure_than_one_that_was() -> None:
    design, _ = additive(4, [], 1)
    rows = Rows(np.zeros(2, dtype=np.int64), np.array(["a0", "a4"]), np.eye(5)[[0, 4]])
    found = fit_ridge(design).predict(rows)
    width = found.high - found.low
    assert (width[1] > width[0]).all()


def test_more_conditions_than_effects_leave_the_residual_to_judge_by() -> None:
    design, _ = additive(3, [(0, 1), (1, 2)], 1)
    assert not fit_ridge(design).nothing_over.any()


def test_a_readout_that_never_varies_gets_no_interval() -> None:
    from dataclasses import replace

    design, _ = additive(3, [], 1)
    flat = replace(design, response=np.zeros_like(design.response))
    assert np.isinf(fit_ridge(flat).predict(flat.rows).high).all()
