"""Delimited text (TSV, CSV) as rows that know their line, with every fault collected.

The knowledge tables, a study's own ``agents.tsv`` and the network formats all come through here, so that each
of them tells file, row and column in the same words.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from kinescape.foundation.issues import Faults, nearest

_MOST_LINES_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column name, and the line where the user's editor shows it."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A whole table: the columns as the reader calls them, and the rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def folded(text: str) -> str:
    """A name without case, dashes, spaces and other marks; Greek letters and their names become Latin.

    Examples
    --------
    >>> folded("PLX-4032") == folded("plx 4032")
    True
    >>> folded("TGF-β"), folded("TGF-beta")
    ('tgfb', 'tgfb')
    """
    plain = "".join(character for character in text.casefold().translate(_GREEK) if character.isalnum())
    for word, letter in _GREEK_WORDS:
        while word in plain:
            plain = plain.replace(word, letter)
    return plain


_GREEK_WORDS = (("alpha", "a"), ("beta", "b"), ("gamma", "g"), ("delta", "d"), ("kappa", "k"))
_GREEK = str.maketrans(
    {"α": "a", "β": "b", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "κ": "k", "λ": "l", "µ": "u"}
)


def split_list(cell: str) -> tuple[str, ...]:
    """The entries of a cell that holds several, parted by ``;`` or ``|``."""
    return tuple(part.strip() for part in cell.replace("|", ";").split(";") if part.strip())


def read_text(path: str | Path, faults: Faults) -> str | None:
    """The text of a file (plain or gzipped UTF-8), or None with a fault that says why not."""
    file = Path(path)
    try:
        content = file.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError:
        faults.add("file-missing", "this file does not exist", file=file, mend="check the path")
        return None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        faults.add("file-unreadable", f"this file cannot be read: {reason}", file=file)
        return None
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        faults.add(
            "not-text",
            f"this file is not UTF-8 text (byte {error.start} cannot be read)",
            file=file,
            expected="a text file",
            mend="save it as UTF-8 (in a spreadsheet: 'CSV UTF-8' or 'Text, tab delimited')",
        )
        return None


def delimiter_of(path: str | Path, header: str) -> str:
    """Tab or comma (or semicolon), by what the header line holds, and by the suffix where it holds none."""
    counts = {mark: header.count(mark) for mark in ("\t", ",", ";")}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best]:
        return best
    name = str(path).lower().removesuffix(".gz")
    return "," if name.endswith(".csv") else "\t"


def read_table(
    path: str | Path,
    faults: Faults,
    *,
    required: Collection[str] = (),
    known: Collection[str] | None = None,
    aliases: Mapping[str, str] | None = None,
    text: str | None = None,
) -> Table | None:
    """Read a table with a header; collect what is wrong with its shape.

    Parameters
    ----------
    path : path
        The file; gzipped files are read as they are.
    faults : Faults
        Where faults go. Nothing is raised here.
    required : collection of str
        Columns without which the table cannot be used.
    known : collection of str, optional
        All columns that mean something. Others are named in a warning with the nearest known one.
    aliases : mapping of str to str, optional
        Other spellings of a column (lower case) and the name that the reader uses.
    text : str, optional
        The content, where it was read before.

    Returns
    -------
    Table or None
        None where the file cannot be read or lacks a required column.
    """
    if text is None:
        text = read_text(path, faults)
    if text is None:
        return None
    if not text.strip():
        faults.add("table-empty", "this file is empty", file=path, expected="a header and rows")
        return None
    first = next(line for line in text.splitlines() if line.strip())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(path, first))
    header: list[str] | None = None
    rows: list[Row] = []
    start = 1
    width_faults: list[tuple[int, int]] = []
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, path, faults, line, known, aliases or {})
                continue
            if len(cells) != len(header):
                width_faults.append((line, len(cells)))
                if len(cells) < len(header):
                    cells = [*cells, *[""] * (len(header) - len(cells))]
            if reader.line_num - line >= _MOST_LINES_A_ROW:
                faults.add(
                    "quote-open",
                    f"a row goes on for {reader.line_num - line + 1} lines, so a quotation mark is never closed",
                    file=path,
                    row=line,
                    mend='write the mark twice (""), or leave it out',
                )
            rows.append(Row(line, dict(zip(header, (cell.strip() for cell in cells), strict=False))))
    except csv.Error as error:
        faults.add("table-broken", f"this is no readable table: {error}", file=path, row=start)
        return None
    if header is None:
        faults.add("table-empty", "this file has no header", file=path, expected="a header and rows")
        return None
    _tell_widths(width_faults, len(header), path, faults)
    lacking = [column for column in required if column not in header]
    for column in lacking:
        close = nearest(column, header, n=1)
        faults.add(
            "column-missing",
            f"the column '{column}' is missing" + (f" (is it '{close[0]}'?)" if close else ""),
            file=path,
            row=1,
            expected=f"columns {', '.join(required)}",
        )
    return None if lacking else Table(str(path), tuple(header), tuple(rows))


def _header(
    cells: Sequence[str],
    path: str | Path,
    faults: Faults,
    line: int,
    known: Collection[str] | None,
    aliases: Mapping[str, str],
) -> list[str]:
    header: list[str] = []
    for cell in cells:
        name = cell.strip().lstrip("#").strip()
        column = aliases.get(name.lower(), name.lower() if known and name.lower() in known else name)
        if column in header:
            faults.add("column-twice", f"the column '{cell.strip()}' stands there twice", file=path, row=line)
            column = f"{column} ({len(header) + 1})"
        elif known is not None and column not in known and column:
            close = nearest(column, known, n=1)
            faults.add(
                "column-unknown",
                f"the column '{cell.strip()}' is not read",
                file=path,
                row=line,
                mend=f"did you mean '{close[0]}'?" if close else None,
                severity="warning",
            )
        header.append(column)
    return header


def _tell_widths(found: Sequence[tuple[int, int]], width: int, path: str | Path, faults: Faults) -> None:
    # Trailing empty cells that a spreadsheet left out are harmless; a cell too many shifts the columns.
    for line, cells in found:
        if cells > width:
            faults.add(
                "row-too-wide",
                f"this row has {cells} cells and the header {width}",
                file=path,
                row=line,
                mend="quote a cell that holds the separator",
            )


def shipped_table(
    name: str,
    faults: Faults,
    *,
    required: Collection[str],
    known: Collection[str] | None = None,
) -> Table | None:
    """A table that the package ships, read like any other."""
    source = resources.files("kinescape.knowledge").joinpath("tables", name)
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.add("table-missing", f"the package lacks its table {name}", mend="install kinescape again")
        return None
    return read_table(name, faults, required=required, known=known, text=text)


def read_number(
    row: Row,
    column: str,
    file: str,
    faults: Faults,
    *,
    accept: Callable[[float], bool] = lambda number: number >= 0,
    expected: str = "a number, not negative",
) -> float | None:
    """The number in a cell; None where the cell is empty, or where it is no such number (a fault)."""
    cell = row[column]
    if not cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")) or not accept(number):
        faults.add(
            "not-a-number",
            f"'{cell}' is not usable",
            file=file,
            row=row.line,
            column=column,
            expected=expected,
        )
        return None
    return number
