"""Cells of intensities as numbers, and numbers as base-2 logarithms: linear or logarithmic already, never both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from kinescape.foundation.issues import Faults

Scale = Literal["linear", "log2"]
_NOT_MEASURED = ("filtered", "#num!", "n. def.", "inf", "-inf", "#n/a", "0,0")
_COMMA = r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$"
_LARGEST_LOG2 = 50.0
"""No intensity reaches 2**50; a sample whose largest value lies below is logarithmic."""
_LINEAR_AT_LEAST = 50_000.0
_MIXED_SHARE = 0.1
_FEW = 20
"""Fewer values of a sample say nothing of its scale."""
_NEGATIVE_SHARE = 0.05
_MEDIAN_ABOVE = 5.0
_NARROW = 6.0
"""Intensities spread over orders of magnitude; their logarithms over a factor of three or so."""
_LOPSIDED = 1.5
_LISTED = 3
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
    as logarithmic when no value of it exceeds 50; samples of both kinds, or both kinds in one sample, are refused,
    and so are small values of one kind that spread as those of the other do. A stated scale that the values
    contradict is refused with what was seen.

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
    _tell_contradiction(values, samples, scale, linear, faults, file)
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


def _tell_contradiction(
    values: NDArray[np.float64],
    samples: Sequence[str],
    scale: Scale | None,
    linear: Sequence[str],
    faults: Faults,
    file: str,
) -> None:
    """Refuse a scale, stated or guessed, that the values speak against."""
    if scale == "log2" and linear:
        largest = np.nanmax(values[:, [samples.index(sample) for sample in linear]])
        faults.add(
            "scale-contradicted",
            f"the intensities are said to be base-2 logarithms, and {_named(linear)} "
            f"{'holds' if len(linear) == 1 else 'hold'} values up to {largest:,.4g}",
            file=file,
            column=linear[0],
            expected=f"logarithms, none above {_LARGEST_LOG2:g}: 2 to that power is more than any instrument counts",
            mend="say linear, or leave it out and the values tell (--intensities; in a study: intensities = …)",
        )
    elif scale == "linear":
        seen = {
            sample: why
            for index, sample in enumerate(samples)
            if (why := _spread_of_logarithms(values[:, index]))
        }
        if seen:
            first = next(iter(seen))
            faults.add(
                "scale-contradicted",
                f"the intensities are said to be linear, and those of {_named(tuple(seen))} look like base-2 "
                f"logarithms: {seen[first]}",
                file=file,
                column=first,
                expected="intensities, which spread over orders of magnitude and are above zero",
                mend="say log2, or leave it out and the values tell (--intensities; in a study: intensities = …)",
            )
    elif scale is None and not linear:
        present = values[np.isfinite(values) & (values != 0)]
        if _spreads_as_linear(present):
            faults.add(
                "scale-open",
                f"no value exceeds {_LARGEST_LOG2:g}, as in logarithms, and none is below zero while a few are far "
                f"above the rest (median {np.median(present):.3g}, largest {present.max():.3g}), as in linear values",
                file=file,
                expected="intensities, or their base-2 logarithms",
                mend="say which they are: --intensities linear or log2 (in a study: intensities = …)",
            )


def _spread_of_logarithms(column: NDArray[np.float64]) -> str | None:
    """What in a sample's values only logarithms have; None where they may be intensities."""
    present = column[np.isfinite(column) & (column != 0)]
    if present.size < _FEW or present.max() > _LARGEST_LOG2:
        return None
    below = float((present < 0).mean())
    if below > _NEGATIVE_SHARE:
        return f"{100 * below:.0f} % are below zero, the largest is {present.max():.3g}"
    low, middle, high = np.quantile(present, (0.01, 0.5, 0.99))
    if middle > _MEDIAN_ABOVE and high < _NARROW * low:
        return f"98 % lie between {low:.3g} and {high:.3g}"
    return None


def _spreads_as_linear(present: NDArray[np.float64]) -> bool:
    """Whether small values, none negative, are lopsided as they stand and even once their logarithm is taken."""
    if present.size < _FEW or (present < 0).any():
        return False
    plain, logs = (abs(float(stats.skew(part))) for part in (present, np.log2(present)))
    return plain > _LOPSIDED and logs < plain / 2
