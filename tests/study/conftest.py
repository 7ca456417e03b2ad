"""A small study that runs in a second, and the demonstration study run once for all its tests."""

import itertools
import math
from pathlib import Path

import pytest

STUDY = """\
[study]
name = "small"
title = "A small study"
target_sample = "tumour"
reference_sample = "normal"

[[samples]]
name = "tumour"

[[samples]]
name = "normal"

[[files]]
path = "signalling.csv"
format = "table_long"
assay = "signalling"
scale = "raw"

[files.columns]
sample = "Line"
condition = "Treatment"
readout = "Readout"
replicate = "Experiment"
value = "Signal"

[[files]]
path = "viability.csv"
format = "viability_long"
scale = "raw"

[files.columns]
sample = "Line"
condition = "Treatment"
replicate = "Plate"
value = "Counts"
"""
DRUGS = {"erlotinib 1 uM": ("p-EGFR Y1068", 0.6), "trametinib 10 nM": ("p-ERK1/2 T202/Y204", 0.5)}
DRUGS |= {"MK-2206 1 uM": ("p-AKT S473", 0.7)}
READOUTS = ("p-EGFR Y1068", "p-ERK1/2 T202/Y204", "p-AKT S473")


def write_small_study(folder: Path) -> Path:
    """Three drugs alone and in pairs, two lines, three replicates; values by a formula, no randomness."""
    folder.mkdir(parents=True, exist_ok=True)
    treatments = ["control", *DRUGS, *(" + ".join(pair) for pair in itertools.combinations(DRUGS, 2))]
    signalling, viability = ["Line,Treatment,Readout,Experiment,Signal"], ["Line,Treatment,Plate,Counts"]
    for number, (line, treatment, replicate) in enumerate(
        itertools.product(("tumour", "normal"), treatments, ("1", "2", "3"))
    ):
        drugs = [] if treatment == "control" else treatment.split(" + ")
        strength = 1.0 if line == "tumour" else 0.4
        for readout in READOUTS:
            hit = sum(DRUGS[drug][0] == readout for drug in drugs)
            wobble = 1 + 0.05 * math.sin(7 * number + len(readout))
            signalling.append(
                f"{line},{treatment},{readout},{replicate},{1000 * 0.3 ** (strength * hit) * wobble:.2f}"
            )
        alive = math.prod(1 - strength * (1 - DRUGS[drug][1]) for drug in drugs)
        viability.append(
            f"{line},{treatment},{replicate},{20000 * alive * (1 + 0.03 * math.cos(5 * number)):.0f}"
        )
    (folder / "signalling.csv").write_text("\n".join(signalling) + "\n", encoding="utf-8")
    (folder / "viability.csv").write_text("\n".join(viability) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


@pytest.fixture
def small_study(tmp_path: Path) -> Path:
    return write_small_study(tmp_path / "study")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory):
    """Folder and results of the demonstration study."""
    from kinescape.study.demonstration import make_demonstration
    from kinescape.study.run import run_study

    study = make_demonstration(tmp_path_factory.mktemp("demonstration") / "study")
    return study.parent, run_study(study)
