"""Changes of node activity under single drugs: one row a drug, dose, time, readout and node.

Change is against the same condition without the drug (the ligand alone, where it was measured), sites that
inhibit their protein count with the sign turned, and the replicate error of a readout is steadied over its
conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.measurements.conditions import Condition
from kinescape.measurements.replicate_error import moderated_error
from kinescape.measurements.schema import PHENOTYPES
from kinescape.strategy.screened_effects import is_ligand

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.names import ReadoutTable
    from kinescape.measurements.table import Measurements

SCALES = ("log2_fold_change", "z")
"""Scales on which a change of activity is a difference."""


def activity_changes(measurements: Measurements, agents: AgentTable, readouts: ReadoutTable) -> pl.DataFrame:
    """Activity changes under single drugs.

    Parameters
    ----------
    measurements : Measurements
    agents : AgentTable
        Tells drugs from ligands.
    readouts : ReadoutTable
        Tells which sites inhibit their protein.

    Returns
    -------
    polars.DataFrame
        The rows of `Measurements` with one drug, with `agent`, `background`, `change`, `error` (NaN where no
        condition of the readout has replicates), `degrees` of freedom and `own` (false where the error is
        borrowed from the other conditions). Empty, without columns, where nothing was measured.
    """
    frame = measurements.frame.filter(
        pl.col("scale").cast(pl.String).is_in(SCALES)
        & ~pl.col("node").is_in(PHENOTYPES)
        & (pl.col("population") == "all")
    )
    if frame.is_empty():
        return pl.DataFrame()
    parsed = []
    for text in frame["condition"].unique(maintain_order=True):
        condition = Condition.parse(text)
        drugs = [dose for dose in condition.doses if not is_ligand(dose.agent, agents)]
        rest = Condition(tuple(part for part in condition.parts if part not in drugs))
        parsed.append((text, drugs[0].agent if len(drugs) == 1 else None, len(drugs), rest.text))
    names = pl.DataFrame(parsed, schema=["condition", "agent", "drugs", "background"], orient="row")
    steadied = [
        _steadied(group) for _, group in frame.group_by(["readout", "assay", "scale"], maintain_order=True)
    ]
    frame = pl.concat(steadied).join(names, on="condition")
    grounds = frame.filter(pl.col("drugs") == 0).select(
        "sample",
        "time_h",
        "node",
        "readout",
        "assay",
        "scale",
        pl.col("condition").alias("background"),
        pl.col("value").alias("ground"),
        pl.col("steady").alias("ground_se"),
    )
    joined = frame.filter(pl.col("drugs") == 1).join(
        grounds,
        on=["sample", "time_h", "node", "readout", "assay", "scale", "background"],
        how="left",
        nulls_equal=True,
    )
    turned = pl.col("readout").replace_strict(
        {name: _activity_sign(name, readouts) for name in joined["readout"].unique()}, return_dtype=pl.Int8
    )
    # The background alone counts as known where it was not measured: values are then against it already.
    return joined.with_columns(
        change=turned * (pl.col("value") - pl.col("ground").fill_null(0.0)),
        error=(pl.col("steady") ** 2 + pl.col("ground_se").fill_null(0.0).fill_nan(0.0) ** 2).sqrt(),
    )


def _activity_sign(readout: str, readouts: ReadoutTable) -> int:
    meaning = readouts.resolve(readout)
    return -1 if meaning is not None and meaning.sign < 0 else 1


def _steadied(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one readout with their steadied errors."""
    once = rows.unique(["sample", "condition", "time_h"], maintain_order=True)
    error = moderated_error(once["se"].fill_null(float("nan")).to_numpy(), once["n"].to_numpy())
    found = once.select("sample", "condition", "time_h").with_columns(
        steady=pl.Series(error.se), degrees=pl.Series(error.degrees), own=pl.Series(error.own)
    )
    return rows.join(found, on=["sample", "condition", "time_h"], nulls_equal=True, how="left")
