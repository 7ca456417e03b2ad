"""A table as its cells' texts, with the rows that the user's editor or spreadsheet shows.

Everything is read as text first: a decimal comma, a date that a spreadsheet made of a dose, or a stray word is
then a fault with a place, and never a silent null.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kinescape.assays.spreadsheet_errors import refuse_error_cells
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

LARGEST_BYTES = 150_000_000
"""Tables of signalling and viability are read whole, which was measured to take 25 (long) to 70 (wide) bytes of
memory for each byte of the file; larger ones are refused with the reason."""

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "+nan", "-nan", "null", "none", "-", "."})
"""What a cell says where nothing was measured, in any case."""
_EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_TEXT = (".csv", ".tsv", ".txt", ".tab")
_DATE = re.compile(
    r"^\d{4}-\d\d-\d\d|^\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE
)
_PLAIN_NUMBER = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?$"
_ERROR_CELL = re.compile(r"^#(DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)$", re.IGNORECASE)
_LISTED = 20


@dataclass(frozen=True)
class Cells:
    """The cells of one table.

    Parameters
    ----------
    frame : polars.DataFrame
        Texts, stripped; null where the cell is empty or says that it is missing.
    file : str
        The file as messages name it.
    first_row : int
        Row of the first data line: 2 below a header, 1 without one.
    """

    frame: pl.DataFrame
    file: str
    first_row: int

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return self.frame.columns

    def row(self, index: int) -> int:
        """The row of a data line, as the user sees it."""
        return self.first_row + index

    def require(self, wanted: dict[str, str], faults: Faults) -> bool:
        """Whether all the named columns are there; those that are not become faults.

        Parameters
        ----------
        wanted : dict of str to str
            Meaning of a column to its name in the file.
        faults : Faults
            Where the missing ones go, each with the nearest name.
        """
        complete = True
        for meaning, name in wanted.items():
            if not isinstance(name, str):
                faults.add(
                    "wrong-value",
                    f"the column for {meaning} is {name!r}",
                    file=self.file,
                    expected=f"its name in quotes: one of {', '.join(self.frame.columns[:12])}",
                )
                complete = False
            elif name not in self.frame.columns:
                near = nearest(name, self.frame.columns, n=1)
                faults.add(
                    "missing-column",
                    f"there is no column '{name}' (for {meaning})",
                    file=self.file,
                    row=1,
                    column=name,
                    expected=f"one of {', '.join(self.frame.columns[:12])}",
                    mend=f"did you mean '{near[0]}'?" if near else "name it under [files.columns]",
                )
                complete = False
        return complete

    def numbers(self, column: str, faults: Faults, *, what: str = "a number") -> list[float | None]:
        """A column as numbers; an unreadable cell is a fault, an empty one is None."""
        texts = self.frame[column]
        # Plain decimal numbers are read all at once; what is left is looked at cell by cell.
        plain = texts.str.contains(_PLAIN_NUMBER).fill_null(False)
        found = texts.set(~plain, None).cast(pl.Float64).to_list()
        bad = 0
        for index in (~plain & texts.is_not_null()).arg_true().to_list():
            try:
                found[index] = number(texts[index])
            except ValueError as error:
                bad += 1
                if bad <= _LISTED:
                    faults.add(
                        "not-a-number",
                        str(error),
                        file=self.file,
                        row=self.row(index),
                        column=column,
                        expected=what,
                    )
        if bad > _LISTED:
            faults.add(
                "not-a-number", f"and {bad - _LISTED} more cells like these", file=self.file, column=column
            )
        return found


def number(text: str) -> float:
    """Read one number.

    Raises
    ------
    ValueError
        With what is wrong: a decimal comma, a date, infinity, a word.
    """
    if _ERROR_CELL.match(text):
        raise ValueError(
            f"'{text}' is an error of the spreadsheet; mend the formula, or leave the cell empty"
        )
    if not text.isascii() or "_" in text:
        raise ValueError(f"'{text}' is not a number")
    try:
        value = float(text)
    except ValueError:
        if re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", text):
            raise ValueError(f"'{text}' has a decimal comma; write a decimal point") from None
        if _DATE.match(text):
            raise ValueError(
                f"'{text}' is a date: the spreadsheet turned a number into one; format the column as text and "
                "enter it again"
            ) from None
        raise ValueError(f"'{text}' is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is {'infinite' if math.isinf(value) else 'not a number'}")
    return value


def read_cells(
    path: str | Path,
    *,
    name: str | None = None,
    sheet: str | None = None,
    header: bool = True,
    separator: str | None = None,
) -> Cells:
    """Read a table as texts.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, TXT, Excel, ODS or Parquet, by its ending.
    name : str, optional
        How messages call the file; the path by default.
    sheet : str, optional
        Sheet of a spreadsheet; the first by default.
    header : bool
        Whether the first line names the columns; else they are called `column_1`, `column_2`, …
    separator : str, optional
        Of a text table; found from the first line by default.

    Raises
    ------
    InputError
        Where the file is missing, empty, too large, of another format, or two columns have one name.
    """
    place = Path(path)
    called = name or str(path)
    _refuse(place, called)
    suffix = place.suffix.lower()
    first_row = 2 if header else 1
    try:
        if suffix in _EXCEL:
            frame, first_row = _spreadsheet(place, called, sheet, header)
        elif suffix == ".parquet":
            frame = pl.read_parquet(place)
            nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
            if nested:
                raise ValueError(f"the column '{nested[0]}' holds lists or records, not one value a cell")
        elif suffix in _TEXT:
            frame, above = _text_table(place, called, header, separator)
            first_row += above
        else:
            raise InputError(
                Fault(
                    "unknown-format",
                    f"a table ending in '{suffix}' cannot be read",
                    file=called,
                    expected=", ".join((*_TEXT, *_EXCEL[:3], ".parquet")),
                )
            )
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            Fault(
                "unreadable-file",
                f"the file could not be read as {suffix.removeprefix('.').upper()}: {str(error).splitlines()[0]}",
                file=called,
                mend="check that it is what its ending says, and not open elsewhere",
            )
        ) from error
    texts = frame.select(pl.col(column).cast(pl.String).str.strip_chars() for column in frame.columns)
    missing = [column for column in texts.columns if texts[column].dtype == pl.String]
    texts = texts.with_columns(
        pl.when(pl.col(column).str.to_lowercase().is_in(list(MISSING)))
        .then(None)
        .otherwise(pl.col(column))
        .alias(column)
        for column in missing
    )
    if texts.is_empty():
        raise InputError(Fault("empty-table", "the table has no rows below its header", file=called))
    return Cells(texts, called, first_row)


def _refuse(place: Path, called: str) -> None:
    if not place.exists():
        raise InputError(Fault("missing-file", "there is no such file", file=called, mend="check the path"))
    if place.is_dir():
        raise InputError(Fault("missing-file", "this is a folder, not a file", file=called))
    size = place.stat().st_size
    if size == 0:
        raise InputError(
            Fault("empty-file", "the file is empty (0 bytes)", file=called, mend="export it again")
        )
    if size > LARGEST_BYTES:
        raise InputError(
            Fault(
                "too-large",
                f"the file has {size / 1e6:.0f} MB; tables of this kind are read whole, which takes up to 70 times "
                f"the file in memory, and so only up to {LARGEST_BYTES / 1e6:.0f} MB",
                file=called,
                mend="keep the samples and columns of the study, or split the file by sample",
            )
        )


def _text_table(place: Path, called: str, header: bool, separator: str | None) -> tuple[pl.DataFrame, int]:
    """The table, and how many empty lines stand above it."""
    whole = _as_text(place, called)
    above = len(whole) - len(whole.lstrip("\n"))
    content = whole[above:]
    first = content[: content.find("\n") + 1 or None]
    named = {"tab": "\t", "comma": ",", "semicolon": ";"}.get(separator or "", separator)
    if named is not None and len(named) != 1:
        raise InputError(
            Fault(
                "wrong-value",
                f"'{separator}' is not a separator",
                file=called,
                column="separator",
                expected='one character, or "tab"',
            )
        )
    chosen = named or max("\t,;", key=first.count)
    names = [name.strip() for name in next(csv.reader([first], delimiter=chosen), [])]
    if header:
        _refuse_twice(names, called, 1)
    try:
        frame = pl.read_csv(content.encode(), separator=chosen, has_header=header, infer_schema=False)
    except pl.exceptions.ComputeError:
        _refuse_ragged(content, chosen, len(names), called)
        raise
    if not header:
        return frame.rename(
            {column: f"column_{index + 1}" for index, column in enumerate(frame.columns)}
        ), above
    return frame.rename({column: column.strip() for column in frame.columns}), above


def _refuse_twice(names: list[str], called: str, row: int) -> None:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(
            Fault(
                "duplicate-column",
                f"two columns have the name '{twice[0]}'",
                file=called,
                row=row,
                column=twice[0],
                mend="give each column its own name",
            )
        )


def _as_text(place: Path, called: str) -> str:
    """The whole text with line feeds; Windows' western encoding is understood where it is not UTF-8."""
    content = place.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16").encode()
    if content[:4] == b"PK\x03\x04" or b"\x00" in content[:65536]:
        what = "a spreadsheet" if content[:2] == b"PK" else "not text"
        raise InputError(
            Fault(
                "other-format",
                f"the file ends in '{place.suffix}' but is {what}",
                file=called,
                mend="export it as CSV, or give it its right ending",
            )
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_ragged(content: str, separator: str, width: int, called: str) -> None:
    """Tell which lines have more cells than the header."""
    reader = csv.reader(content.splitlines(), delimiter=separator, strict=True)
    faults = Faults()
    lines = iter(reader)
    while True:
        begun = reader.line_num + 1
        try:
            cells = next(lines, None)
        except csv.Error:
            cells = None
            faults.add(
                "quote-open",
                "a quotation mark is opened and never closed",
                file=called,
                row=begun,
                mend="close it, or take it out",
            )
        if cells is None:
            break
        if len(cells) > width:
            faults.add(
                "ragged-row",
                f"the line has {len(cells)} cells, the header {width}",
                file=called,
                row=reader.line_num,
                mend="put texts that hold the separator in quotes",
            )
        if len(faults) == _LISTED:
            break
    faults.raise_if_errors()


def _spreadsheet(place: Path, called: str, sheet: str | None, header: bool) -> tuple[pl.DataFrame, int]:
    """A sheet, and the row of its first line of data: empty rows above the table count."""
    import fastexcel

    try:
        book = fastexcel.read_excel(place)
    except fastexcel.FastExcelError as error:
        raise ValueError(str(error)) from error
    wanted = sheet or book.sheet_names[0]
    if wanted not in book.sheet_names:
        near = nearest(wanted, book.sheet_names, n=1)
        raise InputError(
            Fault(
                "unknown-sheet",
                f"there is no sheet '{wanted}'",
                file=called,
                expected=f"one of {', '.join(book.sheet_names)}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        )
    refuse_error_cells(place, called, book.sheet_names.index(wanted))
    grid = book.load_sheet(wanted, header_row=None, skip_rows=0, dtypes="string").to_polars()
    filled = pl.any_horizontal(pl.all().is_not_null())
    top = grid.select(filled.alias("filled"))["filled"].arg_max() if grid.width else None
    if top is None:
        return pl.DataFrame(), 2
    names = [f"column_{index + 1}" for index in range(grid.width)]
    if header:
        given = [str(cell or "").strip() for cell in grid.row(top)]
        _refuse_twice(given, called, top + 1)
        names = [name or other for name, other in zip(given, names, strict=True)]
    below = grid.slice(top + header).rename(dict(zip(grid.columns, names, strict=True)))
    # Columns left of the table, or beside it, that hold nothing at all.
    empty = [
        name
        for name in below.columns
        if name.startswith("column_") and below[name].null_count() == below.height
    ]
    return below.drop(empty), top + header + 1
