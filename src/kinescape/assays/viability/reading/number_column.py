"""A column of a table as numbers, all cells at once; what is no number is listed with its row, and counted."""

from __future__ import annotations

import polars as pl

from kinescape.assays.cells import Cells, number
from kinescape.foundation.issues import Faults

_LISTED = 20
DECIMAL_MEND = 'if all decimals of the file are commas, say decimal = ","'
"""How a decimal comma is mended."""


def number_column(cells: Cells, column: str, faults: Faults, *, what: str = "a number") -> pl.Series:
    """A column as numbers, as `Cells.numbers` reads it, without a Python object for each cell.

    Parameters
    ----------
    cells : Cells
        The table.
    column : str
        Its name.
    faults : Faults
        Takes the cells that are no number: the first twenty with their rows, the others counted.
    what : str
        What is expected, for the messages.

    Returns
    -------
    polars.Series
        Float64, null where the cell is empty or no number.

    Examples
    --------
    >>> faults = Faults()
    >>> table = Cells(pl.DataFrame({"dose": ["1", ".5", None, "2E-3", "x"]}), "doses.csv", 2)
    >>> number_column(table, "dose", faults).to_list(), [fault.row for fault in faults]
    ([1.0, 0.5, None, 0.002, None], [6])
    """
    texts = cells.frame[column]
    if texts.dtype != pl.String:
        return texts.cast(pl.Float64)
    # This cast reads what Python's float reads, to the last bit, and makes everything else null.
    found = texts.cast(pl.Float64, strict=False)
    bad = (texts.is_not_null() & ~found.is_finite().fill_null(False)).arg_true()
    if bad.is_empty():
        return found
    for index in bad.head(_LISTED).to_list():
        reason = _reason(texts[index])
        faults.add(
            "not-a-number",
            reason,
            file=cells.file,
            row=cells.row(index),
            column=column,
            expected=what,
            mend=DECIMAL_MEND if "decimal comma" in reason else None,
        )
    if bad.len() > _LISTED:
        faults.add(
            "not-a-number", f"and {bad.len() - _LISTED} more cells like these", file=cells.file, column=column
        )
    return found.set(~found.is_finite().fill_null(True), None)


def _reason(text: str) -> str:
    """Why a cell is no number."""
    try:
        number(text)
    except ValueError as error:
        return str(error)
    return f"'{text}' is not a number"
