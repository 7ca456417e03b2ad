"""Plates with layouts in a study: each well against the untreated wells of its plate, one plate one replicate."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.viability.study_formats.study_plates import read_viability_plate
from kinescape.foundation.errors import InputError

LAYOUT = """\
,1,2,3,4
A,DMSO,DMSO,dasatinib 100 nM,dasatinib 100 nM
B,blank,blank,trametinib 10 nM,dasatinib 100 nM + trametinib 10 nM
"""


def plate(tmp_path: Path, *, single: float, pair: float, name: str = "plate1.csv") -> Path:
    """Untreated wells 1000 and 1200 above a background of 100; one drug leaves `single` of them, both `pair`."""
    top = [1100, 1300, 100 + 1100 * single, 100 + 1100 * single]
    below = [100, 100, 100 + 550, 100 + 1100 * pair]
    path = tmp_path / name
    rows = [",1,2,3,4", "A," + ",".join(map(str, top)), "B," + ",".join(map(str, below))]
    path.write_text("Reader 9000\n\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def layout(tmp_path: Path, text: str = LAYOUT) -> Path:
    path = tmp_path / "layout.csv"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as error:
        read_viability_plate(path, **options)  # type: ignore[arg-type]
    return error.value


def test_wells_of_one_plate_are_one_replicate(tmp_path: Path) -> None:
    path = plate(tmp_path, single=0.5, pair=0.25)
    result = read_viability_plate(path, layout=layout(tmp_path), sample="PC9", time_h=72, name="plate1.csv")
    frame = result.measurements.frame
    found = dict(zip(frame["condition"], frame["value"], strict=True))
    assert found == pytest.approx(
        {"dasatinib 100 nM": 0.5, "trametinib 10 nM": 0.5, "dasatinib 100 nM + trametinib 10 nM": 0.25}
    )
    row = frame.filter(pl.col("condition") == "dasatinib 100 nM").row(0, named=True)
    assert (row["sample"], row["n"], row["se"], row["time_h"]) == ("PC9", 1, None, 72.0)
    assert row["flags"] == ["wells_of_one_plate"]
    account = result.accounting.row(0, named=True)
    assert (account["file"], account["rows"], account["control_wells"]) == ("plate1.csv", 6, 2)


def test_several_plates_are_independent_replicates(tmp_path: Path) -> None:
    first = plate(tmp_path, single=0.4, pair=0.2)
    second = plate(tmp_path, single=0.6, pair=0.2, name="plate2.csv")
    result = read_viability_plate(first, layout=layout(tmp_path), more_plates=[second], sample="PC9")
    row = result.measurements.frame.filter(pl.col("condition") == "dasatinib 100 nM").row(0, named=True)
    assert row["n"] == 2
    assert row["value"] == pytest.approx(0.5) and row["se"] == pytest.approx(0.1)
    fault = refused(first, layout=layout(tmp_path), more_plates=[first], sample="PC9").faults[0]
    assert fault.code == "same-plate"


def test_a_long_layout_with_a_second_drug_and_samples(tmp_path: Path) -> None:
    lines = ["well,agent,dose,unit,drug2,conc2,sample"]
    lines += ["A1,DMSO,0,nM,,,PC9", "A2,DMSO,0,nM,,,H1299"]
    lines += ["A3,dasatinib,100,nM,,,PC9", "A4,dasatinib,100,nM,trametinib,10,H1299"]
    lines += ["B3,dasatinib,0,nM,trametinib,10,H1299", "B1,blank,,,,,", "B2,blank,,,,,"]
    path = plate(tmp_path, single=0.5, pair=0.25)
    result = read_viability_plate(path, layout=layout(tmp_path, "\n".join(lines) + "\n"))
    frame = result.measurements.frame
    found = {(row["sample"], row["condition"]): row["value"] for row in frame.iter_rows(named=True)}
    # Each sample is set against its own untreated well: 1000 and 1200 above the background.
    assert found == pytest.approx(
        {
            ("PC9", "dasatinib 100 nM"): 550 / 1000,
            ("H1299", "dasatinib 100 nM + trametinib 10 nM"): 550 / 1200,
            ("H1299", "trametinib 10 nM"): 550 / 1200,
        }
    )


def test_agents_that_the_study_leaves_out_are_counted(tmp_path: Path) -> None:
    path = plate(tmp_path, single=0.5, pair=0.25)
    strange = layout(tmp_path, LAYOUT.replace("trametinib", "nosuchdrug"))
    fault = refused(path, layout=strange, sample="PC9", name="p").faults[0]
    assert (fault.code, fault.file, fault.row, fault.column) == ("unknown-agent", "layout.csv", 3, "4")
    result = read_viability_plate(path, layout=strange, sample="PC9", ignore=["nosuchdrug"])
    assert result.measurements.conditions == ("dasatinib 100 nM",)
    assert result.accounting["dropped"].to_list() == [2]
    own = read_viability_plate(path, layout=strange, sample="PC9", agents={"nosuchdrug": "trametinib"})
    assert "trametinib 10 nM" in own.measurements.conditions
    only = read_viability_plate(path, layout=layout(tmp_path), sample="PC9", only_agents=["trametinib"])
    assert only.measurements.conditions == ("trametinib 10 nM",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("DMSO", "unused"), "control-missing"),
        (("100 nM", "100"), "layout-text"),
        (("100 nM", "100 parsec"), "dose"),
        (("dasatinib 100 nM,d", "1-Mar,d"), "layout-text"),
        (("B,", "H,"), "well-missing"),
        (("B,", "A,"), "duplicate-well"),
    ],
)
def test_bad_layouts_have_one_clear_message(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    path = plate(tmp_path, single=0.5, pair=0.25)
    faults = refused(path, layout=layout(tmp_path, LAYOUT.replace(*change)), sample="PC9").faults
    assert code in {fault.code for fault in faults}
    assert all(fault.file for fault in faults) and len(faults) <= 4


def test_bad_plates_have_one_clear_message(tmp_path: Path) -> None:
    path = plate(tmp_path, single=0.5, pair=0.25)
    fault = refused(path, layout=layout(tmp_path)).faults[0]
    assert fault.code == "sample-missing"
    bad = tmp_path / "bad.csv"
    bad.write_text(path.read_text(encoding="utf-8").replace("1300", '"1300,5"'), encoding="utf-8")
    fault = refused(bad, layout=layout(tmp_path), sample="PC9", name="bad.csv").faults[0]
    assert (fault.code, fault.file, fault.row) == ("not-a-number", "bad.csv", 4)
    bad.write_text("", encoding="utf-8")
    assert refused(bad, layout=layout(tmp_path), sample="PC9").faults[0].code == "empty-file"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    assert refused(bad, layout=layout(tmp_path), sample="PC9").faults[0].code == "no-plate"
    text = path.read_text(encoding="utf-8")
    bad.write_text(text.replace("650.0", "NaN", 1), encoding="utf-8")
    kept = read_viability_plate(bad, layout=layout(tmp_path), sample="PC9")
    assert kept.accounting["missing"].to_list() == [1] and len(kept.measurements) == 3
    bad.write_text(
        text.replace("650", "NaN").replace("NaN.0", "NaN").replace("375.0", "NaN"), encoding="utf-8"
    )
    assert refused(bad, layout=layout(tmp_path), sample="PC9").faults[0].code == "empty-table"
