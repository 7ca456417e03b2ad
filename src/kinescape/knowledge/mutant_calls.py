"""Variant calls of a sequencing laboratory (VCF, MAF, MUT), named as changes of the protein.

Every row is accounted for: named, or counted with the reason why not (no variant, outside the coding exons of
the targets, structural, insertion or deletion, silent). A file of another genome build is refused, by the
lengths of its chromosomes or by reference bases that do not match.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.codon_spectrum import GENETIC_CODE
from kinescape.knowledge.delimited import read_table, read_text
from kinescape.knowledge.mutant_references import ReferenceTranscript, load_references
from kinescape.knowledge.protein_variants import ProteinVariant, ResidueChange

GRCH37_LENGTHS: Mapping[str, int] = {"1": 249250621, "7": 159138663, "9": 141213431}
"""Lengths of chromosomes in GRCh37 (hg19), to tell a file of that build."""


@dataclass(frozen=True)
class VariantCall:
    """One alternative allele of one row, named.

    Parameters
    ----------
    file : str
    row : int
        Line of the file.
    variant : ProteinVariant
        What it does to the protein; several residues where the change spans codons.
    coding : str
        Such as ``c.944C>T``.
    genomic : str
        Such as ``chr9:130872896 C>T``.
    fraction : float or None
        Share of the reads that carry it.
    depth : int or None
    filter : str
        The caller's verdict; ``PASS`` where it passed.
    """

    file: str
    row: int
    variant: ProteinVariant
    coding: str
    genomic: str
    fraction: float | None
    depth: int | None
    filter: str


@dataclass(frozen=True)
class _Allele:
    """One alternative allele as a file gives it."""

    row: int
    chromosome: str
    position: int
    reference: str
    alternative: str
    fraction: float | None
    depth: int | None
    filter: str


def read_variant_calls(
    path: str | Path,
    faults: Faults,
    *,
    references: Mapping[str, ReferenceTranscript] | None = None,
) -> tuple[VariantCall, ...]:
    """Read a VCF, MAF or MUT file and name every call that changes a target's protein.

    Parameters
    ----------
    path : path
        Plain or gzipped. VCF is known by its first line; MAF and MUT by their columns.
    faults : Faults
        Errors, and notes that count what was left aside and why. Nothing is raised here.
    references : mapping, optional
        Reference transcripts by gene.

    Returns
    -------
    tuple of VariantCall
        In the order of the file; a multi-allelic row gives one call an allele.
    """
    known = load_references() if references is None else references
    text = read_text(path, faults)
    if text is None:
        return ()
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.startswith("##fileformat=VCF") or re.match(r"#CHROM\tPOS\t", first):
        alleles, left = _read_vcf(text, str(path), faults, known)
    else:
        alleles, left = _read_maf(text, str(path), faults, known)
    calls = _name_calls(alleles, left, str(path), faults, known)
    if left:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left.items()))
        faults.add("rows-left-aside", f"rows left aside: {counted}", file=str(path), severity="note")
    return calls


def _bare(chromosome: str) -> str:
    return chromosome.removeprefix("chr").removeprefix("CHR")


def _read_vcf(
    text: str, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]
) -> tuple[list[_Allele], Counter[str]]:
    alleles: list[_Allele] = []
    left: Counter[str] = Counter()
    header: list[str] | None = None
    for line, content in enumerate(text.splitlines(), start=1):
        if content.startswith("##contig"):
            _check_build(content, line, file, faults, known)
            continue
        if content.startswith("##") or not content.strip():
            continue
        cells = content.split("\t")
        if cells[0] == "#CHROM":
            header = cells
            continue
        if len(cells) < 8 or not cells[1].isdigit():
            faults.add(
                "vcf-row",
                f"this row has {len(cells)} cells" if len(cells) < 8 else f"'{cells[1]}' is no position",
                file=file,
                row=line,
                column=None if len(cells) < 8 else "POS",
                expected="the eight columns CHROM to INFO, parted by tabs"
                if len(cells) < 8
                else "a whole number",
            )
            continue
        fractions, depth = _vcf_reads(cells, header)
        for index, alternative in enumerate(cells[4].split(",")):
            if alternative in {".", ""}:
                left["where nothing differs"] += 1
                continue
            if alternative.startswith("<") or "[" in alternative or "]" in alternative or alternative == "*":
                left["structural calls (not interpreted)"] += 1
                continue
            fraction = fractions[index] if index < len(fractions) else None
            alleles.append(
                _Allele(
                    line,
                    cells[0],
                    int(cells[1]),
                    cells[3].upper(),
                    alternative.upper(),
                    fraction,
                    depth,
                    cells[6],
                )
            )
    if header is None:
        faults.add(
            "vcf-header", "this VCF has no #CHROM line", file=file, mend="export it again, header included"
        )
    return alleles, left


def _check_build(
    content: str, line: int, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]
) -> None:
    name = re.search(r"ID=([^,>]+)", content)
    length = re.search(r"length=(\d+)", content)
    if not name or not length:
        return
    chromosome = _bare(name[1])
    for reference in known.values():
        if reference.chromosome == chromosome and reference.chromosome_length != int(length[1]):
            old = GRCH37_LENGTHS.get(chromosome) == int(length[1])
            build = "GRCh37 (hg19)" if old else "another genome build"
            faults.add(
                "genome-build",
                f"this file is of {build}: its chromosome {chromosome} has {int(length[1]):,} bases",
                file=file,
                row=line,
                expected=f"{reference.genome_build}, where it has {reference.chromosome_length:,}",
                mend="lift the calls over, or call against GRCh38",
            )


def _vcf_reads(cells: list[str], header: list[str] | None) -> tuple[list[float], int | None]:
    """Fraction of reads of each alternative, and the depth, of the first sample; from INFO where it has
    none."""
    info = dict(part.partition("=")[::2] for part in cells[7].split(";"))
    values = dict(zip(cells[8].split(":"), cells[9].split(":"), strict=False)) if len(cells) > 9 else {}
    depth = _whole(values.get("DP") or info.get("DP"))
    for source, key in ((values, "AF"), (info, "HIAF"), (info, "AF")):
        if source.get(key):
            numbers = [_number(part) for part in source[key].split(",")]
            if all(number is not None for number in numbers):
                return [number for number in numbers if number is not None], depth
    counts = [_number(part) for part in values.get("AD", "").split(",")]
    if len(counts) > 1 and all(count is not None for count in counts) and depth:
        return [float(count or 0.0) / depth for count in counts[1:]], depth
    return [], depth


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _whole(text: str | None) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number == number else None


_MAF_ALIASES = {
    "hugo_symbol": "gene",
    "ncbi_build": "build",
    "chromosome": "chromosome",
    "contig": "chromosome",
    "start_position": "start",
    "start": "start",
    "end_position": "end",
    "end": "end",
    "reference_allele": "reference",
    "ref": "reference",
    "tumor_seq_allele2": "alternative",
    "alt": "alternative",
    "t_alt_count": "alternative_reads",
    "altdepth": "alternative_reads",
    "alt_depth": "alternative_reads",
    "t_depth": "depth",
    "depth": "depth",
    "filter": "filter",
}


def _read_maf(
    text: str, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]
) -> tuple[list[_Allele], Counter[str]]:
    left: Counter[str] = Counter()
    lines = text.splitlines()
    comments = next((at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    table = read_table(
        file,
        faults,
        required=("chromosome", "start", "end", "reference", "alternative"),
        aliases=_MAF_ALIASES,
        text="\n".join(lines[comments:]),
    )
    if table is None:
        return [], left
    alleles = []
    builds = {reference.genome_build for reference in known.values()}
    for row in table.rows:
        line = row.line + comments
        build = (
            row["build"].lower().replace("hg38", "grch38").replace("38", "grch38").replace("grchgrch", "grch")
        )
        if build and build not in {name.lower() for name in builds}:
            faults.add(
                "genome-build",
                f"this row is of {row['build']}",
                file=file,
                row=line,
                expected=" or ".join(sorted(builds)),
                mend="lift the calls over",
            )
            continue
        if not (row["start"].isdigit() and row["end"].isdigit()):
            faults.add("maf-row", f"'{row['start']}' to '{row['end']}' is no position", file=file, row=line)
            continue
        old, new = row["reference"].upper(), row["alternative"].upper()
        if new in {"", "."} or old in {"", "."}:
            left["where nothing differs"] += 1
            continue
        if old.startswith("<") or new.startswith("<"):
            left["structural calls (not interpreted)"] += 1
            continue
        start, end = int(row["start"]), int(row["end"])
        # MUT files count from 0 with an open end, MAF from 1 with a closed one; the width tells which.
        position = start + 1 if end - start == len(old.strip("-")) else start
        reads, depth = _number(row["alternative_reads"]), _whole(row["depth"])
        fraction = reads / depth if reads is not None and depth else None
        verdict = row["filter"] or "PASS"
        alleles.append(_Allele(line, row["chromosome"], position, old, new, fraction, depth, verdict))
    return alleles, left


def _name_calls(
    alleles: list[_Allele],
    left: Counter[str],
    file: str,
    faults: Faults,
    known: Mapping[str, ReferenceTranscript],
) -> tuple[VariantCall, ...]:
    calls: list[VariantCall] = []
    mismatches: list[tuple[int, str]] = []
    for allele in alleles:
        reference = next(
            (
                candidate
                for candidate in known.values()
                if candidate.chromosome == _bare(allele.chromosome) and candidate.covers(allele.position)
            ),
            None,
        )
        if reference is None:
            left["outside the targets"] += 1
            continue
        places = [reference.coding_position(allele.position + step) for step in range(len(allele.reference))]
        if all(place is None for place in places):
            left["in introns of the targets"] += 1
            continue
        if len(allele.reference) != len(allele.alternative) or "-" in allele.reference + allele.alternative:
            left["insertions or deletions (not interpreted)"] += 1
            continue
        if any(place is None for place in places):
            left["across the end of an exon (not interpreted)"] += 1
            continue
        start = places[0] or 0
        expected = reference.coding_sequence[start - 1 : start - 1 + len(allele.reference)]
        if expected != allele.reference:
            mismatches.append(
                (allele.row, f"{allele.reference} at {allele.chromosome}:{allele.position}, {expected}")
            )
            continue
        changes = tuple(_changes(reference, start, allele.alternative))
        if not changes:
            left["silent changes of the targets"] += 1
            continue
        coding = (
            f"c.{start}{allele.reference}>{allele.alternative}"
            if len(allele.reference) == 1
            else f"c.{start}_{start + len(allele.reference) - 1}delins{allele.alternative}"
        )
        genomic = f"chr{reference.chromosome}:{allele.position} {allele.reference}>{allele.alternative}"
        variant = ProteinVariant(reference.gene, changes, f"{reference.transcript}:{coding}")
        calls.append(
            VariantCall(
                file, allele.row, variant, coding, genomic, allele.fraction, allele.depth, allele.filter
            )
        )
    if mismatches:
        row, what = mismatches[0]
        build = next(iter(known.values())).genome_build
        faults.add(
            "reference-base",
            f"{len(mismatches)} row{' names' if len(mismatches) == 1 else 's name'} a reference base that is not "
            f"there, the first {what} in {build}",
            file=file,
            row=row,
            expected=f"positions of {build}",
            mend="this is how a file of another genome build looks",
        )
    return tuple(calls)


def _changes(reference: ReferenceTranscript, start: int, alternative: str) -> Iterator[ResidueChange]:
    changed = (
        reference.coding_sequence[: start - 1]
        + alternative
        + reference.coding_sequence[start - 1 + len(alternative) :]
    )
    for codon in range((start - 1) // 3, (start + len(alternative) - 2) // 3 + 1):
        before = reference.residues[codon]
        after = GENETIC_CODE[changed[3 * codon : 3 * codon + 3]]
        if before != after:
            yield ResidueChange(codon + 1, before, after)
