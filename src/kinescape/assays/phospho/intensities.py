"""Cells of intensities as numbers, and numbers as base-2 logarithms: linear or logarithmic already, never both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.issues import Faults

Scale = Literal["linear", "log2"]
_NOT_MEASURED = ("filtered", "#num!", "n. def.", "inf", "-inf", "#n/a", "0,0")
_COMMA = r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$"
_LARGEST_LOG2 = 50.0
"""No intensity reaches 2**50; a sample whose largest value lies below is logarithmic."""
_LINEAR_AT_LEAST = 50_000.0
_MIXED_SHARE = 0.1
_LISTED = 10
_NAMED = 3


def numbers(
    frame: pl.DataFrame, columns: Sequence[str], rows: pl.Series, faults: Faults, file: str
) -> pl.DataFrame:
    """Columns of texts as numbers, null where nothing was measured; a word or a date is a fault with its place.

    A decimal comma is understood where no number of these columns has a point.

    Parameters
    ----------
    frame : polars.DataFrame
        Texts, or numbers already.
    columns : sequence of str
        Which.
    rows : polars.Series
        The line of the file of each row.
    faults : Faults
        Takes what is no number.
    file : str
        For the messages.
    """
    texts = [column for column in columns if frame[column].dtype == pl.String]
    commas = sum(int(frame[column].str.contains(_COMMA).sum()) for column in texts)
    points = sum(int(frame[column].str.contains(r"^[+-]?\d+\.\d").sum()) for column in texts) if commas else 0
    if commas and points:
        column = next(name for name in texts if frame[name].str.contains(_COMMA).any())
        index = frame[column].str.contains(_COMMA).arg_max() or 0
        faults.add(
            "decimal-mixed",
            f"{commas} numbers have a decimal comma ('{frame[column][index]}') and {points} a point",
            file=file,
            row=rows[index],
            column=column,
            mend="a spreadsheet has rewritten some of them: take the table as the engine wrote it",
        )
    elif commas:
        faults.add("decimal-comma", "numbers were read with a decimal comma", file=file, severity="note")
    found = []
    told = 0
    for column in columns:
        series = frame[column]
        if series.dtype != pl.String:
            found.append(series.cast(pl.Float64).alias(column))
            continue
        text = series.str.replace(",", ".", literal=True) if commas and not points else series
        value = text.cast(pl.Float64, strict=False)
        for index in (value.is_null() & text.is_not_null()).arg_true().to_list():
            if text[index].casefold() in _NOT_MEASURED:
                continue
            told += 1
            if told <= _LISTED:
                faults.add(
                    "not-a-number",
                    f"'{series[index]}' is no number",
                    file=file,
                    row=rows[index],
                    column=column,
                    expected="a number, or an empty cell",
                )
        found.append(value.alias(column))
    if told > _LISTED:
        faults.add("not-a-number", f"and {told - _LISTED} more cells like these", file=file)
    return pl.DataFrame(found).with_columns(pl.all().fill_nan(None))


def _named(samples: Sequence[str]) -> str:
    more = ", …" if len(samples) > _NAMED else ""
    return f"{len(samples)} sample{'' if len(samples) == 1 else 's'} ({', '.join(samples[:_NAMED])}{more})"


def as_log2(
    values: NDArray[np.float64], samples: Sequence[str], scale: Scale | None, faults: Faults, file: str
) -> NDArray[np.float64]:
    """Intensities as base-2 logarithms.

    Zero and less are not measured where intensities are linear. Where the scale is not stated, a sample is taken
    as logarithmic when no value of it exceeds 50; samples of both kinds, or both kinds in one sample, are refused.

    Parameters
    ----------
    values : (n_sites, n_samples) array
        As the file has them, nan where not measured.
    samples : sequence of str
        Their names.
    scale : {"linear", "log2"} or None
        As the user states it; found from the values where None.
    faults : Faults
        Takes what is mixed.
    file : str
        For the messages.
    """
    if not values.size:
        return values.astype(np.float64)
    linear, logarithmic, both = [], [], []
    for index, sample in enumerate(samples):
        present = values[:, index][np.isfinite(values[:, index]) & (values[:, index] != 0)]
        if not present.size:
            continue
        if (present < 0).any() or present.max() <= _LARGEST_LOG2:
            logarithmic.append(sample)
            continue
        linear.append(sample)
        shares = ((present <= _LARGEST_LOG2).mean(), (present >= _LINEAR_AT_LEAST).mean())
        if min(shares) >= _MIXED_SHARE:
            both.append(sample)
    if scale is None and both:
        faults.add(
            "scales-mixed",
            f"{', '.join(both[:4])} holds values up to 50, as logarithms are, beside values above 50,000, as "
            "intensities are",
            file=file,
            column=both[0],
            mend="take the intensities of the engine's own table; logarithms and intensities may not be mixed",
        )
    elif scale is None and linear and logarithmic:
        faults.add(
            "scales-mixed",
            f"{_named(logarithmic)} {'looks' if len(logarithmic) == 1 else 'look'} logarithmic (no value above "
            f"{_LARGEST_LOG2:g}, or some below zero) and {_named(linear)} linear",
            file=file,
            column=logarithmic[0],
            expected="all the samples on one scale",
            mend="export them again, or where all are on one scale say which: --intensities linear or log2 (in a "
            "study: intensities = …)",
        )
    chosen: Scale = scale or ("linear" if linear else "log2")
    if chosen == "log2":
        if scale is None:
            faults.add(
                "scale-found",
                "no value exceeds 50: the intensities were taken as base-2 logarithms already",
                file=file,
                severity="note",
            )
        return np.where(np.isfinite(values), values, np.nan)
    if bool((values < 0).any()):
        count = int((values < 0).sum())
        faults.add(
            "not-positive",
            f"{count} intensities are below zero; they were taken as not measured",
            file=file,
            severity="warning",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log2(values), np.nan)
