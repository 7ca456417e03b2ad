"""Uneven text files are made square, and keep their lines; all others are left as they are."""

from pathlib import Path

import pytest

from kinescape.assays.cells import read_cells
from kinescape.assays.viability.reading.plate_text import squared_text


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_lines_keep_their_numbers(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "plate.csv"
    rows = [["Reader 9000"], ["Gain", "100"], [], ["", "1", "2", "3"], ["A", "5", "6"]]
    path.write_text("\r\n".join(separator.join(row) for row in rows) + "\r\n", encoding="utf-8")
    with squared_text(path) as whole:
        cells = read_cells(whole, header=False)
        texts = [[cell or "" for cell in row] for row in cells.frame.iter_rows()]
        assert whole.name == "plate.csv"
    assert texts[3:] == [["", "1", "2", "3"], ["A", "5", "6", ""]]
    assert cells.row(3) == 4


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"one word\n", b"\x00\x01,2\n1\n"])
def test_other_files_are_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plate.csv"
    path.write_bytes(content)
    with squared_text(path) as whole:
        assert whole == path
