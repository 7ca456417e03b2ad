"""Families and complexes in a network made into their members, so that every node is a gene.

``ERK1/2`` becomes MAPK1 and MAPK3, ``COMPLEX:CCND1_CDK4`` and ``CyclinD1/CDK4`` their parts. An edge of a
family becomes an edge of each member; an edge between a family and its own member vanishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kinescape.foundation.issues import Fault
from kinescape.knowledge.network import Network, merge_duplicates


def expand_families(network: Network, resolve: Callable[[str], tuple[str, ...]] | None = None) -> Network:
    """The same network with families and complexes replaced by their members.

    Parameters
    ----------
    network : Network
    resolve : callable, optional
        Gives the genes of a name, empty for an unknown one; by default the shipped readout and family names.

    Returns
    -------
    Network
        With a note on what was expanded, and one on names that look like a family and are not known.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge
    >>> [edge.arrow for edge in expand_families(Network([Edge("MEK1/2", "JUN", 1)])).edges]
    ['MAP2K1 → JUN', 'MAP2K2 → JUN']
    """
    if resolve is None:
        from kinescape.knowledge.names import load_readouts

        resolve = load_readouts().nodes
    parts = {node: _members(node, resolve) for node in network.nodes}
    grown: Mapping[str, tuple[str, ...]] = {
        node: genes for node, genes in parts.items() if genes and genes != (node,)
    }
    if not grown:
        return network
    edges = (
        replace(edge, source=source, target=target)
        for edge in network.edges
        for source in grown.get(edge.source, (edge.source,))
        for target in grown.get(edge.target, (edge.target,))
        if source != target or edge.source == edge.target
    )
    merged, _ = merge_duplicates(edges)
    isolated = [gene for node in network.isolated for gene in grown.get(node, (node,))]
    shown = ", ".join(f"{node} to {', '.join(genes)}" for node, genes in list(grown.items())[:5])
    found = f"{len(grown):,} families, complexes and other names expanded: {shown}"
    more = " and others" if len(grown) > 5 else ""
    note = Fault("families-expanded", found + more, severity="note")
    return Network(merged, network.name, network.licence, isolated, (*network.notes, note))


def _members(node: str, resolve: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    found = resolve(node)
    if found:
        return found
    if node.upper().startswith("COMPLEX:"):
        pieces = node[8:].split("_")
        return tuple(dict.fromkeys(gene for piece in pieces for gene in resolve(piece) or (piece,)))
    pieces = node.split("/")
    each = [resolve(piece) for piece in pieces]
    if len(pieces) > 1 and all(each):
        return tuple(dict.fromkeys(gene for genes in each for gene in genes))
    return ()
