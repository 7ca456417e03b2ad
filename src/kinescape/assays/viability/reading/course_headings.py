"""Headings of time courses as conditions: `Control`, `Erl 37 nM + Taxol 1 nM`, `U0126 3.13`, or bare doses."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinescape.assays.viability.reading.dose_columns import folded
from kinescape.foundation.issues import Faults
from kinescape.foundation.units import Quantity
from kinescape.measurements.conditions import Condition

_CONTROL = ("control", "dmso", "untreated", "vehicle", "ctrl")


def is_bare(text: str) -> bool:
    """Whether a heading is a number alone."""
    return re.fullmatch(r"[0-9.]+(e[+-]?\d+)?", text, re.IGNORECASE) is not None


def tell_bare(heading: list[str], row: int, file: str, faults: Faults) -> None:
    """Add a fault where headings are doses alone, and nothing says of which drug, in what unit.

    Parameters
    ----------
    heading : list of str
        All the headings.
    row : int
        Their row in the file.
    file : str
        For the message.
    faults : Faults
        Takes it.
    """
    bare = [text for text in heading if is_bare(text)]
    if bare:
        faults.add(
            "unit-missing",
            f"the heading '{bare[-1]}' is a dose alone"
            + (f", as {len(bare) - 1} more are" if len(bare) > 1 else "")
            + ": of which drug, and in what unit?",
            file=file,
            row=row,
            column=bare[-1],
            expected="Control, or a drug with its dose: erlotinib 37 nM",
            mend='give agent = "erlotinib" and unit = "nM" (dose_unit in a study)',
        )


def _parts(text: str) -> list[tuple[str, str]]:
    """Names and bare numbers of a heading: `Dox 12.5, R 1`; empty where a part is something else."""
    matches = [
        re.fullmatch(r"(\S.*?)\s+([0-9]*\.?[0-9]+(?:[eE][+-]?\d+)?)", part.strip())
        for part in re.split(r",\s+|\s\+\s", text)
    ]
    return [(match[1], match[2]) for match in matches if match] if all(matches) else []


def _first(heading: list[str], series: set[str]) -> str:
    return next(text for text in heading if text in series)


def unitless_headings(
    heading: list[str], row: int, file: str, unit: str | None, faults: Faults
) -> dict[str, str]:
    """Headings of a name and a bare number, `U0126 3.13`, where one name stands with several numbers.

    Parameters
    ----------
    heading, row, file, faults
        As for `tell_bare`.
    unit : str or None
        Of these doses; a fault is added where nothing says it.

    Returns
    -------
    dict of str to str
        Heading to the condition that it means: `Dox 12.5, R 1` to `Dox 12.5 uM + R 1 uM`.
    """
    found = {text: parts for text in heading if (parts := _parts(text))}
    singles = {text: parts[0][0] for text, parts in found.items() if len(parts) == 1}
    names = list(singles.values())
    series = {text for text, name in singles.items() if names.count(name) > 1}
    known = {singles[text] for text in series}
    # A name that is read with doses has doses elsewhere too, and so have its partners in a mixture.
    series |= {
        text for text, parts in found.items() if len(parts) > 1 and any(name in known for name, _ in parts)
    }
    partners = {name for text in series for name, _ in found[text]}
    series |= {text for text, name in singles.items() if name in partners}
    if series and unit is None:
        faults.add(
            "unit-missing",
            f"{len(series)} headings give a dose without a unit, such as '{_first(heading, series)}'",
            file=file,
            row=row,
            column=_first(heading, series),
            mend=f'give unit = "uM" (dose_unit in a study), or write {_first(heading, series)} uM',
        )
    return {
        text: " + ".join(f"{name} {dose} {unit}" for name, dose in found[text])
        for text in heading
        if text in series
    }


def condition_of(
    text: str,
    agent: str | None,
    unit: str | None,
    aliases: Mapping[str, str],
    file: str,
    row: int,
    faults: Faults,
) -> str | None:
    """Canonical condition of a heading; None where it is none, and a fault says why.

    Parameters
    ----------
    text : str
        The heading.
    agent, unit : str or None
        Of a bare dose.
    aliases : mapping of str to str
        Names in the headings to names of agents.
    file, row, faults
        For the message.
    """
    if folded(text) in _CONTROL:
        return "control"
    bare = is_bare(text)
    try:
        if bare:
            return (
                "control"
                if float(text) == 0
                else Condition.parse(f"{agent} {Quantity(float(text), unit or '').text}").text
            )
        parts = []
        for part in text.split(" + "):
            zero = re.fullmatch(r"(.+?)\s+0(\.0+)?\s*\S+", part.strip())
            if zero:
                continue
            spelled = part.strip()
            for short, full in aliases.items():
                if spelled.startswith(short + " "):
                    spelled = full + spelled[len(short) :]
            parts.append(spelled)
        return Condition.parse(" + ".join(parts)).text if parts else "control"
    except ValueError as error:
        faults.add(
            "condition",
            f"'{text}': {error}",
            file=file,
            row=row,
            column=text,
            expected="Control, or a drug with its dose: erlotinib 37 nM",
        )
        return None
