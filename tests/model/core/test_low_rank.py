"""Designs of many rows: features say what n × n matrices say."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from kinescape.model.core import evidence as evidence_module
from kinescape.model.core import low_rank
from kinescape.model.core.calibration import left_out_errors
from kinescape.model.core.evidence import Block, blocks_of, evidence
from kinescape.model.core.kernels import CORE, Component, Kernel, Linear, core_components
from kinescape.model.core.low_rank import FeatureBlock, LowRankFactor, features_of
from kinescape.model.design import AgentKind, Design, Rows
from kinescape.model.fit import condition_on


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Design:
    """Two samples, three drugs in pairs at four doses; one sample lacks the third; two readouts."""
    monkeypatch.setattr(low_rank, "LARGE", 20)
    monkeypatch.setattr(evidence_module, "LARGE", 20)
    random = np.random.default_rng(5)
    dose, sample = [], []
    for one in range(2):
        for first, second in [(0, 1)] if one else [(0, 1), (1, 2), (0, 2)]:
            for at in np.ndindex(5, 5):
                row = np.zeros(3)
                row[[first, second]] = np.array(at) / 4
                if row.any():
                    dose.append(row)
                    sample.append(one)
    doses = np.array(dose)
    condition = np.array([str(row.tolist()) for row in doses])
    response = np.column_stack([doses.sum(axis=1), doses[:, 0] * doses[:, 1]])
    response = response + random.normal(0, 0.1, response.shape)
    response[::9, 1] = np.nan
    rows = Rows(np.array(sample), condition, doses)
    agents = ("x", "y", "z")
    kinds: tuple[AgentKind, ...] = ("inhibitor", "inhibitor", "inhibitor")
    return Design(rows, response, ("a", "b"), agents, ("p", "q"), kinds, "log2_fold_change", {})


def _kernels() -> tuple[tuple[str, Kernel], ...]:
    return (*CORE, ("targets", Linear(np.random.default_rng(1).normal(size=(3, 7)))))


def test_evidence_and_gradient_are_those_of_the_whole_matrix(
    screen: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    components = core_components(screen.rows, _kernels())
    effects = screen.response / screen.readout_scale
    condensed = blocks_of(components, None, screen.rows, effects)
    assert all(isinstance(block, FeatureBlock) for block in condensed)
    monkeypatch.setattr(low_rank, "LARGE", 10_000)
    whole = blocks_of(components, None, screen.rows, effects)
    assert all(isinstance(block, Block) for block in whole)
    at = np.random.default_rng(2).normal(-1, 1, len(components) + 1)
    value, gradient = evidence(at, condensed)
    expected, slope = evidence(at, whole)
    assert value == pytest.approx(expected, rel=1e-10)
    assert gradient == pytest.approx(slope, rel=1e-8, abs=1e-8)
    assert gradient == pytest.approx(approx_fprime(at, lambda x: evidence(x, whole)[0], 1e-6), abs=1e-2)


@pytest.mark.parametrize("large", [20, 10_000])
def test_many_columns_are_rotated_into_fewer(
    screen: Design, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """With more readouts than rows only their inner products count."""
    components = core_components(screen.rows)
    effects = np.random.default_rng(3).normal(size=(len(screen), 900))
    expected = evidence(np.full(len(components) + 1, -1.0), _whole(components, screen.rows, effects))
    monkeypatch.setattr(low_rank, "LARGE", large)
    (block,) = blocks_of(components, None, screen.rows, effects)
    assert isinstance(block, FeatureBlock if large == 20 else Block)
    width = block.cross.shape[1] if isinstance(block, FeatureBlock) else block.effects.shape[1]
    assert width < 900
    found = evidence(np.full(len(components) + 1, -1.0), [block])
    assert found[0] == pytest.approx(expected[0], rel=1e-10)
    assert found[1] == pytest.approx(expected[1], rel=1e-8)


def _whole(components: tuple[Component, ...], rows: Rows, effects: np.ndarray) -> list[Block]:
    return [Block(np.array([part.gram(rows, rows) for part in components]), effects)]


def test_posterior_and_left_out_errors_are_those_of_the_whole_matrix(
    screen: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    components = core_components(screen.rows)
    variance = np.linspace(0.1, 0.7, len(components))
    keep = np.arange(len(screen)) % 4 > 0
    groups = [screen.rows.dose[keep, agent] > 0 for agent in range(3)]
    quick = condition_on(screen.take(keep), components, variance, 0.05, screen.readout_scale)
    assert all(isinstance(factor, LowRankFactor) for _, _, factor, _ in quick.patterns)
    monkeypatch.setattr(low_rank, "LARGE", 10_000)
    whole = condition_on(screen.take(keep), components, variance, 0.05, screen.readout_scale)
    for found, expected in zip(quick.posterior(screen.rows), whole.posterior(screen.rows), strict=True):
        assert found == pytest.approx(expected, abs=1e-8)
    assert quick.spread == pytest.approx(whole.spread)
    for ours, theirs in zip(left_out_errors(quick, groups), left_out_errors(whole, groups), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-7)


def test_few_rows_and_many_features_are_left_whole(screen: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    components = core_components(screen.rows)
    assert features_of(components, screen.rows.take(np.arange(15))) is None
    monkeypatch.setattr(low_rank, "MOST_FEATURES", 0.01)
    assert features_of(components, screen.rows) is None
