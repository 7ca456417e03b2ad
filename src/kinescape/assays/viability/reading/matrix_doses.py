"""Doses of a dose matrix table: plain numbers with a column of units, or amounts written with theirs."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells, number
from kinescape.assays.viability.combination_scoring.dose_matrix_checks import tell_equal_steps
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.spreadsheet_dates import tell_dates
from kinescape.foundation.issues import Faults
from kinescape.foundation.units import Quantity, canonical_unit, parse_quantity

_LISTED = 8
_WITH_UNIT = r"^[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*[A-Za-zµμ%]"
_SCIENTIFIC = r"(?i)^[+-]?[\d.]+e[+-]?\d+$"


def matrix_doses(
    cells: Cells, found: dict[str, str], drug: int, unit: str | None, log10_doses: bool, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Doses of one drug, and their unit, row by row.

    Parameters
    ----------
    cells : Cells
        The table.
    found : dict of str to str
        Meanings to names of columns.
    drug : int
        From 1.
    unit : str or None
        Of all doses, where no column says it.
    log10_doses : bool
        Whether they are logarithms to the base 10.
    faults : Faults
        Takes what is wrong.
    """
    column = found[f"dose_{drug}"]
    texts = cells.frame[column]
    if tell_dates(cells, column, faults):
        return (
            pl.repeat(0.0, texts.len(), dtype=pl.Float64, eager=True),
            pl.repeat("", texts.len(), dtype=pl.String, eager=True),
        )
    own = texts.str.contains(_WITH_UNIT).fill_null(False) & ~texts.str.contains(_SCIENTIFIC).fill_null(False)
    if own.any():
        return _written_with_units(cells, column, own, faults)
    numbers = number_column(cells, column, faults)
    lacking = numbers.is_null() & texts.is_null()
    negative = (numbers < 0).arg_true()
    # Logarithms have none for zero: beside negative doses an empty one is what tells that the drug was left out.
    if lacking.any() and not log10_doses and not len(negative):
        rows = [cells.row(index) for index in lacking.arg_true()[:_LISTED].to_list()]
        faults.add(
            "missing-dose",
            f"{int(lacking.sum())} row{'s have' if len(rows) > 1 else ' has'} no dose "
            f"(row {', '.join(map(str, rows))}{', ...' * (int(lacking.sum()) > _LISTED)})",
            file=cells.file,
            row=rows[0],
            column=column,
            mend="write 0 where a drug was left out",
        )
    if log10_doses:
        logarithms = numbers.fill_null(-np.inf).to_numpy()
        numbers = pl.Series(np.power(10.0, logarithms))
        faults.add(
            "log10-doses",
            f"doses of column '{column}' were read as powers of ten; where it is empty the drug was left out",
            file=cells.file,
            severity="note",
        )
    elif len(negative):
        faults.add(
            "negative-dose",
            f"{len(negative)} dose{'s are' if len(negative) > 1 else ' is'} negative "
            f"(row {cells.row(negative[0])}: {numbers[negative[0]]:g})"
            + (f", and {int(lacking.sum())} are empty, as the logarithm of zero is" if lacking.any() else ""),
            file=cells.file,
            row=cells.row(negative[0]),
            column=column,
            expected="0 or more",
            mend="if these are logarithms to the base 10, say so: --log10-doses",
        )
    else:
        tell_equal_steps(numbers, column, cells.file, faults)
    return _in_one_unit(cells, found, drug, column, numbers.fill_null(0.0), unit, faults)


def _written_with_units(
    cells: Cells, column: str, own: pl.Series, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Doses written as `0.3 uM`; a bare number among them is refused, unless it is zero."""
    molar, units = [], set()
    example = int(own.arg_max() or 0)
    shown, first = cells.frame[column][example], cells.row(example)
    for index, text in enumerate(cells.frame[column].to_list()):
        row = cells.row(index)
        try:
            if text is None or (not own[index] and number(text) != 0):
                faults.add(
                    "mixed-units",
                    f"'{text or ''}' has no unit, other doses of the column have ('{shown}' in row {first})",
                    file=cells.file,
                    row=row,
                    column=column,
                    expected="all with their unit, or all without and a column of units",
                )
                molar.append(0.0)
            elif not own[index] or re.match(r"^0(\.0*)?\s", text):
                molar.append(0.0)
            else:
                amount = parse_quantity(text)
                units.add(amount.family)
                molar.append(amount.in_family_units)
        except ValueError as error:
            faults.add("not-a-dose", str(error), file=cells.file, row=row, column=column)
            molar.append(0.0)
    if len(units) > 1:
        faults.add(
            "mixed-units", f"doses of {' and '.join(sorted(units))} units", file=cells.file, column=column
        )
    name = {"molar": "M", "mass": "mg/mL", "activity": "U/mL"}.get(next(iter(units), "molar"), "M")
    return _everyday(pl.Series(molar, dtype=pl.Float64), name)


def _in_one_unit(
    cells: Cells,
    found: dict[str, str],
    drug: int,
    column: str,
    numbers: pl.Series,
    unit: str | None,
    faults: Faults,
) -> tuple[pl.Series, pl.Series]:
    height = numbers.len()
    try:
        unit = canonical_unit(unit) if unit else None
    except ValueError as error:
        faults.add("unknown-unit", str(error), file=cells.file, mend="such as --unit nM")
        return numbers, pl.repeat("", height, dtype=pl.String, eager=True)
    source = found.get(f"unit_{drug}") or found.get("unit")
    heading = re.search(r"[(_\[ ](?P<unit>[munpfµμ]?M|[munpµμ]?g/m?L)\)?\]?$", column)
    if source is not None:
        texts = cells.frame[source]
    elif unit or heading:
        named = unit or (heading["unit"] if heading else "")
        texts = pl.repeat(named, height, dtype=pl.String, eager=True)
    else:
        faults.add(
            "unit-missing",
            f"the doses of drug {drug} have no unit",
            file=cells.file,
            column=column,
            expected="a column such as conc_unit",
            mend="say it: --unit nM",
        )
        return numbers, pl.repeat("", height, dtype=pl.String, eager=True)
    names: dict[str, str] = {}
    for text in texts.drop_nulls().unique().to_list():
        try:
            names[text] = canonical_unit(text)
        except ValueError as error:
            faults.add("unknown-unit", str(error), file=cells.file, column=source or column)
    if texts.null_count():
        faults.add("unit-missing", f"{texts.null_count()} rows name no unit", file=cells.file, column=source)
    known = sorted(set(names.values()))
    if source is not None and unit and known != [unit]:
        faults.add(
            "unit-not-used",
            f"--unit {unit} is not used: the column says {' and '.join(known)}",
            file=cells.file,
            column=source,
            severity="warning",
        )
    if len(names) < texts.drop_nulls().n_unique() or texts.null_count() or not known:
        return numbers, pl.repeat("", height, dtype=pl.String, eager=True)
    if len(known) == 1:
        return numbers, pl.repeat(known[0], height, dtype=pl.String, eager=True)
    amounts = {name: Quantity(1.0, name) for name in known}
    if len({amount.family for amount in amounts.values()}) > 1:
        other = int((texts != texts[0]).arg_max() or 0)
        faults.add(
            "mixed-units",
            f"units that cannot be compared: {', '.join(known)}; '{texts[0]}' in row {cells.row(0)}, "
            f"'{texts[other]}' in row {cells.row(other)}",
            file=cells.file,
            row=cells.row(other),
            column=source,
            expected="one unit, or several of one kind such as nM and uM",
            mend="correct the rows, or give each drug its own column of units (conc_unit1, conc_unit2)",
        )
        return numbers, pl.repeat(known[0], height, dtype=pl.String, eager=True)
    faults.add(
        "mixed-units",
        f"doses in {' and '.join(known)} were brought to one unit",
        file=cells.file,
        severity="warning",
    )
    factors = {text: amounts[name].in_family_units for text, name in names.items()}
    base = {"molar": "M", "mass": "mg/mL"}.get(next(iter(amounts.values())).family, known[0])
    return _everyday(numbers * texts.replace_strict(factors, return_dtype=pl.Float64), base)


def _everyday(amounts: pl.Series, base: str) -> tuple[pl.Series, pl.Series]:
    """Molar doses in nM, all others as they are; rounded to what a table can tell apart."""
    if base == "M":
        return (amounts * 1e9).round_sig_figs(10), pl.repeat("nM", amounts.len(), dtype=pl.String, eager=True)
    return amounts.round_sig_figs(10), pl.repeat(base, amounts.len(), dtype=pl.String, eager=True)
