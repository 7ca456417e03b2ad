from dataclasses import replace

import numpy as np
import pytest

from kinescape.measurements.conditions import Condition
from kinescape.model.design import Design
from kinescape.model.fit import fit_hierarchical
from kinescape.model.prior import Wiring
from kinescape.model.questions.own_targets import annotated_own_target, measured_own_target


def test_half_normal_moments(planted: tuple[Design, Wiring]) -> None:
    """The mean of |N(0, s²)| is s √(2/π); both signs mirror each other."""
    design = planted[0].with_agents(["KO:n11"])
    core = fit_hierarchical(design)
    rows = design.rows_for("A", [Condition.parse("KO:n11")])
    down, up = (annotated_own_target(core, rows, 3, sign) for sign in (-1, 1))
    np.testing.assert_allclose(down, [-up[0], -up[2], -up[1]])
    drawn = np.abs(np.random.default_rng(1).normal(0, np.sqrt(core.posterior(rows)[1][0, 3]), 200_000))
    assert up[0] == pytest.approx(drawn.mean(), rel=0.01)
    assert up[1] < np.quantile(drawn, 0.05)
    assert up[2] > np.quantile(drawn, 0.95)


def test_the_measured_twin_is_followed(planted: tuple[Design, Wiring]) -> None:
    design = planted[0].with_agents(["KO:n1"])
    core = fit_hierarchical(design)
    rows = design.rows_for("A", [Condition.parse("KO:n1")])
    column = design.readouts.index("p-n1")
    found = measured_own_target(design, core, rows, column, ["i1"])
    assert found is not None
    twin = core.predict(design.rows_for("A", [Condition.parse("i1")])).mean[0, column]
    assert found[0] == pytest.approx(twin, abs=0.3)
    assert found[1] < found[0] < found[2]
    assert measured_own_target(design, core, rows, column, ["nobody"]) is None


def test_a_twin_whose_readout_was_not_measured_says_nothing(planted: tuple[Design, Wiring]) -> None:
    design = planted[0].with_agents(["KO:n1"])
    column = design.readouts.index("p-n1")
    response = design.response.copy()
    response[design.rows.dose[:, design.agents.index("i1")] > 0, column] = np.nan
    blind = replace(design, response=response)
    rows = blind.rows_for("A", [Condition.parse("KO:n1")])
    assert measured_own_target(blind, fit_hierarchical(blind), rows, column, ["i1"]) is None
