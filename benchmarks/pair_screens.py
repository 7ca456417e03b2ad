"""Two screens of drug pairs with their synergies, and how a ranking of pairs is judged on them.

O'Neil: 39 lines × 583 pairs of mean Bliss excess; a synergy is a value in the global top 10 %. Flobak: 171 pairs × 4
lines, curators' gold standard; a drug without a known target (SF) has neither class nor rule.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, Target, load_agents
from kinescape.knowledge.families import agent_classes
from kinescape.knowledge.network import load_core_network
from kinescape.strategy.experiment_planning.pair_features import DrugClasses
from kinescape.strategy.experiment_planning.pair_prior import PairPrior, pair_calibration, pair_prior
from kinescape.strategy.experiment_planning.pathway_rules import load_pathway_rules, target_genes
from kinescape.strategy.experiment_planning.yields import Calibration

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]
RESAMPLES = 1000
NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Screen:
    pairs: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    excess: Floats
    synergy: Bools
    threshold: float
    drugs: tuple[str, ...]
    first: Integers
    second: Integers
    classes: DrugClasses
    rule: Floats
    room: Floats | None = None

    def prior(
        self, others: Sequence[int], *, hidden: Bools | None = None, line: int | None = None
    ) -> PairPrior:
        values = self.excess[:, list(others)].copy()
        if hidden is not None:
            values[hidden] = np.nan
        room = None if self.room is None or line is None else self.room[:, line]
        return pair_prior(self.first, self.second, self.classes, self.rule, values, room=room)

    def calibration(self, others: Sequence[int]) -> Calibration:
        return pair_calibration(
            self.first, self.second, self.classes, self.rule, self.excess[:, list(others)], self.threshold
        )


def screen_of(
    values: dict[tuple[tuple[str, str], str], float],
    positive: set[tuple[tuple[str, str], str]],
    threshold: float,
    agents: dict[str, Agent | None],
    room: dict[tuple[tuple[str, str], str], float] | None = None,
) -> Screen:
    pairs = tuple(sorted({pair for pair, _ in values}))
    lines = tuple(sorted({line for _, line in values}))
    drugs = tuple(sorted({drug for pair in pairs for drug in pair}))
    network, rules = load_core_network(), load_pathway_rules()
    own = [agent_classes(agent, network) if (agent := agents.get(drug)) else () for drug in drugs]
    place = {drug: number for number, drug in enumerate(drugs)}
    score = np.full(len(pairs), np.nan)
    for number, (a, b) in enumerate(pairs):
        if own[place[a]] and own[place[b]]:
            rule = rules.between(
                own[place[a]],
                own[place[b]],
                targets_a=target_genes(agents.get(a)),
                targets_b=target_genes(agents.get(b)),
            )
            score[number] = 0.0 if rule is None else rule.score
    table = np.array([[values.get((pair, line), np.nan) for line in lines] for pair in pairs])
    rooms = None
    if room is not None:
        rooms = np.array([[room.get((pair, line), np.nan) for line in lines] for pair in pairs])
        rooms = (rooms - np.nanmean(rooms, axis=0)) / np.nanstd(rooms, axis=0)
    return Screen(
        pairs,
        lines,
        table,
        np.array([[(pair, line) in positive for line in lines] for pair in pairs]),
        threshold,
        drugs,
        np.array([place[a] for a, _ in pairs], dtype=np.int64),
        np.array([place[b] for _, b in pairs], dtype=np.int64),
        DrugClasses.of(own),
        score,
        rooms,
    )


def oneil(folder: Path) -> Screen:
    with (folder / "network" / "oneil-bliss" / "oneils_bliss.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = {
        ((row["drugA_name"], row["drugB_name"]), row["cell_line"]): float(row["mean_bliss"]) / 100
        for row in rows
    }
    threshold = float(np.quantile(list(values.values()), 0.9))
    table = load_agents()
    agents = {name: table.get(name) for pair, _ in values for name in pair}
    return screen_of(values, {key for key, x in values.items() if x >= threshold}, threshold, agents)


def flobak(folder: Path) -> Screen:
    agents: dict[str, Agent | None] = {}
    panel = folder / "network" / "druglogics-cascade" / "ags_cascade_2.0" / "drugpanel"
    for line in panel.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and len(cells) > 2:
            agents[cells[0]] = Agent(cells[0], targets=tuple(Target(gene, cells[1]) for gene in cells[2:]))
    with (folder / "network" / "flobak-synergy" / "gold_standard.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    values, room, positive = {}, {}, set()
    for row in rows:
        key = ((row["drug_a"], row["drug_b"]), row["cell_line"])
        values[key] = -float(row["bliss"])
        room[key] = float(row["hsa"]) - float(row["bliss"])
        if row["gold_standard"] == "Synergy":
            positive.add(key)
    return screen_of(values, positive, 0.1, agents, room)


def development_lines(screen: Screen) -> list[int]:
    drawn = generator(0, "next experiment", "development lines").choice(len(screen.lines), 4, replace=False)
    return sorted(int(line) for line in drawn)


def auc(score: Floats, positive: Bools) -> float:
    ranks, n = rankdata(score), positive.sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (~positive).sum()))


def average_precision(score: Floats, positive: Bools) -> float:
    values, group = np.unique(-score, return_inverse=True)
    hits = np.bincount(group, weights=positive, minlength=values.size)
    precision = np.cumsum(hits) / np.cumsum(np.bincount(group, minlength=values.size))
    return float((precision * hits).sum() / positive.sum())


def judge(name: str, score: Floats, positive: Bools, pair: Integers, line: Integers) -> None:
    """AUC and AP of all rows together, and as a mean over lines; intervals over pairs and lines."""
    rng, drawn = generator(0, "judge", name), []
    of_line = [np.flatnonzero(line == number) for number in range(line.max() + 1)]
    for _ in range(RESAMPLES // 4):
        weight = np.bincount(rng.integers(pair.max() + 1, size=pair.max() + 1), minlength=pair.max() + 1)
        parts = [
            np.repeat(rows, weight[pair[rows]])
            for rows in (of_line[number] for number in rng.integers(len(of_line), size=len(of_line)))
        ]
        if any(positive[rows].any() for rows in parts):
            drawn.append(_figures(score, positive, parts))
    low, high = np.nanquantile(np.array(drawn), [0.025, 0.975], axis=0)
    seen = _figures(score, positive, of_line)
    labels = ("AUC of a line", "AP of a line", "AUC pooled", "AP pooled")
    cells = [
        f"{label} {one:.3f} [{below:.3f}, {above:.3f}]"
        for label, one, below, above in zip(labels, seen, low, high, strict=True)
    ]
    print(f"  {name:58s} " + "  ".join(cells))


def _figures(score: Floats, positive: Bools, parts: Sequence[Integers]) -> list[float]:
    kept = [rows for rows in parts if positive[rows].any() and not positive[rows].all()]
    everything = np.concatenate(list(parts))
    each = [
        float(np.mean([measure(score[rows], positive[rows]) for rows in kept]))
        for measure in (auc, average_precision)
    ]
    return [
        *each,
        *(measure(score[everything], positive[everything]) for measure in (auc, average_precision)),
    ]


def rows_of(screen: Screen, lines: Sequence[int], score: Floats) -> tuple[Floats, Bools, Integers, Integers]:
    """Long rows of a (pairs, lines) score, for the given lines."""
    pair, column = np.nonzero(np.isfinite(screen.excess[:, list(lines)]))
    line = np.asarray(lines)[column]
    return score[pair, column], screen.synergy[pair, line], pair, column
