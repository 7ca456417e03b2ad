"""The fitted network as a file: every edge with its strength and how unsure that is, for yEd, Gephi and Cytoscape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.writing import write_text
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats import cx2
from kinescape.model.fitted_model import FittedModel
from kinescape.model.members import SATURATING
from kinescape.model.network_members.saturating_fit import SaturatingFit

STRENGTHS = ("strength", "strength_low", "strength_high", "learned")
"""Attributes of an edge: strength, its 90 % interval, and the share by which the data narrowed it (0: prior only)."""
FORMATS = (".graphml", ".cx2")


def edge_strengths(fitted: FittedModel) -> pl.DataFrame | None:
    """Edges of the fitted signalling network: source, target, sign and `STRENGTHS`; None without such a network."""
    fit = fitted.fits.get((0, SATURATING))
    return fit.edges_frame() if isinstance(fit, SaturatingFit) else None


def write_edge_strengths(edges: pl.DataFrame, path: str | Path, *, name: str = "fitted network") -> Path:
    """Write the edges with their strengths as GraphML or CX2, by the file's suffix.

    Parameters
    ----------
    edges : polars.DataFrame
        From `edge_strengths`.
    path : str or Path
        Ends in ``.graphml`` or ``.cx2``.
    name : str
        Name of the network in the file.

    Raises
    ------
    InputError
        Where the suffix is another.
    """
    file = Path(path)
    if file.suffix not in FORMATS:
        raise InputError(
            Fault(
                "network-format",
                f"'{file.name}' has no suffix that carries strengths",
                expected=" or ".join(FORMATS),
            )
        )
    rows = list(edges.iter_rows(named=True))
    network = Network(
        [
            Edge(row["source"], row["target"], int(row["sign"]), resource="fitted", note=f"{number}")
            for number, row in enumerate(rows)
        ],
        name,
    )
    # The note carries the number of the row through the network, which may sort its edges.
    order = [rows[int(edge.note)] for edge in network.edges]
    if file.suffix == ".cx2":
        _write_cx2(network, order, file)
    else:
        _write_graphml(network, order, file)
    return file


def _write_graphml(network: Network, order: list[dict[str, Any]], file: Path) -> None:
    import networkx

    graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(name=network.name)
    graph.add_nodes_from(network.nodes)
    for edge, row in zip(network.edges, order, strict=True):
        graph.add_edge(edge.source, edge.target, sign=edge.sign, resource=edge.resource, **_numbers(row))
    lines = networkx.generate_graphml(graph, named_key_ids=True, prettyprint=True)
    write_text(file, '<?xml version="1.0" encoding="utf-8"?>\n' + "\n".join(lines) + "\n")


def _write_cx2(network: Network, order: list[dict[str, Any]], file: Path) -> None:
    cx2.write(network, file)
    fragments = json.loads(file.read_text(encoding="utf-8"))
    for fragment in fragments:
        for declared in fragment.get("attributeDeclarations", ()):
            declared["edges"] |= {name: {"d": "double"} for name in STRENGTHS}
            declared["edges"].pop("note", None)
        for link in fragment.get("edges", ()):
            link["v"] |= _numbers(order[link["id"]])
            link["v"].pop("note", None)
    write_text(file, json.dumps(fragments, ensure_ascii=False, indent=1) + "\n")


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(row[name]) for name in STRENGTHS}
