"""Escape routes: which genes restore what a drug blocked, from knowledge alone.

Genes are ranked by the chance that a gene of the network is a documented escape, given what is known of it and
of the blocked targets (`escape_features`, `escape_weights`). The rank of the plain knowledge baseline, which
follows no edge of the network, stands beside it. Whether a gene has to be gained or lost is read from its net
influence on growth. Each route is a signed path to a growth phenotype that does not touch the blocked targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.strategy.escape_evidence.documented import documented_escapes, precedents
from kinescape.strategy.escape_evidence.escape_features import BASELINE_FEATURES, EscapeKnowledge
from kinescape.strategy.escape_evidence.escape_targets import BlockedTargets, blocked_targets
from kinescape.strategy.escape_evidence.escape_weights import load_weights
from kinescape.strategy.escape_evidence.modelled_escape import ModelledEscape, modelled_escapes
from kinescape.strategy.escape_evidence.routes import Route, RouteFinder
from kinescape.strategy.pair_ranking.closing_set import Closing, closing_set
from kinescape.strategy.pair_ranking.counter_agents import counter_agents

if TYPE_CHECKING:
    import polars as pl

    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.model.fitted_model import FittedModel

MODELLED_ROUTES = 20
CLOSED_ROUTES = 30
_COUNTER = {"gain": -1, "loss": 1}


@dataclass(frozen=True)
class EscapeRoute:
    """One gene by which a cell may get round the drug.

    Parameters
    ----------
    gene : str
    direction : {"gain", "loss", "unknown"}
        Which change of the gene helps the cell.
    probability : float
        Chance that the gene is a documented escape; small by nature, see `escape_weights`.
    rank : int
        1 is the most likely.
    baseline_rank : int
        Rank by class, module and amount of evidence alone.
    path : str
        The route in words, beside the blocked targets; empty where all routes lead through them.
    references : tuple of str
        Papers of the path's edges.
    agents : tuple of str
        Agents that would counter the change.
    documented : tuple of str
        Papers that report this very escape; they do not move the rank.
    influence : float or None
        Net influence on growth, −1 to +1.
    measured : tuple of str
        What the study's own data show of it.
    modelled : ModelledEscape or None
        What moving the gene under the drug does by a model of the study's own cells; None without one.
    """

    gene: str
    direction: str
    probability: float
    rank: int
    baseline_rank: int
    path: str
    references: tuple[str, ...]
    agents: tuple[str, ...]
    documented: tuple[str, ...]
    influence: float | None
    measured: tuple[str, ...]
    modelled: ModelledEscape | None = None

    @property
    def druggable(self) -> bool:
        """Whether a known agent counters the change."""
        return bool(self.agents)


@dataclass(frozen=True)
class EscapeRoutes:
    """The answer to one question about escape.

    Parameters
    ----------
    asked : tuple of str
        As the user asked.
    targets : tuple of str
        The blocked genes.
    network : str
        Name of the network.
    routes : tuple of EscapeRoute
        Best first.
    unranked : tuple of (str, str)
        Genes without a rank, with the reason.
    closing : tuple of Closing
        Second targets that close most routes, greedily; an explanation, not a ranking of partners.
    notes : tuple of Fault
    """

    asked: tuple[str, ...]
    targets: tuple[str, ...]
    network: str
    routes: tuple[EscapeRoute, ...]
    unranked: tuple[tuple[str, str], ...]
    closing: tuple[Closing, ...]
    notes: tuple[Fault, ...]

    def as_dict(self, top: int | None = None) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        routes = [
            {
                "gene": route.gene,
                "direction": route.direction,
                "probability": route.probability,
                "rank": route.rank,
                "baseline_rank": route.baseline_rank,
                "path": route.path,
                "references": list(route.references),
                "agents": list(route.agents),
                "druggable": route.druggable,
                "documented": list(route.documented),
                "influence": route.influence,
                "measured": list(route.measured),
                "modelled": asdict(route.modelled) if route.modelled is not None else None,
            }
            for route in self.routes[:top]
        ]
        return {
            "asked": list(self.asked),
            "targets": list(self.targets),
            "network": self.network,
            "routes": routes,
            "unranked": [{"gene": gene, "reason": reason} for gene, reason in self.unranked],
            "closing_set": [
                {"gene": one.gene, "closes": list(one.closes), "share": one.share, "agents": list(one.agents)}
                for one in self.closing
            ],
            "notes": [note.as_dict() for note in self.notes],
        }

    def frame(self) -> pl.DataFrame:
        """The routes as a table."""
        import polars as pl

        rows = self.as_dict()["routes"]
        for row in rows:
            modelled = row.pop("modelled")
            row["modelled_restored"] = None if modelled is None else modelled["mean"] - modelled["under_drug"]
            for name in ("references", "agents", "documented", "measured"):
                row[name] = "; ".join(row[name])
        return pl.DataFrame(rows, infer_schema_length=None)


def escape_routes(
    drug_or_targets: str | Sequence[str],
    network: Network | None = None,
    agents: AgentTable | None = None,
    *,
    measured: pl.DataFrame | None = None,
    model: FittedModel | None = None,
    given: str | None = None,
    sample: str | None = None,
    readout: str = "viability",
) -> EscapeRoutes:
    """Rank the genes by which a cell may get round a drug.

    Parameters
    ----------
    drug_or_targets : str or sequence of str
        A drug, a gene, or several: ``"vemurafenib"``, ``["EGFR", "ERBB2"]``.
    network : Network, optional
        The shipped core network where left out.
    agents : AgentTable, optional
        The shipped agents where left out.
    measured : polars.DataFrame, optional
        The study's adaptive responses (`kinescape.strategy.adaptive.adaptive_responses`): shown beside each gene,
        they do not move its rank.
    model : FittedModel, optional
        A model of the study's own cells, fitted with a network: the first routes are moved under the drug in it.
        They do not move in rank either.
    given, sample, readout : str
        With a model: the drug as a condition of the study (``osimertinib 1 uM``), the sample, and what to look at.

    Returns
    -------
    EscapeRoutes

    Raises
    ------
    InputError
        Where a name is neither a gene of the network nor an agent, where an agent blocks nothing, or where the
        network is empty.

    Notes
    -----
    The ranking finds documented escapes of unseen targets somewhat better than the plain baseline; its figures
    are in the documentation. Direction is the surer part.

    Examples
    --------
    >>> routes = escape_routes("EGFR")
    >>> routes.targets
    ('EGFR',)
    """
    from kinescape.knowledge.agents import load_agents
    from kinescape.knowledge.network import load_core_network

    network = network if network is not None else load_core_network()
    agents = agents if agents is not None else load_agents()
    asked = (drug_or_targets,) if isinstance(drug_or_targets, str) else tuple(drug_or_targets)
    blocked = blocked_targets(asked, network, agents)
    knowledge = EscapeKnowledge(network)
    found = _ranked(asked, blocked, knowledge, agents, measured)
    if model is None:
        return found
    if given is None or sample is None:
        raise InputError(
            "with a model, escape_routes needs given = the drug with its dose, and sample = where"
        )
    moved = {route.gene: route.direction for route in found.routes[:MODELLED_ROUTES]}
    seen = modelled_escapes(model, given, moved, sample=sample, readout=readout)
    routes = tuple(replace(route, modelled=seen.get(route.gene)) for route in found.routes)
    return replace(found, routes=routes)


def _ranked(
    asked: tuple[str, ...],
    blocked: BlockedTargets,
    knowledge: EscapeKnowledge,
    agents: AgentTable,
    measured: pl.DataFrame | None,
) -> EscapeRoutes:
    values = knowledge.features(blocked.genes, precedents())
    full = load_weights("full").probability(values)
    plain = load_weights("baseline").probability(values[:, : len(BASELINE_FEATURES)])
    beside = knowledge.finder(blocked.genes)
    through = RouteFinder(knowledge.network, knowledge.goals)
    ranked, unranked = [], []
    for place, node in enumerate(knowledge.nodes):
        if not knowledge.is_gene[place] or node in blocked.genes:
            continue
        if node not in knowledge.goals and through.route(node) is None:
            unranked.append((node, "no path to a growth phenotype in this network"))
        else:
            ranked.append(place)
    order = sorted(ranked, key=lambda place: (-full[place], knowledge.nodes[place]))
    plain_order = sorted(ranked, key=lambda place: (-plain[place], knowledge.nodes[place]))
    plain_rank = {place: number for number, place in enumerate(plain_order, start=1)}
    papers = _documented(blocked.genes)
    seen = _measured(measured, asked, blocked.genes, agents)
    countering = Countering(agents, knowledge.network)
    routes = []
    for rank, place in enumerate(order, start=1):
        gene = knowledge.nodes[place]
        direction, route, influence = _direction(knowledge, place, beside)
        routes.append(
            EscapeRoute(
                gene,
                direction,
                float(full[place]),
                rank,
                plain_rank[place],
                beside.beside(route) if route is not None else "",
                route.references if route is not None else (),
                countering.of(gene, direction),
                papers.get(gene, ()),
                influence,
                seen.get(gene, ()),
            )
        )
    top = [(route.gene, route.probability) for route in routes[:CLOSED_ROUTES] if route.direction == "gain"]
    closing = closing_set(knowledge.network, knowledge.goals, blocked.genes, top, agents)
    return EscapeRoutes(
        asked,
        blocked.genes,
        knowledge.network.name,
        tuple(routes),
        tuple(unranked),
        closing,
        (*blocked.notes, *_notes(knowledge)),
    )


def _direction(
    knowledge: EscapeKnowledge, place: int, beside: RouteFinder
) -> tuple[str, Route | None, float | None]:
    """Gain or loss by net influence on growth, with a route of that sign where there is one."""
    gene = knowledge.nodes[place]
    influence = float(knowledge.influence_on_growth[place])
    if np.isnan(influence) or influence == 0.0:
        route = beside.route(gene)
        # No net influence: the sign of the shortest route speaks, and an unsigned one leaves it open.
        name = {1: "gain", -1: "loss"}.get(route.sign if route is not None else 0, "unknown")
        return name, route, None if np.isnan(influence) else 0.0
    sign = 1 if influence > 0 else -1
    route = beside.route(gene, sign)
    return ("gain" if sign > 0 else "loss"), route if route is not None else beside.route(gene), influence


class Countering:
    """Agents that counter a gain or a loss of a gene, approved ones first, looked up once for all genes."""

    def __init__(self, agents: AgentTable, network: Network) -> None:
        self._genes = {target.gene for agent in agents for target in agent.targets}
        self._agents, self._network = agents, network

    def of(self, gene: str, direction: str) -> tuple[str, ...]:
        """Names of the agents; none for an unknown direction."""
        sign = _COUNTER.get(direction)
        if gene not in self._genes or sign is None:
            return ()
        return tuple(agent.name for agent in counter_agents(gene, sign, self._agents, self._network))


def _documented(targets: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for pair in documented_escapes():
        if set(pair.targets) & set(targets):
            found.setdefault(pair.gene, []).append(f"{pair.direction}: {pair.citation}")
    return {gene: tuple(dict.fromkeys(papers)) for gene, papers in found.items()}


def _measured(
    measured: pl.DataFrame | None, asked: tuple[str, ...], targets: tuple[str, ...], agents: AgentTable
) -> dict[str, tuple[str, ...]]:
    """What the study saw of each gene under drugs that block one of the targets."""
    if measured is None:
        return {}
    found: dict[str, list[str]] = {}
    for row in measured.iter_rows(named=True):
        drug = agents.get(row["agent"])
        if row["agent"] not in asked and not (drug and set(drug.genes) & set(targets)):
            continue
        found.setdefault(row["node"], []).append(f"{row['direction']} in {row['sample']}: {row['evidence']}")
    return {gene: tuple(lines) for gene, lines in found.items()}


def _notes(knowledge: EscapeKnowledge) -> tuple[Fault, ...]:
    network, notes = knowledge.network, []
    if not network.phenotypes:
        notes.append(
            Fault(
                "no-phenotype",
                f"{network.name} holds no phenotype: routes end at growth effectors such as MYC or CCND1",
                severity="note",
            )
        )
    if network.unsigned:
        notes.append(
            Fault(
                "unsigned-edges",
                f"{len(network.unsigned)} of {len(network)} edges have no sign: they carry no direction",
                severity="note",
            )
        )
    if network.conflicts:
        notes.append(
            Fault(
                "opposite-signs",
                f"{len(network.conflicts)} pairs of nodes are linked by edges of opposite signs: both are kept, "
                "and they cancel",
                severity="note",
            )
        )
    return tuple(notes)
