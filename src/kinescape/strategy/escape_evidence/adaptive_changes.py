"""Changes of node activity under single drugs: one row a drug, dose, time, readout and node.

Change is against the same condition without the drug (the ligand alone, where it was measured), sites that
inhibit their protein count with the sign turned, and the replicate error of a readout is steadied over its
conditions.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import polars as pl

from kinescape.measurements.conditions import Condition
from kinescape.measurements.replicate_error import moderated_error
from kinescape.measurements.schema import PHENOTYPES
from kinescape.strategy.experiment_planning.screened_effects import is_ligand

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.names import ReadoutTable
    from kinescape.measurements.table import Measurements

SCALES = ("log2_fold_change", "z")
"""Scales on which a change of activity is a difference."""
_NAMING_SHARE = 0.2


def activity_changes(
    measurements: Measurements,
    agents: AgentTable,
    readouts: ReadoutTable,
    phospho_assays: Collection[str] = (),
) -> pl.DataFrame:
    """Activity changes under single drugs.

    Parameters
    ----------
    measurements : Measurements
    agents : AgentTable
        Tells drugs from ligands.
    readouts : ReadoutTable
        Tells which sites inhibit their protein. A site of unknown effect is left out.
    phospho_assays : collection of str
        Assays in which a bare protein name means its phosphorylated form. In an assay that names its
        phosphosites (a fifth of the readouts or more) it means the amount. In the others a bare name whose
        two meanings point opposite ways (GSK3: amount or inhibited form) is left out, for nothing can be read
        from it.

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
    measured = frame.select("readout", "assay").unique(maintain_order=True)
    naming = _assays_that_name_sites(measured, readouts)
    signs = pl.DataFrame(
        [
            (readout, assay, _activity_sign(readout, assay in phospho_assays, assay in naming, readouts))
            for readout, assay in measured.iter_rows()
        ],
        schema={"readout": pl.String, "assay": pl.String, "turned": pl.Int8},
        orient="row",
    )
    joined = joined.join(signs, on=["readout", "assay"]).filter(pl.col("turned") != 0)
    # The background alone counts as known where it was not measured: values are then against it already.
    return joined.with_columns(
        change=pl.col("turned") * (pl.col("value") - pl.col("ground").fill_null(0.0)),
        error=(pl.col("steady") ** 2 + pl.col("ground_se").fill_null(0.0).fill_nan(0.0) ** 2).sqrt(),
    )


def _assays_that_name_sites(measured: pl.DataFrame, readouts: ReadoutTable) -> set[str]:
    """Assays whose readouts say where they are phosphorylated, so that a bare name means the amount."""
    found = set()
    for (assay,), group in measured.group_by(["assay"], maintain_order=True):
        kinds = [meaning.kind for name in group["readout"] if (meaning := readouts.resolve(name)) is not None]
        if sum(kind.endswith("site") for kind in kinds) >= _NAMING_SHARE * max(len(kinds), 1):
            found.add(str(assay))
    return found


def _activity_sign(readout: str, phospho: bool, names_sites: bool, readouts: ReadoutTable) -> int:
    """Sign of the node's activity in a readout; 0 where it is open, so that nothing can be read from a change."""
    form = readouts.resolve(readout, phospho=True)
    meaning = form if phospho else readouts.resolve(readout)
    if meaning is None:
        return 1
    if form is not None and form.sign < 0 < meaning.sign and not names_sites:
        return 0
    return meaning.sign


def _steadied(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one readout with their steadied errors."""
    once = rows.unique(["sample", "condition", "time_h"], maintain_order=True)
    error = moderated_error(once["se"].fill_null(float("nan")).to_numpy(), once["n"].to_numpy())
    found = once.select("sample", "condition", "time_h").with_columns(
        steady=pl.Series(error.se), degrees=pl.Series(error.degrees), own=pl.Series(error.own)
    )
    return rows.join(found, on=["sample", "condition", "time_h"], nulls_equal=True, how="left")
