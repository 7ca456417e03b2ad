"""Held-out figures of every member of the signalling model on three public data sets.

    KINESCAPE_DATA=... python benchmarks/signalling_model.py [--shuffles 20]

Data, read from the files as their repositories publish them:

mcf10a   two isogenic lines, 32 conditions of 10 inhibitors, 10 epitopes (Bosdriesz et al. 2022)
hpn      two breast lines, 8 stimuli × inhibitors, mean log2 over 15, 30, 60 min against DMSO + PBS;
         readouts of both lines (Hill et al. 2016, HPN-DREAM)
eduati   ten colorectal lines, 47 conditions, 14 phosphoproteins at 30 min (Eduati et al. 2017)

Protocol, fixed before scoring: unseen combination, five folds over combinations removed in all samples; unseen
inhibitor, all its conditions removed in all samples; new sample, five random conditions of it seen. Random
partitions are drawn several times (`kinescape.model.held_out.tasks`). `chosen` holds out the other inhibitors in turn
and takes the member that `choose` takes then. Intervals: middle 90 % over resampled held-out units. The network is the
package's own; what each inhibitor hits is written below.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

from kinescape.knowledge.names import load_readouts
from kinescape.knowledge.network import load_core_network
from kinescape.measurements.table import Measurements
from kinescape.model.choice import RIVALS, choose
from kinescape.model.design import Design, build_design
from kinescape.model.held_out.network_test import network_test
from kinescape.model.members import (
    Member,
    members_with,
    network_gain_member,
    network_member,
    saturating_member,
)
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, wiring_of
from kinescape.model.validate import validate

SEED = 20261121
HITS = {
    "AKTi": "AKT1 AKT2 AKT3",
    "EGFRi": "EGFR",
    "ERKi": "MAPK1 MAPK3",
    "FGFRi": "FGFR1 FGFR2 FGFR3",
    "GSK3i": "GSK3A GSK3B",
    "GSK690693": "AKT1 AKT2 AKT3",
    "GSK1120212": "MAP2K1 MAP2K2",
    "IGF1Ri": "IGF1R INSR",
    "IKKi": "CHUK IKBKB",
    "MEKi": "MAP2K1 MAP2K2",
    "PD173074": "FGFR1 FGFR2 FGFR3",
    "PI3Ki": "PIK3CA",
    "PLXi": "BRAF",
    "RAFi": "BRAF RAF1",
    "TAK1i": "MAP3K7",
    "TBK1i": "TBK1",
    "mTORi": "MTOR",
}
LIGANDS = {
    "EGF": "EGF",
    "FGF1": "FGF1",
    "HGF": "HGF",
    "IGF1": "IGF1",
    "Insulin": "INS",
    "NRG1": "NRG1",
    "Serum": "",
    "TGFb": "TGFB1",
    "TNFa": "TNF",
}
ACTIONS = {agent: dict.fromkeys(nodes.split(), -1) for agent, nodes in HITS.items()} | {
    agent: dict.fromkeys(nodes.split(), 1) for agent, nodes in LIGANDS.items()
}
Row = tuple[str, str, str, float]


def mcf10a(folder: Path) -> list[Row]:
    rows = []
    for line in ("wt", "pi3k"):
        path = folder / f"cnr-mcf10a/results/perturbations/{line}-luminex-lfc.tsv"
        header, *lines = [text.split("\t") for text in path.read_text().splitlines()]
        for readout, *values in lines:
            for condition, value in zip(header[1:], values, strict=True):
                rows.append((line, re.sub(r"([0-9]) ?uM", r"\1 uM", condition), readout, float(value)))
    return rows


def hpn(folder: Path) -> list[Row]:
    lines = {line: pl.read_csv(folder / f"hpn-dream8/{line}_main.csv") for line in ("BT20", "MCF7")}
    shared = [name for name in lines["BT20"].columns[4:] if name in lines["MCF7"].columns]
    rows = []
    for line, frame in lines.items():
        late = frame.filter(pl.col("Timepoint").is_in([15, 30, 60])).with_columns(pl.col(shared).log(2))
        means = late.group_by("Inhibitor", "Stimulus").agg(pl.col(shared).mean())
        basal = means.filter((pl.col("Inhibitor") == "DMSO") & (pl.col("Stimulus") == "PBS")).row(
            0, named=True
        )
        for row in means.sort("Inhibitor", "Stimulus").iter_rows(named=True):
            agents = [name for name in row["Inhibitor"].split("_") if name != "DMSO"]
            agents += [row["Stimulus"]] if row["Stimulus"] != "PBS" else []
            condition = " + ".join(agents) or "control"
            rows += [(line, condition, name, row[name] - basal[name]) for name in shared]
    return rows


def eduati(folder: Path) -> list[Row]:
    rows = []
    for path in sorted((folder / "eduati-crc14/data/base/MIDAS").glob("*_raw.csv")):
        header, *lines = [line.split(",") for line in path.read_text().splitlines()]
        line = header[0].split(":")[1]
        for fields in lines:
            cells = dict(zip(header, fields, strict=True))
            if cells["DA:ALL"] != "30":
                continue
            # PLXmuti stands for the BRAF inhibitor in BRAF-mutant lines: it is the same drug.
            treated = [name[3:] for name in header[1:] if name.startswith("TR:") and cells[name] == "1"]
            condition = " + ".join("PLXi" if agent == "PLXmuti" else agent for agent in treated) or "control"
            for name, text in cells.items():
                if name.startswith("DV:") and not math.isnan(float(text)):
                    rows.append((line, condition, name[3:], float(text)))
    return rows


def design_of(rows: list[Row]) -> Design:
    """The design, each readout with the nodes it stands for."""
    meanings = load_readouts()
    expanded = []
    for sample, condition, readout, value in rows:
        meaning = meanings.resolve(readout)
        nodes = meaning.nodes if meaning is not None else (readout,)
        expanded += [(sample, condition, node, readout, value) for node in nodes]
    frame = pl.DataFrame(expanded, schema=["sample", "condition", "node", "readout", "value"], orient="row")
    table = Measurements.from_frame(
        frame.with_columns(scale=pl.lit("log2_fold_change"), assay=pl.lit("file"))
    )
    return build_design(table, kinds=dict.fromkeys(LIGANDS, "ligand"))


def chosen_member(wiring: Wiring) -> Member:
    """For each held-out inhibitor, the member that `choose` takes when the others are held out in turn.

    The held-out one has no part in the choice, so that its score is honest. With fewer than three inhibitors left
    nothing can be held out and the default answers.
    """
    members = members_with(wiring)

    def fit(design: Design) -> Fitted:
        tested = validate(
            design,
            ["unseen_inhibitor"],
            dataset="inner",
            seed=SEED,
            members=tuple(member for member in members if member.name in RIVALS),
        )
        taken = {choice.question: choice.method for choice in choose(design, "inner", tested)}
        return next(member for member in members if member.name == taken["unseen_agent"]).fit(design)

    return Member("chosen", False, fit, "the member chosen on the other inhibitors", ("unseen_inhibitor",))


SETS: dict[str, Callable[[Path], list[Row]]] = {"mcf10a": mcf10a, "hpn": hpn, "eduati": eduati}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shuffles", type=int, default=20, help="shuffled networks for the null (0: none)")
    options = parser.parse_args()
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        print("Set KINESCAPE_DATA to the folder of data.", file=sys.stderr)
        return 2
    wiring = wiring_of(load_core_network(), ACTIONS)
    members = (*members_with(wiring), chosen_member(wiring))
    print(f"seed {SEED}\n")
    print("| data | task | method | RMSE | r | coverage of 90 % | units | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    verdicts, pairs = [], []
    for name, read in SETS.items():
        design = design_of(read(Path(folder) / "network"))
        result = validate(design, dataset=name, seed=SEED, members=members)
        for row in result.table.iter_rows(named=True):
            covered = "" if row["coverage90"] is None else f"{row['coverage90']:.2f}"
            r = "" if row["pearson"] is None else f"{row['pearson']:.3f}"
            print(
                f"| {name} | {row['task'].replace('_', ' ')} | {row['method']} | {row['rmse']:.3f} "
                f"[{row['rmse_low']:.3f}, {row['rmse_high']:.3f}] | {r} | {covered} | {row['n_units']} "
                f"| {row['cpu_seconds']:.2f} |",
                flush=True,
            )
        pairs += result.comparisons.filter(pl.col("baseline").is_in(["ridge", "nearest_condition"])).rows(
            named=True
        )
        if options.shuffles:
            for member in (network_member, network_gain_member, saturating_member):
                answer = network_test(design, wiring, member=member, seed=SEED, shuffles=options.shuffles)
                verdicts.append(f"{name}: {answer.words}")
    print("\n| data | task | method | against | difference of RMSE |\n|---|---|---|---|---|")
    for row in pairs:
        print(
            f"| {row['dataset']} | {row['task'].replace('_', ' ')} | {row['method']} | {row['baseline']} "
            f"| {row['difference']:+.3f} [{row['difference_low']:+.3f}, {row['difference_high']:+.3f}] |"
        )
    print()
    print("\n".join(verdicts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
