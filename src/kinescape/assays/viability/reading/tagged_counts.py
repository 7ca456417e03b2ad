"""Counts in three tables: treated wells, untreated wells and wells at time zero, joined by tags as GR metrics has them.

A line of the data names its untreated wells by `ctrl_tag` and its wells at time zero by `time0_tag`. Several wells of
one tag are averaged over their middle half (a quarter is cut off at either end, rounded down), as GR metrics does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_columns import find_columns, folded
from kinescape.assays.viability.reading.middle_half import middle_half
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.opened_table import opened_table
from kinescape.assays.vocabulary import CONTROL_NAMES
from kinescape.foundation.issues import Faults

_CONTROL_TAGS = ("ctrl_tag", "control_tag")
_TIME_ZERO_TAGS = ("time0_tag", "time_zero_tag")
_OWN = ("agent", "dose", "unit", "second_agent", "second_dose", "second_unit", "response", "count", "replicate",
        "weight", "standard_error", "block")  # fmt: skip
_SHOWN = 5


@dataclass(frozen=True)
class _Beside:
    """One of the two tables beside the data."""

    path: Path
    meaning: str
    column: str
    tags: tuple[str, ...]
    wells: str


def with_tagged_counts(
    cells: Cells,
    found: Mapping[str, str],
    frame: pl.DataFrame,
    faults: Faults,
    *,
    controls: str | Path | None,
    time_zero: str | Path | None,
    decimal: str = ".",
) -> tuple[Cells, dict[str, str], str]:
    """The data with the counts of their untreated wells and of time zero in each line.

    Parameters
    ----------
    cells : Cells
        The data, with the columns `ctrl_tag` and `time0_tag` as far as the tables are given.
    found : mapping of str to str
        Meanings to names.
    frame : polars.DataFrame
        row, agent, dose of every line.
    faults : Faults
        Takes tags that are missing, or that join a line to wells of another sample, time or condition.
    controls, time_zero : path, optional
        Tables of `ctrl_tag`, `cell_count`, and of `time0_tag`, `cell_count`.
    decimal : {".", ","}
        How decimals are written in all three.

    Returns
    -------
    cells : Cells
        With two more columns of numbers.
    found : dict of str to str
        With `control` and `time_zero`.
    stated : str
        How many wells and tags there were.

    Raises
    ------
    InputError
        Where a table cannot be read.
    """
    sides = [
        _Beside(Path(path), meaning, column, tags, wells)
        for path, meaning, column, tags, wells in (
            (controls, "control", "cell_count__ctrl", _CONTROL_TAGS, "untreated wells"),
            (time_zero, "time_zero", "cell_count__time0", _TIME_ZERO_TAGS, "wells at time zero"),
        )
        if path is not None
    ]
    named = dict(found)
    stated = []
    for side in sides:
        if _refused(side, cells, found, sides, faults):
            continue
        joined = _joined(side, cells, found, frame, faults, decimal)
        if joined is None:
            continue
        counts, words = joined
        cells = Cells(cells.frame.with_columns(counts.alias(side.column)), cells.file, cells.first_row)
        named[side.meaning] = side.column
        stated.append(words)
    # The tags have done their work: they are no columns that tell curves apart.
    done = [name for name in cells.columns if any(folded(name) in map(folded, side.tags) for side in sides)]
    return Cells(cells.frame.drop(done), cells.file, cells.first_row), named, "; ".join(stated)


def _refused(
    side: _Beside, cells: Cells, found: Mapping[str, str], sides: list[_Beside], faults: Faults
) -> bool:
    """What is given twice, or can mean nothing."""
    before = len(faults)
    if side.meaning in found:
        faults.add(
            "two-ways",
            f"the {side.wells} are in the column '{found[side.meaning]}', and in {side.path.name} again",
            file=cells.file,
            column=found[side.meaning],
            mend="leave the table out, or the column",
        )
    if side.meaning == "time_zero" and len(sides) == 1 and "control" not in found:
        faults.add(
            "control-missing",
            "counts at time zero are given, and no table of untreated wells",
            file=cells.file,
            mend='give it too: controls = "control.tsv"',
        )
    if len(sides) > 1 and sides[0].path.resolve() == sides[1].path.resolve():
        faults.add(
            "two-ways",
            "the untreated wells and the wells at time zero are said to be in one file",
            file=side.path.name,
            mend="give each its own table, or put untreated lines and lines at time 0 into the data",
        )
    return len(faults) > before


def _joined(
    side: _Beside, cells: Cells, found: Mapping[str, str], frame: pl.DataFrame, faults: Faults, decimal: str
) -> tuple[pl.Series, str] | None:
    """The count of every line, and how it came about; None where a fault was added."""
    before = len(faults.errors)
    other = opened_table(side.path, side.path.name, decimal=decimal)
    meant = find_columns(other.columns, None, other.file)
    tag, own_tag = (_tag_column(side, table, faults) for table in (cells, other))
    if "count" not in meant:
        faults.add(
            "missing-column",
            "no column is known as the count",
            file=other.file,
            row=1,
            expected=f"a heading such as cell_count; there are {_named(other)}",
            mend="call it cell_count",
        )
    if tag is None or own_tag is None or "count" not in meant:
        return None
    _refuse_treated(side, other, meant, faults)
    wells = other.frame.select(pl.col(own_tag).alias("tag")).with_columns(
        number=number_column(other, meant["count"], faults),
        row=pl.int_range(other.first_row, other.first_row + pl.len()),
    )
    _refuse_counts(side, wells, other, meant["count"], faults)
    _refuse_untagged(side, cells.frame[tag], wells["tag"], frame, cells.file, tag, faults)
    for column, own in _shared(side, cells, found, other, meant).items():
        _refuse_another(side, cells, tag, column, other, own_tag, own, frame, faults)
    if len(faults.errors) > before:
        return None
    known = wells.filter(pl.col("tag").is_not_null() & pl.col("number").is_not_null())
    means = known.group_by("tag").agg(middle_half("number").alias("mean"))
    lines = cells.frame.select(pl.col(tag).alias("tag"))
    unused = means.join(lines, on="tag", how="anti").height
    if unused:
        faults.add(
            "tags-not-used",
            f"{unused} of {means.height} tags of {side.wells} are named by no line of {cells.file}",
            file=other.file,
            column=own_tag,
            severity="note",
        )
    counts = lines.join(means, on="tag", how="left", maintain_order="left")["mean"]
    many = (
        "each the mean of the middle half of its wells" if known.height > means.height else "one count each"
    )
    return counts, f"{side.wells} from {other.file} ({known.height} lines, {means.height} tags, {many})"


def _named(table: Cells) -> str:
    return ", ".join([name for name in table.columns if name][:12])


def _tag_column(side: _Beside, table: Cells, faults: Faults) -> str | None:
    wanted = {folded(name) for name in side.tags}
    column = next((name for name in table.columns if folded(name) in wanted), None)
    if column is None:
        faults.add(
            "missing-column",
            f"there is no column '{side.tags[0]}', which says whose {side.wells} are whose",
            file=table.file,
            row=1,
            expected=f"one of {', '.join(side.tags)}; there are {_named(table)}",
            mend="write the same tag beside a line and its wells, or give untreated lines in the data itself",
        )
    return column


def _refuse_treated(side: _Beside, other: Cells, meant: Mapping[str, str], faults: Faults) -> None:
    """Treated wells, or later ones: the wrong table was given."""
    controls = [name.replace(" ", "") for name in CONTROL_NAMES]
    wrong = []
    if "agent" in meant:
        names = other.frame[meant["agent"]]
        treated = ~names.str.to_lowercase().str.replace_all(r"[^a-z]", "").is_in(controls)
        wrong.append(("agent", (treated & names.is_not_null()).fill_null(False), names))
    for meaning in ("dose", *(["time"] if side.meaning == "time_zero" else [])):
        if meaning in meant:
            amounts = number_column(other, meant[meaning], faults)
            wrong.append((meaning, (amounts > 0).fill_null(False), other.frame[meant[meaning]]))
    for meaning, lines, texts in wrong:
        if lines.any():
            first = int(lines.arg_max() or 0)
            faults.add(
                "wrong-table",
                f"{int(lines.sum())} lines have the {meaning} '{texts[first]}' and the like: these are no {side.wells}",
                file=other.file,
                row=other.row(first),
                column=meant[meaning],
                mend=f"is this the table of {side.wells}? take out what is not",
            )


def _refuse_counts(side: _Beside, wells: pl.DataFrame, other: Cells, column: str, faults: Faults) -> None:
    low = wells.filter(pl.col("number") <= 0)
    if low.height:
        faults.add(
            "count-not-positive",
            f"{low.height} counts of {side.wells} are not above zero, the first is {low['number'][0]:g}",
            file=other.file,
            row=low["row"][0],
            column=column,
            mend="growth from no cells cannot be measured: correct or remove these wells",
        )
    lacking = wells.filter(pl.col("number").is_null() | pl.col("tag").is_null())
    if lacking.height and not faults.errors:
        faults.add(
            "missing-values",
            f"{lacking.height} of {wells.height} lines have no tag or no count and are left out",
            file=other.file,
            row=lacking["row"][0],
            severity="note",
        )


def _refuse_untagged(
    side: _Beside,
    tags: pl.Series,
    known: pl.Series,
    frame: pl.DataFrame,
    file: str,
    column: str,
    faults: Faults,
) -> None:
    """Treated lines whose tag is empty, or stands in no line of the other table."""
    lines = frame.select("row", treated=pl.col("agent").is_not_null() & (pl.col("dose") > 0)).with_columns(
        tag=tags
    )
    lines = lines.filter(pl.col("treated").fill_null(False))
    for lacking, what in (
        (lines.filter(pl.col("tag").is_null()), "have no tag"),
        (lines.filter(~pl.col("tag").is_in(known.drop_nulls().unique().implode())), "have a tag"),
    ):
        if not lacking.height:
            continue
        names = lacking["tag"].unique(maintain_order=True).drop_nulls().to_list()
        which = f" that {side.path.name} does not hold: {', '.join(names[:_SHOWN])}" if names else ""
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        faults.add(
            "control-missing",
            f"{lacking.height} lines {what}{which}{more}",
            file=file,
            row=lacking["row"][0],
            column=column,
            expected=f"the tag of their {side.wells}",
            mend="correct the tags, or add the wells",
        )


def _shared(
    side: _Beside, cells: Cells, found: Mapping[str, str], other: Cells, meant: Mapping[str, str]
) -> dict[str, str]:
    """Columns that both tables have, in which a line and its wells must agree."""
    meanings = ("sample", *(["time"] if side.meaning == "control" else []))
    shared = {found[meaning]: meant[meaning] for meaning in meanings if meaning in found and meaning in meant}
    apart = {table[meaning] for table in (found, meant) for meaning in (*_OWN, "time") if meaning in table}
    # Controls have a time zero of their own, the same as that of their lines; wells at time zero have no controls.
    tags = {folded(name) for name in (*side.tags, *(_CONTROL_TAGS if side.meaning == "time_zero" else ()))}
    for column in cells.columns:
        if column in other.columns and column and column not in apart and folded(column) not in tags:
            shared.setdefault(column, column)
    return shared


def _refuse_another(
    side: _Beside,
    cells: Cells,
    tag: str,
    column: str,
    other: Cells,
    own_tag: str,
    own: str,
    frame: pl.DataFrame,
    faults: Faults,
) -> None:
    """Wells of another sample, time or condition than the line that names them; or of two under one tag."""
    there = other.frame.select(tag=own_tag, value=own).drop_nulls("tag").with_columns(_plain("value"))
    mixed = there.group_by("tag", maintain_order=True).agg(pl.col("value").unique(maintain_order=True))
    several = mixed.filter(pl.col("value").list.len() > 1)
    if several.height:
        values = ", ".join(map(str, several["value"][0].to_list()[:3]))
        more = f" (and {several.height - 1} more tags)" if several.height > 1 else ""
        faults.add(
            "mixed-wells",
            f"the tag '{several['tag'][0]}' is on {side.wells} of different {own} ({values}){more}",
            file=other.file,
            column=own,
            mend="give each its own tag",
        )
        return
    here = cells.frame.select(tag=tag, value=column).with_columns(_plain("value"), row=frame["row"])
    lines = here.join(mixed.with_columns(there=pl.col("value").list.first()).drop("value"), on="tag")
    wrong = lines.filter((pl.col("value") != pl.col("there")).fill_null(False)).sort("row")
    if wrong.height:
        first = wrong.row(0, named=True)
        faults.add(
            "wrong-wells",
            f"{wrong.height} lines are joined to {side.wells} of another {column}: the tag '{first['tag']}' stands "
            f"beside '{first['value']}' here and beside '{first['there']}' in {other.file}",
            file=cells.file,
            row=first["row"],
            column=column,
            mend="correct the tags",
        )


def _plain(column: str) -> pl.Expr:
    """Texts, with numbers in one spelling: 48 and 48.0 are one time."""
    numbers = pl.col(column).cast(pl.Float64, strict=False)
    return pl.coalesce(numbers.cast(pl.String), pl.col(column)).alias(column)
