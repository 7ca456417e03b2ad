"""Long tables of wells with control tags, as the GDSC screens publish them, at the size of a screen.

Only the columns that are needed are read, lazily, so that ten million wells fit in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from kinescape.assays.viability.reading.dose_unit import base_unit
from kinescape.assays.viability.reading.wells import WELL_SCHEMA, Wells
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

GDSC_COLUMNS: dict[str, str] = {
    "plate": "BARCODE",
    "scan": "SCAN_ID",
    "well": "POSITION",
    "tag": "TAG",
    "sample": "CELL_LINE_NAME",
    "agent": "DRUG_ID",
    "dose": "CONC",
    "value": "INTENSITY",
}
"""Meaning of a column to its name in GDSC's raw files."""

ROLE_PATTERNS: tuple[tuple[str, str], ...] = (
    ("control", r"^NC-?\d*$"),
    ("blank", r"^B$|^BLANK\d*$"),
    ("positive", r"^PC-?\d*$"),
    ("unused", r"^UN-?USED$|^DMSO-EDGE$|^FAIL$"),
    ("treated", r"^[LAR]\d+-D\d+-[SC]$"),
)
"""Tags of GDSC: negative control, blank, positive control, unused, library drug number and dose."""
_FORMATS = {96: 12, 384: 24, 1536: 48}
_LISTED = 10


def read_tagged_wells(
    path: str | Path,
    *,
    unit: str,
    columns: Mapping[str, str] = GDSC_COLUMNS,
    control: Sequence[str] | None = None,
    hours: float | None = 72.0,
    name: str | None = None,
) -> Wells:
    """Read a long table of wells with tags.

    Parameters
    ----------
    path : str or Path
        CSV, also gzipped, or Parquet.
    unit : str
        Of the doses, such as `uM`: these files do not state it.
    columns : mapping of str to str
        Meanings to names: plate, well, tag, sample, agent, dose, value, and optionally scan.
    control : sequence of str, optional
        Tags of the untreated wells; the most frequent negative control by default, which is told.
    hours : float or None
        Time after dosing of all the wells.
    name : str, optional
        How messages call the file.

    Returns
    -------
    Wells
        Every well, with its role.

    Raises
    ------
    InputError
        With every fault: missing columns, unknown tags, doses without a number, wells read twice.
    """
    called = name or Path(path).name
    faults = Faults()
    factor, base = base_unit(unit, called, columns["dose"])
    frame = _scan(path, called, columns)
    value = pl.col("value").cast(pl.Float64, strict=False)
    dose = pl.col("dose").cast(pl.Float64, strict=False)
    role = pl.lit(None, pl.String)
    for kind, pattern in reversed(ROLE_PATTERNS):
        role = pl.when(pl.col("tag").str.contains(pattern)).then(pl.lit(kind)).otherwise(role)
    absent = pl.col("dose").is_null() | pl.col("dose").is_in(["NA", "", "NaN"])
    plate = pl.col("plate") + pl.lit("/") + pl.col("scan") if "scan" in frame.columns else pl.col("plate")
    wells = frame.with_columns(
        plate.alias("plate"),
        role.alias("role"),
        (dose * factor).alias("amount"),
        value.alias("number"),
        absent.alias("no_dose"),
        pl.int_range(2, frame.height + 2).alias("row"),
    )
    _tell_tags(wells, faults, called)
    _tell_cells(wells, faults, called)
    _tell_twice(wells, faults, called)
    faults.raise_if_errors()
    wells, stated = _controls(wells, control, faults, called)
    position = pl.col("well").cast(pl.Int32, strict=False) - 1
    width = _width(wells)
    placed = wells.with_columns(
        (position // width + 1).alias("well_row") if width else pl.lit(None, pl.Int32).alias("well_row"),
        (position % width + 1).alias("well_column") if width else pl.lit(None, pl.Int32).alias("well_column"),
        pl.col("number").alias("value"),
        pl.col("amount").alias("dose"),
        pl.lit(base).alias("dose_unit"),
        pl.lit(hours, pl.Float64).alias("time_h"),
    )
    faults.raise_if_errors()
    chosen = placed.select([pl.col(column).cast(dtype) for column, dtype in WELL_SCHEMA.items()])
    return Wells(
        chosen,
        (*faults.warnings, *faults.notes),
        called,
        f"{chosen.height:,} wells, doses in {unit}; {stated}",
    )


def _scan(path: str | Path, called: str, columns: Mapping[str, str]) -> pl.DataFrame:
    place = Path(path)
    if not place.is_file():
        raise InputError(Fault("missing-file", "there is no such file", file=called, mend="check the path"))
    try:
        if place.suffix == ".parquet":
            lazy = pl.scan_parquet(place)
        else:
            lazy = pl.scan_csv(place, infer_schema=False, null_values=["NA"])
        names = lazy.collect_schema().names()
        faults = Faults()
        optional = {"scan"}
        for meaning, column in columns.items():
            if column not in names and meaning not in optional:
                near = nearest(column, names, n=1)
                faults.add(
                    "missing-column",
                    f"there is no column '{column}' (for {meaning})",
                    file=called,
                    row=1,
                    column=column,
                    expected=f"one of {', '.join(names[:20])}",
                    mend=f"did you mean '{near[0]}'?" if near else None,
                )
        faults.raise_if_errors()
        wanted = [
            pl.col(name).cast(pl.String).alias(meaning) for meaning, name in columns.items() if name in names
        ]
        return lazy.select(wanted).collect()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            Fault(
                "unreadable-file", f"the table could not be read: {str(error).splitlines()[0]}", file=called
            )
        ) from error


def _tell_tags(wells: pl.DataFrame, faults: Faults, file: str) -> None:
    unknown = (
        wells.filter(pl.col("role").is_null())
        .group_by("tag", maintain_order=True)
        .agg(pl.col("row").first(), pl.len())
    )
    for tag, row, count in unknown.head(_LISTED).iter_rows():
        faults.add(
            "unknown-tag",
            f"the tag '{tag}' of {count} wells is not known",
            file=file,
            row=row,
            column="TAG",
            expected="L1-D1-S (drug and dose), NC-1, B, PC-1 or UN-USED",
        )
    if unknown.height > _LISTED:
        faults.add("unknown-tag", f"and {unknown.height - _LISTED} more tags like these", file=file)


def _tell_cells(wells: pl.DataFrame, faults: Faults, file: str) -> None:
    treated = pl.col("role") == "treated"
    bad = wells.filter(treated & (pl.col("no_dose") | pl.col("amount").is_null()))
    _list(bad, "dose", "a treated well has no readable dose", faults, file)
    below = wells.filter(treated & (pl.col("amount") < 0))
    _list(below, "dose", "a dose is below zero", faults, file)
    unread = wells.filter(pl.col("number").is_null() & pl.col("value").is_not_null())
    _list(unread, "value", "a signal is not a number", faults, file)


def _list(bad: pl.DataFrame, column: str, what: str, faults: Faults, file: str) -> None:
    for row, cell in bad.select("row", column).head(_LISTED).iter_rows():
        faults.add("not-a-number", f"{what}: '{cell}'", file=file, row=row, column=column)
    if bad.height > _LISTED:
        faults.add(
            "not-a-number", f"and {bad.height - _LISTED} more cells like these", file=file, column=column
        )


def _tell_twice(wells: pl.DataFrame, faults: Faults, file: str) -> None:
    """One well may stand twice, once for each drug of a mixture, but not with two signals."""
    twice = wells.filter(pl.struct("plate", "well").is_duplicated())
    if twice.is_empty():
        return
    different = (
        twice.group_by("plate", "well", maintain_order=True)
        .agg(
            pl.col("number").n_unique().alias("signals"),
            pl.col("row"),
            pl.col("tag").n_unique().alias("tags"),
            pl.len(),
        )
        .filter((pl.col("signals") > 1) | (pl.col("tags") < pl.col("len")))
    )
    for plate, well, _, rows, _, _ in different.head(_LISTED).iter_rows():
        faults.add(
            "duplicate-well",
            f"well {well} of plate '{plate}' stands in rows {', '.join(map(str, rows[:5]))}",
            file=file,
            row=rows[-1],
            mend="keep one of them",
        )
    if different.height > _LISTED:
        faults.add("duplicate-well", f"and {different.height - _LISTED} more wells like these", file=file)


def _controls(
    wells: pl.DataFrame, control: Sequence[str] | None, faults: Faults, file: str
) -> tuple[pl.DataFrame, str]:
    """Which negative controls are the reference; the others are set aside and told."""
    tags = (
        wells.filter(pl.col("role") == "control")
        .group_by("tag")
        .len()
        .sort("len", "tag", descending=[True, False])
    )
    names = tags["tag"].to_list()
    if control is None:
        chosen = names[:1]
    else:
        chosen = list(control)
        known = wells["tag"].unique().to_list()
        for tag in chosen:
            if tag not in known:
                near = nearest(tag, known, n=1)
                faults.add(
                    "unknown-tag",
                    f"no well has the tag '{tag}'",
                    file=file,
                    mend=f"did you mean '{near[0]}'?" if near else None,
                )
    others = [tag for tag in names if tag not in chosen]
    if control is None and others:
        faults.add(
            "control-chosen",
            f"the untreated wells are those tagged {chosen[0]} ({tags['len'][0]}); {', '.join(others)} are set aside",
            file=file,
            mend=f'say control = ["{others[0]}"] for the others',
            severity="note",
        )
    is_chosen, was = pl.col("tag").is_in(chosen), pl.col("role") == "control"
    role = (
        pl.when(is_chosen).then(pl.lit("control")).when(was).then(pl.lit("unused")).otherwise(pl.col("role"))
    )
    return wells.with_columns(role.alias("role")), f"untreated: {', '.join(chosen)}"


def _width(wells: pl.DataFrame) -> int | None:
    """Columns of the plates, from the highest position; None where positions are not numbers."""
    highest = wells["well"].cast(pl.Int32, strict=False).max()
    if not isinstance(highest, int):
        return None
    return next((width for size, width in _FORMATS.items() if highest <= size), None)
