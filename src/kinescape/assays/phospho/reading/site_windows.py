"""The fifteen residues about a site, from what the engines give: longer windows, motifs, or the sequence itself.

`_` stands beyond the ends of the protein, `X` for a residue that the file does not tell.
"""

from __future__ import annotations

import polars as pl

HALF = 7
"""Residues on each side of the site."""


def central_window(text: pl.Expr) -> pl.Expr:
    """The central fifteen residues of an odd window of at least fifteen, such as MaxQuant's of 31."""
    long = text.str.len_chars()
    whole = text.is_not_null() & (long % 2 == 1) & (long >= 2 * HALF + 1)
    return (
        pl.when(whole)
        .then(text.str.to_uppercase().str.slice(long.cast(pl.Int64) // 2 - HALF, 2 * HALF + 1))
        .otherwise(None)
    )


def motif_window(motif: str | None, position: int | None, centre: int | None = None) -> str | None:
    """A short motif made fifteen long; a motif with its site in lower case is cut where the protein ends.

    Parameters
    ----------
    motif : str or None
        With the site in lower case (`KDISGPsPSKKLK`), or at `centre`.
    position : int or None
        Of the site in the protein: a motif that begins with the protein is filled with `_`.
    centre : int, optional
        Index of the site.

    Examples
    --------
    >>> motif_window("KDISGPsPSKKLK", 87), motif_window("MSsPPA", 3)
    ('XKDISGPSPSKKLKX', '_____MSSPPA____')
    """
    if not motif:
        return None
    cut = centre is None
    if centre is None:
        lower = [index for index, letter in enumerate(motif) if letter.islower()]
        if len(lower) != 1:
            return None
        centre = lower[0]
    left, right = motif[:centre].upper()[-HALF:], motif[centre + 1 :].upper()[:HALF]
    begins = left.startswith("_") or (position is not None and position - 1 == len(left))
    # Motifs with the site in lower case have six residues on each side, but where the protein ends.
    ends = right.endswith("_") or (cut and len(right) < HALF - 1)
    return (
        left.rjust(HALF, "_" if begins else "X")
        + motif[centre].upper()
        + right.ljust(HALF, "_" if ends else "X")
    )


def window_at(sequence: str, position: int) -> str | None:
    """The window about a position (from 1) of a protein's sequence.

    Examples
    --------
    >>> window_at("MSSPPAKLE", 3)
    '_____MSSPPAKLE_'
    """
    if not 1 <= position <= len(sequence):
        return None
    padded = "_" * HALF + sequence + "_" * HALF
    return padded[position - 1 : position + 2 * HALF]
