"""What a contrast of phosphorylation sites says of kinases: headline, counts, and what to be careful of."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kinescape.assays.phospho.activities.activity_tables import (
    CLEAR,
    CLEAR_FDR,
    ONE_SITE,
    strength,
    with_verdict,
)
from kinescape.report import wording
from kinescape.report.figures.natural_order import natural_order
from kinescape.study.phospho import PhosphoAnalysis, PhosphoContrast

_NAMED = 5
_CLEAR = pl.col("verdict") == CLEAR
_SINGLE = pl.col("verdict") == ONE_SITE


def ordered(analysis: PhosphoAnalysis) -> list[PhosphoContrast]:
    """The strongest contrast first: by how many enzymes are clear, then by the smallest false discovery rate."""
    return sorted(in_order(analysis.contrasts), key=lambda one: strength(one.activities.frame), reverse=True)


def in_order(contrasts: Sequence[PhosphoContrast]) -> list[PhosphoContrast]:
    """Contrasts in the order of the file, but those that differ by times or doses alone in the order of these."""
    place = {name: number for number, name in enumerate(natural_order(one.name for one in contrasts))}
    return sorted(contrasts, key=lambda one: place[one.name])


def headline(contrast: PhosphoContrast) -> str:
    """The clear enzymes in a line."""
    ranked = with_verdict(contrast.activities.frame)
    if ranked.is_empty():
        return "No kinase or phosphatase could be scored: none of their known sites was measured"
    clear = ranked.filter(_CLEAR)
    if clear.is_empty():
        top = ranked["enzyme"].to_list()[:3]
        single = set(ranked.filter(_SINGLE)["enzyme"])
        named = [f"{name} (one site)" if name in single else name for name in top]
        return (
            f"No kinase or phosphatase is clear of noise (of {wording.count(ranked.height)} scored); the largest "
            f"{'scores are those' if len(named) > 1 else 'score is that'} of {wording.listing(named)}"
        )
    parts = []
    for kind, noun in (("kinase", ""), ("phosphatase", "phosphatases ")):
        of_kind = clear.filter(pl.col("kind") == kind)
        for up, word in ((False, "less active"), (True, "more active")):
            names = of_kind.filter((pl.col("score") >= 0) == up)["enzyme"].to_list()
            if names:
                parts.append(f"{word}: {noun}{wording.listing(names, most=_NAMED)}")
    return "; ".join([parts[0][:1].upper() + parts[0][1:], *parts[1:]])


def named_headline(contrast: PhosphoContrast) -> str:
    """The headline with the name of its contrast before it."""
    words = headline(contrast)
    lowered = words if words[1:2].isupper() else words[:1].lower() + words[1:]
    return f"{contrast.name}: {lowered}"


def evidence(contrast: PhosphoContrast) -> list[str]:
    """How many sites and enzymes that rests on, and what it cannot tell."""
    return [*counts(contrast), *cautions(contrast)]


def counts(contrast: PhosphoContrast) -> list[str]:
    """How many sites moved, and from how many sites the enzymes were scored."""
    sites = contrast.effects.sites.filter(pl.col("log2_fold_change").is_finite())
    tested = sites.filter(pl.col("p_value").is_not_null())
    clear = tested.filter(pl.col("fdr") < CLEAR_FDR)
    up = clear.filter(pl.col("log2_fold_change") > 0).height
    ranked = with_verdict(contrast.activities.frame)
    rate = f"false discovery rate below {wording.percent(CLEAR_FDR)}"
    down = wording.count(clear.height - up)
    if tested.is_empty():
        moved = f"{wording.plural(sites.height, 'site')} with a fold change, none tested."
    elif clear.is_empty():
        moved = f"None of {wording.plural(tested.height, 'tested site')} clearly moved ({rate})."
    else:
        moved = (
            f"{wording.count(clear.height)} of {wording.plural(tested.height, 'tested site')} clearly moved "
            f"({wording.count(up)} up, {down} down; {rate})."
        )
    if ranked.is_empty():
        return [moved]
    single = ranked.filter(pl.col("sites") == 1).height
    scored = (
        f"{wording.plural(ranked.height, 'enzyme')} scored, {wording.count(single)} of them from one site"
    )
    return [moved, f"{scored}; {wording.count(ranked.filter(_CLEAR).height)} clear."]


def cautions(contrast: PhosphoContrast) -> list[str]:
    """Which of the enzymes rest on little, and which these data cannot tell apart."""
    ranked = with_verdict(contrast.activities.frame)
    single = ranked.filter(_SINGLE & (pl.col("fdr") < CLEAR_FDR))["enzyme"].to_list()
    thin = ranked.filter(_CLEAR & (pl.col("sites") == 2))["enzyme"].to_list()
    alike = contrast.same_sites(ranked.filter(_CLEAR)["enzyme"].to_list())
    sentences = []
    if single:
        sentences.append(
            f"One site alone speaks for {wording.listing(single, most=_NAMED)}: in the figure, but never called clear."
        )
    if thin:
        sentences.append(f"Of the clear ones, two sites are behind {wording.listing(thin, most=_NAMED)}.")
    if alike:
        groups = "; ".join(wording.listing(group) for group in alike)
        sentences.append(f"Not told apart, for they rest on the same sites: {groups}.")
    return sentences


def untested(analysis: PhosphoAnalysis) -> str:
    """What scores without replicates are, where a contrast has none; else empty."""
    without = [
        one.effects.sites["p_value"].null_count() == one.effects.sites.height for one in analysis.contrasts
    ]
    if not any(without):
        return ""
    where = "No site could be tested" if all(without) else "In some contrasts no site could be tested"
    return (
        f"{where}, for want of replicates. There a score sets an enzyme's sites against all the others of the "
        "contrast: that is no test over replicates."
    )
