"""MaxQuant's `evidence.txt`: one row a peptide feature, added up to sites."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.feature_sites import channel_quantities, left_out, sites_of_features
from kinescape.assays.phospho.reading.localised_peptides import localised_form, worst_localised
from kinescape.assays.phospho.reading.maxquant import ENGINE
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults

WANTED = {
    "sequence": ("Sequence",),
    "probabilities": ("Phospho (STY) Probabilities",),
    "phosphates": ("Phospho (STY)",),
    "leading protein": ("Leading razor protein", "Leading proteins", "Proteins"),
    "run": ("Experiment", "Raw file"),
}


def is_evidence(report: Report) -> bool:
    """Whether the header is that of `evidence.txt`."""
    return report.has("Modified sequence", "Phospho (STY) Probabilities") and report.has("Raw file")


def read_evidence(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read `evidence.txt`. It names no position: the sequences that were searched place its peptides.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "proteins": ("Proteins",),
        "genes": ("Gene names",),
        "headers": ("Leading razor protein", "Leading proteins"),
        "charge": ("Charge",),
        "reverse": ("Reverse",),
        "contaminant": ("Potential contaminant", "Contaminant"),
    }
    columns = report_columns(report, WANTED, more, ENGINE)
    channels = _channels(report)
    cell = columns.cell
    leading = protein_names.first(pl.coalesce(cell("leading protein"), cell("proteins")))
    probabilities = cell("probabilities")
    number = cell("phosphates").cast(pl.Int64, strict=False)
    worst = worst_localised(probabilities, choices.localisation)
    features = report.texts([*columns.names.values(), *channels]).select(
        pl.col(ROW),
        *channel_quantities(channels),
        run=cell("run"),
        proteins=pl.coalesce(cell("proteins"), leading),
        protein=leading,
        gene=cell("genes"),
        header=cell("headers"),
        form=localised_form(probabilities, choices.localisation),
        phosphates=number,
        probability=worst,
        charge=cell("charge"),
        start=pl.lit(None, pl.Int64),
        placed=pl.lit(None, pl.String),
        reason=left_out(
            leading,
            number,
            worst,
            choices.localisation,
            ("no localisation probability", probabilities.is_null()),
            decoy=cell("reverse") == "+",
            contaminant=cell("contaminant") == "+",
        ),
    )
    return sites_of_features(
        features, list(channels.values()), faults, choices, engine=ENGINE, file=report.file
    )


def _channels(report: Report) -> dict[str, str]:
    """Columns of quantities: reporter channels where there are some, else the intensity."""
    stem = r"^Reporter[ .]intensity[ .]"
    if reporters := columns_matching(report, stem + r"corrected[ .](\d+)$", stem + r"(\d+)$"):
        return {column: f"channel {number}" for column, number in reporters.items()}
    return {report.require({"intensity": ("Intensity",)}, ENGINE)["intensity"]: ""}
