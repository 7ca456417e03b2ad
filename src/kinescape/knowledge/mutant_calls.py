"""Variant calls of a sequencing laboratory (VCF, MAF, MUT), named as changes of the protein.

Every row is accounted for: named, or counted with the reason why not (no variant, not found in any sample, outside the
coding exons of the targets, structural, insertion or deletion, silent). A file of another genome build is refused, by
its header, by reference bases that do not match, or by calls that fit a target only where GRCh37 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.codon_spectrum import GENETIC_CODE
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.genome_build import check_places, chromosome_name, fits_earlier_build
from kinescape.knowledge.mutant_references import ReferenceTranscript, load_references
from kinescape.knowledge.protein_variants import ProteinVariant
from kinescape.knowledge.residue_changes import ResidueChange
from kinescape.knowledge.variant_alleles import OUTSIDE, Allele, Alleles, read_maf, read_vcf
from kinescape.knowledge.variant_lists import is_variant_list, read_variant_list

_SILENT = "silent changes of the targets"


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
        Such as ``c.944C>T``; empty where the file gives the mutant by name.
    genomic : str
        Such as ``chr9:130872896 C>T``, or empty.
    fraction : float or None
        Share of the reads that carry it.
    depth : int or None
    filter : str
        The caller's verdict; ``PASS`` where it passed.
    sample : str
        Who carries it; empty where the file holds one sample.
    """

    file: str
    row: int
    variant: ProteinVariant
    coding: str
    genomic: str
    fraction: float | None
    depth: int | None
    filter: str
    sample: str = ""


def read_variant_calls(
    path: str | Path,
    faults: Faults,
    *,
    references: Mapping[str, ReferenceTranscript] | None = None,
    gene: str | None = None,
) -> tuple[VariantCall, ...]:
    """Read a VCF, MAF or MUT file, or a table of named mutants; name every call that changes a target's protein.

    Parameters
    ----------
    path : path
        Plain or gzipped. VCF is known by its first line; MAF, MUT and tables of names by their columns.
    faults : Faults
        Errors, and notes that count what was left aside and why. Nothing is raised here.
    references : mapping, optional
        Reference transcripts by gene.
    gene : str, optional
        The gene of named mutants that name none.

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
    if first.startswith("##fileformat=VCF") or re.search(r"^#CHROM\tPOS\t", text, re.MULTILINE):
        alleles = read_vcf(text, str(path), faults, known)
    elif is_variant_list(first):
        named = read_variant_list(path, text, faults, known, gene=gene)
        return tuple(
            VariantCall(str(path), line, variant, "", "", None, None, "PASS", sample)
            for line, sample, variant in named
        )
    else:
        alleles = read_maf(text, str(path), faults, known)
    calls = _name_calls(alleles, str(path), faults, known)
    _one_codon(calls, str(path), faults)
    if alleles.against_genotype:
        count = len(alleles.against_genotype)
        faults.add(
            "against-genotype",
            f"{count} call{' has' if count == 1 else 's have'} reads, but the caller's genotype of the sample is "
            "without it: few reads, or noise",
            file=str(path),
            row=alleles.against_genotype[0],
            severity="note",
        )
    if alleles.left:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in sorted(alleles.left.items()))
        faults.add("rows-left-aside", f"rows left aside: {counted}", file=str(path), severity="note")
    return calls


def _name_calls(
    alleles: Alleles, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]
) -> tuple[VariantCall, ...]:
    calls: list[VariantCall] = []
    mismatches: list[tuple[int, str]] = []
    earlier: list[tuple[int, str]] = []
    told: set[tuple[int, str, str]] = set()
    fitting = 0
    for allele in alleles.found:
        place = (allele.row, allele.reference, allele.alternative)
        first = place not in told
        told.add(place)
        result = _name_call(allele, file, known)
        if isinstance(result, VariantCall):
            calls.append(result)
            fitting += 1
        elif isinstance(result, _Mismatch):
            mismatches.append((allele.row, result.words))
        elif first:
            alleles.left[result] += 1
            fitting += result == _SILENT
            if old := fits_earlier_build(allele.chromosome, allele.position, allele.reference, known):
                earlier.append((allele.row, old))
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
    elif (
        not alleles.build_named
        and (alleles.found or alleles.left)
        and "genome-build" not in {fault.code for fault in faults.errors}
    ):
        check_places(earlier, fitting, file, faults)
    return tuple(calls)


@dataclass(frozen=True)
class _Mismatch:
    """A reference base that is not there."""

    words: str


def _name_call(
    allele: Allele, file: str, known: Mapping[str, ReferenceTranscript]
) -> VariantCall | _Mismatch | str:
    """The call, or why there is none: a reference base that is not there, or a reason to leave it aside."""
    reference = next(
        (
            candidate
            for candidate in known.values()
            if candidate.chromosome == chromosome_name(allele.chromosome)
            and candidate.covers(allele.position)
        ),
        None,
    )
    if reference is None:
        return OUTSIDE
    places = [reference.coding_position(allele.position + step) for step in range(len(allele.reference))]
    if all(place is None for place in places):
        return "in introns of the targets"
    if len(allele.reference) != len(allele.alternative) or "-" in allele.reference + allele.alternative:
        return "insertions or deletions (not interpreted)"
    if any(place is None for place in places):
        return "across the end of an exon (not interpreted)"
    start = places[0] or 0
    expected = reference.coding_sequence[start - 1 : start - 1 + len(allele.reference)]
    if expected != allele.reference:
        return _Mismatch(f"{allele.reference} at {allele.chromosome}:{allele.position}, {expected}")
    changes = tuple(_changes(reference, start, allele.alternative))
    if not changes:
        return _SILENT
    coding = (
        f"c.{start}{allele.reference}>{allele.alternative}"
        if len(allele.reference) == 1
        else f"c.{start}_{start + len(allele.reference) - 1}delins{allele.alternative}"
    )
    return VariantCall(
        file,
        allele.row,
        ProteinVariant(reference.gene, changes, f"{reference.transcript}:{coding}"),
        coding,
        f"chr{reference.chromosome}:{allele.position} {allele.reference}>{allele.alternative}",
        allele.fraction,
        allele.depth,
        allele.filter,
        allele.sample,
    )


def _one_codon(calls: tuple[VariantCall, ...], file: str, faults: Faults) -> None:
    """Warn of rows that change different bases of one codon: on one molecule they make a third residue."""
    seen: dict[tuple[str, str, int], VariantCall] = {}
    told = set()
    for call in calls:
        for change in call.variant.changes:
            place = (call.sample, call.variant.gene, change.position)
            other = seen.setdefault(place, call)
            apart = _bases(other).isdisjoint(_bases(call))
            if not apart or place[1:] in told:
                continue
            told.add(place[1:])
            faults.add(
                "one-codon",
                f"rows {other.row} ({other.coding}) and {call.row} ({call.coding}) change one codon of "
                f"{call.variant.gene}, residue {change.position}, and are read as two mutants; on one molecule they "
                "make another residue",
                file=file,
                row=other.row,
                mend="look at the reads; if they share them, call both bases in one row",
                severity="warning",
            )


def _bases(call: VariantCall) -> set[int]:
    start, _, rest = call.coding.removeprefix("c.").partition("_")
    first = int("".join(character for character in start if character.isdigit()))
    last = int("".join(character for character in rest.split("del")[0] if character.isdigit()) or first)
    return set(range(first, last + 1))


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
