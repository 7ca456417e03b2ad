"""Pathway rules on screens that nobody had scored by rules: with and without vertical rules, and with the room.

The rules of a pathway with itself (two steps of one cascade) were added after Flobak's screen had been seen to ask for
them; these screens had not been scored by rules before. Protocol, fixed before scoring: every pair of drugs of known
target; its score is the rule's; what it did is the mean over doses of Bliss excess (positive where the pair does more).
The single-agent room (z score in the screen) is added as `rank_combinations` adds it; it was asked of these screens
after the rules had been. Room and excess share the single drugs and so their noise: its gain is an upper bound.
Figures: Spearman correlation, and AUC and average precision for the top tenth of each screen, rows pair × sample;
intervals (95 %) by bootstrap over pairs, 2,000 resamples, seed 0.

decrease            210 matrices of 8 × 8 in 13 lines, targets by the shipped table of agents
mathews-griner      ibrutinib with 463 partners in TMD8, blocks of 6 × 6; a partner that the table of agents does not
                    know has the class that the screen's own column of targets names
cellbox             66 pairs in SK-MEL-133, cell viability, log2, one dose a pair
mcf10a              pairs in parental and PI3K-mutant MCF10A, fraction of control, one dose a pair

Run: KINESCAPE_DATA=... python benchmarks/rules_third_screens.py
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fastexcel
import numpy as np
from combination_rules import auc, average_precision
from melanoma_cellbox import HITS
from numpy.typing import NDArray
from scipy.stats import rankdata

from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, Target, load_agents
from kinescape.knowledge.families import agent_classes, drug_class_name
from kinescape.knowledge.network import load_core_network
from kinescape.strategy.combinations import ROOM_WEIGHT
from kinescape.strategy.experiment_planning.pathway_rules import (
    PathwayRules,
    load_pathway_rules,
    target_genes,
)
from kinescape.strategy.pair_ranking.measured_synergy import single_agent_room

Floats = NDArray[np.float64]
Rows = list[tuple[str, str, float, float]]
"""Names of two drugs, the excess of their pair in one sample, and the single-agent room there."""
RESAMPLES = 2000
LEAST_CONTROL = 0.2
MCF10A = {
    "EGFRi": "EGFR",
    "RAFi": "BRAF RAF1",
    "MEKi": "MAP2K1 MAP2K2",
    "ERKi": "MAPK1 MAPK3",
    "GSK3i": "GSK3A GSK3B",
    "IGF1Ri": "IGF1R",
    "PI3Ki": "PIK3CA PIK3CB PIK3CD PIK3CG",
    "AKTi": "AKT1 AKT2 AKT3",
    "mTORi": "MTOR",
    "FGFRi": "FGFR1 FGFR2 FGFR3",
}


def without_vertical(rules: PathwayRules) -> PathwayRules:
    """The table less the rules of a pathway with itself."""
    return replace(rules, by_pair={pair: rule for pair, rule in rules.by_pair.items() if pair[0] != pair[1]})


def of_matrix(values: Floats) -> tuple[float, float]:
    """Mean Bliss excess and single-agent room of a matrix of fractions of control, doses rising, 0 first."""
    alone_a, alone_b = values[1:, 0] / values[0, 0], values[0, 1:] / values[0, 0]
    excess = float(np.nanmean(np.outer(alone_a, alone_b) - values[1:, 1:] / values[0, 0]))
    return excess, single_agent_room(alone_a, alone_b, model="product")


def decrease(folder: Path) -> Rows:
    found = []
    place = folder / "viability" / "decrease" / "210_Novel_Anticancer_combinations"
    for name, inhibition in (("192_Combinations_.xlsx", False), ("18_combinations_.xlsx", True)):
        sheet = fastexcel.read_excel(place / name).load_sheet(0).to_polars()
        for _, block in sheet.group_by("PairIndex", maintain_order=True):
            wide = block.sort("Conc1", "Conc2").pivot(on="Conc2", index="Conc1", values="Response")
            doses = sorted((column for column in wide.columns if column != "Conc1"), key=float)
            values = wide.select(doses).to_numpy() / 100
            values = 1 - values if inhibition else values
            found.append((str(block["Drug1"][0]), str(block["Drug2"][0]), *of_matrix(values)))
    return found


def mathews_griner(folder: Path) -> tuple[Rows, dict[str, str]]:
    """Rows, and the screen's own word for the target of each partner."""
    cells: dict[str, dict[tuple[float, float], float]] = defaultdict(dict)
    name_of, target_of = {}, {}
    path = folder / "viability" / "mathews-griner" / "mathews_griner.csv.tar.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            block = row["BlockId"]
            cells[block][float(row["RowConcs"]), float(row["ColConcs"])] = float(row["viability"]) / 100
            name_of[block], target_of[row["RowName"]] = row["RowName"], row["RowTarget"]
    excess = defaultdict(list)
    for block, table in cells.items():
        rows, columns = (sorted({key[side] for key in table}) for side in (0, 1))
        values = np.array([[table.get((row, column), np.nan) for column in columns] for row in rows])
        # A block whose untreated cell reads next to nothing has no control.
        if rows[0] == 0 and columns[0] == 0 and values[0, 0] > LEAST_CONTROL:
            excess[name_of[block]].append(of_matrix(values))
    return [
        ("ibrutinib", name, *np.mean(each, axis=0).tolist()) for name, each in sorted(excess.items())
    ], target_of


def cellbox(folder: Path) -> Rows:
    place = folder / "network" / "cellbox"
    nodes = (place / "node_Index.csv").read_text().split()
    column = np.loadtxt(place / "expr.csv", delimiter=",")[:, nodes.index("cellviab")]
    labels = [line.split()[0] for line in (place / "expr_index.txt").read_text().splitlines()]
    value = dict(zip(labels, column, strict=True))
    found = []
    for label in labels:
        parts = label.split(",")
        if len(parts) == 2 and all(part in value for part in parts):
            one, other = (part.split("|")[0] for part in parts)
            a, b = value[parts[0]], value[parts[1]]
            found.append((one, other, float(a + b - value[label]), single_agent_room([a], [b], model="sum")))
    return found


def mcf10a(folder: Path) -> Rows:
    found = []
    for name in ("wt-envision.tsv", "pi3k-envision.tsv"):
        wells = defaultdict(list)
        place = folder / "network" / "cnr-mcf10a" / "results" / "perturbations" / name
        with place.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                label = re.sub(r"\s+uM", "uM", row["Treatment"])
                wells[label].append(float(row["NormalizedViability"]))
        value = {label: float(np.median(values)) for label, values in wells.items()}
        for label in value:
            parts = label.split(" + ")
            if len(parts) == 2 and all(part in value for part in parts):
                one, other = (part.split()[0] for part in parts)
                a, b = value[parts[0]], value[parts[1]]
                found.append((one, other, a * b - value[label], single_agent_room([a], [b], model="product")))
    return found


def report(name: str, rows: Rows, agents: dict[str, Agent]) -> None:
    network, table = load_core_network(), load_pathway_rules()
    drugs = sorted({drug for row in rows for drug in row[:2]})
    classes = {drug: agent_classes(agents[drug], network) if drug in agents else () for drug in drugs}
    known = [row for row in rows if classes[row[0]] and classes[row[1]] and np.isfinite(row[2])]
    pairs = sorted({frozenset(row[:2]) for row in known}, key=sorted)
    place = {pair: number for number, pair in enumerate(pairs)}
    member = np.array([place[frozenset(row[:2])] for row in known])
    excess = np.array([row[2] for row in known])
    positive = excess >= np.quantile(excess, 0.9)
    of_pair = [np.flatnonzero(member == number) for number in range(len(pairs))]
    print(
        f"{name}: {len(rows)} rows, {len(known)} of known target in {len(pairs)} pairs, "
        f"mean excess {excess.mean():+.3f}, top tenth from {np.quantile(excess, 0.9):+.3f}"
    )
    scores = {}
    for label, rules in (("without vertical rules", without_vertical(table)), ("all rules", table)):
        found = []
        for one, other, *_ in known:
            rule = rules.between(
                classes[one],
                classes[other],
                targets_a=target_genes(agents[one]),
                targets_b=target_genes(agents[other]),
            )
            found.append(0.0 if rule is None else rule.score)
        scores[label] = np.array(found)
    room = np.array([row[3] for row in known])
    room = np.where(np.isfinite(room), (room - np.nanmean(room)) / np.nanstd(room), 0.0)
    scores["all rules and room"] = scores["all rules"] + ROOM_WEIGHT * room
    moved = np.flatnonzero(scores["all rules"] != scores["without vertical rules"])
    vertical = np.unique(member[moved]).size
    if vertical:
        print(f"  {vertical} pairs get another score; their mean excess {excess[moved].mean():+.3f}")
    draws = generator(0, "third screens", name).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    measures: dict[str, Callable[[Floats], Callable[[NDArray[np.int64]], float]]] = {
        "Spearman": lambda score: lambda at: spearman(score[at], excess[at]),
        "AUC": lambda score: lambda at: auc(score[at], positive[at]),
        "AP": lambda score: lambda at: average_precision(score[at], positive[at]),
    }
    everything = np.arange(len(known))
    samples = [np.concatenate([of_pair[pair] for pair in drawn]) for drawn in draws]
    samples = [at for at in samples if positive[at].any() and not positive[at].all()]
    for label, measure in measures.items():
        cells, drawn_values = [], []
        for which, score in scores.items():
            drawn = np.array([measure(score)(at) for at in samples])
            low, high = np.nanquantile(drawn, [0.025, 0.975])
            cells.append(f"{which} {measure(score)(everything):.3f} [{low:.3f}, {high:.3f}]")
            drawn_values.append(drawn)
        gains = []
        for more in (1, 2):
            low, high = np.nanquantile(drawn_values[more] - drawn_values[more - 1], [0.025, 0.975])
            gains.append(f"[{low:+.3f}, {high:+.3f}]")
        print(f"  {label:9s} " + "  ".join(cells) + f"  gains {' and '.join(gains)}")


def spearman(one: Floats, other: Floats) -> float:
    a, b = rankdata(one), rankdata(other)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else float("nan")


def of_targets(targets: dict[str, str]) -> dict[str, Agent]:
    return {
        name: Agent(name, targets=tuple(Target(gene, "inhibits") for gene in genes.split()))
        for name, genes in targets.items()
    }


def main() -> None:
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        raise SystemExit("KINESCAPE_DATA is not set: this benchmark needs the real data")
    table, data = load_agents(), Path(folder)
    rows = decrease(data)
    names = {name for row in rows for name in row[:2]}
    report("decrease", rows, {name: agent for name in names if (agent := table.get(name)) is not None})
    rows, target_of = mathews_griner(data)
    agents = {}
    for name in {name for row in rows for name in row[:2]}:
        known = table.get(name)
        for spelling in re.split(r"\s*[()]\s*", name):
            known = known or (table.get(spelling) if spelling else None)
        if known is None and drug_class_name(target_of.get(name, "")) is not None:
            known = Agent(name, drug_class=target_of[name])
        if known is not None:
            agents[name] = known
    report("mathews-griner", rows, agents)
    report("cellbox", cellbox(data), of_targets(HITS))
    report("mcf10a", mcf10a(data), of_targets(MCF10A))


if __name__ == "__main__":
    main()
