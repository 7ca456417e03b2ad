"""The sample sheet: which sample of a site table is which condition, replicate, pair and time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kinescape.assays.cells import Cells, number
from kinescape.assays.phospho.reading.report_header import first_sheet, sheets_of
from kinescape.assays.phospho.site_contrasts.design_checks import gathered, tell_amounts, tell_repeats
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.assays.vocabulary import CONTROL_NAMES, ConditionReader, UnknownName, Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.measurements.conditions import Condition

DESIGN_SCHEMA: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "condition": pl.String(),
    "replicate": pl.String(),
    "pair": pl.String(),
    "batch": pl.String(),
    "time_h": pl.Float64(),
    "cell_line": pl.String(),
    "against": pl.String(),
    "row": pl.Int64(),
}
"""One sample of the table.

`sample` as the site table names it, `condition` canonical (`dasatinib 100 nM`, `KO:MAPK6`, `control`), `replicate`
the independent experiment (samples of one condition, time and replicate are injections of the same thing and are
averaged), `pair` what treated and control samples share (patient, culture, plate), `batch` what shifts samples
without pairing them, `against` the condition that this one is compared with (`control` where it is empty).
"""

_NAMES: dict[str, tuple[str, ...]] = {
    "sample": ("sample", "sample name", "run", "file", "channel", "column"),
    "condition": ("condition", "treatment", "group"),
    "replicate": ("replicate", "biological replicate", "bioreplicate", "experiment", "rep"),
    "pair": ("pair", "block", "patient", "donor"),
    "batch": ("batch", "plex", "mixture"),
    "time_h": ("time_h", "time (h)", "hours"),
    "time_min": ("time_min", "time (min)", "minutes"),
    "cell_line": ("cell_line", "cell line", "line"),
    "against": ("against", "compared with", "reference"),
}
_REQUIRED = ("sample", "condition", "replicate")
_DATE = re.compile(
    r"^\d{4}-\d\d-\d\d( 00:00:00)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$"
    r"|^(?i:\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(-\d{2,4})?)$"
)


@dataclass(frozen=True)
class Design:
    """Which sample is what.

    Parameters
    ----------
    samples : polars.DataFrame
        Columns of `DESIGN_SCHEMA`, in the order of the sheet.
    file : str
        The sheet as messages name it.
    notes : tuple of Fault
        Warnings and notes.
    """

    samples: pl.DataFrame
    file: str = "design"
    notes: tuple[Fault, ...] = field(default=())


def read_design(
    path: str | Path,
    table: SiteTable | Sequence[str] | None,
    *,
    vocabulary: Vocabulary | None = None,
    name: str | None = None,
) -> Design:
    """Read a sample sheet.

    Columns `sample`, `condition` and `replicate`; and where they are needed `pair`, `batch`, `time_h` (or
    `time_min`), `cell_line`, `against`. Samples of the table that the sheet leaves out are not used.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or a spreadsheet.
    table : SiteTable or sequence of str or None
        The sites, or the names of their samples; with None the names are not looked up.
    vocabulary : Vocabulary, optional
        With one, an agent that is not known is a fault that names the nearest; without, any name is taken.
    name : str, optional
        How messages call the sheet.

    Raises
    ------
    InputError
        With every fault, each with its row and column: a sample that is not in the file comes with the nearest.

    Examples
    --------
    >>> design = read_design("samples.csv", table)  # doctest: +SKIP
    """
    file = name or str(path)
    known = table.samples if isinstance(table, SiteTable) else None if table is None else tuple(table)
    cells = first_sheet(Path(path), file)
    faults = Faults()
    columns = _columns(cells, sheets_of(Path(path)), faults)
    records = []
    conditions = ConditionReader(vocabulary, file, columns["condition"], faults) if vocabulary else None
    seen: dict[str, int] = {}
    for index in range(cells.frame.height):
        row = cells.row(index)
        line = {key: cells.frame[column][index] for key, column in columns.items()}
        if not any(line.values()):
            continue
        for key in _REQUIRED:
            if not line[key]:
                faults.add("empty-cell", f"the {key} is empty", file=file, row=row, column=columns[key])
        sample = line["sample"]
        if sample and _known_sample(sample, known, seen, row, columns["sample"], faults, file):
            seen[sample] = row
        texts = {
            key: _condition(line.get(key), key, columns, conditions, row, faults, file)
            for key in ("condition", "against")
        }
        records.append(
            {
                "sample": sample,
                "condition": texts["condition"],
                "replicate": line["replicate"],
                "pair": line.get("pair"),
                "batch": line.get("batch"),
                "time_h": _hours(line, columns, row, faults, file),
                "cell_line": line.get("cell_line"),
                "against": texts["against"],
                "row": row,
            }
        )
    faults = gathered(faults)
    faults.raise_if_errors()
    frame = pl.DataFrame(records, schema=DESIGN_SCHEMA)
    tell_amounts(frame, columns["condition"], faults, file)
    tell_repeats(frame, columns["replicate"], faults, file)
    _tell_dates(frame, columns, faults, file)
    _tell_design(frame, known or (), faults, file)
    faults.raise_if_errors()
    return Design(frame, file, (*faults.warnings, *faults.notes))


def _columns(cells: Cells, sheets: Sequence[str], faults: Faults) -> dict[str, str]:
    """What each column of the sheet is called; a missing one stops at once, for nothing else can be read."""
    by_name = {column.strip().casefold(): column for column in cells.columns}
    columns = {}
    for key, names in _NAMES.items():
        found = next((by_name[name] for name in names if name in by_name), None)
        if found is not None:
            columns[key] = found
        elif key in _REQUIRED:
            near = nearest(key, cells.columns, n=1)
            faults.add(
                "missing-column",
                f"there is no column '{key}'",
                file=cells.file,
                row=1,
                column=key,
                expected=f"sample, condition and replicate; the header has {', '.join(cells.columns[:8])}",
                mend=f"did you mean '{near[0]}'?"
                if near
                else f"the sheet '{sheets[0]}' was read, of {', '.join(sheets[:5])}: put the samples on the first"
                if len(sheets) > 1
                else f"give the sheet a column '{key}'",
            )
    faults.raise_if_errors()
    unread = [column for column in cells.columns if column not in columns.values()]
    if unread:
        faults.add(
            "column-unread",
            f"the columns {', '.join(unread[:6])} of the sheet are not used",
            file=cells.file,
            severity="note",
        )
    return columns


def _known_sample(
    sample: str,
    known: Sequence[str] | None,
    seen: dict[str, int],
    row: int,
    column: str,
    faults: Faults,
    file: str,
) -> bool:
    if sample in seen:
        faults.add(
            "duplicate",
            f"the sample '{sample}' stands in row {seen[sample]} already",
            file=file,
            row=row,
            column=column,
            expected="one line a sample",
            mend="take one of the two lines out",
        )
        return False
    if known is None or sample in known:
        return True
    near = nearest(sample, known)
    mend = f"did you mean {' or '.join(repr(name) for name in near)}?" if near else None
    if _DATE.match(sample):
        mend = "a spreadsheet may have made this date of a name: format the column as text and enter it again"
    faults.add(
        "unknown-sample",
        f"the sample '{sample}' is not in the table of sites",
        file=file,
        row=row,
        column=column,
        expected=f"one of its {len(known)} samples: {', '.join(known[:4])}{', …' if len(known) > 4 else ''}",
        mend=mend,
    )
    return False


def _condition(
    text: str | None,
    key: str,
    columns: dict[str, str],
    conditions: ConditionReader | None,
    row: int,
    faults: Faults,
    file: str,
) -> str | None:
    if not text:
        return None
    if conditions is not None:
        return conditions.text(text, row)
    if text.casefold() in CONTROL_NAMES:
        return Condition.control().text
    try:
        return Condition.parse(text).text
    except UnknownName:  # pragma: no cover - no vocabulary, no unknown name
        raise
    except ValueError as error:
        faults.add("condition", f"'{text}': {error}", file=file, row=row, column=columns[key])
        return None


def _hours(
    line: dict[str, str | None], columns: dict[str, str], row: int, faults: Faults, file: str
) -> float | None:
    key = "time_h" if line.get("time_h") else "time_min"
    text = line.get(key)
    if not text:
        return None
    try:
        value = number(text)
    except ValueError as error:
        faults.add("not-a-number", str(error), file=file, row=row, column=columns[key], expected="a number")
        return None
    if value < 0:
        faults.add(
            "not-a-number", f"the time {value:g} is below zero", file=file, row=row, column=columns[key]
        )
    return value / 60 if key == "time_min" else value


def _tell_dates(frame: pl.DataFrame, columns: dict[str, str], faults: Faults, file: str) -> None:
    """Cells that a spreadsheet may have turned into dates: told, for `1-2` and `1-3` are other replicates."""
    for key in ("condition", "replicate", "pair", "batch", "cell_line"):
        dates = frame.filter(pl.col(key).str.contains(_DATE.pattern).fill_null(False))
        if dates.height:
            more = f" ({dates.height} entries are dates)" if dates.height > 1 else ""
            faults.add(
                "date",
                f"'{dates[key][0]}' is a date where a name belongs{more}",
                file=file,
                row=dates["row"][0],
                column=columns[key],
                mend="where a spreadsheet made it of another name, format the column as text and enter it again",
                severity="warning",
            )


def _tell_design(frame: pl.DataFrame, known: Sequence[str], faults: Faults, file: str) -> None:
    if frame.is_empty():
        faults.add("empty-table", "the sheet names no sample", file=file)
        return
    left_out = [sample for sample in known if sample not in set(frame["sample"].to_list())]
    if left_out:
        faults.add(
            "samples-left-out",
            f"{len(left_out)} of {len(known)} samples of the table are not in the sheet and are not used: "
            f"{', '.join(left_out[:4])}{', …' if len(left_out) > 4 else ''}",
            file=file,
            severity="note",
        )
    against = frame.with_columns(reference=pl.coalesce("against", pl.lit("control")))
    for condition, reference, row in (
        against.filter(pl.col("condition") != pl.col("reference"))
        .group_by("condition", "reference", maintain_order=True)
        .agg(pl.col("row").first())
        .iter_rows()
    ):
        if reference not in frame["condition"].to_list():
            what = "the control" if reference == "control" else f"'{reference}'"
            faults.add(
                "no-control",
                f"'{condition}' is to be compared with {what}, and no sample is that",
                file=file,
                row=row,
                expected="samples whose condition is control (or DMSO, vehicle, untreated)",
                mend="call the control samples 'control', or name what each is compared with in a column 'against'",
            )
            if reference == "control":
                break
    if frame["condition"].n_unique() == 1:
        faults.add(
            "one-condition", "all the samples are one condition: there is nothing to compare", file=file
        )


def require_design(design: Design, table: SiteTable) -> None:
    """Refuse a design that names samples which the table does not have."""
    missing = [sample for sample in design.samples["sample"].to_list() if sample not in table.samples]
    if missing:
        faults = Faults(
            Fault(
                "unknown-sample",
                f"the sample '{sample}' is not in the table of sites",
                file=design.file,
                mend=f"did you mean '{near[0]}'?" if (near := nearest(sample, table.samples, n=1)) else None,
            )
            for sample in missing
        )
        raise InputError(gathered(faults))
