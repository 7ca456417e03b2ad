"""The demonstration study: simulated data with a planted escape route, whose truth is kept beside it.

A tumour line lives on mutant EGFR. When EGFR is blocked and ERK falls silent, the line makes more AXL, which
carries the signal past the block. A normal line lives on several receptors and has hardly any AXL. The pair
that closes the route, osimertinib with bemcentinib, is left out of the data: it must be found.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.randomness import generator
from kinescape.foundation.writing import write_text
from kinescape.knowledge.network import Network, load_core_network
from kinescape.study.simulator import CycleModel, SimulatedLine, viability

SEED = 2
STRENGTH = 1.2
TUMOUR, NORMAL = "SIM-tumour EGFR-mutant", "SIM-normal"
BYPASS = "AXL"
GOOD_PAIR = ("bemcentinib", "osimertinib")
# Edges of the curated network that the simulated world is made of: named one by one, so that the world stays
# the same while the network grows. `>` activates, `|` inhibits.
WORLD = (
    *("EGFR>GRB2", "EGFR>SHC1", "EGFR>GAB1", "EGFR>SRC", "EGFR>STAT3", "EGFR>PIK3R1"),
    *("AXL>GRB2", "AXL>PIK3R1"),
    *("MET>GAB1", "MET>GRB2", "MET>SRC", "MET>SHC1", "MET>PIK3R1"),
    *("IGF1R>IRS1", "IGF1R>SHC1", "IRS1>PIK3R1", "RPS6KB1|IRS1"),
    *("SHC1>GRB2", "GRB2>SOS1", "GRB2>GAB1", "GAB1>PIK3R1", "GAB1>PTPN11", "PTPN11>KRAS", "SOS1>KRAS"),
    *("KRAS>BRAF", "KRAS>RAF1", "KRAS>PIK3CA", "BRAF>MAP2K1", "RAF1>MAP2K1", "MAP2K1>MAPK1"),
    *("MAPK1>RPS6KA1", "MAPK1|SOS1", "MAPK1|RAF1", "MAPK1>SPRY2", "SPRY2|GRB2", "AKT1|RAF1"),
    *("PIK3R1>PIK3CA", "PIK3CA>PDPK1", "PDPK1>AKT1", "MTOR>AKT1", "AKT1>MTOR", "MTOR>RPS6KB1"),
    *("PDPK1>RPS6KB1", "RPS6KB1>RPS6", "RPS6KA1>RPS6", "SRC>STAT3", "SRC>PTK2", "PTK2>SRC", "SRC>EGFR"),
)
NODES = tuple(sorted({node for edge in WORLD for node in edge.replace("|", ">").split(">")}))
LINES = (
    SimulatedLine(
        TUMOUR,
        drive={"EGFR": 6.0, "AXL": 1.5, "IGF1R": 0.05, "MET": 0.05},
        abundance={"EGFR": 1.3, "AXL": 0.25, "IGF1R": 0.3, "MET": 0.3},
        adaptive={("MAPK1", "AXL"): 14.0},
    ),
    SimulatedLine(
        NORMAL,
        drive={"EGFR": 1.2, "AXL": 0.02, "IGF1R": 3.0, "MET": 1.0},
        abundance={"AXL": 0.05, "IGF1R": 1.3, "MET": 1.1},
    ),
)
TARGETS = {
    "osimertinib": "EGFR",
    "bemcentinib": "AXL",
    "capmatinib": "MET",
    "linsitinib": "IGF1R",
    "trametinib": "MAP2K1",
    "MK-2206": "AKT1",
    "everolimus": "MTOR",
    "dasatinib": "SRC",
}
# Low and high dose as multiples of the simulated affinity; pairs are given at the high dose.
DOSES = {"100 nM": 3.0, "1 uM": 30.0}
PAIR_DOSE = "1 uM"
READOUTS = {
    "p-EGFR Y1068": "EGFR",
    "p-AXL Y702": "AXL",
    "p-MET Y1234/Y1235": "MET",
    "p-IGF1R Y1135": "IGF1R",
    "p-SRC Y416": "SRC",
    "p-MEK1 S217/S221": "MAP2K1",
    "p-ERK1/2 T202/Y204": "MAPK1",
    "p-RSK T359/S363": "RPS6KA1",
    "p-AKT S473": "AKT1",
    "p-S6K T389": "RPS6KB1",
    "p-S6 S235/S236": "RPS6",
    "p-STAT3 Y705": "STAT3",
}
SURVIVAL = {"MAPK1": 1.0, "AKT1": 1.0}
EXPERIMENTS = 3


def make_demonstration(folder: str | Path) -> Path:
    """Write the demonstration study into a new or empty folder.

    Parameters
    ----------
    folder : str or Path
        Where to write `study.toml`, `signalling.csv`, `viability.csv`, `truth.json` and `README.md`.

    Returns
    -------
    Path
        The `study.toml`.

    Raises
    ------
    InputError
        Where the folder holds other files: nothing is written over.
    """
    place = Path(folder)
    names = {"study.toml", "signalling.csv", "viability.csv", "truth.json", "README.md", "results"}
    foreign = (
        sorted(item.name for item in place.iterdir() if item.name not in names) if place.is_dir() else []
    )
    study = place / "study.toml"
    if study.is_file() and not study.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        foreign.append("a study.toml of your own")
    if foreign or (place.exists() and not place.is_dir()):
        raise InputError(
            Fault(
                "folder-in-use",
                f"the folder holds other files ({', '.join(foreign[:3]) or 'it is a file'})",
                file=str(place),
                mend="name a new folder: kinescape demo FOLDER",
            )
        )
    signalling, survival, truth = simulate()
    write_text(place / "signalling.csv", signalling.write_csv(float_precision=1))
    write_text(place / "viability.csv", survival.write_csv(float_precision=0))
    write_text(place / "truth.json", json.dumps(truth, indent=2) + "\n")
    write_text(place / "README.md", _README)
    write_text(place / "study.toml", _STUDY)
    return place / "study.toml"


def simulate() -> tuple[pl.DataFrame, pl.DataFrame, dict[str, object]]:
    """Raw readings of both assays, with noise, and the truth without.

    Returns
    -------
    signalling : polars.DataFrame
        Sample, Treatment, Readout, Experiment, Intensity: three independent experiments.
    viability : polars.DataFrame
        Sample, Treatment, Plate, Well, Luminescence: three plates, two wells a treatment.
    truth : dict
        The planted bypass, the planted pair, and the true viability of every pair.
    """
    model = CycleModel.from_network(world(), NODES, seed=SEED, strength=STRENGTH)
    singles = [(agent, dose) for agent in TARGETS for dose in DOSES]
    pairs = list(itertools.combinations(sorted(TARGETS), 2))
    signalling, cells, true_pairs = [], [], {}
    rng = generator(SEED, "demonstration noise")
    for line in LINES:
        untreated, emitted_untreated = model.steady_state(line, {})
        control = dict(zip(NODES, untreated, strict=True))
        emitted_control = dict(zip(NODES, emitted_untreated, strict=True))
        for condition in [(), *((single,) for single in singles), *(_dosed(pair) for pair in pairs)]:
            active, emitted = model.steady_state(line, _occupancy(condition))
            alive = viability(dict(zip(NODES, emitted, strict=True)), emitted_control, SURVIVAL)
            text = " + ".join(f"{agent} {dose}" for agent, dose in condition) or "control"
            if len(condition) == 2:
                true_pairs[f"{line.name}: {text}"] = round(alive, 4)
                if not _measured(tuple(agent for agent, _ in condition)):
                    continue
            signal = dict(zip(NODES, active, strict=True))
            for experiment in range(1, EXPERIMENTS + 1):
                for readout, node in READOUTS.items():
                    level = 2000.0 * signal[node] + 60.0
                    noisy = level * rng.lognormal(0.0, 0.12)
                    signalling.append((line.name, text, readout, f"experiment {experiment}", noisy))
                for well in range(6 if not condition else 2):
                    count = 40_000 * alive * rng.lognormal(0.0, 0.06)
                    cells.append((line.name, text, f"plate {experiment}", f"well {well + 1}", count))
        if control[BYPASS] <= 0:  # pragma: no cover - a positive drive makes it positive
            raise ValueError("the bypass is silent in the untreated line")
    truth: dict[str, object] = {
        "bypass": BYPASS,
        "drug": "osimertinib",
        "sample": TUMOUR,
        "good_pair": list(GOOD_PAIR),
        "viability_of_pairs": true_pairs,
    }
    columns = ["Sample", "Treatment", "Readout", "Experiment", "Intensity"]
    wells = ["Sample", "Treatment", "Plate", "Well", "Luminescence"]
    return (
        pl.DataFrame(signalling, schema=columns, orient="row"),
        pl.DataFrame(cells, schema=wells, orient="row"),
        truth,
    )


def world() -> Network:
    """The part of the curated network that the simulated world is made of."""
    core = load_core_network()
    edges = []
    for text in WORLD:
        sign = 1 if ">" in text else -1
        source, target = text.replace("|", ">").split(">")
        edges.append(next(edge for edge in core.edges_between(source, target) if edge.sign == sign))
    return Network(edges, name="demonstration")


def _dosed(agents: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((agent, PAIR_DOSE) for agent in agents)


def _measured(pair: tuple[str, ...]) -> bool:
    """Every second pair is measured, the planted one is not."""
    order = list(itertools.combinations(sorted(TARGETS), 2))
    return pair != GOOD_PAIR and order.index((pair[0], pair[1])) % 2 == 0


def _occupancy(condition: tuple[tuple[str, str], ...]) -> dict[str, float]:
    return {TARGETS[agent]: DOSES[dose] / (1.0 + DOSES[dose]) for agent, dose in condition}


_MARK = "# A simulated study: made by a simulator, not measured."
_STUDY = f"""\
{_MARK} truth.json tells what was planted.
[study]
name = "demonstration"
title = "How an EGFR-mutant line escapes osimertinib"
question = "How do the tumour cells get round each drug, and which second drug closes the way?"
target_sample = "{TUMOUR}"
reference_sample = "{NORMAL}"
suppress = "viability"
simulated = true

[[samples]]
name = "{TUMOUR}"
description = "simulated line that lives on mutant EGFR"

[[samples]]
name = "{NORMAL}"
description = "simulated line to spare, which lives on several receptors"

[[files]]
path = "signalling.csv"
format = "table_long"
assay = "signalling"
scale = "raw"
time_h = 24.0

[files.columns]
sample = "Sample"
condition = "Treatment"
readout = "Readout"
replicate = "Experiment"
value = "Intensity"

[[files]]
path = "viability.csv"
format = "viability_long"
assay = "viability"
scale = "raw"
time_h = 72.0

[files.columns]
sample = "Sample"
condition = "Treatment"
replicate = "Plate"
value = "Luminescence"
"""
_README = """\
# Demonstration study (simulated)

Everything here was made by a simulator: no conclusion about real cells may be drawn from it. `signalling.csv` and
`viability.csv` look like a laboratory's files, `study.toml` tells kinescape what they are, and `truth.json` tells
what was planted. Run it with `kinescape run study.toml`.
"""
