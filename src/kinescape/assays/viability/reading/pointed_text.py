"""Text exports with decimal commas of plate readers and live-cell imagers: a copy with decimal points is read instead.

These files are no tables with one kind of number in a column, so that every line is looked at by itself.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinescape.assays.viability.reading.decimal_commas import (
    AMOUNT_AT_END,
    THOUSANDS,
    WITH_COMMA,
    WITH_POINT,
    separator_beside_commas,
)
from kinescape.foundation.issues import Faults

_TEXT = (".csv", ".tsv", ".txt", ".tab")
_LISTED = 5


@contextmanager
def pointed_text(path: str | Path, decimal: str, *, refuse: bool = True) -> Iterator[Path]:
    """The path itself, or that of a copy of the same name with decimal points and tabs.

    Lines keep their numbers. Files whose columns are separated by commas, and spreadsheets, are left as they are.

    Parameters
    ----------
    path : str or Path
        Any file.
    decimal : {".", ","}
        How decimals are written in it.
    refuse : bool
        Whether points and thousands set apart are refused, from the first line with a decimal comma on: titles above
        may hold versions and the like.

    Raises
    ------
    InputError
        With the cells that may be read in two ways.
    """
    place = Path(path)
    if decimal != "," or place.suffix.lower() not in _TEXT or not place.is_file():
        yield place
        return
    separator = separator_beside_commas(place)
    if separator is None:
        yield place
        return
    content = place.read_bytes()
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    if refuse:
        _refuse(rows, place.name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / place.name
        with copy.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter="\t").writerows([_pointed(cell) for cell in row] for row in rows)
        yield copy


def _pointed(cell: str) -> str:
    if re.search(WITH_COMMA, cell.strip()):
        return cell.replace(",", ".", 1)
    return re.sub(AMOUNT_AT_END, r"\1.\2", cell)


def _refuse(rows: list[list[str]], file: str) -> None:
    faults = Faults()
    begun = False
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        begun = begun or any(re.search(WITH_COMMA, cell) for cell in cells)
        for cell in cells if begun else ():
            thousands = re.search(THOUSANDS, cell)
            if (thousands or re.search(WITH_POINT, cell)) and len(faults) < _LISTED:
                faults.add(
                    "thousands" if thousands else "decimal-ambiguous",
                    f"'{cell}' has "
                    + (
                        "thousands set apart"
                        if thousands
                        else "a point, though decimals are said to be commas"
                    ),
                    file=file,
                    row=number,
                    mend="export the numbers without separators of thousands, all decimals in one way",
                )
    faults.raise_if_errors()
