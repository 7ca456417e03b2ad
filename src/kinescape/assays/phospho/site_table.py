"""Phosphorylation sites of a file: their identity, their intensities, and an account of every row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.issues import Fault

SITE_SCHEMA: dict[str, pl.DataType] = {
    "site": pl.String(),
    "gene": pl.String(),
    "accession": pl.String(),
    "residue": pl.String(),
    "position": pl.Int64(),
    "window": pl.String(),
    "multiplicity": pl.Int64(),
    "localisation": pl.Float64(),
    "proteins": pl.String(),
    "row": pl.Int64(),
}
"""One phosphorylation site of one multiplicity.

`site` is `GENE_S123` (the accession in place of a gene that the file does not name; `GENE_AAPEPsIDE` where it gives
the peptide and no position), `accession` the UniProt one with its isoform, `residue` S, T, Y (or H, D, C, R, K),
`window` the 15 residues about the site (`_` beyond the ends of the protein, `X` where the file does not tell) or null,
`multiplicity` how many phosphates the measured peptides carry (1, 2, 3 for three and more, null where the file does
not say), `localisation` a probability from 0 to 1 or null, `proteins` all the proteins that the row names (`;`
between), `row` the line of the file (the first, where several make the site).
"""


@dataclass(frozen=True)
class RowCount:
    """How many rows of a file went one way, and why.

    Parameters
    ----------
    reason : str
        `kept`, or why they were left out: `localisation below 0.75`, `contaminant`, `decoy`, ...
    rows : int
        Rows of the file.
    kept : bool
        Whether they are in the table.
    """

    reason: str
    rows: int
    kept: bool = False


@dataclass(frozen=True)
class SiteTable:
    """Phosphorylation sites and their intensities in every sample.

    Parameters
    ----------
    sites : polars.DataFrame, (n_sites, ...)
        Columns of `SITE_SCHEMA`.
    samples : tuple of str
        Names of the samples (runs, channels), as the file names them.
    log2_intensity : array of float64, (n_sites, n_samples)
        Base-2 logarithm of intensity, nan where not measured; or of a ratio to a common reference where
        `quantity` says so.
    engine : str
        `MaxQuant`, `DIA-NN`, `FragPipe`, `Spectronaut`, `Proteome Discoverer`; `table` for a plain matrix.
    organism : str or None
        `human`, `mouse`, ...; None where the file does not say.
    rows : tuple of RowCount
        Every row of the file is in exactly one of them.
    notes : tuple of Fault
        Warnings and notes.
    quantity : str
        `intensity` or `ratio`.
    """

    sites: pl.DataFrame
    samples: tuple[str, ...]
    log2_intensity: NDArray[np.float64]
    engine: str
    organism: str | None
    rows: tuple[RowCount, ...]
    notes: tuple[Fault, ...] = field(default=())
    quantity: str = "intensity"

    def of_samples(self, names: Collection[str]) -> SiteTable:
        """The same sites in some of the samples only, in the table's order; those without a value in any stay."""
        at = [index for index, sample in enumerate(self.samples) if sample in names]
        kept = tuple(self.samples[index] for index in at)
        return replace(self, samples=kept, log2_intensity=np.ascontiguousarray(self.log2_intensity[:, at]))
