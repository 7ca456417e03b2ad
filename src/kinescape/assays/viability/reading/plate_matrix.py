"""A plate as the reader prints it, eight rows of twelve numbers, with a layout that says what each well holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from kinescape.assays.cells import MISSING, number, read_cells
from kinescape.assays.viability.reading.dose_columns import find_columns, folded
from kinescape.assays.viability.reading.dose_unit import BASE_UNITS, base_unit
from kinescape.assays.viability.reading.plate_text import squared_text
from kinescape.assays.viability.reading.wells import WELL_SCHEMA, Wells, well_place
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import parse_quantity

_CONTROL = ("control", "dmso", "untreated", "vehicle", "mock", "negative")
_BLANK = ("blank", "background", "medium", "media", "nocells", "empty", "dead")
_UNUSED = ("unused", "skip", "edge", "pbs", "water")
_WET = ("pbs", "water")
_LISTED = 20


def read_plate_matrix(
    plate: str | Path,
    layout: str | Path,
    *,
    sample: str | None = None,
    unit: str | None = None,
    hours: float | None = None,
    control: Sequence[str] | None = None,
    pairs: bool = False,
    name: str | None = None,
) -> Wells:
    """Read one plate and its layout.

    Parameters
    ----------
    plate : str or Path
        CSV or Excel: rows headed A, B, ... and columns headed 1, 2, ..., with any lines above, of any length.
    layout : str or Path
        The same shape with texts (`erlotinib 1 uM`, `DMSO`, `blank`), or a long table with columns well, agent,
        dose, unit, and optionally sample.
    sample : str, optional
        On the plate, where the layout does not say; null where nothing says it.
    unit : str, optional
        Of the doses of a long layout without a column of units.
    hours : float, optional
        Time after dosing.
    control : sequence of str, optional
        What the layout calls untreated wells, where it is not DMSO, vehicle, control, untreated or mock: `PBS`, say,
        which else counts as a well without cells at the edge.
    pairs : bool
        Whether the caller reads wells of two drugs itself. Else they are set aside, which is told.
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
    meanings = _layout(layout, Path(layout).name, unit, control, faults)
    faults.raise_if_errors()
    if not pairs:
        meanings = _singles(layout, meanings, unit, faults)
    _tell_wet(layout, meanings, faults)
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
        role, agent, dose, dose_unit, own_sample = meaning
        rows.append(
            {
                "plate": name or Path(plate).stem,
                "well_row": place[0],
                "well_column": place[1],
                "role": role,
                "sample": own_sample or sample,
                "agent": agent if role == "treated" else None,
                "dose": dose,
                "dose_unit": dose_unit,
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
    with squared_text(path) as whole:
        cells = read_cells(whole, name=called, header=False)
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


Meaning = tuple[str, str | None, float | None, str | None, str | None]
"""Role, agent, dose, its base unit, sample."""


def _layout(
    path: str | Path, called: str, unit: str | None, control: Sequence[str] | None, faults: Faults
) -> dict[tuple[int, int], Meaning]:
    with squared_text(path) as whole:
        if not _is_long(whole, called):
            grid = _grid(whole, called, faults)
            _tell_signals(grid, called, faults)
            return {
                place: meaning
                for place, (text, line) in grid.items()
                if text and (meaning := _text_meaning(text, called, line, control, faults)) is not None
            }
        header = read_cells(whole, name=called)
    names = {folded(column): column for column in header.columns}
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
        role = _role(agent or "", control)
        if agent is None and doses[index] in (None, 0.0):
            role = "unused" if doses[index] is None else "control"
        if role != "treated" or doses[index] == 0:
            meanings[place] = (
                "control" if doses[index] == 0 and role == "treated" else role,
                _wet(agent or "") if role == "unused" else None,
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


def _tell_signals(grid: Mapping[tuple[int, int], tuple[str, int]], called: str, faults: Faults) -> None:
    """A layout of numbers is a plate of signals: one sentence, not one a well."""
    texts = [text for text, _ in grid.values() if text]
    if texts and all(re.fullmatch(r"[-+\d.,eE]+", text) for text in texts):
        faults.add(
            "layout-signals",
            f"the layout holds {len(texts)} numbers and no names: a plate of signals, perhaps the first sheet of a "
            "workbook whose layout is another",
            file=called,
            expected="erlotinib 1 uM, DMSO or blank in each well",
            mend="save the layout as a file of its own",
        )
        faults.raise_if_errors()


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
        factor, base = base_unit(unit, file, None, line)
    except InputError as error:
        faults.extend(error.faults)
        return None
    if dose < 0:
        faults.add("negative-dose", f"the dose {dose:g} of '{agent}' is below zero", file=file, row=line)
        return None
    return ("treated", agent, dose * factor, base, sample)


def _text_meaning(
    text: str, file: str, line: int, control: Sequence[str] | None, faults: Faults
) -> Meaning | None:
    role = _role(text, control)
    if role != "treated":
        return (role, _wet(text) if role == "unused" else None, None, None, None)
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
    return ("treated", agent, quantity.in_family_units, BASE_UNITS[quantity.family], None)


def _role(text: str, control: Sequence[str] | None = None) -> str:
    key = folded(text)
    if control is not None and key in {folded(name) for name in control}:
        return "control"
    for role, names in (("control", _CONTROL), ("blank", _BLANK), ("unused", _UNUSED)):
        if key in names:
            return role
    return "treated"


def _is_long(path: Path, called: str) -> bool:
    """Whether a layout has one line a well, under a heading `well` or `position`."""
    top = read_cells(path, name=called, header=False).frame.row(0)
    return bool({"well", "position"} & {folded(str(cell or "")) for cell in top})


def _singles(
    layout: str | Path, meanings: dict[tuple[int, int], Meaning], unit: str | None, faults: Faults
) -> dict[tuple[int, int], Meaning]:
    """Wells of one drug: a second one of dose zero is none, and wells of two drugs are set aside."""
    second = _second_drugs(layout, unit, faults)
    kept: dict[tuple[int, int], Meaning] = {}
    mixed: list[tuple[int, int]] = []
    for place, meaning in meanings.items():
        other = second.get(place)
        if meaning[0] == "control" and other is not None:
            kept[place] = (*other[:4], meaning[4])
            continue
        if other is not None or " + " in (meaning[1] or ""):
            mixed.append(place)
            kept[place] = ("unused", None, None, None, meaning[4])
            continue
        kept[place] = meaning
    if mixed:
        faults.add(
            "combinations-left-out",
            f"{len(mixed)} wells hold two drugs, the first is {_well(min(mixed))}; they are no part of a curve of one "
            "drug and are set aside",
            file=Path(layout).name,
            mend="score them with kinescape synergy, from a table with drug1, conc1, drug2, conc2 and response",
            severity="warning",
        )
    return kept


def _second_drugs(layout: str | Path, unit: str | None, faults: Faults) -> dict[tuple[int, int], Meaning]:
    """Wells of a long layout whose second drug has a dose."""
    called = Path(layout).name
    with squared_text(layout) as whole:
        if not _is_long(whole, called):
            return {}
        cells = read_cells(whole, name=called)
    found = find_columns(cells.columns, None, called)
    if not {"second_agent", "second_dose"} <= set(found):
        return {}
    names = {folded(column): column for column in cells.columns}
    wells = cells.frame[names.get("well") or names["position"]].to_list()
    units = found.get("second_unit") or found.get("unit")
    spelled = cells.frame[units].to_list() if units else [None] * len(wells)
    known: dict[tuple[int, int], Meaning] = {}
    for well, agent, dose, own in zip(
        wells,
        cells.frame[found["second_agent"]],
        cells.numbers(found["second_dose"], faults),
        spelled,
        strict=True,
    ):
        place = well_place(well or "")
        if place is not None and dose:
            factor, base = base_unit(own or unit or "M", called, units)
            known[place] = ("treated", agent, dose * factor, base, None)
    return known


def _tell_wet(layout: str | Path, meanings: dict[tuple[int, int], Meaning], faults: Faults) -> None:
    """Wells of PBS or water are the empty edge of a plate, unless they are all the controls there are."""
    wet = [place for place, meaning in meanings.items() if meaning[0] == "unused" and meaning[1] in _WET]
    if not wet:
        return
    name = str(meanings[wet[0]][1]).upper() if meanings[wet[0]][1] == "pbs" else "water"
    alone = not any(meaning[0] == "control" for meaning in meanings.values())
    faults.add(
        "wet-wells",
        f"{len(wet)} wells hold {name} and are read as wells without cells"
        + (", and no well is called untreated" if alone else ""),
        file=Path(layout).name,
        mend=f'if these are untreated cells, give control = "{name}"',
        severity="error" if alone else "note",
    )


def _wet(text: str) -> str | None:
    """The liquid of a well without cells, to be told."""
    return folded(text) if folded(text) in _WET else None
