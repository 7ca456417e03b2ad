"""Wide tables: headings that are doses, numbered columns, and what spreadsheets do to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinescape.assays.viability.reading.wide_doses import read_wide_doses
from kinescape.foundation.errors import InputError


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wide.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_doses_with_units_in_the_heading(tmp_path: Path) -> None:
    series = read_wide_doses(table(tmp_path, "Name,DMSO,1 nM,0.1 uM,10uM\nx,100,99,50,3\n"))
    assert sorted(series.frame["dose"].to_list()) == pytest.approx([1e-9, 1e-7, 1e-5])
    assert "per cent" in series.stated


def test_numbered_columns_need_their_doses(tmp_path: Path) -> None:
    path = table(tmp_path, "Name,Raw 0,Raw 1,Raw 2\nx,1,0.9,0.2\n")
    with pytest.raises(InputError):
        read_wide_doses(path)
    series = read_wide_doses(path, doses=[0.0, 1.0, 10.0], unit="uM")
    assert sorted(series.frame["dose"].to_list()) == pytest.approx([1e-6, 1e-5])
    with pytest.raises(InputError) as error:
        read_wide_doses(path, doses=[0.0, 1.0], unit="uM")
    assert error.value.faults[0].code == "doses-do-not-match"
    with_control = read_wide_doses(path, doses=[0.0, 1.0, 10.0], unit="uM", control_in_fit=True)
    assert with_control.frame.height == 3


def test_a_dose_that_became_a_date_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_wide_doses(table(tmp_path, "Name,DMSO,1 nM,2024-05-01\nx,100,99,50\n"))
    assert error.value.faults[0].code == "date-for-dose"


@pytest.mark.parametrize(("heading", "code"), [("1", "unit-missing")])
def test_bare_numbers_need_a_unit(tmp_path: Path, heading: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read_wide_doses(table(tmp_path, f"Name,DMSO,{heading},10\nx,100,99,50\n"))
    assert error.value.faults[0].code == code


def test_rows_without_any_value_are_kept_and_told(tmp_path: Path) -> None:
    series = read_wide_doses(table(tmp_path, "Name,DMSO,1 nM,1 uM\nx,1,0.9,0.5\ny,1,,\n"))
    assert {note.code for note in series.notes} == {"empty-row"}
    assert series.frame.height == 4


@pytest.mark.real_data
def test_curvecurator_tables_take_their_doses_from_the_file_beside_them(real_data) -> None:  # type: ignore[no-untyped-def]
    series = read_wide_doses(real_data / "viability/sarcoma-curvecurator/independent/ratio_data.txt")
    assert series.frame["agent"].n_unique() == 7320
    assert series.frame["dose"].min() == pytest.approx(0.17e-9)


def test_names_are_split_into_sample_and_agent(tmp_path: Path) -> None:
    path = table(tmp_path, "Name,DMSO,1 nM,1 uM\nA_x_1,1,0.9,0.5\nB_y,1,0.9,0.4\n")
    series = read_wide_doses(path, separator="_")
    assert series.frame.select("sample", "agent").unique().sort("sample").rows() == [("A", "x_1"), ("B", "y")]
    assert set(read_wide_doses(path).frame["agent"].to_list()) == {"A_x_1", "B_y"}


def test_names_are_never_taken_from_a_column_of_something_else(tmp_path: Path) -> None:
    head, row = "{},DMSO,1 nM,1 uM\n", "{},1,0.9,0.5\n"
    drugs = read_wide_doses(table(tmp_path, head.format("drug") + row.format("x")), sample="PC9")
    assert drugs.frame.select("sample", "agent").unique().rows() == [("PC9", "x")]
    lines = read_wide_doses(table(tmp_path, head.format("cell_line") + row.format("PC9")), agent="x")
    assert lines.frame.select("sample", "agent").unique().rows() == [("PC9", "x")]
    nobody = read_wide_doses(table(tmp_path, head.format("cell_line") + row.format("PC9")))
    assert [note.code for note in nobody.notes] == ["drug-not-named"]
    both = read_wide_doses(
        table(tmp_path, head.format("row,remark,drug,cell_line") + row.format("7,fine,x,PC9"))
    )
    assert both.frame.select("sample", "agent").unique().rows() == [("PC9", "x")]
    with pytest.raises(InputError) as error:
        read_wide_doses(table(tmp_path, head.format("Name") + row.format("PC9")), separator="_")
    assert [fault.code for fault in error.value.faults] == ["separator"]


def test_doses_that_are_not_molar_keep_their_unit(tmp_path: Path) -> None:
    series = read_wide_doses(table(tmp_path, "drug,0 Gy,control,1 Gy,2 Gy\nradiation,1,1,0.9,0.5\n"))
    assert series.frame.select("dose", "dose_unit").rows() == [(1.0, "Gy"), (2.0, "Gy")]
    with pytest.raises(InputError) as error:
        read_wide_doses(table(tmp_path, "drug,control,1 Gy,2 nM\nx,1,0.9,0.5\n"))
    assert [fault.code for fault in error.value.faults] == ["mixed-units"]
    with pytest.raises(InputError) as error:
        read_wide_doses(table(tmp_path, "drug,remark,viability\nx,1,0.9\n"))
    assert "there are drug, remark" in (error.value.faults[0].expected or "")


def test_a_line_of_another_scale_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        "sample,agent,control,10 nM,100 nM,1 uM\nA,x,100,97,81,44\nB,x,98,97,81,44\nC,x,1,0.9,0.8,0.4\n"
    )
    with pytest.raises(InputError) as error:
        read_wide_doses(path)
    assert [fault.code for fault in error.value.faults] == ["scale-mixed"]
    assert "'C' with 'x'" in error.value.faults[0].found
