"""A table as an engine wrote it: found by its header, read lazily, one column at a time."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import polars as pl

from kinescape.assays.cells import MISSING, Cells, read_cells
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

_TEXT = (".csv", ".tsv", ".txt", ".tab", ".gz", ".seqrnk", ".rnk", "")
_EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz")
_FIRST = 4_000_000
_LINES_BELOW = 300_000_000
_LISTED = 10
ROW = "__row"
"""Name of the column that counts the lines of the file."""


def folded(name: str) -> str:
    """A header without case, blanks and marks: ``Phospho (STY) Probabilities`` is ``Phospho..STY..Probabilities``."""
    return "".join(character for character in name.casefold() if character.isalnum())


@dataclass(frozen=True)
class Report:
    """A table of one engine, of which only the header has been read.

    Parameters
    ----------
    path : Path
        The file.
    file : str
        As messages name it.
    columns : tuple of str
        Names of the columns, each once.
    separator : str
        Of a text table; empty for Parquet and spreadsheets.
    quoted : bool
        Whether quotation marks enclose cells.
    frame : polars.DataFrame or None
        The table itself, where its format cannot be read by parts.
    folds : mapping of str to str
        Names without case and marks, to the columns.
    sheets : tuple of str
        Sheets of a spreadsheet; the first was read.
    """

    path: Path
    file: str
    columns: tuple[str, ...]
    separator: str = ""
    quoted: bool = False
    frame: pl.DataFrame | None = None
    folds: Mapping[str, str] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()

    def find(self, *names: str) -> str | None:
        """The column of the first name that the file has, whatever its case and marks."""
        for name in names:
            if (column := self.folds.get(folded(name))) is not None:
                return column
        return None

    def has(self, *names: str) -> bool:
        """Whether every one of the columns is there."""
        return all(self.find(name) is not None for name in names)

    def require(self, wanted: Mapping[str, Sequence[str]], engine: str) -> dict[str, str]:
        """The columns that an engine's table must have.

        Parameters
        ----------
        wanted : mapping of str to sequence of str
            Meaning to the names it may have.
        engine : str
            For the message.

        Raises
        ------
        InputError
            With every column that was looked for and is not there, and the nearest one.
        """
        faults = Faults()
        found = {}
        for meaning, names in wanted.items():
            column = self.find(*names)
            if column is not None:
                found[meaning] = column
                continue
            near = nearest(names[0], self.columns, n=1)
            faults.add(
                "missing-column",
                f"a table of {engine} has its {meaning} in the column "
                f"{' or '.join(repr(name) for name in names)}, and this one has no such column",
                file=self.file,
                row=1,
                column=names[0],
                expected=f"the header that {engine} writes; this one begins {', '.join(self.columns[:8])}",
                mend=f"the nearest is '{near[0]}'; was it renamed?" if near else "export the table again",
            )
        faults.raise_if_errors()
        return found

    def scan(self, columns: Iterable[str]) -> pl.LazyFrame:
        """The columns as they are, with the line of the file as `ROW`; nothing is read yet."""
        wanted = list(dict.fromkeys(columns))
        if self.frame is not None:
            return self.frame.lazy().select(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(ROW), *wanted)
        if not self.separator:
            scanned = pl.scan_parquet(self.path, row_index_name=ROW, row_index_offset=2)
        else:
            source: Path | BytesIO = self.path
            if self.path.suffix == ".gz":
                source = BytesIO(gzip.decompress(self.path.read_bytes()))
            scanned = pl.scan_csv(
                source,
                separator=self.separator,
                quote_char='"' if self.quoted else None,
                infer_schema=False,
                new_columns=list(self.columns),
                encoding="utf8-lossy",
                row_index_name=ROW,
                row_index_offset=2,
            )
        return scanned.select(pl.col(ROW).cast(pl.Int64), *wanted)

    def texts(self, columns: Iterable[str]) -> pl.LazyFrame:
        """The columns as stripped texts, null where the cell says that nothing is there."""
        wanted = list(dict.fromkeys(columns))
        # Spreadsheets quote the cells that hold a semicolon, in a table whose header has no quotes.
        stripped = [pl.col(column).cast(pl.String).str.strip_chars(' \t\r"') for column in wanted]
        missing = [text for text in MISSING if text != "-"]
        return self.scan(wanted).with_columns(
            pl.when(text.str.to_lowercase().is_in(missing)).then(None).otherwise(text).alias(column)
            for column, text in zip(wanted, stripped, strict=True)
        )


def check_lines(report: Report) -> None:
    """Refuse a text table in which a line has more cells than the header, or that breaks off in its last line.

    A cell too many would move all that follow it to the wrong columns. Quoted tables and those above 300 MB are not
    gone through: there the reader itself has to notice.

    Raises
    ------
    InputError
        With the first such lines.
    """
    if not report.separator or report.quoted or report.path.stat().st_size > _LINES_BELOW:
        return
    faults = Faults()
    mark, cells = report.separator.encode(), len(report.columns)
    last, row = b"", 0
    with gzip.open(report.path) if report.path.suffix == ".gz" else report.path.open("rb") as source:
        for row, line in enumerate(source, start=1):
            last = line
            if line.count(mark) >= cells:
                faults.add(
                    "ragged-row",
                    f"the line has {line.count(mark) + 1} cells, the header {cells}",
                    file=report.file,
                    row=row,
                    mend="take the separator out of its texts, or export the table again",
                )
            if len(faults) == _LISTED:
                break
    if row > 1 and not last.endswith((b"\n", b"\r")) and last.count(mark) + 1 < cells:
        faults.add(
            "cut-off",
            f"the file breaks off in its last line, after {last.count(mark) + 1} of {cells} cells",
            file=report.file,
            row=row,
            mend="copy it again",
        )
    faults.raise_if_errors()


@contextmanager
def readable(report: Report) -> Iterator[None]:
    """Turn what the table's reader says of a broken file into a fault of the user's file.

    Raises
    ------
    InputError
        Where lines have more cells than the header, or the file is cut off.
    """
    check_lines(report)
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        said = str(error).splitlines()[0]
        wide = "fields" in said or "ragged" in said.casefold()
        raise InputError(
            Fault(
                "unreadable-file",
                "a line has more cells than the header" if wide else f"the table could not be read: {said}",
                file=report.file,
                mend="export it again; texts that hold the separator need quotes"
                if wide
                else "check that the file is whole: was it still being copied?",
            )
        ) from error


def open_report(path: str | Path, *, name: str | None = None) -> Report:
    """Read the header of a table: text, gzipped text, Parquet or a spreadsheet.

    Raises
    ------
    InputError
        Where the file is missing, empty or of another format.
    """
    place = Path(path)
    called = name or str(path)
    if not place.exists() or place.is_dir():
        what = "this is a folder, not a file" if place.is_dir() else "there is no such file"
        raise InputError(Fault("missing-file", what, file=called, mend="check the path"))
    if place.stat().st_size == 0:
        raise InputError(
            Fault("empty-file", "the file is empty (0 bytes)", file=called, mend="export it again")
        )
    suffix = place.suffix.casefold()
    if suffix == ".parquet":
        try:
            return _report(place, called, tuple(pl.read_parquet_schema(place)))
        except (OSError, pl.exceptions.PolarsError) as error:
            raise InputError(
                Fault(
                    "unreadable-file", f"this is no Parquet file: {str(error).splitlines()[0]}", file=called
                )
            ) from error
    if suffix in _EXCEL:
        frame = first_sheet(place, called).frame
        return _report(place, called, tuple(frame.columns), frame=frame, sheets=sheets_of(place))
    if suffix not in _TEXT:
        raise InputError(
            Fault(
                "unknown-format",
                f"a table ending in '{suffix}' cannot be read",
                file=called,
                expected=".txt, .tsv, .csv (or these gzipped), .xlsx or .parquet",
                mend="unpack it and give the table inside" if suffix in _ARCHIVES else None,
            )
        )
    return _text_report(place, called)


def sheets_of(place: Path) -> tuple[str, ...]:
    """Names of the sheets of a spreadsheet, in their order; none where the file is no spreadsheet."""
    if place.suffix.casefold() not in _EXCEL:
        return ()
    import fastexcel

    try:
        return tuple(fastexcel.read_excel(place).sheet_names)
    except fastexcel.FastExcelError:
        return ()


def first_sheet(place: Path, called: str) -> Cells:
    """A table of cells; where the first of several sheets holds none, the fault names the sheets.

    Raises
    ------
    InputError
        Where the file is missing, empty or of another format.
    """
    try:
        return read_cells(place, name=called)
    except InputError as error:
        sheets = sheets_of(place) if place.is_file() else ()
        if len(sheets) < 2:
            raise
        mend = f"the sheet '{sheets[0]}' was read, of {', '.join(sheets[:5])}: put the table on the first"
        told = [replace(one, mend=f"{one.mend}; {mend}" if one.mend else mend) for one in error.faults]
        raise InputError(told) from error


def _text_report(place: Path, called: str) -> Report:
    with gzip.open(place) if place.suffix == ".gz" else place.open("rb") as source:
        begin = source.readline(_FIRST)
    if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
        frame = read_cells(place, name=called).frame
        return _report(place, called, tuple(frame.columns), frame=frame)
    if begin[:4] == b"PK\x03\x04" or b"\x00" in begin:
        what = "a spreadsheet or a zip archive" if begin[:2] == b"PK" else "not text"
        raise InputError(
            Fault(
                "other-format",
                f"the file ends in '{place.suffix}' but is {what}",
                file=called,
                mend="unpack it, give it its right ending, or export it as text"
                if begin[:2] == b"PK"
                else "give it its right ending, or export it as text",
            )
        )
    line = begin.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    separator = max("\t,;", key=line.count)
    quoted = '"' in line
    header = next(csv.reader([line], delimiter=separator)) if quoted else line.split(separator)
    # Some engines quote cells but not the header.
    if not quoted and separator != "\t":
        quoted = True
    names = [cell.strip() or f"column_{index + 1}" for index, cell in enumerate(header)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            Fault(
                "duplicate-column",
                f"two columns have the name '{twice[0]}'",
                file=called,
                row=1,
                column=twice[0],
                mend="give each column its own name, or export the table again",
            )
        )
    return _report(place, called, tuple(names), separator=separator, quoted=quoted)


def _report(
    place: Path,
    called: str,
    columns: tuple[str, ...],
    *,
    separator: str = "",
    quoted: bool = False,
    frame: pl.DataFrame | None = None,
    sheets: tuple[str, ...] = (),
) -> Report:
    folds: dict[str, str] = {}
    for column in columns:
        folds.setdefault(folded(column), column)
    return Report(place, called, columns, separator, quoted, frame, folds, sheets)
