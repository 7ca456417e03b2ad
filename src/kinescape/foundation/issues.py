"""Faults of an input: collected while reading, then told together.

A reader never stops at the first fault. It adds every fault to a `Faults`, goes on as far as it can, and
raises once at the end, so that a user mends a file in one sitting.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong, or worth knowing, with an input.

    Parameters
    ----------
    code : str
        Short stable name for machines, such as ``unit-missing``.
    found : str
        What was found, as a sentence without the place.
    file : str or None
        The file as the user named it.
    row : int or None
        Line as the user's editor or spreadsheet shows it: the header is row 1.
    column : str or None
        Column as the file's header names it.
    expected : str or None
        What would have been right.
    mend : str or None
        What the user can do.
    severity : {"error", "warning", "note"}
        Errors stop the run, warnings and notes are carried into the report.
    """

    code: str
    found: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    expected: str | None = None
    mend: str | None = None
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """File, row and column in words; empty where nothing is known."""
        parts = []
        if self.file:
            parts.append(str(self.file))
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column '{self.column}'")
        return ", ".join(parts)

    @property
    def text(self) -> str:
        """The whole fault on one line."""
        pieces = [f"{self.place}: {self.found}" if self.place else self.found]
        if self.expected:
            pieces.append(f"expected {self.expected}")
        if self.mend:
            pieces.append(self.mend)
        told = "; ".join(piece.rstrip(".;") for piece in pieces)
        return told if told.endswith("?") else f"{told}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)


class Faults:
    """A growing list of faults of one input; speaks once, at the end."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: list[Fault] = list(faults)

    def add(
        self,
        code: str,
        found: str,
        *,
        file: str | Path | None = None,
        row: int | None = None,
        column: str | None = None,
        expected: str | None = None,
        mend: str | None = None,
        severity: Severity = "error",
    ) -> None:
        """Note one fault; see `Fault` for the meaning of each part."""
        name = None if file is None else str(file)
        self._faults.append(Fault(code, found, name, row, column, expected, mend, severity))

    def extend(self, faults: Iterable[Fault]) -> None:
        """Take over the faults of a part."""
        self._faults.extend(faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def _of(self, severity: Severity) -> tuple[Fault, ...]:
        return tuple(fault for fault in self._faults if fault.severity == severity)

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that stop a run."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults that a reader of the report must know."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What was decided on the way."""
        return self._of("note")

    def raise_if_errors(self) -> None:
        """Raise `InputError` with all the errors, if there are any."""
        from kinescape.foundation.errors import InputError

        if self.errors:
            raise InputError(self.errors)


def nearest(word: str, choices: Iterable[str], n: int = 3) -> list[str]:
    """The known spellings nearest to an unknown word, best first; case, dashes and spaces do not count.

    Parameters
    ----------
    word : str
        What the user wrote.
    choices : iterable of str
        What is known.
    n : int
        How many at most.

    Examples
    --------
    >>> nearest("gefitnib", ["erlotinib", "gefitinib"], n=1)
    ['gefitinib']
    """

    def folded(text: str) -> str:
        return "".join(character for character in text.lower() if character.isalnum())

    by_folded: dict[str, str] = {}
    for choice in choices:
        by_folded.setdefault(folded(choice), choice)
    found = difflib.get_close_matches(folded(word), list(by_folded), n=n, cutoff=0.6)
    return [by_folded[name] for name in found]
