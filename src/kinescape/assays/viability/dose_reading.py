"""Any dose-response file: which reader it needs is told from the file, and said back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from kinescape.assays.cells import read_cells
from kinescape.assays.viability.dose_columns import find_columns, folded
from kinescape.assays.viability.dose_series import DoseSeries
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault

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
    unit, scale, measures, sample, control, doses, agent, hours, sheet
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
    kind = layout or _layout_of(place, plate_layout, sheet)
    if kind not in LAYOUTS:
        raise InputError(
            Fault("unknown-layout", f"'{kind}' is not a layout", file=place.name, expected=", ".join(LAYOUTS))
        )
    if kind == "wells":
        from kinescape.assays.viability.tagged_wells import read_tagged_wells
        from kinescape.assays.viability.wells import normalise_wells

        if unit is None:
            raise InputError(
                Fault(
                    "unit-missing",
                    "tables of wells do not state the unit of their doses",
                    file=place.name,
                    mend="give --unit uM",
                )
            )
        return normalise_wells(read_tagged_wells(place, unit=unit, control=control, hours=hours))
    if kind == "plate":
        from kinescape.assays.viability.plate_matrix import read_plate_matrix
        from kinescape.assays.viability.wells import normalise_wells

        if plate_layout is None:
            raise InputError(
                Fault(
                    "layout-missing",
                    "a plate of numbers needs a layout that says what each well holds",
                    file=place.name,
                    mend="give --layout layout.csv",
                )
            )
        wells = read_plate_matrix(place, plate_layout, sample=sample or "sample", unit=unit, hours=hours)
        return normalise_wells(wells)
    if kind == "time_course":
        from kinescape.assays.viability.time_courses import proliferation_rates, read_time_courses

        return proliferation_rates(
            read_time_courses(place, sheet=sheet, sample=sample or "sample", agent=agent, unit=unit)
        ).series()
    if kind == "wide":
        from kinescape.assays.viability.wide_doses import read_wide_doses

        return read_wide_doses(
            place, doses=doses, unit=unit, scale=scale, measures=measures, hours=hours, sheet=sheet
        )
    from kinescape.assays.viability.dose_table import read_dose_table

    return read_dose_table(
        place, unit=unit, scale=scale, measures=measures, sample=sample, hours=hours, sheet=sheet
    )


def _layout_of(path: Path, plate_layout: str | Path | None, sheet: str | None) -> str:
    if plate_layout is not None:
        return "plate"
    if path.suffix == ".gz" or path.suffix == ".csv":
        first = _first_line(path)
        if {"TAG", "INTENSITY", "BARCODE"} <= {name.strip('"') for name in first.split(",")}:
            return "wells"
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm", ".ods"):
        from kinescape.assays.viability.time_courses import sheet_with_hours

        if sheet is None and sheet_with_hours(path):
            return "time_course"
    cells = read_cells(path, name=path.name, sheet=sheet, header=False)
    heading = [str(cell or "") for cell in cells.frame.row(0)]
    if any(folded(text) in ("elapsed", "elapsedh") for text in heading):
        return "time_course"
    if len(set(heading)) == len(heading):
        found = find_columns(heading, None, path.name)
        if {"agent", "dose"} <= set(found) and ({"response", "count"} & set(found)):
            return "long"
    letters = cells.frame.select(pl.first()).to_series().str.strip_chars().str.to_uppercase().to_list()
    if {"A", "B", "C"} <= set(letters):
        return "plate"
    found = find_columns(heading, None, path.name)
    return "long" if {"agent", "dose"} <= set(found) else "wide"


def _first_line(path: Path) -> str:
    import gzip

    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as handle:
            return handle.readline().strip()
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.readline().strip()
