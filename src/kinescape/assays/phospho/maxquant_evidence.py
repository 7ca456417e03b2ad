"""MaxQuant's `evidence.txt`: one row a peptide feature, added up to sites."""

from __future__ import annotations

import re

import polars as pl

from kinescape.assays.phospho import protein_names
from kinescape.assays.phospho.fasta import Sequences
from kinescape.assays.phospho.feature_sites import sites_of_features
from kinescape.assays.phospho.intensities import Scale
from kinescape.assays.phospho.localised_peptides import localised_form, worst_localised
from kinescape.assays.phospho.maxquant import ENGINE
from kinescape.assays.phospho.report_header import ROW, Report
from kinescape.assays.phospho.site_assembly import reasons
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


def read_evidence(
    report: Report,
    *,
    localisation: float = 0.75,
    organism: str | None = None,
    scale: Scale | None = None,
    sequences: Sequences | None = None,
) -> SiteTable:
    """Read `evidence.txt`. It names no position: the sequences that were searched place its peptides.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    named = report.require(WANTED, ENGINE)
    channels = _channels(report)
    more = {
        "proteins": report.find("Proteins"),
        "genes": report.find("Gene names"),
        "headers": report.find("Leading razor protein", "Leading proteins"),
        "charge": report.find("Charge"),
        "reverse": report.find("Reverse"),
        "contaminant": report.find("Potential contaminant", "Contaminant"),
    }
    read = {**named, **{key: column for key, column in more.items() if column is not None}}

    def cell(key: str) -> pl.Expr:
        return pl.col(read[key]) if key in read else pl.lit(None, pl.String)

    leading = protein_names.first(pl.coalesce(cell("leading protein"), cell("proteins")))
    probabilities = cell("probabilities")
    number = cell("phosphates").cast(pl.Int64, strict=False)
    quantities = [
        pl.col(column).cast(pl.Float64, strict=False).alias(f"q{i}") for i, column in enumerate(channels)
    ]
    worst = worst_localised(probabilities, localisation)
    features = report.texts([*read.values(), *channels]).select(
        pl.col(ROW),
        *quantities,
        run=cell("run"),
        proteins=pl.coalesce(cell("proteins"), leading),
        protein=leading,
        gene=cell("genes"),
        header=cell("headers"),
        form=localised_form(probabilities, localisation),
        phosphates=number,
        probability=worst,
        charge=cell("charge"),
        start=pl.lit(None, pl.Int64),
        placed=pl.lit(None, pl.String),
        reason=reasons(
            ("decoy", (cell("reverse") == "+") | protein_names.is_decoy(leading)),
            ("contaminant", (cell("contaminant") == "+") | protein_names.is_contaminant(leading)),
            ("not phosphorylated", number.fill_null(0) == 0),
            ("no localisation probability", probabilities.is_null()),
            (f"localisation below {localisation:g}", worst.is_null()),
            ("no protein", leading.is_null()),
        ),
    )
    return sites_of_features(
        features,
        {f"q{index}": name for index, name in enumerate(channels.values())},
        faults,
        engine=ENGINE,
        file=report.file,
        sequences=sequences,
        organism=organism,
        scale=scale,
    )


def _channels(report: Report) -> dict[str, str]:
    """Columns of quantities: reporter channels where there are some, else the intensity."""
    for pattern in (r"^Reporter[ .]intensity[ .]corrected[ .](\d+)$", r"^Reporter[ .]intensity[ .](\d+)$"):
        found = {
            column: f"channel {match[1]}" for column in report.columns if (match := re.match(pattern, column))
        }
        if found:
            return found
    return {report.require({"intensity": ("Intensity",)}, ENGINE)["intensity"]: ""}
