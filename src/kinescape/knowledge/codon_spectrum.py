"""How likely a codon is to change into another residue: the genetic code and a mutation spectrum.

A substitution spectrum counts how often each base was seen to turn into each other one. The probability that
one particular base of a domain makes one particular change is

    p(a > b at this site) = n(a > b) / (total of n) / (how many bases a the domain has)

and the probability of a residue change is the sum over the single-base changes of the codon that make it.
Changes that need two bases have probability 0 here and are told apart by `single_steps`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import shipped_table

BASES = "TCAG"
_RESIDUES = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
GENETIC_CODE: Mapping[str, str] = {
    "".join(codon): residue for codon, residue in zip(product(BASES, repeat=3), _RESIDUES, strict=True)
}
"""Codon to one-letter residue; ``*`` is a stop."""

RESIDUE_NAMES: Mapping[str, str] = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly",
    "H": "His", "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser",
    "T": "Thr", "W": "Trp", "Y": "Tyr", "V": "Val", "*": "Ter",
}  # fmt: skip
"""One-letter to three-letter residue names."""


def translate(coding_sequence: str) -> str:
    """The protein of a coding sequence, stop included.

    Examples
    --------
    >>> translate("ATGTTGTAG")
    'ML*'
    """
    whole = len(coding_sequence) - len(coding_sequence) % 3
    return "".join(GENETIC_CODE[coding_sequence[start : start + 3]] for start in range(0, whole, 3))


@dataclass(frozen=True)
class Spectrum:
    """How often each base turns into each other one.

    Parameters
    ----------
    counts : mapping of (str, str) to float
        Reference and variant base to the number of times this change was seen.
    references : str
        Where the counts come from.
    """

    counts: Mapping[tuple[str, str], float]
    references: str

    def share(self, reference: str, variant: str) -> float:
        """The share of this change among all changes of the spectrum."""
        total = sum(self.counts.values())
        return self.counts.get((reference, variant), 0.0) / total if total else 0.0


@cache
def load_spectrum() -> Spectrum:
    """The spectrum that the package ships: variants of ABL1 seen in the population."""
    faults = Faults()
    table = shipped_table(
        "substitution_spectrum.tsv",
        faults,
        required=("reference_base", "variant_base", "count", "references"),
    )
    faults.raise_if_errors()
    assert table is not None
    counts = {(row["reference_base"], row["variant_base"]): float(row["count"]) for row in table.rows}
    return Spectrum(counts, table.rows[0]["references"])


def single_steps(codon: str, residue: str) -> tuple[tuple[int, str, str], ...]:
    """The single-base changes of a codon that give a residue: position in the codon (0 to 2), from, to.

    Examples
    --------
    >>> single_steps("ACT", "I")  # ABL1 T315I
    ((1, 'C', 'T'),)
    """
    found = []
    for place in range(3):
        for base in BASES:
            changed = codon[:place] + base + codon[place + 1 :]
            if base != codon[place] and GENETIC_CODE[changed] == residue:
                found.append((place, codon[place], base))
    return tuple(found)


def substitution_probability(
    codon: str, residue: str, base_counts: Mapping[str, int], spectrum: Spectrum
) -> float:
    """Probability that a mutation of the domain is this residue change; 0 where two bases would have to change.

    Parameters
    ----------
    codon : str
        Three bases of the reference.
    residue : str
        One-letter residue that results.
    base_counts : mapping of str to int
        How many of each base the domain has.
    spectrum : Spectrum
        Where mutations come from.

    Examples
    --------
    >>> counts = {"A": 299, "C": 330, "G": 348, "T": 223}
    >>> round(substitution_probability("ACT", "I", counts, load_spectrum()), 5)
    0.00119
    """
    return sum(spectrum.share(old, new) / base_counts[old] for _, old, new in single_steps(codon, residue))


def count_bases(sequence: str) -> dict[str, int]:
    """How many of each base a sequence has; at least one each, so that it can be divided by."""
    counted = Counter(sequence)
    return {base: max(1, counted.get(base, 0)) for base in BASES}
