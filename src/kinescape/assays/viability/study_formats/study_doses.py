"""The study's `format = "viability_doses"`: long dose tables of single drugs and of dose matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from kinescape.assays.reading import READING_SCHEMA, ReadResult, to_measurements
from kinescape.assays.viability.growth_rate import growth_rate_values
from kinescape.assays.viability.reading.decimal_commas import tell_decimal_commas
from kinescape.assays.viability.reading.dose_counts import not_grown
from kinescape.assays.viability.reading.dose_lines import dose_lines, finite, heading_measures
from kinescape.assays.viability.reading.opened_table import opened_table
from kinescape.assays.viability.reading.response_scale import read_scale
from kinescape.assays.viability.study_formats.dose_conditions import (
    dose_conditions,
    of_samples,
    tell_no_values,
)
from kinescape.assays.viability.study_formats.joined_counts import join_counts
from kinescape.assays.vocabulary import CONTROL_NAMES, Vocabulary, as_texts
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable

_LISTED = 8
_SHIFTED = 0.1
_NEAR_NONE, _TURNED = 0.35, 0.25
_OFF = (0.5, 1.5)
_FEW = 0.05


def read_viability_doses(
    path: str | Path,
    *,
    columns: Mapping[str, Any] | None = None,
    sample: str | None = None,
    assay: str = "viability",
    node: str = "viability",
    scale: Literal["percent", "fraction"] | None = None,
    measures: Literal["viability", "inhibition"] | None = None,
    repeats: Literal["wells", "independent"] = "wells",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    ignore: Sequence[str] = (),
    only_agents: Sequence[str] = (),
    only_samples: Sequence[str] = (),
    dose_unit: str | None = None,
    log10_doses: bool = False,
    time_h: float | None = None,
    sheet: str | None = None,
    decimal: str = ".",
    controls: str | Path | None = None,
    time_zero: str | Path | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a table with one line a dose, or one a combination of doses.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet, gzipped or not.
    columns : mapping, optional
        Keys of `kinescape.assays.viability.reading.dose_lines.DOSE_COLUMNS`, where the headings are not the usual ones.
    sample : str, optional
        Where no column names it.
    assay, node : str
        Columns of the table.
    scale, measures : str, optional
        What the values are; found from the untreated wells (dose zero) by default, and required without any.
    repeats : {"wells", "independent"}
        What repeated lines are, where no column names the replicates.
    agents : mapping of str to str, optional
        The file's names of agents, to known ones.
    control : sequence of str
        Agents that mean nothing was given.
    ignore, only_agents, only_samples : sequence of str
        What is left out, or alone read; counted and told.
    dose_unit : str, optional
        Of the doses, where neither a column nor a heading says it.
    log10_doses : bool
        Whether the doses are logarithms to the base 10.
    time_h : float, optional
        Hours since dosing, where no column gives them.
    sheet : str, optional
        Of a spreadsheet.
    decimal : {".", ","}
        How decimals are written; with a comma the columns must be separated by semicolons or tabs.
    controls, time_zero : str or Path, optional
        Tables of the counts of untreated wells and of wells at time zero, joined to the lines by the columns
        `ctrl_tag` and `time0_tag`.
    agent_table, readout_table, name
        As in the other readers.

    Returns
    -------
    ReadResult
        Fractions of the control; growth-rate values where the table holds counts with those at time zero.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    file = name or str(path)
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents, control)
    cells = opened_table(path, file, sheet, decimal=decimal)
    tell_decimal_commas(decimal, file, faults)
    cells, joined = join_counts(
        cells, columns or {}, faults, controls=controls, time_zero=time_zero, decimal=decimal
    )
    lines, found, drugs = dose_lines(
        cells,
        columns or {},
        faults,
        sample=sample,
        dose_unit=dose_unit,
        log10_doses=log10_doses,
        time_h=time_h,
    )
    lines, others = of_samples(lines, as_texts(only_samples), faults, file)
    conditions, dropped = dose_conditions(
        lines,
        drugs,
        vocabulary,
        faults,
        file=file,
        columns=[found[f"agent_{drug}"] for drug in range(1, drugs + 1)],
        ignore=as_texts(ignore),
        only_agents=as_texts(only_agents),
    )
    # Without doses the scale cannot be judged: what is wrong with them is told first.
    if "value" in lines.columns:
        tell_no_values(lines.with_columns(condition=conditions), faults, file)
    faults.raise_if_errors()
    given = pl.sum_horizontal(*((pl.col(f"dose_{drug}") > 0).cast(pl.Int32) for drug in range(1, drugs + 1)))
    lines = lines.with_columns(condition=conditions, given=given)
    if "response" in found:
        declared = measures or heading_measures(found["response"])
        lines = _as_fraction(lines, drugs, scale, declared, measures is not None, faults, file)
        kind = "fraction_of_control"
    else:
        lines, kind = _from_counts(lines, joined, faults, file)
    faults.raise_if_errors()
    lines = _with_replicates(lines, "replicate" in found, repeats, faults, file)
    readings = lines.filter(pl.col("condition").is_not_null()).with_columns(
        population=pl.lit("all"), readout=pl.lit(node)
    )
    return to_measurements(
        readings.select([pl.col(column).cast(dtype) for column, dtype in READING_SCHEMA.items()]),
        vocabulary,
        faults,
        file=file,
        assay=assay,
        scale=kind,
        phospho=False,
        dropped=dropped + others,
        replicates_named=True,
        node=node,
    )


def _as_fraction(
    lines: pl.DataFrame,
    drugs: int,
    scale: str | None,
    measures: str | None,
    said: bool,
    faults: Faults,
    file: str,
) -> pl.DataFrame:
    """Fractions of living cells; what the untreated wells show must agree with what is declared."""
    block = ["sample", "block"] if lines["block"].is_not_null().any() else ["sample", *_agents(drugs)]
    none = lines.filter(pl.col("given") == 0)
    some = lines.filter(pl.col("given") > 0)
    total = pl.sum_horizontal(*(pl.col(f"dose_{drug}") for drug in range(1, drugs + 1)))
    least = (
        some.filter(pl.col("given") == 1)
        .sort(total)
        .group_by(block, maintain_order=True)
        .agg(pl.col("value").first())
    )
    if none["value"].drop_nulls().is_empty() and not (scale and measures and said):
        faults.add(
            "control-missing",
            "no line has dose zero (untreated cells): what the responses are set against cannot be known",
            file=file,
            expected="lines with dose 0, as the reference",
            mend='add them, or say that the values are fractions of a control already: scale = "percent" or "fraction" '
            'and measures = "viability" or "inhibition"',
        )
        return lines
    read = read_scale(
        finite(none["value"]),
        finite(some["value"]),
        faults,
        file=file,
        scale=scale,
        measures=measures,
        least_hit=finite(least["value"]),
    )
    if read is None:
        return lines
    turned = read.as_fraction(lines["value"].fill_null(np.nan).to_numpy())
    made = lines.with_columns(value=pl.Series(turned, dtype=pl.Float64).fill_nan(None))
    faults.add("scale-read", read.stated, file=file, severity="note")
    _tell_blocks(made, block, read.stated, faults, file)
    return floored(made, faults, file)


def _agents(drugs: int) -> list[str]:
    return [f"agent_{drug}" for drug in range(1, drugs + 1)]


def floored(lines: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Fractions below zero count as zero; it is said how many."""
    below = lines.filter(pl.col("value") < 0).height
    if below:
        faults.add(
            "below-zero",
            f"{below} values lie below zero living cells and count as zero",
            file=file,
            severity="note",
        )
    return lines.with_columns(value=pl.col("value").clip(lower_bound=0.0))


def _tell_blocks(made: pl.DataFrame, block: list[str], stated: str, faults: Faults, file: str) -> None:
    """Blocks whose untreated wells contradict the others: another scale in one file."""
    own = (
        made.group_by(block, maintain_order=True)
        .agg(
            pl.col("value").filter(pl.col("given") == 0).median().alias("control"),
            pl.col("value").filter(pl.col("given") > 0).median().alias("treated"),
            pl.col("row").first(),
        )
        .filter(pl.col("control").is_not_null())
    )
    label = pl.concat_str([pl.col(column).fill_null("") for column in block], separator=" ")
    own = own.with_columns(label=label)
    turned = own.filter((pl.col("control") < _NEAR_NONE) & (pl.col("treated") > pl.col("control") + _TURNED))
    off = own.filter((pl.col("control") < _OFF[0]) | (pl.col("control") > _OFF[1]))
    # One bad control among hundreds is a bad well; a share of them is another scale.
    if turned.height > _FEW * own.height or off.height > max(2, 0.2 * own.height):
        worst = turned if turned.height else off
        faults.add(
            "mixed-responses",
            f"{stated}; but the untreated wells of {worst.height} of {own.height} blocks contradict that, such as "
            f"{', '.join(worst['label'].to_list()[:_LISTED])}",
            file=file,
            row=worst["row"][0],
            mend="split the file: viability in one, inhibition in another",
        )
    elif off.height:
        faults.add(
            "control-off",
            f"the untreated wells of {', '.join(off['label'].to_list()[:_LISTED])} are far from 100 % viability",
            file=file,
            row=off["row"][0],
            severity="warning",
        )
    centre = own["control"].median()
    if isinstance(centre, float) and abs(centre - 1) > _SHIFTED:
        faults.add(
            "controls-shifted",
            f"the untreated wells of a typical block stand at {100 * centre:.0f} %, not at 100 %: all fractions are "
            "of what the file calls 100 %",
            file=file,
            mend="normalise to the untreated wells of each block if these are the controls",
            severity="warning",
        )


def _from_counts(lines: pl.DataFrame, joined: str, faults: Faults, file: str) -> tuple[pl.DataFrame, str]:
    """Fractions, or growth-rate values where the counts at time zero are there."""
    count, untreated = (lines[column].fill_null(np.nan).to_numpy() for column in ("count", "control"))
    treated = (lines["given"] > 0).to_numpy()
    shrunk = np.zeros(lines.height, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        if "time_zero" in lines.columns:
            start = lines["time_zero"].fill_null(np.nan).to_numpy()
            shrunk = not_grown(
                lines.select("row", "sample", treated=pl.Series(treated)), untreated, start, faults, file
            )
            values = np.where(shrunk, np.nan, growth_rate_values(count, untreated, start))
            kind = "growth_rate"
            stated = "counts with those of time zero became growth-rate values (1 as untreated, 0 no growth)"
        else:
            values, kind = count / untreated, "fraction_of_control"
            stated = "counts were divided by those of the untreated wells"
    lost = np.flatnonzero(~np.isfinite(values) & treated & ~shrunk)
    if lost.size:
        faults.add(
            "not-computed",
            f"{lost.size} lines have no value: a count is missing or not above zero",
            file=file,
            row=lines["row"][int(lost[0])],
            severity="warning",
        )
    faults.add("scale-read", "; ".join(filter(None, (stated, joined))), file=file, severity="note")
    known = pl.Series(np.where(np.isfinite(values), values, np.nan), dtype=pl.Float64).fill_nan(None)
    return lines.with_columns(value=known), kind


def _with_replicates(
    lines: pl.DataFrame, named: bool, repeats: str, faults: Faults, file: str
) -> pl.DataFrame:
    """Names of independent replicates; without any, repeated lines are wells of one experiment."""
    if named:
        return lines
    same = ["sample", "block", "condition", "time_h"]
    if repeats == "independent":
        number = (pl.int_range(pl.len()).over(same) + 1).cast(pl.String)
        return lines.with_columns(replicate=pl.format("repeat {}", number))
    treated = lines.filter(pl.col("condition").is_not_null() & (pl.col("condition") != "control"))
    several = treated.group_by(["sample", "condition", "time_h"]).agg(
        pl.len(), pl.col("value").n_unique().alias("different"), pl.col("row").min()
    )
    repeated = several.filter(pl.col("len") > 1)
    copies = repeated.filter(pl.col("different") == 1)
    faults.add(
        "replicates-unnamed",
        "the file names no independent replicates (plate, experiment): repeated lines count as one, and no standard "
        "error is given"
        + (f"; {repeated.height} conditions stand more than once" if repeated.height else "")
        + (f", {copies.height} of them with the same value to the last digit" if copies.height else ""),
        file=file,
        row=repeated["row"].min() if repeated.height else None,  # type: ignore[arg-type]
        mend='name the column under [files.columns] as replicate = …, or give repeats = "independent" if each is an '
        "experiment of its own",
        severity="note",
    )
    return lines.with_columns(replicate=pl.lit("one"))
