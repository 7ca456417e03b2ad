"""Doses of a long table in the base unit of their family: numbers with a unit beside them, or texts such as 10 nM."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_columns import is_log_heading, unit_in_heading
from kinescape.assays.viability.reading.dose_unit import BASE_UNITS, base_unit
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.spreadsheet_dates import tell_dates
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.foundation.units import canonical_unit, parse_quantity

_LISTED = 10
_WITH_UNIT = r"^[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?\s*[A-Za-zµμ%]"
_PLAIN = r"^[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?$"
_FEWEST_EVEN = 5
_EVEN = 0.07
"""Steps of one size to within this share of it; logarithms of a 1, 3, 10 dilution rise by 0.477 and 0.523."""
LARGEST_LOGARITHM = 12.0


def read_amounts(
    cells: Cells, column: str, unit_column: str | None, unit: str | None, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Doses and their base units, line by line.

    Parameters
    ----------
    cells : Cells
        The table.
    column : str
        Of the doses.
    unit_column : str or None
        Of their units.
    unit : str or None
        Of all the doses, where no column or heading says it.
    faults : Faults
        Takes dates, units that are missing, unknown or said twice, negative doses, and texts that are no doses.

    Returns
    -------
    dose : polars.Series
        In the base unit; null where there is none.
    dose_unit : polars.Series
        The base unit; null where nothing says it, as of a zero dose.
    """
    texts = cells.frame[column]
    height = cells.frame.height
    nothing = (
        pl.repeat(None, height, dtype=pl.Float64, eager=True),
        pl.repeat(None, height, dtype=pl.String, eager=True),
    )
    if tell_dates(cells, column, faults):
        return nothing
    spelled = (texts.str.contains(_WITH_UNIT) & ~texts.str.contains(_PLAIN)).fill_null(False)
    if spelled.any():
        return _spelled(cells, column, spelled, unit_column, unit, faults)
    values = number_column(cells, column, faults).fill_null(np.nan).to_numpy()
    if is_log_heading(column):
        values = 10.0 ** np.where(np.isfinite(values), values, np.nan)
    _tell_negative(values, cells, column, faults)
    _tell_even(values, cells, column, faults)
    factors, units = _units(cells, values, unit_column, column, unit, faults)
    dose = pl.Series(values * factors, dtype=pl.Float64).fill_nan(None)
    return dose.round_sig_figs(12), units


def _spelled(
    cells: Cells, column: str, spelled: pl.Series, unit_column: str | None, unit: str | None, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Doses that carry their unit: 10 nM, 1 uM, 50 ng/mL."""
    texts = cells.frame[column]
    known: dict[str, tuple[float | None, str | None]] = {}
    bare, bad = 0, 0
    first_bare: int | None = None
    for text, index in _different(texts):
        known[text] = (None, None)
        if re.match(r"^[+-]?0+(?:\.0*)?(?:[eE][+-]?\d+)?(?:\s*[A-Za-zµμ%].*)?$", text):
            known[text] = (0.0, None)
            continue
        if not spelled[index]:
            bare, first_bare = bare + 1, index if first_bare is None else first_bare
            continue
        try:
            quantity = parse_quantity(text)
            known[text] = (quantity.in_family_units, BASE_UNITS[quantity.family])
        except ValueError as error:
            bad += 1
            if bad <= _LISTED:
                faults.add(
                    "dose",
                    str(error),
                    file=cells.file,
                    row=cells.row(index),
                    column=column,
                    expected="a dose with its unit, such as 10 nM",
                )
    if bad > _LISTED:
        faults.add("dose", f"and {bad - _LISTED} more doses like these", file=cells.file, column=column)
    if bare and first_bare is not None:
        faults.add(
            "mixed-units",
            f"some doses carry a unit ('{texts.filter(spelled)[0]}') and {bare} do not, such as '{texts[first_bare]}'",
            file=cells.file,
            row=cells.row(first_bare),
            column=column,
            expected="one unit for all, or a unit for each dose",
            mend="write the unit in every cell, or numbers alone with a column of units",
        )
    if unit_column is not None or unit is not None:
        faults.add(
            "two-ways",
            f"the doses carry their unit, and {f'column {unit_column!r}' if unit_column else 'unit'} says it again",
            file=cells.file,
            column=column,
            mend="keep one of the two",
        )
    units = {family for _, family in known.values() if family}
    found = sorted({re.sub(r"^[^A-Za-zµμ%]*", "", text) for text in texts.filter(spelled).unique().to_list()})
    if len(found) > 1 and not faults.errors:
        faults.add(
            "mixed-units",
            f"the doses are in {', '.join(found)}; each is read in its own unit",
            file=cells.file,
            severity="note",
        )
    shown = next(iter(units)) if len(units) == 1 else None
    return (
        _looked_up(texts, {text: dose for text, (dose, _) in known.items()}, pl.Float64()),
        _looked_up(
            texts,
            {text: family or (shown if dose == 0 else None) for text, (dose, family) in known.items()},
            pl.String(),
        ),
    )


def _different(texts: pl.Series) -> list[tuple[str, int]]:
    """Every text that occurs and where it stands first, in the order of the lines."""
    first = texts.to_frame("text").with_row_index("index").drop_nulls()
    kept = first.unique("text", keep="first", maintain_order=True)
    return list(kept.select("text", "index").iter_rows())


def _looked_up(texts: pl.Series, known: Mapping[str, object], dtype: pl.DataType) -> pl.Series:
    """What is known of every line's text; null where nothing is."""
    table = pl.DataFrame(
        {"text": list(known), "value": list(known.values())}, schema={"text": pl.String, "value": dtype}
    )
    return texts.to_frame("text").join(table, on="text", how="left", maintain_order="left")["value"]


def _units(
    cells: Cells, values: np.ndarray, unit_column: str | None, column: str, unit: str | None, faults: Faults
) -> tuple[np.ndarray, pl.Series]:
    """Factor to the base unit, and that unit, of every line."""
    height = cells.frame.height
    nothing = np.full(height, np.nan), pl.repeat(None, height, dtype=pl.String, eager=True)
    if unit_column:
        return _unit_column(cells, values, unit_column, faults)
    headed = unit_in_heading(column)
    if unit and headed and canonical_unit(unit) != canonical_unit(headed):
        faults.add(
            "two-ways",
            f"the unit is given as {unit}, and the column '{column}' says {headed}",
            file=cells.file,
            row=1,
            column=column,
            mend="leave one of the two out",
        )
        return nothing
    chosen = unit or headed
    if chosen is None:
        faults.add(
            "unit-missing",
            f"nothing says the unit of the doses in '{column}'",
            file=cells.file,
            row=1,
            column=column,
            mend='give unit = "uM", or call the column dose_uM',
        )
        return nothing
    try:
        factor, base = base_unit(chosen, cells.file, column)
    except InputError as error:
        faults.extend(error.faults)
        return nothing
    return np.full(height, factor), pl.repeat(base, height, dtype=pl.String, eager=True)


def _unit_column(
    cells: Cells, values: np.ndarray, column: str, faults: Faults
) -> tuple[np.ndarray, pl.Series]:
    texts = cells.frame[column]
    known: dict[str, tuple[float, str]] = {}
    for text, index in _different(texts.set(pl.Series(~(values > 0)), None)):
        try:
            known[text] = base_unit(text, cells.file, column, cells.row(index))
        except InputError as error:
            faults.extend(error.faults)
            known[text] = (np.nan, "M")
    lacking = np.flatnonzero(texts.is_null().to_numpy() & (values > 0))
    if lacking.size:
        faults.add(
            "unit-missing",
            f"{lacking.size} dose{'s have' if lacking.size > 1 else ' has'} no unit",
            file=cells.file,
            row=cells.row(int(lacking[0])),
            column=column,
            mend="fill in the unit of every dose",
        )
    if len(known) > 1 and not faults.errors:
        faults.add(
            "mixed-units",
            f"the doses are in {', '.join(known)}; each line is read in its own unit",
            file=cells.file,
            severity="note",
        )
    # A zero dose needs no unit.
    factors = _looked_up(texts, {text: factor for text, (factor, _) in known.items()}, pl.Float64())
    bases = _looked_up(texts, {text: base for text, (_, base) in known.items()}, pl.String())
    return factors.fill_null(1.0).to_numpy(), bases


def _tell_negative(values: np.ndarray, cells: Cells, column: str, faults: Faults) -> None:
    negative = np.flatnonzero(values < 0)
    if not negative.size:
        return
    logs = negative.size > 0.5 * len(values) or np.nanmax(values) <= 3.0
    rows = [cells.row(int(index)) for index in negative]
    more = ", ..." * (len(rows) > _LISTED)
    faults.add(
        "negative-dose",
        f"the dose {values[negative[0]]:g} is below zero"
        if len(rows) == 1
        else f"{len(rows)} of {len(values)} doses are below zero, the first is {values[negative[0]]:g} "
        f"(rows {', '.join(map(str, rows[:_LISTED]))}{more})",
        file=cells.file,
        row=rows[0],
        column=column,
        expected="0 or more",
        mend="if these are logarithms, call the column log10 dose"
        if logs
        else f"correct {'it' if len(rows) == 1 else 'them'}",
    )


def equal_step(doses: np.ndarray, fewest: int) -> float | None:
    """The step by which doses rise, where it is one and the same as logarithms of a dilution have it; else None.

    Parameters
    ----------
    doses : (n,) array
        Different doses, rising.
    fewest : int
        With fewer nothing is told.

    Examples
    --------
    >>> equal_step(np.log10([10.0, 30.0, 100.0, 300.0, 1000.0]), 5)
    0.5
    >>> equal_step(np.array([1.0, 3.0, 10.0, 30.0, 100.0]), 5) is None
    True
    """
    if len(doses) < fewest or doses[-1] > LARGEST_LOGARITHM:
        return None
    steps = np.diff(doses)
    step = float(steps.mean())
    return round(step, 9) if np.all(np.abs(steps / step - 1.0) < _EVEN) else None


def _tell_even(values: np.ndarray, cells: Cells, column: str, faults: Faults) -> None:
    """Doses are diluted by a factor; equal steps are what logarithms of such doses look like."""
    different = np.unique(values[values > 0])
    step = equal_step(different, _FEWEST_EVEN)
    if step is not None and not is_log_heading(column):
        faults.add(
            "doses-evenly-spaced",
            f"the doses rise in equal steps of {step:.3g}, from {different[0]:g} to {different[-1]:g}, as "
            "logarithms of doses do; they are read as doses",
            file=cells.file,
            column=column,
            mend="if these are logarithms, call the column log10 dose",
            severity="warning",
        )
