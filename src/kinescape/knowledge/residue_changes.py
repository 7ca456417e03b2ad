"""One change of one residue, read from its names and checked against the reference sequence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kinescape.foundation.issues import Faults
from kinescape.knowledge.codon_spectrum import GENETIC_CODE, RESIDUE_NAMES
from kinescape.knowledge.mutant_references import ReferenceTranscript

_LETTERS = {name.upper(): letter for letter, name in RESIDUE_NAMES.items()} | {"X": "*", "STOP": "*"}
RESIDUE = "(?:" + "|".join(RESIDUE_NAMES.values()) + r"|[A-Z*])"
PROTEIN = re.compile(rf"^(?:p\.)?\(?({RESIDUE})(\d+)({RESIDUE}|=)\)?$", re.IGNORECASE)
CODING = re.compile(r"^c\.(\d+)(?:_(\d+))?(?:([ACGT]+)>([ACGT]+)|delins([ACGT]+))$", re.IGNORECASE)
_EXON = re.compile(r"^(?:exon|ex)\.?\d+$", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class ResidueChange:
    """One substitution, in the numbering of the reference: ``ResidueChange(315, "T", "I")``."""

    position: int
    reference: str
    alternative: str

    @property
    def text(self) -> str:
        """Such as ``T315I``."""
        return f"{self.reference}{self.position}{self.alternative}"


def residue_letter(text: str) -> str:
    """One letter of a residue given by one letter or three; ``*`` for a stop."""
    return _LETTERS.get(text.upper(), text.upper())


def read_change(
    piece: str,
    reference: ReferenceTranscript,
    offset: int,
    text: str,
    faults: Faults,
    file: str | None,
    row: int | None,
) -> ResidueChange | None:
    """Read one change, or one change told twice: ``c.944C>T (p.Thr315Ile)``, ``exon6:c.944C>T:p.T315I``.

    Parameters
    ----------
    piece : str
        What names the change.
    reference : ReferenceTranscript
    offset : int
        What the numbering of the text adds to that of the reference.
    text : str
        The whole text, for the fault.
    faults : Faults
        Gets why there is no change.
    file, row : optional
        Where the text stands.

    Returns
    -------
    ResidueChange or None
        None with a fault.
    """
    words = [
        re.sub(r"^\((p\..+)\)$", r"\1", word) for word in re.split(r"[\s:]+", piece) if not _EXON.match(word)
    ]
    forms = [word for word in words if CODING.match(word) or PROTEIN.match(word)]
    if len(words) < 2 or len(forms) < len(words):
        return _change(piece, reference, offset, text, faults, file, row)
    found = [_change(word, reference, offset, text, faults, file, row) for word in forms]
    read = [change for change in found if change is not None]
    if len(read) < len(found):
        return None
    if len(set(read)) == 1:
        return read[0]
    coding = any(CODING.match(word) for word in forms)
    names = " and ".join(change.text for change in read)
    faults.add(
        "names-disagree" if coding else "variant-unreadable",
        f"'{piece}' in '{text}' says {names}, which are not one change"
        if coding
        else f"'{piece}' in '{text}' names several changes",
        file=file,
        row=row,
        expected=None if coding else "one change, or several of one molecule joined by '/'",
        mend=None
        if coding
        else f"write '{reference.gene} {'/'.join(words)}' for one molecule, or each by itself",
    )
    return None


def _change(
    piece: str,
    reference: ReferenceTranscript,
    offset: int,
    text: str,
    faults: Faults,
    file: str | None,
    row: int | None,
) -> ResidueChange | None:
    coding = CODING.match(piece)
    if coding:
        return _coding_change(coding, piece, reference, offset, text, faults, file, row)
    protein = PROTEIN.match(piece)
    if not protein:
        faults.add(
            "variant-unreadable",
            f"'{piece}' in '{text}' is no change that can be read",
            file=file,
            row=row,
            expected="such as T315I, p.Thr315Ile or c.944C>T",
        )
        return None
    old, position = residue_letter(protein[1]), int(protein[2]) - offset
    new = old if protein[3] == "=" else residue_letter(protein[3])
    found = reference.residue(position)
    if found != old:
        faults.add(
            "reference-residue",
            contradiction(reference, piece, old, position),
            file=file,
            row=row,
            expected=f"{found}{position}{new}" if found else f"a residue from 1 to {reference.length}",
            mend=other_numbering(reference, old, position, new),
        )
        return None
    if new == old:
        faults.add("no-change", f"'{piece}' in '{text}' changes nothing", file=file, row=row)
        return None
    return ResidueChange(position, old, new)


def contradiction(reference: ReferenceTranscript, piece: str, old: str, position: int) -> str:
    """What is wrong with a residue that is not in the reference, in words."""
    if reference.residue(position) is None:
        return f"'{reference.gene} {piece}' lies beyond the protein: {reference.gene} has {reference.length} residues"
    return (
        f"'{reference.gene} {piece}' says {old} at residue {position}, but {reference.gene} "
        f"({reference.transcript}) has {reference.residue_in_words(position)} there"
    )


def other_numbering(reference: ReferenceTranscript, old: str, position: int, new: str) -> str | None:
    """Advice where the residue fits the numbering of another transcript, or None."""
    for name, offset in reference.offsets.items():
        if offset and reference.residue(position - offset) == old:
            return f"if this is the numbering of {name}, it is {old}{position - offset}{new} here"
    return None


def _coding_change(
    match: re.Match[str],
    piece: str,
    reference: ReferenceTranscript,
    offset: int,
    text: str,
    faults: Faults,
    file: str | None,
    row: int | None,
) -> ResidueChange | None:
    start = int(match[1]) - 3 * offset
    end = int(match[2]) - 3 * offset if match[2] else start
    new = (match[4] or match[5]).upper()
    old = reference.coding_sequence[start - 1 : end] if start >= 1 else ""
    if match[3] is not None:
        end = start + len(match[3]) - 1
        old = reference.coding_sequence[start - 1 : end] if start >= 1 else ""
        if old != match[3].upper():
            faults.add(
                "reference-base",
                f"'{piece}' in '{text}' says {match[3].upper()} at c.{match[1]}, but {reference.gene} "
                f"({reference.transcript}) has {old or 'nothing'} there",
                file=file,
                row=row,
            )
            return None
    codons = {(place - 1) // 3 for place in range(start, end + 1)}
    if len(old) != len(new) or len(codons) != 1 or not old:
        faults.add(
            "variant-unreadable",
            f"'{piece}' in '{text}' is not a substitution within one codon",
            file=file,
            row=row,
            expected="bases of one codon, as many as before",
        )
        return None
    position = (start - 1) // 3 + 1
    codon = reference.codon(position)
    inside = (start - 1) % 3
    changed = codon[:inside] + new + codon[inside + len(new) :]
    before, after = GENETIC_CODE[codon], GENETIC_CODE[changed]
    if before == after:
        faults.add(
            "no-change", f"'{piece}' in '{text}' leaves {before}{position} as it was", file=file, row=row
        )
        return None
    return ResidueChange(position, before, after)
