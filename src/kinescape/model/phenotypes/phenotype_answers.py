"""Answers of the levels that were chosen: phenotypes of combinations that nobody measured, and why that level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from kinescape.measurements.conditions import Condition
from kinescape.model.choice import QUESTIONS
from kinescape.model.design import Design
from kinescape.model.members import SINGLES
from kinescape.model.phenotypes.phenotype_choice import WHERE, half_width
from kinescape.model.phenotypes.phenotype_levels import LEVEL_WORDS, Phenotype, levels_for, phenotypes_of


def with_levels(predictions: pl.DataFrame, levels: pl.DataFrame, designs: Sequence[Design]) -> pl.DataFrame:
    """Predictions in which phenotypes of unseen combinations come from the level chosen for them.

    Parameters
    ----------
    predictions : polars.DataFrame
        From `predict_conditions`.
    levels : polars.DataFrame
        From `compare_levels`; phenotypes without rows there keep their predictions.
    designs : sequence of Design
        As given to `compare_levels`.
    """
    if levels.is_empty() or predictions.is_empty():
        return predictions
    answers: list[dict[str, object]] = []
    for phenotype in phenotypes_of(tuple(designs)):
        own = levels.filter(pl.col("readout") == phenotype.readout)
        asked = predictions.filter(
            (pl.col("readout") == phenotype.readout)
            & pl.col("basis").str.starts_with(QUESTIONS["unseen_combination"])
            & pl.col("sample").is_in(list(phenotype.design.samples))
        )
        if own.is_empty() or asked.is_empty():
            continue
        for sample in asked["sample"].unique(maintain_order=True).to_list():
            texts = asked.filter(pl.col("sample") == sample)["condition"].to_list()
            answers.extend(_answered(phenotype, sample, texts, own))
    if not answers:
        return predictions
    new = pl.DataFrame(answers, schema=predictions.schema)
    key = ["sample", "condition", "readout"]
    joined = predictions.join(new, on=key, how="left", suffix="_new", maintain_order="left")
    rest = [name for name in predictions.columns if name not in key]
    return joined.select(
        pl.when(pl.col("mean_new").is_not_null())
        .then(pl.col(f"{name}_new"))
        .otherwise(pl.col(name))
        .alias(name)
        if name in rest
        else pl.col(name)
        for name in predictions.columns
    )


def level_answers(
    levels: pl.DataFrame, designs: Sequence[Design], sample: str, condition: str
) -> dict[str, dict[str, Any]]:
    """Phenotypes of one unseen combination in a sample, by readout: mean, low, high, method and basis.

    Parameters
    ----------
    levels : polars.DataFrame
        From `compare_levels`.
    designs : sequence of Design
        As given to `compare_levels`.
    sample, condition : str
        The condition's canonical text.
    """
    found: dict[str, dict[str, Any]] = {}
    for phenotype in phenotypes_of(tuple(designs)) if levels.height else ():
        own = levels.filter(pl.col("readout") == phenotype.readout)
        if not own.is_empty() and sample in phenotype.design.samples:
            for answer in _answered(phenotype, sample, [condition], own):
                found[phenotype.readout] = answer
    return found


def _answered(
    phenotype: Phenotype, sample: str, texts: list[str], own: pl.DataFrame
) -> list[dict[str, object]]:
    """Answers of the chosen levels for unseen combinations of one sample; none where a level cannot tell."""
    design = phenotype.design
    rows = design.rows_for(sample, [Condition.parse(text) for text in texts])
    single = design.rows.dose[design.rows.agent_count == 1]
    alone = np.asarray((single > 0).any(axis=0))
    given = {
        text
        for text, there in zip(design.rows.condition.tolist(), design.rows.sample.tolist(), strict=True)
        if design.samples[there] != sample
    }
    functions = levels_for(phenotype)
    found: list[dict[str, object]] = []
    for where in WHERE:
        part = own.filter(pl.col("pair_measured") == where)
        chosen = part.filter(pl.col("chosen"))
        here = np.array([(text in given) == (where == "elsewhere") for text in texts], dtype=bool)
        if where == "elsewhere" and chosen.is_empty():
            continue
        if where == "nowhere" and own.filter(pl.col("pair_measured") == "elsewhere").is_empty():
            here = np.ones(len(texts), dtype=bool)
        if chosen.is_empty() or not here.any():
            continue
        best, basis = chosen.row(0, named=True), f"{QUESTIONS['unseen_combination']}; {evidence(part)}"
        mean = functions[best["level"]](design, phenotype.signals, rows.take(here))
        half = half_width(best["effect_error"], best["pairs"])
        known = np.array([alone[dose > 0].all() for dose in rows.dose[here]], dtype=bool)
        for text, value, singles in zip(np.array(texts)[here].tolist(), mean, known, strict=True):
            if not np.isfinite(value) or (best["level"] == SINGLES.name and not singles):
                continue
            low, middle, high = design.original(np.array([value - half, value, value + half]))
            found.append(
                {
                    "sample": sample,
                    "condition": text,
                    "readout": phenotype.readout,
                    "mean": float(middle),
                    "low": float(low),
                    "high": float(high),
                    "method": best["level"],
                    "basis": basis,
                }
            )
    return found


def evidence(part: pl.DataFrame) -> str:
    """Why a level answers one question, in a sentence with figures.

    Parameters
    ----------
    part : polars.DataFrame
        Rows of `compare_levels` for one phenotype and one question.
    """
    best = part.filter(pl.col("chosen")).row(0, named=True)
    rest = part.filter(~pl.col("chosen")).sort("rmse")
    words = f"from {LEVEL_WORDS[best['level']]}: held-out error {best['rmse']:.3f}"
    if best["level"] != SINGLES.name:
        against = part.filter(pl.col("level") == SINGLES.name)["rmse"][0]
        gap = f"{best['difference']:+.3f} [{best['difference_low']:+.3f}, {best['difference_high']:+.3f}]"
        return f"{words} against {against:.3f} for {LEVEL_WORDS[SINGLES.name]} ({gap}, {best['pairs']} pairs)"
    if rest.is_empty():
        return f"{words} ({best['pairs']} pairs)"
    other = rest.row(0, named=True)
    gap = f"{other['difference']:+.3f} [{other['difference_low']:+.3f}, {other['difference_high']:+.3f}]"
    return (
        f"{words}; nothing was clearly better, the nearest being {LEVEL_WORDS[other['level']]} with "
        f"{other['rmse']:.3f} ({gap}, {best['pairs']} pairs)"
    )


def choices_with_levels(choices: pl.DataFrame, levels: pl.DataFrame, dataset: str) -> pl.DataFrame:
    """The table of choices in which phenotypes of unseen combinations are answered by the level chosen for them.

    Parameters
    ----------
    choices : polars.DataFrame
        dataset, question, method, evidence.
    levels : polars.DataFrame
        From `compare_levels`.
    dataset : str
        Name of the study.
    """
    for readout in levels["readout"].unique(maintain_order=True).to_list():
        own, name = levels.filter(pl.col("readout") == readout), f"{dataset}: {readout}"
        replaced = (pl.col("dataset") == name) & (pl.col("question") == "unseen_combination")
        rows = [
            (name, "unseen_combination", _level_chosen(part), f"where {WHERE[where]}, {evidence(part)}")
            for where in WHERE
            if not (part := own.filter(pl.col("pair_measured") == where)).is_empty()
        ]
        new = pl.DataFrame(rows, schema=choices.schema, orient="row")
        choices = pl.concat([choices.filter(~replaced), new])
    return choices


def _level_chosen(part: pl.DataFrame) -> str:
    return str(part.filter(pl.col("chosen"))["level"][0])
