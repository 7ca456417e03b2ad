"""Which genome build a file of variant calls is of: told by its header, or by where its calls lie.

A file of GRCh37 (hg19) read as GRCh38 has its calls beside the targets, so that a patient's T315I would read as no
mutation at all. Three things tell: lengths of chromosomes, the name of the reference, and calls that fit a target
only where GRCh37 has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kinescape.foundation.issues import Faults
from kinescape.knowledge.mutant_references import ReferenceTranscript

GRCH37_LENGTHS: Mapping[str, int] = {"1": 249250621, "7": 159138663, "9": 141213431}
"""Lengths of chromosomes in GRCh37 (hg19), to tell a file of that build."""

GRCH37_SHIFTS: Mapping[str, int] = {"ABL1": 2875387, "EGFR": 67693}
"""What GRCh37 adds to the position of a coding base in GRCh38. ABL1 c.944: NC_000009.11:g.133748283 and
NC_000009.12:g.130872896 (ClinVar RCV000432136); EGFR c.2369: 7:55249071 and 7:55181378."""

_EARLIER = re.compile(r"hg19|grch37|b37|hs37|g1k_v37|hg18|ncbi36|GCF_000001405\.(13|25)", re.IGNORECASE)
_THIS = re.compile(r"hg38|grch38|hs38|b38|GCA_000001405\.15|GCF_000001405\.(26|38|39|40)", re.IGNORECASE)
_MEND = "lift the calls over, or call against GRCh38"


def chromosome_name(text: str) -> str:
    """A chromosome without ``chr``."""
    return re.sub("^chr", "", text, flags=re.IGNORECASE)


def check_header(
    content: str, line: int, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]
) -> bool:
    """Check a ``##`` line of a VCF for the build.

    Parameters
    ----------
    content : str
        The line.
    line : int
    file : str
    faults : Faults
        Gets ``genome-build`` where the line names another build.
    known : mapping
        Reference transcripts by gene.

    Returns
    -------
    bool
        Whether the line says that the file is of the transcripts' build.
    """
    if content.startswith("##reference"):
        named = content.partition("=")[2]
        if _EARLIER.search(named) and not _THIS.search(named):
            faults.add(
                "genome-build",
                f"this file is of another genome build: its reference is {named}",
                file=file,
                row=line,
                expected=" or ".join(sorted({one.genome_build for one in known.values()})),
                mend=_MEND,
            )
        return bool(_THIS.search(named))
    name, length = re.search(r"ID=([^,>]+)", content), re.search(r"length=(\d+)", content)
    if not content.startswith("##contig") or not name or not length:
        return False
    chromosome = chromosome_name(name[1])
    for reference in known.values():
        if reference.chromosome != chromosome:
            continue
        if reference.chromosome_length == int(length[1]):
            return True
        old = GRCH37_LENGTHS.get(chromosome) == int(length[1])
        faults.add(
            "genome-build",
            f"this file is of {'GRCh37 (hg19)' if old else 'another genome build'}: its chromosome {chromosome} "
            f"has {int(length[1]):,} bases",
            file=file,
            row=line,
            expected=f"{reference.genome_build}, where it has {reference.chromosome_length:,}",
            mend=_MEND,
        )
        break
    return False


def fits_earlier_build(
    chromosome: str, position: int, bases: str, known: Mapping[str, ReferenceTranscript]
) -> str | None:
    """The target and change of place, such as ``ABL1 c.944``, where GRCh37 has these bases there, or None."""
    for reference in known.values():
        shift = GRCH37_SHIFTS.get(reference.gene)
        if shift is None or reference.chromosome != chromosome_name(chromosome):
            continue
        places = [reference.coding_position(position - shift + step) for step in range(len(bases))]
        if places and all(place is not None for place in places):
            start = places[0] or 0
            if reference.coding_sequence[start - 1 : start - 1 + len(bases)] == bases:
                return f"{reference.gene} c.{start}"
    return None


def check_places(earlier: list[tuple[int, str]], fitting: int, file: str, faults: Faults) -> None:
    """Judge a file that does not name its build by where its calls lie.

    Parameters
    ----------
    earlier : list of (int, str)
        Rows that fit a target only as GRCh37 numbers it, with the place.
    fitting : int
        Rows whose reference bases fit a target as GRCh38 numbers it.
    file : str
    faults : Faults
        Gets an error where calls fit GRCh37 alone, a warning where none fits either.
    """
    if fitting:
        return
    if earlier:
        row, place = earlier[0]
        count = f"{len(earlier)} call{'' if len(earlier) == 1 else 's'}"
        faults.add(
            "genome-build",
            f"no call lies in a target as GRCh38 numbers it, but {count} as GRCh37 (hg19) does, the first at {place}; "
            "the file does not name its build",
            file=file,
            row=row,
            expected="positions of GRCh38",
            mend=f"{_MEND}; if they are of GRCh38, keep the ##contig lines of the header",
        )
        return
    faults.add(
        "genome-build-unknown",
        "the file does not name its genome build and no call lies in a target: GRCh38 was assumed",
        file=file,
        severity="warning",
    )
