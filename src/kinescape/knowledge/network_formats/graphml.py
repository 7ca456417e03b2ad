"""GraphML: the edges' fields as attributes, as yEd, Gephi and Cytoscape read them.

A file that another program wrote is read by its edges' attributes ``sign``, ``weight``, ``interaction`` or
``effect``; a node's ``name`` or ``label`` goes before its bare identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.network import Network
from kinescape.knowledge.network_formats.attributes import edge_of_attributes
from kinescape.knowledge.network_formats.evidence import assembled, losses
from kinescape.knowledge.network_formats.xml_safety import tell_unsafe_xml


def read(path: Path, faults: Faults) -> Network | None:
    """Read a GraphML file; undirected edges are taken as unknown direction, from source to target."""
    import networkx

    text = read_text(path, faults)
    if text is None or tell_unsafe_xml(text, path, faults):
        return None
    try:
        graph = networkx.parse_graphml(text, force_multigraph=True)
    except (ParseError, networkx.NetworkXError, LookupError, ValueError, TypeError, AttributeError) as error:
        faults.add("graphml-broken", f"this is no GraphML: {error}", file=path)
        return None
    names = {node: _name(str(node), fields) for node, fields in graph.nodes(data=True)}
    directed = graph.is_directed()
    if not directed:
        faults.add(
            "graphml-undirected",
            "the graph is undirected: every edge is kept from source to target with direction unknown",
            file=path,
            severity="warning",
        )
    edges = []
    for number, (source, target, fields) in enumerate(graph.edges(data=True), start=1):
        plain = {str(key): value for key, value in fields.items()}
        if not directed:
            plain["sign"] = 0
        edge = edge_of_attributes(names[source], names[target], plain, f"edge {number}", path, faults)
        if edge is not None:
            edges.append(edge)
    return assembled(
        edges,
        faults,
        file=path,
        isolated=names.values(),
        name=str(graph.graph.get("name") or "network"),
        licence=str(graph.graph.get("licence") or ""),
    )


def _name(node: str, fields: Mapping[str, Any]) -> str:
    for key in ("name", "shared name", "label"):
        if str(fields.get(key) or "").strip():
            return str(fields[key]).strip()
    return node


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write a GraphML file with all that the edges know."""
    import networkx

    lines = networkx.generate_graphml(network.to_networkx(), named_key_ids=True, prettyprint=True)
    header = '<?xml version="1.0" encoding="utf-8"?>\n'
    write_text(path, header + "\n".join(lines) + "\n")
    carries = {
        "mechanism",
        "residue",
        "references",
        "resource",
        "status",
        "pathway",
        "note",
        "unsigned",
        "parallel",
        "isolated",
        "licence",
    }
    return losses(network, path, "GraphML", carries)
