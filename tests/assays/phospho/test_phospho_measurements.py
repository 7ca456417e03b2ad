"""Contrasts into the one table."""

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.differential import differential_sites
from kinescape.assays.phospho.phospho_measurements import phospho_measurements
from kinescape.assays.phospho.reading.site_effect_files import read_site_effects
from kinescape.assays.reading import ACCOUNT_SCHEMA
from kinescape.foundation.errors import InputError

from .site_tables import design_of, table_of

SAMPLES = ("c1", "c2", "t1", "t2")
LINES = [
    ("c1", "control", "1"),
    ("c2", "control", "2"),
    ("t1", "trametinib 10 nM", "1"),
    ("t2", "trametinib 10 nM", "2"),
]
GENES = ["MAPK1", "MAPK1", "AKT1", "ZNF999", *[f"GENE{index}" for index in range(30)]]


def effects():
    rng = np.random.default_rng(0)
    values = rng.normal(20, 1, (len(GENES), 1)) + rng.normal(0, 0.1, (len(GENES), 4))
    values[:2, 2:] -= 2
    table = table_of(
        values,
        SAMPLES,
        GENES,
        residue=["T", "T", "S", *["S"] * 31],
        position=[185, 185, 473, *range(1, 32)],
        multiplicity=[1, 2, 1, *[1] * 31],
    )
    return differential_sites(table, design_of(LINES), normalise=False)


def test_known_sites_become_readouts():
    found = phospho_measurements(effects(), sample="A375", file="sites.txt", dropped=7)
    frame = found.measurements.frame
    assert frame["readout"].to_list() == ["p-AKT1 S473", "p-MAPK1 T185"]
    assert frame["node"].to_list() == ["AKT1", "MAPK1"]
    assert frame["condition"].unique().to_list() == ["trametinib 10 nM"]
    assert frame["n"].to_list() == [2, 2]
    assert frame["se"].null_count() == 0
    assert found.accounting.schema == ACCOUNT_SCHEMA
    assert found.accounting.select("sample", "rows", "readouts", "dropped").row(0) == ("A375", 34, 2, 7)
    notes = {note.code: note.found for note in found.notes}
    assert "2 of" in notes["sites-left-out"]
    assert "31 measured sites are not" in notes["sites-left-out"]
    assert "1 effects of a site" in notes["multiplicities"]


def test_all_sites_go_to_their_genes():
    frame = phospho_measurements(effects(), sample="A375", sites="all").measurements.frame
    assert frame.height == 33
    assert frame.filter(pl.col("readout") == "p-ZNF999 S1")["node"].to_list() == ["ZNF999"]


def test_effects_of_a_file_need_sample_and_condition(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("site,logFC\nMAPK1_T185,-1\n")
    given = read_site_effects(path)
    with pytest.raises(InputError, match="names no cell line"):
        phospho_measurements(given)
    with pytest.raises(InputError, match="names no condition"):
        phospho_measurements(given, sample="A375")
    frame = phospho_measurements(
        given, sample="A375", condition="trametinib 10 nM", time_h=1.0
    ).measurements.frame
    assert frame.select("node", "value", "se", "n", "flags", "time_h").row(0) == (
        "MAPK1", -1.0, None, 1, ["single_replicate"], 1.0,
    )  # fmt: skip


def test_mouse_sites_are_told():
    notes = phospho_measurements(effects(), sample="A375", organism="mouse").notes
    assert any(note.code == "mouse-sites" for note in notes)


def test_no_known_site_is_a_warning_and_an_empty_table(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("site,logFC\nZNF999_S1,-1\n")
    found = phospho_measurements(read_site_effects(path), sample="A375", condition="trametinib 10 nM")
    assert len(found.measurements) == 0
    assert [note.severity for note in found.notes if note.code == "sites-left-out"] == ["warning"]
