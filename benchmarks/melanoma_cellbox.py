"""Held-out correlation on CellBox's own melanoma data, beside CellBox's published figures.

    KINESCAPE_DATA=... python benchmarks/melanoma_cellbox.py

Data: SK-MEL-133, 89 conditions of 12 drugs (23 single, 66 double), 82 proteins and 5 phenotypes, as the
CellBox repository (github.com/sanderlab/CellBox) publishes them; the 12 drug nodes are inputs and are not
scored. The drugs are coded 0.5 for the lower and 1 for the higher dose of two; their targets are those of the
repository's node names. Protocol, fixed before scoring:

random partition        30 % of the conditions held out, 40 times; predictions of a condition averaged over
                        the times it was held out, as CellBox's file of predictions does
single to combination   trained on the 23 single conditions
leave one drug out      all combinations with a drug held out, its singles seen
without singles         every condition with a drug held out

Correlation pools the entries. Intervals: middle 90 % over resampled conditions.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.foundation.randomness import generator
from kinescape.knowledge.names import load_readouts
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.conditions import Condition
from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, build_design
from kinescape.model.held_out.network_test import network_test
from kinescape.model.held_out.scoring import interval, rmse
from kinescape.model.members import (
    HIERARCHICAL,
    MEAN,
    NEAREST,
    RIDGE,
    SINGLES,
    Member,
    network_gain_member,
    network_member,
    saturating_member,
)
from kinescape.model.prior import wiring_of

PUBLISHED = {
    "random partition": "0.926",
    "single to combination": "0.924",
    "leave one drug out": "0.935",
    "without singles": "0.780",
}
CELLBOX_SECONDS = 917
SEED = 20261121
PARTITIONS = 40
HELD_SHARE = 0.3
HITS = {
    "901": "MAP2K1 MAP2K2",
    "AK": "AKT1 AKT2 AKT3",
    "HN": "HDAC1 HDAC2",
    "NT": "MDM2",
    "P6": "JAK1 JAK2",
    "PLX": "BRAF",
    "RO": "PRKCA PRKCB",
    "RY": "CDK4",
    "SR": "SRC",
    "ST": "STAT3",
    "Tm": "MTOR",
    "ZS": "PIK3CA",
}
WIRING = wiring_of(
    load_core_network(), {drug: dict.fromkeys(nodes.split(), -1) for drug, nodes in HITS.items()}
)
MEMBERS = (
    MEAN,
    NEAREST,
    SINGLES,
    RIDGE,
    HIERARCHICAL,
    network_member(WIRING),
    network_gain_member(WIRING),
    saturating_member(WIRING),
)


def read(folder: Path) -> tuple[Design, list[str], np.ndarray]:
    """The design, its conditions in file order, and CellBox's published predictions of the same rows."""
    values = np.loadtxt(folder / "expr.csv", delimiter=",")
    nodes = (folder / "node_Index.csv").read_text().split()
    labels = [line.split()[0] for line in (folder / "expr_index.txt").read_text().splitlines()]
    published = np.loadtxt(folder / "random_partition_average_testhat_929.csv", delimiter=",", skiprows=1)[
        :, 1:
    ]
    measured = [index for index, node in enumerate(nodes) if index < 87]
    meanings = {at: load_readouts().resolve(nodes[at]) for at in measured}
    meant = {at: (nodes[at],) if meaning is None else meaning.nodes for at, meaning in meanings.items()}
    rows, conditions = [], []
    for label, effects in zip(labels, values, strict=True):
        condition = " + ".join("{} {} uM".format(*part.split("|")) for part in label.split(","))
        conditions.append(condition)
        for at in measured:
            rows += [("SK-MEL-133", condition, node, nodes[at], float(effects[at])) for node in meant[at]]
    frame = pl.DataFrame(rows, schema=["sample", "condition", "node", "readout", "value"], orient="row")
    table = Measurements.from_frame(
        frame.with_columns(scale=pl.lit("log2_fold_change"), assay=pl.lit("rppa"))
    )
    design = build_design(table)
    order = [sorted(measured, key=lambda at: nodes[at]).index(at) for at in measured]
    texts = [design.rows_for("SK-MEL-133", [Condition.parse(text)]).condition[0] for text in conditions]
    place = [design.rows.condition.tolist().index(text) for text in texts]
    rearranged = np.empty((len(design), 87))
    rearranged[np.ix_(place, order)] = published[:, :87]
    return design, texts, rearranged


def tasks(design: Design) -> dict[str, list[np.ndarray]]:
    """Held-out rows of every fit of each task."""
    double = design.rows.agent_count > 1
    random = []
    for partition in range(PARTITIONS):
        held = np.zeros(len(design), dtype=bool)
        drawn = generator(SEED, "cellbox", partition).permutation(len(design))
        held[drawn[: round(HELD_SHARE * len(design))]] = True
        random.append(held)
    drugs = [design.rows.dose[:, agent] > 0 for agent in range(len(design.agents))]
    return {
        "random partition": random,
        "single to combination": [double],
        "leave one drug out": [drug & double for drug in drugs],
        "without singles": drugs,
    }


def predictions(
    design: Design, held: list[np.ndarray], member: Member, average: bool
) -> tuple[np.ndarray, ...]:
    """Predicted, measured and row of every held-out entry; the time of one fit."""
    begun = time.process_time()
    means, rows = [], []
    for test in held:
        means.append(member.fit(design.take(~test)).predict(design.rows.take(test)).mean)
        rows.append(np.flatnonzero(test))
    seconds = (time.process_time() - begun) / len(held)
    mean, row = np.concatenate(means), np.concatenate(rows)
    if average:
        seen = np.unique(row)
        mean = np.array([mean[row == one].mean(axis=0) for one in seen])
        row = seen
    return mean, design.response[row], row, seconds


def correlation_interval(
    predicted: np.ndarray, measured: np.ndarray, row: np.ndarray
) -> tuple[float, float, float]:
    """Pooled correlation with its interval over resampled conditions."""
    rows, which = np.unique(row, return_inverse=True)
    parts = [(predicted[which == at].ravel(), measured[which == at].ravel()) for at in range(len(rows))]
    sums = np.array([[p.size, p.sum(), m.sum(), p @ p, m @ m, p @ m] for p, m in parts])

    def pearson(total: np.ndarray) -> np.ndarray:
        n, p, m, pp, mm, pm = total.T
        return (n * pm - p * m) / np.sqrt((n * pp - p**2) * (n * mm - m**2))

    drawn = generator(SEED, "bootstrap").integers(len(rows), size=(1000, len(rows)))
    low, high = interval(pearson(sums[drawn].sum(axis=1)))
    return float(pearson(sums.sum(axis=0)[None])[0]), low, high


def main() -> int:
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        print("Set KINESCAPE_DATA to the folder of data.", file=sys.stderr)
        return 2
    design, _, cellbox = read(Path(folder) / "network/cellbox")
    print(f"{len(design)} conditions × {len(design.readouts)} nodes; seed {SEED}\n")
    print("| task | method | r | RMSE | conditions | CPU s a fit |")
    print("|---|---|---|---|---|---|")
    for task, held in tasks(design).items():
        average = task == "random partition"
        for member in MEMBERS:
            predicted, measured, row, seconds = predictions(design, held, member, average)
            r, low, high = correlation_interval(predicted, measured, row)
            error, rows = rmse(predicted - measured), len(np.unique(row))
            print(
                f"| {task} | {member.name} | {r:.3f} [{low:.3f}, {high:.3f}] | {error:.3f} | {rows} "
                f"| {seconds:.4f} |"
            )
        if average:
            row = np.flatnonzero(np.sum(held, axis=0) > 0)
            r, low, high = correlation_interval(cellbox[row], design.response[row], row)
            error = rmse(cellbox[row] - design.response[row])
            print(
                f"| {task} | CellBox, its predictions of these rows | {r:.3f} [{low:.3f}, {high:.3f}] "
                f"| {error:.3f} | {len(row)} | {CELLBOX_SECONDS} |"
            )
        else:
            print(f"| {task} | CellBox, published | {PUBLISHED[task]} | | | {CELLBOX_SECONDS} |")
    print()
    for member in (network_member, network_gain_member, saturating_member):
        print(network_test(design, WIRING, member=member, seed=SEED).words)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
