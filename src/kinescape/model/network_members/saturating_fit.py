"""The saturating network fitted to data: edge strengths at their most probable values, with their uncertainty.

With f_r(θ) the circuit's effects on readout r, one an (agents, doses) combination, and A the rows' combinations,

    z_r ~ N(A f_r(θ), K + σ² I),    θ ~ N(0, I),

K the covariance of the hierarchical core: what the circuit leaves over may still be alike between samples and
conditions. The loss needs only M = AᵀK⁻¹A and V = AᵀK⁻¹Z, so its cost does not grow with samples. Around the
most probable θ the circuit is taken as linear (Laplace): Cov θ = (I + Σ_r J_rᵀ M J_r)⁻¹, and it enters the intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from kinescape.model.core.low_rank import solved
from kinescape.model.fit import HierarchicalFit, fit_hierarchical, with_effects
from kinescape.model.network_members.saturating import DEVIATION, Circuit, circuit_of, gradient, jacobian, run
from kinescape.model.prediction import NORMAL_QUANTILE, Prediction

if TYPE_CHECKING:
    from kinescape.model.design import Design, Rows
    from kinescape.model.prior import Wiring

MOST_ITERATIONS = 150
"""Of the optimiser; a fit that is not finished by then says so in `converged`."""


@dataclass(frozen=True)
class SaturatingFit:
    """The circuit at its most probable parameters, and the core on what it leaves over.

    Parameters
    ----------
    core : HierarchicalFit
        Posterior of the residuals.
    circuit : Circuit
        Nodes, edges, actions.
    parameters : (n_parameters,) array
        Most probable values; zero is the prior mean, one its standard deviation.
    parameter_covariance : (n_parameters, n_parameters) array
        Laplace approximation.
    train_jacobian : (n_readouts, n_conditions, n_parameters) array
        Derivatives of the effects of the training rows' distinct doses, scaled units.
    train_which : (n_rows,) array of int
        Which of the distinct doses each training row has.
    converged : bool
        Whether the optimiser says so.
    """

    core: HierarchicalFit
    circuit: Circuit
    parameters: NDArray[np.float64]
    parameter_covariance: NDArray[np.float64]
    train_jacobian: NDArray[np.float64]
    train_which: NDArray[np.int64]
    converged: bool

    def predict(self, rows: Rows) -> Prediction:
        """Posterior mean and 90 % interval of a new measurement; noise and unsure parameters included."""
        mean, variance = self.posterior(rows)
        return self.core.around(rows, mean, variance)

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and variance of the noiseless effects, both (n, n_readouts)."""
        if len(parts := self.core.parts_of(rows)) > 1:
            told = [self.posterior(part) for part in parts]
            return np.concatenate([mean for mean, _ in told]), np.concatenate([rest for _, rest in told])
        mean, variance = self.core.posterior(rows)
        dose, which = distinct_doses(rows)
        found = run(self.circuit, self.parameters, dose)
        moves = jacobian(found)
        scale = self.core.scale
        mean = mean + found.effects[which] * scale
        halves = self.core.carried(rows).half
        for (columns, seen, _, _), half in zip(self.core.patterns, halves, strict=True):
            carried = half.T
            member = np.zeros((len(seen), self.train_jacobian.shape[1]))
            member[np.arange(len(seen)), self.train_which[seen]] = 1.0
            taken_back = carried @ member
            for column in columns:
                # What wrong parameters do here, less what the core would take back from the training rows.
                unsure = moves[column][which] - taken_back @ self.train_jacobian[column]
                spread = np.einsum("np,np->n", unsure @ self.parameter_covariance, unsure)
                variance[:, column] += np.maximum(spread, 0.0) * scale[column] ** 2
        return mean, variance

    def edges_frame(self) -> pl.DataFrame:
        """Strength of every edge: source, target, sign, strength, its 90 % interval, and what was learned.

        `learned` is the share by which the data narrowed the logarithm of the strength: 0 where only the prior
        speaks.
        """
        layout, circuit = self.circuit.layout, self.circuit
        narrowed = np.sqrt(np.diag(self.parameter_covariance)[layout.edge])
        deviation = DEVIATION * narrowed
        log = circuit.log_prior + DEVIATION * self.parameters[layout.edge]
        return pl.DataFrame(
            {
                "source": [circuit.nodes[at] for at in circuit.source],
                "target": [circuit.nodes[at] for at in circuit.target],
                "sign": circuit.sign.astype(int),
                "strength": np.exp(log),
                "strength_low": np.exp(log - NORMAL_QUANTILE * deviation),
                "strength_high": np.exp(log + NORMAL_QUANTILE * deviation),
                "learned": 1.0 - narrowed,
            },
            schema_overrides={"source": pl.String, "target": pl.String, "sign": pl.Int8},
        )


def distinct_doses(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The distinct rows of dose codes, and which of them each row has."""
    dose, which = np.unique(rows.dose, axis=0, return_inverse=True)
    return dose, which.ravel()


@dataclass(frozen=True)
class Condensed:
    """The data of some readouts, condensed to what the loss needs.

    Parameters
    ----------
    columns : (n_columns,) array of int
        Readouts.
    precision : (n_conditions, n_conditions) array
        AᵀK⁻¹A.
    weighted : (n_conditions, n_columns) array
        AᵀK⁻¹Z.
    """

    columns: NDArray[np.int64]
    precision: NDArray[np.float64]
    weighted: NDArray[np.float64]


def condense(core: HierarchicalFit, which: NDArray, n_conditions: int) -> tuple[Condensed, ...]:
    """The data that a core was conditioned on, as the circuit's loss needs them."""
    found = []
    for columns, seen, factor, weights in core.patterns:
        member = np.zeros((len(seen), n_conditions))
        member[np.arange(len(seen)), which[seen]] = 1.0
        found.append(Condensed(columns, member.T @ solved(factor, member), member.T @ weights))
    return tuple(found)


def negative_log_posterior(
    parameters: NDArray, circuit: Circuit, dose: NDArray, data: tuple[Condensed, ...]
) -> tuple[float, NDArray[np.float64]]:
    """Up to a constant, and its gradient."""
    found = run(circuit, parameters, dose)
    value, upstream = 0.5 * float(parameters @ parameters), np.zeros_like(found.effects)
    for part in data:
        effects = found.effects[:, part.columns]
        pulled = part.precision @ effects
        value += float((0.5 * effects * pulled - effects * part.weighted).sum())
        upstream[:, part.columns] = pulled - part.weighted
    return value, parameters + gradient(found, upstream)


def memory_bytes(design: Design, wiring: Wiring) -> int:
    """Memory that a fit takes at its peak, estimated before it is asked for: derivatives and curvature."""
    size = circuit_of(wiring, design).layout.size
    conditions = len(np.unique(design.rows.dose, axis=0))
    return 8 * (2 * len(design.readouts) * conditions * size + 4 * size**2)


def fit_saturating(design: Design, wiring: Wiring, *, core: HierarchicalFit | None = None) -> SaturatingFit:
    """Fit the core, then the circuit under its covariance, then the core to what the circuit leaves over.

    Parameters
    ----------
    design : Design
        Rows to learn from; readouts may be missing anywhere.
    wiring : Wiring
        Network, targets and signs of readouts.
    core : HierarchicalFit, optional
        Of the same design, where it was fitted before.
    """
    plain = fit_hierarchical(design) if core is None else core
    circuit = circuit_of(wiring, design)
    dose, which = distinct_doses(design.rows)
    data = condense(plain, which, len(dose))
    best = minimize(
        negative_log_posterior,
        np.zeros(circuit.layout.size),
        args=(circuit, dose, data),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_ITERATIONS, "ftol": 1e-7, "gtol": 1e-3, "maxcor": 20},
    )
    parameters: NDArray[np.float64] = np.asarray(best.x, dtype=np.float64)
    found = run(circuit, parameters, dose)
    moves = jacobian(found)
    information = np.eye(len(parameters))
    for part in data:
        for column in part.columns:
            information += moves[column].T @ (part.precision @ moves[column])
    factor = cho_factor(information, lower=True, check_finite=False)
    covariance = cho_solve(factor, np.eye(len(parameters)), check_finite=False)
    rest = with_effects(plain, design.response - found.effects[which] * plain.scale)
    return SaturatingFit(rest, circuit, parameters, covariance, moves, which, bool(best.success))
