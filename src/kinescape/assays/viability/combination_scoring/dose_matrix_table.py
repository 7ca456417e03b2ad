"""Read long tables of dose matrices: block, drugs, doses, response, as SynergyFinder, DECREASE and NCATS write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.combination_scoring.dose_matrices import DoseMatrices, gather_matrices
from kinescape.assays.viability.combination_scoring.dose_matrix_checks import (
    one_message_each,
    refuse_mixed_scale,
    refuse_without_singles,
)
from kinescape.assays.viability.combination_scoring.dose_matrix_columns import (
    matrix_columns,
    sheet_names,
    tell_missing_columns,
)
from kinescape.assays.viability.reading.decimal_commas import tell_decimal_commas
from kinescape.assays.viability.reading.dose_columns import folded
from kinescape.assays.viability.reading.matrix_doses import matrix_doses
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.opened_table import LARGEST_SCREEN_BYTES, opened_table, packed
from kinescape.assays.viability.reading.response_scale import FACTORS, read_scale, tell_odd_controls
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

_LISTED = 8
_SHIFTED = 0.1


def read_dose_matrices(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    scale: str | None = None,
    measures: str | None = None,
    repeats: str = "wells",
    log10_doses: bool = False,
    sheet: str | None = None,
    decimal: str = ".",
    name: str | None = None,
) -> DoseMatrices:
    """Read a long table of dose matrices.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet, gzipped or not whatever its ending says.
    columns : mapping of str to str, optional
        Meanings (`block`, `sample`, `replicate`, `response`, `drug_1`, `dose_1`, `unit_1`, ...) to names in the
        file, where these are not the usual ones.
    unit : str, optional
        Of all doses, where no column says it.
    scale : {"percent", "fraction"}, optional
        Found from the untreated wells by default.
    measures : {"viability", "inhibition"}, optional
        Found from the untreated wells by default.
    repeats : {"wells", "independent"}
        What several values of one combination are, where no column names the replicates.
    log10_doses : bool
        The doses are written as logarithms to the base 10.
    sheet : str, optional
        Of a spreadsheet.
    decimal : {".", ","}
        How decimals are written; with a comma the columns must be separated by semicolons or tabs.
    name : str, optional
        How messages call the file.

    Raises
    ------
    InputError
        With every fault of the file: missing columns, unreadable numbers, negative doses, no unit, a response that
        may be read in two ways.
    """
    file = name or str(path)
    if repeats not in ("wells", "independent"):
        raise InputError(
            Fault("unknown-repeats", f"repeats = '{repeats}' is not known", expected="wells or independent")
        )
    faults = Faults()
    cells = _opened(Path(path), file, sheet, decimal)
    tell_decimal_commas(decimal, file, faults)
    found = matrix_columns(cells, columns or {}, faults)
    drugs = sum(1 for meaning in found if meaning.startswith("dose_"))
    if drugs < 2 or "response" not in found:
        tell_missing_columns(cells, found, drugs, [] if sheet else sheet_names(Path(path)), faults)
    faults.raise_if_errors()
    wells = _wells(cells, found, drugs, unit, log10_doses, faults)
    faults = one_message_each(replace(fault, mend=_as_options(fault.mend)) for fault in faults)
    faults.raise_if_errors()
    refuse_without_singles(wells, drugs, log10_doses, faults, file)
    refuse_mixed_scale(wells, drugs, found["response"], faults, file)
    faults.raise_if_errors()
    wells, stated = _as_viability(wells, drugs, scale, measures, found, faults, file)
    faults.raise_if_errors()
    named = "replicate" in found
    if not named and repeats == "independent":
        cell = ["block", "sample", *(f"dose_{drug}" for drug in range(1, drugs + 1))]
        wells = wells.with_columns((pl.int_range(pl.len()).over(cell) + 1).cast(pl.String).alias("replicate"))
    matrices = gather_matrices(wells, drugs, faults, file)
    return DoseMatrices(matrices, tuple(faults), stated, named or repeats == "independent", file)


def _opened(path: Path, file: str, sheet: str | None, decimal: str) -> Cells:
    """The table; where the first sheet of a spreadsheet is empty, the others are named."""
    try:
        return opened_table(path, file, sheet, decimal=decimal, largest=LARGEST_SCREEN_BYTES)
    except InputError as error:
        others = [] if sheet or packed(path) else sheet_names(path)
        if len(others) < 2 or error.faults[0].code != "empty-table":
            raise
        raise InputError(
            Fault(
                "empty-table",
                f"the first sheet, '{others[0]}', holds no table",
                file=file,
                expected=f"one of the other sheets: {', '.join(others[1:])}",
                mend=f"name it: --sheet '{others[1]}'",
            )
        ) from error


def _wells(
    cells: Cells, found: dict[str, str], drugs: int, unit: str | None, log10_doses: bool, faults: Faults
) -> pl.DataFrame:
    """One row a well, doses in one unit a drug."""
    height = cells.frame.height
    made: dict[str, pl.Series] = {"row": pl.Series(np.arange(height) + cells.first_row)}
    for drug in range(1, drugs + 1):
        key = f"drug_{drug}"
        if key in found:
            made[key] = cells.frame[found[key]].fill_null(f"drug {drug}")
        else:
            faults.add("drug-unnamed", f"no column names drug {drug}", file=cells.file, severity="warning")
            made[key] = pl.repeat(f"drug {drug}", height, dtype=pl.String, eager=True)
        doses, units = matrix_doses(cells, found, drug, unit, log10_doses, faults)
        made[f"dose_{drug}"], made[f"unit_{drug}"] = doses, units
    made["response"] = number_column(cells, found["response"], faults)
    texts = {"sample": pl.lit(""), "replicate": pl.lit("1")}
    frame = pl.DataFrame(made)
    for meaning, default in texts.items():
        frame = frame.with_columns(
            cells.frame[found[meaning]].fill_null("").alias(meaning)
            if meaning in found
            else default.alias(meaning)
        )
    if "block" in found:
        frame = frame.with_columns(cells.frame[found["block"]].fill_null("").alias("block"))
    else:
        names = pl.concat_str([pl.col(f"drug_{drug}") for drug in range(1, drugs + 1)], separator=" + ")
        frame = frame.with_columns(names.alias("block"))
    _refuse_renamed(frame, drugs, cells.file, faults)
    missing = frame["response"].null_count()
    if missing:
        faults.add(
            "missing-response",
            f"{missing} of {height} rows hold no response and are left out",
            file=cells.file,
            severity="warning",
        )
    empty = (
        frame.group_by("block")
        .agg(pl.col("response").is_not_null().any().alias("some"))
        .filter(~pl.col("some"))
    )
    if empty.height:
        faults.add(
            "empty-block",
            f"{empty.height} block{'s hold' if empty.height > 1 else ' holds'} no response at all: "
            f"{', '.join(empty['block'].sort()[:_LISTED])}",
            file=cells.file,
            severity="warning",
        )
    left = frame.filter(pl.col("response").is_not_null())
    if left.is_empty() and not faults.errors:
        faults.add(
            "no-response",
            f"no row holds a response: all {height} cells, from row {cells.row(0)} on, are empty or not a number",
            file=cells.file,
            row=cells.row(0),
            column=found["response"],
            expected="a number in each",
            mend="check the export, or name another column: --column response=NAME",
        )
    return left


def _refuse_renamed(frame: pl.DataFrame, drugs: int, file: str, faults: Faults) -> None:
    """One block has one pair of drugs."""
    names = [f"drug_{drug}" for drug in range(1, drugs + 1)]
    mixed = frame.group_by("block").agg(pl.col(names).n_unique()).filter(pl.any_horizontal(pl.col(names) > 1))
    if mixed.height:
        faults.add(
            "mixed-block",
            f"{mixed.height} blocks name several drugs on one axis: {', '.join(mixed['block'].sort()[:_LISTED])}",
            file=file,
            mend="give every combination its own block",
        )


def _as_options(mend: str | None) -> str | None:
    """`scale = "percent"` as `--scale percent`: the readers' options are those of the command."""
    return re.sub(r"\b(scale|measures|decimal) = ", r"--\1 ", mend or "").replace('"', "") or None


def _as_viability(
    wells: pl.DataFrame,
    drugs: int,
    scale: str | None,
    measures: str | None,
    found: dict[str, str],
    faults: Faults,
    file: str,
) -> tuple[pl.DataFrame, str]:
    given = pl.sum_horizontal(*(pl.col(f"dose_{drug}") > 0 for drug in range(1, drugs + 1)))
    response = pl.col("response")
    untreated = wells.filter(given == 0)
    control = untreated["response"].to_numpy()
    treated = wells.filter(given > 0)["response"].to_numpy()
    total = pl.sum_horizontal(*(pl.col(f"dose_{drug}") for drug in range(1, drugs + 1)))
    least = (
        wells.filter(given == 1)
        .sort(total)
        .group_by("block", maintain_order=True)
        .first()["response"]
        .to_numpy()
    )
    # A column called viability or inhibition declares what it is; the controls must not contradict it.
    heading = folded(found["response"])
    declared = "declared"
    for word in ("viability", "inhibition"):
        if word in heading and measures is None:
            measures, declared = word, "by its name the column"
    told = Faults()
    read = read_scale(
        control,
        treated,
        told,
        file=file,
        scale=scale,
        measures=measures,
        least_hit=least,
        rows=untreated["row"].to_numpy(),
    )
    for fault in told:
        words = re.sub("^declared", declared, fault.found).replace(" in either unit", "")
        column = found["response"] if fault.column == "response" else fault.column
        faults.extend([replace(fault, found=words, column=column, mend=_as_options(fault.mend))])
    if read is None:
        return wells, ""
    factor = FACTORS[read.scale]
    value = response * factor if read.measures == "viability" else 1.0 - response * factor
    made = wells.with_columns(value.alias("viability"))
    own = (
        made.filter(given == 0)
        .group_by("block", "sample", maintain_order=True)
        .agg(pl.col("viability").median())
    )
    blocks = wells.select(
        pl.format("block {}", "block").alias("sample"),
        pl.lit(None, pl.String).alias("agent"),
        total.alias("dose"),
        "response",
        "row",
    )
    tell_odd_controls(read, blocks, faults, file)
    off = own.filter((pl.col("viability") < 0.5) | (pl.col("viability") > 1.5))
    if off.height > max(2, 0.2 * own.height):
        faults.add(
            "mixed-responses",
            f"{read.stated}; but the untreated wells of {off.height} of {own.height} blocks contradict that, such as "
            f"{', '.join(off['block'].sort()[:_LISTED])}",
            file=file,
            mend="split the file: viability in one, inhibition in another",
        )
    elif off.height:
        faults.add(
            "control-off",
            f"the untreated wells of {', '.join(off['block'].sort()[:_LISTED])} are far from 100 % viability",
            file=file,
            severity="warning",
        )
    centre = own["viability"].median()
    if isinstance(centre, float) and abs(centre - 1) > _SHIFTED:
        faults.add(
            "controls-shifted",
            f"the untreated wells of a typical block stand at {100 * centre:.0f} %, not at 100 %: everything is "
            "measured against 100 %, so Bliss and ZIP of the whole screen are shifted by this; HSA and Loewe less so",
            file=file,
            mend="normalise to the untreated wells of each block if these are the controls",
            severity="warning",
        )
    turned = made.filter(given > 1)["viability"].median()
    if isinstance(turned, float) and turned > 1.25:
        faults.add(
            "upside-down",
            f"{read.stated}; then the combined wells have a median viability of {turned:.2f}, above the untreated ones",
            file=file,
            severity="warning",
            mend="check whether the controls are the treated wells, or the response is an inhibition",
        )
    faults.add("scale-read", read.stated, file=file, severity="note")
    return made, read.stated
