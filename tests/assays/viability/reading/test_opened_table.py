"""Tables read in pieces are those read whole, cell by cell and fault by fault."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import kinescape.assays.viability.reading.opened_table as module
from kinescape.assays.viability.combination_scoring.dose_matrix_table import read_dose_matrices
from kinescape.assays.viability.reading.dose_table import read_dose_table
from kinescape.assays.viability.reading.opened_table import opened_table
from kinescape.foundation.errors import InputError

LINES = 400
LARGE = 10**9


def long_text(lines: int = LINES) -> str:
    random = np.random.default_rng(3)
    body = []
    for line in range(lines):
        dose = [0.0, 0.01, 0.1, 1.0, 10.0][line % 5]
        note = '"two\nlines; one ""quote"""' if line % 7 == 0 else "Zürich"
        body.append(
            f"cell {line // 20},drug {line // 5 % 4},{dose},{100 / (1 + dose) + random.normal():.6f},{note}"
        )
    return "sample,drug,dose_uM,viability,note\n" + "\n".join(body) + "\n"


@pytest.fixture
def pieced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything above 2 kB is read in pieces of 1 kB."""
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1000)


@pytest.mark.parametrize(
    "variant", ["plain", "windows", "mac", "utf-16", "bom", "blank", "no end", "gzipped"]
)
def test_text_in_pieces_is_text_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    text = long_text()
    encoding = {"utf-16": "utf-16", "bom": "utf-8-sig"}.get(variant, "utf-8")
    if variant == "windows":
        text = text.replace("\n", "\r\n")
    if variant == "mac":
        text = text.replace("two\nlines", "two lines").replace("\n", "\r")
    if variant == "blank":
        text = "\n\n" + text
    content = (text.rstrip("\n") if variant == "no end" else text).encode(encoding)
    path = tmp_path / "screen.csv"
    path.write_bytes(gzip.compress(content) if variant == "gzipped" else content)
    whole = opened_table(path, "screen.csv", largest=LARGE)
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1000)
    parts = opened_table(path, "screen.csv", largest=LARGE)
    assert whole.frame.height == LINES
    assert_frame_equal(whole.frame, parts.frame)
    assert whole.first_row == parts.first_row


def test_parquet_in_pieces_is_parquet_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "screen.parquet"
    pl.read_csv(io.BytesIO(long_text().encode())).write_parquet(path)
    whole = opened_table(path, "screen.parquet", largest=LARGE)
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1000)
    assert_frame_equal(whole.frame, opened_table(path, "screen.parquet", largest=LARGE).frame)


def test_the_series_of_a_large_file_are_those_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "screen.csv"
    path.write_text(long_text(), encoding="utf-8")
    small = read_dose_table(path)
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1000)
    large = read_dose_table(path)
    assert_frame_equal(small.frame, large.frame)
    assert (small.stated, small.notes) == (large.stated, large.notes)


def test_faults_of_all_pieces_are_told_with_the_rows_of_the_file(tmp_path: Path, pieced: None) -> None:
    lines = long_text().replace('"two\nlines; one ""quote"""', "x").split("\n")
    lines[150] += ",one cell more"
    lines[390] += ",one cell more"
    path = tmp_path / "screen.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as error:
        opened_table(path, "screen.csv", largest=LARGE)
    assert [(fault.code, fault.row) for fault in error.value.faults] == [
        ("ragged-row", 151),
        ("ragged-row", 391),
    ]


def test_a_word_for_a_number_is_told_with_its_row(tmp_path: Path, pieced: None) -> None:
    lines = long_text().replace('"two\nlines; one ""quote"""', "x").split("\n")
    lines[301] = lines[301].replace(",0.01,", ",nought,").replace(",0.0,", ",nought,")
    path = tmp_path / "screen.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_dose_table(path)
    assert [(fault.row, fault.column) for fault in error.value.faults] == [(302, "dose_uM")]


def test_a_quotation_mark_that_is_never_closed(tmp_path: Path, pieced: None) -> None:
    path = tmp_path / "screen.csv"
    path.write_text("a,b\n" + 'x,"open\n' + "y,2\n" * 2000, encoding="utf-8")
    with pytest.raises(InputError) as error:
        opened_table(path, "screen.csv", largest=LARGE)
    assert "quote-open" in {fault.code for fault in error.value.faults}


def test_what_is_too_large_is_refused_at_once(
    tmp_path: Path, pieced: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, packed = tmp_path / "screen.csv", tmp_path / "screen.csv.gz"
    path.write_text(long_text(), encoding="utf-8")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for place in (path, packed):
        with pytest.raises(InputError, match="are read up to"):
            opened_table(place, place.name, largest=5000)
    monkeypatch.setattr(module, "LARGEST_LINES", 300)
    with pytest.raises(InputError, match="million lines"):
        opened_table(path, "screen.csv", largest=LARGE)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"\x1f\x8bnothing", "a.csv.gz", "unreadable-file"),
        (b"PAR1" + b"x" * 5000, "a.parquet", "unreadable-file"),
        (b"\x00\x01" * 3000, "a.csv", "other-format"),
        (b"a,a\n" + b"1,2\n" * 2000, "a.csv", "duplicate-column"),
        (b"", "a.csv", "empty-file"),
    ],
)
def test_bad_files(tmp_path: Path, pieced: None, content: bytes, name: str, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        opened_table(path, name, largest=LARGE)
    assert {fault.code for fault in error.value.faults} == {code}


def test_archives_and_missing_files(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        (tmp_path / "b.csv").write_text("a\n1\n")
        archive.add(tmp_path / "b.csv", "b.csv")
    for place, code in ((path, "archive"), (tmp_path / "none.csv", "missing-file")):
        with pytest.raises(InputError) as error:
            opened_table(place, place.name)
        assert error.value.faults[0].code == code


def test_lists_in_a_cell_are_refused(tmp_path: Path, pieced: None) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [[i] for i in range(3000)]}).write_parquet(path, compression="uncompressed")
    with pytest.raises(InputError, match="lists or records"):
        opened_table(path, "a.parquet", largest=LARGE)


def test_dose_matrices_of_a_large_file_are_those_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        f"{block},a,b{block},{x},{y},nM,{100 / (1 + x) / (1 + y) + block:.5f}"
        for block in range(12)
        for x in (0, 1, 10, 100)
        for y in (0, 1, 10, 100)
    ]
    path = tmp_path / "matrices.csv"
    path.write_text(
        "block,drug1,drug2,conc1,conc2,conc_unit,viability\n" + "\n".join(lines), encoding="utf-8"
    )
    small = read_dose_matrices(path)
    monkeypatch.setattr(module, "LARGEST_BYTES", 2000)
    monkeypatch.setattr(module, "_PIECE_BYTES", 1000)
    large = read_dose_matrices(path)
    assert [one.name for one in small.matrices] == [one.name for one in large.matrices]
    for one, other in zip(small.matrices, large.matrices, strict=True):
        np.testing.assert_array_equal(one.doses, other.doses)
        np.testing.assert_array_equal(one.inhibition, other.inhibition)
    assert (small.stated, small.notes) == (large.stated, large.notes)
