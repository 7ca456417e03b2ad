"""Any dose-response file: which reader it needs is told from the file, and said back."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from kinescape.assays.cells import Cells, read_cells
from kinescape.assays.viability.reading.dose_columns import find_columns, folded
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.plate_text import squared_text
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

    Raises
    ------
    InputError
        With every fault.
    """
    place = Path(path)
    if not place.is_file():
        raise InputError(
            Fault("missing-file", "there is no such file", file=place.name, mend="check the path")
        )
    named = {"agent", "dose", "response"} & set(columns or {})
    kind = layout or ("long" if named else _layout_of(place, plate_layout, sheet))
    if kind not in LAYOUTS:
        raise InputError(
            Fault("unknown-layout", f"'{kind}' is not a layout", file=place.name, expected=", ".join(LAYOUTS))
        )
    _tell_unused(kind, place.name, columns, by, separator)
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
        wells = read_plate_matrix(place, plate_layout, sample=sample, unit=unit, hours=hours, control=control)
        return normalise_wells(wells)
    if kind == "time_course":
        from kinescape.assays.viability.reading.time_courses import proliferation_rates, read_time_courses

        return proliferation_rates(
            read_time_courses(place, sheet=sheet, sample=sample or "sample", agent=agent, unit=unit)
        ).series()
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
    )


def _tell_unused(
    kind: str, file: str, columns: Mapping[str, str] | None, by: Sequence[str], separator: str | None
) -> None:
    """What was given and means nothing for this layout."""
    given = (
        ("columns", bool(columns), ("long", "wells")),
        ("by", bool(by), ("long",)),
        ("separator", separator is not None, ("wide",)),
    )
    faults = Faults()
    for name, said, kinds in given:
        if said and kind not in kinds:
            faults.add(
                "unused-option",
                f"'{name}' means nothing for the layout '{kind}' ({LAYOUTS[kind]})",
                file=file,
                mend=f'leave it out, or give layout = "{kinds[0]}"',
            )
    faults.raise_if_errors()


_HEAD_BYTES = 1 << 16
_TIME = ("elapsed", "elapsedh")


def _layout_of(path: Path, plate_layout: str | Path | None, sheet: str | None) -> str:
    if plate_layout is not None:
        return "plate"
    cells = _head(path, sheet)
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


def _head(path: Path, sheet: str | None) -> Cells:
    """The first lines of a table, so that a screen is not read twice; unpacked where it is gzipped."""
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm", ".ods", ".parquet"):
        return _headed(path, path.name, sheet)
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
        return _headed(path, path.name, sheet)
    whole = content[: content.rfind(b"\n") + 1 or None]
    suffix = Path(path.name.removesuffix(".gz").removesuffix(".tar")).suffix or ".csv"
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / f"head{suffix}"
        first.write_bytes(whole)
        return _headed(first, path.name, sheet)


def _headed(path: Path, called: str, sheet: str | None) -> Cells:
    with squared_text(path) as whole:
        if path.suffix == ".parquet":
            names = pl.scan_parquet(path).collect_schema().names()
            return Cells(
                pl.DataFrame([names], orient="row", schema=[str(i) for i in range(len(names))]), called, 1
            )
        return read_cells(whole, name=called, sheet=sheet, header=False)
