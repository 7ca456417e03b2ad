"""Effects on sites that somebody has computed already: ranked lists, tables of fold changes, matrices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.phospho.reading.gene_dates import looks_like_date, mended_symbol
from kinescape.assays.phospho.reading.intensities import numbers
from kinescape.assays.phospho.reading.plain_sites import SITE, SITE_TEXT
from kinescape.assays.phospho.reading.report_header import ROW, Report, folded, open_report, readable
from kinescape.assays.phospho.reading.site_windows import motif_window
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.assays.phospho.site_reading import refuse_other_version
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.false_discovery import false_discovery_rate

_CHANGE = (
    "log2_fold_change",
    "log2 fold change",
    "log2FC",
    "logFC",
    "log2 ratio",
    "fold change log2",
    "score",
    "lfc",
)
_SE = ("se", "standard error", "SE")
_P = ("p_value", "p.value", "pvalue", "p-value", "P", "P.Value")
_FDR = ("fdr", "adj.P.Val", "adjusted p", "adj.pvalue", "q", "q.value", "qvalue", "padj")
_GENE = ("gene", "Gene name", "Gene names", "gene symbol", "symbol")
_RESIDUE = ("residue", "amino acid", "aa")
_POSITION = ("position", "pos", "psite position")
_WINDOW = ("window", "sequence window", "sequence", "flanking")
_ACCESSION = ("accession", "uniprot", "protein", "uniprot accession")
_SAYS_SITE = re.compile(r"^p?([STYHDCRK])[-_ ]?(\d+)$", re.IGNORECASE)
_WHOLE = re.compile(SITE_TEXT)
_SEQUENCE = re.compile(r"^[A-Z_x*]{5,31}$")
_LISTED = 3
_FEW = 20
_ABOVE_CHANGES = 5.0
"""Half of all the fold changes of a file are not 32-fold rises."""
_NOT_TESTED = "effect only: the file gives no p-value"


def read_site_effects(
    path: str | Path, *, zero_is_missing: bool | None = None, name: str | None = None
) -> tuple[SiteEffects, ...]:
    """Read effects on sites: ``.seqrnk``, a table of fold changes, or a matrix with one column a contrast.

    A ranked list (`.seqrnk`) has a sequence about the site and a score, no header. A table has a column `site`
    (`MAPK1_T185`), or `gene` with `site` or `residue` and `position`, a column `log2_fold_change`, and may have
    `se`, `p_value`, `fdr`. A matrix has a column `ID` (`MAPK1_T185`, or `MAPK1_T185|MAPK1|T185`) and numbers in
    every other column: one contrast each.

    Parameters
    ----------
    path : str or Path
        The file.
    zero_is_missing : bool, optional
        Whether 0 means not measured; in a matrix it does by default, elsewhere not.
    name : str, optional
        How messages call the file.

    Returns
    -------
    tuple of SiteEffects
        One a contrast, with the sites that were measured in it.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    place = Path(path)
    if place.suffix.casefold() in (".seqrnk", ".rnk"):
        return (_ranked(place, name or str(path)),)
    report = open_report(path, name=name)
    faults = Faults()
    change = report.find(*_CHANGE)
    if change is None or folded(change) == "score":
        # Search engines have scores too, and a number of each row: another version of theirs is told as such.
        refuse_other_version(report)
    with readable(report):
        if change is not None:
            return (_table(report, change, bool(zero_is_missing), faults, place.stem),)
        return _matrix(report, zero_is_missing is not False, faults)


def _ranked(place: Path, file: str) -> SiteEffects:
    if not place.is_file():
        raise InputError(Fault("missing-file", "there is no such file", file=file, mend="check the path"))
    lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
    faults = Faults()
    records, repeated = [], 0
    seen: set[tuple[str, float]] = set()
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = re.split(r"\t|,| +", line.strip())
        sequence = cells[0].strip().replace("x", "X")
        try:
            score = float(cells[1])
        except (IndexError, ValueError):
            faults.add(
                "ranked-list",
                f"'{line.strip()[:40]}' is no sequence with a score",
                file=file,
                row=row,
                expected="a sequence of about ten residues, a tab, a number",
            )
            continue
        if not _SEQUENCE.match(sequence):
            faults.add("ranked-list", f"'{sequence[:40]}' is no sequence", file=file, row=row)
            continue
        # Ten residues have five before the site; odd lengths have it in the middle.
        centre = len(sequence) // 2
        if (sequence, score) in seen:
            repeated += 1
            continue
        seen.add((sequence, score))
        records.append((sequence, sequence[centre], motif_window(sequence, None, centre), score))
        if len(faults) == 10:
            break
    if not records:
        faults.add("empty-table", "the list holds no sequence", file=file)
    faults.raise_if_errors()
    other = sum(residue not in "STY" for _, residue, _, _ in records)
    if other:
        faults.add(
            "centre",
            f"{other} of {len(records)} sequences have no S, T or Y in their middle",
            file=file,
            severity="warning",
        )
    if repeated:
        faults.add("repeated", f"{repeated} repeated lines were left out", file=file, severity="note")
    frame = pl.DataFrame(records, schema=["site", "residue", "window", "log2_fold_change"], orient="row")
    faults.add(
        "ranked-list",
        f"{frame.height} sequences with scores: no gene and no position is named, so only motifs can use them",
        file=file,
        severity="note",
    )
    return SiteEffects(place.stem, _completed(frame), tuple(faults))


def _table(report: Report, change: str, zero_is_missing: bool, faults: Faults, contrast: str) -> SiteEffects:
    found = {
        "se": report.find(*_SE),
        "p_value": report.find(*_P),
        "fdr": report.find(*_FDR),
        "window": report.find(*_WINDOW),
        "accession": report.find(*_ACCESSION),
        "gene": report.find(*_GENE),
        "residue": report.find(*_RESIDUE),
        "position": report.find(*_POSITION),
        "site": report.find(*SITE),
    }
    _require_site(report, found)
    frame = report.texts([change, *(column for column in found.values() if column)]).collect()
    names = [change, *(column for key in ("se", "p_value", "fdr") if (column := found[key]))]
    values = numbers(frame, names, frame[ROW], faults, report.file)
    sites = _sites(frame, found, faults, report.file)
    sites = sites.with_columns(log2_fold_change=values[change])
    for key in ("se", "p_value", "fdr"):
        if column := found[key]:
            sites = sites.with_columns(values[column].alias(key))
    _tell_p_values(sites, faults, report.file)
    faults.raise_if_errors()
    if zero_is_missing:
        sites = sites.with_columns(log2_fold_change=pl.col("log2_fold_change").replace(0.0, None))
    measured = sites.filter(pl.col("log2_fold_change").is_not_null())
    if measured.height < sites.height:
        faults.add(
            "missing-values",
            f"{sites.height - measured.height} of {sites.height} sites have no fold change and were left out",
            file=report.file,
            severity="note",
        )
    if measured.is_empty():
        raise InputError(
            Fault("empty-table", "the table holds no fold change", file=report.file, column=change)
        )
    if found["p_value"] and not found["fdr"]:
        rate = false_discovery_rate(measured["p_value"].cast(pl.Float64).fill_null(np.nan).to_numpy())
        measured = measured.with_columns(fdr=pl.Series(rate).fill_nan(None))
    return SiteEffects(contrast, _completed(measured), tuple(faults))


def _matrix(report: Report, zero_is_missing: bool, faults: Faults) -> tuple[SiteEffects, ...]:
    column = report.find(*SITE)
    if column is None:
        raise InputError(
            Fault(
                "other-header",
                f"neither a table of effects (looked for {', '.join(repr(name) for name in _CHANGE[:4])}) nor a matrix "
                f"(looked for {', '.join(repr(name) for name in SITE[:3])})",
                file=report.file,
                row=1,
                expected=f"one of these columns; the header begins {', '.join(report.columns[:6])}",
            )
        )
    contrasts = [name for name in report.columns if name != column]
    if not contrasts:
        raise InputError(Fault("empty-table", "there is no column of effects", file=report.file, row=1))
    frame = report.texts([column, *contrasts]).collect()
    values = numbers(frame, contrasts, frame[ROW], faults, report.file)
    sites = _sites(frame, {"site": column}, faults, report.file)
    _refuse_intensities(values, faults, report.file)
    faults.raise_if_errors()
    results = []
    for contrast in contrasts:
        effect = values[contrast]
        if zero_is_missing:
            effect = effect.replace(0.0, None)
        own = sites.with_columns(log2_fold_change=effect).filter(pl.col("log2_fold_change").is_not_null())
        missing = Fault(
            "missing-values",
            f"{own.height} of {sites.height} sites were measured"
            + (" (0 means not measured)" if zero_is_missing else ""),
            file=report.file,
            column=contrast,
            severity="note",
        )
        results.append(SiteEffects(contrast, _completed(own), (*faults, missing)))
    return tuple(results)


def _refuse_intensities(values: pl.DataFrame, faults: Faults, file: str) -> None:
    """Refuse a matrix of samples: fold changes lie about zero, intensities and their logarithms above it."""
    every = values.to_numpy().ravel()
    present = every[np.isfinite(every) & (every != 0)]
    if present.size >= _FEW and present.min() > 0 and np.median(present) > _ABOVE_CHANGES:
        faults.add(
            "no-effects",
            f"these are no fold changes: none is below zero, and half of them are above {np.median(present):.3g}",
            file=file,
            expected="log2 fold changes, a contrast a column",
            mend="where the columns are samples, say which is what: --design samples.csv",
        )


def _require_site(report: Report, found: dict[str, str | None]) -> None:
    apart = found["residue"] and found["position"]
    if found["site"] or (found["gene"] and apart) or found["window"]:
        return
    raise InputError(
        Fault(
            "missing-column",
            "no column names the sites: looked for 'site' (MAPK1_T185, or T185 beside 'gene'), or 'gene' with "
            "'residue' and 'position'",
            file=report.file,
            row=1,
            expected=f"one of these; the header begins {', '.join(report.columns[:8])}",
        )
    )


def _sites(frame: pl.DataFrame, found: dict[str, str | None], faults: Faults, file: str) -> pl.DataFrame:
    """Gene, residue and position of every row; a row whose site cannot be read is a fault with its line."""
    nothing: list[str | None] = [None] * frame.height
    keys = ("site", "gene", "residue", "position", "window", "accession")
    columns = {key: frame[column].to_list() if (column := found.get(key)) else nothing for key in keys}
    records: list[tuple[str | None, str | None, str | None, int | None]] = []
    unread, dates, renamed = 0, set(), {}
    for index in range(frame.height):
        text, gene, residue, place, window = (columns[key][index] for key in keys[:5])
        if text and (whole := _WHOLE.match(text)):
            gene, residue, place = gene or whole[1], residue or whole[2] or whole[3], place or whole[4]
        elif text and (bare := _SAYS_SITE.match(text)):
            residue, place = residue or bare[1], place or bare[2]
        number = int(place) if place and place.isdigit() else None
        residue = residue and residue.upper()
        if gene and looks_like_date(gene) and mended_symbol(gene) is None:
            dates.add((gene, int(frame[ROW][index])))
        if gene and (today := mended_symbol(gene)) and today != gene:
            renamed[gene] = today
            gene = today
        if window is None and (residue is None or number is None or not gene):
            unread += 1
            if unread <= _LISTED:
                faults.add(
                    "site",
                    f"'{text or gene}' names no site",
                    file=file,
                    row=int(frame[ROW][index]),
                    column=found.get("site"),
                    expected="GENE_S123, or S123 beside a gene",
                )
        records.append((gene, residue, f"{gene}_{residue}{number}" if number else window, number))
    if unread > _LISTED:
        faults.add("site", f"and {unread - _LISTED} more sites like these", file=file)
    for gene, row in sorted(dates)[:10]:
        faults.add(
            "gene-dates",
            f"'{gene}' is a date that a spreadsheet made of a gene symbol, and it cannot be told which",
            file=file,
            row=row,
            mend="take the table as it was before, or give the gene as text",
        )
    if renamed:
        faults.add(
            "gene-dates",
            "gene symbols that spreadsheets turn into dates were read as today's: "
            + ", ".join(f"{old} as {new}" for old, new in sorted(renamed.items())[:6]),
            file=file,
            severity="warning" if any(map(looks_like_date, renamed)) else "note",
        )
    kinds = {"gene": pl.String(), "residue": pl.String(), "site": pl.String(), "position": pl.Int64()}
    sites = pl.DataFrame(records, schema=kinds, orient="row")
    for key in ("window", "accession"):
        if found.get(key):
            sites = sites.with_columns(pl.Series(key, columns[key], dtype=pl.String))
    if "window" in sites.columns:
        windows = [_fifteen(window) for window in sites["window"].to_list()]
        sites = sites.with_columns(window=pl.Series(windows, dtype=pl.String))
    return sites


def _fifteen(window: str | None) -> str | None:
    if not window or not _SEQUENCE.match(window.upper().replace("*", "")):
        return None
    lower = sum(letter.islower() for letter in window)
    return motif_window(window, None, None if lower == 1 else len(window) // 2)


def _tell_p_values(sites: pl.DataFrame, faults: Faults, file: str) -> None:
    if "p_value" in sites.columns and (wrong := sites.filter(~pl.col("p_value").is_between(0, 1))).height:
        faults.add(
            "p-value",
            f"{wrong.height} p-values lie outside 0 to 1, the first is {wrong['p_value'][0]:g}",
            file=file,
            expected="probabilities, not their logarithms",
        )


def _completed(frame: pl.DataFrame) -> pl.DataFrame:
    """All the columns of `EFFECT_SCHEMA`, null where the file does not say."""
    given: Sequence[str] = frame.columns
    tested = pl.col("p_value").is_not_null() if "p_value" in given else pl.lit(False)
    frame = frame.with_columns(status=pl.when(tested).then(pl.lit("tested")).otherwise(pl.lit(_NOT_TESTED)))
    return frame.select(
        pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, kind).alias(column)
        for column, kind in EFFECT_SCHEMA.items()
    )
