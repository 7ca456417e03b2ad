"""Documented escapes: does the ranking of `kinescape escape` find what laboratories and clinics saw?

Protocol, written before any score was computed
-----------------------------------------------
Collection. `documented_escapes.tsv` holds pairs (target group, escape gene, direction) that a paper reports: a
change of the gene gives resistance to a drug against the target, and `direction` says which change (gain or
loss). One row a pair. Mutations of the blocked target itself are no pairs. A citation whose DOI or PubMed
identifier was looked up is `referenced`. The others are `unreferenced`: known to the curators, no paper was looked up.
Both count, and the scores of the referenced rows alone are printed too.

Split. By target group, before scoring and by no one's choice: groups are sorted by the SHA-256 of
"kinescape documented escapes: " + group; the first half (rounded up) is development, the rest evaluation. Weights,
features and their number are chosen on development groups only. The evaluation groups are scored once a release.

Scores, each over evaluation groups:
- within-pool AUROC: candidates are the escape genes of all groups (so that being well studied does not help);
  the positives of a group are its own. A group counts with its number of positives. The blocked targets are no
  candidates.
- degree-matched win rate: each positive against the 20 genes of the network nearest in degree that are not its
  group's positives; share of wins, ties half.
- recall@20 and recall@50 among all genes of the network.
- direction: balanced accuracy and accuracy, beside "always gain".
Each beside: degree; personalised PageRank from the targets; the knowledge-only baseline (same class, shared
module, amount of evidence; fitted on the same development groups; no propagation over the network).
Intervals: 95 %, bootstrap over groups (2,000 resamples, seed 0). The difference to the knowledge-only baseline
is bootstrapped over the same resamples.

Pairs whose gene or whose every target is not in the network cannot be scored; they are counted and printed.

Run: python benchmarks/documented_escapes.py [--fit] [--development]
  --fit          fit the weights on the development groups and write them into the package
  --development  print the development groups' leave-one-group-out scores instead of the evaluation's
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator
from kinescape.knowledge.network import load_core_network
from kinescape.strategy.escape_evidence.documented import (
    DocumentedEscape,
    DocumentedGroup,
    grouped,
    growth_effectors,
)
from kinescape.strategy.escape_evidence.escape_features import BASELINE_FEATURES, FEATURES, EscapeKnowledge
from kinescape.strategy.escape_evidence.escape_weights import EscapeWeights, fit_weights

Floats = NDArray[np.float64]
HERE = Path(__file__).parent
COLLECTION = HERE / "documented_escapes.tsv"
TABLES = HERE.parent / "src" / "kinescape" / "strategy" / "tables"
COLUMNS = ("group", "targets", "gene", "direction", "title", "year", "reference", "status")
RESAMPLES = 2000


def split_of(groups: Sequence[str]) -> dict[str, str]:
    """The split, by the hash of each group's name."""
    order = sorted(
        groups, key=lambda g: hashlib.sha256(f"kinescape documented escapes: {g}".encode()).hexdigest()
    )
    half = (len(order) + 1) // 2
    return {group: "development" if place < half else "evaluation" for place, group in enumerate(order)}


def read_collection() -> tuple[DocumentedEscape, ...]:
    with COLLECTION.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    split = split_of(sorted({row["group"] for row in rows}))
    return tuple(
        DocumentedEscape(
            **(row | {"targets": tuple(row["targets"].split(";")), "split": split[row["group"]]})
        )
        for row in rows
    )


def on_network(groups: Sequence[DocumentedGroup], knowledge: EscapeKnowledge) -> tuple[DocumentedGroup, ...]:
    """The groups with a target in the network, and of their genes those that are."""
    kept = []
    for group in groups:
        genes = {gene: sign for gene, sign in group.genes.items() if gene in knowledge.place}
        if genes and any(gene in knowledge.place for gene in group.targets):
            kept.append(DocumentedGroup(group.name, group.targets, genes))
    return tuple(kept)


Ranker = Callable[[DocumentedGroup], Floats]


@dataclass(frozen=True)
class Collection:
    """The pairs that the network can score, and what is needed to score them."""

    knowledge: EscapeKnowledge
    development: tuple[DocumentedGroup, ...]
    evaluation: tuple[DocumentedGroup, ...]

    def candidates(self, group: DocumentedGroup) -> NDArray[np.bool_]:
        allowed = self.knowledge.is_gene.copy()
        allowed[[self.knowledge.place[gene] for gene in group.targets if gene in self.knowledge.place]] = (
            False
        )
        return allowed

    def positives(self, group: DocumentedGroup) -> list[int]:
        return [self.knowledge.place[gene] for gene in group.genes]

    def training(self, groups: Sequence[DocumentedGroup]) -> tuple[Floats, NDArray[np.bool_]]:
        values, outcome = [], []
        for group in groups:
            rest = [other for other in groups if other is not group]
            allowed = self.candidates(group)
            is_escape = np.zeros(len(self.knowledge.nodes), dtype=bool)
            is_escape[self.positives(group)] = True
            values.append(self.knowledge.features(group.targets, rest)[allowed])
            outcome.append(is_escape[allowed])
        return np.vstack(values), np.concatenate(outcome)

    def fitted(self, groups: Sequence[DocumentedGroup]) -> dict[str, EscapeWeights]:
        values, outcome = self.training(groups)
        narrow = [FEATURES.index(name) for name in BASELINE_FEATURES]
        recurring = [*narrow, FEATURES.index("precedents")]
        return {
            "full": fit_weights(values, outcome, FEATURES),
            "baseline": fit_weights(values[:, narrow], outcome, BASELINE_FEATURES),
            "recurring": fit_weights(values[:, recurring], outcome, (*BASELINE_FEATURES, "precedents")),
        }

    def by_weights(self, weights: EscapeWeights, known: Sequence[DocumentedGroup]) -> Ranker:
        columns = [FEATURES.index(name) for name in weights.features]

        def rank(group: DocumentedGroup) -> Floats:
            rest = [other for other in known if other.name != group.name]
            return weights.probability(self.knowledge.features(group.targets, rest)[:, columns])

        return rank

    def degree(self, group: DocumentedGroup) -> Floats:
        return self.knowledge.edge_counts

    def pagerank(self, group: DocumentedGroup) -> Floats:
        """Personalised PageRank from the targets over the unsigned, undirected network."""
        import networkx

        graph = networkx.Graph(self.knowledge.network.to_networkx())
        start = {gene: 1.0 for gene in group.targets if gene in self.knowledge.place}
        found = networkx.pagerank(graph, alpha=0.85, personalization=start)
        return np.array([found[node] for node in self.knowledge.nodes])


def scorable(
    collection: tuple[DocumentedEscape, ...], knowledge: EscapeKnowledge
) -> tuple[DocumentedEscape, ...]:
    lost = [pair for pair in collection if pair.gene not in knowledge.place]
    lost += [
        pair
        for pair in collection
        if pair.gene in knowledge.place and not any(gene in knowledge.place for gene in pair.targets)
    ]
    names = ", ".join(sorted({f"{pair.group}: {pair.gene}" for pair in lost}))
    print(f"{len(collection)} pairs, {len(lost)} not scorable in {knowledge.network.name} ({names})")
    return tuple(pair for pair in collection if pair not in lost)


def group_scores(
    data: Collection, groups: Sequence[DocumentedGroup], pool: set[str], ranker: Ranker
) -> dict[str, Floats]:
    """Per group: positives and the sums of each score over them."""
    found: dict[str, list[float]] = {name: [] for name in ("n", "auroc", "wins", "recall20", "recall50")}
    for group in groups:
        score, allowed = ranker(group), data.candidates(group)
        own = data.positives(group)
        others = [data.knowledge.place[g] for g in sorted(pool) if g not in group.genes]
        others = [place for place in others if allowed[place]]
        free = np.flatnonzero(allowed & ~np.isin(np.arange(allowed.size), own))
        degree = data.knowledge.edge_counts
        wins = []
        for place in own:
            alike = free[np.argsort(np.abs(degree[free] - degree[place]), kind="stable")[:20]]
            wins.append(_beats(score[place], score[alike]))
        above = np.array([np.sum(score[allowed] > score[place]) for place in own])
        found["n"].append(len(own))
        found["auroc"].append(sum(_beats(score[place], score[others]) for place in own))
        found["wins"].append(sum(wins))
        found["recall20"].append(float(np.sum(above < 20)))
        found["recall50"].append(float(np.sum(above < 50)))
    return {name: np.array(values, dtype=float) for name, values in found.items()}


def _beats(one: float, others: Floats) -> float:
    return float(np.mean(one > others) + 0.5 * np.mean(one == others))


def resampled(n_groups: int) -> NDArray[np.int64]:
    return generator(0, "documented escapes").integers(n_groups, size=(RESAMPLES, n_groups))


def with_interval(
    scores: dict[str, Floats], name: str, draws: NDArray[np.int64]
) -> tuple[float, float, float]:
    point = scores[name].sum() / scores["n"].sum()
    spread = scores[name][draws].sum(axis=1) / scores["n"][draws].sum(axis=1)
    return float(point), float(np.quantile(spread, 0.025)), float(np.quantile(spread, 0.975))


def print_table(
    data: Collection, groups: Sequence[DocumentedGroup], pool: set[str], rankers: dict[str, Ranker]
) -> None:
    draws = resampled(len(groups))
    scores = {name: group_scores(data, groups, pool, ranker) for name, ranker in rankers.items()}
    print(f"{'ranking':34s} within-pool AUROC     degree-matched wins   recall@20             recall@50")
    for name, found in scores.items():
        cells = [with_interval(found, key, draws) for key in ("auroc", "wins", "recall20", "recall50")]
        print(f"{name:34s} " + " ".join(f"{p:.3f} [{low:.3f}, {high:.3f}]" for p, low, high in cells))
    full, plain = scores["kinescape escape"], scores["knowledge only, no propagation"]
    difference = {
        "n": full["n"],
        "auroc": full["auroc"] - plain["auroc"],
        "recall20": full["recall20"] - plain["recall20"],
    }
    for key in ("auroc", "recall20"):
        p, low, high = with_interval(difference, key, draws)
        print(f"gain over knowledge only, {key}: {p:+.3f} [{low:+.3f}, {high:+.3f}]")


def print_calibration(data: Collection, groups: Sequence[DocumentedGroup], ranker: Ranker) -> None:
    """What the probabilities promise, and what is documented; undocumented is not the same as false."""
    promised, found, first_promised, first_found = 0.0, 0, [], []
    for group in groups:
        score = np.where(data.candidates(group), ranker(group), 0.0)
        own = data.positives(group)
        best = np.argsort(-score, kind="stable")[:20]
        promised, found = promised + score.sum(), found + len(own)
        first_promised.append(score[best].mean())
        first_found.append(np.isin(best, own).mean())
    print(
        f"probabilities: {promised:.0f} escapes promised over all genes, {found} documented; first 20 of each group: "
        f"mean probability {np.mean(first_promised):.2f}, {np.mean(first_found):.2f} documented"
    )


def print_direction(data: Collection, groups: Sequence[DocumentedGroup]) -> None:
    influence = data.knowledge.influence_on_growth
    truth, called, member = [], [], []
    for number, group in enumerate(groups):
        for gene, sign in group.genes.items():
            value = influence[data.knowledge.place[gene]]
            truth.append(sign)
            called.append(0 if np.isnan(value) or value == 0 else int(np.sign(value)))
            member.append(number)
    t, c, m = np.array(truth), np.array(called), np.array(member)

    def scores(rows: NDArray[np.int64]) -> tuple[float, float]:
        a, b = t[rows], c[rows]
        sides = [float(np.mean(b[a == side] == side)) for side in (1, -1) if np.any(a == side)]
        return float(np.mean(a == b)), float(np.mean(sides))

    everything = np.arange(t.size)
    accuracy, balanced = scores(everything)
    draws = resampled(len(groups))
    boot = np.array([scores(np.concatenate([np.flatnonzero(m == g) for g in draw])) for draw in draws])
    low, high = np.quantile(boot, [0.025, 0.975], axis=0)
    print(
        f"direction: accuracy {accuracy:.3f} [{low[0]:.3f}, {high[0]:.3f}], "
        f"balanced {balanced:.3f} [{low[1]:.3f}, {high[1]:.3f}] on {t.size} pairs ({np.sum(t < 0)} losses)"
    )
    outside = np.array([gene not in growth_effectors() for group in groups for gene in group.genes])
    plain, even = scores(np.flatnonzero(outside))
    print(
        f"direction of the {outside.sum()} that are no growth effectors: accuracy {plain:.3f}, balanced {even:.3f}"
    )
    print(f"direction, always gain: accuracy {np.mean(t > 0):.3f}, balanced 0.500")
    wrong = sorted(
        {
            data.knowledge.nodes[data.knowledge.place[g]]
            for group in groups
            for g, s in group.genes.items()
            if np.sign(np.nan_to_num(influence[data.knowledge.place[g]])) != s
        }
    )
    print(f"direction wrong or open: {', '.join(wrong)}")


def write_tables(collection: tuple[DocumentedEscape, ...], weights: dict[str, EscapeWeights]) -> None:
    lines = ["\t".join((*COLUMNS, "split"))]
    for pair in collection:
        cells = [getattr(pair, name) for name in COLUMNS]
        cells[1] = ";".join(pair.targets)
        lines.append("\t".join((*cells, pair.split)))
    (TABLES / "documented_escapes.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = ["model\tfeature\tweight"]
    for model in ("full", "baseline"):
        lines.append(f"{model}\tintercept\t{weights[model].intercept:.6g}")
        pairs = zip(weights[model].features, weights[model].weights, strict=True)
        lines += [f"{model}\t{name}\t{value:.6g}" for name, value in pairs]
    (TABLES / "escape_weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--fit", action="store_true")
    arguments.add_argument("--development", action="store_true")
    asked = arguments.parse_args()
    collection = read_collection()
    knowledge = EscapeKnowledge(load_core_network())
    kept = scorable(collection, knowledge)
    data = Collection(
        knowledge,
        grouped(tuple(pair for pair in kept if pair.split == "development")),
        grouped(tuple(pair for pair in kept if pair.split == "evaluation")),
    )
    weights = data.fitted(data.development)
    if asked.fit:
        write_tables(collection, weights)
        print("weights and table written")
    plain: dict[str, Ranker] = {"degree": data.degree, "PageRank from the targets": data.pagerank}
    if asked.development:

        def left_out(model: str) -> Ranker:
            def rank(group: DocumentedGroup) -> Floats:
                rest = [other for other in data.development if other is not group]
                return data.by_weights(data.fitted(rest)[model], rest)(group)

            return rank

        groups, make = data.development, left_out
        print(f"development groups, one left out at a time: {', '.join(g.name for g in groups)}")
    else:

        def make(model: str) -> Ranker:
            return data.by_weights(weights[model], data.development)

        groups = data.evaluation
        print(f"evaluation groups: {', '.join(f'{g.name} ({len(g.genes)})' for g in groups)}")
    pool = {
        gene
        for group in (data.development if asked.development else (*data.development, *data.evaluation))
        for gene in group.genes
    }
    rankers = plain | {
        "knowledge only, no propagation": make("baseline"),
        "knowledge and precedents": make("recurring"),
        "kinescape escape": make("full"),
    }
    print_table(data, groups, pool, rankers)
    print_calibration(data, groups, rankers["kinescape escape"])
    print_direction(data, groups)
    if not asked.development:
        referenced = {(pair.group, pair.gene) for pair in kept if pair.status == "referenced"}
        only = tuple(
            DocumentedGroup(
                g.name, g.targets, {x: s for x, s in g.genes.items() if (g.name, x) in referenced}
            )
            for g in groups
        )
        only = tuple(group for group in only if group.genes)
        print(f"\nreferenced rows alone ({sum(len(group.genes) for group in only)} pairs):")
        print_table(data, only, pool, rankers)


if __name__ == "__main__":
    main()
