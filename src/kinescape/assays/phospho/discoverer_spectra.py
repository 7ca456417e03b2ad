"""Proteome Discoverer's spectra with ptmRS, added up to sites."""

from __future__ import annotations

import re

import polars as pl

from kinescape.assays.phospho import protein_names
from kinescape.assays.phospho.fasta import Sequences
from kinescape.assays.phospho.feature_sites import mixture_of, sites_of_features, tell_fractions
from kinescape.assays.phospho.intensities import Scale
from kinescape.assays.phospho.proteome_discoverer import ENGINE
from kinescape.assays.phospho.report_header import ROW, Report
from kinescape.assays.phospho.site_assembly import reasons
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
_PHOSPHO_SITE = r"[A-Z]\d+\(Phospho\): ?[0-9.,]+"


def is_spectra_table(report: Report) -> bool:
    """Whether the header is that of a table of spectra with ptmRS."""
    return report.find(*WANTED["site probabilities"]) is not None or report.has(
        "Annotated Sequence", "Spectrum File", "Modifications"
    )


def read_spectra(
    report: Report,
    *,
    localisation: float = 0.75,
    organism: str | None = None,
    scale: Scale | None = None,
    sequences: Sequences | None = None,
) -> SiteTable:
    """Read a table of spectra. It names no position: the sequences that were searched place its peptides.

    Several spectra of one precursor in one run carry the same peak area, which counts once; reporter intensities of
    several spectra are added.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    named = report.require(WANTED, ENGINE)
    channels = _channels(report)
    reporters = list(channels.values()) != [""]
    more = {
        "proteins": report.find("Protein Accessions"),
        "description": report.find("Master Protein Descriptions", "Protein Descriptions"),
        "gene": report.find("Gene Symbol", "Gene Name"),
        "charge": report.find("Charge"),
        "contaminant": report.find("Contaminant"),
        "use": report.find("Quan Info"),
    }
    read = {**named, **{key: column for key, column in more.items() if column is not None}}

    def cell(key: str) -> pl.Expr:
        return pl.col(read[key]) if key in read else pl.lit(None, pl.String)

    leading = protein_names.first(cell("protein"))
    probabilities = cell("site probabilities")
    sequence = cell("sequence").str.replace_all(r"^\[[^\]]*\]\.|\.\[[^\]]*\]$", "").str.to_uppercase()
    each = probabilities.str.extract_all(_PHOSPHO_SITE)
    element = pl.element()
    share = element.str.extract(r": ?([0-9.,]+)$").str.replace(",", ".", literal=True).cast(pl.Float64) / 100
    place = element.str.extract(r"^[A-Z](\d+)")
    good = each.list.eval(place.filter(share >= localisation)).list.join(",")
    worst = each.list.eval(share.filter(share >= localisation)).list.min()
    phosphates = cell("modifications").str.count_matches(r"\(Phospho\)")
    run = cell("run").str.replace(r"(?i)\.(raw|mzml|d|wiff)$", "")
    if reporters:
        tell_fractions(report.texts([read["run"]]).select(run=run), faults, report.file)
    features = report.texts([*read.values(), *channels]).select(
        pl.col(ROW),
        *(pl.col(column).cast(pl.Float64, strict=False).alias(f"q{i}") for i, column in enumerate(channels)),
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
        reason=reasons(
            ("decoy", protein_names.is_decoy(leading)),
            (
                "contaminant",
                (cell("contaminant").str.to_lowercase() == "true") | protein_names.is_contaminant(leading),
            ),
            ("not phosphorylated", phosphates.fill_null(0) == 0),
            ("no localisation probability", each.list.len().fill_null(0) == 0),
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
        repeats="add" if reporters else "largest",
    )


def _channels(report: Report) -> dict[str, str]:
    """Columns of quantities: reporter abundances where there are some, else the precursor's."""
    for pattern in (
        r"^Abundances?:? ?(1[23]\d[NC]?D?)$",
        r"^Abundances?\.+(1[23]\d[NC]?)$",
        r"^(1[23]\d[NC]?)$",
    ):
        found = {column: match[1] for column in report.columns if (match := re.match(pattern, column))}
        if found:
            return found
    wanted = {"quantity": ("Precursor Abundance", "Precursor Area", "Area", "Intensity")}
    return {report.require(wanted, ENGINE)["quantity"]: ""}
