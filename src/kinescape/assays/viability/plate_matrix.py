"""A plate as the reader prints it, eight rows of twelve numbers, with a layout that says what each well holds."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kinescape.assays.cells import MISSING, number, read_cells
from kinescape.assays.viability.dose_columns import find_columns, folded
from kinescape.assays.viability.wells import WELL_SCHEMA, Wells, well_place
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import Quantity, parse_quantity

_CONTROL = ("control", "dmso", "untreated", "vehicle", "mock", "negative")
_BLANK = ("blank", "background", "medium", "media", "nocells", "empty", "dead")
_UNUSED = ("unused", "skip", "edge", "pbs", "water")
_LISTED = 20


def read_plate_matrix(
    plate: str | Path,
    layout: str | Path,
    *,
    sample: str = "sample",
    unit: str | None = None,
    hours: float | None = None,
    name: str | None = None,
) -> Wells:
    """Read one plate and its layout.

    Parameters
    ----------
    plate : str or Path
        CSV or Excel: rows headed A, B, ... and columns headed 1, 2, ..., with any lines above.
    layout : str or Path
        The same shape with texts (`erlotinib 1 uM`, `DMSO`, `blank`), or a long table with columns well, agent,
        dose, unit, and optionally sample.
    sample : str
        On the plate, where the layout does not say.
    unit : str, optional
        Of the doses of a long layout without a column of units.
    hours : float, optional
        Time after dosing.
    name : str, optional
        Of the plate; its file name by default.

    Raises
    ------
    InputError
        With every fault: wells without a number, without a layout, or named in it twice.
    """
    called = Path(plate).name
    faults = Faults()
    values = _grid(plate, called, faults)
    meanings = _layout(layout, Path(layout).name, unit, faults)
    faults.raise_if_errors()
    rows = []
    for place, (text, line) in sorted(values.items()):
        meaning = meanings.get(place)
        if meaning is None:
            continue
        value: float | None = None
        if text.lower() not in MISSING:
            try:
                value = number(text)
            except ValueError as error:
                faults.add("not-a-number", str(error), file=called, row=line, column=str(place[1]))
        role, agent, molar, own_sample = meaning
        rows.append(
            {
                "plate": name or Path(plate).stem,
                "well_row": place[0],
                "well_column": place[1],
                "role": role,
                "sample": own_sample or sample,
                "agent": agent,
                "dose_molar": molar,
                "time_h": hours,
                "value": value,
            }
        )
    without = [place for place in values if place not in meanings and values[place][0].lower() not in MISSING]
    if without:
        faults.add(
            "well-without-layout",
            f"{len(without)} wells with a signal are not in the layout, the first is {_well(min(without))}",
            file=called,
            severity="warning",
        )
    missing = [place for place in meanings if place not in values]
    if missing:
        faults.add(
            "well-missing",
            f"{len(missing)} wells of the layout are not on the plate, the first is {_well(min(missing))}",
            file=called,
            mend="is this the layout of this plate?",
        )
    faults.raise_if_errors()
    frame = pl.DataFrame(rows, schema=WELL_SCHEMA)
    stated = f"plate of {len(values)} wells with its layout"
    return Wells(frame, (*faults.warnings, *faults.notes), called, stated)


def _well(place: tuple[int, int]) -> str:
    return f"{chr(64 + place[0]) if place[0] <= 26 else 'A' + chr(38 + place[0])}{place[1]}"


def _grid(path: str | Path, called: str, faults: Faults) -> dict[tuple[int, int], tuple[str, int]]:
    """Texts of the wells with their lines: the first block whose rows are headed by letters."""
    cells = read_cells(path, name=called, header=False)
    found: dict[tuple[int, int], tuple[str, int]] = {}
    heading: list[int | None] = []
    for index, row in enumerate(cells.frame.iter_rows()):
        texts = ["" if cell is None else str(cell).strip() for cell in row]
        numbers = [int(float(text)) if text.replace(".0", "").isdigit() else None for text in texts]
        first = texts[0] if texts else ""
        place = well_place(f"{first}1") if first and len(first) <= 2 else None
        if place and heading:
            for column, text in zip(heading, texts, strict=False):
                if column is not None:
                    key = (place[0], column)
                    if key in found:
                        faults.add(
                            "duplicate-well",
                            f"well {_well(key)} stands twice",
                            file=called,
                            row=cells.row(index),
                            mend="give each plate its own file",
                        )
                    found[key] = (text, cells.row(index))
        elif not place and sum(value is not None for value in numbers) >= 2 and numbers[0] is None:
            ordered = [value for value in numbers if value is not None]
            heading = numbers if ordered == list(range(ordered[0], ordered[0] + len(ordered))) else heading
    if not found:
        raise InputError(
            Fault(
                "no-plate",
                "no plate was found: a line of column numbers 1, 2, … above lines headed A, B, …",
                file=called,
                expected="the matrix as the plate reader exports it",
            )
        )
    return found


Meaning = tuple[str, str | None, float | None, str | None]


def _layout(
    path: str | Path, called: str, unit: str | None, faults: Faults
) -> dict[tuple[int, int], Meaning]:
    header = read_cells(path, name=called)
    names = {folded(column): column for column in header.columns}
    if "well" not in names and "position" not in names:
        return {
            place: meaning
            for place, (text, line) in _grid(path, called, faults).items()
            if text and (meaning := _text_meaning(text, called, line, faults)) is not None
        }
    well = names.get("well") or names["position"]
    found = find_columns(header.columns, None, called)
    meanings: dict[tuple[int, int], Meaning] = {}
    doses = header.numbers(found["dose"], faults) if "dose" in found else [None] * header.frame.height
    for index, row in enumerate(header.frame.iter_rows(named=True)):
        line = header.row(index)
        place = well_place(row[well] or "")
        if place is None:
            faults.add(
                "not-a-well", f"'{row[well]}' is not a well such as B07", file=called, row=line, column=well
            )
            continue
        if place in meanings:
            faults.add("duplicate-well", f"well {row[well]} stands twice", file=called, row=line, column=well)
        agent = row[found["agent"]] if "agent" in found else None
        own = row[found["sample"]] if "sample" in found else None
        role = _role(agent or "")
        if agent is None and doses[index] in (None, 0.0):
            role = "unused" if doses[index] is None else "control"
        if role != "treated" or doses[index] == 0:
            meanings[place] = (
                "control" if doses[index] == 0 and role == "treated" else role,
                None,
                None,
                own,
            )
            continue
        spelled = row[found["unit"]] if "unit" in found else unit
        meaning = _treated(agent, doses[index], spelled, own, called, line, faults)
        if meaning is not None:
            meanings[place] = meaning
    return meanings


def _treated(
    agent: str | None,
    dose: float | None,
    unit: str | None,
    sample: str | None,
    file: str,
    line: int,
    faults: Faults,
) -> Meaning | None:
    if dose is None or unit is None:
        what = "dose" if dose is None else "unit"
        faults.add(f"{what}-missing", f"'{agent}' has no {what}", file=file, row=line, mend="write 1 uM, say")
        return None
    try:
        molar = Quantity(dose, unit).molar
    except ValueError as error:
        faults.add("dose", str(error), file=file, row=line)
        return None
    return ("treated", agent, molar, sample)


def _text_meaning(text: str, file: str, line: int, faults: Faults) -> Meaning | None:
    role = _role(text)
    if role != "treated":
        return (role, None, None, None)
    agent, _, amount = text.rpartition(" ")
    agent, _, figure = agent.rpartition(" ")
    if not agent:
        faults.add(
            "layout-text",
            f"'{text}' is neither a drug with its dose nor a control",
            file=file,
            row=line,
            expected="erlotinib 1 uM, DMSO or blank",
        )
        return None
    try:
        quantity = parse_quantity(f"{figure} {amount}")
    except ValueError as error:
        faults.add(
            "dose", f"'{text}': {error}", file=file, row=line, expected="erlotinib 1 uM, DMSO or blank"
        )
        return None
    return ("treated", agent, quantity.molar, None)


def _role(text: str) -> str:
    key = folded(text)
    for role, names in (("control", _CONTROL), ("blank", _BLANK), ("unused", _UNUSED)):
        if key in names:
            return role
    return "treated"
