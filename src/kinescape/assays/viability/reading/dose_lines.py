"""The lines of a long dose table: whose, when, which doses of which drugs, and what was read, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.long_readings import names_of
from kinescape.assays.viability.reading.dose_columns import find_columns, folded, is_log_heading
from kinescape.assays.viability.reading.matrix_doses import matrix_doses
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.spreadsheet_dates import tell_dates
from kinescape.assays.vocabulary import unknown_options
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

DOSE_COLUMNS = (
    "sample",
    "agents",
    "value",
    "replicate",
    "block",
    "time_h",
    "time_min",
    "count",
    "control_count",
    "time_zero",
)
"""Keys of `[files.columns]` for a long dose table; `agents` is a list of {agent, dose, unit}."""
MEANINGS = {"value": "response", "control_count": "control", "time_h": "time", "time_min": "time"}
"""Keys that the columns of a dose table have by another name."""
_MOST_DRUGS = 6
_TECHNICAL = ("techrep", "technicalreplicate", "well")
_MENDS = {
    "unit-missing": 'give dose_unit = "nM", or name the column of units',
    "negative-dose": "if these are logarithms to the base 10, give log10_doses = true",
}


def dose_lines(
    cells: Cells,
    columns: Mapping[str, Any],
    faults: Faults,
    *,
    sample: str | None,
    dose_unit: str | None,
    log10_doses: bool,
    time_h: float | None,
) -> tuple[pl.DataFrame, dict[str, str], int]:
    """The lines of the table.

    Parameters
    ----------
    cells : Cells
        The table.
    columns : mapping
        Keys of `DOSE_COLUMNS` to names in the file, where these are not the usual ones.
    faults : Faults
        Takes what is wrong.
    sample, dose_unit, log10_doses, time_h
        What the table does not say.

    Returns
    -------
    lines : polars.DataFrame
        row, sample, replicate, block, time_h, value (or count, control, time_zero), and for each drug k from 1
        `agent_k`, `dose_k`, `unit_k`.
    found : dict of str to str
        Meanings to names in the file.
    drugs : int
        How many drugs a line may name.

    Raises
    ------
    InputError
        Where a column is missing, with all the faults so far.
    """
    unknown_options(columns, DOSE_COLUMNS, file=cells.file, faults=faults, where="[files.columns]")
    faults.raise_if_errors()
    found, drugs = _found(cells, columns, faults)
    _one_way(columns, found, sample, time_h, cells, faults)
    faults.raise_if_errors()
    size = cells.frame.height
    made: dict[str, Any] = {"row": pl.int_range(cells.first_row, cells.first_row + size, eager=True)}
    if "sample" in found and sample is None:
        made["sample"] = names_of(cells, found["sample"], "sample", faults)
    else:
        made["sample"] = pl.repeat(sample, size, dtype=pl.String, eager=True)
    for meaning in ("replicate", "block"):
        made[meaning] = (
            cells.frame[found[meaning]]
            if meaning in found
            else pl.repeat(None, size, dtype=pl.String, eager=True)
        )
    made["time_h"] = pl.repeat(time_h, size, dtype=pl.Float64, eager=True)
    if "time" in found:
        hours = number_column(cells, found["time"], faults, what="a time")
        made["time_h"] = hours / (60.0 if "time_min" in columns else 1.0)
    for meaning in ("response", "count", "control", "time_zero"):
        if meaning in found:
            name = "value" if meaning == "response" else meaning
            made[name] = number_column(cells, found[meaning], faults)
    for drug in range(1, drugs + 1):
        made[f"agent_{drug}"] = cells.frame[found[f"agent_{drug}"]]
        doses, units = _doses(cells, found, drug, dose_unit, log10_doses, faults)
        made[f"dose_{drug}"], made[f"unit_{drug}"] = doses, units
    texts = dict.fromkeys(("sample", "replicate", "block"), pl.String)
    frame = pl.DataFrame(made, schema_overrides={**texts, "row": pl.Int64, "time_h": pl.Float64})
    return frame, found, drugs


def _found(cells: Cells, columns: Mapping[str, Any], faults: Faults) -> tuple[dict[str, str], int]:
    """Meanings to names, drugs numbered from 1."""
    parts = columns.get("agents", [])
    if not isinstance(parts, list) or not all(
        isinstance(p, dict) and {"agent", "dose"} <= set(p) for p in parts
    ):
        raise InputError(
            Fault(
                "wrong-value",
                "agents is a list of tables",
                file=cells.file,
                column="columns.agents",
                expected='agents = [{agent = "Drug1", dose = "Conc1", unit = "Unit1"}, …]',
            )
        )
    named = {key: value for key, value in columns.items() if key != "agents"}
    cells.require(named, faults)
    for part in parts:
        cells.require(part, faults)
    faults.raise_if_errors()
    meant = find_columns(
        cells.columns, {MEANINGS.get(key, key): name for key, name in named.items()}, cells.file
    )
    if folded(meant.get("replicate", "")) in _TECHNICAL and "replicate" not in columns:
        faults.add(
            "technical-repeats",
            f"column '{meant['replicate']}' names technical repeats, which are not independent replicates; it is not "
            "used",
            file=cells.file,
            severity="note",
        )
        del meant["replicate"]
    if "response" in meant:
        # Counts are read in place of responses, never beside them.
        meant = {key: name for key, name in meant.items() if key not in ("count", "control", "time_zero")}
    found = {
        key: name
        for key, name in meant.items()
        if key not in ("agent", "dose", "second_agent", "second_dose", "second_unit")
    }
    if not parts:
        parts = _numbered(cells, meant)
        _tell_halves(cells, parts, meant, faults)
    else:
        found.pop("unit", None)
    for drug, part in enumerate(parts, start=1):
        found.update({f"{key}_{drug}": part[key] for key in ("agent", "dose", "unit") if key in part})
    _need(cells, meant, found, len(parts), faults)
    return found, len(parts)


def _numbered(cells: Cells, meant: Mapping[str, str]) -> list[dict[str, str]]:
    """Columns of each drug by their usual names; those of the third drug on are numbered."""
    parts = []
    for agent, dose, unit in (("agent", "dose", "unit"), ("second_agent", "second_dose", "second_unit")):
        if agent in meant and dose in meant:
            parts.append(
                {
                    "agent": meant[agent],
                    "dose": meant[dose],
                    **({"unit": meant[unit]} if unit in meant else {}),
                }
            )
    by_folded = {folded(name): name for name in cells.columns}
    for drug, part in enumerate(parts, start=1):
        own = by_folded.get(f"concunit{drug}") or by_folded.get(f"unit{drug}")
        if own:
            part["unit"] = own
    if len(parts) == 2:
        for drug in range(3, _MOST_DRUGS + 1):
            amount = by_folded.get(f"conc{drug}") or by_folded.get(f"dose{drug}")
            if f"drug{drug}" not in by_folded or amount is None:
                break
            unit_name = by_folded.get(f"concunit{drug}") or by_folded.get(f"unit{drug}")
            parts.append(
                {
                    "agent": by_folded[f"drug{drug}"],
                    "dose": amount,
                    **({"unit": unit_name} if unit_name else {}),
                }
            )
    return parts


def _tell_halves(cells: Cells, parts: list[dict[str, str]], meant: Mapping[str, str], faults: Faults) -> None:
    """A drug without its dose, or a dose without its drug: a pair would be read as a single drug."""
    used = {name for part in parts for name in part.values()}
    halves = [
        meant[key]
        for key in ("agent", "dose", "second_agent", "second_dose")
        if key in meant and meant[key] not in used
    ]
    halves += [
        name
        for name in cells.columns
        if name not in (*used, *halves)
        and re.fullmatch(r"(drug|conc|dose|agent|compound)[1-9]", folded(name))
    ]
    if parts and halves:
        faults.add(
            "missing-column",
            f"the column '{halves[0]}' is a drug without its dose, or a dose without its drug",
            file=cells.file,
            row=1,
            column=halves[0],
            expected=f"a dose for each drug; there are {', '.join(cells.columns[:12])}",
            mend='name them under [files.columns]: agents = [{agent = "…", dose = "…", unit = "…"}, …]',
        )


def _need(
    cells: Cells, meant: Mapping[str, str], found: Mapping[str, str], drugs: int, faults: Faults
) -> None:
    there = f"there are {', '.join(cells.columns[:12])}"
    if not drugs:
        lacking = " and ".join(key for key in ("agent", "dose") if key not in meant) or "agent and dose"
        faults.add(
            "missing-column",
            f"no column is known as the {lacking}",
            file=cells.file,
            row=1,
            expected=f"headings such as drug and dose, or drug1, conc1, drug2, conc2; {there}",
            mend='name them under [files.columns]: agents = [{agent = "…", dose = "…", unit = "…"}]',
        )
    if "response" not in found and not {"count", "control"} <= set(found):
        faults.add(
            "missing-column",
            "no column is known as the response",
            file=cells.file,
            row=1,
            expected=f"a heading such as response, viability or inhibition; {there}",
            mend='name it under [files.columns]: value = "…"',
        )


def _one_way(
    columns: Mapping[str, Any],
    found: Mapping[str, str],
    sample: str | None,
    time_h: float | None,
    cells: Cells,
    faults: Faults,
) -> None:
    """What is said twice, or not at all."""
    if sample is None and "sample" not in found:
        faults.add(
            "missing-column",
            "no column is known as the sample",
            file=cells.file,
            row=1,
            expected=f"a heading such as cell_line; there are {', '.join(cells.columns[:12])}",
            mend='name it under [files.columns]: sample = "…", or give sample = "…" for the whole file',
        )
    if sample is not None and "sample" in found:
        held = cells.frame[found["sample"]].drop_nulls().unique()
        if len(held) > 1:
            faults.add(
                "two-ways",
                f"the sample is given as '{sample}', and the column '{found['sample']}' holds {len(held)} samples",
                file=cells.file,
                column=found["sample"],
                mend="leave sample out, and keep one with only_samples = […]",
            )
    if ("time_h" in columns and "time_min" in columns) or (time_h is not None and "time" in found):
        faults.add("two-ways", "the time is given twice", file=cells.file, mend="keep one of the two")


def _doses(
    cells: Cells, found: dict[str, str], drug: int, dose_unit: str | None, log10_doses: bool, faults: Faults
) -> tuple[pl.Series, pl.Series]:
    """Doses and units of one drug, with faults that speak of the study's keys."""
    column = found[f"dose_{drug}"]
    nothing = pl.repeat(None, cells.frame.height, dtype=pl.Float64, eager=True)
    unknown = pl.repeat("", cells.frame.height, dtype=pl.String, eager=True)
    if tell_dates(cells, column, faults):
        return nothing, unknown
    own = Faults()
    doses, units = matrix_doses(cells, found, drug, dose_unit, log10_doses or is_log_heading(column), own)
    # Without a sure unit no dose is read further; the fault has been told.
    mended = [replace(fault, mend=_MENDS.get(fault.code, fault.mend)) for fault in own]
    faults.extend(fault for fault in mended if fault not in list(faults))
    if own.errors:
        return nothing, unknown
    finite = doses.to_frame("dose").select(
        pl.when(pl.col("dose").is_finite()).then(pl.col("dose").round_sig_figs(10))
    )
    return finite.to_series(), units


def heading_measures(heading: str) -> str | None:
    """What a heading declares the values to be; None where it says neither.

    Examples
    --------
    >>> heading_measures("percent_viability"), heading_measures("response")
    ('viability', None)
    """
    return next((word for word in ("viability", "inhibition") if word in folded(heading)), None)


def finite(values: pl.Series) -> np.ndarray:
    """The numbers of a column that holds some."""
    return values.drop_nulls().drop_nans().to_numpy()
