"""Long tables of signalling readouts: one line a reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kinescape.assays.cells import read_cells
from kinescape.assays.long_readings import long_readings
from kinescape.assays.reading import (
    ReadResult,
    to_measurements,
)
from kinescape.assays.vocabulary import (
    CONTROL_NAMES,
    Vocabulary,
    as_texts,
)
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable


def read_table_long(
    path: str | Path,
    *,
    columns: Mapping[str, Any],
    scale: str,
    sample: str | None = None,
    assay: str = "signalling",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    ignore: Sequence[str] = (),
    time_h: float | None = None,
    dose_unit: str | None = None,
    phospho: bool = False,
    sheet: str | None = None,
    separator: str | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
    node: str | None = None,
) -> ReadResult:
    """Read a table with one line a reading.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet.
    columns : mapping
        What the file calls `sample`, `condition` (or `agents`, a list of tables with `agent`, `dose` and
        `unit`), `readout`, `value`, and, where it has them, `replicate`, `population`, `time_h` or `time_min`.
    scale : str
        What the values are: ``raw``, ``log2``, ``log2_fold_change``, … (`docs/inputs.md`).
    sample : str, optional
        Name of the one sample, where no column names it.
    assay : str
        Name of the assay in the table.
    agents : mapping of str to str, optional
        The file's names of agents, to known ones.
    control : sequence of str
        Texts that mean the untreated condition.
    ignore : sequence of str
        Conditions to leave out, such as ``Lysis buffer``; they are counted.
    time_h : float, optional
        Hours since the perturbation, where no column gives it.
    dose_unit : str, optional
        Unit of a dose column that has none beside it.
    phospho : bool
        Whether a bare protein name means its phosphorylated form.
    sheet, separator : str, optional
        Of a spreadsheet, of a text table.
    agent_table : AgentTable, optional
        Known agents; the shipped ones by default.
    readout_table : ReadoutTable, optional
        Known readouts; the shipped ones by default.
    name : str, optional
        How messages call the file.
    node : str, optional
        The node of every readout, where the assay has one.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    file = name or str(path)
    cells = read_cells(path, name=file, sheet=sheet, separator=separator)
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents, control)
    frame, dropped = long_readings(
        cells,
        columns,
        vocabulary,
        faults,
        sample=sample,
        ignore=as_texts(ignore),
        time_h=time_h,
        dose_unit=dose_unit,
        readout=node,
    )
    return to_measurements(
        frame,
        vocabulary,
        faults,
        file=file,
        assay=assay,
        scale=scale,
        phospho=phospho,
        dropped=dropped,
        replicates_named="replicate" in columns,
        node=node,
    )
