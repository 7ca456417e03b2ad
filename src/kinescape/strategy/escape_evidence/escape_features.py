"""What is known of a blocked target and a gene that might replace it: six numbers for every gene at once.

=================  ========================================================================================
feature            meaning
=================  ========================================================================================
``same_class``     1 where the gene has the class of a blocked target (RTK, RAS-ERK, ...), 0 elsewhere
``same_modules``   Jaccard overlap of the gene's and the targets' modules: the pathways that the network names,
                   or, in a network that names none, their direct neighbours
``evidence``       log(1 + number of the gene's edges): how much is written about it
``reach``          square root of how much of the targets' footprint lies on the gene
``similarity``     cosine of the gene's footprint downstream and that of the targets
``precedents``     log(1 + Σ over documented escapes through this gene from other targets, each weighted by
                   [same class] + 2 × similarity of the two targets' footprints)
=================  ========================================================================================

The first three know no propagation over the network: they are the plain baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinescape.knowledge.families import target_class
from kinescape.measurements.schema import PHENOTYPES
from kinescape.strategy.escape_evidence.documented import DocumentedGroup
from kinescape.strategy.escape_evidence.propagation import Footprints, influence, scaled
from kinescape.strategy.escape_evidence.routes import GROWTH, RouteFinder

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from kinescape.knowledge.network import Network

Floats = NDArray[np.float64]
FEATURES = ("same_class", "same_modules", "evidence", "reach", "similarity", "precedents")
BASELINE_FEATURES = FEATURES[:3]
_STEP, _ENDING, _RARE, _TAKEN_OVER = 1.0, 2.0, 2.0, 0.02


class EscapeKnowledge:
    """A network prepared for questions about escape.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        nodes, signed = network.matrix()
        self.nodes: tuple[str, ...] = nodes
        self.place = {node: number for number, node in enumerate(nodes)}
        self.signed: csr_matrix = signed
        self.is_gene = np.array([node not in PHENOTYPES for node in nodes], dtype=bool)

    @cached_property
    def classes(self) -> NDArray[np.str_]:
        """Class of each node, from its family or its place in the network."""
        return np.array([target_class(node, self.network) for node in self.nodes])

    @cached_property
    def edge_counts(self) -> Floats:
        """Number of edges at each node, parallel ones counted."""
        counts = np.zeros(len(self.nodes))
        for edge in self.network.edges:
            counts[self.place[edge.source]] += 1
            counts[self.place[edge.target]] += 1
        return counts

    @cached_property
    def modules(self) -> csr_matrix:
        """Which modules each node belongs to, (n_nodes, n_modules), 0 or 1."""
        from scipy.sparse import csr_matrix, identity

        edges = self.network.edges
        named = [edge for edge in edges if edge.pathway]
        if 2 * len(named) < len(edges):
            linked = abs(self.network.matrix(signed=False)[1])
            near = linked + linked.T + identity(len(self.nodes), format="csr")
            return (near > 0).astype(float).tocsr()
        labels = {name: number for number, name in enumerate(sorted({edge.pathway for edge in named}))}
        members = {
            (self.place[end], labels[edge.pathway]) for edge in named for end in (edge.source, edge.target)
        }
        rows, columns = zip(*sorted(members), strict=True)
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(self.nodes), len(labels)))

    @cached_property
    def footprints(self) -> Footprints:
        """Downstream footprints of all the nodes."""
        return Footprints(scaled(self.signed, sources=0.5, targets=0.5).tocsr())

    @cached_property
    def influence_on_growth(self) -> Floats:
        """Net influence of each node on growth effectors, −1 to +1; NaN where none is reached."""
        from kinescape.strategy.escape_evidence.documented import growth_effectors

        effect = np.zeros(len(self.nodes))
        for gene, sign in growth_effectors().items():
            if gene in self.place:
                effect[self.place[gene]] = sign
        return influence(self.signed, effect)

    @property
    def goals(self) -> dict[str, int]:
        """Where routes end: the growth phenotypes, or the growth effectors of a network without phenotypes."""
        from kinescape.strategy.escape_evidence.documented import growth_effectors

        phenotypes = {node: sign for node, sign in GROWTH.items() if node in self.place}
        if phenotypes:
            return phenotypes
        return {gene: sign for gene, sign in growth_effectors().items() if gene in self.place}

    def finder(self, targets: Sequence[str]) -> RouteFinder:
        """Routes beside the targets, shown where they take over what the targets do.

        A step is cheap to a node on which the targets act too, and a route should end from such a node: else
        each gene would be shown with whatever short cut to growth it has.
        """
        pattern = np.abs(self.footprints.of([self.place[gene] for gene in targets if gene in self.place]))
        top = pattern.max(initial=0.0)
        share = pattern / top if top > 0 else np.zeros_like(pattern)
        away = 1.0 - np.sqrt(np.minimum(share / _TAKEN_OVER, 1.0))
        # Hormone receptors act only in the tissues that have them: a route through one comes last.
        rare = _RARE * (self.classes == "nuclear receptor")
        costs = dict(zip(self.nodes, (_STEP + away + rare).tolist(), strict=True))
        costs |= dict.fromkeys(self.goals, _STEP)
        endings = dict(zip(self.nodes, (_ENDING * away).tolist(), strict=True))
        return RouteFinder(self.network, self.goals, targets, costs, endings)

    def features(self, targets: Sequence[str], documented: Sequence[DocumentedGroup]) -> Floats:
        """Features of every node as an escape from blocked targets.

        Parameters
        ----------
        targets : sequence of str
            At least one must be a node.
        documented : sequence of DocumentedGroup
            Documented escapes; groups that share a target with `targets` are left out, so that the ranking of a
            target never rests on the escapes that are known from it.

        Returns
        -------
        (n_nodes, 6) array
            Columns `FEATURES`.
        """
        places = [self.place[gene] for gene in targets if gene in self.place]
        pattern = self.footprints.of(places)
        mine = np.asarray(self.modules[places].max(axis=0).todense()).ravel()
        sizes = np.asarray(self.modules.sum(axis=1)).ravel()
        common = self.modules @ mine
        with np.errstate(invalid="ignore", divide="ignore"):
            overlap = np.where(common > 0, common / (sizes + mine.sum() - common), 0.0)
        return np.column_stack(
            [
                np.isin(self.classes, self.classes[places]).astype(float),
                overlap,
                np.log1p(self.edge_counts),
                np.sqrt(np.abs(pattern)),
                self.footprints.similarity(pattern),
                np.log1p(self._precedents(targets, places, pattern, documented)),
            ]
        )

    def _precedents(
        self,
        targets: Sequence[str],
        places: list[int],
        pattern: Floats,
        documented: Sequence[DocumentedGroup],
    ) -> Floats:
        total = np.zeros(len(self.nodes))
        length = np.linalg.norm(pattern)
        for group in documented:
            others = [self.place[gene] for gene in group.targets if gene in self.place]
            if not others or set(group.targets) & set(targets):
                continue
            other = self.footprints.of(others)
            scale = float(length * np.linalg.norm(other))
            alike = max(float(pattern @ other) / scale, 0.0) if scale > 0 else 0.0
            same = bool(np.isin(self.classes[others], self.classes[places]).any())
            for gene in group.genes:
                if gene in self.place:
                    total[self.place[gene]] += float(same) + 2 * alike
        return total
