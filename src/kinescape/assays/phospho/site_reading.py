"""Any engine's table of phosphorylation sites into a `SiteTable`: the engine is found by the header, and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kinescape.assays.phospho.reading import (
    diann,
    discoverer_spectra,
    fragpipe,
    maxquant,
    maxquant_evidence,
    plain_sites,
    proteome_discoverer,
    spectronaut,
)
from kinescape.assays.phospho.reading.fasta import read_fasta
from kinescape.assays.phospho.reading.intensities import Scale
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_header import Report, folded, open_report, readable
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, nearest

Engine = Literal["MaxQuant", "DIA-NN", "FragPipe", "Spectronaut", "Proteome Discoverer"]


@dataclass(frozen=True)
class Layout:
    """A table that an engine writes.

    Parameters
    ----------
    engine : str
        Who writes it.
    table : str
        What the engine calls it.
    recognises : callable
        Whether a header is this one's.
    read : callable
        The reader.
    looked_for : tuple of str
        Columns that tell it from others, for messages.
    beside : tuple of str
        Columns that no other table has: three of them tell it although those looked for were renamed.
    """

    engine: str
    table: str
    recognises: Callable[[Report], bool]
    read: Callable[[Report, ReadingChoices], SiteTable]
    looked_for: tuple[str, ...]
    beside: tuple[str, ...] = ()


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        "MaxQuant",
        "Phospho (STY)Sites.txt",
        maxquant.is_site_table,
        maxquant.read_maxquant,
        ("Proteins", "Amino acid", "Localization prob"),
        (
            "Positions within proteins",
            "Leading proteins",
            "Number of Phospho (STY)",
            "Diagnostic peak",
            "Sequence window",
        ),
    ),
    Layout(
        "MaxQuant",
        "evidence.txt",
        maxquant_evidence.is_evidence,
        maxquant_evidence.read_evidence,
        ("Modified sequence", "Phospho (STY) Probabilities", "Raw file"),
    ),
    Layout(
        "Proteome Discoverer",
        "table of modification sites",
        proteome_discoverer.is_site_table,
        proteome_discoverer.read_modification_sites,
        ("Modification Name", "Target Amino Acid", "Site Probability"),
    ),
    Layout(
        "Spectronaut",
        "PTM site report",
        spectronaut.is_site_table,
        spectronaut.read_spectronaut_sites,
        ("PTM.ProteinId", "PTM.SiteAA", "PTM.SiteLocation"),
    ),
    Layout(
        "Spectronaut",
        "report of precursors or fragments",
        spectronaut.is_fragment_report,
        spectronaut.read_spectronaut_fragments,
        ("EG.ModifiedSequence", "EG.PTMLocalizationProbabilities", "PEP.PeptidePosition"),
    ),
    Layout(
        "DIA-NN",
        "phosphosites table",
        diann.is_site_table,
        diann.read_diann_sites,
        ("Protein", "Gene.Names", "Residue", "Site", "Sequence"),
    ),
    Layout(
        "DIA-NN",
        "main report",
        diann.is_main_report,
        diann.read_diann_report,
        ("Protein.Group", "Modified.Sequence", "Precursor.Quantity", "PTM.Site.Confidence"),
    ),
    Layout(
        "FragPipe",
        "site table (abundance_single-site, combined_site)",
        fragpipe.is_site_table,
        fragpipe.read_fragpipe_sites,
        ("Index", "Gene", "ProteinID", "Peptide"),
    ),
    Layout(
        "FragPipe",
        "psm.tsv",
        fragpipe.is_spectra_table,
        fragpipe.read_fragpipe_spectra,
        ("Modified Peptide", "STY:79.966331", "Protein Start"),
    ),
    Layout(
        "Proteome Discoverer",
        "table of spectra with ptmRS",
        discoverer_spectra.is_spectra_table,
        discoverer_spectra.read_spectra,
        ("Annotated Sequence", "ptmRS: Best Site Probabilities", "Spectrum File"),
    ),
    Layout(
        "table",
        "matrix of sites (GENE_S123) and samples",
        plain_sites.is_plain_table,
        plain_sites.read_plain_sites,
        ("site",),
    ),
)
"""Tables that can be read, the first that recognises a header reads it."""

_PROTEIN_TABLES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("MaxQuant", ("Majority protein IDs",), "Phospho (STY)Sites.txt, which lies beside proteinGroups.txt"),
    ("DIA-NN", ("Protein.Group", "Protein.Names"), "phosphosites_90 or phosphosites_99, or report.parquet"),
    ("FragPipe", ("Protein ID", "Entry Name"), "abundance_single-site or combined_site_STY_79.9663"),
    ("Spectronaut", ("PG.ProteinGroups",), "the PTM site report, or a report with EG.ModifiedSequence"),
    ("Proteome Discoverer", ("Master", "Accession", "Description"), "the table of modification sites"),
)
"""Who writes a table of proteins, the columns that tell it where none of a peptide is there, and what is wanted."""
_OF_PEPTIDES = ("Localization prob", "Modified.Sequence", "Modified Sequence", "Annotated Sequence", "Peptide", "Index",
                "Peptide Sequence", "Modified Peptide", "EG.ModifiedSequence", "PTM.SiteAA", "Residue", "Sequence",
                "Target Amino Acid", "site")  # fmt: skip
_AS_PROTEOME = ", cut to the accession, the gene and one column a sample, called as in the table of sites"
_HALF = 0.5


def read_sites(
    path: str | Path,
    *,
    engine: str | None = None,
    localisation: float = 0.75,
    organism: str | None = None,
    quantity: Literal["intensity", "ratio"] | None = None,
    scale: Scale | None = None,
    fasta: str | Path | None = None,
    name: str | None = None,
) -> SiteTable:
    """Read a table of phosphorylation sites, whichever engine wrote it.

    Every row of the file is kept or left out for a reason that is counted (`SiteTable.rows`).

    Parameters
    ----------
    path : str or Path
        Text (plain or gzipped), a spreadsheet, or Parquet.
    engine : str, optional
        ``MaxQuant``, ``DIA-NN``, ``FragPipe``, ``Spectronaut`` or ``Proteome Discoverer``; found by the header
        where it is left out.
    localisation : float
        Least probability, from 0 to 1, that the phosphate sits on this residue.
    organism : str, optional
        ``human``, ``mouse``, …; found from the file where it is left out.
    quantity : {"intensity", "ratio"}, optional
        For SILAC tables, which have both: ratios by default.
    scale : {"linear", "log2"}, optional
        Of the intensities; found from the values where it is left out.
    fasta : str or Path, optional
        The sequences that were searched: tables of spectra or precursors without positions need them to place
        their sites, and every table without windows gets them from there.
    name : str, optional
        How messages call the file.

    Raises
    ------
    InputError
        With every fault: an unknown header names the columns that were looked for.

    Examples
    --------
    >>> table = read_sites("Phospho (STY)Sites.txt")  # doctest: +SKIP
    >>> [(count.reason, count.rows) for count in table.rows]  # doctest: +SKIP
    [('kept', 9120), ('localisation below 0.75', 2310), ('decoy', 84), ('contaminant', 41)]
    """
    called = name or str(path)
    if not 0.0 <= localisation <= 1.0:
        raise InputError(
            Fault(
                "wrong-value",
                f"the localisation {localisation:g} is no probability",
                file=called,
                column="localisation",
                expected="a number from 0 to 1",
            )
        )
    _refuse_ranked_list(path, called)
    report = open_report(path, name=name)
    layout = _layout(report, engine)
    sequences = None if fasta is None else read_fasta(fasta)
    choices = ReadingChoices(localisation, organism, quantity, scale, sequences)
    with readable(report):
        return layout.read(report, choices)


def _refuse_ranked_list(path: str | Path, file: str) -> None:
    """Refuse a ranked list, which holds no samples, whatever the sheet says."""
    if Path(path).suffix.casefold() in (".seqrnk", ".rnk"):
        raise InputError(
            Fault(
                "ranked-list",
                "this is a ranked list of sequences with scores, computed already: it has no samples to compare",
                file=file,
                mend="give it alone, without a sample sheet: kinescape kinases FILE --motifs",
            )
        )


def _layout(report: Report, engine: str | None) -> Layout:
    """The layout of a file; a fault where the header is none of the known ones."""
    of_engine = [layout for layout in LAYOUTS if engine is None or folded(layout.engine) == folded(engine)]
    if not of_engine:
        engines = tuple(dict.fromkeys(layout.engine for layout in LAYOUTS))
        near = nearest(engine or "", engines, n=1)
        raise InputError(
            Fault(
                "wrong-value",
                f"'{engine}' is no engine that is known",
                file=report.file,
                column="engine",
                expected=f"one of {', '.join(engines)}",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        )
    for writer, columns, wanted in _PROTEIN_TABLES:
        if report.has(*columns) and report.find(*_OF_PEPTIDES) is None:
            raise InputError(
                Fault(
                    "protein-table",
                    f"this is {writer}'s table of proteins, not of sites: a protein's amount says nothing of its "
                    "phosphorylation",
                    file=report.file,
                    row=1,
                    column=report.find(columns[0]),
                    expected=wanted,
                    mend="to set the sites against it, give it with --proteome (in a study: proteome = …)"
                    + ("" if writer == "MaxQuant" else _AS_PROTEOME),
                )
            )
    for layout in of_engine:
        if layout.recognises(report):
            if layout.engine == plain_sites.ENGINE:
                refuse_other_version(report)
            return layout
    alike = _nearest_layouts(report, of_engine)
    raise InputError(
        [_unknown(report, layout) for layout in alike] if alike else _no_table(report, of_engine)
    )


def refuse_other_version(report: Report) -> None:
    """Refuse a table that has a column of numbers `id`, as a matrix of sites may, and else an engine's other columns.

    Raises
    ------
    InputError
        With the columns of that engine that were looked for.
    """
    if report.find(*(name for name in plain_sites.SITE if name != "ID")) is not None:
        return
    engines = [layout for layout in LAYOUTS if layout.engine != plain_sites.ENGINE]
    if alike := _nearest_layouts(report, engines):
        raise InputError([_unknown(report, layout) for layout in alike])


def _nearest_layouts(report: Report, layouts: list[Layout]) -> list[Layout]:
    """The layouts of which the header has most columns; none where it has less than half of any."""
    share = {
        layout.table: sum(report.find(column) is not None for column in layout.looked_for)
        / len(layout.looked_for)
        for layout in layouts
    }
    renamed = [
        layout for layout in layouts if sum(report.find(name) is not None for name in layout.beside) >= 3
    ]
    if renamed:
        return renamed
    best = max(share.values())
    if best < _HALF and len(layouts) > 2:
        return []
    return [layout for layout in layouts if share[layout.table] == best]


def _unknown(report: Report, layout: Layout) -> Fault:
    lacking = [column for column in layout.looked_for if report.find(column) is None]
    # `Localization prob R1` is that of an experiment, not this one renamed.
    others = [name for name in report.columns if not name.startswith(tuple(f"{one} " for one in lacking))]
    close = [
        f"{' or '.join(repr(name) for name in near)} for '{column}'"
        for column in lacking
        if (near := nearest(column, others, n=2))
    ]
    return Fault(
        "other-header",
        f"this is not {layout.engine}'s {layout.table}: looked for the column"
        f"{'s' if len(lacking) > 1 else ''} {', '.join(repr(column) for column in lacking)}",
        file=report.file,
        row=1,
        expected=f"columns {', '.join(layout.looked_for)}; the header begins {', '.join(report.columns[:6])}",
        mend=f"the nearest: {', '.join(close)}; was it renamed?"
        if close
        else "export it again with these columns" + _sheets(report),
    )


def _no_table(report: Report, layouts: list[Layout]) -> Fault:
    """One fault for a header that is like none of the known ones, with what was looked for."""
    looked = ", ".join(
        f"{layout.engine}'s {layout.table}" for layout in layouts if layout.engine != plain_sites.ENGINE
    )
    return Fault(
        "other-header",
        f"this is no table of phosphorylation sites that is known: its header begins {', '.join(report.columns[:6])}",
        file=report.file,
        row=1,
        expected=f"a column 'site' (MAPK1_T185) and one column a sample, or {looked}",
        mend="give the engine's table of sites (a table of genes or proteins tells no site)"
        + _sheets(report),
    )


def _sheets(report: Report) -> str:
    """Which sheet was read, where a spreadsheet has several."""
    if len(report.sheets) < 2:
        return ""
    others = ", ".join(f"'{name}'" for name in report.sheets[1:5])
    return f"; the sheet '{report.sheets[0]}' was read: put the table first, before {others}"
