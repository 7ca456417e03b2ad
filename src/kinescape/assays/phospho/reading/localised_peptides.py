"""Peptides with the probability of a phosphate at each residue, as the engines write them, made one notation.

A *form* is the bare sequence with the phosphorylated residues in small letters: `AALLAQYADVtDEEDEADEK`. Only residues
with enough probability are small; how many phosphates the peptide carries is counted apart.
"""

from __future__ import annotations

import polars as pl

_RESIDUE = r"[A-Za-z](?:\([0-9.,]+\))?"


def probabilities_in_braces(text: pl.Expr) -> pl.Expr:
    """DIA-NN's `AAS(UniMod:21){0.99}T{0.01}PLK2` as `AAS(0.99)TPLK2`; residues that it leaves bare have none."""
    phospho = text.str.replace_all(r"\(UniMod:21\)\{([0-9.]+)\}", "#$1#")
    bare = phospho.str.replace_all(r"\([^)]*\)|\{[^}]*\}", "")
    return bare.str.replace_all(r"#([0-9.]+)#", "($1)")


def probabilities_in_brackets(text: pl.Expr) -> pl.Expr:
    """Spectronaut's `_S[Phospho (STY): 0%]PM[Oxidation (M): 100%]_` as `S(0)PM`, in per cent."""
    phospho = text.str.replace_all(r"\[Phospho[^\]:]*: ?([0-9.,]+)%\]", "#$1#")
    bare = phospho.str.replace_all(r"\[[^\]]*\]|_", "")
    return bare.str.replace_all(r"#([0-9.,]+)#", "($1)")


def marked(text: pl.Expr, phospho: str, probability: pl.Expr) -> pl.Expr:
    """A modified sequence and one probability for all its phosphates: `AAS(UniMod:21)PLK` as `AAS(0.99)PLK`.

    Parameters
    ----------
    text : polars.Expr
        The modified sequence.
    phospho : str
        How it marks a phosphate, literally.
    probability : polars.Expr
        Number.
    """
    hashed = text.str.replace_all(phospho, "#", literal=True)
    bare = hashed.str.replace_all(r"\([^)]*\)|\[[^\]]*\]|_", "")
    filled = pl.format("({})", probability.fill_null(0.0))
    return bare.str.split("#").list.join(filled)


def localised_form(text: pl.Expr, at_least: float) -> pl.Expr:
    """The form of `AALLAQY(0.316)ADVT(0.684)DEEDEADEK`: small letters where the probability reaches the limit."""
    element = pl.element()
    probability = _probability(element)
    letter = element.str.slice(0, 1)
    chosen = (
        pl.when(probability >= at_least).then(letter.str.to_lowercase()).otherwise(letter.str.to_uppercase())
    )
    return text.str.extract_all(_RESIDUE).list.eval(chosen).list.join("")


def worst_localised(text: pl.Expr, at_least: float) -> pl.Expr:
    """The smallest of the probabilities that reach the limit; null where none does."""
    probability = _probability(pl.element())
    return text.str.extract_all(_RESIDUE).list.eval(probability.filter(probability >= at_least)).list.min()


def _probability(element: pl.Expr) -> pl.Expr:
    digits = element.str.extract(r"\(([0-9.,]+)\)").str.replace(",", ".", literal=True)
    return digits.cast(pl.Float64, strict=False)


def sites_of_form(form: str) -> tuple[str, tuple[int, ...]]:
    """The bare sequence of a form, and the indices (from 0) of its small letters.

    `LEAGLSDSK|6` (places counted from 1) is understood as well.

    Examples
    --------
    >>> sites_of_form("LEAGLsDSK"), sites_of_form("LEAGLSDSK|6,8")
    (('LEAGLSDSK', (5,)), ('LEAGLSDSK', (5, 7)))
    """
    sequence, bar, places = form.partition("|")
    if bar:
        return sequence.upper(), tuple(int(place) - 1 for place in places.split(",") if place)
    return sequence.upper(), tuple(index for index, letter in enumerate(sequence) if letter.islower())
