"""What the wiring says about agents: a profile of each over the network, and kernels from the profiles.

The influence of node s on node t is the mean sign over the shortest directed paths × 0.7^(length − 1); a
node's influence on itself is 1. The profile of an agent is the signed mean of its targets' influences on the
measured nodes, scaled to length one: a ligand pushes at its receptor, an inhibitor pulls at its targets. The
profile of a condition is the sum over its agents, each times its dose code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kinescape.foundation.randomness import generator
from kinescape.knowledge.names import ReadoutTable, load_readouts
from kinescape.knowledge.network import Network
from kinescape.model.core.kernels import CORE, Kernel, Linear
from kinescape.model.fit import HierarchicalFit, fit_hierarchical

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.model.design import Design

DECAY = 0.7
"""How much of an influence each further step keeps."""
SLOW_MECHANISMS = frozenset({"transcription", "translation", "translational repression"})
"""Edges that act through the making of a protein."""
FEWEST_COLUMNS = 3
"""With fewer distinct readouts in the network, profiles are taken over all its nodes."""


@dataclass(frozen=True)
class Wiring:
    """A network and what the agents hit in it.

    Parameters
    ----------
    nodes : tuple of str
        Nodes of the network.
    adjacency : (n_nodes, n_nodes) scipy.sparse.csr_matrix
        Signs; row = source.
    hits : callable
        Agent name → {node: signed weight}; empty where nothing is known.
    readout_sign : callable
        Readout → 1 where it rises with the activity of its nodes, -1 where it falls (inhibiting sites).
    """

    nodes: tuple[str, ...]
    adjacency: csr_matrix
    hits: Callable[[str], Mapping[str, float]]
    readout_sign: Callable[[str], int]

    def targets(self, agents: Iterable[str]) -> NDArray[np.float64]:
        """Signed share of each agent's action that falls on each node, (n_agents, n_nodes)."""
        names = list(agents)
        place = {node: index for index, node in enumerate(self.nodes)}
        found = np.zeros((len(names), len(self.nodes)))
        for row, name in enumerate(names):
            hit = {node: weight for node, weight in self.hits(name).items() if node in place and weight}
            for node, weight in hit.items():
                found[row, place[node]] = weight / sum(map(abs, hit.values()))
        return found

    def without_targets(self, agents: Iterable[str]) -> tuple[str, ...]:
        """Agents about which the network says nothing."""
        names = list(agents)
        known = np.asarray(self.targets(names).any(axis=1))
        return tuple(name for name, there in zip(names, known, strict=True) if not there)

    def profiles(
        self, agents: Iterable[str], measured: Iterable[tuple[str, ...]] = ()
    ) -> NDArray[np.float64]:
        """Profile of each agent over what is measured, each of length one or zero, (n_agents, n_columns).

        Parameters
        ----------
        agents : iterable of str
            Names.
        measured : iterable of tuple of str
            Nodes that each readout stands for; readouts of the same nodes make one column, their mean. With
            fewer than three columns in the network, all its nodes count.
        """
        targets = self.targets(agents)
        hit = np.flatnonzero(targets.any(axis=0))
        profile = targets[:, hit] @ influence(self.adjacency, hit)
        place = {node: index for index, node in enumerate(self.nodes)}
        groups = {tuple(place[node] for node in nodes if node in place) for nodes in measured} - {()}
        if len(groups) >= FEWEST_COLUMNS:
            profile = np.column_stack([profile[:, list(group)].mean(axis=1) for group in sorted(groups)])
        length = np.linalg.norm(profile, axis=1, keepdims=True)
        return profile / np.where(length > 0, length, 1.0)

    def expected(self, design: Design) -> NDArray[np.float64]:
        """What the wiring expects of each agent at gain one, (2, n_agents, n_readouts): ligands, inhibitors.

        Zero for readouts outside the network, and for readouts on an inhibitor's own targets: inhibitors of one
        target may lower or raise its phosphorylation.
        """
        targets = self.targets(design.agents)
        hit = np.flatnonzero(targets.any(axis=0))
        profile = targets[:, hit] @ influence(self.adjacency, hit)
        pulls = np.asarray((targets < 0).any(axis=1))
        place = {node: index for index, node in enumerate(self.nodes)}
        found = np.zeros((2, len(design.agents), len(design.readouts)))
        for column, nodes in enumerate(design.readout_nodes):
            group = [place[node] for node in nodes if node in place]
            if group:
                effect = profile[:, group].mean(axis=1) * self.readout_sign(design.readouts[column])
                own = (targets[:, group] < 0).any(axis=1)
                found[0, :, column] = np.where(pulls, 0.0, effect)
                found[1, :, column] = np.where(pulls & ~own, effect, 0.0)
        return found

    def shuffled(self, seed: int, number: int) -> Wiring:
        """The same wiring with the names of its nodes dealt out anew, among nodes that act on others.

        Agents with the same targets keep the same targets: only what the network says about them is lost.
        """
        acting = np.flatnonzero(np.diff(self.adjacency.indptr) > 0)
        dealt = np.arange(len(self.nodes))
        dealt[acting] = generator(seed, "shuffled network", number).permutation(acting)
        return replace(self, adjacency=csr_matrix(self.adjacency[dealt][:, dealt]))


def influence(adjacency: csr_matrix, sources: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean sign over shortest directed paths × 0.7^(length − 1) from sources to all nodes.

    Parameters
    ----------
    adjacency : (n_nodes, n_nodes) scipy.sparse.csr_matrix
        Signs; row = source.
    sources : (n_sources,) array of int
        Where the paths begin.

    Returns
    -------
    (n_sources, n_nodes) array
        1 from a node to itself, 0 where no path leads.
    """
    n_nodes = adjacency.shape[0]
    signed = adjacency.T.tocsr()
    counted = abs(signed)
    reach = np.zeros((len(sources), n_nodes))
    reach[np.arange(len(sources)), sources] = 1
    paths, balance, seen = reach.copy(), reach.copy(), reach > 0
    length = 0
    while True:
        length += 1
        paths, balance = (counted @ paths.T).T, (signed @ balance.T).T
        fresh = (paths > 0) & ~seen
        if not fresh.any():
            return reach
        # Only shortest paths go on: what was reached before is left out.
        paths, balance = np.where(fresh, paths, 0), np.where(fresh, balance, 0)
        reach[fresh] = balance[fresh] / paths[fresh] * DECAY ** (length - 1)
        seen |= fresh


def wiring_of(
    network: Network,
    agents: AgentTable | Mapping[str, Mapping[str, float]],
    *,
    readouts: ReadoutTable | None = None,
    slow: bool = False,
) -> Wiring:
    """A network with what agents hit in it.

    Parameters
    ----------
    network : Network
        Signed and directed.
    agents : AgentTable or mapping of agent to {node: signed weight}
        What each agent hits; the table's targets weigh by affinity, the strongest 1, unknown ones 1. A
        ligand that stands in the network acts as itself. A genetic perturbation (``KO:``, ``KD:``, ``OE:``)
        acts on its gene; the direction of a mutation is not known.
    readouts : ReadoutTable, optional
        Tells sites that rise with activity from those that fall; by default the package's own.
    slow : bool
        Whether edges through transcription and translation count too. Signalling readouts are mostly taken
        before these act.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge, Network
    >>> chain = Network([Edge("EGF", "EGFR", 1), Edge("EGFR", "MAPK1", 1)])
    >>> wiring = wiring_of(chain, {"gefitinib": {"EGFR": -1}})
    >>> wiring.profiles(["gefitinib"], [("EGFR",), ("MAPK1",), ("EGF",)]).round(2)
    array([[ 0.  , -0.71, -0.71]])
    """
    if not slow:
        quick = (edge for edge in network.edges if edge.mechanism not in SLOW_MECHANISMS)
        network = Network(quick, network.name, network.licence, isolated=network.nodes)
    nodes, adjacency = network.matrix()
    held = frozenset(nodes)

    def hits(name: str) -> Mapping[str, float]:
        kind, _, gene = name.partition(":")
        if gene and kind in ("KO", "KD", "OE"):
            return {gene: 1 if kind == "OE" else -1}
        if isinstance(agents, Mapping):
            return agents.get(name, {})
        agent = agents.get(name)
        if agent is None:
            return {}
        if agent.kind == "ligand" and agent.name in held:
            return {agent.name: 1}
        known = [target.affinity_nanomolar for target in agent.targets if target.affinity_nanomolar]
        return {
            target.gene: target.sign
            * (min(known) / target.affinity_nanomolar if target.affinity_nanomolar else 1.0)
            for target in agent.targets
        }

    meanings = load_readouts() if readouts is None else readouts

    def readout_sign(readout: str) -> int:
        meaning = meanings.resolve(readout)
        return -1 if meaning is not None and meaning.sign < 0 else 1

    return Wiring(nodes, csr_matrix(adjacency), hits, readout_sign)


def network_kernels(wiring: Wiring, design: Design) -> tuple[tuple[str, Kernel], ...]:
    """Kernels from the wiring, to stand beside those of the core: their weights can go to nothing."""
    profiles = wiring.profiles(design.agents, design.readout_nodes)
    hit = wiring.targets(design.agents)
    hit = hit[:, hit.any(axis=0)]
    return (("network profile", Linear(profiles)), ("targets", Linear(hit)))


def fit_network_kernel(design: Design, wiring: Wiring) -> HierarchicalFit:
    """The hierarchical core with the network's kernels beside its own, all variances by evidence."""
    return fit_hierarchical(design, kernels=CORE + network_kernels(wiring, design))
