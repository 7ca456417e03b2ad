"""From a table of sites and its sample sheet to contrasts, in one call: reading, adjustment for proteins, tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import polars as pl

from kinescape.assays.phospho.differential import differential_sites
from kinescape.assays.phospho.phospho_measurements import require_effects
from kinescape.assays.phospho.reading.protein_table import ProteinTable, read_proteome
from kinescape.assays.phospho.site_contrasts.confounding import mixtures_of
from kinescape.assays.phospho.site_contrasts.design import Design, read_design
from kinescape.assays.phospho.site_contrasts.protein_adjustment import adjust_for_protein
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.assays.phospho.site_reading import read_sites
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults


def phospho_effects(
    path: str | Path,
    design: str | Path,
    *,
    vocabulary: Vocabulary | None = None,
    engine: str | None = None,
    localisation: float = 0.75,
    organism: str | None = None,
    quantity: Literal["intensity", "ratio"] | None = None,
    intensities: Literal["linear", "log2"] | None = None,
    fasta: str | Path | None = None,
    proteome: str | Path | None = None,
    normalise: bool = True,
    name: str | None = None,
) -> tuple[SiteTable, Design, tuple[SiteEffects, ...]]:
    """A table and its sample sheet to contrasts.

    Parameters
    ----------
    path : str or Path
        The engine's table; see `kinescape.assays.phospho.site_reading.read_sites`.
    design : str or Path
        The sample sheet; see `kinescape.assays.phospho.site_contrasts.design.read_design`.
    vocabulary : Vocabulary, optional
        With one, an agent that is not known is a fault.
    engine, localisation, organism, quantity, fasta, name
        As in `read_sites`.
    intensities : {"linear", "log2"}, optional
        Scale of the intensities; found from the values by default.
    proteome : str or Path, optional
        Amounts of the proteins, to set the sites against.
    normalise : bool
        Whether samples are brought to one median.

    Returns
    -------
    table : SiteTable
        Adjusted for the proteins where a proteome was given.
    design : Design
    effects : tuple of SiteEffects
        One a contrast.

    Raises
    ------
    InputError
        With every fault of the table and the sheet.
    """
    faults = Faults()
    table: SiteTable | None = None
    proteins: ProteinTable | None = None
    sheet: Design | None = None
    try:
        table = read_sites(
            path,
            engine=engine,
            localisation=localisation,
            organism=organism,
            quantity=quantity,
            scale=intensities,
            fasta=fasta,
            name=name,
        )
        if not table.samples:
            faults.extend(
                replace(note, severity="error") for note in table.notes if note.code == "no-intensities"
            )
            table = None
    except InputError as error:
        faults.extend(error.faults)
    # What else is wrong is told at once: the sheet is gone through where the table could not be read, too.
    try:
        sheet = read_design(design, table, vocabulary=vocabulary)
    except InputError as error:
        faults.extend(error.faults)
    try:
        proteins = None if proteome is None else read_proteome(proteome, quantity=quantity)
    except InputError as error:
        faults.extend(error.faults)
    faults.raise_if_errors()
    if table is None or sheet is None:  # pragma: no cover - a fault has been raised
        raise InputError(faults.errors)
    table = _without_mixture_warning(table, sheet)
    status = None
    if proteins is not None:
        # Samples that the sheet leaves out are not used, and need no proteins.
        adjusted = adjust_for_protein(table.of_samples(sheet.samples["sample"].to_list()), proteins)
        table, status = adjusted.table, adjusted.status
    effects = differential_sites(table, sheet, normalise=normalise, protein_adjusted=status)
    require_effects(effects)
    return table, sheet, effects


def _without_mixture_warning(table: SiteTable, sheet: Design) -> SiteTable:
    """The table without its warning of several mixtures, where the sheet answers it or is judged by itself."""
    named = sheet.samples.select(pl.any_horizontal(pl.col("batch", "pair").is_not_null()).all()).item()
    if not named and None in mixtures_of(sheet.samples["sample"].to_list()):
        return table
    return replace(table, notes=tuple(note for note in table.notes if note.code != "mixtures"))
