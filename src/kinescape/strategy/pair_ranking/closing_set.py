"""Which second targets close the routes that a drug leaves open, chosen greedily.

This explains a combination; it does not rank partners. Measured on known partners it is hardly better than the
partners' own escape score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinescape.strategy.escape_evidence.routes import RouteFinder
from kinescape.strategy.pair_ranking.counter_agents import counter_agents

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network

_EDGES_TO_SEARCH = 80_000


@dataclass(frozen=True)
class Closing:
    """A second target.

    Parameters
    ----------
    gene : str
    closes : tuple of str
        Genes whose every route is closed once it is blocked too, that were open before.
    share : float
        Their share of the open routes' probability.
    agents : tuple of str
        Agents that block it.
    """

    gene: str
    closes: tuple[str, ...]
    share: float
    agents: tuple[str, ...]


def closing_set(
    network: Network,
    goals: Mapping[str, int],
    blocked: Collection[str],
    routes: Sequence[tuple[str, float]],
    agents: AgentTable,
    *,
    size: int = 3,
) -> tuple[Closing, ...]:
    """Choose second targets, each time the one that closes most of what is still open.

    Parameters
    ----------
    network : Network
    goals : mapping of node to sign
    blocked : collection of str
        Blocked already.
    routes : sequence of (gene, probability)
        Escape genes to close.
    agents : AgentTable
        Only genes that an agent blocks are chosen.
    size : int
        How many at most.

    Returns
    -------
    tuple of Closing
        Shorter than `size` where nothing more can be closed.
    """
    blockable = {target.gene for agent in agents for target in agent.targets if target.sign < 0}
    druggable = {
        gene: names
        for gene in sorted(blockable)
        if (names := tuple(agent.name for agent in counter_agents(gene, -1, agents, network)))
    }
    finder = RouteFinder(network, goals, tuple(blocked))
    still = {gene: weight for gene, weight in routes if finder.route(gene, 1) is not None}
    whole = sum(still.values())
    chosen: list[Closing] = []
    while still and len(chosen) < size:
        options = _options(finder, still, druggable, len(network))
        best: tuple[float, str, tuple[str, ...]] = (0.0, "", ())
        for gene in options:
            trial = finder.also_blocking(gene)
            closed = tuple(one for one in still if one == gene or trial.route(one, 1) is None)
            weight = sum(still[one] for one in closed)
            if weight > best[0]:
                best = (weight, gene, closed)
        weight, gene, closed = best
        if not closed:
            break
        chosen.append(Closing(gene, closed, weight / whole, druggable[gene]))
        finder = finder.also_blocking(gene)
        still = {one: weight for one, weight in still.items() if one not in closed}
    return tuple(chosen)


def _options(
    finder: RouteFinder, still: Mapping[str, float], druggable: Mapping[str, tuple[str, ...]], edges: int
) -> list[str]:
    """Druggable genes on the open routes, those on most routes first; fewer in a large network."""
    counts: Counter[str] = Counter()
    for gene in still:
        route = finder.route(gene, 1)
        counts.update(node for node in (route.nodes if route else ()) if node in druggable)
    ordered = sorted(counts, key=lambda node: (-counts[node], node))
    return ordered[: max(5, min(60, _EDGES_TO_SEARCH // max(edges, 1)))]
