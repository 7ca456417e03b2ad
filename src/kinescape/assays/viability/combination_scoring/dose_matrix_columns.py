"""Which column of a table of dose matrices is what, and what to say where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_columns import folded
from kinescape.foundation.issues import Faults, nearest

_MOST_DRUGS = 6
_NAMES: dict[str, tuple[str, ...]] = {
    "block": ("block", "blockid", "pairindex", "pair", "matrix", "combinationid", "comboid"),
    "sample": ("sample", "cellline", "celllinename", "cell", "sampleid", "model", "patient"),
    "replicate": ("replicate", "biologicalreplicate", "biorep", "experiment", "rep"),
    "response": (
        "response",
        "viability",
        "inhibition",
        "e",
        "effect",
        "value",
        "survival",
        "percentviability",
    ),
    "unit": ("concunit", "unit", "doseunit", "concentrationunit", "concunits"),
}
_TECHNICAL = ("techrep", "technicalreplicate", "well")
_NUMBERED: dict[str, tuple[str, ...]] = {
    "drug": ("drug{}", "drug{}name", "agent{}", "compound{}", "treatment{}"),
    "dose": ("conc{}", "dose{}", "concentration{}", "drug{}conc", "drug{}dose", "d{}"),
    "unit": ("concunit{}", "unit{}", "doseunit{}", "drug{}unit"),
}
_ROW_AND_COLUMN = {
    "drug": (("drugrow", "rowname"), ("drugcol", "colname")),
    "dose": (("concr", "concrow", "rowconcs", "rowconc"), ("concc", "conccol", "colconcs", "colconc")),
    "unit": (("concrunit", "rowconcunit"), ("conccunit", "colconcunit")),
}


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets; none where it is no spreadsheet."""
    if path.suffix.lower() not in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"):
        return []
    import fastexcel

    try:
        return list(fastexcel.read_excel(path).sheet_names)
    except fastexcel.FastExcelError:
        return []


def matrix_columns(cells: Cells, given: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """Meanings of the columns to their names.

    Parameters
    ----------
    cells : Cells
        The table.
    given : mapping of str to str
        What the user says; the usual names are known.
    faults : Faults
        Takes names that the table does not have.
    """
    found: dict[str, str] = {}
    for meaning, name in given.items():
        if name not in cells.columns:
            near = nearest(name, cells.columns, n=1)
            faults.add(
                "missing-column",
                f"there is no column '{name}' (for {meaning})",
                file=cells.file,
                row=1,
                column=name,
                expected=f"one of {', '.join(cells.columns[:12])}",
                mend=f"did you mean '{near[0]}'?" if near else f"name another: --column {meaning}=NAME",
            )
    by_folded = {folded(name): name for name in reversed(cells.columns)}
    for meaning, names in _NAMES.items():
        hit = next((by_folded[name] for name in names if name in by_folded), None)
        if hit is not None:
            found[meaning] = hit
    for meaning, patterns in _NUMBERED.items():
        for drug in range(1, _MOST_DRUGS + 1):
            spelled = [pattern.format(drug) for pattern in patterns]
            if drug <= 2:
                spelled += _ROW_AND_COLUMN[meaning][drug - 1]
            hit = next((by_folded[name] for name in spelled if name in by_folded), None)
            if hit is not None:
                found[f"{meaning}_{drug}"] = hit
    found.update({meaning: name for meaning, name in given.items() if name in cells.columns})
    technical = [by_folded[name] for name in _TECHNICAL if name in by_folded]
    if technical and "replicate" not in found:
        faults.add(
            "technical-repeats",
            f"column '{technical[0]}' names technical repeats, which are not independent replicates; it is not used",
            file=cells.file,
            severity="note",
        )
    return found


def tell_missing_columns(
    cells: Cells, found: dict[str, str], drugs: int, sheets: list[str], faults: Faults
) -> None:
    """Say which of the columns that every table needs were not found.

    Parameters
    ----------
    cells : Cells
        The table.
    found : dict of str to str
        From `matrix_columns`.
    drugs : int
        How many columns of doses there are.
    sheets : list of str
        Of the spreadsheet, where the user named none.
    faults : Faults
        Takes what is missing.
    """
    other = f", or another sheet ({', '.join(sheets[1:])}): --sheet NAME" if len(sheets) > 1 else ""
    if "response" not in found:
        near = nearest("response", cells.columns, n=1)
        faults.add(
            "missing-column",
            "there is no column of responses",
            file=cells.file,
            row=1,
            expected="one called response, viability or inhibition",
            mend=(f"did you mean '{near[0]}'? " if near else "") + f"name it: --column response=NAME{other}",
        )
    if drugs < 2:
        faults.add(
            "missing-column",
            f"{drugs} column{'s' * (drugs != 1)} of doses found; a combination needs at least two",
            file=cells.file,
            row=1,
            expected=f"columns such as conc1 and conc2; the file has {', '.join(cells.columns[:12])}",
            mend=f"name them: --column dose_1=NAME --column dose_2=NAME{other}",
        )
