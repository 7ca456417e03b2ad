"""Names of protein variants, read and checked against the reference: `ABL1 T315I`, `E255K/T315I`, HGVS.

Understood: `ABL1 T315I`, `BCR-ABL p.Thr315Ile`, `NM_005157.6:c.944C>T`, `NM_005157.6(ABL1):c.944C>T (p.Thr315Ile)`,
`NM_007313:p.T334I` (another numbering), `c.763_764delinsAA`, compounds joined by `/`, `+` or `;`, in-frame deletions
such as `EGFR E746_A750del` (named, and never taken for measured). A reference residue that is not there is a fault
that says what is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.mutant_references import (
    GENE_SYNONYMS,
    ReferenceTranscript,
    gene_of,
    load_references,
)
from kinescape.knowledge.residue_changes import (
    CODING,
    PROTEIN,
    RESIDUE,
    ResidueChange,
    contradiction,
    other_numbering,
    read_change,
    residue_letter,
)

_DELETION = re.compile(
    rf"^(?:p\.)?\(?({RESIDUE})(\d+)(?:_({RESIDUE})(\d+))?(del|dup|ins|delins|fs)[A-Za-z*0-9]*\)?$",
    re.IGNORECASE,
)
AMBIGUOUS = "?"
"""In place of a gene: several targets have the reference base of a bare coding change."""
_TRANSCRIPT = re.compile(r"^(?:N[MP]_\d+|ENST\d+)(?:\.\d+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class ProteinVariant:
    """One protein with one change or several on the same molecule.

    Parameters
    ----------
    gene : str
        HGNC symbol.
    changes : tuple of ResidueChange
        Ordered by position; empty for a change that is no substitution.
    given : str
        What the user wrote.
    other : str
        Name of a change that is no substitution, such as ``E746_A750del``; empty otherwise.
    """

    gene: str
    changes: tuple[ResidueChange, ...]
    given: str
    other: str = ""

    @property
    def mutant(self) -> str:
        """Name without the gene: ``E255K/T315I``."""
        return self.other or "/".join(change.text for change in self.changes)

    @property
    def text(self) -> str:
        """Name with the gene: ``ABL1 E255K/T315I``."""
        return f"{self.gene} {self.mutant}"

    @property
    def compound(self) -> bool:
        """Whether there is more than one change."""
        return len(self.changes) > 1


def mutant_name(text: str) -> str:
    """The spelling of a mutant in tables: changes ordered by position, joined by ``/``.

    Examples
    --------
    >>> mutant_name("T315I+E255K")
    'E255K/T315I'
    """
    parts = [part.strip() for part in re.split(r"[/+;,&]", text) if part.strip()]
    parts.sort(key=lambda part: (int((re.findall(r"\d+", part) or ["0"])[0]), part))
    return "/".join(parts)


def parse_variant(
    text: str,
    faults: Faults,
    *,
    gene: str | None = None,
    references: Mapping[str, ReferenceTranscript] | None = None,
    unchecked: Collection[str] = (),
    file: str | None = None,
    row: int | None = None,
) -> ProteinVariant | None:
    """Read one variant or compound, checked against the reference sequence.

    Parameters
    ----------
    text : str
        What the user wrote.
    faults : Faults
        Where faults go; nothing is raised here.
    gene : str, optional
        The gene where the text names none.
    references : mapping, optional
        Reference transcripts by gene; those of the package without it.
    unchecked : collection of str
        Targets of a user's table that have no reference sequence here: read, not checked, and said so.
    file, row : optional
        Where the text stands.

    Returns
    -------
    ProteinVariant or None
        None where the text cannot be read or contradicts the reference; the fault says how.

    Examples
    --------
    >>> parse_variant("ABL1 p.Thr315Ile", Faults()).mutant
    'T315I'
    >>> parse_variant("NM_007313:p.T334I", Faults()).text
    'ABL1 T315I'
    """
    known = load_references() if references is None else references
    named, offset, rest = _gene_and_rest(text, known)
    if named is None and gene is not None:
        named = gene
    words = text.split(maxsplit=1)
    if len(words) == 2 and words[0] in unchecked and words[0] not in known:
        return _unchecked(words[0], words[1], text, faults, file, row)
    alone = gene_of(text) if len(words) == 1 else None
    if alone in known:
        named, rest = alone, ""
    # "c.944C>T, p.Thr315Ile" names one change twice: the comma joins no second one.
    rest = re.sub(r"(c\.[^\s,;/]+)\s*[,;]\s*(?=\(?p\.)", r"\1 ", rest)
    parts = [part for part in re.split(r"[/+;&]|,\s*", rest) if part.strip()]
    if named is None:
        named = _only_gene(parts, known)
    if named is None or named not in known:
        close = nearest(text.split()[0] if text.split() else text, GENE_SYNONYMS, n=1)
        faults.add(
            "gene-unknown",
            f"'{text}' names no target with a reference sequence here",
            file=file,
            row=row,
            expected=f"one of {', '.join(sorted(known))} before the change, such as 'ABL1 T315I'",
            mend=f"did you mean '{GENE_SYNONYMS[close[0]]}'?" if close else None,
        )
        return None
    reference = known[named]
    if not parts:
        faults.add(
            "variant-missing", f"'{text}' names no change", file=file, row=row, expected="such as T315I"
        )
        return None
    changes: list[ResidueChange] = []
    for part in parts:
        piece = part.strip()
        deletion = _DELETION.match(piece)
        if deletion and len(parts) == 1 and not PROTEIN.match(piece):
            return _other_change(piece, deletion, reference, offset, text, faults, file, row)
        change = read_change(piece, reference, offset, text, faults, file, row)
        if change is None:
            return None
        changes.append(change)
    changes.sort()
    positions = [change.position for change in changes]
    if len(set(positions)) < len(positions):
        faults.add("residue-twice", f"'{text}' changes one residue twice", file=file, row=row)
        return None
    return ProteinVariant(named, tuple(changes), text)


def gene_of_coding_change(text: str, faults: Faults) -> str | None:
    """The one target in which a bare ``c.944C>T`` has its reference base; a fault where there are several."""
    if not text.strip().lower().startswith("c."):
        return None
    readings = {
        name: variant.mutant
        for name in load_references()
        if (variant := parse_variant(text, Faults(), gene=name)) is not None
    }
    if len(readings) < 2:
        return next(iter(readings), None)
    told = " or ".join(f"{name} ({mutant})" for name, mutant in readings.items())
    faults.add(
        "gene-unknown",
        f"'{text}' names no gene and may be {told}",
        expected="the gene before the change",
        mend=f"write '{next(iter(readings))} {text.strip()}', or give --target",
    )
    return AMBIGUOUS


def _unchecked(
    gene: str, rest: str, text: str, faults: Faults, file: str | None, row: int | None
) -> ProteinVariant | None:
    matches = [PROTEIN.match(part) for part in mutant_name(rest).split("/")]
    if not all(matches):
        faults.add(
            "variant-unreadable",
            f"'{text}' is no change that can be read",
            file=file,
            row=row,
            expected="such as T315I",
        )
        return None
    faults.add(
        "reference-absent",
        f"{gene} has no reference sequence here, so the residues of '{text}' were not checked",
        file=file,
        row=row,
        severity="warning",
    )
    changes = [
        ResidueChange(int(match[2]), residue_letter(match[1]), residue_letter(match[3]))
        for match in matches
        if match
    ]
    return ProteinVariant(gene, tuple(sorted(changes)), text)


def _gene_and_rest(text: str, known: Mapping[str, ReferenceTranscript]) -> tuple[str | None, int, str]:
    """The gene that a text names, the offset of its numbering, and the changes."""
    cleaned = text.strip()
    head, mark, tail = cleaned.partition(":")
    if mark and head.count(" ") == 0 and not tail.startswith(":"):
        name, rest = head, tail
    else:
        words = cleaned.split(maxsplit=1)
        if len(words) < 2:
            return None, 0, cleaned
        name, rest = words[0].rstrip(":"), words[1]
    name = name.split("(")[0]
    if _TRANSCRIPT.match(name):
        bare = name.upper().split(".")[0]
        for gene, reference in known.items():
            accessions = {reference.transcript.split(".")[0]: 0, reference.protein.split(".")[0]: 0}
            accessions |= reference.offsets
            if bare in accessions:
                return gene, accessions[bare], rest.strip()
        return None, 0, rest.strip()
    meant = gene_of(name)
    if meant is None:
        return (None, 0, cleaned) if PROTEIN.match(name) or CODING.match(name) else ("?" + name, 0, rest)
    # "ABL1 NM_007313:p.T334I" names both: the transcript decides the numbering.
    inner = _gene_and_rest(rest, known) if _TRANSCRIPT.match(rest.split(":")[0].strip()) else None
    if inner is not None and inner[0] == meant:
        return inner
    return meant, 0, rest.strip()


def _only_gene(parts: list[str], known: Mapping[str, ReferenceTranscript]) -> str | None:
    """The one gene whose sequence has all the reference residues that were written."""
    fitting = []
    for gene, reference in known.items():
        matches = [PROTEIN.match(part.strip()) for part in parts]
        if parts and all(
            match and reference.residue(int(match[2])) == residue_letter(match[1]) for match in matches
        ):
            fitting.append(gene)
    return fitting[0] if len(fitting) == 1 else None


def _other_change(
    piece: str,
    match: re.Match[str],
    reference: ReferenceTranscript,
    offset: int,
    text: str,
    faults: Faults,
    file: str | None,
    row: int | None,
) -> ProteinVariant | None:
    ends = [(match[1], match[2])] + ([(match[3], match[4])] if match[3] else [])
    for letter, number in ends:
        old, position = residue_letter(letter), int(number) - offset
        if reference.residue(position) != old:
            faults.add(
                "reference-residue",
                contradiction(reference, piece, old, position),
                file=file,
                row=row,
                mend=other_numbering(reference, old, position, ""),
            )
            return None
    return ProteinVariant(reference.gene, (), text, other=piece.removeprefix("p."))
