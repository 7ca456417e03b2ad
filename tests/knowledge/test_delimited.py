"""Delimited text: rows that know their line, all faults of a shape collected."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, folded, read_number, read_table, split_list


def table_of(folder, content, **options):
    path = folder / "table.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = Faults()
    return read_table(path, faults, **options), faults


def test_lines_are_the_ones_an_editor_shows(tmp_path):
    table, faults = table_of(tmp_path, 'a\tb\n\n1\t"two\nlines"\n3\t4\n')
    assert not faults
    assert [(row.line, row["a"]) for row in table.rows] == [(3, "1"), (5, "3")]


@pytest.mark.parametrize(
    "content",
    [
        "a\tb\n1\t2\n",
        "a\tb\r\n1\t2\r\n",
        "a,b\n1,2\n",
        "a;b\n1;2\n",
        "\ufeffa\tb\n1\t2\n",
        gzip.compress(b"a\tb\n1\t2\n"),
        "a\tb\n1\t2\n".encode("utf-16"),
    ],
    ids=["tabs", "windows", "commas", "semicolons", "byte order mark", "gzip", "utf-16"],
)
def test_the_ways_in_which_tables_come(tmp_path, content):
    table, faults = table_of(tmp_path, content)
    assert not faults
    assert table.columns == ("a", "b")
    assert table.rows[0]["b"] == "2"


def test_faults_of_shape_are_collected(tmp_path):
    table, faults = table_of(tmp_path, "a\ta\n1\t2\t3\n", required=("b",))
    assert table is None
    assert {fault.code for fault in faults} == {"column-twice", "row-too-wide", "column-missing"}


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_silently(tmp_path):
    _, faults = table_of(tmp_path, 'a\tb\n1\t"open\n' + "2\t3\n" * 50)
    assert [(fault.code, fault.row) for fault in faults.errors] == [("quote-open", 2)]


def test_a_short_row_is_filled_with_nothing(tmp_path):
    table, faults = table_of(tmp_path, "a\tb\n1\n")
    assert not faults
    assert table.rows[0]["b"] == ""


def test_a_folder_and_a_picture_are_no_tables(tmp_path):
    faults = Faults()
    assert read_table(tmp_path, faults) is None
    assert faults.errors[0].code == "file-unreadable"
    _, faults = table_of(tmp_path, b"\x89PNG\xff\xfa")
    assert faults.errors[0].code == "not-text"
    _, faults = table_of(tmp_path, b"\x1f\x8b broken")
    assert faults.errors[0].code == "file-unreadable"


@pytest.mark.parametrize("cell", ["nan", "inf", "-1", "five", "1e999"])
def test_numbers_that_are_none(cell):
    faults = Faults()
    assert read_number(Row(2, {"x": cell}), "x", "f", faults) is None
    assert faults.errors[0].column == "x"


def test_an_empty_cell_is_no_number_and_no_fault():
    faults = Faults()
    assert read_number(Row(2, {"x": ""}), "x", "f", faults) is None
    assert not faults


@given(st.text(max_size=20))
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)


def test_lists():
    assert split_list(" a; b |c;;") == ("a", "b", "c")
