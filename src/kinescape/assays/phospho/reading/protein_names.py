"""Proteins as the engines name them: accession, gene, organism, and whether they are contaminants or decoys."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

CONTAMINANT = r"(?i)^(?:con__|cont_|contam_|contaminant_|cRAP)"
"""How search engines mark the proteins of the laboratory: keratin, trypsin, serum."""
DECOY = r"(?i)^(?:rev__|rev_|decoy_|xxx_|##|con__rev__)"
"""How they mark sequences that do not exist."""
_PREFIX = r"^(?i:UniProtKB:|uniprot\||con__|cont_|contam_|rev__|rev_|decoy_)*"
_ORGANISMS = {
    "homo sapiens": "human",
    "homosapiens": "human",
    "mus musculus": "mouse",
    "musmusculus": "mouse",
    "rattus norvegicus": "rat",
    "saccharomyces cerevisiae": "yeast",
    "HUMAN": "human",
    "MOUSE": "mouse",
    "RAT": "rat",
    "YEAST": "yeast",
}
ORGANISMS = tuple(dict.fromkeys(_ORGANISMS.values()))
"""Organisms that are called by a short name here."""
_ENOUGH = 0.5


def organism_called(name: str) -> str:
    """The short name of an organism: `Homo sapiens` and `HUMAN` are `human`; others stay as they are."""
    text = " ".join(name.split())
    return _ORGANISMS.get(text.upper(), _ORGANISMS.get(text.casefold(), text))


def first(text: pl.Expr) -> pl.Expr:
    """The first of several names parted by ``;``."""
    return text.str.split(";").list.first().str.strip_chars()


def accession(protein: pl.Expr) -> pl.Expr:
    """The accession, with its isoform, of a name such as ``sp|P62995-2|TRA2B_HUMAN`` or ``UniProtKB:Q96GX9``."""
    bare = protein.str.replace_all(_PREFIX, "")
    named = bare.str.extract(r"^(?:sp|tr)\|([^|]+)\|")
    return pl.coalesce(named, bare.str.extract(r"^([^|;,\s]+)"))


def gene_in_header(text: pl.Expr) -> pl.Expr:
    """The gene of a FASTA header, ``GN=MAPK1``; blanks may be lost."""
    return text.str.extract(r"GN=([^\s;]+?)(?:PE=\d|SV=\d|[\s;]|$)")


def is_contaminant(protein: pl.Expr) -> pl.Expr:
    """Whether a name carries a contaminant's mark."""
    return protein.str.contains(CONTAMINANT).fill_null(False)


def is_decoy(protein: pl.Expr) -> pl.Expr:
    """Whether a name carries a decoy's mark."""
    return protein.str.contains(DECOY).fill_null(False)


def organism_of(texts: Iterable[str | None], genes: Iterable[str | None]) -> tuple[str | None, str, float]:
    """The organism that most proteins name, and by what.

    Parameters
    ----------
    texts : iterable of str or None
        FASTA headers, descriptions or entry names.
    genes : iterable of str or None
        Gene symbols: upper case in human, capitalised in mouse; looked at where the texts say nothing.

    Returns
    -------
    organism : str or None
        ``human``, ``mouse``, …, the species as the file names it, or None.
    how : str
        ``headers``, ``entry names``, ``case of the gene names`` or empty.
    share : float
        Of the proteins that name any organism, those that name this one.
    """
    given = [text for text in texts if text]
    for how, pattern in (
        ("headers", re.compile(r"OS=(\w+ \w+|[A-Z][a-z]+)")),
        ("entry names", re.compile(r"\b[A-Z0-9]{1,11}_([A-Z0-9]{3,5})(?![A-Z0-9])|_(HUMAN|MOUSE|RAT)")),
    ):
        counts: dict[str, int] = {}
        for text in given:
            if found := pattern.search(text):
                species = next(group for group in found.groups() if group)
                species = _ORGANISMS.get(species, _ORGANISMS.get(species.casefold(), species))
                counts[species] = counts.get(species, 0) + 1
        if counts:
            best = max(counts, key=lambda name: counts[name])
            return best, how, counts[best] / sum(counts.values())
    symbols = [gene for gene in genes if gene and any(character.isalpha() for character in gene[1:])]
    if symbols:
        upper = sum(gene == gene.upper() for gene in symbols) / len(symbols)
        title = sum(gene[0].isupper() and gene[1:] == gene[1:].lower() for gene in symbols) / len(symbols)
        if max(upper, title) > _ENOUGH:
            return ("human" if upper > title else "mouse"), "case of the gene names", max(upper, title)
    return None, "", 0.0
