"""Cells of a table: every layout gives the same texts, and every bad cell is told with its row."""

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays import cells as module
from kinescape.assays.cells import number, read_cells
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults

TEXT = "Treatment,pERK,note\nDMSO,10.5,\nMEKi 1 uM, 2 ,NA\n"


def write(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as error:
        read_cells(path, name=path.name, **options)  # type: ignore[arg-type]
    return error.value.text


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_export_of_a_spreadsheet_gives_the_same_cells(
    tmp_path: Path, separator: str, end: str, mark: bytes
) -> None:
    content = TEXT.replace(",", separator).replace("\n", end).encode()
    cells = read_cells(write(tmp_path, mark + content))
    assert cells.columns == ["Treatment", "pERK", "note"]
    assert cells.frame.rows() == [("DMSO", "10.5", None), ("MEKi 1 uM", "2", None)]
    assert [cells.row(index) for index in (0, 1)] == [2, 3]


def test_excel_and_parquet_give_the_cells_of_the_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Treatment": ["DMSO", "MEKi 1 uM"], "pERK": [10.5, 2.0]})
    frame.write_parquet(tmp_path / "table.parquet")
    assert read_cells(tmp_path / "table.parquet").frame.rows() == [("DMSO", "10.5"), ("MEKi 1 uM", "2.0")]
    frame.write_excel(tmp_path / "table.xlsx", worksheet="run 3")
    assert read_cells(tmp_path / "table.xlsx").frame.rows() == [("DMSO", "10.5"), ("MEKi 1 uM", "2")]
    assert "did you mean 'run 3'?" in refusal(tmp_path / "table.xlsx", sheet="run3")


def test_rows_of_a_spreadsheet_are_those_it_shows(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "table.xlsx"))
    sheet = book.add_worksheet()
    for row, line in {2: ("drug", "pERK"), 3: ("DMSO", 1.5), 5: ("MEKi", "1,5")}.items():
        for column, cell in enumerate(line):
            sheet.write(row, column + 1, cell)
    book.close()
    cells = read_cells(tmp_path / "table.xlsx")
    assert cells.columns == ["drug", "pERK"]
    faults = Faults()
    assert cells.numbers("pERK", faults) == [1.5, None, None]
    assert [fault.row for fault in faults] == [6]


def test_a_western_encoding_keeps_the_micro_sign(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, "Treatment;pERK\nMEKi 1 µM;2\n".encode("cp1252")))
    assert cells.frame["Treatment"].to_list() == ["MEKi 1 µM"]


def test_utf16_as_excel_writes_it(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, "Treatment\tpERK\nDMSO\t2\n".encode("utf-16"), "table.txt"))
    assert cells.frame.rows() == [("DMSO", "2")]


def test_a_blank_line_does_not_shift_the_rows(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, "a,b\n1,2\n\nx,4\n"))
    faults = Faults()
    assert cells.numbers("a", faults) == [1.0, None, None]
    assert [(fault.row, fault.column) for fault in faults] == [(4, "a")]


def test_without_a_header_the_first_line_is_data(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, "1,2\n3,4\n"), header=False)
    assert cells.columns == ["column_1", "column_2"]
    assert cells.row(0) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1,5", "decimal comma"),
        ("3-Mar", "is a date"),
        ("2026-03-03", "is a date"),
        ("inf", "infinite"),
        ("-Infinity", "infinite"),
        ("1_000", "not a number"),
        ("٣", "not a number"),
        ("high", "not a number"),
        ("#DIV/0!", "error of the spreadsheet"),
    ],
)
def test_what_is_not_a_number_is_told(tmp_path: Path, text: str, why: str) -> None:
    cells = read_cells(write(tmp_path, f"a;b\n1;2\n{text};2\n"))
    faults = Faults()
    assert cells.numbers("a", faults) == [1.0, None]
    assert [(fault.row, fault.column) for fault in faults.errors] == [(3, "a")]
    assert why in faults.errors[0].text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_it_was_written(value: float) -> None:
    assert number(repr(value)) == value


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_column_of_numbers_reads_as_its_numbers_do(values: list[float]) -> None:
    cells = module.Cells(pl.DataFrame({"a": [repr(value) for value in values]}), "made", 2)
    faults = Faults()
    assert cells.numbers("a", faults) == values
    assert not faults


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "a.csv", "is empty"),
        (b"a,b\n", "a.csv", "no rows below its header"),
        (b"PK\x03\x04rest", "a.csv", "is a spreadsheet"),
        (b"a\x00b", "a.tsv", "is not text"),
        (b"a,a\n1,2\n", "a.csv", "two columns have the name 'a'"),
        (b"a,b\n1,2\n1,2,3\n", "a.csv", "row 3: the line has 3 cells, the header 2"),
        (b"not a spreadsheet", "a.xlsx", "could not be read as XLSX"),
        (b"a,b", "a.docx", "ending in '.docx' cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, name: str, why: str) -> None:
    assert why in refusal(write(tmp_path, content, name))


def test_a_name_with_a_comma_in_quotes_is_one_column(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, '"ERK, total","AKT, total"\n1,2\n'))
    assert cells.columns == ["ERK, total", "AKT, total"]


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.csv")
    assert "this is a folder" in refusal(tmp_path)


def test_a_table_too_large_to_be_read_whole_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BYTES", 10)
    text = refusal(write(tmp_path, TEXT))
    assert "read whole" in text
    assert "split" in text


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    cells = read_cells(write(tmp_path, TEXT))
    faults = Faults()
    assert not cells.require({"condition": "Treatmnt", "value": "pERK"}, faults)
    assert [fault.mend for fault in faults] == ["did you mean 'Treatment'?"]


@pytest.mark.parametrize("lines", [3, 40_000])
def test_a_quotation_mark_that_never_closes_is_told_with_its_row(tmp_path, lines):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * 3 + '"1,2\n' + "1,2\n" * lines)
    with pytest.raises(InputError) as caught:
        read_cells(path, name="table.csv")
    assert [(fault.code, fault.row) for fault in caught.value.faults] == [("quote-open", 5)]


def test_empty_lines_above_a_table_count_as_rows(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("\n\nname,value\nDMSO,1\n")
    cells = read_cells(tmp_path / "table.csv")
    assert cells.columns == ["name", "value"]
    assert cells.row(0) == 4


def test_nested_columns_of_parquet_are_named(tmp_path: Path) -> None:
    pl.DataFrame({"name": ["DMSO"], "values": [[1.0, 2.0]]}).write_parquet(tmp_path / "table.parquet")
    assert "'values' holds lists" in refusal(tmp_path / "table.parquet")
