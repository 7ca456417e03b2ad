"""Decimal commas are read only when they are said, and never where they may be something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.dose_reading import read_doses
from kinescape.assays.viability.study_formats.study_doses import read_viability_doses
from kinescape.foundation.errors import InputError

POINTS = "sample;drug;dose_uM;response\n" + "".join(
    f"{sample};erlo 2.5;{dose};{value}\n"
    for sample in "AB"
    for dose, value in ((0, 100.0), (0.1, 97.5), (1, 81), (3.16, 60.25), (10, 31.5), ("3.2E1", 12.75))
)


def commas(text: str) -> str:
    return re.sub(r"(?<=[;])(\d+)\.(\d+)", r"\1,\2", text)


def write(tmp_path: Path, text: str, name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def codes(path: Path, **said: str) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as error:
        read_doses(path, **said)  # type: ignore[arg-type]
    return [(fault.code, fault.row) for fault in error.value.faults]


def test_decimal_commas_give_the_series_of_decimal_points(tmp_path: Path) -> None:
    read = read_doses(write(tmp_path, commas(POINTS)), decimal=",")
    other = read_doses(write(tmp_path, POINTS, "points.csv"))
    assert read.frame.equals(other.frame)
    assert [note.found for note in read.notes] == ["commas were read as decimals: 0,5 is one half"]
    tabbed = write(tmp_path, commas(POINTS).replace(";", "\t"), "export.tsv")
    assert read_doses(tabbed, decimal=",").frame.equals(other.frame)


def test_without_the_word_they_are_refused_with_it(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_doses(write(tmp_path, commas(POINTS)))
    assert {fault.code for fault in error.value.faults} == {"not-a-number"}
    assert all('decimal = ","' in (fault.mend or "") for fault in error.value.faults)


def test_what_may_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    text = commas(POINTS)
    bad = {
        "one point": (text.replace("97,5", "97.5"), [("decimal-ambiguous", 3)]),
        "all points": (POINTS, [("decimal-ambiguous", 3), ("decimal-ambiguous", 2)]),
        "thousands by points": (text.replace("100,0", "1.100,0"), [("thousands", 2)]),
        "thousands by spaces": (text.replace("100,0", "1 100,0"), [("thousands", 2)]),
        "separated by commas": (POINTS.replace(";", ","), [("decimal-ambiguous", 1)]),
        "quoted": (
            '"sample","drug","dose_uM","response"\n"A","x","0,1","97,5"\n',
            [("decimal-ambiguous", 1)],
        ),
        "two commas": (text.replace("60,25", "1,234,567"), [("not-a-number", 5), ("not-a-number", 11)]),
        "a date": (text.replace(";0,1;", ";01.02.2026;"), [("date-for-dose", 3)]),
        "a word": (text.replace("31,5", "viel"), [("not-a-number", 6), ("not-a-number", 12)]),
        "with its unit and a point": (
            text.replace("dose_uM", "dose").replace(";0,1;", ";0.1 uM;").replace(";1;", ";1,0 uM;"),
            [("decimal-ambiguous", 3)],
        ),
    }
    for name, (content, expected) in bad.items():
        assert codes(write(tmp_path, content), decimal=",") == expected, name


def test_only_a_point_and_a_comma_are_decimals(tmp_path: Path) -> None:
    assert codes(write(tmp_path, POINTS), decimal="comma") == [("wrong-value", None)]
    gdsc = write(tmp_path, "TAG,INTENSITY,BARCODE\nNC-1,2,3\n")
    assert codes(gdsc, decimal=",", unit="uM") == [("unused-option", None)]


def test_headings_of_wide_tables(tmp_path: Path) -> None:
    text = "sample;drug;control;0,1 uM;1 uM;3,16 uM;10 uM\nA;e;100;97,5;80;60,2;30\n"
    read = read_doses(write(tmp_path, text), decimal=",")
    assert read.frame["dose"].to_list() == pytest.approx([1e-7, 1e-6, 3.16e-6, 1e-5])
    twice = text.replace("10 uM", "0.1 uM")
    assert codes(write(tmp_path, twice), decimal=",") == [("duplicate-column", 1)]


def test_dose_matrices_and_studies(tmp_path: Path) -> None:
    lines = [(x, y, 100 / (1 + x) / (1 + y)) for x in (0, 0.1, 1, 10) for y in (0, 0.5, 5, 50)]
    points = "block;cell_line;drug1;drug2;conc1;conc2;conc_unit;viability\n" + "".join(
        f"1;A549;erlotinib;trametinib;{x};{y};uM;{value:.4f}\n" for x, y, value in lines
    )
    one, other = write(tmp_path, commas(points)), write(tmp_path, points, "points.csv")
    read, plain = read_dose_matrices(one, decimal=","), read_dose_matrices(other)
    assert (read.matrices[0].doses == plain.matrices[0].doses).all()
    assert (read.matrices[0].inhibition == plain.matrices[0].inhibition).all()
    with pytest.raises(InputError) as error:
        read_dose_matrices(one)
    assert all("--decimal ," in (fault.mend or "") for fault in error.value.faults)
    assert read_viability_doses(one, decimal=",").measurements == read_viability_doses(other).measurements
