"""Page one: which drugs act, and which genes where some were altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kinescape.report import wording
from kinescape.report.figures.effects import CLEAR, UNCLEAR, UNTESTED, with_verdict
from kinescape.report.selection import (
    agents_of,
    altered_alone,
    given_alone,
    is_drug,
    neutral_value,
    on_scale,
    one_row_a_readout,
    signalling,
)

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults


def which_drugs(results: StudyResults) -> tuple[str, tuple[str, ...]]:
    """Single drugs of the target sample by effect on the phenotype, else by how many signals they move."""
    specification = results.specification
    frame = one_row_a_readout(results.effects.filter(pl.col("sample") == specification.target_sample))
    frame = frame.filter(pl.col("value").is_finite())
    genes = _which_genes(results, frame)
    alone = [text for text in frame["condition"].unique().to_list() if given_alone(text)]
    alone = [text for text in alone if is_drug(agents_of(text)[0], results.agents)]
    frame = with_verdict(frame.filter(pl.col("condition").is_in(alone)))
    if frame.is_empty():
        return "No drug was measured alone in the target sample", genes
    number = len({agents_of(text)[0] for text in alone})
    phenotype = specification.suppress
    name = phenotype.replace("_", " ")
    grown = frame.filter(pl.col("nodes") == phenotype)
    tested = bool((frame["verdict"] != UNTESTED).any())
    sentences = []
    headline = (
        "No drug alone has a clear effect" if tested else "No effect could be tested: one replicate each"
    )
    if not grown.is_empty():
        scale = str(grown["scale"][0])
        grown = grown.filter(pl.col("scale") == scale).sort("value", "condition")
        best = grown.row(0, named=True)
        down = grown.filter(pl.col("value") < neutral_value(scale))
        acting = down.filter(pl.col("verdict") == CLEAR)
        if not acting.is_empty():
            names = dict.fromkeys(agents_of(text)[0] for text in acting["condition"])
            headline = f"{wording.listing(list(names), most=4)} lower {name} clearly, the strongest first"
            if len(names) == 1:
                headline = f"Only {next(iter(names))} lowers {name} clearly"
        elif not down.is_empty() and (down["verdict"] == UNTESTED).all():
            names = dict.fromkeys(agents_of(text)[0] for text in down["condition"])
            headline = f"{wording.listing(list(names)[:3])} lower {name} most (one replicate, not tested)"
        spread = wording.estimate(best["value"], best["low"], best["high"])
        if down.is_empty():
            headline = f"No drug alone lowers {name}"
        sentences.append(
            f"Of {wording.plural(number, 'drug')} given alone to {specification.target_sample}, "
            f"{best['condition']} lowers {name} most: to {on_scale(spread, scale)} ("
            f"{'' if best['low'] is None else 'in brackets the 90 % interval; '}{number_of_replicates(best['n'])})."
        )
        if best["verdict"] == UNCLEAR and acting.is_empty():
            sentences.append("Even that effect is not told apart from none.")
    single = signalling(frame.with_columns(pl.col("nodes").alias("node")))
    moves = pl.col("verdict") == CLEAR
    how = "clearly"
    if not tested:
        single = single.filter(pl.col("scale") == "log2_fold_change")
        moves = pl.col("value").abs() >= 1
        how = "to double or half (one replicate, not tested)"
    moved = (
        single.filter(moves).group_by("condition").len().sort("len", "condition", descending=[True, False])
    )
    if not moved.is_empty():
        top = moved.row(0, named=True)
        if grown.is_empty():
            headline = f"{agents_of(top['condition'])[0]} moves most signals"
        sentences.append(
            f"{top['condition']} moves most signals: {top['len']} of {single['readout'].n_unique()} readouts {how}."
        )
    elif grown.is_empty():
        sentences.append("No drug alone moves any readout clearly.")
    return headline, (*sentences, *genes)


def _which_genes(results: StudyResults, frame: pl.DataFrame) -> tuple[str, ...]:
    """The genetic perturbation that lowers the phenotype most, of those given alone; nothing without one."""
    phenotype = results.specification.suppress
    frame = frame.filter(pl.col("nodes") == phenotype)
    altered = [text for text in frame["condition"].unique().to_list() if altered_alone(text)]
    if not altered:
        return ()
    frame = with_verdict(frame.filter(pl.col("condition").is_in(altered)))
    frame = frame.filter(pl.col("scale") == frame["scale"][0]).sort("value", "condition")
    best = frame.row(0, named=True)
    name = phenotype.replace("_", " ")
    of = f"Of {wording.plural(len(altered), 'gene')} altered alone"
    if best["value"] >= neutral_value(best["scale"]):
        return (f"{of}, none lowers {name}.",)
    spread = on_scale(wording.estimate(best["value"], best["low"], best["high"]), best["scale"])
    unsure = "" if best["verdict"] == CLEAR else ", not told apart from no effect"
    unsure = ", not tested" if best["verdict"] == UNTESTED else unsure
    return (
        f"{of}, {best['condition']} lowers {name} most: to {spread} ({number_of_replicates(best['n'])}{unsure}).",
    )


def number_of_replicates(amount: int | None) -> str:
    """Independent replicates of one effect, in words."""
    return "replicates unknown" if amount is None else f"n = {amount}"
