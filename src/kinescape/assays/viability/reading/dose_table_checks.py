"""What a long dose table may hide: empty cells, repeated and copied lines, columns that split curves; and weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.foundation.issues import Faults

_SPLITS = 0.9
_MOST_VALUES = 12
_PLACE = r"row|column|(^|[^a-z])col([^a-z]|$)|well|position|location|replicate|(^|[^a-z])rep([^a-z]|$)"


def read_weights(cells: Cells, found: Mapping[str, str], faults: Faults) -> pl.Series:
    """Weight of every line: as the column says, or from its standard error; one without either.

    Parameters
    ----------
    cells : Cells
        The table.
    found : mapping of str to str
        Meanings to names; `weight` or `standard_error`.
    faults : Faults
        Takes weights below zero and standard errors that are not above it.
    """
    ones = pl.repeat(1.0, cells.frame.height, dtype=pl.Float64, eager=True)
    meaning = next((one for one in ("weight", "standard_error") if one in found), None)
    if meaning is None:
        return ones
    column = found[meaning]
    values = number_column(cells, column, faults)
    bad = ((values < 0) if meaning == "weight" else (values <= 0)).fill_null(False)
    if bad.any():
        first = int(bad.arg_max() or 0)
        faults.add(
            "weight",
            f"{int(bad.sum())} cells of '{column}' are {'below zero' if meaning == 'weight' else 'not above zero'}",
            file=cells.file,
            row=cells.row(first),
            column=column,
            mend="correct them, or take the column out: all lines then count alike",
        )
        return ones
    weight = values if meaning == "weight" else 1.0 / values**2
    middle = weight.mean()
    faults.add(
        "weighted",
        f"lines are weighted by '{column}'{'' if meaning == 'weight' else ', as 1 / its square'}; "
        f"{weight.null_count()} lines without one count as a typical line",
        file=cells.file,
        severity="note",
    )
    if not isinstance(middle, float) or not middle > 0:
        return ones
    return (weight / middle).fill_null(1.0)


def tell_lines(
    cells: Cells, found: Mapping[str, str], frame: pl.DataFrame, by: Sequence[str], faults: Faults
) -> None:
    """Missing cells, lines that stand twice, and columns that are not read although they tell curves apart.

    Parameters
    ----------
    cells : Cells
        The table.
    found : mapping of str to str
        Meanings to names.
    frame : polars.DataFrame
        row, sample, agent, time_h, dose, replicate, response.
    by : sequence of str
        Columns that the user names to tell curves apart.
    faults : Faults
        Takes notes and warnings.
    """
    file = cells.file
    treated = frame.filter(pl.col("agent").is_not_null())
    for column in ("dose", "response"):
        missing = treated.filter(pl.col(column).is_null())
        if missing.height and not faults.errors:
            faults.add(
                "missing-values",
                f"{missing.height} of {frame.height} lines have no {column} and are left out",
                file=file,
                row=missing["row"][0],
                severity="note",
            )
    named = [*(["block"] if "block" in found else []), "sample", "agent", "time_h", "dose", "replicate"]
    lines = treated.filter(pl.col("dose") > 0)
    if "block" in found:
        blocks = cells.frame[found["block"]]
        lines = lines.with_columns(block=blocks.gather(lines["row"] - cells.first_row))
    nameless = frame.filter(pl.col("agent").is_null() & pl.col("dose").is_null())
    if nameless.height:
        faults.add(
            "missing-values",
            f"{nameless.height} of {frame.height} lines name neither a drug nor a dose and are left out",
            file=file,
            row=nameless["row"][0],
            severity="note",
        )
    drugless = frame.filter(pl.col("agent").is_null() & (pl.col("dose") > 0))
    if drugless.height and "second_agent" not in found:
        faults.add(
            "agent-missing",
            f"{drugless.height} of {frame.height} lines have a dose and name no drug; they are left out",
            file=file,
            row=drugless["row"][0],
            column=found["agent"],
            mend="write the drug in each line",
            severity="warning",
        )
    # Most lines stand once: only those whose names have the same short number as others' are compared by name.
    again = lines.filter(lines.select(named).hash_rows().is_duplicated())
    response = pl.col("response")
    one_value = (response.min() == response.max()) & (response.null_count() == 0)
    twice = (
        again.group_by(named, maintain_order=True)
        .agg(
            pl.len(),
            pl.col("row"),
            (one_value.fill_null(False) | (response.null_count() == pl.len())).alias("copied"),
        )
        .filter(pl.col("len") > 1)
    )
    if twice.is_empty():
        return
    split = _splitting(cells, found, twice, by)
    for column, values in split:
        faults.add(
            "column-not-read",
            f"lines of one sample, drug, time and dose differ in the column '{column}' ({', '.join(values)}), which is "
            "not read: they are fitted as one curve",
            file=file,
            row=1,
            column=column,
            mend=f'give by = ["{column}"] if they are curves of their own',
            severity="warning",
        )
    copies = twice.filter("copied")
    if copies.height > 0.5 * twice.height and not split:
        faults.add(
            "copied-lines",
            f"{copies.height} doses stand more than once with the same response to the last digit: copies are no "
            "repeats, and make intervals too narrow",
            file=file,
            row=copies["row"][0][-1],
            mend="keep each line once",
            severity="warning",
        )
    if "replicate" in found and not split:
        faults.add(
            "repeated-wells",
            f"{twice.height} doses stand more than once in one replicate; these count as wells of it",
            file=file,
            row=twice["row"][0][-1],
            severity="note",
        )


def _splitting(
    cells: Cells, found: Mapping[str, str], twice: pl.DataFrame, by: Sequence[str]
) -> list[tuple[str, list[str]]]:
    """Columns of a few values, not read, that differ within nearly all repeated lines."""
    groups = twice["row"].to_list()[:500]
    kept = []
    for column in cells.columns:
        if column in found.values() or column in by or re.search(_PLACE, column.lower()):
            continue
        values = cells.frame[column].drop_nulls().unique(maintain_order=True)
        if not 2 <= len(values) <= _MOST_VALUES:
            continue
        texts = cells.frame[column]
        apart = sum(len({texts[row - cells.first_row] for row in rows}) > 1 for rows in groups)
        if apart >= _SPLITS * len(groups):
            kept.append((column, values.to_list()[:4]))
    return kept
