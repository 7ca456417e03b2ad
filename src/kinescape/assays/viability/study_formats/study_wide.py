"""The study's `format = "viability_wide"`: one line a curve, one column a dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kinescape.assays.reading import READING_SCHEMA, ReadResult, to_measurements
from kinescape.assays.viability.reading.dose_columns import ALIASES, folded
from kinescape.assays.viability.reading.opened_table import opened_table
from kinescape.assays.viability.reading.wide_doses import read_wide_doses
from kinescape.assays.viability.study_formats.dose_conditions import (
    dose_conditions,
    of_samples,
    tell_no_values,
)
from kinescape.assays.viability.study_formats.study_doses import floored
from kinescape.assays.vocabulary import Vocabulary, as_texts, unknown_options
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable

WIDE_DOSE_COLUMNS = ("sample", "agent", "replicate")
"""Keys of `[files.columns]` for a table with a column a dose."""
_UNNAMED = "all"


def read_viability_wide(
    path: str | Path,
    *,
    columns: Mapping[str, Any] | None = None,
    sample: str | None = None,
    assay: str = "viability",
    node: str = "viability",
    doses: Sequence[float] | None = None,
    dose_unit: str | None = None,
    name_separator: str | None = None,
    name_parts: Sequence[str] = ("sample", "agent"),
    scale: Literal["percent", "fraction"] | None = None,
    measures: Literal["viability", "inhibition"] | None = None,
    agents: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    only_agents: Sequence[str] = (),
    only_samples: Sequence[str] = (),
    time_h: float | None = None,
    sheet: str | None = None,
    decimal: str = ".",
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a table with a column a dose, as CurveCurator takes it.

    Parameters
    ----------
    path : str or Path
        Headings are amounts (`0.3 uM`; `control` for none), bare numbers with `dose_unit`, or `Raw 0`, `Raw 1`, ...
        with `doses`. Beside a file of CurveCurator its `.toml` gives the doses.
    columns : mapping, optional
        `sample`, `agent` and `replicate` to names in the file.
    sample : str, optional
        Where the table does not name it.
    doses : sequence of float, optional
        Of the `Raw` columns, in order; zero is the control.
    name_separator : str, optional
        Between the parts of the names in the first column: `_` in `CAS-1_AZD6244`.
    name_parts : sequence of str
        What these parts are: of sample, agent and replicate, in the order of the name. What is left over belongs to
        the agent.

    Other parameters are those of `kinescape.assays.viability.study_formats.study_doses.read_viability_doses`.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults, file = Faults(), name or str(path)
    named = dict(columns or {})
    unknown_options(named, WIDE_DOSE_COLUMNS, file=file, faults=faults, where="[files.columns]")
    cells = opened_table(path, file, sheet, decimal=decimal)
    cells.require({key: value for key, value in named.items() if key in WIDE_DOSE_COLUMNS}, faults)
    faults.raise_if_errors()
    split = name_separator is not None and not named
    for meaning in () if split else ("sample", "agent"):
        known = {folded(alias) for alias in ALIASES[meaning]}
        usual = next((column for column in cells.columns if folded(column) in known), None)
        if usual is not None:
            named.setdefault(meaning, usual)
    series = read_wide_doses(
        path,
        doses=doses,
        unit=dose_unit,
        control_in_fit=True,
        scale=scale,
        measures=measures,
        hours=time_h,
        sheet=sheet,
        decimal=decimal,
        name=file,
    )
    height = cells.frame.height
    own = {"same-name"} if named or split else set()
    faults.extend(note for note in series.notes if note.code not in own)
    # The reader stacks the dose columns: line after line of the first, then of the next.
    line = pl.int_range(series.frame.height, eager=True) % height
    frame = series.frame.with_columns(row=line + cells.first_row, value=pl.col("response"))
    if "agent" in named and "sample" not in named:
        # The reader takes the first column for the samples, whatever it holds.
        frame = frame.with_columns(sample=pl.lit(_UNNAMED))
    for meaning, column in named.items():
        frame = frame.with_columns(cells.frame[column].gather(line).alias(meaning))
    if split:
        frame = _names_split(frame, name_separator or "", as_texts(name_parts), faults, file)
        faults.raise_if_errors()
    replicates = "replicate" in named or (split and "replicate" in as_texts(name_parts))
    if not (frame["dose"] == 0).any() and not (scale and measures):
        faults.add(
            "control-missing",
            "no column holds untreated cells: what the responses are set against cannot be known",
            file=file,
            row=1,
            expected="a column headed control or 0, or a dose of zero",
            mend='add it, or say that the values are fractions of a control already: scale = "percent" or "fraction" '
            'and measures = "viability" or "inhibition"',
        )
    frame = _samples(frame, sample, named, faults, file)
    faults.add("scale-read", series.stated, file=file, severity="note")
    faults.raise_if_errors()
    frame, others = of_samples(frame, as_texts(only_samples), faults, file)
    frame = frame.with_columns(
        agent_1=pl.col("agent"),
        dose_1=pl.col("dose").round_sig_figs(10),
        unit_1=pl.col("dose_unit"),
    )
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents)
    conditions, dropped = dose_conditions(
        frame,
        1,
        vocabulary,
        faults,
        file=file,
        columns=[named.get("agent")],
        ignore=as_texts(ignore),
        only_agents=as_texts(only_agents),
    )
    tell_no_values(frame.with_columns(condition=conditions), faults, file)
    frame = floored(frame.with_columns(condition=conditions), faults, file).with_columns(
        population=pl.lit("all"),
        readout=pl.lit(node),
        replicate=pl.col("replicate") if replicates else pl.lit("one"),
    )
    if not replicates:
        faults.add(
            "replicates-unnamed",
            "the file names no independent replicates: lines of one curve count as one, and no standard error is given",
            file=file,
            mend="name the column under [files.columns] as replicate = …, or say where the names hold it: "
            'name_parts = ["sample", "agent", "replicate"]',
            severity="note",
        )
    return to_measurements(
        frame.filter(pl.col("condition").is_not_null()).select(
            [pl.col(column).cast(dtype) for column, dtype in READING_SCHEMA.items()]
        ),
        vocabulary,
        faults,
        file=file,
        assay=assay,
        scale="fraction_of_control",
        phospho=False,
        dropped=dropped + others,
        replicates_named=True,
        node=node,
    )


def _names_split(
    frame: pl.DataFrame, separator: str, parts: Sequence[str], faults: Faults, file: str
) -> pl.DataFrame:
    """Names taken apart: the parts before the agent stand at the start, those behind it at the end."""
    if "agent" not in parts or len(set(parts)) < len(parts) or not set(parts) <= set(WIDE_DOSE_COLUMNS):
        faults.add(
            "wrong-value",
            f"name_parts is {list(parts)!r}",
            file=file,
            column="name_parts",
            expected='agent, and where the names hold them sample and replicate: ["sample", "agent"]',
        )
        return frame
    at = list(parts).index("agent")
    pieces = frame["agent"].str.split(separator)
    short = frame.filter(pieces.list.len() < len(parts))
    if short.height:
        faults.add(
            "name-not-split",
            f"{short['agent'].n_unique()} names do not have the parts {', '.join(parts)}: '{short['agent'][0]}'",
            file=file,
            row=short["row"][0],
            mend="give the right name_separator, or columns of sample and agent",
        )
        return frame
    split = pl.col("agent").str.split(separator)
    behind = len(parts) - at - 1
    found = {part: split.list.get(place) for place, part in enumerate(parts[:at])}
    found |= {part: split.list.get(place - behind) for place, part in enumerate(parts[at + 1 :])}
    middle = split.list.slice(at, split.list.len().cast(pl.Int64) - at - behind)
    return frame.with_columns(agent=middle.list.join(separator), **found)


def _samples(
    frame: pl.DataFrame, sample: str | None, named: Mapping[str, str], faults: Faults, file: str
) -> pl.DataFrame:
    """The sample of each line: a column's, the name's first part, or the one of the file."""
    held = frame["sample"].unique().to_list()
    if "sample" not in named and held == [_UNNAMED]:
        if sample is None:
            faults.add(
                "sample-missing",
                "the table does not name its samples",
                file=file,
                expected="a column of samples, or names such as CAS-1_AZD6244",
                mend='name the column under [files.columns], give name_separator = "_", or sample = "…"',
            )
        return frame.with_columns(sample=pl.lit(sample))
    if sample is not None and len(held) > 1:
        faults.add(
            "two-ways",
            f"the sample is given as '{sample}', and the table names {len(held)} samples",
            file=file,
            column="sample",
            mend="leave sample out, and keep one with only_samples = […]",
        )
    missing = frame.filter(pl.col("sample").is_null())
    if missing.height:
        faults.add(
            "empty-cell", "the sample is empty", file=file, row=missing["row"][0], column=named.get("sample")
        )
    return frame if sample is None else frame.with_columns(sample=pl.lit(sample))
