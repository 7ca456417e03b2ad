"""Amounts of proteins, to set their sites against: MaxQuant's `proteinGroups.txt`, or any table of protein × sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.intensities import Scale, as_log2, numbers
from kinescape.assays.phospho.reading.maxquant import quantity_columns, ratios_mangled
from kinescape.assays.phospho.reading.report_header import ROW, Report, open_report, readable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

_ACCESSION = (
    "Majority protein IDs",
    "Protein IDs",
    "accession",
    "uniprot",
    "Protein.Group",
    "PG.ProteinGroups",
    "Protein ID",
)
_GENE = ("Gene names", "gene", "Genes", "symbol", "PG.Genes", "gene symbol")
_OTHERS = ("Protein.Names", "Protein.Ids", "First.Protein.Description", "N.Sequences", "N.Proteotypic.Sequences",
           "Protein", "Entry Name", "Description", "Protein Description",
           "PG.ProteinDescriptions", "PG.ProteinNames")  # fmt: skip


@dataclass(frozen=True)
class ProteinTable:
    """Amounts of proteins in every sample.

    Parameters
    ----------
    proteins : polars.DataFrame, (n_proteins, ...)
        `accessions` (list of str), `gene`, `row` (line of the file).
    samples : tuple of str
        As the file names them.
    log2_amount : (n_proteins, n_samples) array
        Base-2 logarithms of intensity, or of a ratio; nan where not measured.
    quantity : str
        ``intensity`` or ``ratio``.
    notes : tuple of Fault
        Warnings and notes.
    """

    proteins: pl.DataFrame
    samples: tuple[str, ...]
    log2_amount: NDArray[np.float64]
    quantity: str
    notes: tuple[Fault, ...] = field(default=())


def read_proteome(
    path: str | Path,
    *,
    quantity: Literal["intensity", "ratio"] | None = None,
    scale: Scale | None = None,
    name: str | None = None,
) -> ProteinTable:
    """Read amounts of proteins.

    MaxQuant's `proteinGroups.txt` (LFQ intensities where it has them; ratios or intensities of SILAC), or a table
    with a column of accessions or gene symbols, and one column a sample.

    Parameters
    ----------
    path : str or Path
        Text, spreadsheet or Parquet.
    quantity : {"intensity", "ratio"}, optional
        For SILAC.
    scale : {"linear", "log2"}, optional
        Of intensities; found from the values by default.
    name : str, optional
        How messages call the file.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    report = open_report(path, name=name)
    with readable(report):
        return _proteins(report, quantity, scale)


def _proteins(report: Report, quantity: str | None, scale: Scale | None) -> ProteinTable:
    faults = Faults()
    accession, gene = report.find(*_ACCESSION), report.find(*_GENE)
    if accession is None and gene is None:
        raise InputError(
            Fault(
                "other-header",
                "no column names the proteins: looked for "
                + ", ".join(repr(column) for column in (*_ACCESSION, *_GENE)),
                file=report.file,
                row=1,
                expected=f"one of these; the header begins {', '.join(report.columns[:6])}",
            )
        )
    if report.has("Majority protein IDs"):
        return _maxquant(report, quantity, scale, faults)
    known = {accession, gene, *(report.find(other) for other in _OTHERS)}
    columns = {column: column for column in report.columns if column not in known}
    frame = report.texts([*(part for part in (accession, gene) if part), *columns]).collect()
    values = numbers(frame, list(columns), frame[ROW], faults, report.file).to_numpy()
    log2 = as_log2(np.where(values == 0, np.nan, values), list(columns), scale, faults, report.file)
    faults.raise_if_errors()
    return _table(frame, accession, gene, tuple(columns.values()), log2, "intensity", faults)


def _maxquant(report: Report, quantity: str | None, scale: Scale | None, faults: Faults) -> ProteinTable:
    columns, kind = quantity_columns(report, quantity)
    accession, gene = report.find("Majority protein IDs"), report.find("Gene names")
    marks = [report.find(name) for name in ("Reverse", "Potential contaminant", "Contaminant")]
    marked = [mark for mark in marks if mark]
    wanted = [part for part in (accession, gene, *marked) if part]
    frame = report.texts([*wanted, *(column.name for column in columns)]).collect()
    left_out = pl.any_horizontal(
        [(pl.col(mark) == "+").fill_null(False) for mark in marked] or [pl.lit(False)]
    )
    frame = frame.filter(~left_out)
    if kind == "ratio" and ratios_mangled(frame, columns):
        faults.add(
            "ratios-mangled",
            "a spreadsheet has moved the decimal points of the ratios; the intensities of the labels were read instead",
            file=report.file,
            severity="warning",
        )
        again = _maxquant(report, "intensity", scale, Faults())
        return ProteinTable(
            again.proteins, again.samples, again.log2_amount, again.quantity, (*faults, *again.notes)
        )
    samples = [column.sample for column in columns]
    values = numbers(frame, [column.name for column in columns], frame[ROW], faults, report.file).to_numpy()
    values = np.where(values == 0, np.nan, values)
    if kind == "ratio":
        with np.errstate(divide="ignore", invalid="ignore"):
            log2 = np.where(values > 0, np.log2(values), np.nan)
    else:
        log2 = as_log2(values, samples, scale, faults, report.file)
    faults.raise_if_errors()
    return _table(frame, accession, gene, tuple(samples), log2, kind, faults)


def _table(
    frame: pl.DataFrame,
    accession: str | None,
    gene: str | None,
    samples: tuple[str, ...],
    log2: NDArray[np.float64],
    quantity: str,
    faults: Faults,
) -> ProteinTable:
    names = pl.lit(None, pl.String) if accession is None else pl.col(accession)
    each = names.str.split(";").list.eval(protein_names.accession(pl.element().str.strip_chars()))
    symbol = pl.lit(None, pl.String) if gene is None else protein_names.first(pl.col(gene))
    proteins = frame.select(accessions=each, gene=symbol, row=pl.col(ROW))
    return ProteinTable(proteins, samples, log2, quantity, (*faults.warnings, *faults.notes))
