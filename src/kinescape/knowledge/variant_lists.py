"""Tables of mutants by name, as a laboratory's report or a spreadsheet gives them: one line a mutant.

A column `mutant` (or `mutation`, `variant`, `HGVSp`, `protein_change`, `HGVSc`, …) holds the name; `gene` and `sample`
are optional. Rows of genes without a reference sequence are counted and left aside; all else that cannot be read is
a fault with its row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import folded, read_table
from kinescape.knowledge.mutant_references import ReferenceTranscript, gene_of
from kinescape.knowledge.protein_variants import ProteinVariant, parse_variant

_ALIASES = {
    **dict.fromkeys(
        ("mutant", "mutation", "variant", "hgvsp", "hgvsp_short", "protein_change", "aa_change", "aachange"),
        "mutant",
    ),
    **dict.fromkeys(("hgvsc", "hgvs", "cdna_change", "coding_change"), "coding"),
    **dict.fromkeys(("gene", "target", "hugo_symbol", "gene_symbol", "symbol"), "gene"),
    **dict.fromkeys(("sample", "patient", "sample_id", "patient_id", "tumor_sample_barcode"), "sample"),
}
_NAMES = frozenset(folded(name) for name, meant in _ALIASES.items() if meant in {"mutant", "coding"})


def is_variant_list(header: str) -> bool:
    """Whether a header line is that of a table of named mutants.

    Examples
    --------
    >>> is_variant_list("gene,mutation,vaf"), is_variant_list("Chromosome,Start,End")
    (True, False)
    """
    cells = {folded(cell) for mark in ("\t", ",", ";") for cell in header.split(mark)}
    return bool(cells & _NAMES) and not {"chromosome", "chrom", "contig"} & cells


def read_variant_list(
    path: str | Path,
    text: str,
    faults: Faults,
    known: Mapping[str, ReferenceTranscript],
    *,
    gene: str | None = None,
) -> tuple[tuple[int, str, ProteinVariant], ...]:
    """Read a table of named mutants.

    Parameters
    ----------
    path : path
    text : str
        What the file holds.
    faults : Faults
        Errors with their rows, and a note that counts rows left aside. Nothing is raised here.
    known : mapping
        Reference transcripts by gene.
    gene : str, optional
        The gene of rows that name none.

    Returns
    -------
    tuple of (int, str, ProteinVariant)
        Row, sample (empty where there is no such column) and variant, in the order of the file.
    """
    table = read_table(path, faults, aliases=_ALIASES, text=text)
    if table is None:
        return ()
    found = []
    left: Counter[str] = Counter()
    for row in table.rows:
        name = row["mutant"].strip() or row["coding"].strip()
        if not name:
            left["without a mutant"] += 1
            continue
        of = row["gene"].strip()
        meant = gene_of(of) if of else None
        if of and meant not in known:
            left["of genes that are no targets here"] += 1
            continue
        variant = parse_variant(
            name, faults, gene=meant or gene, references=known, file=str(path), row=row.line
        )
        if variant is not None:
            found.append((row.line, row["sample"].strip(), variant))
    if left:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left.items()))
        faults.add("rows-left-aside", f"rows left aside: {counted}", file=str(path), severity="note")
    return tuple(found)
