"""A network whose signals saturate: activities at the fixed point, and how they move with every parameter.

The activity x of the nodes, against the untreated cell, follows from

    x ← s tanh((W y + u) / s),    y = (1 − b) ∘ x − b ∘ κ,    W_ij = sign_ij exp(log(0.8 / √indeg_i) + e_ij / 2),

iterated four times from zero. A blocked node passes on −κ, the loss of what it gives in the untreated cell,
instead of its activity. u pushes at ligands and receptors. Everything that is not
known is a parameter with prior N(0, 1); derivatives run backwards through the steps. A readout on a target that the
condition blocks is not predicted: inhibitors of one target may lower or raise its phosphorylation.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kinescape.model.design import Design
from kinescape.model.prior import Wiring

STEPS = 4
"""Iterations: a signal passes at most so many edges. Chosen on the melanoma data, with `DEVIATION`."""
DEVIATION = 0.5
"""Prior standard deviation of the logarithms of edge strengths, basal outputs and gains."""
STRENGTH = 0.8
"""Sum of squares of a node's inputs at the prior mean, square root; below one, so that signals fade."""
EFFICACY_LOGIT = 2.0
"""A full dose blocks 0.88 of its target's output at the prior mean."""


@dataclass(frozen=True)
class Layout:
    """Where each kind of parameter stands in the vector of all.

    Parameters
    ----------
    edge : slice
        e_ij, in the order of the circuit's edges; the log strength moves by `DEVIATION` times this.
    basal, push : slice
        log κ of each node that is blocked, log u of each pushing agent; the first of each is common to all.
    efficacy : slice
        Logit of the share of output that a full dose blocks, less `EFFICACY_LOGIT`, one an agent.
    saturation : slice
        log s.
    gain : slice
        Log gain of each readout.
    """

    edge: slice
    basal: slice
    push: slice
    efficacy: slice
    saturation: slice
    gain: slice

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.gain.stop


@dataclass(frozen=True)
class Circuit:
    """The part of a network that lies between what agents hit and what was measured.

    Parameters
    ----------
    nodes : tuple of str
        Names.
    source, target : (n_edges,) array of int
        Ends of each edge.
    sign, log_prior : (n_edges,) array
        Sign, and log strength at the prior mean.
    block, push : (n_agents, n_nodes) array
        Share of an agent's full action that falls on each node.
    readout : (n_readouts, n_nodes) array
        Mean over a readout's nodes, with its sign; rows of zeros outside the network.
    own : (n_agents, n_readouts) array of bool
        Whether the agent blocks a node of the readout.
    layout : Layout
        Of the parameters.
    """

    nodes: tuple[str, ...]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    sign: NDArray[np.float64]
    log_prior: NDArray[np.float64]
    block: NDArray[np.float64]
    push: NDArray[np.float64]
    readout: NDArray[np.float64]
    own: NDArray[np.bool_]
    layout: Layout

    @property
    def blockable(self) -> NDArray[np.int64]:
        """Nodes that some agent blocks."""
        return np.flatnonzero(self.block.any(axis=0))

    @property
    def pushing(self) -> NDArray[np.int64]:
        """Agents that push some node."""
        return np.flatnonzero(self.push.any(axis=1))

    def weights(self, parameters: NDArray) -> NDArray[np.float64]:
        """Signed strength of each edge, (n_edges,)."""
        return self.sign * np.exp(self.log_prior + DEVIATION * parameters[self.layout.edge])


def circuit_of(wiring: Wiring, design: Design) -> Circuit:
    """The circuit for the agents and readouts of a design.

    Kept are nodes that a hit node reaches in `STEPS` steps and from which a measured node is reached.

    Parameters
    ----------
    wiring : Wiring
        Network, targets and signs of readouts.
    design : Design
        Agents and readouts.
    """
    n_nodes = len(wiring.nodes)
    place = {node: index for index, node in enumerate(wiring.nodes)}
    action = np.zeros((len(design.agents), n_nodes))
    for row, name in enumerate(design.agents):
        hit = {node: weight for node, weight in wiring.hits(name).items() if node in place and weight}
        for node, weight in hit.items():
            action[row, place[node]] = weight / max(map(abs, hit.values()))
    readout = np.zeros((len(design.readouts), n_nodes))
    for column, nodes in enumerate(design.readout_nodes):
        group = [place[node] for node in nodes if node in place]
        if group:
            readout[column, group] = wiring.readout_sign(design.readouts[column]) / len(group)
    adjacency = csr_matrix(wiring.adjacency)
    hit_nodes, measured = np.asarray(action.any(axis=0)), np.asarray(readout.any(axis=0))
    kept = (
        (_reached(adjacency, hit_nodes) & _reached(csr_matrix(adjacency.T), measured)) | hit_nodes | measured
    )
    index = np.flatnonzero(kept)
    small = adjacency[index][:, index].tocoo()
    present = small.data != 0
    source, target = small.row[present].astype(np.int64), small.col[present].astype(np.int64)
    order = np.lexsort((source, target))
    source, target, sign = source[order], target[order], np.sign(small.data[present][order]).astype(float)
    inputs = np.bincount(target, minlength=len(index))
    action, readout = action[:, index], readout[:, index]
    block, push = np.maximum(-action, 0.0), np.maximum(action, 0.0)
    sizes = [
        len(source),
        1 + int(block.any(axis=0).sum()),
        1 + int(push.any(axis=1).sum()),
        len(design.agents),
        1,
        len(design.readouts),
    ]
    edges = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    return Circuit(
        tuple(wiring.nodes[at] for at in index),
        source,
        target,
        sign,
        np.log(STRENGTH / np.sqrt(inputs[target])),
        block,
        push,
        readout,
        (block > 0) @ (readout != 0).T,
        Layout(*(slice(low, high) for low, high in pairwise(edges))),
    )


def _reached(adjacency: csr_matrix, start: NDArray) -> NDArray[np.bool_]:
    reach = start.astype(bool)
    step = abs(adjacency).T
    for _ in range(STEPS):
        reach = reach | (step @ reach.astype(float) > 0)
    return reach


@dataclass(frozen=True)
class Run:
    """A run of the circuit, with what running it backwards needs.

    Parameters
    ----------
    effects : (n_conditions, n_readouts) array
        Predicted effects, scaled units.
    told : (n_conditions, n_readouts) array of bool
        False for readouts on a target that the condition blocks; their effect is zero.
    """

    effects: NDArray[np.float64]
    told: NDArray[np.bool_]
    circuit: Circuit
    parameters: NDArray[np.float64]
    dose: NDArray[np.float64]
    matrix: csr_matrix
    kept: NDArray[np.float64]
    basal: NDArray[np.float64]
    saturation: float
    passed: tuple[NDArray[np.float64], ...]
    drive: tuple[NDArray[np.float64], ...]
    activity: NDArray[np.float64]


def run(circuit: Circuit, parameters: NDArray, dose: NDArray) -> Run:
    """Activities at the fixed point and the effects on the readouts.

    Parameters
    ----------
    circuit : Circuit
        From `circuit_of`.
    parameters : (layout.size,) array
        Zero is the prior mean.
    dose : (n_conditions, n_agents) array
        Dose codes: occupancy where a potency is known.
    """
    layout, n = circuit.layout, len(circuit.nodes)
    matrix = csr_matrix((circuit.weights(parameters), (circuit.target, circuit.source)), shape=(n, n))
    basal = np.zeros((n, 1))
    own = parameters[layout.basal]
    basal[circuit.blockable, 0] = np.exp(DEVIATION * (own[0] + own[1:]))
    kept = np.ones((n, len(dose)))
    share = dose * _efficacy(circuit, parameters)
    for agent in np.flatnonzero(circuit.block.any(axis=1)):
        kept *= 1.0 - circuit.block[agent][:, None] * share[:, agent]
    own = parameters[layout.push]
    pushing = circuit.pushing
    input_ = circuit.push[pushing].T @ (dose[:, pushing] * np.exp(own[0] + own[1:])).T
    s = float(np.exp(parameters[layout.saturation][0]))
    activity = np.zeros((n, len(dose)))
    passed, drive = [], []
    for _ in range(STEPS):
        passed.append(kept * (activity + basal) - basal)
        drive.append(np.tanh((matrix @ passed[-1] + input_) / s))
        activity = s * drive[-1]
    gain = np.exp(DEVIATION * parameters[layout.gain])
    told = ~((dose > 0) @ circuit.own)
    effects = (circuit.readout @ activity).T * gain * told
    return Run(
        effects,
        told,
        circuit,
        parameters,
        dose,
        matrix,
        kept,
        basal,
        s,
        tuple(passed),
        tuple(drive),
        activity,
    )


def _efficacy(circuit: Circuit, parameters: NDArray) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-EFFICACY_LOGIT - parameters[circuit.layout.efficacy]))


def gradient(found: Run, upstream: NDArray) -> NDArray[np.float64]:
    """Derivative of Σ upstream ∘ effects in every parameter, (layout.size,).

    Parameters
    ----------
    found : Run
        From `run`.
    upstream : (n_conditions, n_readouts) array
        Derivative of a loss in the effects.
    """
    gain = np.exp(DEVIATION * found.parameters[found.circuit.layout.gain])
    total = _backwards(found, found.circuit.readout.T @ (upstream * found.told * gain).T).sum(axis=0)
    total[found.circuit.layout.gain] = DEVIATION * (upstream * found.effects).sum(axis=0)
    return total


def jacobian(found: Run) -> NDArray[np.float64]:
    """Derivative of every effect in every parameter, (n_readouts, n_conditions, layout.size)."""
    circuit = found.circuit
    gain = np.exp(DEVIATION * found.parameters[circuit.layout.gain])
    result = np.zeros((len(gain), len(found.dose), circuit.layout.size))
    for column in np.flatnonzero(circuit.readout.any(axis=1)):
        start = circuit.readout[column][:, None] * gain[column] * found.told[:, column]
        result[column] = _backwards(found, start)
        result[column][:, circuit.layout.gain.start + column] = DEVIATION * found.effects[:, column]
    return result


def _backwards(found: Run, start: NDArray) -> NDArray[np.float64]:
    """From derivatives in the last activities, (n_nodes, n_conditions), to those in each condition's parameters.

    The gains, which act after the last step, are left at zero.
    """
    circuit, layout = found.circuit, found.circuit.layout
    result = np.zeros((start.shape[1], layout.size))
    by_edge = np.zeros((len(circuit.source), start.shape[1]))
    by_input = np.zeros_like(start)
    by_kept = np.zeros_like(start)
    by_basal = np.zeros_like(start)
    by_saturation = np.zeros(start.shape[1])
    back = found.matrix.T.tocsr()
    by_activity = start
    last = found.activity
    for step in range(STEPS - 1, -1, -1):
        drive, passed = found.drive[step], found.passed[step]
        slope = by_activity * (1.0 - drive**2)
        inner = np.arctanh(np.clip(drive, -1 + 1e-15, 1 - 1e-15))
        by_saturation += (by_activity * drive - slope * inner).sum(axis=0)
        by_input += slope
        by_edge += slope[circuit.target] * passed[circuit.source]
        by_passed = back @ slope
        last = found.saturation * found.drive[step - 1] if step else np.zeros_like(last)
        by_kept += by_passed * (last + found.basal)
        by_basal += by_passed * (found.kept - 1.0)
        by_activity = by_passed * found.kept
    result[:, layout.edge] = DEVIATION * (by_edge * circuit.weights(found.parameters)[:, None]).T
    own = DEVIATION * (by_basal * found.basal)[circuit.blockable].T
    result[:, layout.basal.start + 1 : layout.basal.stop] = own
    result[:, layout.basal.start] = own.sum(axis=1)
    pushing = circuit.pushing
    push = found.parameters[layout.push]
    own = (by_input.T @ circuit.push[pushing].T) * found.dose[:, pushing] * np.exp(push[0] + push[1:])
    result[:, layout.push.start + 1 : layout.push.stop] = own
    result[:, layout.push.start] = own.sum(axis=1)
    efficacy = _efficacy(circuit, found.parameters)
    for agent in np.flatnonzero(circuit.block.any(axis=1)):
        dose, hit = found.dose[:, agent], np.flatnonzero(circuit.block[agent])
        taken = circuit.block[agent][hit, None]
        # One factor of the product over agents is exchanged for its derivative.
        factor = 1.0 - taken * dose * efficacy[agent]
        moved = -(by_kept[hit] * found.kept[hit] / factor * taken).sum(axis=0) * dose
        result[:, layout.efficacy.start + agent] = moved * efficacy[agent] * (1.0 - efficacy[agent])
    result[:, layout.saturation.start] = by_saturation * found.saturation
    return result
