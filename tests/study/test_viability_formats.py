"""A study of viability files alone: every format is read into the one table, checked, and its pairs are ranked."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from kinescape.foundation.errors import InputError
from kinescape.study.formats import options_of
from kinescape.study.inputs import load_inputs
from kinescape.study.run import check_study, run_study
from kinescape.study.specification import read_specification

FILES = """\
[study]
name = "viability"
title = "All viability formats"
target_sample = "A549"
suppress = "viability"

[[files]]
path = "matrix.csv"
format = "viability_doses"
assay = "matrix"

[[files]]
path = "plate1.csv"
format = "viability_plate"
assay = "plate"
sample = "A549"
layout = "layout.csv"
more_plates = ["plate2.csv"]

[[files]]
path = "wells.csv"
format = "viability_wells"
assay = "wells"
dose_unit = "uM"
[files.agents]
1 = "dasatinib"

[[files]]
path = "curves.csv"
format = "viability_wide"
assay = "wide"
sample = "A549"

[[files]]
path = "courses.csv"
format = "viability_time_course"
sample = "A549"
"""


def write_files(folder: Path) -> Path:
    """One small file of each format."""
    pairs = itertools.product((0, 10, 100), (0, 1, 10))
    lines = ["drug1,drug2,conc1,conc2,conc_unit,viability,cell_line"]
    lines += [
        f"dasatinib,trametinib,{a},{b},nM,{100 / (1 + a / 100) / (1 + b / 10):.1f},A549" for a, b in pairs
    ]
    texts = {
        "matrix.csv": lines,
        "plate1.csv": [",1,2,3", "A,1000,1100,500", "B,100,100,400"],
        "plate2.csv": [",1,2,3", "A,900,1000,450", "B,100,100,300"],
        "layout.csv": [",1,2,3", "A,DMSO,DMSO,dasatinib 100 nM", "B,blank,blank,trametinib 10 nM"],
        "wells.csv": [
            "BARCODE,SCAN_ID,POSITION,TAG,CELL_LINE_NAME,DRUG_ID,CONC,INTENSITY",
            "1,1,1,NC-1,A549,NA,NA,1000",
            "1,1,2,L1-D1-S,A549,1,0.1,400",
        ],
        "curves.csv": ["agent,control,10 nM,1 uM", "dasatinib,100,90,40", "trametinib,100,80,30"],
        "courses.csv": ["Elapsed,Control,dasatinib 100 nM"]
        + [f"{hour},{2 ** (hour / 24):.4f},{2 ** (hour / 48):.4f}" for hour in range(0, 73, 6)],
        "study.toml": [FILES],
    }
    for name, content in texts.items():
        (folder / name).write_text("\n".join(content) + "\n", encoding="utf-8")
    return folder / "study.toml"


def test_every_format_flows_into_the_one_table(tmp_path: Path) -> None:
    inputs = load_inputs(read_specification(write_files(tmp_path)))
    found = inputs.measurements
    assert set(found.frame["assay"]) == {"matrix", "plate", "wells", "wide", "time_course"}
    assert found.samples == ("A549",) and found.agents == ("dasatinib", "trametinib")
    assert set(inputs.quality["assay"]) == set(found.frame["assay"])
    # Every file is there to be hashed, the layout and the second plate too.
    assert {"layout.csv", "plate1.csv", "plate2.csv"} <= set(inputs.paths)
    plate = found.where(assay="plate", condition="dasatinib 100 nM").frame.row(0, named=True)
    assert plate["n"] == 2 and plate["se"] is not None
    wells = found.where(assay="wells").frame.row(0, named=True)
    assert (wells["condition"], wells["value"]) == ("dasatinib 100 nM", 0.4)


def test_counts_with_their_controls_beside_the_study_are_joined(tmp_path: Path) -> None:
    study = write_files(tmp_path)
    part = """
[[files]]
path = "counts.tsv"
format = "viability_doses"
assay = "counts"
controls = "ctrl.tsv"
time_zero = "time0.tsv"
"""
    study.write_text(study.read_text(encoding="utf-8") + part, encoding="utf-8")
    (tmp_path / "counts.tsv").write_text(
        "cell_line\tagent\tconcentration\tunit\tcell_count\tctrl_tag\ttime0_tag\n"
        "A549\tdasatinib\t10\tnM\t200\tc\tz\nA549\tdasatinib\t100\tnM\t100\tc\tz\n"
    )
    (tmp_path / "ctrl.tsv").write_text("ctrl_tag\tcell_count\nc\t400\n")
    (tmp_path / "time0.tsv").write_text("time0_tag\tcell_count\nz\t100\n")
    inputs = load_inputs(read_specification(study))
    assert {"ctrl.tsv", "time0.tsv"} <= set(inputs.paths)
    found = inputs.measurements.where(assay="counts").frame
    assert sorted(found["value"].to_list()) == pytest.approx([0.0, 2**0.5 - 1])
    assert found["scale"].unique().to_list() == ["growth_rate"]
    (tmp_path / "time0.tsv").unlink()
    with pytest.raises(InputError, match=r"time0\.tsv"):
        check_study(study)


def test_faults_of_all_the_files_are_told_at_once(tmp_path: Path) -> None:
    study = write_files(tmp_path)
    text = study.read_text(encoding="utf-8")
    text = text.replace('layout = "layout.csv"', 'layout = "lay.csv"').replace('"plate2.csv"', '"plate3.csv"')
    text = text.replace('dose_unit = "uM"', 'dose_units = "uM"')
    study.write_text(text, encoding="utf-8")
    matrix = (tmp_path / "matrix.csv").read_text(encoding="utf-8")
    (tmp_path / "matrix.csv").write_text(matrix.replace("trametinib", "trametinb"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        check_study(study)
    told = {(fault.code, fault.file, fault.column) for fault in error.value.faults}
    assert ("missing-file", "lay.csv", None) in told and ("missing-file", "plate3.csv", None) in told
    assert ("unknown-agent", "matrix.csv", "drug2") in told
    assert {code for code, _, column in told if column in ("dose_units", "dose_unit")} == {
        "unknown-key",
        "missing-key",
    }


def test_one_effect_in_two_files_is_told_with_both_names(tmp_path: Path) -> None:
    study = write_files(tmp_path)
    text = study.read_text(encoding="utf-8").replace('assay = "wide"', 'assay = "matrix"')
    study.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        check_study(study)
    fault = error.value.faults[0]
    assert fault.code == "same-effects" and len(error.value.faults) == 1
    assert "'matrix.csv' and 'curves.csv'" in fault.found and "dasatinib 10 nM" in fault.found


def test_a_wrong_kind_of_option_is_told(tmp_path: Path) -> None:
    assert options_of("viability_plate").required == ("layout",)
    assert options_of("viability_doses").wrong_kind("scale", "percent_of_control") is not None
    assert options_of("viability_plate").wrong_kind("more_plates", "plate2.csv") is None
    study = write_files(tmp_path)
    text = study.read_text(encoding="utf-8").replace('assay = "wide"', 'assay = "wide"\ndoses = "ten"')
    study.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        check_study(study)
    assert [(fault.code, fault.column) for fault in error.value.faults] == [("wrong-value", "doses")]


def test_a_dose_matrix_alone_is_ranked(tmp_path: Path) -> None:
    study = write_files(tmp_path)
    head, rest = FILES.split('[[files]]\npath = "plate1.csv"')
    assert rest
    study.write_text(head, encoding="utf-8")
    results = run_study(study, tmp_path / "results")
    measured = results.combinations.filter(results.combinations["status"] == "measured")
    assert measured.height == 4 and measured["front"].null_count() == 0
    # The surface is the product of two curves: nothing beyond independent drugs.
    assert measured["bliss_excess"].to_list() == pytest.approx([0.0] * 4, abs=0.002)
