"""What a list of candidate substrates comes to, in a sentence: for the page and for the terminal."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.substrates import Substrates
from kinescape.report import wording

_NAMED = 5
_LIKELY = 0.5


def candidates_headline(found: Substrates) -> str:
    """The first new candidates; or that no site answered, where the contrast decided alone and none did.

    Parameters
    ----------
    found : Substrates
        From `find_substrates`.
    """
    fresh = found.ranked.filter(~pl.col("known"))
    if fresh.is_empty():
        return "No new candidate could be ranked"
    if found.answers and fresh["probability"].is_finite().any():
        # What did not answer the perturbation is no candidate, however it is ranked.
        answered = fresh.filter(pl.col("probability") >= _LIKELY)["site"].to_list()
        if not answered:
            return "No site clearly answered the perturbation, and so none is a candidate"
        return (
            f"{wording.plural(len(answered), 'site')} not known as a substrate answered the perturbation: "
            f"{wording.listing(answered, most=_NAMED)}"
        )
    best = fresh["fold"].drop_nulls().max()
    far = f" ({fold_words(best)} the base rate at best)" if best is not None else ""  # type: ignore[arg-type]
    return f"First new candidates: {wording.listing(fresh['site'].to_list()[:_NAMED])}{far}"


def base_rate_words(found: Substrates) -> str:
    """The share of ranked sites that are known substrates, in words."""
    known, ranked = found.ranked.filter("known").height, found.ranked.height
    share = f" ({100 * known / ranked:.2g} %)" if ranked else ""
    return f"known substrates: {wording.count(known)} of {wording.plural(ranked, 'ranked site')}{share}"


def fold_words(fold: float | None) -> str:
    """How many times the base rate, in two digits; a dash where there is none.

    Examples
    --------
    >>> fold_words(12.34), fold_words(0.61), fold_words(340.0), fold_words(None)
    ('12×', '0.6×', '340×', '–')
    """
    if wording.is_missing(fold):
        return wording.MISSING
    amount = float(fold)  # type: ignore[arg-type]
    return f"{amount:,.0f}×" if amount >= 10 else f"{amount:.1f}×"
