"""Routes: signed paths of the network from a gene to a phenotype that go beside the blocked targets.

One backward search from the goals, with the blocked targets taken out, gives the cheapest route of every gene
at once. A route has the sign of its edges' product: +1 drives the goal, −1 holds it back, 0 holds an edge of
unknown direction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinescape.knowledge.network import Edge, Network

GROWTH: Mapping[str, int] = {"viability": 1, "proliferation": 1, "apoptosis": -1}
"""The phenotypes of growth, with the sign in which each counts."""

_State = tuple[str, int]


@dataclass(frozen=True)
class Route:
    """A path of edges, each starting where the last one ended.

    Parameters
    ----------
    edges : tuple of Edge
        From the gene to the goal; empty where the gene is the goal itself.
    start : str
        The gene.
    sign : {1, -1, 0}
        Product of the edges' signs, turned by the goal's own sign.
    """

    edges: tuple[Edge, ...]
    start: str
    sign: int

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes in order, the gene first."""
        return (self.start, *(edge.target for edge in self.edges))

    @property
    def references(self) -> tuple[str, ...]:
        """The papers of its edges, each once."""
        return tuple(dict.fromkeys(paper for edge in self.edges for paper in edge.references))

    @property
    def words(self) -> str:
        """The path in one line: `MET → GAB1 → PIK3CA`, `PTEN ⊣ AKT1`."""
        arrows = {1: "→", -1: "⊣", 0: "⋯"}
        return self.start + "".join(f" {arrows[edge.sign]} {edge.target}" for edge in self.edges)


@dataclass(frozen=True)
class RouteFinder:
    """Cheapest routes of all genes to the goals beside blocked nodes.

    Parameters
    ----------
    network : Network
    goals : mapping of node to sign
        Where routes end, such as `GROWTH`; goals that are not in the network are passed over.
    blocked : collection of str
        Nodes that no route may touch.
    costs : mapping of node to float
        What a step to a node costs, 1 where it is not named: all 1 gives the shortest routes. An inhibiting
        step costs half as much again, a step without a paper a tenth more.
    endings : mapping of node to float
        What it costs more to take the last step, into a goal, from a node.
    """

    network: Network
    goals: Mapping[str, int]
    blocked: Collection[str] = ()
    costs: Mapping[str, float] = field(default_factory=dict)
    endings: Mapping[str, float] = field(default_factory=dict)
    _sorted: dict[str, list[Edge]] = field(default_factory=dict, repr=False, compare=False)

    def also_blocking(self, node: str) -> RouteFinder:
        """The same search with one more node blocked."""
        stopped = (*self.blocked, node)
        return RouteFinder(self.network, self.goals, stopped, self.costs, self.endings, self._sorted)

    @cached_property
    def _next(self) -> dict[_State, Edge | None]:
        """For each node and sign, the first edge of its cheapest route; outward from the goals."""
        found: dict[_State, Edge | None] = {}
        stopped = set(self.blocked)
        # Entries: cost, order of arrival (so that equal costs never compare edges), state, first edge.
        heap: list[tuple[float, int, _State, Edge | None]] = []
        for goal, sign in self.goals.items():
            if goal in self.network and goal not in stopped:
                heap.append((0.0, len(heap), (goal, sign), None))
        arrivals = len(heap)
        while heap:
            cost, _, state, first = heappop(heap)
            if state in found:
                continue
            found[state] = first
            node, sign = state
            step = self.costs.get(node, 1.0)
            for edge in self._arriving(node):
                before = (edge.source, edge.sign * sign)
                if edge.source in stopped or edge.source in self.goals or before in found:
                    continue
                factor = (1.0 if edge.sign > 0 else 1.5) * (1.0 if edge.references else 1.1)
                ending = self.endings.get(edge.source, 0.0) if first is None else 0.0
                arrivals += 1
                heappush(heap, (cost + step * factor + ending, arrivals, before, edge))
        return found

    def _arriving(self, node: str) -> list[Edge]:
        """Edges into a node in a fixed order, those with papers first."""
        known = self._sorted.get(node)
        if known is None:
            known = sorted(
                self.network.edges_to(node),
                key=lambda edge: (not edge.references, edge.source, edge.mechanism),
            )
            self._sorted[node] = known
        return known

    def route(self, gene: str, sign: int | None = None) -> Route | None:
        """The cheapest route of a gene; None where there is none.

        Parameters
        ----------
        gene : str
        sign : {1, -1, 0}, optional
            The route's sign; without it the shortest signed route, and an unsigned one where none is signed.
        """
        signs = (1, -1) if sign is None else (sign,)
        routes = [route for one in signs if (route := self._walk(gene, one)) is not None]
        if not routes and sign is None:
            return self._walk(gene, 0)
        return min(routes, key=lambda route: len(route.edges), default=None)

    def _walk(self, gene: str, sign: int) -> Route | None:
        if (gene, sign) not in self._next:
            return None
        edges: list[Edge] = []
        state = (gene, sign)
        while (edge := self._next[state]) is not None:
            edges.append(edge)
            state = (edge.target, self._before(state, edge))
        route = Route(tuple(edges), gene, sign)
        # A walk that comes by one node twice gets its sign from a loop and is no route.
        return route if len(set(route.nodes)) == len(route.nodes) else None

    def _before(self, state: _State, edge: Edge) -> int:
        """The sign that the rest of the route has, once its first edge is taken away."""
        if edge.sign:
            return state[1] * edge.sign
        # An unknown direction leaves 0 whatever follows: go on along any state that was found.
        return next(sign for sign in (1, -1, 0) if (edge.target, sign) in self._next)

    def beside(self, route: Route) -> str:
        """The route in words, with what it goes beside: `MET → GAB1 → PIK3CA, beside the blocked EGFR`."""
        stopped = [node for node in self.blocked if node in self.network]
        if not route.edges:
            return f"{route.start} is itself where the routes end"
        if not stopped:
            return route.words
        most = 3
        names = (
            ", ".join(stopped[:most]) + f" and {len(stopped) - most} more"
            if len(stopped) > most
            else (" and ".join([*([", ".join(stopped[:-1])] if stopped[1:] else []), stopped[-1]]))
        )
        return f"{route.words}, beside the blocked {names}"


def reached_from(network: Network, starts: Collection[str], *, steps: int) -> dict[str, int]:
    """Nodes downstream of given ones within some steps, with the sign of the shortest signed path to each.

    A node with shortest paths of both signs has sign 0.

    Examples
    --------
    >>> from kinescape.knowledge.network import Edge, Network
    >>> reached_from(Network([Edge("A", "B", 1), Edge("B", "C", -1)]), ["A"], steps=2)
    {'B': 1, 'C': -1}
    """
    signs: dict[str, set[int]] = {node: {1} for node in starts}
    layer = dict(signs)
    for _ in range(steps):
        reached: dict[str, set[int]] = {}
        for node, own in layer.items():
            for edge in network.edges_from(node):
                if edge.sign and edge.target not in signs:
                    reached.setdefault(edge.target, set()).update(one * edge.sign for one in own)
        signs |= reached
        layer = reached
    begun = set(starts)
    return {node: next(iter(own)) if len(own) == 1 else 0 for node, own in signs.items() if node not in begun}
