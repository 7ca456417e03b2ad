"""Alternative alleles of a VCF, MAF or MUT file, one a sample that carries them, before they are named.

A caller's file also lists alleles that it looked for and did not find (genotype 0/0 and no reads): these are counted,
not taken for mutations. In a file of several samples an allele belongs to those that carry it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import read_table
from kinescape.knowledge.genome_build import check_header, chromosome_name
from kinescape.knowledge.mutant_references import ReferenceTranscript

OUTSIDE = "outside the targets"
"""Why a row is left aside that lies in no target."""


@dataclass(frozen=True)
class Allele:
    """One alternative allele in one sample, as a file gives it.

    Parameters
    ----------
    row : int
        Line of the file.
    chromosome : str
    position : int
        Of the first reference base, counted from 1.
    reference, alternative : str
    fraction : float or None
        Share of the reads that carry it.
    depth : int or None
    filter : str
    sample : str
        Empty where the file holds one sample.
    """

    row: int
    chromosome: str
    position: int
    reference: str
    alternative: str
    fraction: float | None
    depth: int | None
    filter: str
    sample: str = ""


@dataclass
class Alleles:
    """What a file holds: alleles, rows left aside by reason, and whether it names the build."""

    found: list[Allele] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    build_named: bool = False
    against_genotype: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Reads:
    """One sample of one VCF row."""

    sample: str
    fractions: tuple[float, ...]
    depth: int | None
    genotype: frozenset[int] | None
    has_genotype: bool


def read_vcf(text: str, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]) -> Alleles:
    """Alleles of a VCF; faults name rows that are none, and a header of another build."""
    alleles = Alleles()
    header: list[str] | None = None
    chromosomes = {reference.chromosome for reference in known.values()}
    for line, content in enumerate(text.splitlines(), start=1):
        if content.startswith("##"):
            alleles.build_named |= check_header(content, line, file, faults, known)
            continue
        if not content.strip():
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
        if chromosome_name(cells[0]) in chromosomes:
            _vcf_row(cells, line, header or [], alleles)
            continue
        # Most rows of a whole genome: their samples need not be read.
        for alternative in cells[4].split(","):
            alleles.left["where nothing differs" if alternative in {".", ""} else OUTSIDE] += 1
    if header is None:
        faults.add(
            "vcf-header", "this VCF has no #CHROM line", file=file, mend="export it again, header included"
        )
    return alleles


def _vcf_row(cells: list[str], line: int, header: list[str], alleles: Alleles) -> None:
    samples = _vcf_reads(cells, header)
    for index, alternative in enumerate(cells[4].split(",")):
        if alternative in {".", ""}:
            alleles.left["where nothing differs"] += 1
            continue
        if alternative.startswith("<") or "[" in alternative or "]" in alternative or alternative == "*":
            alleles.left["structural calls (not interpreted)"] += 1
            continue
        carriers = [one for one in samples if _carries(one, index)]
        if not carriers:
            alleles.left["looked for by the caller and not found"] += 1
        for one in carriers:
            if one.genotype is not None and index + 1 not in one.genotype:
                alleles.against_genotype.append(line)
            alleles.found.append(
                Allele(
                    line,
                    cells[0],
                    int(cells[1]),
                    cells[3].upper(),
                    alternative.upper(),
                    one.fractions[index] if index < len(one.fractions) else None,
                    one.depth,
                    cells[6],
                    one.sample,
                )
            )


def _carries(reads: _Reads, index: int) -> bool:
    """Whether a sample has the allele: by its reads, else by its genotype; a call without either is taken."""
    if index < len(reads.fractions) and reads.fractions[index] > 0:
        return True
    if reads.genotype is not None:
        return index + 1 in reads.genotype
    return index >= len(reads.fractions) and not reads.has_genotype


def _vcf_reads(cells: list[str], header: list[str]) -> list[_Reads]:
    """Reads and genotype of each sample; from INFO where the file has no sample, or one without them."""
    info = dict(part.partition("=")[::2] for part in cells[7].split(";"))
    if len(cells) < 10:
        return [_Reads("", _info_fractions(info), _whole(info.get("DP")), None, False)]
    keys, several = cells[8].split(":"), len(cells) > 10
    found = []
    for column, cell in enumerate(cells[9:], start=9):
        values = dict(zip(keys, cell.split(":"), strict=False))
        depth = _whole(values.get("DP") or (None if several else info.get("DP")))
        fractions = _sample_fractions(values, depth)
        if not fractions and not several:
            fractions = _info_fractions(info)
        name = header[column] if several and column < len(header) else ""
        genotype = [part for part in values.get("GT", "").replace("|", "/").split("/") if part.isdigit()]
        found.append(
            _Reads(
                name,
                fractions,
                depth,
                frozenset(int(part) for part in genotype) if genotype else None,
                "GT" in keys,
            )
        )
    return found


def _sample_fractions(values: Mapping[str, str], depth: int | None) -> tuple[float, ...]:
    for key in ("AF", "VAF", "FA", "FREQ"):
        numbers = [_share(part) for part in values.get(key, "").split(",")]
        if all(number is not None for number in numbers):
            return tuple(number for number in numbers if number is not None)
    counts = [_number(part) for part in values.get("AD", "").split(",")]
    if len(counts) > 1 and all(count is not None for count in counts) and depth:
        return tuple(float(count or 0.0) / depth for count in counts[1:])
    return ()


def _info_fractions(info: Mapping[str, str]) -> tuple[float, ...]:
    for key in ("HIAF", "AF"):
        numbers = [_number(part) for part in info.get(key, "").split(",")]
        if all(number is not None for number in numbers):
            return tuple(number for number in numbers if number is not None)
    return ()


def _share(text: str) -> float | None:
    number = _number(text.removesuffix("%"))
    return number / 100 if number is not None and text.endswith("%") else number


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
    "tumor_sample_barcode": "sample",
}


def read_maf(text: str, file: str, faults: Faults, known: Mapping[str, ReferenceTranscript]) -> Alleles:
    """Alleles of a MAF or MUT file; faults name rows of another build."""
    alleles = Alleles()
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
        return alleles
    builds = {reference.genome_build for reference in known.values()}
    several = len({row["sample"] for row in table.rows}) > 1
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
        alleles.build_named |= bool(build)
        if not (row["start"].isdigit() and row["end"].isdigit()):
            faults.add("maf-row", f"'{row['start']}' to '{row['end']}' is no position", file=file, row=line)
            continue
        old, new = row["reference"].upper(), row["alternative"].upper()
        if new in {"", "."} or old in {"", "."}:
            alleles.left["where nothing differs"] += 1
            continue
        if old.startswith("<") or new.startswith("<"):
            alleles.left["structural calls (not interpreted)"] += 1
            continue
        start, end = int(row["start"]), int(row["end"])
        # MUT files count from 0 with an open end, MAF from 1 with a closed one; the width tells which.
        position = start + 1 if end - start == len(old.strip("-")) else start
        reads, depth = _number(row["alternative_reads"]), _whole(row["depth"])
        fraction = reads / depth if reads is not None and depth else None
        if fraction == 0:
            alleles.left["looked for by the caller and not found"] += 1
            continue
        verdict, sample = row["filter"] or "PASS", row["sample"] if several else ""
        alleles.found.append(
            Allele(line, row["chromosome"], position, old, new, fraction, depth, verdict, sample)
        )
    return alleles
