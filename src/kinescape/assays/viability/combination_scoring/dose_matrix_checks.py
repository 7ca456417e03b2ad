"""What a table of dose matrices may hide: two scales in one column, logarithms for doses, no single drugs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.reading.dose_amounts import equal_step
from kinescape.foundation.issues import Fault, Faults

Floats = NDArray[np.float64]

_LISTED = 8
_STEPS = 4
_FRACTION, _PERCENT = 1.5, 15.0
_ALIKE = np.log(1.5)
_LEAST, _SHARE, _MOST = 3, 0.05, 2 / 3


def one_message_each(faults: Iterable[Fault]) -> Faults:
    """The same fault in many cells of one column as one message with the first of their rows.

    Examples
    --------
    >>> many = [Fault("not-a-number", f"'{row},5' has a decimal comma", row=row, column="dose") for row in (2, 3, 4)]
    >>> [fault.found for fault in one_message_each(many)]
    ["'2,5' has a decimal comma (and 2 more such cells: rows 3, 4)"]
    """
    alike: dict[tuple[str | None, ...], list[Fault]] = {}
    unlisted: dict[tuple[str | None, ...], int] = {}
    last: dict[tuple[str, str | None], tuple[str | None, ...]] = {}
    key: tuple[str | None, ...]
    for fault in faults:
        rest = re.match(r"and (\d+) more ", fault.found)
        before = last.get((fault.code, fault.column))
        if rest and before is not None:
            unlisted[before] = unlisted.get(before, 0) + int(rest[1])
            continue
        key = (fault.code, fault.column, fault.severity, re.sub(r"'[^']*'", "", fault.found), fault.mend)
        last[fault.code, fault.column] = key
        group = alike.setdefault(key, [])
        if fault not in group:
            group.append(fault)
    made = []
    for key, group in alike.items():
        more = len(group) - 1 + unlisted.get(key, 0)
        rows = [str(fault.row) for fault in group[1:] if fault.row is not None]
        if more and rows:
            listed = ", ".join(rows[:_LISTED]) + ", ..." * (more > len(rows[:_LISTED]))
            found = f"{group[0].found} (and {more} more such cell{'s' * (more > 1)}: rows {listed})"
            made.append(replace(group[0], found=found))
        else:
            made += group
    return Faults(made)


def tell_equal_steps(doses: pl.Series, column: str, file: str, faults: Faults) -> None:
    """Doses that rise by equal steps, not by a factor, may be logarithms; a warning, as some designs are so.

    Parameters
    ----------
    doses : Series of float
        As written, zeros included.
    column, file : str
        For the message.
    faults : Faults
        Takes the warning.
    """
    axis = np.unique(doses.drop_nulls().to_numpy())
    # A zero may stand for no drug beside logarithms, or be the first step.
    if axis.size and axis[0] >= 0 and (equal_step(axis, _STEPS) or equal_step(axis[axis > 0], _STEPS)):
        shown = ", ".join(f"{dose:g}" for dose in axis[:5])
        faults.add(
            "equal-steps",
            f"doses rise by equal steps ({shown}, ...), not by a factor: they are taken as they stand",
            file=file,
            column=column,
            mend="if these are logarithms to the base 10, say so: --log10-doses",
            severity="warning",
        )


def refuse_without_singles(
    wells: pl.DataFrame, drugs: int, log10_doses: bool, faults: Faults, file: str
) -> None:
    """Nothing can be expected of a combination whose drugs were never given alone.

    Parameters
    ----------
    wells : polars.DataFrame
        `row` and `dose_k` of each drug k; one row a well.
    drugs : int
        How many drugs.
    log10_doses : bool
        Whether doses are written as logarithms, where no zero can be written.
    faults : Faults
        Takes the fault.
    file : str
        For the message.
    """
    names = [f"dose_{drug}" for drug in range(1, drugs + 1)]
    given = wells.select(pl.sum_horizontal(*(pl.col(name) > 0 for name in names)).alias("given"))["given"]
    if wells.is_empty() or (given < drugs).any():
        return
    lowest = ", ".join(f"{float(np.min(wells[name].to_numpy())):.3g}" for name in names)
    empty = "leave the dose empty where a drug was left out, as a logarithm of zero cannot be written"
    faults.add(
        "no-single-drugs",
        f"in all {wells.height} rows every drug was given (lowest doses {lowest}): none was measured alone",
        file=file,
        expected="rows in which the other doses are zero, and untreated wells in which all are",
        mend=empty if log10_doses else "add those wells; write 0 where a drug was left out",
    )


def refuse_mixed_scale(wells: pl.DataFrame, drugs: int, column: str, faults: Faults, file: str) -> None:
    """Fractions among per cents: values below 1.5 that are a hundredth of what lies around them in their matrix.

    Parameters
    ----------
    wells : polars.DataFrame
        `row`, `block`, `sample`, `replicate`, `dose_k` of each drug k and `response`, as written.
    drugs : int
        Only pairs are looked at.
    column, file : str
        For the message.
    faults : Faults
        Takes the fault.
    """
    if drugs != 2 or not (wells["response"].abs() > _PERCENT).any():
        return
    enough = max(_LEAST, _SHARE * wells.height)
    matrix = ["block", "sample", "replicate"]
    small = pl.col("response").is_between(0, _FRACTION, closed="right")
    if wells.select(small.sum())["response"][0] < enough:
        return
    rows: list[int] = []
    for part in wells.filter(small.any().over(matrix)).partition_by(matrix, maintain_order=True):
        rows += _fractions_among(part)
    if len(rows) < enough:
        return
    rows.sort()
    value = wells.filter(pl.col("row") == rows[0])["response"][0]
    faults.add(
        "mixed-scale",
        f"{len(rows)} responses are a hundredth of what their neighbours in the matrix are (rows "
        f"{', '.join(map(str, rows[:_LISTED]))}{', ...' * (len(rows) > _LISTED)}; row {rows[0]}: {value:g})",
        file=file,
        row=rows[0],
        column=column,
        expected="one scale in the whole column",
        mend="multiply the fractions by 100, or split the file: per cent in one, fractions in another",
    )


def _fractions_among(part: pl.DataFrame) -> list[int]:
    first, at_first = np.unique(part["dose_1"].to_numpy(), return_inverse=True)
    second, at_second = np.unique(part["dose_2"].to_numpy(), return_inverse=True)
    values = part["response"].to_numpy()
    padded = np.full((first.size + 2, second.size + 2), np.nan)
    padded[at_first + 1, at_second + 1] = values
    around = np.stack(
        [
            padded[1 + up : 1 + up + first.size, 1 + along : 1 + along + second.size]
            for up in (-1, 0, 1)
            for along in (-1, 0, 1)
            if up or along
        ]
    )
    # The neighbours that are per cents; some may be fractions too. At the foot of a steep curve it is fewer than that.
    percents = np.where(around > _FRACTION, around, np.nan)
    number = np.isfinite(percents).sum(axis=0)
    told = (number >= _LEAST) & (number >= _MOST * np.isfinite(around).sum(axis=0))
    middle = np.nanmedian(np.where(told, percents, 1.0), axis=0)[at_first, at_second]
    small = (values > 0) & (values <= _FRACTION) & told[at_first, at_second] & (middle > _PERCENT)
    with np.errstate(divide="ignore", invalid="ignore"):
        small &= np.abs(np.log(100 * values / middle)) < _ALIKE
    return [int(row) for row in part["row"].to_numpy()[small]]
