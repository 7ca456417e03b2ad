"""What tests share: where the real data are, and how they say that they are absent."""

import os

# As the command does: threads of the linear algebra library cost more than they give on matrices this small.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path

import pytest
from hypothesis import settings

# A noisy machine must not fail a property test by its timing, and CI must find the same examples each time.
settings.register_profile("kinescape", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kinescape")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, or a skip that says why."""
    folder = os.environ.get("KINESCAPE_DATA")
    if not folder:
        pytest.skip("KINESCAPE_DATA is not set: tests on real data need it")
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        pytest.skip(f"KINESCAPE_DATA names {path}, which is not a folder")
    return path


@pytest.fixture
def phospho_files(tmp_path: Path) -> tuple[Path, Path]:
    """A matrix of sites and its sample sheet: under trametinib the known sites of MEK and ERK fall fourfold.

    Three replicates a group, 120 other sites that only scatter, one row that names no site.
    """
    import numpy as np

    random = np.random.default_rng(3)
    fallen = [
        "MAPK1_T185",
        "MAPK1_Y187",
        "MAPK3_T202",
        "MAPK3_Y204",
        "RPS6KA1_S363",
        "MCL1_T163",
        "STMN1_S38",
    ]
    names = fallen + [f"GENE{index}_S{index + 7}" for index in range(120)]
    samples = [f"{group}_{number}" for group in ("DMSO", "Tram") for number in (1, 2, 3)]
    lines = ["site," + ",".join(samples)]
    for index, name in enumerate(names):
        level = 20 + random.normal(0, 1.5)
        change = -2.0 if index < len(fallen) else random.normal(0, 0.15)
        values = [
            level + random.normal(0, 0.2) + (change if sample.startswith("Tram") else 0) for sample in samples
        ]
        lines.append(name + "," + ",".join(f"{2**value:.1f}" for value in values))
    lines.append("no site here," + ",".join(["1000.0"] * 6))
    sites = tmp_path / "sites.csv"
    sites.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sheet = ["sample,condition,replicate"]
    sheet += [
        f"{sample},{'control' if sample.startswith('DMSO') else 'trametinib 100 nM'},{sample[-1]}"
        for sample in samples
    ]
    design = tmp_path / "samples.csv"
    design.write_text("\n".join(sheet) + "\n", encoding="utf-8")
    return sites, design
