"""Columns of an engine's table, by what they mean or by the pattern of their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from kinescape.assays.phospho.reading.report_header import Report


@dataclass(frozen=True)
class ReportColumns:
    """The columns that a table has, by their meaning.

    Parameters
    ----------
    names : mapping of str to str
        Meaning to the column of the file.
    """

    names: Mapping[str, str]

    def __contains__(self, meaning: object) -> bool:
        """Whether the table has a column of that meaning."""
        return meaning in self.names

    def cell(self, meaning: str) -> pl.Expr:
        """The texts of a column; null throughout where the table has none of that meaning."""
        return pl.col(self.names[meaning]) if meaning in self.names else pl.lit(None, pl.String)


def report_columns(
    report: Report, wanted: Mapping[str, Sequence[str]], further: Mapping[str, Sequence[str]], engine: str
) -> ReportColumns:
    """Find the columns that a table must have, and those that it may have.

    Parameters
    ----------
    report : Report
        The opened file.
    wanted, further : mapping of str to sequence of str
        Meaning to the names it may have: of columns without which the table cannot be read, and of others.
    engine : str
        For the message.

    Raises
    ------
    InputError
        With every wanted column that is not there.
    """
    found = report.require(wanted, engine)
    found |= {
        meaning: column for meaning, names in further.items() if (column := report.find(*names)) is not None
    }
    return ReportColumns(found)


def columns_matching(report: Report, *patterns: str) -> dict[str, str]:
    """Columns that match the first pattern that any matches, each to the text of the pattern's group.

    Examples
    --------
    >>> from pathlib import Path
    >>> report = Report(Path("psm.tsv"), "psm.tsv", ("Channel 126", "Channel 127N", "Intensity"))
    >>> columns_matching(report, r"^Reporter (.+)$", r"^Channel (.+)$")
    {'Channel 126': '126', 'Channel 127N': '127N'}
    """
    for pattern in patterns:
        found = {column: match[1] for column in report.columns if (match := re.match(pattern, column))}
        if found:
            return found
    return {}
