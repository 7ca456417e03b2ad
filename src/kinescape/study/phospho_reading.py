"""The study's `format = "phospho"`: sites become readouts, and so do the kinases and phosphatases behind them.

Sites enter on the scale `log2_fold_change` with the standard error over independent replicates, activities on the
scale `z`. An activity is unsure in two ways: a repeat of the experiment would give another, and other sites of the
enzyme would. Its standard error holds both, so that no section of a report is surer of it than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kinescape.assays.phospho.phospho_measurements import ASSAY, phospho_measurements
from kinescape.assays.reading import ReadResult
from kinescape.assays.vocabulary import CONTROL_NAMES, Vocabulary, unknown_options
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.names import ReadoutTable, load_readouts
from kinescape.measurements.schema import OWN_ERROR
from kinescape.measurements.table import Measurements
from kinescape.study.activity_errors import activity_errors
from kinescape.study.phospho import LOCALISATION, PhosphoAnalysis, PhosphoContrast, analyse_phospho

LEAST_SITES = 2
"""An enzyme becomes a readout from so many sites on: with one, it would only be that site again."""
NORMAL_QUANTILE = 1.645
"""Half width of a 90 % interval in standard errors."""


@dataclass(frozen=True)
class PhosphoReading(ReadResult):
    """What the reader made of a phosphoproteome.

    Parameters
    ----------
    analysis : PhosphoAnalysis
        Sites, contrasts and activities, for the report.
    """

    analysis: PhosphoAnalysis


def activity_text(enzyme: str) -> str:
    """How an activity is called as a readout.

    Examples
    --------
    >>> activity_text("MAPK1")
    'activity of MAPK1'
    """
    return f"activity of {enzyme}"


def read_phospho(
    path: str | Path,
    *,
    design: str | Path,
    columns: Mapping[str, Any] | None = None,
    sample: str | None = None,
    assay: str = ASSAY,
    agents: Mapping[str, str] | None = None,
    control: Sequence[str] = CONTROL_NAMES,
    engine: str | None = None,
    localisation: float = LOCALISATION,
    organism: str | None = None,
    fasta: str | Path | None = None,
    proteome: str | Path | None = None,
    quantity: Literal["intensity", "ratio"] | None = None,
    intensities: Literal["linear", "log2"] | None = None,
    normalise: bool = True,
    relations: str | Path | None = None,
    sites: Literal["known", "all"] = "known",
    agent_table: AgentTable | None = None,
    readout_table: ReadoutTable | None = None,
    name: str | None = None,
) -> PhosphoReading:
    """Read a table of phosphorylation sites with its sample sheet, and score the enzymes behind them.

    Parameters
    ----------
    path : str or Path
        The engine's table.
    design : str or Path
        The sample sheet: `sample`, `condition`, `replicate`, and `cell_line` where there are several.
    columns : mapping, optional
        Not used: engines name their columns themselves.
    sample : str, optional
        The sample (cell line), where the sheet has no column `cell_line`.
    assay : str
        Name of the assay in the table.
    agents : mapping of str to str, optional
        The sheet's names of agents, to known ones.
    control : sequence of str
        Texts that mean the untreated condition.
    engine, localisation, organism, fasta, proteome, quantity, intensities, normalise
        See `kinescape.study.phospho.analyse_phospho`.
    relations : str or Path, optional
        Which enzyme acts on which site, in place of the shipped table.
    sites : {"known", "all"}
        Which sites become readouts: those of known effect on their protein, or all with a gene.
    agent_table, readout_table, name
        As in the other readers.

    Raises
    ------
    InputError
        With every fault of the table and the sheet.
    """
    file = name or str(path)
    faults = Faults()
    unknown_options(dict(columns or {}), (), file=file, faults=faults, where="[files.columns]")
    faults.raise_if_errors()
    readouts = readout_table or load_readouts()
    vocabulary = Vocabulary.of_study(agent_table, readouts, agents, control)
    analysis = analyse_phospho(
        path,
        design=design,
        proteome=proteome,
        network=relations,
        engine=engine,
        localisation=localisation,
        organism=organism,
        fasta=fasta,
        quantity=quantity,
        intensities=intensities,
        normalise=normalise,
        vocabulary=vocabulary,
        name=file,
    )
    rows = analysis.table.rows if analysis.table is not None else ()
    found = phospho_measurements(
        [one.effects for one in analysis.contrasts],
        sample=sample,
        assay=assay,
        sites=sites,
        readout_table=readouts,
        file=file,
        dropped=sum(count.rows for count in rows if not count.kept),
        organism=analysis.table.organism if analysis.table is not None else None,
    )
    records = []
    for one in analysis.contrasts:
        errors = (
            {}
            if analysis.table is None or analysis.design is None
            else activity_errors(one, analysis.table, analysis.design)
        )
        records += activity_rows(one, errors, sample=sample, assay=assay)
    alone = sum(_few(one) for one in analysis.contrasts)
    activities = (
        Measurements.from_frame(pl.DataFrame(records), file=file) if records else Measurements.empty()
    )
    told = Fault(
        "activities",
        f"{len({row['readout'] for row in records})} kinases and phosphatases are readouts (scale z, standard error "
        f"over replicates and sites); {alone} scores from a single site are not",
        file=file,
        severity="note",
    )
    notes = tuple(dict.fromkeys((*analysis.notes, *found.notes, told)))
    return PhosphoReading(
        Measurements.concat([found.measurements, activities]), notes, found.accounting, analysis
    )


def activity_rows(
    contrast: PhosphoContrast, errors: Mapping[str, tuple[float, int]], *, sample: str | None, assay: str
) -> list[dict[str, Any]]:
    """Rows of the one table for the activities of a contrast.

    Parameters
    ----------
    contrast : PhosphoContrast
        With the columns `condition`, `time_h` and `cell_line` that a design gives its effects.
    errors : mapping of str to (float, int)
        Standard error over replicates, and their number, of the enzymes that have one; that over sites is added.
    sample : str or None
        Where the effects name no cell line.
    assay : str
        Name of the assay.
    """
    sites = contrast.effects.sites
    if sites.is_empty() or "condition" not in sites.columns:
        return []
    first = sites.row(0, named=True)
    scored = contrast.activities.frame.filter(
        pl.col("score").is_finite() & pl.col("enzyme").is_in(_sure_enough(contrast))
    ).with_columns(over_sites=(pl.col("high") - pl.col("low")) / (2 * NORMAL_QUANTILE))
    return [
        {
            "sample": first["cell_line"] or sample,
            "population": "all",
            "condition": first["condition"],
            "time_h": first["time_h"],
            "node": enzyme,
            "readout": activity_text(enzyme),
            "value": score,
            "scale": "z",
            "se": hypot(errors[enzyme][0], over_sites) if enzyme in errors else None,
            "n": errors[enzyme][1] if enzyme in errors else 1,
            "assay": assay,
            "flags": [OWN_ERROR] if enzyme in errors else [OWN_ERROR, "single_replicate"],
        }
        for enzyme, score, over_sites in scored.select("enzyme", "score", "over_sites").iter_rows()
    ]


def _sure_enough(contrast: PhosphoContrast) -> list[str]:
    """Enzymes with enough different sites behind them: one that is substrate and own site at once counts once."""
    sites = contrast.activities.substrates.group_by("enzyme").agg(pl.col("site").n_unique().alias("sites"))
    return sites.filter(pl.col("sites") >= LEAST_SITES)["enzyme"].to_list()


def _few(contrast: PhosphoContrast) -> int:
    """How many enzymes have a score from fewer."""
    scored = contrast.activities.frame.filter(pl.col("score").is_finite())
    return scored.filter(~pl.col("enzyme").is_in(_sure_enough(contrast))).height
