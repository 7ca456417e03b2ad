"""Cells of an xlsx sheet that hold an error (`#DIV/0!`): readers give them as empty, which would be a silent loss."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from posixpath import normpath

from kinescape.foundation.issues import Faults

_LISTED = 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_CELL = re.compile(rb'<(?:\w+:)?c\b([^>]*?\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.DOTALL)
_EMPTY = frozenset({"#N/A"})
"""Errors by which spreadsheets say that a value is not there: missing, as an empty cell is."""


def error_cells(path: Path, sheet_number: int) -> list[tuple[int, str, str]]:
    """Row, column letters and text of the error cells of one sheet; none for other formats than xlsx.

    Parameters
    ----------
    path : Path
        An xlsx or xlsm file.
    sheet_number : int
        Its place among the sheets, from 0.

    Examples
    --------
    >>> error_cells(Path("plate.ods"), 0)
    []
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            content = archive.read(_sheet_file(archive, sheet_number))
    except (zipfile.BadZipFile, KeyError, IndexError):
        return []
    found = []
    for attributes, inside in _CELL.findall(content):
        place = re.search(rb'\br="([A-Z]+)(\d+)"', attributes)
        value = _VALUE.search(inside)
        text = value.group(1).decode("utf-8", errors="replace") if value else "error"
        if place and text not in _EMPTY:
            found.append((int(place.group(2)), place.group(1).decode(), text))
    return found


def _sheet_file(archive: zipfile.ZipFile, number: int) -> str:
    tag = _SHEET.findall(archive.read("xl/workbook.xml"))[number]
    wanted = _attribute(tag, rb"\w+:id")
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        if _attribute(relation, rb"Id") == wanted:
            target = _attribute(relation, rb"Target").decode()
            return target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
    raise KeyError(f"sheet {number}")


def _attribute(tag: bytes, name: bytes) -> bytes:
    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    return found.group(1) if found else b""


def refuse_error_cells(path: Path, called: str, sheet_number: int) -> None:
    """Tell every error cell of a sheet.

    Raises
    ------
    InputError
        Where there is one.
    """
    found = error_cells(path, sheet_number)
    faults = Faults()
    for row, column, text in found[:_LISTED]:
        faults.add(
            "error-cell",
            f"the cell holds the error {text} of the spreadsheet",
            file=called,
            row=row,
            column=column,
            expected="a value, or an empty cell where nothing was measured",
            mend="mend the formula, or empty the cell",
        )
    if len(found) > _LISTED:
        faults.add("error-cell", f"and {len(found) - _LISTED} more cells like these", file=called)
    faults.raise_if_errors()
