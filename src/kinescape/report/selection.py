"""What sections pick out of a study's results: drugs, single agents, one row a readout, names of scales."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from kinescape.knowledge.families import main_targets
from kinescape.measurements.conditions import Condition
from kinescape.measurements.schema import NO_EFFECT, PHENOTYPES

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults

CLEAR_FDR = 0.05
"""Below this false discovery rate an effect is called clear."""

SCALE_WORDS = {
    "log2_fold_change": "log2 fold change",
    "fraction_of_control": "fraction of the untreated control",
    "growth_rate": "growth rate against the untreated control",
    "z": "z-score",
    "auc": "area under the dose curve",
}
_SCALE_SENTENCES = {
    "log2_fold_change": "{} (log2 against the untreated control)",
    "fraction_of_control": "{} of the untreated control",
    "growth_rate": "a growth rate of {} (untreated cells: 1)",
    "z": "a z-score of {}",
    "auc": "an area under the dose curve of {}",
}
CHANGE_UNITS = {"log2_fold_change": "log2", "z": "standard deviations"}
"""Unit of a change of activity under a drug."""
SCALE_MEANING = {
    "log2_fold_change": "0 is as in the untreated control, +1 is doubled, −1 is halved",
    "fraction_of_control": "1 is as in the untreated control, 0.5 is half of it",
    "growth_rate": "1 grows as the untreated control, 0 stands still, below 0 cells are lost",
    "z": "0 is as in the untreated control; one unit is one standard deviation of the controls "
    "(for the activity of a kinase: of the effects on all sites)",
    "auc": "small values mean a strong effect over all doses",
}
_NOT_DRUGS = {
    "ligand",
    "growth_factor",
    "growth factor",
    "cytokine",
    "hormone",
    "medium",
    "vehicle",
    "stimulus",
}


@lru_cache(maxsize=65536)
def parsed(condition: str) -> Condition | None:
    """A condition, or None where the text is not one."""
    try:
        return Condition.parse(condition)
    except ValueError:
        return None


def agents_of(condition: str) -> tuple[str, ...]:
    """The agents of a condition; empty for the control and for genetic perturbations alone."""
    made = parsed(condition)
    return () if made is None else made.agents


def given_alone(condition: str) -> bool:
    """Whether a condition is one agent and nothing else: a drug on top of a knock-down is not alone."""
    made = parsed(condition)
    return made is not None and len(made.parts) == 1 and len(made.agents) == 1


def altered_alone(condition: str) -> bool:
    """Whether a condition is one genetic perturbation and nothing else."""
    made = parsed(condition)
    return made is not None and len(made.parts) == 1 and len(made.genetic) == 1


def is_drug(name: str, agents: Any) -> bool:
    """Whether an agent is given against the cells, and is no ligand that stimulates them."""
    agent = agents.get(name)
    return agent is None or str(getattr(agent, "kind", "drug")).lower() not in _NOT_DRUGS


def has_drugs(results: StudyResults) -> bool:
    """Whether a study gave any drug: without one there is nothing to say of drugs."""
    return any(is_drug(name, results.agents) for name in results.measurements.agents)


def targets_of(name: str, agents: Any, most: int = 6) -> tuple[str, ...]:
    """Genes a drug mainly acts on, the strongest first; empty where they are unknown."""
    return tuple(dict(acts_on(name, agents)))[:most]


def acts_on(name: str, agents: Any) -> tuple[tuple[str, str], ...]:
    """Genes an agent mainly acts on, with a tag for drawings: `× erlotinib` blocks, `+ EGF` activates."""
    agent = agents.get(name)
    if agent is None:
        return ()
    marks = {-1: "×", 1: "+"}
    return tuple((target.gene, f"{marks.get(target.sign, '·')} {name}") for target in main_targets(agent))


def one_row_a_readout(effects: pl.DataFrame) -> pl.DataFrame:
    """Effects with one row for each thing measured; `nodes` lists what it stands for.

    A readout that stands for several nodes (p-ERK1/2 for MAPK1 and MAPK3) has one row per node in results.
    Times and cell populations that differ within a readout become part of its label.
    """
    frame = effects
    if frame.is_empty():
        return frame.with_columns(pl.lit("").alias("nodes"))
    label = pl.col("readout")
    if "population" in frame.columns:
        several = pl.col("population").n_unique().over("readout", "assay") > 1
        label = label + pl.when(several).then(pl.format(" in {}", "population")).otherwise(pl.lit(""))
    if "time_h" in frame.columns:
        several = pl.col("time_h").drop_nulls().n_unique().over("readout", "assay") > 1
        hours = pl.format(
            " at {} h", pl.col("time_h").round_sig_figs(3).cast(pl.String).str.strip_suffix(".0")
        )
        label = label + pl.when(several & pl.col("time_h").is_not_null()).then(hours).otherwise(pl.lit(""))
    frame = frame.with_columns(label.alias("readout"), pl.col("scale").cast(pl.String))
    keys = ["sample", "condition", "readout", "scale", "assay"]
    rest = [name for name in frame.columns if name not in (*keys, "node")]
    return frame.group_by(keys, maintain_order=True).agg(
        pl.col("node").unique(maintain_order=True).str.join(", ").alias("nodes"),
        *(pl.col(name).first() for name in rest),
    )


def clear(frame: pl.DataFrame) -> pl.Expr:
    """Whether an effect is clear: false discovery rate, else an interval that leaves out 'no effect'."""
    neutral = pl.col("scale").cast(pl.String).replace_strict(NO_EFFECT, default=0.0, return_dtype=pl.Float64)
    outside = (pl.col("low") > neutral) | (pl.col("high") < neutral)
    if "fdr" not in frame.columns:
        return outside
    return pl.coalesce(pl.col("fdr") < CLEAR_FDR, pl.lit(None, dtype=pl.Boolean))


def phenotypes_in(effects: pl.DataFrame) -> tuple[str, ...]:
    """Phenotypes that were measured, in their usual order."""
    found = set(effects["node"].unique().to_list())
    return tuple(name for name in PHENOTYPES if name in found)


def signalling(effects: pl.DataFrame) -> pl.DataFrame:
    """The rows that are not phenotypes."""
    return effects.filter(~pl.col("node").is_in(PHENOTYPES))


def samples_in_order(results: StudyResults) -> list[str]:
    """Target sample first, then the reference, then the others by name."""
    specification = results.specification
    found = sorted(results.effects["sample"].unique().to_list())
    wanted = (specification.target_sample, specification.reference_sample)
    first = [name for name in wanted if name is not None and name in found]
    return first + [name for name in found if name not in first]


def scale_words(scale: str | None) -> str:
    """The plain name of a scale."""
    return SCALE_WORDS.get(scale or "", scale or "")


def on_scale(amount: str, scale: str | None) -> str:
    """An amount in a sentence, with the words of its scale.

    Examples
    --------
    >>> on_scale("0.21", "fraction_of_control")
    '0.21 of the untreated control'
    """
    return _SCALE_SENTENCES.get(scale or "", "{}").format(amount)


def neutral_value(scale: str | None) -> float:
    """The value that means 'as the untreated control'."""
    return NO_EFFECT.get(scale or "", 0.0)


def capitalised(words: str) -> str:
    """The first letter large, the others as they are.

    Examples
    --------
    >>> capitalised("cell line A549")
    'Cell line A549'
    """
    return words[:1].upper() + words[1:]
