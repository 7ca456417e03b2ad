"""Pathway-pair rules on two screens: do they find synergy before anything of the pair was measured?

Protocol. Every pair of drugs of known target is scored by the shipped rules through the drugs' target classes; no
number of the screens enters. Positives: Flobak's gold standard (curators' verdict, four lines) and, in O'Neil's
screen, the global top 10 % of mean Bliss excess (39 lines). Rows are pair × line, pooled. AUC and average
precision with 95 % intervals from a bootstrap over pairs (2,000 resamples, seed 0), beside random scores of the
pairs (the mean of 200 permutations). Flobak is given with and without the pair AK-BI, positive in every line.
In Flobak's screen the single-agent room follows from the published columns: HSA excess less Bliss excess is
v_a v_b − min(v_a, v_b), in which the pair itself cancels.

Rules of a pathway with itself were added after Flobak's screen had been seen to ask for them; `rules_third_screens.py`
judges them where nobody had looked. Figures stand with and without them.

Run: KINESCAPE_DATA=... python benchmarks/combination_rules.py
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, Target, load_agents
from kinescape.knowledge.families import agent_classes
from kinescape.knowledge.network import load_core_network
from kinescape.strategy.combinations import ROOM_WEIGHT
from kinescape.strategy.experiment_planning.pathway_rules import load_pathway_rules, target_genes

Floats = NDArray[np.float64]
Pair = tuple[str, str]
RESAMPLES, PERMUTATIONS = 2000, 200


def auc(score: Floats, positive: NDArray[np.bool_]) -> float:
    ranks = rankdata(score)
    n = positive.sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (~positive).sum()))


def average_precision(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Mean precision at each positive; ties share their rank."""
    values, group = np.unique(-score, return_inverse=True)
    hits = np.bincount(group, weights=positive, minlength=values.size)
    seen = np.cumsum(np.bincount(group, minlength=values.size))
    precision = np.cumsum(hits) / seen
    return float((precision * hits).sum() / positive.sum())


def rule_scores(pairs: set[Pair], agents: dict[str, Agent], *, vertical: bool = True) -> dict[Pair, float]:
    """Score of each pair of known targets; pairs with an unknown target are left out."""
    network, rules = load_core_network(), load_pathway_rules()
    classes = {name: agent_classes(agent, network) for name, agent in agents.items()}
    found = {}
    for a, b in sorted(pairs):
        if classes.get(a) and classes.get(b):
            targets = (target_genes(agents[a]), target_genes(agents[b])) if vertical else ((), ())
            rule = rules.between(classes[a], classes[b], targets_a=targets[0], targets_b=targets[1])
            found[a, b] = rule.score if rule is not None else 0.0
    return found


def report(name: str, rows: list[tuple[Pair, bool, float]]) -> None:
    """AUC and average precision with intervals; rows are (pair, positive, score)."""
    pairs = sorted({pair for pair, _, _ in rows})
    place = {pair: number for number, pair in enumerate(pairs)}
    member = np.array([place[pair] for pair, _, _ in rows])
    positive = np.array([hit for _, hit, _ in rows])
    score = np.array([value for _, _, value in rows])
    of_pair = [np.flatnonzero(member == number) for number in range(len(pairs))]

    def spread(measure: Callable[[Floats, NDArray[np.bool_]], float]) -> tuple[float, float]:
        rng, drawn = generator(0, "combination rules", name), []
        for _ in range(RESAMPLES):
            chosen = np.concatenate([of_pair[number] for number in rng.integers(len(pairs), size=len(pairs))])
            if positive[chosen].any():
                drawn.append(measure(score[chosen], positive[chosen]))
        low, high = np.quantile(drawn, [0.025, 0.975])
        return float(low), float(high)

    rng, chance = generator(0, "combination rules, chance", name), []
    values = np.array([score[rows_of].mean() for rows_of in of_pair])
    for _ in range(PERMUTATIONS):
        shuffled = rng.permutation(values)[member]
        chance.append((auc(shuffled, positive), average_precision(shuffled, positive)))
    random_auc, random_ap = np.mean(chance, axis=0)
    cells = []
    for label, measure in (("AUC", auc), ("AP", average_precision)):
        low, high = spread(measure)
        cells.append(f"{label} {measure(score, positive):.3f} [{low:.3f}, {high:.3f}]")
    print(
        f"{name:44s} {len(pairs):4d} pairs {positive.size:6d} rows, prevalence {positive.mean():.3f}: "
        f"{cells[0]}  {cells[1]}  random {random_auc:.2f}/{random_ap:.3f}"
    )


def flobak(folder: Path) -> None:
    agents = {}
    panel = folder / "network" / "druglogics-cascade" / "ags_cascade_2.0" / "drugpanel"
    for line in panel.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and len(cells) > 2:
            agents[cells[0]] = Agent(cells[0], targets=tuple(Target(gene, cells[1]) for gene in cells[2:]))
    with (folder / "network" / "flobak-synergy" / "gold_standard.tsv").open(encoding="utf-8") as file:
        screen = list(csv.DictReader(file, delimiter="\t"))
    pairs = {(row["drug_a"], row["drug_b"]) for row in screen}
    scores = rule_scores(pairs, agents)
    left_out = sorted({drug for pair in pairs - set(scores) for drug in pair if not agents.get(drug)})
    print(f"Flobak: {len(pairs)} pairs, {len(pairs) - len(scores)} of unknown target ({', '.join(left_out)})")
    kept = [row for row in screen if (row["drug_a"], row["drug_b"]) in scores]
    room = np.array([float(row["hsa"]) - float(row["bliss"]) for row in kept])
    lines = np.array([row["cell_line"] for row in kept])
    for line in np.unique(lines):
        own = lines == line
        room[own] = (room[own] - room[own].mean()) / room[own].std()
    before = rule_scores(pairs, agents, vertical=False)
    for label, weight, used in (
        ("rules between pathways only", 0.0, before),
        ("rules", 0.0, scores),
        ("rules and single-agent room", ROOM_WEIGHT, scores),
    ):
        rows = [
            (pair, row["gold_standard"] == "Synergy", used[pair] + weight * float(z))
            for row, z in zip(kept, room, strict=True)
            if (pair := (row["drug_a"], row["drug_b"]))
        ]
        report(f"Flobak, {label}", rows)
        report(f"Flobak, {label}, without AK-BI", [row for row in rows if set(row[0]) != {"AK", "BI"}])
        if label == "rules":
            best = sorted(scores, key=lambda pair: -scores[pair])[:10]
            hits = {row[0] for row in rows if row[1]}
            print(
                f"  first ten pairs: {sum(pair in hits for pair in best)} synergise in some line (ties by name)"
            )


def oneil(folder: Path) -> None:
    with (folder / "network" / "oneil-bliss" / "oneils_bliss.csv").open(encoding="utf-8") as file:
        screen = list(csv.DictReader(file))
    table = load_agents()
    names = {row[column] for row in screen for column in ("drugA_name", "drugB_name")}
    agents = {name: agent for name in names if (agent := table.get(name)) is not None}
    pairs = {(row["drugA_name"], row["drugB_name"]) for row in screen}
    scores = rule_scores(pairs, agents)
    unknown = sorted(names - set(agents))
    print(f"O'Neil: {len(pairs)} pairs, {len(pairs) - len(scores)} of unknown target ({', '.join(unknown)})")
    excess = np.array([float(row["mean_bliss"]) for row in screen])
    threshold = np.quantile(excess, 0.9)
    before = rule_scores(pairs, agents, vertical=False)
    for label, used in (("rules between pathways only", before), ("rules", scores)):
        rows = [
            (pair, bool(value >= threshold), used[pair])
            for row, value in zip(screen, excess, strict=True)
            if (pair := (row["drugA_name"], row["drugB_name"])) in used
        ]
        report(f"O'Neil, {label}", rows)
    gain_of_rules(screen, excess >= threshold, before, scores)


def gain_of_rules(
    screen: list[dict[str, str]],
    positive: NDArray[np.bool_],
    before: dict[Pair, float],
    after: dict[Pair, float],
) -> None:
    """AUC with the rules of a pathway with itself, less that without, in resamples of pairs."""
    pairs = sorted(after)
    place = {pair: number for number, pair in enumerate(pairs)}
    member = np.array([place[row["drugA_name"], row["drugB_name"]] for row in screen])
    of_pair = [np.flatnonzero(member == number) for number in range(len(pairs))]
    one, other = (np.array([scores[pair] for pair in pairs])[member] for scores in (before, after))
    rng, drawn = generator(0, "combination rules", "gain"), []
    for _ in range(RESAMPLES // 4):
        rows = np.concatenate([of_pair[number] for number in rng.integers(len(pairs), size=len(pairs))])
        drawn.append(auc(other[rows], positive[rows]) - auc(one[rows], positive[rows]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    print(f"  gain in AUC {auc(other, positive) - auc(one, positive):+.3f} [{low:+.3f}, {high:+.3f}]")


def main() -> None:
    import os

    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this benchmark needs the real data")
    flobak(Path(folder))
    oneil(Path(folder))


if __name__ == "__main__":
    main()
