"""MaxQuant's `Phospho (STY)Sites.txt`: one row a site, with columns for one, two, three and more phosphates."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.intensities import as_log2, numbers
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_columns import report_columns
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.site_assembly import counted, reasons, site_table
from kinescape.assays.phospho.reading.site_windows import central_window
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

ENGINE = "MaxQuant"
WANTED = {
    "proteins": ("Proteins",),
    "leading protein": ("Protein", "Leading proteins"),
    "amino acid": ("Amino acid",),
    "localisation probability": ("Localization prob",),
}
"""Columns that a site table of MaxQuant has, whatever its version."""
_MANGLED_AT_LEAST = 20
_OF_EXPERIMENT = r"(?:Localization prob|Razor \+ unique peptides) (.+)$"
"""Columns that every experiment has one of: in the table of sites, in that of proteins."""


@dataclass(frozen=True)
class QuantityColumn:
    """A column of quantities.

    Parameters
    ----------
    name : str
        As the header has it.
    sample : str
        Whose it is: the experiment, with the label or channel where there is one.
    multiplicity : int or None
        Of how many phosphates; None where the file does not part them.
    """

    name: str
    sample: str
    multiplicity: int | None


def is_site_table(report: Report) -> bool:
    """Whether the header is that of MaxQuant's site table."""
    return report.has("Localization prob", "Amino acid") and report.has("Proteins")


def read_maxquant(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read MaxQuant's site table.

    Each row gives up to three entries: the site as measured on peptides with one, two, and three or more
    phosphates (columns ``___1`` to ``___3``). SILAC tables give normalised ratios, or the intensities of the
    labels with ``quantity="intensity"``; TMT tables corrected reporter intensities.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    localisation, sequences = choices.localisation, choices.sequences
    more = {
        "position": ("Position",),
        "positions": ("Positions within proteins", "Positions"),
        "genes": ("Gene names",),
        "headers": ("Fasta headers",),
        "window": ("Sequence window",),
        "reverse": ("Reverse",),
        "contaminant": ("Potential contaminant", "Contaminant"),
    }
    meant = report_columns(report, WANTED, more, ENGINE)
    cell = meant.cell
    columns, kind = quantity_columns(report, choices.quantity)
    if "position" not in meant and "positions" not in meant:
        report.require({"position in the protein": ("Position", "Positions within proteins")}, ENGINE)
    frame = report.texts([*meant.names.values(), *(column.name for column in columns)]).collect()
    leading = protein_names.first(pl.coalesce(cell("leading protein"), cell("proteins")))
    place = pl.coalesce(cell("position"), protein_names.first(cell("positions"))).cast(pl.Int64, strict=False)
    sites = frame.select(
        row=pl.col(ROW),
        gene=pl.coalesce(
            protein_names.first(cell("genes")),
            protein_names.gene_in_header(protein_names.first(cell("headers"))),
        ),
        accession=protein_names.accession(leading),
        residue=cell("amino acid").str.to_uppercase(),
        position=place,
        window=protein_names.first(cell("window")),
        localisation=cell("localisation probability").str.replace(",", ".").cast(pl.Float64, strict=False),
        proteins=pl.coalesce(cell("proteins"), cell("leading protein")),
        header=pl.coalesce(cell("headers"), leading),
        decoy=(cell("reverse") == "+") | protein_names.is_decoy(leading),
        contaminant=(cell("contaminant") == "+") | protein_names.is_contaminant(leading),
    ).with_columns(window=central_window(pl.col("window")))
    sites = sites.with_columns(
        reasons(
            ("decoy", pl.col("decoy")),
            ("contaminant", pl.col("contaminant")),
            ("no protein, residue or position", _incomplete()),
            ("no localisation probability", pl.col("localisation").is_null()),
            (f"localisation below {localisation:g}", pl.col("localisation") < localisation),
        )
    )
    if sequences is not None:
        known = pl.col("accession").replace_strict(sequences.genes, default=None, return_dtype=pl.String)
        sites = sites.with_columns(gene=pl.coalesce("gene", known))
    kept = sites["reason"].is_null()
    quantities = numbers(
        frame.filter(kept), [column.name for column in columns], frame[ROW].filter(kept), faults, report.file
    )
    faults.raise_if_errors()
    if kind == "ratio" and ratios_mangled(frame.filter(kept), columns):
        faults.add(
            "ratios-mangled",
            "a spreadsheet has taken the decimal point of the ratios for a mark of thousands (1.0491 and 10.491 are "
            "both 10.491 now, and no ratio lies between 1 and 10 with four decimals): they cannot be told apart, so "
            "the intensities of the labels were read in their place",
            file=report.file,
            mend="take the table as MaxQuant wrote it",
            severity="warning",
        )
        again = read_maxquant(report, replace(choices, quantity="intensity"))
        return SiteTable(
            again.sites, again.samples, again.log2_intensity, again.engine, again.organism, again.rows,
            (*faults.warnings, *again.notes), again.quantity,
        )  # fmt: skip
    samples = tuple(dict.fromkeys(column.sample for column in columns))
    entries, values, unmeasured = _entries(sites.filter(kept), quantities, columns, samples)
    if kind == "ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(values > 0, np.log2(values), np.nan)
        faults.add(
            "ratios",
            "SILAC: normalised ratios to the common label were read, and their logarithms are what is compared",
            file=report.file,
            severity="note",
        )
    else:
        values = as_log2(values, samples, choices.scale, faults, report.file)
    return site_table(
        entries,
        values,
        samples,
        counted(sites["reason"], unmeasured),
        faults,
        engine=ENGINE,
        file=report.file,
        headers=sites.filter(kept)["header"].to_list(),
        organism=choices.organism,
        quantity=kind,
    )


def _incomplete() -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_null() for name in ("accession", "residue", "position"))


def _entries(
    sites: pl.DataFrame, quantities: pl.DataFrame, columns: list[QuantityColumn], samples: tuple[str, ...]
) -> tuple[pl.DataFrame, NDArray[np.float64], int]:
    """One entry a site and multiplicity that has a value; how many rows have none at all."""
    blocks, frames = [], []
    seen = np.zeros(sites.height, dtype=bool)
    for multiplicity in dict.fromkeys(column.multiplicity for column in columns):
        block = np.full((sites.height, len(samples)), np.nan)
        for column in columns:
            if column.multiplicity == multiplicity:
                block[:, samples.index(column.sample)] = quantities[column.name].to_numpy()
        block[block == 0] = np.nan
        present = np.isfinite(block).any(axis=1)
        seen |= present
        blocks.append(block[present])
        frames.append(
            sites.filter(present).with_columns(
                multiplicity=pl.lit(multiplicity, pl.Int64), __order=pl.col("row")
            )
        )
    if not columns:
        return sites.with_columns(multiplicity=pl.lit(None, pl.Int64)), np.empty((sites.height, 0)), 0
    entries = pl.concat(frames)
    order = entries.select(pl.arg_sort_by("__order", "multiplicity"))["__order"].to_numpy()
    return entries[order], np.concatenate(blocks)[order], int((~seen).sum())


def quantity_columns(report: Report, wanted: str | None) -> tuple[list[QuantityColumn], str]:
    """Columns of quantities of a table of sites or of proteins, and whether they are intensities or ratios.

    Raises
    ------
    InputError
        Where the wanted quantity is not there.
    """
    if wanted not in (None, "intensity", "ratio"):
        raise InputError(
            Fault(
                "wrong-value", f"'{wanted}' is no quantity", file=report.file, expected="intensity or ratio"
            )
        )
    experiments = [match[1] for column in report.columns if (match := re.match(_OF_EXPERIMENT, column))]
    ratios = [column for column in report.columns if re.match(r"Ratio [HML]/[HML] normalized", column)]
    labels = sorted({label for column in ratios for label in (column[6], column[8])}, key="LMH".index)
    if ratios and wanted != "intensity":
        # Ratios to one common label: all those to L, or to M where nothing is set against L.
        base = "L" if "L" in labels else labels[0]
        found = []
        for label in labels:
            found += _matching(report, rf"Ratio {label}/{base} normalized", f"{label}/{base}", experiments)
        return found, "ratio"
    if wanted == "ratio":
        raise InputError(
            Fault(
                "missing-column",
                "the table has no ratios",
                file=report.file,
                row=1,
                expected="SILAC columns such as 'Ratio H/L normalized'",
                mend='read its intensities: quantity = "intensity"',
            )
        )
    reporters = sorted(
        {
            match[0]
            for column in report.columns
            if (match := re.match(r"Reporter intensity corrected \d+", column))
        },
        key=lambda name: int(name.rsplit(" ", 1)[1]),
    ) or sorted(
        {match[0] for column in report.columns if (match := re.match(r"Reporter intensity \d+", column))},
        key=lambda name: int(name.rsplit(" ", 1)[1]),
    )
    if reporters:
        found = []
        for reporter in reporters:
            found += _matching(
                report, re.escape(reporter), f"channel {reporter.rsplit(' ', 1)[1]}", experiments
            )
        return found, "intensity"
    if labels:
        found = []
        for label in labels:
            found += _matching(report, f"Intensity {label}", label, experiments)
        return found, "intensity"
    best = _matching(report, "LFQ intensity", "", experiments)
    return best or _matching(report, "Intensity", "", experiments), "intensity"


def _matching(report: Report, stem: str, prefix: str, experiments: list[str]) -> list[QuantityColumn]:
    """Columns of one quantity: those of the experiments where there are some, parted by multiplicity if they are."""
    pattern = re.compile(rf"^{stem}(?: (.+?))?(?:___([123]))?$")
    found = []
    for column in report.columns:
        match = pattern.match(column)
        # A bare stem would take the columns of labels for experiments; with a label or a channel any name is one.
        if match is None or (match[1] is not None and not prefix and match[1] not in experiments):
            continue
        if experiments and match[1] is None:
            continue
        sample = f"{prefix} {match[1] or ''}".strip() or "all"
        found.append(QuantityColumn(column, sample, int(match[2]) if match[2] else None))
    parted = [column for column in found if column.multiplicity is not None]
    return parted or found


def ratios_mangled(frame: pl.DataFrame, columns: list[QuantityColumn]) -> bool:
    """Whether a spreadsheet has moved the points of the ratios.

    MaxQuant writes five significant digits: 1.0491, 10.491. A spreadsheet that takes the point for a mark of
    thousands writes 10.491 for both, so that no number of four decimals is left above 1.
    """
    texts = pl.concat([frame[column.name].alias("text") for column in columns])
    small = int(texts.str.contains(r"^[1-9]\.\d{4}$").sum())
    large = int(texts.str.contains(r"^[1-9]\d\.\d{3}$").sum())
    return small == 0 and large >= _MANGLED_AT_LEAST
