"""Spectra, precursors and fragments added up to sites, in one pass over the file.

An engine's module lays its columns out as `FEATURE_COLUMNS`; here rows are summed by sample and peptide form while the
file streams, so that memory holds one number a form and sample and never the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.fasta import Sequences
from kinescape.assays.phospho.reading.intensities import as_log2
from kinescape.assays.phospho.reading.localised_peptides import sites_of_form
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_header import ROW
from kinescape.assays.phospho.reading.site_assembly import counted_from, reasons, site_table
from kinescape.assays.phospho.reading.site_windows import motif_window, window_at
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults

FEATURE_COLUMNS = (
    "run",
    "proteins",
    "protein",
    "gene",
    "header",
    "form",
    "phosphates",
    "probability",
    "charge",
    "start",
    "placed",
    "reason",
)
"""Columns that an engine's module gives beside the line of the file and the quantities.

`run` the sample, or the mixture where there are channels; `proteins` all, `protein` the leading one, as the file
writes them; `form` as in `localised_peptides`; `phosphates` how many the peptide carries; `probability` the worst of
the localised; `start` where the peptide begins in the protein, or null; `placed` DIA-NN's `[P12345:S50,S52]`, or null;
`reason` why the row is left out, or null.
"""
_FORM = ("proteins", "protein", "gene", "header", "form", "phosphates", "start", "placed")
_MOST_PHOSPHATES = 3
_FRACTION = r"(?i)[-_ ](?:f|frac|fraction)[-_ ]?\d+$"
_NOT_MARKED = pl.lit(False)
_PLACED = re.compile(r"\[([^:\]]+):([^\]]*)\]")


def sites_of_features(
    features: pl.LazyFrame,
    channels: Sequence[str],
    faults: Faults,
    choices: ReadingChoices,
    *,
    engine: str,
    file: str,
    repeats: Literal["add", "largest"] = "add",
) -> SiteTable:
    """Add rows up to sites.

    A peptide with two localised phosphates gives its intensity to both sites. Rows of one sample, form and charge are
    added, or the largest taken where they are spectra of one and the same peak; charges, cleavage forms and other
    modifications of a site are added.

    Parameters
    ----------
    features : polars.LazyFrame
        `ROW`, `FEATURE_COLUMNS`, and a column of numbers for each of the channels: `q0`, `q1`, …
    channels : sequence of str
        What the channels are called; a single one that is called by the empty text makes the run the sample.
    faults : Faults
        Takes what is said; errors are raised.
    choices : ReadingChoices
        Its sequences place peptides that come without a position, and give windows and genes.
    engine, file : str
        For the table and the messages.
    repeats : {"add", "largest"}
        What rows of one sample, form and charge are.
    """
    quantities = [f"q{index}" for index in range(len(channels))]
    summed, forms, runs, dropped = _summed(features, quantities, repeats)
    placed = _placed(forms, choices.sequences)
    samples = _sample_names(runs["run"].to_list(), channels)
    values = np.zeros((forms.height, len(samples)))
    at = summed["form_index"].to_numpy()
    column = summed["run_index"].to_numpy().astype(np.int64)
    for offset, quantity in enumerate(quantities):
        amount = summed[quantity].fill_null(0.0).fill_nan(0.0).to_numpy()
        np.add.at(values, (at, column * len(quantities) + offset), amount)
    best = summed.group_by("form_index").agg(
        pl.col("probability").max(), pl.col(ROW).min(), pl.col("n_rows").sum()
    )
    placed = placed.join(best, on="form_index", maintain_order="left")
    entries, linear = _by_site(placed, values)
    present = (linear > 0).any(axis=1)
    entries, linear = entries.filter(pl.Series(present)), linear[present]
    log2 = as_log2(np.where(linear > 0, linear, np.nan), samples, choices.scale, faults, file)
    lost = _rows_without_value(summed, quantities)
    return site_table(
        entries,
        log2,
        samples,
        counted_from(int(summed["n_rows"].sum()) - lost, dropped, lost),
        faults,
        engine=engine,
        file=file,
        headers=forms["header"].to_list(),
        organism=choices.organism,
    )


def channel_quantities(columns: Iterable[str]) -> list[pl.Expr]:
    """Columns of the channels as the numbers `q0`, `q1`, … that `sites_of_features` takes."""
    return [
        pl.col(column).cast(pl.Float64, strict=False).alias(f"q{index}")
        for index, column in enumerate(columns)
    ]


def left_out(
    protein: pl.Expr,
    phosphates: pl.Expr,
    worst: pl.Expr,
    localisation: float,
    *further: tuple[str, pl.Expr],
    decoy: pl.Expr = _NOT_MARKED,
    contaminant: pl.Expr = _NOT_MARKED,
) -> pl.Expr:
    """The column `reason`: why a row is left out, by the rules that hold for every engine and its own further ones.

    Parameters
    ----------
    protein, phosphates, worst : polars.Expr
        The leading protein, how many phosphates the peptide carries, the worst of the localised probabilities.
    localisation : float
        Least probability.
    *further : tuple of str and polars.Expr
        The engine's own reasons, which come before that of the localisation.
    decoy, contaminant : polars.Expr
        Rows that the engine marks so, where it does; the names of proteins tell as well.
    """
    return reasons(
        ("decoy", decoy | protein_names.is_decoy(protein)),
        ("contaminant", contaminant | protein_names.is_contaminant(protein)),
        ("not phosphorylated", phosphates.fill_null(0) == 0),
        *further,
        (f"localisation below {localisation:g}", worst.is_null()),
        ("no protein", protein.is_null()),
    )


def _summed(
    features: pl.LazyFrame, channels: list[str], repeats: Literal["add", "largest"]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """One row a sample and form, the forms, the runs, and how many rows were left out for each reason.

    The file is gone through once for the forms and once for their sums, which go by a number in place of the form's
    texts: a group is a few bytes then, however long its texts are.
    """
    nameless_run = pl.when(pl.col("run").is_null()).then(pl.lit("no sample named"))
    features = features.with_columns(reason=pl.coalesce("reason", nameless_run))
    kept = pl.col("reason").is_null()
    hashed = pl.struct(_FORM).hash().alias("key")
    runs = features.select("run").unique().drop_nulls().sort("run").collect(engine="streaming")
    runs = runs.with_columns(pl.col("run").hash().alias("run_key")).with_row_index("run_index")
    forms = (
        features.filter(kept)
        .with_columns(hashed)
        .group_by("key")
        .agg(*(pl.col(name).first() for name in _FORM), pl.col(ROW).min())
        .collect(engine="streaming")
        .sort(ROW, *(name for name in _FORM if name not in ("phosphates", "start")))
        .drop(ROW)
        .with_row_index("form_index")
    )
    # Rows that are left out lose their names, so that they fall together and only their number remains.
    within = pl.struct(hashed, pl.col("charge")).hash() if repeats == "largest" else pl.lit(0, pl.UInt64)
    nameless = features.select(
        pl.when(kept).then(pl.col("run").hash()).otherwise(None).alias("run_key"),
        pl.when(kept).then(hashed).otherwise(None).alias("key"),
        pl.when(kept).then(within).otherwise(None).alias("within"),
        "reason",
        "probability",
        ROW,
        *channels,
    )
    amount = [pl.col(name).max() if repeats == "largest" else pl.col(name).sum() for name in channels]
    found = (
        nameless.group_by("run_key", "key", "within", "reason")
        .agg(*amount, pl.col("probability").max(), pl.col(ROW).min(), pl.len().alias("n_rows"))
        .collect(engine="streaming")
    )
    dropped = dict(
        found.filter(~kept).group_by("reason").agg(pl.col("n_rows").sum()).sort("reason").iter_rows()
    )
    whole = found.filter(kept).drop("reason")
    if repeats == "largest":
        whole = (
            whole.sort(ROW)
            .group_by("run_key", "key", maintain_order=True)
            .agg(
                *(pl.col(name).sum() for name in channels),
                pl.col("probability").max(),
                pl.col(ROW).min(),
                pl.col("n_rows").sum(),
            )
        )
    # A line of the file belongs to one sample and form, so that the first line of each puts them in an order.
    summed = (
        whole.join(forms.select("key", "form_index"), on="key")
        .join(runs.select("run_key", "run_index"), on="run_key")
        .drop("key", "run_key")
        .sort(ROW)
    )
    return summed, forms, runs, dropped


def _rows_without_value(summed: pl.DataFrame, channels: list[str]) -> int:
    """Rows of forms that have no quantity in any sample."""
    total = pl.sum_horizontal(pl.col(name).fill_null(0.0).fill_nan(0.0) for name in channels)
    by_form = summed.group_by("form_index").agg(total.sum().alias("total"), pl.col("n_rows").sum())
    return int(by_form.filter(pl.col("total") <= 0)["n_rows"].sum())


def mixture_of(run: pl.Expr) -> pl.Expr:
    """The mixture behind a file that holds one fraction of it: `plex2_F07` is `plex2`."""
    return run.str.replace(_FRACTION, "")


def tell_fractions(runs: pl.LazyFrame, faults: Faults, file: str) -> None:
    """Say how many files were taken as fractions of how many mixtures.

    Parameters
    ----------
    runs : polars.LazyFrame
        A column `run`.
    faults : Faults
        Takes the notes.
    file : str
        For the messages.
    """
    counts = runs.select(pl.col("run").n_unique(), mixture_of(pl.col("run")).n_unique().alias("mixtures"))
    files, mixtures = counts.collect(engine="streaming").row(0)
    if files > mixtures:
        faults.add(
            "fractions",
            f"{files} files were taken as fractions of {mixtures} labelled mixtures, by the ends of their names",
            file=file,
            severity="note",
        )
    if mixtures > 1:
        faults.add(
            "mixtures",
            f"the channels of {mixtures} labelled mixtures can be compared within a mixture only",
            file=file,
            mend="name the mixture of each sample as batch (or pair) in the design",
            severity="warning",
        )


def _sample_names(runs: Sequence[str], channels: Sequence[str]) -> list[str]:
    if list(channels) == [""]:
        return list(runs)
    if len(runs) == 1:
        return list(channels)
    return [f"{run} {channel}" for run in runs for channel in channels]


def _placed(forms: pl.DataFrame, sequences: Sequences | None) -> pl.DataFrame:
    """One row a form and site, with what is known of the site."""
    named = forms.with_columns(
        accession=protein_names.accession(pl.col("protein")),
        first_gene=pl.coalesce(
            protein_names.first(pl.col("gene")), protein_names.gene_in_header(pl.col("header"))
        ),
    )
    records = []
    for index, proteins, accession, gene, form, phosphates, start, placed in named.select(
        "form_index", "proteins", "accession", "first_gene", "form", "phosphates", "start", "placed"
    ).iter_rows():
        sequence, sites = sites_of_form(form)
        positions = _positions(sequence, sites, accession, start, placed, sequences)
        if sequences is not None and gene is None:
            gene = sequences.genes.get(accession)
        for site, position in zip(sites, positions, strict=True):
            if site >= len(sequence):
                continue
            residue = sequence[site]
            window = motif_window(sequence, None, site)
            if sequences is not None and position is not None and accession in sequences.sequences:
                window = window_at(sequences.sequences[accession], position) or window
            shown = sequence[:site] + residue.lower() + sequence[site + 1 :]
            number = None if phosphates is None else min(int(phosphates), _MOST_PHOSPHATES)
            records.append((index, gene, accession, residue, position, window, number, proteins, shown))
    schema: dict[str, pl.DataType] = {
        "form_index": pl.UInt32(),
        "gene": pl.String(),
        "accession": pl.String(),
        "residue": pl.String(),
        "position": pl.Int64(),
        "window": pl.String(),
        "multiplicity": pl.Int64(),
        "proteins": pl.String(),
        "peptide": pl.String(),
    }
    return pl.DataFrame(records, schema=schema, orient="row")


def _positions(
    sequence: str,
    sites: tuple[int, ...],
    accession: str | None,
    start: int | None,
    placed: str | None,
    sequences: Sequences | None,
) -> list[int | None]:
    """Positions of the sites in the leading protein."""
    if placed:
        # All the phosphorylated residues of the peptide stand there, the badly localised ones too.
        told = dict(_PLACED.findall(placed))
        listed = [part for part in told.get(accession or "", "").split(",") if part[:1] in ("S", "T", "Y")]
        if len(listed) == len(sites) and all(
            part[0] == sequence[site] and part[1:].isdigit() for part, site in zip(listed, sites, strict=True)
        ):
            return [int(part[1:]) for part in listed]
        numbers = {(part[0], int(part[1:])) for part in listed if part[1:].isdigit()}
        begins = {
            number - index
            for letter, number in numbers
            for index in range(len(sequence))
            if sequence[index] == letter
        }
        # The start at which every localised residue is one of those listed, if there is just one.
        fitting = [
            begin for begin in begins if all((sequence[site], begin + site) in numbers for site in sites)
        ]
        if len(fitting) == 1:
            return [fitting[0] + site for site in sites]
    if start is None and sequences is not None:
        start = sequences.start(accession, sequence)
    return [None if start is None else start + site for site in sites]


def _by_site(placed: pl.DataFrame, values: NDArray[np.float64]) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """Forms of one site and multiplicity added; a site without a position is its peptide's."""
    unplaced = pl.when(pl.col("position").is_null()).then(pl.col("peptide"))
    numbered = placed.with_columns(unplaced=unplaced)
    key = ["accession", "residue", "position", "multiplicity", "unplaced"]
    sites = numbered.group_by(key, maintain_order=True).agg(
        pl.col("form_index"),
        pl.col("gene").drop_nulls().first(),
        pl.col("window").sort_by(pl.col("window").str.count_matches("X")).first(),
        pl.col("probability").max().alias("localisation"),
        pl.col("proteins").first(),
        pl.col("peptide").first(),
        pl.col(ROW).min().alias("row"),
    )
    members = sites["form_index"].to_list()
    total = np.zeros((len(members), values.shape[1]))
    lengths = [len(own) for own in members]
    at = np.repeat(np.arange(len(members)), lengths)
    flat = np.fromiter((index for own in members for index in own), dtype=np.int64, count=sum(lengths))
    np.add.at(total, at, values[flat])
    order = sites.select(pl.arg_sort_by("row", "position", "multiplicity"))["row"].to_numpy()
    return sites.drop("form_index")[order], total[order]
