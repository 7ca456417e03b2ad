"""FragPipe: site tables of TMT-Integrator and IonQuant, and spectra (`psm.tsv`) added up to sites."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.feature_sites import (
    channel_quantities,
    left_out,
    mixture_of,
    sites_of_features,
    tell_fractions,
)
from kinescape.assays.phospho.reading.localised_peptides import localised_form, worst_localised
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.site_windows import central_window
from kinescape.assays.phospho.reading.wide_sites import sites_of_rows
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

ENGINE = "FragPipe"
SITE_WANTED = {
    "site": ("Index",),
    "gene": ("Gene",),
    "protein": ("ProteinID", "Protein ID"),
    "peptide": ("Peptide",),
}
"""Columns that both site tables have: the index is `P12345_S142`."""
SPECTRA_WANTED = {
    "modified peptide": ("Modified Peptide", "Modified Peptide Sequence"),
    "protein": ("Protein",),
    "probabilities": ("STY:79.966331", "STY:79.9663"),
    "start in the protein": ("Protein Start",),
    "run": ("Spectrum File", "Spectrum"),
}
_NO_SAMPLES = (
    "Index", "Gene", "ProteinID", "Protein ID", "Protein", "Peptide", "SequenceWindow", "Sequence Window", "Start",
    "End", "MaxPepProb", "ReferenceIntensity", "NumberPSM", "Entry Name", "Protein Description", "Mapped Genes",
    "Mapped Proteins", "Best Localization Probability", "Position", "Amino Acid", "Modification", "Site Probability",
)  # fmt: skip
_SITE = r"_([A-Z])(\d+)$"
_CHANNEL = r"^(?:Channel|Intensity)[ .](1[23]\d[NC]?D?|.*_1[23]\d[NC]?)$"
_PHOSPHO_MARKS = r"S\[167\]|T\[181\]|Y\[243\]|[STY]\[79[.]9\d*\]"


def is_site_table(report: Report) -> bool:
    """Whether the header is that of TMT-Integrator's or IonQuant's site table."""
    return report.has("Index", "Gene", "Peptide") and report.find("ProteinID", "Protein ID") is not None


def is_spectra_table(report: Report) -> bool:
    """Whether the header is that of `psm.tsv`."""
    return report.find(*SPECTRA_WANTED["modified peptide"]) is not None and report.has("Protein Start")


def read_fragpipe_sites(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read `abundance_single-site_*.tsv` (or `ratio_…`) or `combined_site_STY_*.tsv`.

    TMT-Integrator has filtered by localisation and taken logarithms: its table has no probability, and its
    abundances are read as they are. Of IonQuant's, the MaxLFQ intensities are read where they hold any value.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "window": ("SequenceWindow", "Sequence Window"),
        "names": ("Protein",),
        "others": ("Mapped Proteins",),
        "entry": ("Entry Name",),
        "probability": ("Best Localization Probability",),
    }
    columns = report_columns(report, SITE_WANTED, more, ENGINE)
    cell = columns.cell
    integrator = report.find("ReferenceIntensity", "MaxPepProb") is not None
    samples, quantity = _samples(report, integrator)
    filtered = "probability" not in columns
    frame = report.texts([*columns.names.values(), *samples]).collect()
    multiple = frame.filter(cell("site").str.contains(r"_[STY]\d+[STY_]"))
    if multiple.height and multiple.height > frame.height / 2:
        raise InputError(
            Fault(
                "multi-site-table",
                f"'{frame[columns.names['site']][0]}' names several sites: "
                "this is the table of peptides with several sites",
                file=report.file,
                row=2,
                column=columns.names["site"],
                expected="abundance_single-site_*.tsv",
                mend="give the single-site table that lies beside it",
            )
        )
    rows = frame.select(
        pl.col(ROW),
        protein=pl.coalesce(cell("names"), cell("protein")),
        proteins=pl.concat_str(
            [pl.coalesce(cell("names"), cell("protein")), cell("others").str.replace_all(", ?", ";")],
            separator=";",
            ignore_nulls=True,
        ),
        gene=cell("gene"),
        residue=cell("site").str.extract(_SITE, 1),
        position=cell("site").str.extract(_SITE, 2).cast(pl.Int64, strict=False),
        window=central_window(protein_names.first(cell("window")).str.replace_all(r"[-*.]", "_")),
        multiplicity=pl.lit(None, pl.Int64),
        localisation=cell("probability").cast(pl.Float64, strict=False),
        header=pl.coalesce(cell("entry"), cell("names")),
        modification=pl.lit(None, pl.String),
        decoy=pl.lit(False),
        contaminant=pl.lit(False),
    )
    if filtered:
        faults.add(
            "localisation-filtered",
            "TMT-Integrator has filtered by localisation (its min_site_prob); the table holds no probabilities",
            file=report.file,
            severity="note",
        )
    return sites_of_rows(
        frame,
        rows,
        samples,
        faults,
        replace(choices, scale=choices.scale or ("log2" if integrator else None)),
        engine=ENGINE,
        file=report.file,
        filtered=filtered,
        quantity=quantity,
    )


def _samples(report: Report, integrator: bool) -> tuple[dict[str, str], str]:
    """Columns of samples and what they hold."""
    if integrator:
        others = [column for column in report.columns if report.find(*_NO_SAMPLES[:1]) != column]
        known = {report.find(name) for name in _NO_SAMPLES}
        names = {column: column for column in others if column not in known}
        return names, "ratio" if "ratio" in report.path.name.casefold() else "intensity"
    for ending in (" MaxLFQ Intensity", " Intensity"):
        found = {
            column: column.removesuffix(ending)
            for column in report.columns
            if column.endswith(ending)
            and not (ending == " Intensity" and column.endswith(" MaxLFQ Intensity"))
        }
        if found and (ending == " Intensity" or _any_value(report, list(found))):
            return found, "intensity"
    return {}, "intensity"


def _any_value(report: Report, columns: list[str]) -> bool:
    numbers = pl.all().cast(pl.Float64, strict=False)
    found = report.texts(columns).select(columns).select((numbers > 0).any()).collect()
    return any(found.row(0))


def read_fragpipe_spectra(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read `psm.tsv` of FragPipe: reporter channels, or the intensity of each run, added up to sites.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    more = {
        "gene": ("Gene",),
        "others": ("Mapped Proteins",),
        "charge": ("Charge",),
        "assigned": ("Assigned Modifications",),
    }
    columns = report_columns(report, SPECTRA_WANTED, more, ENGINE)
    cell = columns.cell
    channels = columns_matching(report, _CHANNEL)
    reporters = bool(channels)
    if not reporters:
        channels = {report.require({"intensity": ("Intensity",)}, ENGINE)["intensity"]: ""}
    protein = cell("protein")
    probabilities = cell("probabilities")
    marks = cell("modified peptide").str.count_matches(_PHOSPHO_MARKS)
    assigned = cell("assigned").str.count_matches(r"[STY]\(79[.]9\d*\)")
    phosphates = pl.max_horizontal(marks, assigned)
    worst = worst_localised(probabilities, choices.localisation)
    run = cell("run").str.split("\\").list.last().str.split("/").list.last()
    run = run.str.replace(r"(?i)\.(mzml|raw|d|pep\.xml)$", "").str.replace("^interact-", "")
    if reporters:
        tell_fractions(report.texts([columns.names["run"]]).select(run=run), faults, report.file)
    features = report.texts([*columns.names.values(), *channels]).select(
        pl.col(ROW),
        *channel_quantities(channels),
        run=mixture_of(run) if reporters else run,
        proteins=pl.concat_str(
            [protein, cell("others").str.replace_all(", ?", ";")], separator=";", ignore_nulls=True
        ),
        protein=protein,
        gene=cell("gene"),
        header=protein,
        form=localised_form(probabilities, choices.localisation),
        phosphates=phosphates.cast(pl.Int64),
        probability=worst,
        charge=cell("charge"),
        start=cell("start in the protein").cast(pl.Int64, strict=False),
        placed=pl.lit(None, pl.String),
        reason=left_out(
            protein,
            phosphates,
            worst,
            choices.localisation,
            ("no localisation probability", probabilities.is_null()),
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
