"""An error of the spreadsheet is told with its cell, and never read as an empty one."""

from pathlib import Path

import pytest
import xlsxwriter

from kinescape.assays.cells import read_cells
from kinescape.assays.spreadsheet_errors import error_cells
from kinescape.foundation.errors import InputError


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "plate.xlsx"
    made = xlsxwriter.Workbook(str(path))
    first, second = made.add_worksheet("notes"), made.add_worksheet("wells")
    first.write_row(0, 0, ["text", "value"])
    first.write_row(1, 0, ["fine", 1.5])
    second.write_row(0, 0, ["drug", "signal"])
    second.write_row(1, 0, ["DMSO", 10.0])
    second.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    second.write(2, 0, "MEKi")
    second.write_formula(3, 1, "=NA()", None, "#N/A")
    second.write(3, 0, "AKTi")
    made.close()
    return path


def test_each_error_is_told_with_its_row_and_column(book: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cells(book, sheet="wells")
    (fault,) = caught.value.faults
    assert (fault.row, fault.column) == (3, "B")
    assert "#DIV/0!" in fault.found


def test_only_the_sheet_that_is_read_is_looked_at(book: Path) -> None:
    assert read_cells(book, sheet="notes").frame.rows() == [("fine", "1.5")]
    assert error_cells(book, 0) == []


def test_not_available_means_missing(book: Path) -> None:
    assert error_cells(book, 1) == [(3, "B", "#DIV/0!")]
