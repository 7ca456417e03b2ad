"""CX2, the Cytoscape exchange format, version 2: a JSON array of aspects.

Written: ``CXVersion``, ``metaData``, ``attributeDeclarations``, ``networkAttributes``, ``nodes``, ``edges``
and ``status``. Read: the same; layouts and styles are passed over, and said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.attributes import edge_of_attributes
from kinescape.knowledge.network_formats.evidence import assembled, losses

_FIELDS = ("mechanism", "residue", "references", "resource", "status", "pathway", "note")
_READ = {"CXVersion", "metaData", "attributeDeclarations", "networkAttributes", "nodes", "edges", "status"}


def read(path: Path, faults: Faults) -> Network | None:
    """Read a CX2 file."""
    text = read_text(path, faults)
    if text is None:
        return None
    try:
        fragments = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        row = getattr(error, "lineno", None)
        faults.add("json-broken", f"this is no JSON: {error}", file=path, row=row)
        return None
    if not isinstance(fragments, list) or not all(isinstance(fragment, dict) for fragment in fragments):
        faults.add("cx2-shape", "this is no CX2", file=path, expected="a JSON array of aspects")
        return None
    version = fragments[0].get("CXVersion") if fragments else None
    if str(version).split(".")[0] != "2":
        faults.add(
            "cx2-version",
            f"the CX version is {version!r}" if version else "the file names no CX version",
            file=path,
            expected="CXVersion 2.0",
            mend="export it as CX2 (CX version 1 is another format)",
        )
        return None
    aspects: dict[str, list[Any]] = {}
    for fragment in fragments:
        for name, content in fragment.items():
            if isinstance(content, list):
                aspects.setdefault(name, []).extend(content)
    if skipped := sorted(set(aspects) - _READ):
        faults.add("cx2-aspects", f"not read: {', '.join(skipped)}", file=path, severity="note")
    return _network(aspects, path, faults)


def _network(aspects: dict[str, list[Any]], path: Path, faults: Faults) -> Network:
    defaults, shortened = _declarations(aspects.get("attributeDeclarations", []))

    def values(element: dict[str, Any], of: str) -> dict[str, Any]:
        given = element.get("v")
        given = given if isinstance(given, dict) else {}
        plain: dict[str, Any] = {shortened[of].get(str(key), str(key)): value for key, value in given.items()}
        return {**defaults[of], **plain}

    names: dict[Any, str] = {}
    for node in aspects.get("nodes", []):
        fields = values(node, "nodes") if isinstance(node, dict) else {}
        identifier = node.get("id") if isinstance(node, dict) else None
        name = next(
            (fields[key] for key in ("name", "shared name", "label", "represents") if fields.get(key)), ""
        )
        if not isinstance(identifier, (int, str)):
            faults.add("cx2-node", f"a node without id: {str(node)[:60]}", file=path)
            continue
        names[identifier] = str(name or identifier)
    edges = []
    for number, link in enumerate(aspects.get("edges", []), start=1):
        ends = [link.get("s"), link.get("t")] if isinstance(link, dict) else [None, None]
        lacking = [end for end in ends if not isinstance(end, (int, str)) or end not in names]
        if lacking:
            faults.add(
                "cx2-edge", f"edge {number} names the node {lacking[0]}, which is not there", file=path
            )
            continue
        fields = values(link, "edges")
        edge = edge_of_attributes(names[ends[0]], names[ends[1]], fields, f"edge {number}", path, faults)
        if edge is not None:
            edges.append(edge)
    about: dict[str, Any] = {}
    for part in aspects.get("networkAttributes", []):
        about.update(part if isinstance(part, dict) else {})
    return assembled(
        edges,
        faults,
        file=path,
        isolated=names.values(),
        name=str(about.get("name") or "network"),
        licence=str(about.get("licence") or about.get("rights") or ""),
    )


def _declarations(aspect: list[Any]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
    """Default values and full names of the attributes of nodes and edges."""
    defaults: dict[str, dict[str, Any]] = {"nodes": {}, "edges": {}}
    shortened: dict[str, dict[str, str]] = {"nodes": {}, "edges": {}}
    for part in aspect:
        for of in ("nodes", "edges"):
            declared = part.get(of) if isinstance(part, dict) else None
            for name, rules in declared.items() if isinstance(declared, dict) else ():
                if isinstance(rules, dict) and "v" in rules:
                    defaults[of][name] = rules["v"]
                if isinstance(rules, dict) and isinstance(rules.get("a"), str):
                    shortened[of][rules["a"]] = name
    return defaults, shortened


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write a CX2 file with all that the edges know."""
    place = {node: number for number, node in enumerate(network.nodes)}
    nodes = [{"id": number, "v": {"name": node}} for node, number in place.items()]
    edges = [
        {"id": number, "s": place[edge.source], "t": place[edge.target], "v": _values(edge)}
        for number, edge in enumerate(network.edges)
    ]
    declared: dict[str, dict[str, str]] = {"sign": {"d": "integer"}, "interaction": {"d": "string"}}
    declared.update({name: {"d": "list_of_string" if name == "references" else "string"} for name in _FIELDS})
    about = {"name": network.name, "licence": network.licence}
    fragments: list[dict[str, Any]] = [
        {"CXVersion": "2.0", "hasFragments": False},
        {
            "metaData": [
                {"name": "attributeDeclarations", "elementCount": 1},
                {"name": "networkAttributes", "elementCount": 1},
                {"name": "nodes", "elementCount": len(nodes)},
                {"name": "edges", "elementCount": len(edges)},
            ]
        },
        {
            "attributeDeclarations": [
                {
                    "networkAttributes": {name: {"d": "string"} for name in about},
                    "nodes": {"name": {"d": "string"}},
                    "edges": declared,
                }
            ]
        },
        {"networkAttributes": [about]},
        {"nodes": nodes},
        {"edges": edges},
        {"status": [{"success": True}]},
    ]
    write_text(path, json.dumps(fragments, ensure_ascii=False, indent=1) + "\n")
    carries = {*_FIELDS, "unsigned", "parallel", "isolated", "licence"}
    return losses(network, path, "CX2", carries)


def _values(edge: Edge) -> dict[str, Any]:
    words = {1: "activates", -1: "inhibits", 0: "unknown"}
    values: dict[str, Any] = {"sign": edge.sign, "interaction": words[edge.sign]}
    for name in _FIELDS:
        value = getattr(edge, name)
        if value:
            values[name] = list(value) if name == "references" else value
    return values
