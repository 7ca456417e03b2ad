"""The part of a network that a reader can take in: what was measured, what drugs act on, what joins them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import networkx as nx

from kinescape.knowledge.network import PHENOTYPES, Network

_REACH = 3
_LONGEST = 6
_MOST_BETWEEN = 5


def readable_part(
    network: Network,
    measured: Mapping[str, float],
    targets: Collection[str],
    phenotypes: Collection[str] = (),
    *,
    most: int = 34,
) -> tuple[str, ...]:
    """Nodes worth drawing.

    Parameters
    ----------
    network : Network
        The whole network.
    measured : mapping of str to float
        Measured nodes, each with how much it moved: where there are too many, those that moved most stay.
    targets : collection of str
        What the drugs and ligands act on.
    phenotypes : collection of str
        Phenotypes to keep.
    most : int
        How many nodes at most.

    Returns
    -------
    tuple of str
        Sorted; nodes on short paths (three steps at most) between those kept come first among the rest.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge
    >>> chain = Network([Edge("A", "B", 1), Edge("B", "C", 1), Edge("X", "Y", 1)])
    >>> readable_part(chain, {"C": 1.0}, ["A"])
    ('A', 'B', 'C')
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from(sorted({(edge.source, edge.target) for edge in network.edges}))
    aims = sorted(name for name in phenotypes if name in graph)
    genes = sorted(
        (name for name in measured if name in graph and name not in PHENOTYPES),
        key=lambda n: (-measured[n], n),
    )
    acted_on = sorted(name for name in targets if name in graph)
    kept = list(dict.fromkeys([*aims, *genes[: int(most * 0.5)]]))
    kept += [name for name in acted_on if name not in kept][: max(0, int(most * 0.7) - len(kept))]
    kept += _ways_in(graph, kept, set(acted_on), most)
    kept += _ways_out(graph, kept, aims, most)
    joined: Counter[str] = Counter()
    ends = set(kept)
    for start in (name for name in kept if name not in PHENOTYPES):
        paths = nx.single_source_shortest_path(graph, start, cutoff=_REACH)
        for end in ends - {start}:
            inside = paths.get(end, [])[1:-1]
            if inside and not set(inside) & set(PHENOTYPES):
                joined.update(name for name in inside if name not in ends)
    between = [name for name, _ in sorted(joined.items(), key=lambda item: (-item[1], item[0]))]
    return tuple(sorted([*kept, *between[: max(0, min(_MOST_BETWEEN, most - len(kept)))]]))


def _ways_in(graph: nx.DiGraph, kept: list[str], acted_on: set[str], most: int) -> list[str]:
    """Nodes that lead from what the agents act on to each kept node that would stand alone otherwise."""
    inner = graph.subgraph(set(graph) - set(PHENOTYPES))
    added: list[str] = []
    drawn = {name for name in kept if name not in PHENOTYPES}
    for name in [name for name in kept if name in drawn]:
        if name in acted_on or any(before in drawn for before in inner.predecessors(name)):
            continue
        starts = (acted_on & drawn) - {name}
        found = nx.single_source_shortest_path(inner.reverse(copy=False), name, cutoff=_LONGEST)
        ways = sorted((found[start] for start in starts if start in found), key=lambda way: (len(way), way))
        if ways and len(kept) + len(added) + len(ways[0]) - 2 <= most:
            new = [step for step in ways[0] if step not in drawn]
            added += new
            drawn |= set(new)
    return added


def _ways_out(graph: nx.DiGraph, kept: list[str], aims: list[str], most: int) -> list[str]:
    """Nodes that lead from a kept node to what cells do, where no drawn way does yet."""
    added: list[str] = []
    for name in [name for name in kept if name not in PHENOTYPES]:
        drawn = graph.subgraph([*kept, *added])
        if not aims or any(nx.has_path(drawn, name, aim) for aim in aims):
            continue
        found = nx.single_source_shortest_path(graph, name, cutoff=_REACH)
        ways = sorted((found[aim] for aim in aims if aim in found), key=lambda way: (len(way), way))
        if ways and len(kept) + len(added) + len(ways[0]) <= most:
            added += [step for step in ways[0] if step not in drawn]
    return added


def drawn_as_one(
    network: Network, nodes: Collection[str], measured_as: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    """Nodes that say the same are drawn as one box: paralogues behind one readout, or unmeasured twins.

    Parameters
    ----------
    network : Network
        The whole network.
    nodes : collection of str
        Those to draw.
    measured_as : mapping of str to frozenset of str
        Readouts of each measured node.

    Returns
    -------
    dict of str to str
        Node → name of its box, such as `MAPK1/3`.
    """
    inside = set(nodes)
    groups: dict[object, list[str]] = {}
    for node in sorted(inside):
        readouts = measured_as.get(node, frozenset())
        if node in PHENOTYPES:
            key: object = node
        elif readouts:
            key = readouts
        else:
            into = frozenset(network.predecessors(node)) & inside
            out = frozenset(network.successors(node)) & inside
            key = (into, out) if into or out else node
        groups.setdefault(key, []).append(node)
    return {node: shared_name(members) for members in groups.values() for node in members}


def shared_name(members: list[str]) -> str:
    """One short name for several genes.

    Examples
    --------
    >>> shared_name(["MAP2K1", "MAP2K2"]), shared_name(["HRAS", "KRAS", "NRAS"]), shared_name(["AKT1"])
    ('MAP2K1/2', 'HRAS/KRAS/NRAS', 'AKT1')
    """
    first = members[0]
    if len(members) == 1:
        return first
    shared = len(first)
    for other in members[1:]:
        while shared and other[:shared] != first[:shared]:
            shared -= 1
    ends = [member[shared:] for member in members]
    if shared >= 2 and all(end and len(end) <= 2 for end in ends):
        return first[:shared] + "/".join(ends)
    if len(members) > 3:
        return f"{members[0]} and {len(members) - 1} like it"
    return "/".join(members)
