"""Long tables of viability wells: one line a well, set against the controls of its plate.

Whether the values are counts, fractions or percentages, and of living or of dead cells, is declared; what the
controls show must agree, else the file is refused. A screen read upside down is the worst silent fault there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

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

SCALES: dict[str, tuple[float, str]] = {
    "raw": (1.0, "counts, luminescence or absorbance"),
    "fraction_of_control": (1.0, "fractions, 1 as the control"),
    "percent_of_control": (0.01, "per cent, 100 as the control"),
}
"""Scales of a viability table: factor to a fraction, and words."""
_FAR_OFF = 0.5


def read_viability_long(
    path: str | Path,
    *,
    columns: Mapping[str, Any],
    scale: Literal["raw", "fraction_of_control", "percent_of_control"],
    measures: Literal["viability", "inhibition"] = "viability",
    sample: str | None = None,
    assay: str = "viability",
    node: str = "viability",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    background: Sequence[str] = (),
    ignore: Sequence[str] = (),
    time_h: float | None = None,
    dose_unit: str | None = None,
    sheet: str | None = None,
    separator: str | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a table with one line a well.

    Parameters
    ----------
    path : str or Path
        CSV, TSV, Excel or Parquet.
    columns : mapping
        What the file calls `condition` (or `agents`), `value`, and, where it has them, `sample`, `replicate`
        (plate or experiment: wells of one plate are one replicate), `time_h` or `time_min`.
    scale : {"raw", "fraction_of_control", "percent_of_control"}
        What the values are. Raw values are divided by the mean control of the same plate.
    measures : {"viability", "inhibition"}
        Whether higher means more living cells, or more effect.
    node : str
        The phenotype, `viability` or `proliferation`.
    control, background : sequence of str
        Texts of the untreated wells, and of wells without living cells, whose mean is subtracted first.

    Other parameters are those of `kinescape.assays.signalling.table_long.read_table_long`.

    Raises
    ------
    InputError
        With every fault of the file; also where the controls contradict the declared scale or direction.
    """
    faults = Faults()
    file = name or str(path)
    background, ignore = as_texts(background), as_texts(ignore)
    if scale not in SCALES:
        faults.add(
            "unknown-scale",
            f"'{scale}' is not a scale of viability",
            file=file,
            column="scale",
            expected=f"one of {', '.join(SCALES)}",
        )
    if measures not in ("viability", "inhibition"):
        faults.add(
            "wrong-value",
            f"'{measures}' is not known",
            file=file,
            column="measures",
            expected="viability or inhibition",
        )
    if measures == "inhibition" and scale == "raw":
        faults.add(
            "wrong-value",
            "raw values measure living cells; inhibition is a fraction or a percentage",
            file=file,
            column="measures",
            mend='leave measures out, or give scale = "percent_of_control"',
        )
    faults.raise_if_errors()
    cells = read_cells(path, name=file, sheet=sheet, separator=separator)
    vocabulary = Vocabulary.of_study(
        agent_table, readout_table, {**(agents or {}), **dict.fromkeys(background, "control")}, control
    )
    blank = _blank_lines(cells.frame, columns, background)
    readings, dropped = long_readings(
        cells,
        columns,
        vocabulary,
        faults,
        sample=sample,
        ignore=ignore,
        time_h=time_h,
        dose_unit=dose_unit,
        readout=node,
    )
    if blank is not None and background:
        readings = _less_background(readings, blank, cells.first_row, background, faults, file)
    readings = _as_viability(readings, scale, measures, faults, file)
    readings = _floored(readings, faults, file)
    return to_measurements(
        readings,
        vocabulary,
        faults,
        file=file,
        assay=assay,
        scale="raw_viability" if scale == "raw" else "fraction_of_control",
        phospho=False,
        dropped=dropped,
        replicates_named="replicate" in columns,
        node=node,
    )


def _blank_lines(frame: pl.DataFrame, columns: Mapping[str, Any], names: Sequence[str]) -> pl.Series | None:
    """Which lines are wells without living cells, by the condition or by any agent column."""
    wanted = [columns.get("condition")]
    if isinstance(columns.get("agents"), list):
        wanted = [part.get("agent") for part in columns["agents"] if isinstance(part, dict)]
    found = [_marked(frame[column], names) for column in wanted if column in frame.columns]
    if not found:
        return None
    return pl.select(pl.any_horizontal(found)).to_series()


def _marked(texts: pl.Series, names: Sequence[str]) -> pl.Series:
    folded = [name.casefold() for name in names]
    return texts.str.to_lowercase().is_in(folded).fill_null(False)


def _less_background(
    readings: pl.DataFrame, blank: pl.Series, first_row: int, names: Sequence[str], faults: Faults, file: str
) -> pl.DataFrame:
    """Subtract the mean of the wells without living cells, plate by plate."""
    rows = [first_row + index for index in blank.arg_true().to_list()]
    dead = readings.filter(pl.col("row").is_in(rows))
    alive = readings.filter(~pl.col("row").is_in(rows))
    if dead.is_empty():
        faults.add(
            "background-missing", f"no well is called {' or '.join(names)}", file=file, column="background"
        )
        return alive
    plate = ["sample", "time_h", "replicate"]
    level = dead.group_by(plate).agg(pl.col("value").mean().alias("dead"))
    joined = alive.join(level, on=plate, how="left", nulls_equal=True)
    lacking = joined.filter(pl.col("dead").is_null())
    if lacking.height:
        where = ", ".join(str(item) for item in lacking["replicate"].unique().to_list()[:3])
        faults.add("background-missing", f"no background well on the plate {where}", file=file)
    faults.add(
        "background",
        f"the mean of {dead.height} wells ({', '.join(names)}) was subtracted as background, plate by plate",
        file=file,
        severity="note",
    )
    return joined.with_columns(value=pl.col("value") - pl.col("dead")).drop("dead")


def _as_viability(
    readings: pl.DataFrame, scale: str, measures: str, faults: Faults, file: str
) -> pl.DataFrame:
    """Fractions that are one for the control; what the controls show must agree with what is declared."""
    factor, words = SCALES[scale]
    fraction = readings.with_columns(value=pl.col("value") * factor)
    if measures == "inhibition":
        fraction = fraction.with_columns(value=1.0 - pl.col("value"))
    control = fraction.filter(pl.col("condition") == "control")["value"].drop_nulls().to_numpy()
    treated = fraction.filter(pl.col("condition") != "control")["value"].drop_nulls().to_numpy()
    if scale == "raw":
        if len(control) and len(treated) and control.mean() < _FAR_OFF * treated.mean():
            faults.add(
                "upside-down",
                f"the controls (mean {control.mean():.3g}) lie far below the treated wells (mean "
                f"{treated.mean():.3g}): this looks like cell death, or the wrong wells are called control",
                file=file,
                column="scale",
                mend="check which wells are the controls",
            )
        return fraction
    if not len(control) and not len(treated):
        return fraction
    centre = float(control.mean() if len(control) else np.quantile(treated, 0.95))
    what = "the controls average" if len(control) else "the wells least hit are about"
    shown = (1.0 - centre if measures == "inhibition" else centre) / factor
    if abs(centre - 1.0) > _FAR_OFF:
        other = "percent_of_control" if scale == "fraction_of_control" else "fraction_of_control"
        turned = "viability" if measures == "inhibition" else "inhibition"
        faults.add(
            "scale-contradicted",
            f"declared are {words} of {measures}, but {what} {shown:.3g}",
            file=file,
            column="scale",
            expected=f"about {(0.0 if measures == 'inhibition' else 1.0) / factor:g} for untreated cells",
            mend=f'perhaps scale = "{other}", or measures = "{turned}"?',
        )
    else:
        faults.add(
            "scale-read",
            f"read as {words} of {measures}; {what} {shown:.3g}",
            file=file,
            severity="note",
        )
    return fraction


def _floored(readings: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Wells below zero, as background subtraction leaves them, count as zero; it is said how many."""
    below = readings.filter(pl.col("value") < 0).height
    if below:
        faults.add(
            "below-zero",
            f"{below} wells lie below zero after background subtraction and count as zero",
            file=file,
            severity="note",
        )
    return readings.with_columns(value=pl.col("value").clip(lower_bound=0.0))
