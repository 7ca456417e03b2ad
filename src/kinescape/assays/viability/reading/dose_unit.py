"""Units of doses: molar ones and those that are not (ng/mL, U/mL, Gy, %), each in the base unit of its family."""

from __future__ import annotations

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.units import UNITS, Quantity

BASE_UNITS = {"molar": "M", "mass": "mg/mL", "activity": "U/mL", "radiation": "Gy", "percent": "%"}
"""Families of units to the one in which their doses are kept."""


def base_unit(unit: str, file: str, column: str | None, row: int | None = None) -> tuple[float, str]:
    """What one unit is in the base unit of its family, and that base unit.

    Parameters
    ----------
    unit : str
        As the file spells it.
    file, column, row
        For the message.

    Raises
    ------
    InputError
        Where the unit is unknown.

    Examples
    --------
    >>> base_unit("nM", "x.csv", None), base_unit("Gy", "x.csv", None)
    ((1e-09, 'M'), (1.0, 'Gy'))
    """
    try:
        one = Quantity(1.0, unit)
    except ValueError as error:
        raise InputError(
            Fault(
                "unknown-unit",
                str(error),
                file=file,
                row=row,
                column=column,
                expected=f"one of {', '.join(UNITS)}",
            )
        ) from None
    return one.in_family_units, BASE_UNITS[one.family]


def dose_text(amount: float, unit: str | None) -> str:
    """A dose in its base unit with three digits in everyday units.

    Examples
    --------
    >>> dose_text(3.217e-9, "M"), dose_text(2e-6, "mg/mL"), dose_text(2.0, "Gy")
    ('3.22 nM', '2 ng/mL', '2 Gy')
    """
    return Quantity(float(f"{amount:.3g}"), unit or "M").text


def interval_text(
    low: float | None, high: float | None, unit: str | None, *, tested: tuple[float | None, float | None]
) -> str:
    """An interval of a dose in words; an end beyond ten times the tested doses is told as open.

    Examples
    --------
    >>> interval_text(1e-9, 3e-9, "M", tested=(1e-10, 1e-6)), interval_text(3e-7, None, "M", tested=(1e-10, 1e-6))
    ('1 to 3 nM', 'above 300 nM')
    >>> interval_text(2e-3, None, "M", tested=(1e-10, 1e-6))
    'above 1 uM'
    """
    bottom, top = (None if end is None or not 0 < end < float("inf") else end for end in (low, high))
    first, last = tested
    if first is not None and last is not None:
        # What a curve says far beyond its doses is extrapolation: the tested dose is what is known.
        if bottom is not None and bottom < first / 10:
            bottom = None
        if top is not None and top > last * 10:
            top = None
        bottom = last if bottom is not None and bottom > last * 10 else bottom
        top = first if top is not None and top < first / 10 else top
    if bottom is not None and top is not None:
        one, other = dose_text(bottom, unit), dose_text(top, unit)
        same = one.split(" ")[-1] == other.split(" ")[-1]
        return f"{one.split(' ')[0] if same else one} to {other}"
    if bottom is not None:
        return f"above {dose_text(bottom, unit)}"
    return f"below {dose_text(top, unit)}" if top is not None else ""
