"""Any dose-response file: which reader it needs is told from the file, and said back."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl

from kinescape.assays.cells import Cells, read_cells
from kinescape.assays.viability.reading.decimal_commas import check_decimal, tell_decimal_commas
from kinescape.assays.viability.reading.dose_columns import find_columns, folded
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.number_column import DECIMAL_MEND
from kinescape.assays.viability.reading.plate_text import squared_text
from kinescape.assays.viability.reading.pointed_text import pointed_text
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

LAYOUTS = {
    "wells": "long table of wells with control tags, as GDSC's",
    "plate": "plate matrix with a layout file",
    "long": "one line a dose: sample, agent, dose, unit, response",
    "wide": "one line a curve, one column a dose",
    "time_course": "elapsed hours and one column a condition",
}
"""Layouts that are understood."""


def read_doses(
    path: str | Path,
    *,
    layout: str | None = None,
    plate_layout: str | Path | None = None,
    unit: str | None = None,
    scale: str | None = None,
    measures: str | None = None,
    sample: str | None = None,
    control: Sequence[str] | None = None,
    doses: Sequence[float] | None = None,
    agent: str | None = None,
    hours: float | None = None,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
    separator: str | None = None,
    controls: str | Path | None = None,
    time_zero: str | Path | None = None,
    decimal: str = ".",
) -> DoseSeries:
    """Read dose series from any of the layouts that laboratories send.

    Parameters
    ----------
    path : str or Path
        The file.
    layout : str, optional
        One of `LAYOUTS`; found from the file by default.
    plate_layout : str or Path, optional
        What the wells of a plate matrix hold.
    unit, scale, measures, sample, control, doses, agent, hours, sheet, columns, by, separator
        What the file does not say; see the readers.
    controls, time_zero : str or Path, optional
        Tables of counts beside one of treated wells, joined by `ctrl_tag` and `time0_tag`.
    decimal : {".", ","}
        How decimals are written. A comma is never guessed: `1,234` may be a thousand and more.

    Raises
    ------
    InputError
        With every fault.
    """
    place = Path(path)
    if place.is_dir():
        raise InputError(
            Fault(
                "missing-file",
                "this is a folder, not a file",
                file=str(place.resolve() if str(place) in (".", "..") else place),
                mend="name the table in it",
            )
        )
    if not place.is_file():
        raise InputError(
            Fault("missing-file", "there is no such file", file=str(place), mend="check the path")
        )
    named = {"agent", "dose", "response"} & set(columns or {})
    kind = layout or ("long" if named else _layout_of(place, plate_layout, sheet, decimal))
    if kind not in LAYOUTS:
        raise InputError(
            Fault("unknown-layout", f"'{kind}' is not a layout", file=place.name, expected=", ".join(LAYOUTS))
        )
    check_decimal(decimal, place.name)
    _tell_unused(
        kind,
        place.name,
        {
            "columns": bool(columns),
            "by": bool(by),
            "separator": separator is not None,
            "controls": controls is not None,
            "time_zero": time_zero is not None,
            "decimal": decimal != ".",
        },
    )
    if kind == "wells":
        from kinescape.assays.viability.reading.tagged_wells import GDSC_COLUMNS, read_tagged_wells
        from kinescape.assays.viability.reading.wells import normalise_wells

        if unit is None:
            raise InputError(
                Fault(
                    "unit-missing",
                    "tables of wells do not state the unit of their doses",
                    file=place.name,
                    mend='give unit = "uM"',
                )
            )
        return normalise_wells(
            read_tagged_wells(
                place,
                unit=unit,
                columns={**GDSC_COLUMNS, **(columns or {})},
                control=control,
                hours=hours,
            )
        )
    if kind == "plate":
        from kinescape.assays.viability.reading.plate_matrix import read_plate_matrix
        from kinescape.assays.viability.reading.wells import normalise_wells

        if plate_layout is None:
            raise InputError(
                Fault(
                    "layout-missing",
                    "a plate of numbers needs a layout that says what each well holds",
                    file=place.name,
                    mend='give plate_layout = "layout.csv"',
                )
            )
        with (
            _decimals_mended(),
            pointed_text(place, decimal) as plate,
            pointed_text(plate_layout, decimal) as meanings,
        ):
            wells = read_plate_matrix(plate, meanings, sample=sample, unit=unit, hours=hours, control=control)
        return _told(normalise_wells(wells), decimal)
    if kind == "time_course":
        from kinescape.assays.viability.reading.time_courses import proliferation_rates, read_time_courses

        with _decimals_mended(), pointed_text(place, decimal) as pointed:
            courses = read_time_courses(
                pointed, sheet=sheet, sample=sample or "sample", agent=agent, unit=unit
            )
        return _told(proliferation_rates(courses).series(), decimal)
    if kind == "wide":
        from kinescape.assays.viability.reading.wide_doses import read_wide_doses

        return read_wide_doses(
            place,
            doses=doses,
            unit=unit,
            separator=separator,
            scale=scale,
            measures=measures,
            hours=hours,
            sheet=sheet,
            sample=sample,
            agent=agent,
            decimal=decimal,
        )
    from kinescape.assays.viability.reading.dose_table import read_dose_table

    return read_dose_table(
        place,
        columns=columns,
        unit=unit,
        scale=scale,
        measures=measures,
        sample=sample,
        agent=agent,
        hours=hours,
        by=by,
        sheet=sheet,
        controls=controls,
        time_zero=time_zero,
        decimal=decimal,
    )


@contextmanager
def _decimals_mended() -> Iterator[None]:
    """Decimal commas of a plate or a time course are refused with the option that reads them."""
    try:
        yield
    except InputError as error:
        raise InputError(
            [
                replace(fault, mend=DECIMAL_MEND) if "has a decimal comma" in fault.found else fault
                for fault in error.faults
            ]
        ) from None


def _told(series: DoseSeries, decimal: str) -> DoseSeries:
    """The series with what was said of its decimals."""
    faults = Faults()
    tell_decimal_commas(decimal, series.file, faults)
    return replace(series, notes=(*series.notes, *faults))


_MEANT_FOR = {
    "columns": ("long", "wells"),
    "by": ("long",),
    "separator": ("wide",),
    "controls": ("long",),
    "time_zero": ("long",),
    "decimal": ("long", "wide", "plate", "time_course"),
}
"""Options to the layouts for which they mean something."""


def _tell_unused(kind: str, file: str, given: Mapping[str, bool]) -> None:
    """What was given and means nothing for this layout."""
    faults = Faults()
    for name, kinds in _MEANT_FOR.items():
        if given[name] and kind not in kinds:
            faults.add(
                "unused-option",
                f"'{name}' means nothing for the layout '{kind}' ({LAYOUTS[kind]})",
                file=file,
                mend=f'leave it out, or give layout = "{kinds[0]}"',
            )
    faults.raise_if_errors()


_HEAD_BYTES = 1 << 16
_TIME = ("elapsed", "elapsedh")


def _layout_of(path: Path, plate_layout: str | Path | None, sheet: str | None, decimal: str) -> str:
    if plate_layout is not None:
        return "plate"
    cells = _head(path, sheet, decimal)
    heading = [str(cell or "").strip() for cell in cells.frame.row(0)]
    if {"TAG", "INTENSITY", "BARCODE"} <= set(heading):
        return "wells"
    found = find_columns(heading, None, path.name) if len(set(heading)) == len(heading) else {}
    if "dose" in found and {"response", "count"} & set(found):
        return "long"
    if any(folded(text) in _TIME for text in heading):
        return "time_course"
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm", ".ods") and sheet is None:
        from kinescape.assays.viability.reading.time_courses import sheet_with_hours

        if sheet_with_hours(path):
            return "time_course"
    letters = cells.frame.select(pl.first()).to_series().str.strip_chars().str.to_uppercase().to_list()
    if {"A", "B", "C"} <= set(letters):
        return "plate"
    return "long" if "dose" in found else "wide"


def _head(path: Path, sheet: str | None, decimal: str) -> Cells:
    """The first lines of a table, so that a screen is not read twice; unpacked where it is gzipped."""
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm", ".ods", ".parquet"):
        return _headed(path, path.name, sheet, decimal)
    with path.open("rb") as stream:
        content = stream.read(_HEAD_BYTES)
        if content[:2] == b"\x1f\x8b":
            stream.seek(0)
            try:
                with gzip.open(stream) as unpacking:
                    content = unpacking.read(_HEAD_BYTES)
            except (OSError, EOFError) as error:
                raise InputError(
                    Fault("unreadable-file", f"the file could not be unpacked: {error}", file=path.name)
                ) from error
    if len(content) < _HEAD_BYTES and path.suffix != ".gz":
        return _headed(path, path.name, sheet, decimal)
    whole = content[: content.rfind(b"\n") + 1 or None]
    suffix = Path(path.name.removesuffix(".gz").removesuffix(".tar")).suffix or ".csv"
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / f"head{suffix}"
        first.write_bytes(whole)
        return _headed(first, path.name, sheet, decimal)


def _headed(path: Path, called: str, sheet: str | None, decimal: str) -> Cells:
    with pointed_text(path, decimal, refuse=False) as pointed, squared_text(pointed) as whole:
        if path.suffix == ".parquet":
            names = pl.scan_parquet(path).collect_schema().names()
            return Cells(
                pl.DataFrame([names], orient="row", schema=[str(i) for i in range(len(names))]), called, 1
            )
        return read_cells(whole, name=called, sheet=sheet, header=False)
