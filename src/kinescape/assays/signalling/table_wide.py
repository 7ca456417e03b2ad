"""Wide tables of signalling readouts: one line a condition and one column a readout, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kinescape.assays.cells import Cells, number, read_cells
from kinescape.assays.long_readings import times_of
from kinescape.assays.reading import (
    READING_SCHEMA,
    ReadResult,
    to_measurements,
)
from kinescape.assays.vocabulary import (
    CONTROL_NAMES,
    ConditionReader,
    Vocabulary,
    as_texts,
    unknown_options,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable

WIDE_COLUMNS = ("sample", "population", "condition", "replicate", "time_h", "time_min", "readout", "ignore")
"""Keys of `[files.columns]` for a wide table."""


def read_table_wide(
    path: str | Path,
    *,
    scale: str,
    lines: Literal["conditions", "readouts"] = "conditions",
    columns: Mapping[str, Any] | None = None,
    sample: str | None = None,
    assay: str = "signalling",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    ignore: Sequence[str] = (),
    ignore_readouts: Sequence[str] = (),
    time_h: float | None = None,
    phospho: bool = False,
    header: bool = True,
    line_labels: str | Path | None = None,
    column_labels: str | Path | None = None,
    agent_separator: str | None = None,
    dose_separator: str | None = None,
    dose_unit: str | None = None,
    sheet: str | None = None,
    separator: str | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a table with one line a condition and one column a readout, or the other way round.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet.
    scale : str
        What the values are (`docs/inputs.md`).
    lines : {"conditions", "readouts"}
        What stands in the lines.
    columns : mapping, optional
        With conditions in the lines: what the file calls `condition` and, where it has them, `sample`,
        `replicate`, `population`, `time_h` or `time_min`, and a list `ignore` of columns that are no readouts.
        With readouts in the lines: `readout`, and `ignore`.
    ignore_readouts : sequence of str
        Readouts to leave out.
    header : bool
        Whether the first line names the columns.
    line_labels, column_labels : str or Path, optional
        Files that name the lines and columns of a table of bare numbers, one name a line.
    agent_separator, dose_separator : str, optional
        How labels join agents and amounts where they are not written as `A 1 uM + B 2 uM`: `,` and `|` in
        `AK|10,HN|6`.
    dose_unit : str, optional
        Unit of amounts without one. ``relative`` where the file states none: amounts then become per cent of
        the agent's largest amount in the file.

    Other parameters are those of `read_table_long`.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    file = name or str(path)
    given = dict(columns or {})
    ignore, ignore_readouts = as_texts(ignore), as_texts(ignore_readouts)
    cells = read_cells(
        path, name=file, sheet=sheet, header=header and column_labels is None, separator=separator
    )
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents, control)
    unknown_options(given, WIDE_COLUMNS, file=file, faults=faults, where="[files.columns]")
    one_word = agent_separator is not None or dose_separator is not None
    cells = _labelled(cells, given, lines, line_labels, column_labels, one_word)
    key = "condition" if lines == "conditions" else "readout"
    given.setdefault(key, cells.columns[0])
    named = {part: given[part] for part in WIDE_COLUMNS if part in given and part != "ignore"}
    if not cells.require(named, faults) or faults.errors:
        faults.raise_if_errors()
    spelled = _spelling(cells, given, lines, agent_separator, dose_separator, dose_unit, faults)
    skip = {*named.values(), *as_texts(given.get("ignore", ()))}
    values = [column for column in cells.columns if column not in skip]
    kept = [column for column in values if lines == "readouts" or column not in ignore_readouts]
    conditions = ConditionReader(vocabulary, file, named[key] if lines == "conditions" else None, faults)
    left_out = {text.casefold() for text in ignore}
    dropped = 0
    records: list[tuple[Any, ...]] = []
    times = times_of(cells, given, time_h, faults)
    numbers = {column: cells.numbers(column, faults) for column in kept}
    for index in range(cells.frame.height):
        row = cells.row(index)
        label = cells.frame[named[key]][index]
        if label is None:
            faults.add("empty-cell", f"the {key} is empty", file=file, row=row, column=named[key])
            continue
        if lines == "readouts" and label in ignore_readouts:
            dropped += len(kept)
            continue
        own = cells.frame[given["sample"]][index] if "sample" in given else sample
        if own is None:
            faults.add("empty-cell", "no sample is named", file=file, row=row, mend='give sample = "…"')
            continue
        replicate = cells.frame[given["replicate"]][index] if "replicate" in given else None
        population = cells.frame[given["population"]][index] if "population" in given else "all"
        for column in kept:
            text, readout = (label, column) if lines == "conditions" else (column, label)
            if text.casefold() in left_out:
                dropped += 1
                continue
            canonical = conditions.text(spelled.get(text, text), row)
            if canonical is not None:
                value = numbers[column][index]
                records.append((row, own, population, canonical, times[index], readout, value, replicate))
    frame = pl.DataFrame(records, schema=READING_SCHEMA, orient="row")
    if dropped:
        faults.add(
            "ignored",
            f"{dropped} values of {', '.join([*ignore, *ignore_readouts])} were left out as the study says",
            file=file,
            severity="note",
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
        replicates_named="replicate" in given,
    )


def _labelled(
    cells: Cells,
    given: dict[str, Any],
    lines: str,
    line_labels: str | Path | None,
    column_labels: str | Path | None,
    one_word: bool,
) -> Cells:
    """The table with the names that stand in files of their own; `one_word` where labels hold no space."""
    frame = cells.frame
    if column_labels is not None:
        names = _label_file(column_labels, len(frame.columns), "columns", cells.file, one_word=False)
        frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    if line_labels is not None:
        names = _label_file(line_labels, frame.height, "lines", cells.file, one_word=one_word)
        key = "condition" if lines == "conditions" else "readout"
        given[key] = f"{key} (from its own file)"
        frame = frame.insert_column(0, pl.Series(given[key], names))
    return Cells(frame, cells.file, cells.first_row)


def _label_file(path: str | Path, size: int, what: str, file: str, *, one_word: bool) -> list[str]:
    try:
        texts = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(
            Fault("missing-file", f"the labels could not be read: {error}", file=str(path))
        ) from error
    apart = r"\s" if one_word else r"\s{2,}|\t"
    names = [re.split(apart, text.strip())[0] for text in texts if text.strip()]
    if len(names) != size:
        raise InputError(
            Fault(
                "labels",
                f"{Path(path).name} names {len(names)} {what}, the table has {size}",
                file=file,
                expected="one name a line",
            )
        )
    twice = sorted({name for name in names if names.count(name) > 1}) if what == "columns" else []
    if twice:
        raise InputError(Fault("labels", f"two columns are called '{twice[0]}'", file=str(path)))
    return names


def _spelling(
    cells: Cells,
    given: Mapping[str, Any],
    lines: str,
    agent_separator: str | None,
    dose_separator: str | None,
    dose_unit: str | None,
    faults: Faults,
) -> dict[str, str]:
    """Labels in another spelling than `A 1 uM + B 2 uM`, to that one."""
    if agent_separator is None and dose_separator is None:
        return {}
    labels = (
        cells.frame[given["condition"]].drop_nulls().to_list()
        if lines == "conditions"
        else [column for column in cells.columns if column != given["readout"]]
    )
    parsed: dict[str, list[tuple[str, float | None]]] = {}
    for index, label in enumerate(labels):
        parsed[label] = []
        for part in label.split(agent_separator) if agent_separator else [label]:
            agent, _, amount = part.strip().partition(dose_separator or "\0")
            try:
                parsed[label].append((agent, number(amount) if amount else None))
            except ValueError as error:
                row = cells.row(index) if lines == "conditions" else 1
                faults.add("dose", f"'{label}': {error}", file=cells.file, row=row, expected="an amount")
    if dose_unit == "relative":
        faults.add(
            "dose-relative",
            "amounts without a unit were read as per cent of each agent's largest amount in the file",
            file=cells.file,
            severity="note",
        )
    largest: dict[str, float] = {}
    for agent, amount in (part for parts in parsed.values() for part in parts):
        if amount is not None:
            largest[agent] = max(largest.get(agent, 0.0), amount)
    spelled = {}
    for label, parts in parsed.items():
        texts = []
        for agent, amount in parts:
            if amount is None:
                texts.append(agent)
            elif dose_unit == "relative":
                texts.append(f"{agent} {100 * amount / largest[agent]:.6g} %")
            else:
                texts.append(f"{agent} {amount:g} {dose_unit or ''}".strip())
        spelled[label] = " + ".join(texts)
    return spelled
