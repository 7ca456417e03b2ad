"""Spectronaut: PTM site reports, long or pivoted, and reports of precursors or fragments added up to sites."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.feature_sites import left_out, sites_of_features
from kinescape.assays.phospho.reading.localised_peptides import (
    localised_form,
    probabilities_in_brackets,
    worst_localised,
)
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import ReportColumns, columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.site_assembly import reasons
from kinescape.assays.phospho.reading.site_windows import central_window
from kinescape.assays.phospho.reading.wide_sites import sites_of_rows
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

ENGINE = "Spectronaut"
SITE_WANTED = {
    "protein": ("PTM.ProteinId", "PG.UniProtIds", "PG.ProteinAccessions", "PG.ProteinGroups"),
    "amino acid": ("PTM.SiteAA",),
    "position in the protein": ("PTM.SiteLocation",),
}
"""Columns of a PTM site report."""
FRAGMENT_WANTED = {
    "run": ("R.FileName", "R.Label", "R.Run Label"),
    "protein": ("PG.ProteinGroups", "PG.ProteinAccessions", "PG.UniProtIds"),
    "modified sequence": ("EG.ModifiedSequence", "EG.ModifiedPeptide"),
    "localisation probabilities": ("EG.PTMLocalizationProbabilities",),
    "position of the peptide": ("PEP.PeptidePosition",),
}
"""Columns of a report of precursors or fragments."""
_LONG_WANTED = {"run": ("R.FileName", "R.Label"), "quantity": ("PTM.Quantity",)}
_QUANTITY = r"^(?:\[\d+\] ?)?(.+?)(?:\.raw|\.d|\.htrms|\.wiff)?\.PTM\.Quantity$"
_PROBABILITY = r"^(?:\[\d+\] ?)?(.+?)(?:\.raw|\.d|\.htrms|\.wiff)?\.PTM\.SiteProbability$"


def is_site_table(report: Report) -> bool:
    """Whether the header is that of a PTM site report."""
    return report.has("PTM.SiteAA", "PTM.SiteLocation")


def is_fragment_report(report: Report) -> bool:
    """Whether the header is that of a report of precursors or fragments."""
    return report.find(*FRAGMENT_WANTED["modified sequence"]) is not None and report.has(
        "EG.PTMLocalizationProbabilities"
    )


def read_spectronaut_sites(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read a PTM site report: one line a site and run, or one line a site and one column a run.

    The localisation of a site is its best over the runs; values of runs in which it is below the limit are left out.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "gene": ("PG.Genes",),
        "modification": ("PTM.ModificationTitle",),
        "multiplicity": ("PTM.Multiplicity",),
        "window": ("PTM.FlankingRegion",),
        "proteins": ("PG.ProteinGroups", "PG.ProteinAccessions", "PG.UniProtIds"),
        "entry": ("PG.ProteinNames", "PG.Organisms", "PG.ProteinDescriptions"),
    }
    quantities = columns_matching(report, _QUANTITY)
    if not quantities:
        more |= {**_LONG_WANTED, "probability": ("PTM.SiteProbability",)}
    columns = report_columns(report, SITE_WANTED, more, ENGINE)
    if not quantities:
        report.require(_LONG_WANTED, ENGINE)
        return _long_sites(report, columns, faults, choices)
    cell = columns.cell
    chances = {run: column for column, run in columns_matching(report, _PROBABILITY).items()}
    frame = report.texts([*columns.names.values(), *quantities, *chances.values()]).collect()
    best = (
        pl.max_horizontal(_number(pl.col(column)) for column in chances.values())
        if chances
        else pl.lit(None, pl.Float64)
    )
    rows = frame.select(
        pl.col(ROW),
        protein=protein_names.first(cell("protein")),
        proteins=pl.coalesce(cell("proteins"), cell("protein")),
        gene=protein_names.first(cell("gene")),
        residue=cell("amino acid").str.to_uppercase(),
        position=_place(cell("position in the protein")),
        window=_window(cell("window")),
        multiplicity=cell("multiplicity").cast(pl.Int64, strict=False),
        localisation=best,
        header=pl.coalesce(cell("entry"), cell("protein")),
        modification=cell("modification"),
        decoy=pl.lit(False),
        contaminant=pl.lit(False),
    )
    frame = frame.with_columns(
        pl.when(_number(pl.col(chances[run])) < choices.localisation)
        .then(None)
        .otherwise(pl.col(column))
        .alias(column)
        for column, run in quantities.items()
        if run in chances
    )
    return sites_of_rows(
        frame, rows, quantities, faults, choices, engine=ENGINE, file=report.file, filtered=not chances
    )


def _long_sites(report: Report, columns: ReportColumns, faults: Faults, choices: ReadingChoices) -> SiteTable:
    """One line a site and run: each line is a peptide of one letter, which streams like any other feature."""
    cell, localisation = columns.cell, choices.localisation
    protein = protein_names.first(cell("protein"))
    residue, place = cell("amino acid").str.to_uppercase(), _place(cell("position in the protein"))
    given, probability = _window(cell("window")), _number(cell("probability"))
    window = pl.when(given.str.slice(7, 1) == residue).then(given)
    incomplete = protein.is_null() | residue.is_null() | place.is_null()
    features = report.texts(columns.names.values()).select(
        pl.col(ROW),
        q0=_number(cell("quantity")),
        run=cell("run"),
        proteins=pl.coalesce(cell("proteins"), cell("protein")),
        protein=protein,
        gene=cell("gene"),
        header=pl.coalesce(cell("entry"), cell("protein")),
        # The window stands in for the peptide: its eighth residue is the site.
        form=pl.when(window.is_null()).then(pl.format("{}|1", residue)).otherwise(pl.format("{}|8", window)),
        phosphates=cell("multiplicity").cast(pl.Int64, strict=False),
        probability=probability,
        charge=pl.lit(None, pl.String),
        start=pl.when(window.is_null()).then(place).otherwise(place - 7),
        placed=pl.lit(None, pl.String),
        reason=reasons(
            ("not a phosphorylation", ~cell("modification").str.contains("(?i)phospho")),
            ("decoy", protein_names.is_decoy(protein)),
            ("contaminant", protein_names.is_contaminant(protein)),
            ("no protein, residue or position", incomplete),
            ("no localisation probability", probability.is_null() & pl.lit("probability" in columns)),
            (f"localisation below {localisation:g}", probability < localisation),
        ),
    )
    return sites_of_features(features, [""], faults, choices, engine=ENGINE, file=report.file)


def read_spectronaut_fragments(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read a report of precursors or fragments: areas of the fragments that count, or of precursors, are added.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "gene": ("PG.Genes",),
        "entry": ("PG.ProteinNames", "PG.Organisms", "PG.ProteinDescriptions"),
        "charge": ("FG.Charge", "EG.PrecursorId"),
        "decoy": ("EG.IsDecoy",),
        "excluded": ("F.ExcludedFromQuantification",),
    }
    columns = report_columns(report, FRAGMENT_WANTED, more, ENGINE)
    cell = columns.cell
    area = report.find("F.PeakArea", "F.NormalizedPeakArea")
    quantity = area or report.find(
        "FG.Quantity", "EG.TotalQuantity (Settings)", "FG.MS2Quantity", "FG.MS1Quantity"
    )
    if quantity is None:
        raise InputError(
            Fault(
                "missing-column",
                "no column of quantities: looked for 'F.PeakArea', 'FG.Quantity' and 'EG.TotalQuantity (Settings)'",
                file=report.file,
                row=1,
                mend="add one of them to the report's columns",
            )
        )
    protein = protein_names.first(cell("protein"))
    probabilities = probabilities_in_brackets(cell("localisation probabilities"))
    # In per cent.
    worst = worst_localised(probabilities, 100 * choices.localisation) / 100
    phosphates = cell("modified sequence").str.count_matches(r"\[Phospho[^\]]*\]")
    features = report.texts([*columns.names.values(), quantity]).select(
        pl.col(ROW),
        q0=_number(pl.col(quantity)),
        run=cell("run"),
        proteins=cell("protein"),
        protein=protein,
        gene=cell("gene"),
        header=pl.coalesce(cell("entry"), cell("protein")),
        form=localised_form(probabilities, 100 * choices.localisation),
        phosphates=phosphates.cast(pl.Int64),
        probability=worst,
        charge=cell("charge"),
        start=_place(cell("position of the peptide")),
        placed=pl.lit(None, pl.String),
        reason=left_out(
            protein,
            phosphates,
            worst,
            choices.localisation,
            ("excluded from quantification", cell("excluded").str.to_lowercase() == "true"),
            ("no localisation probability", cell("localisation probabilities").is_null()),
            decoy=cell("decoy").str.to_lowercase() == "true",
        ),
    )
    return sites_of_features(
        features,
        [""],
        faults,
        choices,
        engine=ENGINE,
        file=report.file,
        repeats="add" if area is not None else "largest",
    )


def _number(text: pl.Expr) -> pl.Expr:
    """Numbers of a report in any country; `Filtered` and `NaN` are not measured."""
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _place(text: pl.Expr) -> pl.Expr:
    """The position in the leading protein, the first where a peptide stands in it twice."""
    return text.str.extract(r"^[^\d]*(\d+)").cast(pl.Int64, strict=False)


def _window(text: pl.Expr) -> pl.Expr:
    return central_window(protein_names.first(text).str.replace_all(r"[-*. ]", "_"))
