"""Nodes held at a value: what the fitted network passes on when it can no longer move them.

A fixed node keeps its activity whatever acts on it, as do(x = v) says. The unit is that of the circuit's activities:
at gain one, 1 raises a readout on the node by that readout's root mean square over the study.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kinescape.foundation.randomness import generator
from kinescape.model.network_members.saturating import DEVIATION, EFFICACY_LOGIT, STEPS, Circuit
from kinescape.model.network_members.saturating_fit import SaturatingFit

DRAWS = 200
"""Parameters drawn from their uncertainty."""


def fixed_effects(
    fit: SaturatingFit, dose: NDArray, fixed: Mapping[str, float], *, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Effects of one row of doses with nodes held fixed, and their variance by unsure parameters.

    Parameters
    ----------
    fit : SaturatingFit
        The network with its fitted edges.
    dose : (n_agents,) array
        What is given besides.
    fixed : mapping of node to float
        Activities; nodes outside the circuit reach no readout and change nothing.
    seed : int
        Decides the draws.

    Returns
    -------
    mean, variance : (n_readouts,) arrays
        In effect units.
    """
    place = {node: index for index, node in enumerate(fit.circuit.nodes)}
    known = {place[node]: value for node, value in fixed.items() if node in place}
    mean = clamped(fit.circuit, fit.parameters, dose, known)
    vectors = np.linalg.cholesky(fit.parameter_covariance + 1e-10 * np.eye(len(fit.parameters)))
    random = generator(seed, "fixed nodes").standard_normal((DRAWS, len(fit.parameters)))
    drawn = [clamped(fit.circuit, fit.parameters + vectors @ step, dose, known) for step in random]
    scale = fit.core.scale
    return mean * scale, ((np.array(drawn) - mean) ** 2).mean(axis=0) * scale**2


def clamped(
    circuit: Circuit, parameters: NDArray, dose: NDArray, fixed: Mapping[int, float]
) -> NDArray[np.float64]:
    """Effects of one row of doses, (n_readouts,) in scaled units; `saturating.run` with nodes held fixed."""
    layout, n = circuit.layout, len(circuit.nodes)
    matrix = csr_matrix((circuit.weights(parameters), (circuit.target, circuit.source)), shape=(n, n))
    held = np.array(sorted(fixed), dtype=np.int64)
    values = np.array([fixed[int(at)] for at in held])
    basal = np.zeros(n)
    own = parameters[layout.basal]
    basal[circuit.blockable] = np.exp(DEVIATION * (own[0] + own[1:]))
    share = dose / (1.0 + np.exp(-EFFICACY_LOGIT - parameters[layout.efficacy]))
    kept = np.prod(1.0 - circuit.block * share[:, None], axis=0)
    own = parameters[layout.push]
    pushing = circuit.pushing
    pushed = circuit.push[pushing].T @ (dose[pushing] * np.exp(own[0] + own[1:]))
    s = float(np.exp(parameters[layout.saturation][0]))
    activity = np.zeros(n)
    activity[held] = values
    for _ in range(STEPS):
        passed = kept * (activity + basal) - basal
        passed[held] = values
        activity = s * np.tanh((matrix @ passed + pushed) / s)
        activity[held] = values
    own_targets = (dose > 0) @ circuit.own
    told = ~np.asarray(own_targets, dtype=bool) | (circuit.readout[:, held] != 0).any(axis=1)
    effects = (circuit.readout @ activity) * np.exp(DEVIATION * parameters[layout.gain]) * told
    return np.asarray(effects, dtype=np.float64)
