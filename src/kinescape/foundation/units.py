"""Amounts with units: one spelling each, never guessed.

Amounts are kept in an engineering range (1 to 1000 of the unit) by decimal arithmetic, so that `0.3 uM`,
`0.3 µM` and `300 nM` are one amount, and reading what was written gives the same amount again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# Families of units: each spelling's factor to the first unit of its family.
_FAMILIES: dict[str, dict[str, Decimal]] = {
    "molar": {
        "M": Decimal(1),
        "mM": Decimal("1e-3"),
        "uM": Decimal("1e-6"),
        "nM": Decimal("1e-9"),
        "pM": Decimal("1e-12"),
        "fM": Decimal("1e-15"),
    },
    "mass": {
        "mg/mL": Decimal(1),
        "ug/mL": Decimal("1e-3"),
        "ng/mL": Decimal("1e-6"),
        "pg/mL": Decimal("1e-9"),
    },
    "activity": {"U/mL": Decimal(1)},
    "radiation": {"Gy": Decimal(1)},
    "percent": {"%": Decimal(1)},
}
_FAMILY_OF = {unit: family for family, units in _FAMILIES.items() for unit in units}
UNITS = tuple(_FAMILY_OF)
"""Every unit in its one canonical spelling."""

_SPELLINGS = {
    "µM": "uM",
    "μM": "uM",
    "umol/L": "uM",
    "µmol/L": "uM",
    "nmol/L": "nM",
    "mmol/L": "mM",
    "mol/L": "M",
    "g/L": "mg/mL",
    "mg/L": "ug/mL",
    "ug/L": "ng/mL",
    "ng/L": "pg/mL",
    "µg/mL": "ug/mL",
    "μg/mL": "ug/mL",
    "IU/mL": "U/mL",
}
_LOWER = {**{unit.lower(): unit for unit in UNITS if unit not in {"M", "mM"}}, "g/l": "mg/mL"}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
_QUANTITY = re.compile(rf"^\s*([+-]?(?:{_NUMBER}))\s*(\S.*?)?\s*$")
_SIGNIFICANT = 12


@dataclass(frozen=True, order=True)
class Quantity:
    """An amount with its unit, canonical: `Quantity(300.0, "nM")`.

    Parameters
    ----------
    amount : float
        Positive, finite.
    unit : str
        One of `UNITS`.

    Raises
    ------
    ValueError
        Where the amount is not positive and finite or the unit is unknown.

    Examples
    --------
    >>> Quantity(0.3, "uM").text
    '300 nM'
    """

    amount: float
    unit: str

    def __post_init__(self) -> None:
        unit = canonical_unit(self.unit)
        amount = Decimal(repr(float(self.amount)))
        if not amount.is_finite() or amount <= 0:
            raise ValueError(f"an amount must be positive and finite, not {self.amount}")
        value, unit = _engineering(amount, unit)
        object.__setattr__(self, "amount", value)
        object.__setattr__(self, "unit", unit)

    @property
    def text(self) -> str:
        """Canonical text, such as `300 nM`."""
        return f"{_plain(self.amount)} {self.unit}"

    @property
    def molar(self) -> float | None:
        """Amount in mol/L; None where the unit is not molar."""
        factor = _FAMILIES["molar"].get(self.unit)
        return None if factor is None else float(Decimal(repr(self.amount)) * factor)

    @property
    def family(self) -> str:
        """The kind of unit: `molar`, `mass`, `activity`, `radiation` or `percent`."""
        return _FAMILY_OF[self.unit]

    @property
    def in_family_units(self) -> float:
        """Amount in the first unit of its family (M, mg/mL, U/mL, Gy, %), to compare doses."""
        return float(Decimal(repr(self.amount)) * _FAMILIES[self.family][self.unit])


def canonical_unit(text: str) -> str:
    """The one spelling of a unit.

    Raises
    ------
    ValueError
        Where the unit is not a concentration, activity, percentage or radiation dose.

    Examples
    --------
    >>> canonical_unit("µM")
    'uM'
    """
    name = text.strip()
    if name in _FAMILY_OF:
        return name
    if name in _SPELLINGS:
        return _SPELLINGS[name]
    folded = name.replace("µ", "u").replace("μ", "u")
    if folded in _FAMILY_OF:
        return folded
    known = _LOWER.get(folded.lower())
    if known is not None:
        return known
    if folded in {"mg", "ug", "ng", "g", "mol", "nmol", "umol"}:
        raise ValueError(
            f"'{name}' is an amount, not a concentration; write a concentration such as uM or ng/mL"
        )
    raise ValueError(f"unknown unit '{name}'; known units are {', '.join(UNITS)}")


def parse_quantity(text: str) -> Quantity:
    """Read an amount with its unit.

    Raises
    ------
    ValueError
        With a sentence saying what is wrong: no unit, unknown unit, decimal comma, not positive.

    Examples
    --------
    >>> parse_quantity("0.3 µM")
    Quantity(amount=300.0, unit='nM')
    """
    match = _QUANTITY.match(text)
    if match is None:
        if re.match(r"^\s*[0-9]+,[0-9]+", text):
            raise ValueError(f"'{text.strip()}' has a decimal comma; write a decimal point")
        raise ValueError(f"'{text.strip()}' is not an amount with a unit, such as 1 uM or 50 ng/mL")
    number, unit = match.groups()
    if unit is None:
        raise ValueError(f"'{text.strip()}' has no unit; write one, such as {text.strip()} uM")
    if unit.startswith(","):
        raise ValueError(f"'{text.strip()}' has a decimal comma; write a decimal point")
    name = canonical_unit(unit)
    try:
        amount = Decimal(number)
    except InvalidOperation:  # pragma: no cover - the pattern admits only decimal numbers
        raise ValueError(f"'{number}' is not a number") from None
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"an amount must be positive, not {number}; zero dose is the control")
    value = float(amount)
    if value == 0 or value in (float("inf"),):
        raise ValueError(f"an amount must be positive and finite, not {number}")
    return Quantity(value, name)


def _engineering(amount: Decimal, unit: str) -> tuple[float, str]:
    """Move an amount to the unit of its family in which it lies between 1 and 1000."""
    family = _FAMILIES[_FAMILY_OF[unit]]
    base = amount * family[unit]
    ordered = sorted(family.items(), key=lambda item: item[1])
    chosen = ordered[0]
    for name, factor in ordered:
        # The rounded number decides, so that 999.9999999999999 nM and 1 uM are not two spellings.
        if _rounded(base / factor) >= 1:
            chosen = (name, factor)
    return float(_rounded(base / chosen[1])), chosen[0]


def _rounded(value: Decimal) -> Decimal:
    return Decimal(f"{value:.{_SIGNIFICANT - 1}e}")


def _plain(amount: float) -> str:
    """A number without exponent or trailing zeros where it is of everyday size."""
    text = f"{Decimal(repr(amount)):f}"
    if len(text) > 20:
        return repr(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text
