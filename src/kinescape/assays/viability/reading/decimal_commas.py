"""Tables whose decimals are written with a comma, as European spreadsheets export them: read only when it is said.

`1,234` is a thousand and more to one laboratory and little more than one to another. A comma is a decimal only where
the user says so; a point or a second comma in such a table is then refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

_TAIL = r"([eE][+-]?\d+)?(\s*[A-Za-zµμ%][^,;]*)?$"
WITH_COMMA = r"^[+-]?\d*,\d+" + _TAIL
WITH_POINT = r"^[+-]?\d*\.\d+" + _TAIL
THOUSANDS = r"^[+-]?\d{1,3}(([.\s'’]\d{3})+,\d+|(\.\d{3}){2,}|([\s'’]\d{3})+)" + _TAIL
_AMOUNT = r"^[+-]?[\d.,\s'’]+" + _TAIL
AMOUNT_AT_END = r"(\d),(\d+\s*(?:[munpfµμ]?M|[munpµμ]?g/m?[lL]|I?U/mL|Gy|%))(?![A-Za-z])"
"""A dose with its unit somewhere in a text: `erlotinib 0,3 uM`."""
_MOSTLY = 0.5


def check_decimal(decimal: str, file: str) -> None:
    """Refuse anything but a point and a comma.

    Raises
    ------
    InputError
        Naming the two.
    """
    if decimal not in (".", ","):
        raise InputError(
            Fault(
                "wrong-value",
                f"'{decimal}' is not how decimals are written",
                file=file,
                expected="a point or a comma",
            )
        )


def decimal_separator(place: Path, file: str) -> str:
    """What separates the columns of a text with decimal commas: a semicolon or a tab.

    Raises
    ------
    InputError
        Where commas separate them too: nothing tells one comma from the other.
    """
    found = separator_beside_commas(place)
    if found is None:
        raise InputError(
            Fault(
                "decimal-ambiguous",
                "the columns are separated by commas, and the decimals are said to be commas too",
                file=file,
                row=1,
                expected="columns separated by semicolons or tabs",
                mend="export the table again with semicolons or tabs, or with decimal points",
            )
        )
    return found


def separator_beside_commas(place: Path) -> str | None:
    """The semicolon or tab of a text's first lines; None where more commas stand there that are in no number."""
    with place.open("rb") as stream:
        head = stream.read(65536)
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="replace")
    found = max("\t;", key=text.count)
    others = len(re.sub(r"(?<=\d),(?=\d)", "", text).split(",")) - 1
    return found if text.count(found) > others else None


def with_decimal_points(cells: Cells) -> Cells:
    """The same table with decimal points in the columns of numbers, and in headings that are amounts.

    Parameters
    ----------
    cells : Cells
        A table in which decimals are said to be commas.

    Raises
    ------
    InputError
        Where a column of numbers holds points or separators of thousands: `1.234` may be either.

    Examples
    --------
    >>> table = Cells(pl.DataFrame({"drug": ["1,2-x"], "dose": ["0,5 uM"]}), "doses.csv", 2)
    >>> with_decimal_points(table).frame.row(0)
    ('1,2-x', '0.5 uM')
    """
    faults = Faults()
    turned = []
    for name in cells.columns:
        texts = cells.frame[name]
        if texts.dtype != pl.String:
            continue
        filled = texts.len() - texts.null_count()
        if not filled or int(texts.str.contains(_AMOUNT).sum()) < _MOSTLY * filled:
            continue
        _refuse_points(cells, name, faults)
        comma = pl.col(name).str.contains(WITH_COMMA)
        turned.append(
            pl.when(comma).then(pl.col(name).str.replace(",", ".", literal=True)).otherwise(pl.col(name))
        )
    headings = pl.Series(cells.columns, dtype=pl.String)
    amounts = headings.filter(headings.str.contains(WITH_COMMA)).to_list()
    renamed = {name: name.replace(",", ".", 1) for name in amounts}
    for name in [name for name, other in renamed.items() if other in cells.columns]:
        faults.add(
            "duplicate-column",
            f"the columns '{name}' and '{renamed[name]}' are one amount",
            file=cells.file,
            row=1,
            column=name,
            mend="keep one of the two",
        )
    faults.raise_if_errors()
    frame = cells.frame.with_columns(turned).rename(renamed)
    return Cells(frame, cells.file, cells.first_row)


def _refuse_points(cells: Cells, column: str, faults: Faults) -> None:
    texts = cells.frame[column]
    for pattern, code, what, mend in (
        (
            THOUSANDS,
            "thousands",
            "thousands set apart",
            "export the numbers without separators of thousands",
        ),
        (
            WITH_POINT,
            "decimal-ambiguous",
            "a point, though decimals are said to be commas: a decimal, or thousands set apart?",
            "write all decimals of the file in one way",
        ),
    ):
        wrong = texts.str.contains(pattern).fill_null(False)
        if not wrong.any():
            continue
        first = int(wrong.arg_max() or 0)
        faults.add(
            code,
            f"{int(wrong.sum())} cells have {what} ('{texts[first]}')",
            file=cells.file,
            row=cells.row(first),
            column=column,
            mend=mend,
        )
        return


def tell_decimal_commas(decimal: str, file: str, faults: Faults) -> None:
    """State back that commas were read as decimals.

    Parameters
    ----------
    decimal : {".", ","}
        As the user gives it.
    file : str
        For the message.
    faults : Faults
        Takes the note.
    """
    if decimal == ",":
        faults.add(
            "decimal-commas", "commas were read as decimals: 0,5 is one half", file=file, severity="note"
        )
