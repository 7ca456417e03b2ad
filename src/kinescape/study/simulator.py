"""A mechanistic simulator of signalling, for studies whose truth is known.

Every node is a cycle of activation and inactivation whose rates come from its neighbours in the curated
network; a drug stops what its target emits, by occupancy. This is on purpose another kind of model than those
that kinescape fits, so that finding the truth in simulated data is not a foregone conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from kinescape.foundation.errors import RunError
from kinescape.foundation.randomness import generator
from kinescape.knowledge.network import Network

_HOURS = 400.0
_INACTIVATION = 1.0
_COOPERATIVE = 1.0
_SILENT = 0.42


@dataclass(frozen=True)
class SimulatedLine:
    """A cell line of the simulator.

    Parameters
    ----------
    name : str
        Name of the sample.
    drive : mapping of str to float
        Rate at which a node activates itself without any input (a mutant receptor: large), per hour. A drug
        that holds the node stops this too, as it stops autophosphorylation.
    abundance : mapping of str to float
        Amount of a node against 1, the usual amount.
    adaptive : mapping of (str, str) to float
        (sensor, node): the fold by which the node's amount rises when the sensor's activity is lost.
    """

    name: str
    drive: Mapping[str, float]
    abundance: Mapping[str, float] = field(default_factory=dict)
    adaptive: Mapping[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class CycleModel:
    """Activation cycles over a network: the constants of one simulated world.

    Parameters
    ----------
    nodes : tuple of str
        The nodes.
    activation, inactivation : (n_nodes, n_nodes) array
        Rate that the source in a column adds to the node in a row, per hour at full activity.
    """

    nodes: tuple[str, ...]
    activation: NDArray[np.float64]
    inactivation: NDArray[np.float64]

    @classmethod
    def from_network(
        cls, network: Network, nodes: tuple[str, ...], *, seed: int, strength: float = 2.0
    ) -> CycleModel:
        """Rates drawn around `strength`, shared among a node's inputs.

        Parameters
        ----------
        network : Network
            Signed edges; unsigned ones are left out.
        nodes : tuple of str
            Which nodes to simulate.
        seed : int
            Of the rates.
        strength : float
            Mean total activation rate of a node whose inputs are all active, per hour.
        """
        index = {node: position for position, node in enumerate(nodes)}
        activation = np.zeros((len(nodes), len(nodes)))
        inactivation = np.zeros_like(activation)
        for edge in network.edges:
            if edge.source in index and edge.target in index and edge.sign != 0:
                rates = activation if edge.sign > 0 else inactivation
                rates[index[edge.target], index[edge.source]] = 1.0
        rng = generator(seed, "cycle rates")
        scatter = np.exp(rng.normal(0.0, 0.25, activation.shape))
        for rates, total in ((activation, strength), (inactivation, strength / 2)):
            inputs = np.maximum(rates.sum(axis=1, keepdims=True), 1.0)
            rates *= scatter * total / inputs
        return cls(nodes, activation, inactivation)

    def steady_state(
        self, line: SimulatedLine, occupancy: Mapping[str, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Amount of the active form, and what each node emits, long after a perturbation.

        Parameters
        ----------
        line : SimulatedLine
            The cells.
        occupancy : mapping of str to float
            Share of each drugged node that the drugs hold, 0 to 1.

        Returns
        -------
        active : (n_nodes,) array
            Amount of the active (phosphorylated) form: what an antibody sees.
        emitted : (n_nodes,) array
            What of it still acts on others: the active form that no drug holds.

        Raises
        ------
        RunError
            Where the integration fails.
        """
        free = np.array([1.0 - occupancy.get(node, 0.0) for node in self.nodes])
        base = np.array([line.abundance.get(node, 1.0) for node in self.nodes])
        drive = np.array([line.drive.get(node, 0.02) for node in self.nodes])
        index = {node: position for position, node in enumerate(self.nodes)}
        rises = [(index[sensor], index[node], fold) for (sensor, node), fold in line.adaptive.items()]

        def change(_: float, state: NDArray[np.float64]) -> NDArray[np.float64]:
            share, amount = np.split(state, 2)
            emitted = share * amount * free
            # Two sites must be phosphorylated: cooperative, so that signals are not blunted over many steps.
            on = free * drive + _COOPERATIVE * (self.activation @ emitted / 0.5) ** 2
            off = _INACTIVATION + self.inactivation @ emitted
            wanted = base.copy()
            for sensor, node, fold in rises:
                silence = 1.0 / (1.0 + (emitted[sensor] / _SILENT) ** 6)
                wanted[node] *= 1.0 + (fold - 1.0) * silence
            return np.concatenate([on * (1 - share) - off * share, 0.1 * (wanted - amount)])

        start = np.concatenate([np.full(len(self.nodes), 0.2), base])
        solution = solve_ivp(change, (0.0, _HOURS), start, method="LSODA", rtol=1e-7, atol=1e-9)
        if not solution.success:
            raise RunError(f"the simulator did not reach a steady state: {solution.message}")
        share, amount = np.split(solution.y[:, -1], 2)
        return share * amount, share * amount * free


def viability(
    emitted: Mapping[str, float],
    control: Mapping[str, float],
    weights: Mapping[str, float],
    hours: float = 72.0,
) -> float:
    """Cells against the untreated control, from what the survival nodes still emit.

    Growth follows the weighted survival signal by a Hill curve; where the signal is lost cells die.

    Parameters
    ----------
    emitted, control : mapping of str to float
        What each survival node emits under treatment, and without.
    weights : mapping of str to float
        Weight of each survival node.
    hours : float
        Length of the treatment.

    Returns
    -------
    float
        Fraction of control.
    """
    total = sum(weights.values())
    signal = sum(weight * emitted[node] / control[node] for node, weight in weights.items()) / total

    def growth(value: float) -> float:
        return 0.055 * value**3 / (value**3 + 0.45**3) - 0.015

    return float(2.0 ** ((growth(signal) - growth(1.0)) * hours))
