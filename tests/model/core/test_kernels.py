from itertools import combinations

import numpy as np
import pytest

from kinescape.measurements.table import Measurements
from kinescape.model.core.kernels import agents, core_components, identity, pairs
from kinescape.model.design import Rows, build_design


@pytest.fixture
def rows() -> Rows:
    random = np.random.default_rng(2)
    dose = random.choice([0, 0.5, 1], size=(9, 4))
    return Rows(np.arange(9) % 3, np.array([str(d.tolist()) for d in dose]), dose)


def test_pairs_is_the_sum_over_products(rows: Rows) -> None:
    products = np.array([[x[i] * x[j] for i, j in combinations(range(4), 2)] for x in rows.dose])
    assert pairs(rows, rows) == pytest.approx(products @ products.T)


def test_agents_is_linear_in_the_dose(rows: Rows) -> None:
    half = Rows(rows.sample, rows.condition, rows.dose / 2)
    assert agents(half, rows) == pytest.approx(agents(rows, rows) / 2)


def test_identity_goes_by_the_condition(rows: Rows) -> None:
    expected = [[a == b for b in rows.condition] for a in rows.condition]
    assert identity(rows, rows).astype(bool).tolist() == expected


def test_components_are_scaled_and_positive(small_study: Measurements) -> None:
    design = build_design(small_study)
    for component in core_components(design.rows):
        gram = component.gram(design.rows, design.rows)
        assert np.diag(gram).mean() == pytest.approx(1.0)
        assert np.linalg.eigvalsh(gram).min() > -1e-9
        assert component.diagonal(design.rows) == pytest.approx(np.diag(gram))
        if component.within_sample:
            assert not gram[design.rows.sample[:, None] != design.rows.sample[None, :]].any()


def test_what_cannot_be_told_apart_is_left_out(small_study: Measurements) -> None:
    design = build_design(small_study)
    one = design.take((design.rows.sample == 0) & (design.rows.agent_count == 1))
    assert [component.name for component in core_components(one.rows)] == ["constant", "agents"]
