"""Tables with one row a site and one column a sample, whichever engine wrote them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from kinescape.assays.phospho.reading import protein_names
from kinescape.assays.phospho.reading.intensities import as_log2, numbers
from kinescape.assays.phospho.reading.reading_choices import ReadingChoices
from kinescape.assays.phospho.reading.report_header import ROW
from kinescape.assays.phospho.reading.site_assembly import counted, merged, reasons, site_table
from kinescape.assays.phospho.reading.site_windows import window_at
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.issues import Faults

SITE_COLUMNS = (
    "protein",
    "proteins",
    "gene",
    "residue",
    "position",
    "window",
    "multiplicity",
    "localisation",
    "header",
    "modification",
    "decoy",
    "contaminant",
)
"""Columns that an engine's module gives beside the line of the file.

`protein` the leading one and `proteins` all, as the file writes them; `modification` null where every row is a
phosphorylation; `localisation` from 0 to 1, null where the engine filtered already.
"""


def sites_of_rows(
    frame: pl.DataFrame,
    rows: pl.DataFrame,
    samples: Mapping[str, str],
    faults: Faults,
    choices: ReadingChoices,
    *,
    engine: str,
    file: str,
    filtered: bool = False,
    quantity: str = "intensity",
) -> SiteTable:
    """Make a `SiteTable` of rows that are sites already.

    Parameters
    ----------
    frame : polars.DataFrame
        The file's texts.
    rows : polars.DataFrame
        The line of the file (`ROW`) and `SITE_COLUMNS`, in the same order.
    samples : mapping of str to str
        Columns of quantities to the names of their samples.
    faults : Faults
        Takes what is said; errors are raised.
    choices : ReadingChoices
        Its sequences give windows that the file lacks.
    engine, file, quantity : str
        As in `SiteTable`, and for the messages.
    filtered : bool
        Whether the engine has filtered by localisation, so that a row without a probability is kept.
    """
    localisation, sequences = choices.localisation, choices.sequences
    sites = rows.with_columns(accession=protein_names.accession(pl.col("protein"))).with_columns(
        reasons(
            ("not a phosphorylation", ~pl.col("modification").str.contains("(?i)phospho|79[.]9")),
            ("decoy", pl.col("decoy") | protein_names.is_decoy(pl.col("protein"))),
            ("contaminant", pl.col("contaminant") | protein_names.is_contaminant(pl.col("protein"))),
            (
                "no protein, residue or position",
                pl.any_horizontal(pl.col(name).is_null() for name in ("accession", "residue", "position")),
            ),
            ("no localisation probability", pl.col("localisation").is_null() & pl.lit(not filtered)),
            (f"localisation below {localisation:g}", pl.col("localisation") < localisation),
        )
    )
    kept = sites["reason"].is_null()
    entries = sites.filter(kept).rename({ROW: "row"})
    values = numbers(frame.filter(kept), list(samples), frame[ROW].filter(kept), faults, file)
    array = values.to_numpy() if samples else np.empty((entries.height, 0))
    if quantity == "intensity":
        array = as_log2(
            np.where(array == 0, np.nan, array), list(samples.values()), choices.scale, faults, file
        )
    unmeasured = 0
    if samples:
        present = np.isfinite(array).any(axis=1)
        unmeasured = int((~present).sum())
        entries, array = entries.filter(pl.Series(present, dtype=pl.Boolean)), array[present]
    if sequences is not None:
        windows = [
            window_at(sequences.sequences.get(accession, ""), place) or window
            for accession, place, window in entries.select("accession", "position", "window").iter_rows()
        ]
        entries = entries.with_columns(window=pl.Series(windows, dtype=pl.String))
    entries, array = merged(
        entries,
        array,
        ["accession", "residue", "position", "multiplicity"],
        {"localisation": "max", "row": "min"},
    )
    return site_table(
        entries,
        array,
        list(samples.values()),
        counted(sites["reason"], unmeasured),
        faults,
        engine=engine,
        file=file,
        headers=entries["header"].to_list(),
        organism=choices.organism,
        quantity=quantity,
    )
