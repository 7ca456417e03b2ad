"""A plain matrix of sites and samples, as laboratories publish them: `MAPK1_T185` and a number a sample."""

from __future__ import annotations

import polars as pl

from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_header import ROW, Report
from kinescape.assays.phospho.reading.wide_sites import sites_of_rows
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

ENGINE = "table"
SITE = (
    "site",
    "phosphosite",
    "psite",
    "site ID",
    "phosphosite ID",
    "phospho site ID",
    "psite ID",
    "site name",
    "ID",
)
"""What the column of sites is called; a column `ID` may be another thing."""
_OTHER = {
    "gene": ("gene", "gene name", "gene names", "gene symbol"),
    "accession": ("accession", "uniprot", "protein", "proteins"),
    "window": ("window", "sequence window"),
    "localisation": ("localisation", "localization", "localisation probability", "localization prob"),
}
_EFFECT = ("log2_fold_change", "log2 fold change", "log2FC", "logFC", "p_value", "pvalue", "adj.P.Val")
SITE_TEXT = r"^([^|]+)(?:[_: ]p?([STYHDCRK])|[-(]p?([STY]))(\d+)\)?(?:\|.*)?$"
"""`MAPK1_T185`, `MAPK1:T185`, `MAPK1-pT185`, `MAPK1(T185)`, `P28482_T185`, and what follows a bar."""
_SHARE = 0.5
"""At least this share of the rows must be sites; less, and the column is something else."""


def is_plain_table(report: Report) -> bool:
    """Whether the header has a column of sites, and none of effects that somebody computed."""
    return _column(report) is not None and not any(report.has(name) for name in _EFFECT)


def read_plain_sites(report: Report, choices: ReadingChoices) -> SiteTable:
    """Read a matrix of sites (`GENE_S123`) and samples.

    Columns `gene`, `accession`, `window` and `localisation` are used where they are there; every other column is a
    sample. A table without a column of localisation counts as filtered already.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    faults = Faults()
    column = _column(report)
    if column is None:
        raise InputError(
            Fault(
                "missing-column",
                "no column names the sites",
                file=report.file,
                row=1,
                expected=f"a column 'site' with texts such as MAPK1_T185; the header begins "
                f"{', '.join(report.columns[:6])}",
            )
        )
    others = {
        key: found for key, names in _OTHER.items() if (found := report.find(*names)) and found != column
    }
    samples = [name for name in report.columns if name != column and name not in others.values()]
    if not samples:
        raise InputError(Fault("no-samples", "there is no column of a sample", file=report.file, row=1))
    frame = report.texts([column, *others.values(), *samples]).collect()
    # Of several (MAPK1_T185;MAPK3_T202, or MAPK1;MAPK3_T185) the first counts, as it does in the engines' tables.
    several = pl.col(column).str.split(";").list.eval(pl.element().str.strip_chars())
    one = several.list.eval(pl.element().filter(pl.element().str.contains(SITE_TEXT))).list.first()
    first = several.list.first()
    parts = frame.select(
        pl.when(first.str.contains(SITE_TEXT))
        .then(first.str.extract(SITE_TEXT, 1))
        .otherwise(first)
        .alias("gene"),
        pl.coalesce(one.str.extract(SITE_TEXT, 2), one.str.extract(SITE_TEXT, 3)).alias("residue"),
        one.str.extract(SITE_TEXT, 4).cast(pl.Int64).alias("position"),
    )
    shared = frame.filter(pl.col(column).str.contains(";", literal=True).fill_null(False))
    if shared.height:
        faults.add(
            "several-proteins",
            f"{shared.height} rows name several proteins or sites ('{shared[column][0]}'): the first counts",
            file=report.file,
            row=shared[ROW][0],
            column=column,
            severity="note",
        )
    unread = int(parts["position"].null_count())
    if frame.height and unread > _SHARE * frame.height:
        example = frame.filter(parts["position"].is_null())[column][0]
        raise InputError(
            Fault(
                "site-names",
                f"{unread} of {frame.height} rows name no site, such as '{example}'",
                file=report.file,
                column=column,
                expected="a gene or accession, residue and position: MAPK1_T185, MAPK1:T185, P28482_T185",
                mend="give the sites such names, or the engine's own table",
            )
        )

    def cell(key: str) -> pl.Series:
        return frame[others[key]] if key in others else pl.Series([None] * frame.height, dtype=pl.String)

    named = parts["gene"]
    rows = pl.DataFrame(
        {
            ROW: frame[ROW],
            "protein": cell("accession").fill_null(named) if "accession" in others else named,
            "proteins": cell("accession").fill_null(named) if "accession" in others else named,
            "gene": cell("gene").fill_null(named) if "gene" in others else named,
            "residue": parts["residue"],
            "position": parts["position"],
            "window": cell("window"),
            "multiplicity": pl.Series([None] * frame.height, dtype=pl.Int64),
            "localisation": cell("localisation").str.replace(",", ".").cast(pl.Float64, strict=False),
            "header": pl.Series([None] * frame.height, dtype=pl.String),
            "modification": pl.Series([None] * frame.height, dtype=pl.String),
            "decoy": pl.Series([False] * frame.height),
            "contaminant": pl.Series([False] * frame.height),
        }
    )
    return sites_of_rows(
        frame,
        rows,
        {name: name for name in samples},
        faults,
        choices,
        engine=ENGINE,
        file=report.file,
        filtered="localisation" not in others,
    )


def _column(report: Report) -> str | None:
    """The column of sites; the first one where it has no name, as R and pandas write it."""
    found = report.find(*SITE)
    if found is not None:
        return found
    first = report.columns[0] if report.columns else None
    return first if first is not None and (not first.strip() or first == "column_1") else None
