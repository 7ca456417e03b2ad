"""Proteome Discoverer's table of modification sites; spectra with ptmRS are read by `discoverer_spectra`."""

from __future__ import annotations

import re

import polars as pl

from kinescape.assays.phospho import protein_names
from kinescape.assays.phospho.fasta import Sequences
from kinescape.assays.phospho.intensities import Scale
from kinescape.assays.phospho.report_header import ROW, Report
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.assays.phospho.site_windows import motif_window
from kinescape.assays.phospho.wide_sites import sites_of_rows
from kinescape.foundation.issues import Faults

ENGINE = "Proteome Discoverer"
WANTED = {
    "modification": ("Modification Name", "Modification"),
    "amino acid": ("Target Amino Acid",),
    "position in the protein": ("Position", "Position in Protein"),
    "protein": ("Protein Accession", "Protein Accessions"),
    "site probability": ("Site Probability", "Best Site Probability", "Max. Site Probability"),
}
"""Columns of its table of modification sites."""
_ABUNDANCES = (
    r"^Abundances? \(Normalized\): ?(.+)$",
    r"^Abundances?: ?(.+)$",
    r"^Abundances? \((?:Grouped|by Bio\. Rep\.)\): ?(.+)$",
    r"^Abundances?\.+Normalized\.+(.+)$",
    r"^Abundances?\.+(F\d.+)$",
)


def is_site_table(report: Report) -> bool:
    """Whether the header is that of the table of modification sites."""
    return report.has("Target Amino Acid") and report.find("Modification Name", "Modification") is not None


def read_modification_sites(
    report: Report,
    *,
    localisation: float = 0.75,
    organism: str | None = None,
    scale: Scale | None = None,
    sequences: Sequences | None = None,
) -> SiteTable:
    """Read Proteome Discoverer's table of modification sites.

    Parameters
    ----------
    report : Report
        The opened file.
    localisation : float
        Least site probability, from 0 to 1 (the file has per cent).
    organism : str, optional
        As the user states it.
    scale : {"linear", "log2"}, optional
        Of abundances; found from the values by default.
    sequences : Sequences, optional
        For windows of fifteen residues; the file's own motifs have thirteen.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    named = report.require(WANTED, ENGINE)
    samples = abundance_columns(report)
    more = {
        "gene": report.find("Gene Symbol", "Gene Name", "Gene Names", "Gene ID"),
        "description": report.find("Protein Description", "Protein Descriptions"),
        "motif": report.find("Motif", "Sequence Motif"),
        "contaminant": report.find("Contaminant", "Is Contaminant"),
        "multiplicity": report.find("Multiplicity"),
    }
    read = {**named, **{key: column for key, column in more.items() if column is not None}}
    frame = report.texts([*read.values(), *samples]).collect()

    def cell(key: str) -> pl.Expr:
        return pl.col(read[key]) if key in read else pl.lit(None, pl.String)

    leading = protein_names.first(cell("protein"))
    rows = frame.select(
        pl.col(ROW),
        protein=leading,
        proteins=cell("protein"),
        gene=pl.coalesce(
            protein_names.first(cell("gene")),
            protein_names.gene_in_header(protein_names.first(cell("description"))),
        ),
        residue=cell("amino acid").str.to_uppercase(),
        position=cell("position in the protein").cast(pl.Int64, strict=False),
        motif=cell("motif"),
        multiplicity=cell("multiplicity").cast(pl.Int64, strict=False),
        localisation=cell("site probability").str.replace(",", ".").cast(pl.Float64, strict=False),
        header=pl.coalesce(cell("description"), leading),
        modification=cell("modification"),
        decoy=pl.lit(False),
        contaminant=(cell("contaminant").str.to_lowercase() == "true").fill_null(False),
    )
    # Per cent, or a share where no probability exceeds 1.
    if float(rows["localisation"].max() or 0.0) > 1.0:  # type: ignore[arg-type]
        rows = rows.with_columns(localisation=pl.col("localisation") / 100)
    windows = [motif_window(motif, place) for motif, place in rows.select("motif", "position").iter_rows()]
    rows = rows.with_columns(window=pl.Series(windows, dtype=pl.String)).drop("motif")
    return sites_of_rows(
        frame,
        rows,
        samples,
        faults,
        engine=ENGINE,
        file=report.file,
        localisation=localisation,
        organism=organism,
        scale=scale,
        sequences=sequences,
    )


def abundance_columns(report: Report) -> dict[str, str]:
    """Columns of abundances to the names of their samples: normalised ones, else as measured, else of groups."""
    for pattern in _ABUNDANCES:
        found = {
            column: match[1].strip() for column in report.columns if (match := re.match(pattern, column))
        }
        if found:
            return found
    return {}
