import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from kinescape.strategy.resistance.birth_death import Phases
from kinescape.strategy.resistance.compound_mutants import lineages_with_compounds, riccati_step


@settings(deadline=None, max_examples=50)
@given(st.floats(-0.05, 0.02), st.floats(0, 0.05), st.floats(0, 1), st.floats(0.1, 500), st.floats(0, 1))
def test_riccati_step_solves_the_equation(growth, birth, source, time, start):
    source = source * 1e-3
    solved = solve_ivp(
        lambda _, y: growth * y - birth * y**2 + source * (1 - y), (0, time), [start], rtol=1e-9, atol=1e-12
    )
    ours = riccati_step(np.array(start), np.array(growth), np.array(birth), np.array(source), np.array(time))
    assert float(ours) == pytest.approx(float(np.clip(solved.y[0, -1], 0, 1)), rel=1e-5, abs=1e-8)


def case(rate=1e-4, cells=3e4):
    # Single mutants just fail under the drug, their compound grows: small numbers that can be simulated.
    n = 400
    return {
        "growth": np.tile(np.array([[-0.004], [-0.006]]), (n, 1, 1)),
        "compound_growth": np.full((n, 1, 1), 0.03),
        "parents": np.array([[0, 1]]),
        "sensitive_growth": np.full((n, 1), -0.02),
        "birth": np.full(n, 0.1),
        "untreated_growth": np.full(n, 0.03),
        "diagnosis_cells": np.full(n, cells),
        "mutation_rate": np.full((n, 2), rate),
        "size": np.full(n, 200.0),
        "phases": Phases(np.zeros(1)),
        "times": np.array([200.0, 500.0]),
    }


def simulated(given_, random):
    """Tau-leaping over a tenth of a day: singles and compounds of one patient after the other."""
    step, horizon = 0.5, 500.0
    n = given_["birth"].size
    relapsed = np.zeros(n)
    birth, untreated = 0.1, 0.03
    death = birth - np.array([-0.004, -0.006])
    rate = given_["mutation_rate"][0, 0]
    cells = given_["diagnosis_cells"][0]
    singles = np.zeros((n, 2), dtype=np.int64)
    compound = np.zeros(n, dtype=np.int64)
    done = np.zeros(n, dtype=bool)
    time = -12 / untreated
    while time < horizon:
        treated = time >= 0
        sensitive = cells * np.exp((-0.02 if treated else untreated) * time)
        dying = death if treated else np.full(2, birth - untreated)
        born = random.poisson(singles * birth * step)
        gone = np.minimum(random.poisson(singles * dying * step), singles)
        new_compounds = random.poisson(singles.sum(axis=1) * birth * rate * step)
        singles = singles + born - gone + random.poisson(sensitive * birth * rate * step, (n, 2))
        death_compound = birth - (0.03 if treated else untreated)
        up = random.poisson(compound * birth * step)
        down = np.minimum(random.poisson(compound * death_compound * step), compound)
        compound = compound + up - down + new_compounds
        done |= treated & (compound >= given_["size"][0])
        compound[done] = 0
        time += step
    relapsed[:] = done
    return relapsed.mean()


def test_compounds_agree_with_a_simulation_of_both_steps():
    given_ = case()
    expected, weights = lineages_with_compounds(**given_)
    chance = float(-np.expm1(-expected[0, :, -1].sum()))
    seen = simulated(given_, np.random.default_rng(5))
    # Two clones of one patient add up in the simulation and are judged one by one here; 400 patients give 0.025.
    assert 0.05 < chance < 0.95
    assert seen == pytest.approx(chance, abs=0.08)
    assert weights.shape == (1,) and weights[0] > 0


def test_without_second_mutations_there_are_no_compounds():
    given_ = case()
    given_["mutation_rate"] = np.tile([1e-4, 0.0], (400, 1))
    expected, _ = lineages_with_compounds(**given_)
    assert np.all(expected == 0)


def test_compounds_grow_with_the_square_of_the_mutation_rate_where_rare():
    low, _ = lineages_with_compounds(**case(rate=1e-9))
    high, _ = lineages_with_compounds(**case(rate=2e-9))
    assert high[0, :, -1].sum() == pytest.approx(4 * low[0, :, -1].sum(), rel=1e-3)
