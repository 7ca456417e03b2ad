"""Proteome Discoverer's table of modification sites; spectra with ptmRS are read by `discoverer_spectra`."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.site_windows import motif_window
from kinescape.assays.phospho.reading.wide_sites import sites_of_rows
from kinescape.assays.phospho.site_table import SiteTable
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


def read_modification_sites(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read Proteome Discoverer's table of modification sites.

    The file has probabilities in per cent, and motifs of thirteen residues: windows of fifteen need the sequences.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "gene": ("Gene Symbol", "Gene Name", "Gene Names", "Gene ID"),
        "description": ("Protein Description", "Protein Descriptions"),
        "motif": ("Motif", "Sequence Motif"),
        "contaminant": ("Contaminant", "Is Contaminant"),
        "multiplicity": ("Multiplicity",),
    }
    columns = report_columns(report, WANTED, more, ENGINE)
    cell = columns.cell
    samples = abundance_columns(report)
    frame = report.texts([*columns.names.values(), *samples]).collect()
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
    return sites_of_rows(frame, rows, samples, faults, choices, engine=ENGINE, file=report.file)


def abundance_columns(report: Report) -> dict[str, str]:
    """Columns of abundances to the names of their samples: normalised ones, else as measured, else of groups."""
    return {column: name.strip() for column, name in columns_matching(report, *_ABUNDANCES).items()}
