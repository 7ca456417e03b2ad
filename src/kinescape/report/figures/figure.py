"""A figure is a chart with its caption and its data table; a table knows how its columns read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import altair as alt
import polars as pl

from kinescape.report import wording

_SAMPLED = 200
Kind = Literal["text", "number", "signed", "count", "percent", "plain", "probability", "reference"]


@dataclass(frozen=True)
class Column:
    """How one column of a table is headed and written.

    Parameters
    ----------
    name : str
        Column of the frame.
    heading : str
        What a reader sees on top, with the unit.
    kind : str
        `text`, `number`, `signed` (with plus), `count`, `plain` (as short as it goes),
        `percent` (of a fraction), `probability` or `reference`.
    """

    name: str
    heading: str
    kind: Kind = "text"

    @property
    def numeric(self) -> bool:
        """Whether the cells stand right-aligned."""
        return self.kind not in ("text", "reference")

    def written(self, value: Any) -> str:
        """One cell as text."""
        if wording.is_missing(value):
            return wording.MISSING
        if isinstance(value, list | tuple):
            return "; ".join(str(part) for part in value) or wording.MISSING
        match self.kind:
            case "number":
                return wording.number(value)
            case "signed":
                return wording.number(value, sign=True)
            case "plain":
                return f"{value:g}".replace("-", "−")
            case "count":
                return wording.count(value)
            case "percent":
                return wording.percent(value)
            case "probability":
                return wording.probability(value)
            case _:
                return str(value) or wording.MISSING


@dataclass(frozen=True)
class DataTable:
    """A table of the page: the first rows are shown, all of them go into the download.

    Parameters
    ----------
    key : str
        Unique in the page; letters, digits and hyphens.
    caption : str
        What one row is.
    columns : tuple of Column
        In order; only those that the frame has are kept.
    frame : polars.DataFrame
        The most important rows first.
    most : int
        How many rows the page writes out.
    most_bytes : int
        How large the download may be, about: rows beyond are left to the tables of the results folder.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    most: int = 200
    most_bytes: int = 300_000

    def __post_init__(self) -> None:
        kept = tuple(column for column in self.columns if column.name in self.frame.columns)
        object.__setattr__(self, "columns", kept)
        object.__setattr__(self, "frame", self.frame.select([column.name for column in kept]))

    @property
    def written(self) -> list[list[str]]:
        """The rows to show, as text."""
        rows = self.frame.head(self.most).rows()
        return [
            [column.written(cell) for column, cell in zip(self.columns, row, strict=True)] for row in rows
        ]

    @property
    def note(self) -> str:
        """What a reader must know of rows that are not shown; empty where all are."""
        rows = self.frame.height
        if rows <= self.most:
            return ""
        shown = f"The first {wording.count(self.most)} of {wording.count(rows)} rows"
        if self.downloaded == rows:
            return f"{shown}; the download holds all."
        return (
            f"{shown}; the download holds the first {wording.count(self.downloaded)}, the tables of the results "
            "folder hold all."
        )

    @cached_property
    def downloaded(self) -> int:
        """How many rows the download holds."""
        sample = self.frame.head(_SAMPLED).rows()
        if not sample:
            return 0
        each = len(json_for_page([[_plain(cell) for cell in row] for row in sample])) / len(sample)
        return min(self.frame.height, max(self.most, int(self.most_bytes / each)))

    @property
    def raw(self) -> dict[str, Any]:
        """The rows for the download: headings are the column names, numbers keep their digits."""
        return {
            "columns": [column.name for column in self.columns],
            "rows": [[_plain(cell) for cell in row] for row in self.frame.head(self.downloaded).rows()],
        }


@dataclass(frozen=True)
class Figure:
    """A chart with what a reader needs to judge it.

    Parameters
    ----------
    key : str
        Unique in the page; letters, digits and hyphens.
    title : str
        What the figure shows, as a short statement.
    caption : str
        How to read it, how many measurements it rests on, and how the numbers were made.
    description : str
        What a reader who cannot see it should know.
    chart : altair chart
        Without theme; see `kinescape.report.figures.theme`.
    table : DataTable
        The data it shows.
    """

    key: str
    title: str
    caption: str
    description: str
    chart: Any
    table: DataTable
    simulated: bool = field(default=False)

    def specification(self) -> dict[str, Any]:
        """The Vega-Lite specification, with its data inside, its title on top and no theme."""
        subtitle = ["SIMULATED data: made by a simulator, not measured"] if self.simulated else []
        title = alt.TitleParams(self.title, subtitle=subtitle, anchor="start")
        with alt.theme.enable("none"), alt.data_transformers.enable("default", max_rows=None):
            made = self.chart.properties(title=title).to_dict()
        made.pop("config", None)
        return dict(made)


def rows_for_chart(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers of a chart to five significant digits, NaN and infinities as null: small and valid JSON."""
    fixed = [
        pl.when(pl.col(name).is_finite()).then(pl.col(name).round_sig_figs(5)).otherwise(None).alias(name)
        for name, kind in frame.schema.items()
        if kind.is_float()
    ]
    return frame.with_columns(fixed)


def compact(specification: dict[str, Any]) -> dict[str, Any]:
    """Store the data of a specification by column names and rows: a third of the size."""
    packed = dict(specification)
    packed["datasets"] = {
        name: _packed(rows)
        for name, rows in specification.get("datasets", {}).items()
        if isinstance(rows, list)
    }
    return packed


def json_for_page(value: Any) -> str:
    """JSON that cannot end the element it stands in, whatever the names in it are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _packed(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    listed = list(rows)
    columns = list(dict.fromkeys(name for row in listed for name in row))
    return {"columns": columns, "rows": [[row.get(name) for name in columns] for row in listed]}


def _plain(cell: Any) -> Any:
    if wording.is_missing(cell):
        return None
    if isinstance(cell, list | tuple):
        return "; ".join(str(part) for part in cell)
    if isinstance(cell, bool | int | str):
        return cell
    if isinstance(cell, float):
        return float(f"{cell:.6g}") if abs(cell) != float("inf") else str(cell)
    return str(cell)
