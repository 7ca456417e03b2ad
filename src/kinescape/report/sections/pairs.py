"""Which pairs of drugs to give or to test: measured ones as measured, predicted ones with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.report import wording
from kinescape.report.bundle import Section
from kinescape.report.figures.effects import effect_heat_map
from kinescape.report.figures.figure import Figure
from kinescape.report.figures.pareto import pareto_plot, ranked_pairs
from kinescape.report.sections.reached import reached_in_plasma
from kinescape.report.selection import scale_words
from kinescape.strategy.combinations import COLUMNS

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

_MOST_LISTED, _MOST_PREDICTED = 12, 30


def pairs_section(results: StudyResults) -> Section | None:
    """Pareto plot, ranked table with evidence, pairs that could not be ranked, and predicted signals."""
    combinations, specification = results.combinations, results.specification
    if combinations.is_empty():
        return None
    own = combinations.filter(pl.col("sample") == specification.target_sample)
    if own.is_empty():
        own = combinations
    ranked = _with_all_aims(ranked_pairs(own))
    levels = [level for level in ranked["level"].unique().sort().to_list() if level]
    return Section(
        "pairs",
        "Which pairs",
        "pairs.html",
        {
            "plot": pareto_plot(
                own,
                specification.suppress,
                specification.target_sample,
                specification.reference_sample,
                key="pairs-plot",
                simulated=specification.simulated,
            ),
            "rows": ranked.head(_MOST_LISTED).to_dicts(),
            "ranked": ranked.height,
            "unranked": own.filter(pl.col("status") == "unranked")
            .select("agent_a", "agent_b", "evidence")
            .to_dicts(),
            "measured": int((ranked["status"] == "measured").sum()),
            "levels": levels,
            "target": specification.target_sample,
            "reference": specification.reference_sample,
            "phenotype": specification.suppress.replace("_", " "),
            "scale": scale_words(ranked["effect_scale"][0]) if ranked.height else "",
            "signals": predicted_signals(results),
            "estimate": wording.estimate,
            "excess": wording.with_error,
            "reached": reached_in_plasma,
        },
    )


def _with_all_aims(pairs: pl.DataFrame) -> pl.DataFrame:
    """A table of an earlier version lacks the newer columns; they are empty then."""
    missing = {name: kind for name, kind in COLUMNS.items() if name not in pairs.columns}
    return pairs.with_columns(pl.lit(None, kind).alias(name) for name, kind in missing.items())


def predicted_signals(results: StudyResults) -> Figure | None:
    """Predicted effects of unmeasured pairs on each readout; None where the model made none."""
    predictions = results.predictions
    if predictions.is_empty():
        return None
    scales = dict(
        results.effects.filter(pl.col("readout").is_in(predictions["readout"].unique().implode()))
        .select("readout", pl.col("scale").cast(pl.String))
        .unique("readout", maintain_order=True)
        .rows()
    )
    methods = wording.listing(predictions["method"].drop_nulls().unique().sort().to_list())
    frame = predictions.with_columns(
        pl.col("mean").alias("value"),
        pl.col("readout")
        .replace_strict(scales, default="log2_fold_change", return_dtype=pl.String)
        .alias("scale"),
        pl.col("basis").alias("assay"),
        pl.lit("").alias("node"),
        pl.lit(None, dtype=pl.Float64).alias("se"),
        pl.lit(None, dtype=pl.Int64).alias("n"),
    )
    own = pl.col("sample") == results.specification.target_sample
    ranked = ranked_pairs(results.combinations).filter(own & (pl.col("status") == "predicted"))
    wanted = ranked["condition"].drop_nulls().head(_MOST_PREDICTED)
    if frame["condition"].is_in(wanted.implode()).any():
        frame = frame.filter(pl.col("condition").is_in(wanted.implode()))
    common = frame["scale"].value_counts(sort=True)["scale"][0]
    return effect_heat_map(
        frame,
        results.specification.target_sample,
        common,
        key="predicted-signals",
        title=f"Predicted effects of unmeasured pairs in {results.specification.target_sample} ({methods})",
        predicted=True,
        simulated=results.specification.simulated,
    )
