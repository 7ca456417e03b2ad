"""Dose tables of any size as their cells: a large one is read piece by piece, with the messages of a small one."""

from __future__ import annotations

import codecs
import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from kinescape.assays.cells import LARGEST_BYTES, Cells, read_cells
from kinescape.assays.viability.reading.decimal_commas import (
    check_decimal,
    decimal_separator,
    with_decimal_points,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

LARGEST_SCREEN_BYTES = 2_000_000_000
"""Of a long dose table or of dose matrices, unpacked."""
LARGEST_LINES = 20_000_000
"""Long dose tables take half a kilobyte of memory for each line, dose matrices two thirds; longer ones are refused."""
_PIECE_BYTES = 64_000_000
_TEXT = (".csv", ".tsv", ".txt", ".tab")
_LISTED = 20


def opened_table(
    path: str | Path,
    file: str,
    sheet: str | None = None,
    *,
    decimal: str = ".",
    largest: int = LARGEST_BYTES,
) -> Cells:
    """The table, unpacked first where it is gzipped, whatever its ending says.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet.
    file : str
        How messages call it.
    sheet : str, optional
        Of a spreadsheet.
    decimal : {".", ","}
        How decimals are written; with a comma the columns must be separated by semicolons or tabs.
    largest : int
        Bytes of text or Parquet, unpacked, that the caller can hold in memory. Above
        `kinescape.assays.cells.LARGEST_BYTES` the table is read in pieces.

    Returns
    -------
    Cells
        The same for text read whole and in pieces.

    Raises
    ------
    InputError
        As `kinescape.assays.cells.read_cells`, for archives of several files, for tables above `largest` or of more
        than `LARGEST_LINES`, and where decimal commas cannot be told from other commas or points.
    """
    place = Path(path)
    check_decimal(decimal, file)
    if not place.is_file():
        return read_cells(place, name=file, sheet=sheet)
    with _unpacked(place, file, largest) as whole:
        pieced = largest > LARGEST_BYTES and whole.suffix.lower() in (*_TEXT, ".parquet")
        large = pieced and whole.stat().st_size > LARGEST_BYTES
        text = whole.suffix.lower() in _TEXT and whole.stat().st_size
        separator = decimal_separator(whole, file) if decimal == "," and text else None
        cells = (
            _in_pieces(whole, file, largest, separator)
            if large
            else read_cells(whole, name=file, sheet=sheet, separator=separator)
        )
    return with_decimal_points(cells) if decimal == "," else cells


def packed(path: Path) -> bool:
    """Whether a file is gzipped, by its first two bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


@contextmanager
def _unpacked(place: Path, file: str, largest: int) -> Iterator[Path]:
    """The file itself, or an unpacked copy of it."""
    if not packed(place):
        yield place
        return
    suffix = Path(re.sub(r"(\.tar)?\.gz$", "", place.name)).suffix or ".csv"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"table{suffix}"
        try:
            with gzip.open(place) as unpacking, copy.open("wb") as stream:
                head = unpacking.read(512)
                if head[257:262] == b"ustar":
                    raise InputError(
                        Fault(
                            "archive",
                            "the file is an archive of several files",
                            file=file,
                            mend="unpack it and name one",
                        )
                    )
                stream.write(head)
                while block := unpacking.read(1 << 22):
                    stream.write(block)
                    if stream.tell() > largest:
                        _refuse_large("unpacked, the file has more than", largest, largest, file)
        except (OSError, EOFError) as error:
            raise InputError(
                Fault("unreadable-file", f"the file could not be unpacked: {error}", file=file)
            ) from error
        yield copy


def _refuse_large(what: str, size: int, largest: int, file: str) -> None:
    raise InputError(
        Fault(
            "too-large",
            f"{what} {size / 1e6:.0f} MB; tables of this kind are read up to {largest / 1e6:.0f} MB",
            file=file,
            mend="split the file by sample, or keep only the columns of sample, drug, dose and response",
        )
    )


def _refuse_long(lines: float, file: str) -> None:
    """Refuse by the first piece, before minutes are spent on the others."""
    if lines > LARGEST_LINES:
        raise InputError(
            Fault(
                "too-large",
                f"the file has about {lines / 1e6:.0f} million lines; tables of this kind are read up to "
                f"{LARGEST_LINES / 1e6:.0f} million",
                file=file,
                mend="split the file by sample",
            )
        )


def _in_pieces(place: Path, file: str, largest: int, separator: str | None) -> Cells:
    """All the pieces below one another; faults of every piece, with the rows of the whole file."""
    size = place.stat().st_size
    if size > largest:
        _refuse_large("the file has", size, largest, file)
    pieces = _parquet_pieces(place, file) if place.suffix.lower() == ".parquet" else _text_pieces(place)
    frames: list[pl.DataFrame] = []
    faults = Faults()
    first_row = 2
    for piece, above in pieces:
        try:
            cells = read_cells(piece, name=file, separator=separator)
        except InputError as error:
            if error.faults[0].code == "empty-table" and above:
                continue
            faults.extend(
                replace(fault, row=None if fault.row is None else fault.row + above) for fault in error.faults
            )
            if len(faults) >= _LISTED:
                break
            continue
        if not frames:
            first_row = cells.first_row
            _refuse_long(cells.frame.height * size / piece.stat().st_size, file)
        frames.append(cells.frame)
    if faults:
        raise InputError(list(faults)[:_LISTED])
    return Cells(pl.concat(frames, rechunk=False), file, first_row)


def _parquet_pieces(place: Path, file: str) -> Iterator[tuple[Path, int]]:
    try:
        lazy = pl.scan_parquet(place)
        height = int(lazy.select(pl.len()).collect().item())
        step = max(1, int(height * _PIECE_BYTES / place.stat().st_size))
        with tempfile.TemporaryDirectory() as folder:
            for start in range(0, height, step):
                piece = Path(folder) / "piece.parquet"
                lazy.slice(start, step).collect().write_parquet(piece, compression="lz4")
                yield piece, start
    except pl.exceptions.PolarsError as error:
        raise InputError(
            Fault(
                "unreadable-file",
                f"the file could not be read as PARQUET: {str(error).splitlines()[0]}",
                file=file,
                mend="check that it is what its ending says, and not open elsewhere",
            )
        ) from error


def _text_pieces(place: Path) -> Iterator[tuple[Path, int]]:
    """Files of whole lines, each below the heading, and how many lines stand above it in the whole file."""
    header, above = b"", 0
    with _as_utf8(place) as stream, tempfile.TemporaryDirectory() as folder:
        piece = Path(folder) / f"piece{place.suffix}"
        rest = b""
        while block := stream.read(_PIECE_BYTES):
            block = rest + block
            end = _whole_lines(block)
            body, rest = block[:end], block[end:]
            if body:
                yield _written(piece, header, body), max(0, above - 1)
                header = header or _heading(body)
                above += body.count(b"\n") or body.count(b"\r")
        if rest.strip():
            yield _written(piece, header, rest), max(0, above - 1)


def _written(piece: Path, header: bytes, body: bytes) -> Path:
    with piece.open("wb") as stream:
        stream.write(header)
        stream.write(body)
    return piece


@contextmanager
def _as_utf8(place: Path) -> Iterator[BinaryIO]:
    """The bytes of a text; two-byte Unicode, as Excel writes it, is turned into UTF-8 on the way."""
    with place.open("rb") as stream:
        wide = stream.read(2) in (b"\xff\xfe", b"\xfe\xff")
        stream.seek(0)
        yield codecs.EncodedFile(stream, "utf-8", "utf-16") if wide else stream


def _heading(content: bytes) -> bytes:
    """The first line that is not empty, with its end."""
    ends = b"\n" if b"\n" in content else b"\r"
    filled = content.lstrip(b"\r\n") if not content.startswith(codecs.BOM_UTF8) else content[3:]
    return filled[: filled.find(ends) + 1]


def _whole_lines(block: bytes) -> int:
    """Where the last line ends that is not inside quotation marks; of quotes that never close, the last line."""
    ends = b"\n" if b"\n" in block[:65536] else b"\r"
    last = end = block.rfind(ends) + 1
    odd = block.count(b'"', 0, end) % 2
    while odd and end > 0:
        before = block.rfind(ends, 0, end - 1) + 1
        odd = (odd + block.count(b'"', before, end)) % 2
        end = before
    return end or last
