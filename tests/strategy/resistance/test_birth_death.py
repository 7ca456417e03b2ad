"""The closed form against numerical integration, against a master equation, and against properties it must have."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp
from scipy.linalg import expm

from kinescape.strategy.resistance.birth_death import (
    Phases,
    chance_of_size,
    decay_and_pressure,
    expected_lineages,
    preexisting,
    sensitive_cells,
    treated_nodes,
)

BIRTH, UNTREATED = 0.0088, 0.00615
growths = st.floats(-0.03, 0.008)


def from_zero(growth, phases, times):
    return decay_and_pressure(np.array([growth]), np.array([BIRTH]), phases, np.asarray(times, dtype=float))


def test_sizes_agree_with_the_master_equation():
    # Oracle: the birth-death generator up to 400 cells, exponentiated, over two phases.
    birth, deaths, lengths = 0.5, (0.2, 0.9), (4.0, 2.0)
    most = 400
    state = np.zeros(most)
    state[1] = 1.0
    cells = np.arange(most)
    for death, length in zip(deaths, lengths, strict=True):
        rates = np.zeros((most, most))
        rates[cells[:-1] + 1, cells[:-1]] = birth * cells[:-1]
        rates[cells[1:] - 1, cells[1:]] = death * cells[1:]
        rates -= np.diag(rates.sum(axis=0))
        state = expm(rates * length) @ state
    phases = Phases(np.array([0.0, lengths[0]]))
    growth = np.array([[birth - deaths[0], birth - deaths[1]]])
    decay, pressure = decay_and_pressure(growth, np.array([birth]), phases, np.array([0.0, sum(lengths)]))
    for size in (1, 2, 5, 20, 60):
        ours = chance_of_size(decay[0, 0], pressure[0, 0], decay[0, 1], pressure[0, 1], np.array(float(size)))
        assert ours == pytest.approx(state[size:].sum(), rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.lists(growths, min_size=1, max_size=4), st.floats(50, 3000))
def test_phases_compose_as_an_ordinary_differential_equation(rates, time):
    # Oracle: dE/dt = -g E, dI/dt = b E.
    starts = np.arange(len(rates)) * 400.0
    phases = Phases(starts)
    decay, pressure = from_zero(rates, phases, [time])

    def slope(at, y):
        rate = rates[max(int(np.searchsorted(starts, at, side="right")) - 1, 0)]
        return [-rate * y[0], BIRTH * y[0]]

    y = [1.0, 0.0]
    edges = [*[edge for edge in starts if edge < time], time]
    for left, right in pairwise(edges):
        solved = solve_ivp(slope, (left, right - 1e-9), y, rtol=1e-10, atol=1e-14)
        y = solved.y[:, -1]
    assert decay[0, 0] == pytest.approx(y[0], rel=1e-4)
    assert pressure[0, 0] == pytest.approx(y[1], rel=1e-4)


@pytest.mark.parametrize("growth", [0.006, 0.003, 0.0005, -0.001, -0.004])
@pytest.mark.parametrize("time", [300.0, 1825.0])
@pytest.mark.parametrize("size", [1e3, 1e5])
def test_lineages_from_before_diagnosis_agree_with_quadrature(growth, time, size):
    decay, pressure = from_zero([growth], Phases(np.array([0.0])), [time])
    ours = preexisting(decay[0], pressure[0], np.array([BIRTH]), np.array([UNTREATED]), np.array([size]))[0]

    def density(start):
        gained = pressure[0, 0] + BIRTH * np.expm1(-UNTREATED * start) / UNTREATED
        return np.exp(-(size - 1) * np.log1p(decay[0, 0] / gained)) / (decay[0, 0] + gained)

    pieces = [quad(density, left, left + 250, epsabs=0, epsrel=1e-10)[0] for left in range(-6000, 0, 250)]
    assert ours == pytest.approx(sum(pieces), rel=5e-4)


def arguments(growth, sensitive=-0.0068, patients=1, **changed):
    given_ = {
        "growth": np.broadcast_to(np.asarray(growth, dtype=float), (patients, *np.shape(growth))).copy(),
        "sensitive_growth": np.full((patients, np.shape(growth)[-1]), sensitive),
        "birth": np.full(patients, BIRTH),
        "untreated_growth": np.full(patients, UNTREATED),
        "diagnosis_cells": np.full(patients, 1e6),
        "mutation_rate": np.full((patients, np.shape(growth)[0]), 2e-9),
        "size": np.full(patients, 1e5),
        "phases": Phases(np.zeros(1)),
    }
    return {**given_, **changed}


def test_lineages_under_treatment_agree_with_quadrature():
    growth, sensitive, time = 0.004, -0.0068, 3650.0
    found = expected_lineages(**arguments([[growth]]), times=np.array([time]))[1, 0, 0, 0]

    def density(start):
        decay = np.exp(-growth * (time - start))
        gained = BIRTH * (1 - decay) / growth
        chance = np.exp(-(1e5 - 1) * np.log1p(decay / gained)) / (decay + gained)
        return 2e-9 * BIRTH * 1e6 * np.exp(sensitive * start) * chance

    assert found == pytest.approx(quad(density, 0, time, epsabs=0, epsrel=1e-9, limit=200)[0], rel=1e-3)


def test_splitting_a_phase_changes_nothing():
    times = np.array([900.0, 1825.0, 3650.0])
    whole = expected_lineages(**arguments([[0.004], [-0.002]]), times=times).sum(axis=0)
    split = arguments(
        [[0.004, 0.004, 0.004], [-0.002, -0.002, -0.002]], phases=Phases(np.array([0.0, 365.0, 1000.0]))
    )
    assert expected_lineages(**split, times=times).sum(axis=0) == pytest.approx(whole, rel=2e-3)


@settings(deadline=None, max_examples=25)
@given(growths, growths, st.floats(1e3, 1e6))
def test_more_growth_more_mutation_smaller_size_more_lineages(slow, fast, size):
    slow, fast = sorted((slow, fast))
    times = np.array([400.0, 1825.0, 3650.0])

    def lineages(growth, **changed):
        return expected_lineages(**arguments([[growth]], **changed), times=times).sum(axis=0)[0, 0]

    least = lineages(slow, size=np.array([size]))
    assert np.all(lineages(fast, size=np.array([size])) >= least * (1 - 1e-6) - 1e-15)
    assert np.all(lineages(slow, size=np.array([size * 2])) <= least * (1 + 1e-6) + 1e-15)
    double = lineages(slow, size=np.array([size]), mutation_rate=np.array([[4e-9]]))
    assert double == pytest.approx(2 * least)
    assert np.all(np.diff(least) >= -1e-15)


def test_a_holiday_does_not_undo_a_relapse():
    # Growth, then a phase in which the clone shrinks: the chance to have passed the size must not fall.
    phases = Phases(np.array([0.0, 2000.0]))
    found = expected_lineages(
        **arguments([[0.006, -0.02]], phases=phases), times=np.array([2000.0, 2500.0, 3650.0])
    ).sum(axis=0)[0, 0]
    assert found[0] > 1e-3
    assert np.all(np.diff(found) >= -1e-12)


def test_sensitive_cells_regrow_in_a_holiday_up_to_diagnosis_and_no_further():
    phases = Phases(np.array([0.0, 100.0, 1000.0]))
    cells = sensitive_cells(
        np.array([[-0.01, 0.005, -0.01]]),
        np.array([1e6]),
        phases,
        np.array([0.0, 100.0, 200.0, 900.0, 1100.0]),
    )[0]
    assert cells == pytest.approx([1e6, 1e6 * np.exp(-1), 1e6 * np.exp(-0.5), 1e6, 1e6 * np.exp(-1)])


def test_nodes_weigh_the_whole_time_whatever_the_phases():
    times, weights = treated_nodes(Phases(np.arange(40) * 91.3), 3652.5)
    assert weights.sum() == pytest.approx(3652.5)
    assert np.all(np.diff(times) > 0)
