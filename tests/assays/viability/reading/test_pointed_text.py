"""Plates and time courses exported with decimal commas are those with decimal points."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinescape.assays.viability.dose_reading import read_doses
from kinescape.assays.viability.reading.pointed_text import pointed_text
from kinescape.foundation.errors import InputError

WIDTH = range(1, 9)
PLATE = "Reader 3.02, room 4;;\nDate;21.11.2026\n;" + ";".join(map(str, WIDTH)) + "\n"
PLATE += "".join(
    f"{row};" + ";".join(f"{1.25 - 0.1 * column + 0.01 * at:.3f}" for column in WIDTH) + "\n"
    for at, row in enumerate("ABCD")
)
LAYOUT = ";" + ";".join(map(str, WIDTH)) + "\n"
LAYOUT += "".join(
    f"{row};DMSO;" + ";".join(f"erlotinib {dose} uM" for dose in (0.1, 0.3, 1, 3, 10, 30)) + ";blank\n"
    for row in "ABCD"
)
COURSE = "Elapsed;Control;Erl 0.3 uM;Erl 1.5 uM + Tax 0.1 uM\n" + "".join(
    f"{hour};{10 * 2 ** (hour / 24):.3f};{10 * 2 ** (hour / 36):.3f};{10 * 2 ** (hour / 60):.3f}\n"
    for hour in range(0, 73, 6)
)


def write(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def with_commas(text: str) -> str:
    top, line, rest = text.partition("\n;1;")
    return (top + line + rest.replace(".", ",")) if line else text.replace(".", ",")


def test_a_plate_and_its_layout(tmp_path: Path) -> None:
    points = (
        write(tmp_path, PLATE.replace(";", "\t"), "plate.txt"),
        write(tmp_path, LAYOUT.replace(";", "\t"), "layout.txt"),
    )
    expected = read_doses(points[0], plate_layout=points[1])
    plate = write(tmp_path, with_commas(PLATE), "plate.csv")
    layout = write(tmp_path, LAYOUT.replace(".", ","), "layout.csv")
    read = read_doses(plate, plate_layout=layout, decimal=",")
    assert read.frame.equals(expected.frame)
    assert "commas were read as decimals: 0,5 is one half" in [note.found for note in read.notes]
    with pytest.raises(InputError) as error:
        read_doses(plate, plate_layout=points[1])
    assert all('decimal = ","' in (fault.mend or "") for fault in error.value.faults)


def test_a_time_course(tmp_path: Path) -> None:
    expected = read_doses(write(tmp_path, COURSE.replace(";", "\t"), "course.tsv"))
    read = read_doses(write(tmp_path, COURSE.replace(".", ","), "course.csv"), decimal=",")
    assert read.frame.equals(expected.frame)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1.08", "decimal-ambiguous"), ("1.081,5", "thousands"), ("1 081,5", "thousands")],
)
def test_points_below_the_first_comma_are_refused(tmp_path: Path, cell: str, code: str) -> None:
    plate = write(tmp_path, with_commas(PLATE).replace("1,080", cell, 1), "plate.csv")
    layout = write(tmp_path, LAYOUT.replace(".", ","), "layout.csv")
    assert cell in plate.read_text()
    with pytest.raises(InputError) as error:
        read_doses(plate, plate_layout=layout, decimal=",")
    assert [(fault.code, fault.row) for fault in error.value.faults] == [(code, 7)]


def test_what_needs_no_copy_is_left_alone(tmp_path: Path) -> None:
    commas = write(tmp_path, "A,1,2\nB,3,4\n", "plate.csv")
    for path, decimal in ((commas, "."), (commas, ","), (tmp_path / "plate.xlsx", ",")):
        with pointed_text(path, decimal) as read:
            assert read == path
