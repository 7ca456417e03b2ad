"""The signed, directed network: what acts on what, how, and which papers say so.

A `Network` never changes. Every relation keeps its evidence, and nothing is tidied away: two papers that
contradict each other stay two edges (`Network.conflicts` names them), and an effect of unknown direction
stays an edge of sign 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from kinescape.foundation.issues import Fault, nearest

if TYPE_CHECKING:
    import networkx
    from scipy.sparse import csr_matrix

Status = Literal["checked", "unchecked", "unreferenced"]
STATUSES: tuple[Status, ...] = ("checked", "unchecked", "unreferenced")
PHENOTYPES = ("viability", "proliferation", "apoptosis", "invasion", "lysosome_dispersion")


@dataclass(frozen=True, slots=True)
class Edge:
    """One signed relation between two nodes, with its evidence.

    Parameters
    ----------
    source, target : str
        HGNC symbols, or a phenotype in lower case.
    sign : {1, -1, 0}
        Activates, inhibits, or acts in an unknown direction.
    mechanism : str
        How: ``phosphorylation``, ``transcription``, ``binding``, ... Empty where unknown.
    residue : str or None
        The site on the target, such as ``T202``.
    references : tuple of str
        Papers, as ``PMID:123``.
    resource : str
        Where the edge was taken from.
    status : {"checked", "unchecked", "unreferenced"}
        Whether a second source was seen to agree; ``unreferenced`` without a paper.
    pathway : str
        The module that the curators put it in.
    note : str
        What a reader should know.
    """

    source: str
    target: str
    sign: int
    mechanism: str = ""
    residue: str | None = None
    references: tuple[str, ...] = ()
    resource: str = ""
    status: Status = "unreferenced"
    pathway: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.source or not self.target:
            raise ValueError("an edge needs a source and a target")
        if self.sign not in (-1, 0, 1):
            raise ValueError(f"the sign of {self.source} → {self.target} is {self.sign}, not 1, -1 or 0")

    @property
    def arrow(self) -> str:
        """The edge in one glance: ``MAP2K1 → MAPK1``, ``DUSP6 ⊣ MAPK1``, ``A ⋯ B`` for unknown direction."""
        return f"{self.source} {({1: '→', -1: '⊣', 0: '⋯'})[self.sign]} {self.target}"

    @property
    def relation(self) -> tuple[str, str, int, str, str | None]:
        """What the edge says, without who says it: two edges of one relation are duplicates."""
        return (self.source, self.target, self.sign, self.mechanism, self.residue)


@dataclass(frozen=True, init=False)
class Network:
    """An immutable signed network.

    Parameters
    ----------
    edges : iterable of Edge
        In the order of their source; parallel edges are kept.
    name : str
        What the network is called in a report.
    licence : str
        Under which licence it may be used.
    isolated : iterable of str
        Nodes without any edge.
    notes : iterable of Fault
        What its reader had to say; no part of the network's identity.

    Examples
    --------
    >>> network = Network([Edge("EGFR", "GRB2", 1), Edge("SPRY2", "GRB2", -1)])
    >>> network.nodes
    ('EGFR', 'GRB2', 'SPRY2')
    >>> network.predecessors("GRB2")
    ('EGFR', 'SPRY2')
    """

    edges: tuple[Edge, ...] = ()
    name: str = "network"
    licence: str = ""
    isolated: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = field(default=(), compare=False, repr=False)

    def __init__(
        self,
        edges: Iterable[Edge] = (),
        name: str = "network",
        licence: str = "",
        isolated: Iterable[str] = (),
        notes: Iterable[Fault] = (),
    ) -> None:
        kept = tuple(edges)
        linked = {edge.source for edge in kept} | {edge.target for edge in kept}
        object.__setattr__(self, "edges", kept)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "licence", licence)
        object.__setattr__(self, "isolated", tuple(sorted(set(isolated) - linked)))
        object.__setattr__(self, "notes", tuple(notes))

    def __len__(self) -> int:
        return len(self.edges)

    def __contains__(self, node: object) -> bool:
        return node in self._place

    def __repr__(self) -> str:
        return f"Network({self.name!r}, {len(self.nodes)} nodes, {len(self.edges)} edges)"

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, sorted."""
        linked = {edge.source for edge in self.edges} | {edge.target for edge in self.edges}
        return tuple(sorted(linked | set(self.isolated)))

    @cached_property
    def _place(self) -> dict[str, int]:
        return {node: place for place, node in enumerate(self.nodes)}

    @cached_property
    def _leaving(self) -> dict[str, tuple[Edge, ...]]:
        return _grouped(self.edges, "source")

    @cached_property
    def _arriving(self) -> dict[str, tuple[Edge, ...]]:
        return _grouped(self.edges, "target")

    def edges_from(self, node: str) -> tuple[Edge, ...]:
        """The edges that leave a node; empty for an unknown one."""
        return self._leaving.get(node, ())

    def edges_to(self, node: str) -> tuple[Edge, ...]:
        """The edges that reach a node; empty for an unknown one."""
        return self._arriving.get(node, ())

    def edges_between(self, source: str, target: str) -> tuple[Edge, ...]:
        """The edges from one node to another, all of them where there are several."""
        return tuple(edge for edge in self.edges_from(source) if edge.target == target)

    def successors(self, node: str) -> tuple[str, ...]:
        """The nodes that a node acts on, sorted, each once."""
        return tuple(sorted({edge.target for edge in self.edges_from(node)}))

    def predecessors(self, node: str) -> tuple[str, ...]:
        """The nodes that act on a node, sorted, each once."""
        return tuple(sorted({edge.source for edge in self.edges_to(node)}))

    def nearest(self, node: str, n: int = 3) -> list[str]:
        """The nodes with the nearest spelling to an unknown one."""
        return nearest(node, self.nodes, n=n)

    @cached_property
    def net_signs(self) -> Mapping[tuple[str, str], int]:
        """The sign of each linked pair: that of most of its edges; 0 where they are even, or all unsigned.

        A pair such as MAP2K1 and MAPK1 has one site that inhibits beside several that activate; the odd one
        out stays an edge and is named in `conflicts`, and does not take the pair out of the network.
        """
        sums: dict[tuple[str, str], int] = {}
        for edge in self.edges:
            pair = (edge.source, edge.target)
            sums[pair] = sums.get(pair, 0) + edge.sign
        return {pair: (total > 0) - (total < 0) for pair, total in sums.items()}

    @cached_property
    def conflicts(self) -> tuple[tuple[str, str], ...]:
        """The pairs of nodes whose parallel edges have opposite signs."""
        positive = {(edge.source, edge.target) for edge in self.edges if edge.sign > 0}
        negative = {(edge.source, edge.target) for edge in self.edges if edge.sign < 0}
        return tuple(sorted(positive & negative))

    @property
    def unsigned(self) -> tuple[Edge, ...]:
        """The edges of unknown direction."""
        return tuple(edge for edge in self.edges if edge.sign == 0)

    @property
    def phenotypes(self) -> tuple[str, ...]:
        """The phenotype nodes that this network reaches."""
        return tuple(node for node in PHENOTYPES if node in self)

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources that its edges come from."""
        return tuple(sorted({edge.resource for edge in self.edges if edge.resource}))

    @property
    def share_referenced(self) -> float:
        """The share of edges with at least one paper, 0 to 1; NaN without edges."""
        if not self.edges:
            return float("nan")
        return sum(bool(edge.references) for edge in self.edges) / len(self.edges)

    def matrix(
        self, nodes: Iterable[str] | None = None, *, signed: bool = True
    ) -> tuple[tuple[str, ...], csr_matrix]:
        """The adjacency matrix: row = source, column = target.

        Parameters
        ----------
        nodes : iterable of str, optional
            Which nodes, in which order; all of them, sorted, where it is left out.
        signed : bool
            True: +1 or -1 for each linked pair (see `net_signs`), nothing where that is open.
            False: 1 for each linked pair.

        Returns
        -------
        nodes : tuple of str
        matrix : (n_nodes, n_nodes) scipy.sparse.csr_matrix of float

        Raises
        ------
        KeyError
            Where a given node is not in the network.
        """
        import numpy
        from scipy.sparse import csr_matrix

        order = self.nodes if nodes is None else tuple(nodes)
        for node in order:
            if node not in self:
                raise KeyError(f"{node} is not in {self.name}")
        place = {node: number for number, node in enumerate(order)}
        entries = [
            (place[source], place[target], float(sign) if signed else 1.0)
            for (source, target), sign in self.net_signs.items()
            if source in place and target in place and (sign or not signed)
        ]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(order), len(order))
        content = (numpy.array(values, dtype=float), (numpy.array(rows, int), numpy.array(columns, int)))
        return order, csr_matrix(content, shape=shape)

    def restricted(self, nodes: Iterable[str]) -> Network:
        """The same network with these nodes only, and the edges among them; unknown nodes are passed over."""
        kept = {node for node in nodes if node in self}
        edges = (edge for edge in self.edges if edge.source in kept and edge.target in kept)
        return Network(edges, self.name, self.licence, isolated=kept, notes=self.notes)

    def with_edges(self, edges: Iterable[Edge]) -> Network:
        """The same network with more edges; relations already there gain the references instead."""
        merged, _ = merge_duplicates((*self.edges, *edges))
        return Network(merged, self.name, self.licence, self.isolated, self.notes)

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """A networkx multigraph with the edges' fields as attributes."""
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(name=self.name, licence=self.licence)
        graph.add_nodes_from(self.nodes)
        for edge in self.edges:
            fields: dict[str, Any] = {
                "sign": edge.sign,
                "mechanism": edge.mechanism,
                "residue": edge.residue or "",
                "references": ";".join(edge.references),
                "resource": edge.resource,
                "status": edge.status,
                "pathway": edge.pathway,
                "note": edge.note,
            }
            graph.add_edge(edge.source, edge.target, **fields)
        return graph


def _grouped(edges: Iterable[Edge], end: Literal["source", "target"]) -> dict[str, tuple[Edge, ...]]:
    groups: dict[str, list[Edge]] = {}
    for edge in edges:
        groups.setdefault(getattr(edge, end), []).append(edge)
    return {node: tuple(group) for node, group in groups.items()}


def merge_duplicates(edges: Iterable[Edge]) -> tuple[tuple[Edge, ...], int]:
    """Edges of one relation become one with all their references; opposite signs stay apart.

    Returns
    -------
    edges : tuple of Edge
        In the order in which each relation was first seen.
    merged : int
        How many edges went into another.
    """
    kept: dict[tuple[str, str, int, str, str | None], Edge] = {}
    merged = 0
    for edge in edges:
        first = kept.get(edge.relation)
        if first is None:
            kept[edge.relation] = edge
            continue
        merged += 1
        resources = dict.fromkeys((*first.resource.split(";"), *edge.resource.split(";")))
        kept[edge.relation] = replace(
            first,
            references=tuple(dict.fromkeys((*first.references, *edge.references))),
            resource=";".join(resource for resource in resources if resource),
            status=min(first.status, edge.status, key=STATUSES.index),
            note="; ".join(dict.fromkeys(note for note in (first.note, edge.note) if note)),
        )
    return tuple(kept.values()), merged


@cache
def load_core_network() -> Network:
    """The curated network that the package ships, with the papers behind each edge.

    Examples
    --------
    >>> network = load_core_network()
    >>> network.edges_between("MAP2K1", "MAPK1")[0].sign
    1
    """
    from importlib import resources

    from kinescape.foundation.issues import Faults
    from kinescape.knowledge.network_formats import edge_table

    faults = Faults()
    source = resources.files("kinescape.knowledge").joinpath("tables", "core_network.tsv")
    text = source.read_text(encoding="utf-8")
    network = edge_table.parse(text, "core_network.tsv", faults)
    faults.raise_if_errors()
    edges = (replace(edge, resource=edge.resource or "kinescape core") for edge in network.edges)
    return Network(edges, "kinescape core network", "BSD-3-Clause", network.isolated, faults.notes)
