"""What a perturbation did to the proteins, as somebody computed it: a gene and a log2 fold change a line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.intensities import numbers
from kinescape.assays.phospho.reading.report_header import ROW, open_report, readable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults

_GENE = ("gene", "gene name", "gene names", "genes", "gene symbol", "symbol", "PG.Genes")
_CHANGE = ("log2_fold_change", "log2 fold change", "log2FC", "logFC", "log2 ratio", "lfc")
_LARGEST = 30.0


def read_protein_changes(path: str | Path, *, name: str | None = None) -> pl.DataFrame:
    """Read changes of proteins, for `find_substrates(proteins=...)`.

    Parameters
    ----------
    path : str or Path
        Text, spreadsheet or Parquet with a column of gene symbols and one of log2 fold changes. Of several genes in a
        cell the first counts; of several lines of one gene the mean, later, where they are used.
    name : str, optional
        How messages call the file.

    Returns
    -------
    polars.DataFrame, (n_proteins, 2)
        `gene` and `log2_fold_change`; lines without either are left out.

    Raises
    ------
    InputError
        With every fault of the file, and the columns that were looked for.
    """
    report = open_report(path, name=name)
    faults = Faults()
    gene, change = report.find(*_GENE), report.find(*_CHANGE)
    for found, names in ((gene, _GENE), (change, _CHANGE)):
        if found is None:
            faults.add(
                "missing-column",
                f"there is no column '{names[0]}': looked for {', '.join(repr(one) for one in names)}",
                file=report.file,
                row=1,
                column=names[0],
                expected="gene and log2_fold_change, one line a protein; the header begins "
                f"{', '.join(report.columns[:6])}",
                mend="intensities of proteins go with those of sites, and need --design",
            )
    faults.raise_if_errors()
    if gene is None or change is None:  # pragma: no cover - a fault has been raised
        raise InputError(faults.errors)
    with readable(report):
        frame = report.texts([gene, change]).collect()
    values = numbers(frame, [change], frame[ROW], faults, report.file)[change]
    wide = values.abs() > _LARGEST
    if wide.any():
        at = wide.arg_max() or 0
        faults.add(
            "not-log2",
            f"{values[at]:g} is no log2 fold change",
            file=report.file,
            row=frame[ROW][at],
            column=change,
            expected=f"from −{_LARGEST:g} to {_LARGEST:g}",
        )
    faults.raise_if_errors()
    return pl.DataFrame(
        {"gene": frame.select(protein_names.first(pl.col(gene)))[gene], "log2_fold_change": values}
    ).drop_nulls()
