"""The study's `format = "viability_plate"`: a plate reader's matrix with a layout that says what each well holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.assays.cells import read_cells
from kinescape.assays.reading import ReadResult
from kinescape.assays.viability.reading.dose_columns import find_columns, folded
from kinescape.assays.viability.reading.matrix_doses import matrix_doses
from kinescape.assays.viability.reading.plate_matrix import read_plate_matrix
from kinescape.assays.viability.reading.wells import Wells, well_place
from kinescape.assays.viability.study_formats.dose_conditions import first_cell, kept_agents
from kinescape.assays.viability.study_formats.plate_effects import effects_on_plates
from kinescape.assays.vocabulary import ConditionReader, Vocabulary, as_texts, unknown_options
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import Quantity
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable
from kinescape.measurements.conditions import Condition


def read_viability_plate(
    path: str | Path,
    *,
    layout: str | Path,
    columns: Mapping[str, Any] | None = None,
    more_plates: Sequence[str | Path] | str | Path = (),
    sample: str | None = None,
    assay: str = "viability",
    node: str = "viability",
    agents: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    only_agents: Sequence[str] = (),
    dose_unit: str | None = None,
    time_h: float | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read the matrix of a plate reader with the layout that says what each well holds.

    Parameters
    ----------
    path : str or Path
        The plate: rows headed A, B, ..., columns headed 1, 2, ....
    layout : str or Path
        The same shape with texts (`erlotinib 1 uM`, `a 10 nM + b 1 uM`, `DMSO`, `blank`, `unused`), or a long table
        with columns well, agent, dose, unit, optionally sample, and drug2, conc2 for a second drug.
    columns : mapping, optional
        Not used: the layout's headings are the usual ones.
    more_plates : path or sequence of paths
        Further plates of the same layout. Each plate is an independent replicate, named by its file.
    sample : str, optional
        Whose cells, where the layout does not say.
    dose_unit : str, optional
        Of a long layout without a column of units.
    time_h : float, optional
        Hours since dosing.

    Other parameters are those of `kinescape.assays.viability.study_formats.study_doses.read_viability_doses`.

    Raises
    ------
    InputError
        With every fault of the plates and their layout.
    """
    faults, file = Faults(), name or str(path)
    unknown_options(dict(columns or {}), (), file=file, faults=faults, where="[files.columns]")
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents)
    plates = [path, *([more_plates] if isinstance(more_plates, (str, Path)) else more_plates)]
    parts: list[pl.DataFrame] = []
    notes: list[Fault] = []
    told: list[Fault] = []
    for number, plate in enumerate(plates):
        called = file if number == 0 else Path(plate).name
        try:
            wells = read_plate_matrix(
                plate, layout, unit=dose_unit, hours=time_h, pairs=True, name=Path(plate).stem
            )
            notes += wells.notes
            parts.append(wells.frame)
        except InputError as error:
            known = Path(plate).name
            told += [replace(f, file=called if f.file == known else f.file) for f in error.faults]
    # A fault of the layout is found with every plate, and told once.
    faults.extend(dict.fromkeys(told))
    if len({Path(plate).stem for plate in plates}) < len(plates):
        faults.add("same-plate", "two plates have the same name", file=file, column="more_plates")
    faults.raise_if_errors()
    frame = pl.concat(parts).with_row_index("row").with_columns(row=pl.col("row").cast(pl.Int64) + 1)
    frame = _second_drug(frame, Path(layout), dose_unit, faults)
    frame, dropped = _plate_conditions(
        frame, vocabulary, faults, Path(layout), as_texts(ignore), as_texts(only_agents)
    )
    frame = frame.with_columns(sample=pl.col("sample").fill_null(pl.lit(sample, pl.String)))
    stated = f"{len(parts)} plate{'s' * (len(parts) > 1)} with their layout"
    made = Wells(frame, tuple(dict.fromkeys(notes)), file, stated)
    return effects_on_plates(
        made, vocabulary, faults, assay=assay, node=node, rows_known=False, dropped=dropped
    )


def _second_drug(frame: pl.DataFrame, layout: Path, dose_unit: str | None, faults: Faults) -> pl.DataFrame:
    """A second drug of a long layout, added to the text of the first; one of dose zero is none."""
    texts = [
        f"{agent} {Quantity(float(f'{dose:.10g}'), unit).text}" if role == "treated" else None
        for role, agent, dose, unit in frame.select("role", "agent", "dose", "dose_unit").iter_rows()
    ]
    frame = frame.with_columns(text=pl.Series(texts, dtype=pl.String))
    cells = read_cells(layout, name=layout.name)
    at = next((column for column in cells.columns if folded(column) in ("well", "position")), None)
    if at is None:
        return frame
    found = find_columns(cells.columns, None, layout.name)
    if not {"second_agent", "second_dose"} <= set(found):
        return frame
    names = {"dose_2": found["second_dose"]}
    unit = found.get("second_unit") or found.get("unit")
    # A well without a second drug may leave its dose and unit empty.
    filled = [pl.col(names["dose_2"]).fill_null("0")]
    filled += [pl.col(unit).fill_null(strategy="forward").fill_null(strategy="backward")] if unit else []
    cells = replace(cells, frame=cells.frame.with_columns(filled))
    doses, units = matrix_doses(
        cells, {**names, **({"unit_2": unit} if unit else {})}, 2, dose_unit, False, faults
    )
    faults.raise_if_errors()
    more: dict[tuple[int, int], str] = {}
    wells = cells.frame[at].to_list()
    for index, (well, agent) in enumerate(zip(wells, cells.frame[found["second_agent"]], strict=True)):
        place = well_place(well or "")
        if place is not None and doses[index]:
            more[place] = f"{agent} {Quantity(float(doses[index]), units[index]).text}"
    second = [
        more.get((row, column)) if role in ("treated", "control") else None
        for row, column, role in frame.select("well_row", "well_column", "role").iter_rows()
    ]
    joined = frame.with_columns(second=pl.Series(second, dtype=pl.String))
    return joined.with_columns(
        text=pl.concat_str(["text", "second"], separator=" + ", ignore_nulls=True),
        role=pl.when(pl.col("second").is_not_null()).then(pl.lit("treated")).otherwise(pl.col("role")),
    ).drop("second")


def _plate_conditions(
    frame: pl.DataFrame,
    vocabulary: Vocabulary,
    faults: Faults,
    layout: Path,
    ignore: Sequence[str],
    only_agents: Sequence[str],
) -> tuple[pl.DataFrame, int]:
    """Conditions of the treated wells; wells of agents that the study does not read become unused."""
    kept = kept_agents(only_agents, vocabulary, faults, layout.name)
    ignored = {name.casefold() for name in ignore}
    own = Faults()
    reader = ConditionReader(vocabulary, layout.name, None, own)
    treated = frame.filter(pl.col("role") == "treated")
    found: dict[str, str | None] = {}
    for text in treated["text"].drop_nulls().unique(maintain_order=True):
        names = [part.rsplit(" ", 2)[0] for part in text.split(" + ")]
        if any(name.casefold() in ignored for name in names):
            found[text] = None
            continue
        told = len(own)
        found[text] = reader.text(text, None)
        if len(own) > told:
            fault = list(own)[-1]
            unknown = next((name for name in names if f"'{name}'" in fault.found), names[0])
            row, column = first_cell(layout, unknown)
            faults.add(fault.code, fault.found, file=layout.name, row=row, column=column, mend=fault.mend)
        elif kept is not None and not set(Condition.parse(found[text] or "control").agents) <= kept:
            found[text] = None
    condition = pl.col("text").replace_strict(found, default=None, return_dtype=pl.String)
    made = frame.with_columns(condition=condition)
    left = made.filter((pl.col("role") == "treated") & pl.col("condition").is_null()).height
    if left and not faults.errors:
        faults.add(
            "ignored",
            f"{left} wells hold agents that the study leaves out",
            file=layout.name,
            severity="note",
        )
    out = (pl.col("role") == "treated") & pl.col("condition").is_null()
    return made.with_columns(role=pl.when(out).then(pl.lit("unused")).otherwise(pl.col("role"))), left
