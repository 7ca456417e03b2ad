"""Reference transcripts of the targets: what stands at a residue, and where a base lies in the genome.

Residues are numbered as the clinic numbers them (ABL1 T315 is isoform IA, NM_005157); other numberings of the
same protein are known by their offset (isoform IB, NM_007313, counts 19 more), so that T334I can be told for
what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kinescape.foundation.issues import Faults
from kinescape.knowledge.codon_spectrum import (
    RESIDUE_NAMES,
    Spectrum,
    count_bases,
    substitution_probability,
    translate,
)
from kinescape.knowledge.delimited import shipped_table

GENE_SYNONYMS: Mapping[str, str] = {
    "ABL": "ABL1",
    "BCRABL": "ABL1",
    "BCRABL1": "ABL1",
    "ABL1": "ABL1",
    "EGFR": "EGFR",
    "ERBB1": "EGFR",
    "HER1": "EGFR",
}
"""Folded spellings of a target and the gene that carries its kinase domain."""


@dataclass(frozen=True)
class ReferenceTranscript:
    """One transcript of a target.

    Parameters
    ----------
    gene, transcript, protein : str
        HGNC symbol and RefSeq accessions.
    genome_build, chromosome : str
        Such as ``GRCh38`` and ``9``; the gene lies on the forward strand.
    chromosome_length : int
        Bases; tells one build from another.
    exons : tuple of (int, int, int)
        First and last coding base (1-based in the coding sequence) and the genomic position of the first.
    coding_sequence : str
    domain : tuple of (int, int)
        First and last codon of the part in which resistance mutations are counted.
    offsets : mapping of str to int
        Other transcripts and names for numberings, with what they add to a residue's number.
    references : str
    """

    gene: str
    transcript: str
    protein: str
    genome_build: str
    chromosome: str
    chromosome_length: int
    exons: tuple[tuple[int, int, int], ...]
    coding_sequence: str
    domain: tuple[int, int]
    offsets: Mapping[str, int]
    references: str
    residues: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "residues", translate(self.coding_sequence))

    @property
    def length(self) -> int:
        """Residues, without the stop."""
        return len(self.residues) - 1

    def residue(self, position: int) -> str | None:
        """One-letter residue at a position (1-based), or None beyond the ends."""
        return self.residues[position - 1] if 1 <= position <= self.length else None

    def residue_in_words(self, position: int) -> str:
        """Such as ``T (Thr)``."""
        letter = self.residue(position)
        return f"{letter} ({RESIDUE_NAMES[letter]})" if letter else "nothing"

    def codon(self, position: int) -> str:
        """The three bases of a residue."""
        return self.coding_sequence[3 * position - 3 : 3 * position]

    def coding_position(self, genomic: int) -> int | None:
        """Position in the coding sequence (1-based) of a genomic base, or None outside the coding exons."""
        for first, last, start in self.exons:
            if start <= genomic <= start + last - first:
                return first + genomic - start
        return None

    def genomic_position(self, coding: int) -> int:
        """Genomic position of a coding base."""
        for first, last, start in self.exons:
            if first <= coding <= last:
                return start + coding - first
        raise ValueError(f"the coding sequence of {self.transcript} has no base {coding}")

    def covers(self, genomic: int) -> bool:
        """Whether a genomic position lies between the first and the last coding base, introns included."""
        first, last, start = self.exons[-1]
        return self.exons[0][2] <= genomic <= start + last - first

    def probability(self, position: int, residue: str, spectrum: Spectrum) -> float:
        """Probability that a mutation of the domain is this change; see `substitution_probability`."""
        low, high = self.domain
        counts = count_bases(self.coding_sequence[3 * low - 3 : 3 * high])
        return substitution_probability(self.codon(position), residue, counts, spectrum)


@cache
def load_references() -> Mapping[str, ReferenceTranscript]:
    """The reference transcripts that the package ships, by gene."""
    faults = Faults()
    table = shipped_table(
        "reference_transcripts.tsv",
        faults,
        required=("gene", "transcript", "genome_build", "chromosome", "exons", "coding_sequence"),
    )
    faults.raise_if_errors()
    assert table is not None
    found = {}
    for row in table.rows:
        exons = []
        for part in row["exons"].split(";"):
            span, start = part.split("@")
            first, last = span.split("-")
            exons.append((int(first), int(last), int(start)))
        low, high = row["domain_codons"].split("-")
        offsets = dict(part.split("=") for part in row["numbering_offsets"].split(";"))
        found[row["gene"]] = ReferenceTranscript(
            row["gene"],
            row["transcript"],
            row["protein"],
            row["genome_build"],
            row["chromosome"],
            int(row["chromosome_length"]),
            tuple(exons),
            row["coding_sequence"],
            (int(low), int(high)),
            {name: int(offset) for name, offset in offsets.items()},
            row["references"],
        )
    return found


def gene_of(text: str) -> str | None:
    """The gene that a spelling of a target means (``BCR-ABL``, ``bcr::abl1``), or None."""
    return GENE_SYNONYMS.get("".join(character for character in text.upper() if character.isalnum()))
