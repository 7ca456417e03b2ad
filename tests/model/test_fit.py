from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from kinescape.measurements.table import Measurements
from kinescape.model.core.evidence import Block, blocks_of, evidence, maximise
from kinescape.model.core.kernels import core_components
from kinescape.model.design import Design, build_design
from kinescape.model.fit import condition_on, fit_hierarchical


@pytest.fixture(scope="module")
def design(small_study: Measurements) -> Design:
    return build_design(small_study)


def holed(design: Design) -> Design:
    response = design.response.copy()
    response[::5, 0] = np.nan
    response[2, 1] = np.nan
    return replace(design, response=response)


def dense(design: Design, log_variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of all rows, written out, and the scaled effects."""
    components = core_components(design.rows)
    covariance = np.exp(log_variance[-1]) * np.eye(len(design))
    for v, component in zip(np.exp(log_variance), components, strict=False):
        covariance += v * component.gram(design.rows, design.rows)
    return covariance, design.response / design.readout_scale


def all_blocks(design: Design) -> list[Block]:
    components = core_components(design.rows)
    grams = np.array([component.gram(design.rows, design.rows) for component in components])
    return blocks_of(components, grams, design.rows, design.response / design.readout_scale)


@pytest.mark.parametrize("missing", [False, True])
def test_evidence_against_the_multivariate_normal(design: Design, missing: bool) -> None:
    """Complete data go through the two small blocks, data with holes through whole matrices."""
    used = holed(design) if missing else design
    log_variance = np.linspace(-2.5, -0.5, len(core_components(used.rows)) + 1)
    covariance, effects = dense(used, log_variance)
    expected = 0.0
    for column in effects.T:
        seen = np.flatnonzero(~np.isnan(column))
        expected -= multivariate_normal.logpdf(column[seen], cov=covariance[np.ix_(seen, seen)])
    assert evidence(log_variance, all_blocks(used))[0] == pytest.approx(expected, rel=1e-6)


def test_complete_data_make_small_blocks(design: Design) -> None:
    assert {len(block.effects) for block in all_blocks(design)} == {len(design) // 2}


@pytest.mark.parametrize("missing", [False, True])
def test_gradient_against_finite_differences(design: Design, missing: bool) -> None:
    blocks = all_blocks(holed(design) if missing else design)
    log_variance = np.linspace(-0.5, -2.5, len(blocks[0].grams) + 1)
    numeric = approx_fprime(log_variance, lambda x: evidence(x, blocks)[0], 1e-6)
    assert evidence(log_variance, blocks)[1] == pytest.approx(numeric, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("missing", [False, True])
def test_posterior_against_the_dense_formula(design: Design, missing: bool) -> None:
    used = holed(design) if missing else design
    components = core_components(used.rows)
    variance = np.exp(np.linspace(-2, -1, len(components)))
    fitted = condition_on(used, components, variance, 0.2, used.readout_scale)
    asked = design.rows_for("B", []).take(np.array([], dtype=int))
    asked = replace(
        asked,
        sample=np.array([1, -1]),
        condition=np.array(["new", "new"]),
        dose=np.array([[0.5, 1, 0, 1]] * 2),
    )
    mean, spread = fitted.posterior(asked)
    covariance, effects = dense(used, np.log(np.append(variance, 0.2)))
    cross = sum(v * c.gram(asked, used.rows) for v, c in zip(variance, components, strict=True))
    prior = sum(v * c.gram(asked, asked) for v, c in zip(variance, components, strict=True))
    for readout in range(effects.shape[1]):
        seen = np.flatnonzero(~np.isnan(effects[:, readout]))
        inverse = np.linalg.inv(covariance[np.ix_(seen, seen)])
        scale = used.readout_scale[readout]
        assert mean[:, readout] == pytest.approx(
            scale * cross[:, seen] @ inverse @ effects[seen, readout], abs=1e-6
        )
        posterior = np.diag(prior - cross[:, seen] @ inverse @ cross[:, seen].T)
        expected = posterior * (scale * fitted.spread[readout]) ** 2
        assert spread[:, readout] == pytest.approx(expected, rel=1e-5)


def test_fit_finds_a_stationary_point(design: Design) -> None:
    fitted = fit_hierarchical(design)
    at = np.log(np.append(fitted.variance, fitted.noise))
    gradient = evidence(at, all_blocks(design))[1]
    free = at > -11.9
    assert np.abs(gradient[free]).max() < 0.5
    assert fitted.converged


def test_known_variances_are_found_again(design: Design) -> None:
    """Effects drawn from the model with 60 readouts: the noise and the largest component come back."""
    components = core_components(design.rows)
    truth = np.array([0.02 if component.name != "agents" else 1.0 for component in components])
    covariance = sum(v * c.gram(design.rows, design.rows) for v, c in zip(truth, components, strict=True))
    covariance += 0.1 * np.eye(len(design))
    effects = np.linalg.cholesky(covariance) @ np.random.default_rng(1).normal(size=(len(design), 60))
    grams = np.array([component.gram(design.rows, design.rows) for component in components])
    blocks = blocks_of(components, grams, design.rows, effects)
    found = np.exp(maximise([np.full(len(components) + 1, -1.0)], blocks).x)
    by_name = dict(zip([component.name for component in components], found, strict=False))
    assert found[-1] == pytest.approx(0.1, rel=0.15)
    assert by_name["agents"] == pytest.approx(1.0, rel=0.3)


def test_far_from_data_the_prediction_is_no_effect_with_a_wide_interval(design: Design) -> None:
    fitted = fit_hierarchical(design.take(design.rows.dose[:, 3] == 0))
    near = fitted.predict(design.rows.take(np.flatnonzero(design.rows.condition == "AKTi 1 uM")))
    far = fitted.predict(design.rows.take(np.flatnonzero(design.rows.condition == "MEKi 100 nM")))
    assert far.high is not None and near.high is not None
    assert (far.high - far.mean).min() > (near.high - near.mean).max()


def test_one_sample_and_constant_readouts_are_fitted(design: Design) -> None:
    one = design.take(design.rows.sample == 0)
    flat = replace(one, response=np.column_stack([one.response[:, 0], np.zeros(len(one)), np.ones(len(one))]))
    prediction = fit_hierarchical(flat).predict(one.rows)
    assert np.isfinite(prediction.mean).all()
    assert np.abs(prediction.mean[:, 1]).max() < 1e-9


def test_a_readout_that_was_never_measured_gets_the_prior(design: Design) -> None:
    response = design.response.copy()
    response[:, 2] = np.nan
    prediction = fit_hierarchical(replace(design, response=response)).predict(design.rows)
    assert not prediction.mean[:, 2].any()
    assert prediction.high is not None and np.isfinite(prediction.high).all()


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(26)))
def test_order_of_rows_does_not_matter(design: Design, order: list[int]) -> None:
    components = core_components(design.rows)
    variance = np.full(len(components), 0.2)
    moved = design.take(np.array(order))
    plain = condition_on(design, components, variance, 0.1, design.readout_scale).posterior(design.rows)
    other = condition_on(moved, components, variance, 0.1, design.readout_scale).posterior(design.rows)
    assert other[0] == pytest.approx(plain[0], abs=1e-8)
    assert other[1] == pytest.approx(plain[1], abs=1e-8)
