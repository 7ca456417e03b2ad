"""Rows of a file into a `SiteTable`: every row kept or dropped with a counted reason, every site named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.reading.gene_dates import looks_like_date, mended_symbol
from kinescape.assays.phospho.reading.protein_names import ORGANISMS, organism_called, organism_of
from kinescape.assays.phospho.site_table import SITE_SCHEMA, RowCount, SiteTable
from kinescape.foundation.issues import Faults, nearest

KEPT = "kept"
NO_VALUE = "no value in any sample"
_LISTED = 3
_NEARLY_ALL = 0.95
_CASE_OF_NAMES = "case of the gene names"
_WITH_KINASES = ("human", "mouse")


def reasons(*rules: tuple[str, pl.Expr]) -> pl.Expr:
    """The first rule that a row breaks, in the order given; null where it breaks none."""
    found = pl.lit(None, pl.String)
    for reason, broken in reversed(rules):
        found = pl.when(broken.fill_null(False)).then(pl.lit(reason)).otherwise(found)
    return found.alias("reason")


def counted(reason: pl.Series, unmeasured: int = 0) -> tuple[RowCount, ...]:
    """The account of the rows: how many were kept, and how many left out for each reason.

    Parameters
    ----------
    reason : polars.Series
        One entry a row of the file, null where it is kept.
    unmeasured : int
        Kept rows that turned out to hold no value.
    """
    found = {text: count for text, count in reason.value_counts(sort=True).iter_rows() if text is not None}
    if unmeasured:
        found[NO_VALUE] = found.get(NO_VALUE, 0) + unmeasured
    kept = RowCount(KEPT, int(reason.null_count()) - unmeasured, kept=True)
    return (kept, *(RowCount(text, count) for text, count in found.items()))


def counted_from(kept: int, dropped: Mapping[str, int], unmeasured: int = 0) -> tuple[RowCount, ...]:
    """The account of rows that were counted while the file streamed; the largest reasons first."""
    found = dict(dropped)
    if unmeasured:
        found[NO_VALUE] = found.get(NO_VALUE, 0) + unmeasured
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return (RowCount(KEPT, kept, kept=True), *(RowCount(text, count) for text, count in ordered))


def site_table(
    entries: pl.DataFrame,
    log2_intensity: NDArray[np.float64],
    samples: Sequence[str],
    rows: Sequence[RowCount],
    faults: Faults,
    *,
    engine: str,
    file: str,
    headers: Sequence[str | None],
    organism: str | None = None,
    quantity: str = "intensity",
) -> SiteTable:
    """Name the sites, mend their genes, find the organism, and say what was seen.

    Parameters
    ----------
    entries : polars.DataFrame, (n_sites, ...)
        Columns of `SITE_SCHEMA` less `site`; a column `peptide` names sites that have no position.
    log2_intensity : (n_sites, n_samples) array
        nan where not measured.
    samples, rows, engine, quantity
        As in `SiteTable`.
    faults : Faults
        Errors are raised here.
    file : str
        For the messages.
    headers : sequence of str or None
        FASTA headers, descriptions or entry names of kept rows, for the organism.
    organism : str, optional
        As the user states it.
    """
    found, how, share = organism_of(headers, entries["gene"].to_list())
    organism = organism_called(organism) if organism else None
    sites = _true_windows(_mended_genes(entries, faults, file), faults, file)
    place = pl.format("{}{}", pl.col("residue"), pl.col("position"))
    if "peptide" in sites.columns:
        place = pl.coalesce(place, "peptide")
    sites = sites.with_columns(site=pl.concat_str([pl.coalesce("gene", "accession"), place], separator="_"))
    _tell_organism(organism, found, how, faults, file)
    if found is not None and how != _CASE_OF_NAMES and share < _NEARLY_ALL:
        faults.add(
            "organisms-mixed",
            f"{100 * share:.0f} % of the proteins are of {found}, the others of another organism; all are read",
            file=file,
            severity="warning",
        )
    _tell_rows(sites, samples, rows, log2_intensity, faults, file, engine)
    faults.raise_if_errors()
    return SiteTable(
        sites.select(pl.col(column).cast(kind) for column, kind in SITE_SCHEMA.items()),
        tuple(samples),
        np.ascontiguousarray(log2_intensity, dtype=np.float64),
        engine,
        organism or found,
        tuple(rows),
        (*faults.warnings, *faults.notes),
        quantity,
    )


def identity_share(table: SiteTable) -> dict[str, float]:
    """Shares of the sites that have an accession, a residue and position, all three, and a gene as well."""
    sites = table.sites
    three = pl.all_horizontal(pl.col(name).is_not_null() for name in ("accession", "residue", "position"))
    found = sites.select(
        pl.col("accession").is_not_null().mean().alias("accession"),
        (pl.col("residue").is_not_null() & pl.col("position").is_not_null())
        .mean()
        .alias("residue and position"),
        three.mean().alias("accession, residue and position"),
        (three & pl.col("gene").is_not_null()).mean().alias("with gene"),
    )
    return {name: float(value or 0.0) for name, value in found.row(0, named=True).items()}


def _mended_genes(entries: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Genes with today's symbols; dates without a certain gene are told, or refused where nothing else names it."""
    genes = [gene for gene in entries["gene"].unique().to_list() if gene]
    mended: dict[str, str | None] = {gene: mended_symbol(gene) for gene in genes}
    changed = {gene: symbol for gene, symbol in mended.items() if symbol != gene}
    if not changed:
        return entries
    certain = [f"{gene} as {symbol}" for gene, symbol in changed.items() if symbol]
    if certain:
        dates = any(looks_like_date(gene) for gene, symbol in changed.items() if symbol)
        faults.add(
            "gene-dates" if dates else "gene-renamed",
            f"gene symbols that a spreadsheet {'turned' if dates else 'turns'} into dates were read as today's: "
            f"{', '.join(sorted(certain)[:6])}",
            file=file,
            severity="warning" if dates else "note",
        )
    for gene in sorted(gene for gene, symbol in changed.items() if symbol is None):
        own = entries.filter(pl.col("gene") == gene)
        bare = own["accession"].null_count() > 0
        faults.add(
            "gene-dates",
            f"'{gene}' is a date that a spreadsheet made of a gene symbol, and it cannot be told which"
            + ("" if bare else "; its sites go by their accession"),
            file=file,
            row=own["row"][0],
            mend="take the table as the engine wrote it, or give the gene as text",
            severity="error" if bare else "warning",
        )
    return entries.with_columns(gene=pl.col("gene").replace(mended))


def _true_windows(sites: pl.DataFrame, faults: Faults, file: str) -> pl.DataFrame:
    """Windows whose middle is not the site are taken out, and counted."""
    wrong = (pl.col("window").str.slice(7, 1) != pl.col("residue")).fill_null(False)
    count = sites.filter(wrong).height
    if count:
        faults.add(
            "window",
            f"{count} of {sites.height} sequence windows do not have the site in their middle and were left out",
            file=file,
            severity="warning",
        )
    return sites.with_columns(window=pl.when(wrong).then(None).otherwise(pl.col("window")))


def _tell_organism(stated: str | None, found: str | None, how: str, faults: Faults, file: str) -> None:
    if stated is not None:
        if stated not in (*ORGANISMS, found) and (near := nearest(stated, ORGANISMS, n=1)):
            faults.add(
                "organism-unknown",
                f"'{stated}' is no organism that is known here",
                file=file,
                column="organism",
                expected=f"{', '.join(ORGANISMS)}, or another as its protein headers call it",
                mend=f"did you mean '{near[0]}'?",
            )
        elif stated not in _WITH_KINASES:
            faults.add(
                "organism",
                f"the organism is said to be {stated}: kinases and substrates known here are those of human and mouse",
                file=file,
                severity="warning",
            )
        if found not in (None, stated) and (how != _CASE_OF_NAMES or stated in _WITH_KINASES):
            faults.add(
                "organism",
                f"the organism is said to be {stated}, and by the file's {how} it is {found}",
                file=file,
                severity="warning",
            )
        return
    if found is None:
        faults.add(
            "organism-unknown",
            "neither headers nor entry names nor gene symbols say which organism this is",
            file=file,
            mend="state it: --organism human or mouse (in a study: organism = …)",
            severity="warning",
        )
    elif found not in _WITH_KINASES:
        faults.add(
            "organism",
            f"the organism is {found} (by its {how}): kinases and substrates known here are those of human and mouse",
            file=file,
            severity="warning",
        )
    elif how == _CASE_OF_NAMES:
        faults.add(
            "organism",
            f"taken as {found} by the {how}; nothing else says it",
            file=file,
            severity="note",
        )


def _tell_rows(
    sites: pl.DataFrame,
    samples: Sequence[str],
    rows: Sequence[RowCount],
    log2_intensity: NDArray[np.float64],
    faults: Faults,
    file: str,
    engine: str,
) -> None:
    total = sum(count.rows for count in rows)
    parts = ", ".join(f"{count.rows} {count.reason}" for count in rows)
    faults.add("rows", f"read as {engine}: {total} rows, of which {parts}", file=file, severity="note")
    if not total:
        faults.add("empty-table", "the table has no rows below its header", file=file)
        return
    if sites.is_empty():
        faults.add(
            "no-sites",
            f"no phosphorylation site is left of {total} rows: {parts}",
            file=file,
            mend="look at the reasons; --localisation (in a study: localisation = …) lowers that filter",
        )
        return
    if not samples:
        faults.add(
            "no-intensities",
            "the table has no column of intensities: its sites are known, what happened to them is not",
            file=file,
            mend="export it with the quantities of the samples",
            severity="warning",
        )
    else:
        missing = float(np.isnan(log2_intensity).mean())
        faults.add(
            "missing-values",
            f"{100 * missing:.0f} % of {log2_intensity.size} values are missing; they are left so, not filled",
            file=file,
            severity="note",
        )
        empty = [
            sample for sample, column in zip(samples, log2_intensity.T, strict=True) if np.isnan(column).all()
        ]
        if empty:
            faults.add(
                "empty-sample",
                f"nothing was measured in {len(empty)} samples: {', '.join(empty[:_LISTED])}",
                file=file,
                severity="warning",
            )
    unplaced = int(sites["position"].null_count())
    if unplaced:
        faults.add(
            "no-position",
            f"{unplaced} of {sites.height} sites have no position in their protein; they are named by their peptide",
            file=file,
            mend="give the sequences that were searched: --fasta proteins.fasta (in a study: fasta = …)",
            severity="warning",
        )


def merged(
    entries: pl.DataFrame, log2_intensity: NDArray[np.float64], key: Sequence[str], best: Mapping[str, str]
) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Rows of one site made one: intensities are added, the best localisation counts.

    Parameters
    ----------
    entries : polars.DataFrame
        Rows.
    log2_intensity : (n_rows, n_samples) array
        Of the rows.
    key : sequence of str
        Columns that name a site.
    best : mapping of str to str
        Columns of which the ``max`` or ``min`` counts; of the others the first.
    """
    if entries.select(key).is_unique().all():
        return entries, log2_intensity
    numbered = entries.with_columns(pl.struct(key).rank("dense").cast(pl.Int64).alias("__group"))
    order = numbered["__group"].to_numpy() - 1
    linear = np.where(np.isnan(log2_intensity), 0.0, np.exp2(log2_intensity))
    total = np.zeros((int(order.max()) + 1, log2_intensity.shape[1]))
    np.add.at(total, order, linear)
    one = numbered.group_by("__group", maintain_order=True).agg(
        getattr(pl.col(column), best[column])() if column in best else pl.col(column).drop_nulls().first()
        for column in entries.columns
    )
    with np.errstate(divide="ignore"):
        summed = np.where(total > 0, np.log2(total), np.nan)
    return one.drop("__group"), summed[one["__group"].to_numpy() - 1]
