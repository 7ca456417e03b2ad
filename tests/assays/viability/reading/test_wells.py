"""Plates: wells with tags, matrices with layouts, their normalisation and their quality."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.reading.plate_matrix import read_plate_matrix
from kinescape.assays.viability.reading.plate_quality import plate_quality
from kinescape.assays.viability.reading.tagged_wells import read_tagged_wells
from kinescape.assays.viability.reading.wells import WELL_SCHEMA, Wells, normalise_wells, well_place
from kinescape.foundation.errors import InputError

HEAD = "BARCODE,SCAN_ID,POSITION,TAG,CELL_LINE_NAME,DRUG_ID,CONC,INTENSITY\n"


def wells(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "wells.csv"
    path.write_text(HEAD + body, encoding="utf-8")
    return path


GOOD = (
    "1,1,1,NC-1,A,NA,NA,1000\n1,1,2,NC-1,A,NA,NA,1100\n1,1,3,NC-1,A,NA,NA,900\n1,1,4,B,A,NA,NA,100\n1,1,5,B,A,NA,NA,100\n"
    "1,1,6,L1-D1-S,A,7,0.01,1000\n1,1,7,L1-D2-S,A,7,0.1,550\n1,1,8,UN-USED,A,NA,NA,5\n"
)


def test_wells_are_set_between_blanks_and_controls(tmp_path: Path) -> None:
    series = normalise_wells(read_tagged_wells(wells(tmp_path, GOOD), unit="uM"))
    assert series.frame["response"].to_list() == pytest.approx([1.0, 0.5])
    assert series.frame["dose"].to_list() == pytest.approx([1e-8, 1e-7])
    assert "NC-1" in series.stated and "blanks" in series.stated


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (GOOD + "1,1,9,MYSTERY,A,7,1,5\n", "unknown-tag"),
        (GOOD + "1,1,9,L1-D3-S,A,7,NA,5\n", "not-a-number"),
        (GOOD + "1,1,9,L1-D3-S,A,7,-1,5\n", "not-a-number"),
        (GOOD + "1,1,7,L1-D2-S,A,7,0.1,700\n", "duplicate-well"),
        (GOOD + "2,1,1,L1-D2-S,A,7,0.1,700\n2,1,2,B,A,NA,NA,100\n", "control-missing"),
        (GOOD.replace("B,A,NA,NA,100", "B,A,NA,NA,9000"), "upside-down"),
    ],
)
def test_faults_of_wells_are_told(tmp_path: Path, body: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        normalise_wells(read_tagged_wells(wells(tmp_path, body), unit="uM"))
    assert code in {fault.code for fault in error.value.faults}


def test_quality_is_what_the_formulas_say() -> None:
    random = np.random.default_rng(0)
    control, blank = random.normal(1000, 50, 60), random.normal(100, 10, 20)
    frame = pl.DataFrame(
        {
            "plate": "p",
            "sample": "A",
            "role": ["control"] * 60 + ["blank"] * 20,
            "value": np.r_[control, blank],
            "well_row": [1 + i % 8 for i in range(80)],
            "well_column": [1 + i // 8 for i in range(80)],
        }
    )
    found = plate_quality(frame).row(0, named=True)
    expected = 1 - 3 * (control.std(ddof=1) + blank.std(ddof=1)) / (control.mean() - blank.mean())
    assert found["z_prime"] == pytest.approx(expected)
    mad = [1.4826 * np.median(np.abs(v - np.median(v))) for v in (control, blank)]
    assert found["z_prime_robust"] == pytest.approx(
        1 - 3 * sum(mad) / (np.median(control) - np.median(blank))
    )
    assert found["verdict"] == "excellent"
    spoiled = frame.with_columns(
        value=pl.when(pl.int_range(80) == 3).then(50_000.0).otherwise(pl.col("value"))
    )
    worse = plate_quality(spoiled).row(0, named=True)
    assert worse["z_prime"] < 0 < 0.5 < worse["z_prime_robust"]


def test_drift_and_edges_are_found() -> None:
    columns = np.tile(np.arange(1, 13), 8)
    rows = np.repeat(np.arange(1, 9), 12)
    ring = np.minimum.reduce([rows - 1, columns - 1, 8 - rows, 12 - columns])
    value = 1000.0 + 20.0 * (columns - 6.5) - 200.0 * (ring < 2)
    frame = pl.DataFrame(
        {
            "plate": "p",
            "sample": "A",
            "role": "control",
            "value": value,
            "well_row": rows,
            "well_column": columns,
        }
    )
    found = plate_quality(frame).row(0, named=True)
    assert found["edge_effect"] == pytest.approx(-0.2, abs=0.02)
    assert found["drift"] == pytest.approx(20 * 11 / value.mean(), rel=0.05)


def plate_files(tmp_path: Path) -> tuple[Path, Path]:
    plate, layout = tmp_path / "plate.csv", tmp_path / "layout.csv"
    plate.write_text("Plate reader 3000,,,\n,1,2,3\nA,1000,900,500\nB,1100,100,100\n", encoding="utf-8")
    layout.write_text(",1,2,3\nA,DMSO,erlotinib 10 nM,erlotinib 1 uM\nB,DMSO,blank,blank\n", encoding="utf-8")
    return plate, layout


def test_a_plate_matrix_with_its_layout(tmp_path: Path) -> None:
    series = normalise_wells(read_plate_matrix(*plate_files(tmp_path), sample="PC9"))
    assert series.frame.select("agent", "dose").rows() == [("erlotinib", 1e-8), ("erlotinib", 1e-6)]
    assert series.frame["response"].to_list() == pytest.approx([800 / 950, 400 / 950])


def test_a_long_layout_says_the_same(tmp_path: Path) -> None:
    plate, layout = plate_files(tmp_path)
    rows = "A1,DMSO,,\nB1,DMSO,,\nA2,erlotinib,10,nM\nA3,erlotinib,1000,nM\nB2,blank,,\nB3,blank,,\n"
    long = tmp_path / "long.csv"
    long.write_text("well,agent,dose,unit\n" + rows, encoding="utf-8")
    one, other = (normalise_wells(read_plate_matrix(plate, path)).frame for path in (layout, long))
    assert one.select("agent", "response").equals(other.select("agent", "response"))
    long.write_text("well,agent,dose,unit\n" + rows + "H12,DMSO,,\nA2,DMSO,,\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_plate_matrix(plate, long)
    assert "duplicate-well" in {fault.code for fault in error.value.faults}


def test_names_of_wells() -> None:
    assert well_place("AF48") == (32, 48) and well_place("h01") == (8, 1) and well_place("12") is None


@pytest.mark.real_data
def test_gdsc_example_is_read_in_full(real_data) -> None:  # type: ignore[no-untyped-def]
    read = read_tagged_wells(real_data / "viability/gdsc-example/data/gdsc_example.csv.gz", unit="uM")
    assert read.frame.height == 873_525
    series = normalise_wells(read)
    assert series.plates is not None and series.plates.height == 1837
    assert series.frame.height == 57_897 and series.frame["response"].null_count() == 0
    assert any(note.code == "control-chosen" for note in series.notes)


def test_title_lines_of_any_length_may_stand_above_plate_and_layout(tmp_path: Path) -> None:
    plate, layout = plate_files(tmp_path)
    plain = normalise_wells(read_plate_matrix(plate, layout)).frame
    title = "Reader 3000\nMode,Luminescence\n\nPlate,1,of,3,gain,200\n"
    plate.write_text(
        title + plate.read_text(encoding="utf-8").split("\n", 1)[1] + "end of run\n", encoding="utf-8"
    )
    layout.write_text("Layout of Monday\n" + layout.read_text(encoding="utf-8"), encoding="utf-8")
    assert normalise_wells(read_plate_matrix(plate, layout)).frame.equals(plain)


def two_samples(tmp_path: Path, controls: str) -> tuple[Path, Path]:
    """Line A reads 1000 untreated and line B 200; the drug halves both."""
    plate, layout = tmp_path / "plate.csv", tmp_path / "long.csv"
    plate.write_text(",1,2,3\nA,1000,500,0\nB,200,100,0\n", encoding="utf-8")
    layout.write_text(
        f"well,sample,agent,dose,unit\n{controls}A2,A,x,1,uM\nB2,B,x,1,uM\nA3,,blank,,\nB3,,blank,,\n",
        encoding="utf-8",
    )
    return plate, layout


def test_each_sample_is_set_against_its_own_untreated_wells(tmp_path: Path) -> None:
    series = normalise_wells(read_plate_matrix(*two_samples(tmp_path, "A1,A,DMSO,,\nB1,B,DMSO,,\n")))
    assert series.frame.sort("sample")["response"].to_list() == pytest.approx([0.5, 0.5])
    assert series.plates is not None and series.plates["plate"].to_list() == ["plate (A)", "plate (B)"]
    assert "of the same sample" in series.stated
    found = read_plate_matrix(*two_samples(tmp_path, "A1,A,DMSO,,\nB1,B,DMSO,,\n")).to_measurements()
    assert found.frame["value"].to_list() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("controls", "code"),
    [("A1,,DMSO,,\nB1,,DMSO,,\n", "control-of-whom"), ("A1,A,DMSO,,\n", "control-missing")],
)
def test_untreated_wells_of_nobody_or_of_one_sample_alone_are_refused(
    tmp_path: Path, controls: str, code: str
) -> None:
    with pytest.raises(InputError) as error:
        normalise_wells(read_plate_matrix(*two_samples(tmp_path, controls)))
    assert {fault.code for fault in error.value.faults} == {code}


def test_wells_of_two_drugs_are_told_and_are_no_curve_of_one(tmp_path: Path) -> None:
    plate, _ = plate_files(tmp_path)
    layout = tmp_path / "pairs.csv"
    rows = (
        "A1,DMSO,,nM,,\nB1,DMSO,0,nM,y,10\nA2,x,10,nM,y,0\nA3,x,1000,nM,y,5\nB2,blank,,nM,,\nB3,blank,,nM,,\n"
    )
    layout.write_text("well,agent,dose,unit,drug2,conc2\n" + rows, encoding="utf-8")
    wells = read_plate_matrix(plate, layout)
    told = [note for note in wells.notes if note.code == "combinations-left-out"]
    assert len(told) == 1 and told[0].severity == "warning" and "A3" in told[0].found
    assert "synergy" in (told[0].mend or "")
    # The well with a second drug alone is one of that drug.
    treated = normalise_wells(wells).frame.select("agent", "dose").sort("agent").rows()
    assert treated == [("x", pytest.approx(1e-8)), ("y", pytest.approx(1e-8))]
    grid = tmp_path / "grid.csv"
    grid.write_text(",1,2,3\nA,DMSO,x 10 nM,x 10 nM + y 1 uM\nB,DMSO,blank,blank\n", encoding="utf-8")
    read = read_plate_matrix(plate, grid)
    assert [note.code for note in read.notes] == ["combinations-left-out"]
    assert normalise_wells(read).frame["agent"].to_list() == ["x"]


def test_doses_that_are_not_molar_keep_their_unit(tmp_path: Path) -> None:
    plate, layout = plate_files(tmp_path)
    text = layout.read_text(encoding="utf-8").replace("10 nM", "5 ng/mL").replace("1 uM", "2 Gy")
    layout.write_text(text, encoding="utf-8")
    series = normalise_wells(read_plate_matrix(plate, layout))
    assert series.frame.select("dose", "dose_unit").rows() == [(pytest.approx(5e-6), "mg/mL"), (2.0, "Gy")]
    assert series.to_measurements().conditions == ("erlotinib 2 Gy", "erlotinib 5 ng/mL")


def test_phosphate_buffer_is_no_control_unless_the_user_says_so(tmp_path: Path) -> None:
    plate, layout = plate_files(tmp_path)
    layout.write_text(layout.read_text(encoding="utf-8").replace("DMSO", "PBS"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_plate_matrix(plate, layout)
    assert [fault.code for fault in error.value.faults] == ["wet-wells"]
    said = normalise_wells(read_plate_matrix(plate, layout, control=["PBS"])).frame
    assert said["response"].to_list() == pytest.approx([800 / 950, 400 / 950])
    layout.write_text(layout.read_text(encoding="utf-8").replace("PBS", "DMSO", 1), encoding="utf-8")
    assert [note.code for note in read_plate_matrix(plate, layout).notes] == ["wet-wells"]


def test_untreated_wells_far_below_the_treated_ones_are_refused() -> None:
    wells: list[tuple[object, ...]] = [
        ("p", row, 1, "control", "A", None, None, None, 72.0, 100.0) for row in (1, 2)
    ]
    treated = [(row, column) for row in (1, 2) for column in (2, 3)]
    wells += [
        ("p", row, column, "treated", "A", "x", 10.0**-column, "M", 72.0, 900.0) for row, column in treated
    ]
    frame = pl.DataFrame(wells, schema=WELL_SCHEMA, orient="row")
    with pytest.raises(InputError) as error:
        normalise_wells(Wells(frame, (), "plate.csv", "made"))
    assert [fault.code for fault in error.value.faults] == ["controls-worse"]


def test_a_layout_of_signals_is_one_fault(tmp_path: Path) -> None:
    plate, _ = plate_files(tmp_path)
    with pytest.raises(InputError) as error:
        read_plate_matrix(plate, plate)
    assert [fault.code for fault in error.value.faults] == ["layout-signals"]
