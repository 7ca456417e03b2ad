"""What a network holds, in numbers, and what its user should know before relying on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.network import PHENOTYPES, Network


@dataclass(frozen=True)
class NetworkSummary:
    """A network in numbers.

    Parameters
    ----------
    name : str
    nodes, edges : int
    activating, inhibiting, unsigned : int
        Edges by sign.
    conflicts : int
        Pairs of nodes with edges of both signs.
    self_loops, isolated : int
        Edges from a node to itself; nodes without edges.
    share_referenced : float or None
        Share of edges with a paper, 0 to 1; None without edges.
    statuses : mapping of str to int
        Edges by checking status.
    mechanisms, resources : mapping of str to int
        Edges by mechanism and by resource, the most frequent first.
    licences : tuple of str
    phenotypes : tuple of str
        The phenotype nodes that are there.
    without_phenotype : int
        Nodes from which no path leads to a phenotype.
    largest_cycle : int
        Nodes of the largest set that can all reach one another; 1 or 0 in a network without cycles.
    """

    name: str
    nodes: int
    edges: int
    activating: int
    inhibiting: int
    unsigned: int
    conflicts: int
    self_loops: int
    isolated: int
    share_referenced: float | None
    statuses: Mapping[str, int]
    mechanisms: Mapping[str, int]
    resources: Mapping[str, int]
    licences: tuple[str, ...]
    phenotypes: tuple[str, ...]
    without_phenotype: int
    largest_cycle: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)


def describe_network(network: Network) -> NetworkSummary:
    """A network in numbers.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge
    >>> summary = describe_network(Network([Edge("A", "B", 1), Edge("B", "A", -1)]))
    >>> summary.edges, summary.largest_cycle
    (2, 2)
    """
    signs = Counter(edge.sign for edge in network.edges)
    resources = Counter(part for edge in network.edges for part in edge.resource.split(";") if part)
    return NetworkSummary(
        network.name,
        len(network.nodes),
        len(network.edges),
        signs[1],
        signs[-1],
        signs[0],
        len(network.conflicts),
        sum(edge.source == edge.target for edge in network.edges),
        len(network.isolated),
        network.share_referenced if network.edges else None,
        dict(Counter(edge.status for edge in network.edges).most_common()),
        dict(Counter(edge.mechanism or "unknown" for edge in network.edges).most_common()),
        dict(resources.most_common()),
        (network.licence,) if network.licence else (),
        network.phenotypes,
        len(nodes_without_phenotype(network)),
        _largest_cycle(network),
    )


def nodes_without_phenotype(network: Network) -> tuple[str, ...]:
    """The nodes from which no path of edges, of whatever sign, leads to a phenotype.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge
    >>> nodes_without_phenotype(Network([Edge("MYC", "viability", 1), Edge("MYC", "X", 1)]))
    ('X',)
    """
    reached = set(network.phenotypes)
    waiting = list(reached)
    while waiting:
        for edge in network.edges_to(waiting.pop()):
            if edge.source not in reached:
                reached.add(edge.source)
                waiting.append(edge.source)
    return tuple(node for node in network.nodes if node not in reached)


def _largest_cycle(network: Network) -> int:
    if not network.nodes:
        return 0
    import numpy
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(network.matrix(signed=False)[1], directed=True, connection="strong")
    return int(numpy.bincount(labels).max())


def check_network(network: Network, file: str | Path | None = None) -> tuple[Fault, ...]:
    """What a user should know of a network before relying on it; its reader's notes first.

    Parameters
    ----------
    network : Network
    file : path, optional
        Where it was read from, for the messages.

    Returns
    -------
    tuple of Fault
        Warnings and notes. A network that was read has no errors left: its reader raised them.
    """
    from kinescape.knowledge.names import load_readouts

    faults = Faults(network.notes)
    if network.edges and not network.phenotypes:
        faults.add(
            "no-phenotype",
            "no phenotype node is there, so no effect on cells can be followed",
            file=file,
            expected=f"edges to {', '.join(PHENOTYPES)}",
            severity="warning",
        )
    elif lost := nodes_without_phenotype(network):
        found = f"{len(lost):,} of {len(network.nodes):,} nodes have no path to a phenotype: {_shown(lost)}"
        faults.add("no-path", found, file=file, severity="note")
    readouts = load_readouts()
    old: list[str] = []
    families: list[str] = []
    for node in network.nodes:
        if node in readouts.families.family_of:
            continue
        genes = readouts.nodes(node)
        if len(genes) == 1 and genes[0] != node:
            old.append(f"{node} is {genes[0]}")
        elif len(genes) > 1:
            families.append(node)
    if old:
        found = f"{len(old):,} names are not the current gene symbols: {_shown(old)}"
        faults.add("names-not-current", found, file=file, mend="convert with --expand", severity="warning")
    if families:
        found = f"{len(families):,} names are families, not genes: {_shown(families)}"
        faults.add("names-of-families", found, file=file, mend="convert with --expand", severity="warning")
    unreferenced = sum(not edge.references for edge in network.edges)
    if unreferenced:
        found = f"{unreferenced:,} of {len(network.edges):,} edges have no paper"
        faults.add("edges-unreferenced", found, file=file, severity="note")
    return tuple(faults)


def _shown(words: list[str] | tuple[str, ...], most: int = 5) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most:,} more" if len(words) > most else "")
