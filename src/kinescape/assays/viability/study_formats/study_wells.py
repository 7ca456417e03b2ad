"""The study's `format = "viability_wells"`: long tables of wells with control tags, at the size of a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.assays.reading import ReadResult
from kinescape.assays.viability.reading.tagged_wells import GDSC_COLUMNS, read_tagged_wells
from kinescape.assays.viability.reading.wells import Wells
from kinescape.assays.viability.study_formats.dose_conditions import dose_conditions, of_samples
from kinescape.assays.viability.study_formats.plate_effects import effects_on_plates
from kinescape.assays.vocabulary import Vocabulary, as_texts, unknown_options
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable


def read_viability_wells(
    path: str | Path,
    *,
    dose_unit: str,
    columns: Mapping[str, Any] | None = None,
    sample: str | None = None,
    assay: str = "viability",
    node: str = "viability",
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    only_agents: Sequence[str] = (),
    only_samples: Sequence[str] = (),
    time_h: float | None = None,
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> ReadResult:
    """Read a long table of wells with tags, as the GDSC screens publish them.

    Parameters
    ----------
    path : str or Path
        CSV, gzipped or not, or Parquet.
    dose_unit : str
        Of the doses, which these files do not state.
    columns : mapping, optional
        Meanings (plate, scan, well, tag, sample, agent, dose, value) to names in the file, where these are not GDSC's.
    sample : str, optional
        Not used: every well names its own.
    control : sequence of str, optional
        Tags of the untreated wells; the most frequent negative control by default, which is told.
    time_h : float, optional
        Hours since dosing.

    Other parameters are those of `kinescape.assays.viability.study_formats.study_doses.read_viability_doses`.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults, file = Faults(), name or str(path)
    unknown_options(dict(columns or {}), GDSC_COLUMNS, file=file, faults=faults, where="[files.columns]")
    if sample is not None:
        faults.add("two-ways", "every well of such a table names its sample", file=file, column="sample")
    faults.raise_if_errors()
    named = {**GDSC_COLUMNS, **(columns or {})}
    vocabulary = Vocabulary.of_study(agent_table, readout_table, agents)
    wells = read_tagged_wells(
        path,
        unit=dose_unit,
        columns=named,
        control=None if control is None else as_texts(control),
        hours=time_h,
        name=file,
    )
    frame = wells.frame.with_columns(row=pl.int_range(2, wells.frame.height + 2, dtype=pl.Int64))
    frame, of_others = of_samples(frame, as_texts(only_samples), faults, file)
    treated = frame.filter(pl.col("role") == "treated")
    treated, drugs = _joined_mixtures(treated)
    conditions, dropped = dose_conditions(
        treated,
        drugs,
        vocabulary,
        faults,
        file=file,
        columns=[named["agent"]] * drugs,
        ignore=as_texts(ignore),
        only_agents=as_texts(only_agents),
    )
    treated = treated.with_columns(condition=conditions)
    kept = treated.filter(pl.col("condition").is_not_null())
    others = frame.filter(pl.col("role") != "treated").filter(
        pl.col("plate").is_in(kept["plate"].unique().to_list())
    )
    faults.raise_if_errors()
    frame = pl.concat([kept.select([*frame.columns, "condition"]), others], how="diagonal")
    return effects_on_plates(
        Wells(frame, wells.notes, file, wells.stated),
        vocabulary,
        faults,
        assay=assay,
        node=node,
        rows_known=True,
        dropped=dropped + of_others,
    )


def _joined_mixtures(treated: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """One line a well: a well that stands twice holds two drugs."""
    place = ["plate", "well_row", "well_column"]
    numbered = treated.with_columns(
        drug=pl.when(pl.col("well_row").is_null())
        .then(pl.lit(1))
        .otherwise(pl.int_range(pl.len()).over(place) + 1)
    )
    drugs = int(numbered["drug"].max() or 1)  # type: ignore[arg-type]
    base = numbered.filter(pl.col("drug") == 1)
    for drug in range(1, drugs + 1):
        own = numbered.filter(pl.col("drug") == drug).select(
            *place,
            pl.col("agent").alias(f"agent_{drug}"),
            pl.col("dose").round_sig_figs(10).alias(f"dose_{drug}"),
            pl.col("dose_unit").alias(f"unit_{drug}"),
        )
        if drug == 1:
            base = pl.concat([base, own.drop(place)], how="horizontal")
        else:
            base = base.join(own, on=place, how="left").with_columns(
                pl.col(f"dose_{drug}").fill_null(0.0), pl.col(f"unit_{drug}").fill_null("M")
            )
    return base, drugs
