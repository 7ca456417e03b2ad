"""Numbers as a reader wants them: few digits, a true minus sign, a dash where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

MISSING = "–"
"""What a reader sees where there is no number."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_missing(value: Any) -> bool:
    """Whether a cell holds no value: null or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: float | None, *, sign: bool = False, digits: int = 3, places: int | None = None) -> str:
    """A number with about three significant digits.

    Parameters
    ----------
    value : float or None
        None and NaN give a dash.
    sign : bool
        Write a plus sign before positive numbers.
    digits : int
        Significant digits of numbers between 0.1 and 10.
    places : int or None
        Decimal places, where numbers beside each other are to have the same.

    Examples
    --------
    >>> number(-0.4567), number(12.34), number(15300.0), number(None)
    ('−0.46', '12.3', '15,300', '–')
    """
    if is_missing(value):
        return MISSING
    amount = float(value)  # type: ignore[arg-type]
    if math.isinf(amount):
        return "∞" if amount > 0 else "−∞"
    size = abs(amount)
    if places is None:
        places = _places(size, digits)
    if places is not None:
        text = f"{size:,.{places}f}"
    elif size == 0:
        text = "0"
    else:
        mantissa, power = f"{size:.1e}".split("e")
        text = f"{mantissa} × 10{str(int(power)).translate(_SUPERSCRIPT)}"
    if amount < 0 and text.strip("0.,"):
        return "−" + text
    return "+" + text if sign and amount > 0 else text


def _places(size: float, digits: int = 3) -> int | None:
    """Decimal places that show a number of this size; None where a power of ten reads better."""
    if size < 1e-4:
        return None
    if size < 0.1:
        return 1 - math.floor(math.log10(size))
    return digits - 1 if size < 10 else max(0, digits - 2) if size < 100 else 0


def count(value: float | None) -> str:
    """A whole number with thousands apart.

    Examples
    --------
    >>> count(7200)
    '7,200'
    """
    return MISSING if is_missing(value) else f"{round(float(value)):,}"  # type: ignore[arg-type]


def percent(value: float | None) -> str:
    """A fraction as a percentage.

    Examples
    --------
    >>> percent(0.873)
    '87 %'
    """
    return MISSING if is_missing(value) else f"{100 * float(value):.0f} %"  # type: ignore[arg-type]


def probability(value: float | None) -> str:
    """A p-value or false discovery rate; tiny ones as a bound.

    Examples
    --------
    >>> probability(0.0000012), probability(0.034)
    ('< 0.001', '0.034')
    """
    if is_missing(value):
        return MISSING
    amount = float(value)  # type: ignore[arg-type]
    return "< 0.001" if amount < 0.001 else f"{amount:.3f}" if amount < 0.1 else f"{amount:.2f}"


def interval(low: float | None, high: float | None, *, sign: bool = False, digits: int = 3) -> str:
    """An interval in words that survive minus signs.

    Examples
    --------
    >>> interval(-1.0, 0.25)
    '−1.00 to 0.25'
    """
    if is_missing(low) or is_missing(high):
        return MISSING
    places = _shared_places(low, high, digits=digits)
    return f"{number(low, sign=sign, places=places)} to {number(high, sign=sign, places=places)}"


def estimate(
    value: float | None, low: float | None, high: float | None, *, sign: bool = False, digits: int = 3
) -> str:
    """A value with its interval; the value alone where there is none.

    Examples
    --------
    >>> estimate(0.5, 0.4, 0.6), estimate(0.5, None, None)
    ('0.50 (0.40 to 0.60)', '0.50 (no interval)')
    """
    if is_missing(value):
        return MISSING
    if is_missing(low) or is_missing(high):
        return f"{number(value, sign=sign, digits=digits)} (no interval)"
    places = _shared_places(value, low, high, digits=digits)
    middle, lower, upper = (number(part, sign=sign, places=places) for part in (value, low, high))
    return f"{middle} ({lower} to {upper})"


def with_error(value: float | None, error: float | None) -> str:
    """A signed value with its standard error.

    Examples
    --------
    >>> with_error(-0.108, 0.0073), with_error(0.2, None)
    ('−0.11 ± 0.01', '+0.20')
    """
    if is_missing(value) or is_missing(error):
        return number(value, sign=True)
    places = min(3, _shared_places(value, error) or 0)
    return f"{number(value, sign=True, places=places)} ± {number(error, places=places)}"


def _shared_places(*values: float | None, digits: int = 3) -> int | None:
    return _places(max(abs(float(value)) for value in values if value is not None), digits)


def sentence(text: str | None) -> str:
    """A text that ends with a full stop; empty where there is none.

    Examples
    --------
    >>> sentence("not measured")
    'not measured.'
    """
    words = (text or "").strip()
    return words if not words or words[-1] in ".!?" else words + "."


def listing(words: list[str] | tuple[str, ...], *, last: str = "and", most: int = 6) -> str:
    """Words joined as in a sentence, cut after `most`.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    shown = list(words[:most])
    left = len(words) - len(shown)
    if left:
        shown.append(f"{left} more")
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + f" {last} {shown[-1]}"


def replicates(amounts: Iterable[int | None]) -> str:
    """How many independent replicates, as a range.

    Examples
    --------
    >>> replicates([3, None, 2]), replicates([3, 3]), replicates([])
    ('n = 2 to 3', 'n = 3', 'n unknown')
    """
    known = [int(amount) for amount in amounts if amount is not None]
    if not known:
        return "n unknown"
    low, high = min(known), max(known)
    return f"n = {low}" if low == high else f"n = {low} to {high}"


def plural(amount: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Examples
    --------
    >>> plural(1, "drug"), plural(3, "drug")
    ('1 drug', '3 drugs')
    """
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"
