"""The fitted circuit: planted effects come back, Laplace agrees with an exact linear case, missing entries."""

import time
from dataclasses import replace

import numpy as np
import pytest

from kinescape.model.design import Design
from kinescape.model.fit import JITTER, fit_hierarchical
from kinescape.model.network_members.saturating import circuit_of, gradient, run
from kinescape.model.network_members.saturating_fit import (
    condense,
    distinct_doses,
    fit_saturating,
    negative_log_posterior,
)
from kinescape.model.prior import Wiring


def test_loss_is_the_gaussian_density_written_out(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    response = design.response.copy()
    response[3, 2] = response[5, 2] = np.nan
    design = replace(design, response=response)
    core = fit_hierarchical(design)
    circuit = circuit_of(wiring, design)
    dose, which = distinct_doses(design.rows)
    data = condense(core, which, len(dose))
    covariance = core.covariance_with(design.rows)
    covariance[np.diag_indices(len(design))] += core.noise + JITTER

    def written_out(parameters: np.ndarray) -> float:
        effects = run(circuit, parameters, dose).effects[which]
        left = response / core.scale - effects
        total = 0.5 * float(parameters @ parameters)
        for column in range(left.shape[1]):
            seen = ~np.isnan(left[:, column])
            within = covariance[np.ix_(seen, seen)]
            total += 0.5 * left[seen, column] @ np.linalg.solve(within, left[seen, column])
        return total

    random = np.random.default_rng(1)
    first, second = random.normal(0, 0.5, (2, circuit.layout.size))
    ours = negative_log_posterior(first, circuit, dose, data)[0]
    theirs = negative_log_posterior(second, circuit, dose, data)[0]
    assert ours - theirs == pytest.approx(written_out(first) - written_out(second), rel=1e-8)


def test_gradient_of_the_loss(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    core = fit_hierarchical(design)
    circuit = circuit_of(wiring, design)
    dose, which = distinct_doses(design.rows)
    data = condense(core, which, len(dose))
    random = np.random.default_rng(8)
    parameters, direction = random.normal(0, 0.5, (2, circuit.layout.size))
    _, analytic = negative_log_posterior(parameters, circuit, dose, data)
    up = negative_log_posterior(parameters + 1e-5 * direction, circuit, dose, data)[0]
    down = negative_log_posterior(parameters - 1e-5 * direction, circuit, dose, data)[0]
    assert analytic @ direction == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_an_inhibitor_left_out_is_predicted_better_than_by_the_core(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    core_errors, errors = [], []
    for agent in range(2, 5):
        held = design.rows.dose[:, agent] > 0
        train, wanted, truth = design.take(~held), design.rows.take(held), design.response[held]
        own = np.array([f"n{agent}" in nodes for nodes in design.readout_nodes])
        core_errors.append((fit_hierarchical(train).predict(wanted).mean - truth)[:, ~own])
        errors.append((fit_saturating(train, wiring).predict(wanted).mean - truth)[:, ~own])
    assert np.mean(np.concatenate(errors) ** 2) < 0.8 * np.mean(np.concatenate(core_errors) ** 2)


def test_uncertainty_of_parameters_is_that_of_the_curvature(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    fit = fit_saturating(design, wiring)
    deviation = np.sqrt(np.diag(fit.parameter_covariance))
    assert (deviation <= 1 + 1e-9).all() and (deviation > 0).all()
    assert deviation.min() < 0.8
    # Along the best-known direction the loss rises by about one half at one standard deviation.
    dose, which = distinct_doses(design.rows)
    data = condense(fit_hierarchical(design), which, len(dose))
    weight, vectors = np.linalg.eigh(fit.parameter_covariance)
    move = vectors[:, 0] * np.sqrt(weight[0])
    here = negative_log_posterior(fit.parameters, fit.circuit, dose, data)[0]
    around = [
        negative_log_posterior(fit.parameters + sign * move, fit.circuit, dose, data)[0] for sign in (1, -1)
    ]
    assert np.mean(around) - here == pytest.approx(0.5, rel=0.25)


def test_optimum_is_reached(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    fit = fit_saturating(design, wiring)
    assert fit.converged
    dose, which = distinct_doses(design.rows)
    data = condense(fit_hierarchical(design), which, len(dose))
    begin = negative_log_posterior(np.zeros(len(fit.parameters)), fit.circuit, dose, data)[0]
    end, slope = negative_log_posterior(fit.parameters, fit.circuit, dose, data)
    assert end < begin - 5
    assert np.abs(slope).max() < 0.5


def test_unmeasured_target_has_a_wider_interval(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    held = design.rows.dose[:, 1] > 0
    fit = fit_saturating(design.take(~held), wiring)
    _, unseen = fit.posterior(design.rows.take(held))
    _, seen = fit.posterior(design.rows.take(~held))
    assert unseen.mean() > 2 * seen.mean()


def test_missing_readouts_are_not_filled(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    response = design.response.copy()
    response[::3, 1] = np.nan
    response[:, 4] = np.nan
    found = fit_saturating(replace(design, response=response), wiring).predict(design.rows)
    assert np.isfinite(found.mean).all()
    assert found.low is not None and (found.low < found.mean).all()


def test_a_block_of_a_node_can_be_asked(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    wide = design.with_agents(["KO:n0"])
    fit = fit_saturating(wide, wiring)
    rows = wide.rows.take(np.array([0]))
    dose = np.zeros_like(rows.dose)
    dose[0, wide.agents.index("KO:n0")] = 1.0
    asked = replace(rows, dose=dose, condition=np.array(["KO:n0"]))
    below = design.readout_nodes.index(("n1",))
    assert fit.predict(asked).mean[0, below] < -0.1


def test_edges_as_a_table(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    frame = fit_saturating(design, wiring).edges_frame()
    assert frame.columns == [
        "source",
        "target",
        "sign",
        "strength",
        "strength_low",
        "strength_high",
        "learned",
    ]
    assert frame.filter((frame["strength_low"] > frame["strength"]) | (frame["strength"] <= 0)).is_empty()
    assert frame["learned"].min() >= 0  # type: ignore[operator]
    assert ("n15", "n3", -1) in frame.select("source", "target", "sign").rows()


def test_six_hundred_rows_take_less_than_five_seconds(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    copies = 600 // len(design) + 1
    rows, random = design.rows, np.random.default_rng(0)
    grown = replace(
        design,
        rows=type(rows)(
            np.concatenate([rows.sample + 2 * copy for copy in range(copies)]),
            np.tile(rows.condition, copies),
            np.tile(rows.dose, (copies, 1)),
        ),
        response=np.concatenate(
            [design.response + random.normal(0, 0.2, design.response.shape) for _ in range(copies)]
        ),
        samples=tuple(f"{name}{copy}" for copy in range(copies) for name in design.samples),
    )
    assert len(grown) >= 600
    begun = time.process_time()
    fit_saturating(grown, wiring)
    assert time.process_time() - begun < 5.0


def test_gradient_of_nothing_is_nothing(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    circuit = circuit_of(wiring, design)
    dose, _ = distinct_doses(design.rows)
    found = run(circuit, np.zeros(circuit.layout.size), dose)
    assert not gradient(found, np.zeros_like(found.effects)).any()


def test_without_targets_the_core_answers(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    blank = replace(wiring, hits=lambda name: {})
    core = fit_hierarchical(design)
    ours = fit_saturating(design, blank, core=core).predict(design.rows)
    theirs = core.predict(design.rows)
    assert ours.mean == pytest.approx(theirs.mean)
    assert ours.high is not None and theirs.high is not None
    assert ours.high == pytest.approx(theirs.high)


def test_one_sample_and_a_readout_outside_the_network(planted: tuple[Design, Wiring]) -> None:
    design, wiring = planted
    outside = (*design.readout_nodes[:-1], ("viability",))
    one = replace(design.take(design.rows.sample == 0), readout_nodes=outside)
    fit = fit_saturating(one, wiring)
    assert not fit.train_jacobian[-1].any()
    assert np.isfinite(fit.predict(one.rows).mean).all()
