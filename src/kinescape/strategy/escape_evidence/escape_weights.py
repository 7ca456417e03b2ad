"""The weights of the escape ranking: a logistic regression, fitted once on documented escapes.

``escape_weights.tsv`` holds them, written by ``benchmarks/documented_escapes.py --fit``: positives are the
documented genes of the development groups, negatives all other genes of the core network. A probability is
therefore the chance that a gene of the network is a documented escape: small by nature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinescape.strategy.escape_evidence.documented import rows_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EscapeWeights:
    """A logistic model: probability = 1 / (1 + exp(−(intercept + features · weights))).

    Parameters
    ----------
    features : tuple of str
    weights : tuple of float
    intercept : float
    """

    features: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float

    def probability(self, values: Floats) -> Floats:
        """Probability of each row of features.

        Parameters
        ----------
        values : (n, n_features) array
            In the order of `features`.
        """
        score = self.intercept + np.asarray(values) @ np.array(self.weights)
        result: Floats = 1.0 / (1.0 + np.exp(-score))
        return result


def fit_weights(
    values: Floats, is_escape: NDArray[np.bool_], features: tuple[str, ...], *, penalty: float = 1.0
) -> EscapeWeights:
    """Fit the logistic model with a ridge penalty on standardised features.

    Parameters
    ----------
    values : (n, n_features) array
    is_escape : (n,) bool array
    features : tuple of str
        Names of the columns.
    penalty : float
        Strength of the ridge; the intercept is free.
    """
    from scipy.optimize import minimize

    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(values)), (values - centre) / spread])
    outcome = is_escape.astype(float)

    def loss(beta: Floats) -> tuple[float, Floats]:
        score = design @ beta
        ridge = np.concatenate([[0.0], beta[1:]])
        value = np.sum(np.logaddexp(0.0, score) - outcome * score) + 0.5 * penalty * ridge @ ridge
        slope = design.T @ (1.0 / (1.0 + np.exp(-score)) - outcome) + penalty * ridge
        return float(value), slope

    beta = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x
    weights = beta[1:] / spread
    return EscapeWeights(features, tuple(float(w) for w in weights), float(beta[0] - weights @ centre))


@cache
def load_weights(model: str = "full") -> EscapeWeights:
    """The shipped weights.

    Parameters
    ----------
    model : {"full", "baseline"}
    """
    rows = [row for row in rows_of("escape_weights.tsv") if row["model"] == model]
    values = {row["feature"]: float(row["weight"]) for row in rows}
    intercept = values.pop("intercept")
    return EscapeWeights(tuple(values), tuple(values.values()), intercept)
