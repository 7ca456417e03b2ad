"""DIA-NN: `phosphosites_90` and `_99` tables, and the main report (`report.parquet`, `.tsv`) added up to sites."""

from __future__ import annotations

import re

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.feature_sites import left_out, sites_of_features
from kinescape.assays.phospho.reading.localised_peptides import (
    localised_form,
    marked,
    probabilities_in_braces,
    worst_localised,
)
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.site_windows import central_window
from kinescape.assays.phospho.reading.wide_sites import sites_of_rows
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults

ENGINE = "DIA-NN"
SITE_WANTED = {
    "protein": ("Protein",),
    "gene": ("Gene.Names", "Genes"),
    "residue": ("Residue",),
    "position": ("Site",),
}
"""Columns of a table of phosphosites, which are followed by one a run."""
REPORT_WANTED = {
    "run": ("Run", "File.Name"),
    "protein": ("Protein.Group", "Protein.Ids"),
    "modified sequence": ("Modified.Sequence",),
    "quantity": ("Precursor.Normalised", "Precursor.Quantity"),
    "site confidence": ("PTM.Site.Confidence",),
}
"""Columns of the main report; `Site.Occupancy.Probabilities` and `Protein.Sites` are in it from version 1.9."""
_NO_RUNS = ("Protein", "Protein.Names", "Gene.Names", "Genes", "Residue", "Site", "Sequence")
_PHOSPHO = "(UniMod:21)"
_LARGEST_Q = 0.01


def is_site_table(report: Report) -> bool:
    """Whether the header is that of a table of phosphosites."""
    return (
        report.has("Protein", "Residue", "Site", "Sequence")
        and report.find("Gene.Names", "Genes") is not None
    )


def is_main_report(report: Report) -> bool:
    """Whether the header is that of the main report."""
    return (
        report.has("Modified.Sequence", "Protein.Group")
        and report.find("Precursor.Id", "Precursor.Quantity") is not None
    )


def read_diann_sites(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read `report.phosphosites_90.tsv` or `_99.tsv`, which DIA-NN filtered at 0.90 or 0.99.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {"entry": ("Protein.Names",), "window": ("Sequence",)}
    columns = report_columns(report, SITE_WANTED, more, ENGINE)
    cell = columns.cell
    known = {report.find(name) for name in _NO_RUNS}
    samples = {column: run_name(column) for column in report.columns if column not in known}
    if len(set(samples.values())) < len(samples):
        samples = {column: column for column in samples}
    frame = report.texts([*columns.names.values(), *samples]).collect()
    rows = frame.select(
        pl.col(ROW),
        protein=protein_names.first(cell("protein")),
        proteins=cell("protein"),
        gene=protein_names.first(cell("gene")),
        residue=cell("residue").str.to_uppercase(),
        position=cell("position").cast(pl.Int64, strict=False),
        window=central_window(cell("window").str.replace_all(r"[-*. ]", "_")),
        multiplicity=pl.lit(None, pl.Int64),
        localisation=pl.lit(None, pl.Float64),
        header=pl.coalesce(cell("entry"), cell("protein")),
        modification=pl.lit(None, pl.String),
        decoy=pl.lit(False),
        contaminant=pl.lit(False),
    )
    faults.add(
        "localisation-filtered",
        "DIA-NN has filtered this table by localisation (0.90 or 0.99, as its name says); it holds no probabilities",
        file=report.file,
        severity="note",
    )
    return sites_of_rows(
        frame, rows, samples, faults, choices, engine=ENGINE, file=report.file, filtered=True
    )


def read_diann_report(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read the main report: precursors at 1 % false discovery rate, normalised quantities, added up to sites.

    From version 1.9 on each residue has its probability and its position; before, one confidence counts for the whole
    peptide, and the sequences that were searched (or `PEP.PeptidePosition`) place it.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "proteins": ("Protein.Ids",),
        "entry": ("Protein.Names",),
        "gene": ("Genes",),
        "occupancy": ("Site.Occupancy.Probabilities",),
        "placed": ("Protein.Sites",),
        "charge": ("Precursor.Charge",),
        "decoy": ("Decoy",),
        "q": ("Q.Value",),
        "global q": ("Global.Q.Value",),
        "lib q": ("Lib.Q.Value",),
        "peptidoform q": ("Peptidoform.Q.Value",),
    }
    columns = report_columns(report, REPORT_WANTED, more, ENGINE)
    cell = columns.cell
    protein = protein_names.first(cell("protein"))
    confidence = cell("site confidence").cast(pl.Float64, strict=False)
    whole = marked(cell("modified sequence"), _PHOSPHO, confidence)
    each = pl.coalesce(probabilities_in_braces(cell("occupancy")), whole) if "occupancy" in columns else whole
    worst = worst_localised(each, choices.localisation)
    phosphates = cell("modified sequence").str.count_matches(_PHOSPHO, literal=True)
    # Errors of a peptidoform are larger than those of its sequence; where the report tells them, they count.
    keys = [key for key in ("q", "global q", "lib q", "peptidoform q") if key in columns]
    errors = [cell(key).cast(pl.Float64, strict=False) > _LARGEST_Q for key in keys]
    features = report.texts(columns.names.values()).select(
        pl.col(ROW),
        q0=cell("quantity").cast(pl.Float64, strict=False),
        run=cell("run").str.split("\\").list.last().str.split("/").list.last().str.replace(_ENDING, ""),
        proteins=pl.coalesce(cell("proteins"), cell("protein")),
        protein=protein,
        gene=cell("gene"),
        header=pl.coalesce(cell("entry"), cell("protein")),
        form=localised_form(each, choices.localisation),
        phosphates=phosphates.cast(pl.Int64),
        probability=worst,
        charge=cell("charge"),
        start=pl.lit(None, pl.Int64),
        placed=cell("placed"),
        reason=left_out(
            protein,
            phosphates,
            worst,
            choices.localisation,
            ("false discovery rate above 0.01", pl.any_horizontal(errors) if errors else pl.lit(False)),
            decoy=cell("decoy") == "1",
        ),
    )
    if "occupancy" not in columns:
        faults.add(
            "localisation-of-peptide",
            "this version reports one localisation confidence a peptide, not one a residue",
            file=report.file,
            severity="note",
        )
    return sites_of_features(features, [""], faults, choices, engine=ENGINE, file=report.file)


_ENDING = r"(?i)\.(raw|mzml|dia|d|wiff|htrms)$"


def run_name(column: str) -> str:
    r"""The run of a column such as `C:\data\run_01.raw`."""
    return re.sub(_ENDING, "", re.split(r"[\\/]", column)[-1])
