"""Sequences of a FASTA file, to place peptides in their proteins."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault


@dataclass(frozen=True)
class Sequences:
    """Proteins of a FASTA file by accession.

    Parameters
    ----------
    sequences : dict of str to str
        Residues.
    genes : dict of str to str
        Symbols, where the headers give `GN=`.
    headers : dict of str to str
        Whole headers.
    """

    sequences: dict[str, str] = field(default_factory=dict)
    genes: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def start(self, accession: str | None, peptide: str) -> int | None:
        """Position (from 1) at which a peptide begins in a protein; the first where there are several."""
        sequence = self.sequences.get(accession or "")
        if sequence is None:
            return None
        # Engines do not part isoleucine from leucine, and neither does the search here.
        found = sequence.replace("I", "L").find(peptide.replace("I", "L"))
        return None if found < 0 else found + 1


def read_fasta(path: str | Path, *, name: str | None = None) -> Sequences:
    """Read a FASTA file, plain or gzipped.

    Raises
    ------
    InputError
        Where it is missing or holds no sequence.
    """
    place = Path(path)
    called = name or str(path)
    if not place.is_file():
        raise InputError(Fault("missing-file", "there is no such file", file=called, mend="check the path"))
    content = gzip.decompress(place.read_bytes()) if place.suffix == ".gz" else place.read_bytes()
    headers, residues = [], []
    for block in ("\n" + content.decode("utf-8", errors="replace").replace("\r", "")).split("\n>")[1:]:
        header, _, rest = block.partition("\n")
        headers.append(header.strip())
        residues.append(rest.replace("\n", "").replace(" ", "").rstrip("*").upper())
    if not headers or not any(residues):
        raise InputError(
            Fault("not-fasta", "the file holds no sequence", file=called, expected="lines that begin with >")
        )
    text = pl.col("header")
    frame = pl.DataFrame({"header": headers, "residues": residues}).with_columns(
        accession=protein_names.accession(text.str.extract(r"^(\S+)")),
        gene=protein_names.gene_in_header(text),
    )
    sequences: dict[str, str] = {}
    genes: dict[str, str] = {}
    lines: dict[str, str] = {}
    for header, residue, accession, gene in frame.select(
        "header", "residues", "accession", "gene"
    ).iter_rows():
        if accession is None or accession in sequences:
            continue
        sequences[accession], lines[accession] = residue, header
        if gene:
            genes[accession] = gene
    return Sequences(sequences, genes, lines)
