"""Gene symbols that a spreadsheet turned into dates, and symbols that were changed because of it.

`SEPT1` became `1-Sep`, `MARCH1` became `1-Mar`, `DEC1` became `1-Dec`, or the number of that day (44075). A
September can only have been a septin; a March from the third on a MARCH gene, but `1-Mar` and `2-Mar` were
either MARCH1 or MARC1, and nothing in the cell tells which.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FIRST = re.compile(r"^(\d{1,2})[-./ ]([A-Za-z]{3})[a-z]*(?:[-./ ]\d{2,4})?$")
_MONTH_FIRST = re.compile(r"^([A-Za-z]{3})[-./ ](\d{1,2})(?:[-./ ]\d{2,4})?$")
_ISO = re.compile(r"^\d{4}-(\d\d)-(\d\d)(?:[T ].*)?$")
_SERIAL = re.compile(r"^[34]\d{4}(?:\.0)?$")
_OLD = re.compile(r"^(?:(SEPT|Sept)|(MARCH|March)|(MARC|Marc)|(DEC1|Dec1)$)(\d{1,2})?$")
_SERIAL_ORIGIN = date(1899, 12, 30)


def looks_like_date(symbol: str) -> bool:
    """Whether a symbol is a date, or the number of a day.

    Examples
    --------
    >>> [looks_like_date(symbol) for symbol in ("1-Sep", "44075", "2020-09-01", "SEPTIN1")]
    [True, True, True, False]
    """
    return _day_and_month(symbol.strip()) is not None


def mended_symbol(symbol: str) -> str | None:
    """Today's symbol for a date or for an old name that spreadsheets turn into one; None where it is not certain.

    Examples
    --------
    >>> mended_symbol("2-Sep"), mended_symbol("44075"), mended_symbol("MARCH1"), mended_symbol("1-Mar")
    ('SEPTIN2', 'SEPTIN1', 'MARCHF1', None)
    """
    symbol = symbol.strip()
    if old := _OLD.match(symbol):
        upper = symbol[1].isupper()
        stem = "SEPTIN" if old[1] else "MARCHF" if old[2] else "MTARC" if old[3] else "DELEC1"
        mended = stem if old[4] else f"{stem}{old[5] or ''}"
        if not old[4] and not old[5]:
            return symbol
        return mended if upper else mended.capitalize()
    found = _day_and_month(symbol)
    if found is None:
        return symbol
    day, month = found
    if month == 9 and 1 <= day <= 12:
        return f"SEPTIN{day}"
    if month == 9 and day == 14:
        return "SEPTIN14"
    if month == 3 and 3 <= day <= 11:
        return f"MARCHF{day}"
    if month == 12 and day == 1:
        return "DELEC1"
    return None


def _day_and_month(symbol: str) -> tuple[int, int] | None:
    if found := _DAY_FIRST.match(symbol):
        day, month = int(found[1]), found[2].casefold()
    elif found := _MONTH_FIRST.match(symbol):
        day, month = int(found[2]), found[1].casefold()
    elif found := _ISO.match(symbol):
        return int(found[2]), int(found[1])
    elif _SERIAL.match(symbol):
        when = _SERIAL_ORIGIN + timedelta(days=int(symbol[:5]))
        return when.day, when.month
    else:
        return None
    return (day, _MONTHS.index(month) + 1) if month in _MONTHS else None
