"""Names in the order of their times and doses: 5 min before 10 min before 1 h."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SIZES = {
    "s": 1 / 3600,
    "min": 1 / 60,
    "h": 1.0,
    "d": 24.0,
    "pm": 1e-3,
    "nm": 1.0,
    "um": 1e3,
    "µm": 1e3,
    "mm": 1e6,
}
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:\s?(s|min|h|d|pM|nM|uM|µM|mM)(?![A-Za-z]))?")


def natural_order(names: Iterable[str]) -> list[str]:
    """Names that differ by numbers alone in the order of the numbers, the others in the order in which they come.

    Times count by their length and concentrations by their amount, whatever unit they are written in.

    Parameters
    ----------
    names : iterable of str
        Of contrasts, for example.

    Returns
    -------
    list of str

    Examples
    --------
    >>> natural_order(["EGF at 1 h", "EGF at 10 min", "EGF at 5 min", "DMSO"])
    ['EGF at 5 min', 'EGF at 10 min', 'EGF at 1 h', 'DMSO']
    >>> natural_order(["drug 1 µM", "drug 30 nM"])
    ['drug 30 nM', 'drug 1 µM']
    """
    told = list(names)
    first: dict[str, int] = {}
    for name in told:
        first.setdefault(_NUMBER.sub("#", name), len(first))
    return sorted(told, key=lambda name: (first[_NUMBER.sub("#", name)], _amounts(name)))


def _amounts(name: str) -> tuple[float, ...]:
    return tuple(float(number) * _SIZES.get(unit.lower(), 1.0) for number, unit in _NUMBER.findall(name))
