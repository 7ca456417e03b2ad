import numpy as np
import pytest

from kinescape.strategy.escape_evidence.escape_weights import fit_weights


def test_logistic_weights_agree_with_newton() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(400, 2))
    outcome = rng.uniform(size=400) < 1 / (1 + np.exp(1 - 2 * values[:, 0]))
    got = fit_weights(values, outcome, ("a", "b"), penalty=1e-9)
    design = np.column_stack([np.ones(400), values])
    beta = np.zeros(3)
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ beta))
        beta += np.linalg.solve(design.T * (p * (1 - p)) @ design, design.T @ (outcome - p))
    assert (got.intercept, *got.weights) == pytest.approx(tuple(beta), rel=1e-3)
