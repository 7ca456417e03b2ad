"""Doses that a spreadsheet turned into dates: 1-10 becomes 01-Oct, or 01.Okt where the spreadsheet speaks German."""

from __future__ import annotations

from kinescape.assays.cells import Cells
from kinescape.foundation.issues import Faults

_MONTHS = "jan|feb|fév|mar|mär|mrz|apr|avr|may|mai|jun|jui|jul|aug|aoû|sep|oct|okt|nov|dec|dez|déc"
DATE = (
    rf"(?i)^\d{{4}}-\d\d-\d\d|^\d{{1,2}}[-./ ]\s*(?:{_MONTHS})|^(?:{_MONTHS})\w*[-./ ]\s*\d"
    r"|^\d{1,2}[./]\d{1,2}[./](?:\d{2}){1,2}$"
)
"""Dates as spreadsheets write them in English, German and French."""


def tell_dates(cells: Cells, column: str, faults: Faults) -> bool:
    """Whether a column of doses holds dates; if so it is told, in one message.

    Parameters
    ----------
    cells : Cells
        The table.
    column : str
        Of doses.
    faults : Faults
        Takes the error.

    Examples
    --------
    >>> import polars as pl
    >>> faults = Faults()
    >>> tell_dates(Cells(pl.DataFrame({"dose": ["0.1", "01.Okt"]}), "doses.csv", 2), "dose", faults)
    True
    >>> faults.errors[0].found
    "1 dose is a date, '01.Okt': the spreadsheet turned it into one"
    """
    texts = cells.frame[column]
    dates = texts.str.contains(DATE).fill_null(False)
    amount = int(dates.sum())
    if not amount:
        return False
    first = int(dates.arg_max() or 0)
    faults.add(
        "date-for-dose",
        f"1 dose is a date, '{texts[first]}': the spreadsheet turned it into one"
        if amount == 1
        else f"{amount} doses are dates, such as '{texts[first]}': the spreadsheet turned them into dates",
        file=cells.file,
        row=cells.row(first),
        column=column,
        mend="format the column as text and enter the doses again",
    )
    return True
