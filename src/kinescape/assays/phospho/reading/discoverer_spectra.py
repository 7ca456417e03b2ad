"""Proteome Discoverer's spectra with ptmRS, added up to sites."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.feature_sites import (
    channel_quantities,
    left_out,
    mixture_of,
    sites_of_features,
    tell_fractions,
)
from kinescape.assays.phospho.reading.proteome_discoverer import ENGINE
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults

WANTED = {
    "sequence": ("Sequence", "Annotated Sequence"),
    "modifications": ("Modifications",),
    "site probabilities": (
        "ptmRS: Best Site Probabilities",
        "PhosphoRS: Best Site Probabilities",
        "ptmRS Best Site Probabilities",
    ),
    "protein": ("Master Protein Accessions", "Protein Accessions"),
    "run": ("Spectrum File", "File ID"),
}
"""Columns of a table of spectra with localisation."""
_REPORTERS = (r"^Abundances?:? ?(1[23]\d[NC]?D?)$", r"^Abundances?\.+(1[23]\d[NC]?)$", r"^(1[23]\d[NC]?)$")
_PHOSPHO_SITE = r"[A-Z]\d+\(Phospho\): ?[0-9.,]+"


def is_spectra_table(report: Report) -> bool:
    """Whether the header is that of a table of spectra with ptmRS."""
    return report.find(*WANTED["site probabilities"]) is not None or report.has(
        "Annotated Sequence", "Spectrum File", "Modifications"
    )


def read_spectra(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read a table of spectra. It names no position: the sequences that were searched place its peptides.

    Several spectra of one precursor in one run carry the same peak area, which counts once; reporter intensities of
    several spectra are added.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "proteins": ("Protein Accessions",),
        "description": ("Master Protein Descriptions", "Protein Descriptions"),
        "gene": ("Gene Symbol", "Gene Name"),
        "charge": ("Charge",),
        "contaminant": ("Contaminant",),
        "use": ("Quan Info",),
    }
    columns = report_columns(report, WANTED, more, ENGINE)
    cell = columns.cell
    channels = _channels(report)
    reporters = list(channels.values()) != [""]
    leading = protein_names.first(cell("protein"))
    probabilities = cell("site probabilities")
    sequence = cell("sequence").str.replace_all(r"^\[[^\]]*\]\.|\.\[[^\]]*\]$", "").str.to_uppercase()
    each = probabilities.str.extract_all(_PHOSPHO_SITE)
    element = pl.element()
    share = element.str.extract(r": ?([0-9.,]+)$").str.replace(",", ".", literal=True).cast(pl.Float64) / 100
    place = element.str.extract(r"^[A-Z](\d+)")
    good = each.list.eval(place.filter(share >= choices.localisation)).list.join(",")
    worst = each.list.eval(share.filter(share >= choices.localisation)).list.min()
    phosphates = cell("modifications").str.count_matches(r"\(Phospho\)")
    run = cell("run").str.replace(r"(?i)\.(raw|mzml|d|wiff)$", "")
    if reporters:
        tell_fractions(report.texts([columns.names["run"]]).select(run=run), faults, report.file)
    features = report.texts([*columns.names.values(), *channels]).select(
        pl.col(ROW),
        *channel_quantities(channels),
        run=mixture_of(run) if reporters else run,
        proteins=pl.coalesce(cell("proteins"), leading),
        protein=leading,
        gene=cell("gene"),
        header=pl.coalesce(protein_names.first(cell("description")), leading),
        form=pl.format("{}|{}", sequence, good),
        phosphates=phosphates.cast(pl.Int64),
        probability=worst,
        charge=cell("charge"),
        start=pl.lit(None, pl.Int64),
        placed=pl.lit(None, pl.String),
        reason=left_out(
            leading,
            phosphates,
            worst,
            choices.localisation,
            ("no localisation probability", each.list.len().fill_null(0) == 0),
            contaminant=cell("contaminant").str.to_lowercase() == "true",
        ),
    )
    return sites_of_features(
        features,
        list(channels.values()),
        faults,
        choices,
        engine=ENGINE,
        file=report.file,
        repeats="add" if reporters else "largest",
    )


def _channels(report: Report) -> dict[str, str]:
    """Columns of quantities: reporter abundances where there are some, else the precursor's."""
    if reporters := columns_matching(report, *_REPORTERS):
        return reporters
    wanted = {"quantity": ("Precursor Abundance", "Precursor Area", "Area", "Intensity")}
    return {report.require(wanted, ENGINE)["quantity"]: ""}
