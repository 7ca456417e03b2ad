"""Sites set against the amount of their protein: what is left is a change of phosphorylation.

The rule: a site is adjusted where its protein was measured in every sample in which the site was; elsewhere the site
stays as it was, in all samples, and is marked. A site is never adjusted in some of its samples only, which would make a
difference out of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.reading.protein_table import ProteinTable
from kinescape.assays.phospho.site_contrasts.design_checks import gathered
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

ADJUSTED = "adjusted"
NOT_MEASURED = "protein not measured"
IN_PART = "protein not measured in every sample of the site"


@dataclass(frozen=True)
class AdjustedSites:
    """Sites less their proteins.

    Parameters
    ----------
    table : SiteTable
        With the adjusted values where `status` says so.
    status : polars.Series, (n_sites,)
        ``adjusted``, ``protein not measured``, or ``protein not measured in every sample of the site``.
    """

    table: SiteTable
    status: pl.Series


def adjust_for_protein(
    table: SiteTable, proteome: ProteinTable, *, samples: Mapping[str, str] | None = None
) -> AdjustedSites:
    """Subtract from each site the change of its protein about the protein's own mean.

    Parameters
    ----------
    table : SiteTable
        Sites.
    proteome : ProteinTable
        Proteins of the same samples.
    samples : mapping of str to str, optional
        Sample of the sites to that of the proteins, where they are not called the same.

    Raises
    ------
    InputError
        Where a sample of the sites has no sample of the proteins.
    """
    faults = Faults()
    given = dict(samples or {})
    at = []
    for sample in table.samples:
        name = given.get(sample, sample)
        if name in proteome.samples:
            at.append(proteome.samples.index(name))
            continue
        near = nearest(name, proteome.samples, n=1)
        faults.add(
            "unknown-sample",
            f"the table of proteins has no sample '{name}'",
            expected=f"one of {', '.join(proteome.samples[:4])}{', …' if len(proteome.samples) > 4 else ''}",
            mend=f"did you mean '{near[0]}'?" if near else "name the samples alike in both tables",
        )
    if faults.errors:
        raise InputError(gathered(faults))
    rows = _protein_of(table, proteome)
    found = rows >= 0
    protein = np.full(table.log2_intensity.shape, np.nan)
    protein[found] = proteome.log2_amount[rows[found]][:, at]
    present, known = np.isfinite(table.log2_intensity), np.isfinite(protein)
    whole = found & (known | ~present).all(axis=1) & present.any(axis=1)
    values = table.log2_intensity.copy()
    # About the protein's mean over the samples of the site, so that intensities stay what they were on average.
    own = np.where(present & known, protein, 0.0)
    mean = own.sum(axis=1) / np.maximum((present & known).sum(axis=1), 1)
    values[whole] -= (protein - mean[:, None])[whole]
    status = np.where(whole, ADJUSTED, np.where(found & (known & present).any(axis=1), IN_PART, NOT_MEASURED))
    counts = {name: int((status == name).sum()) for name in (ADJUSTED, NOT_MEASURED, IN_PART)}
    note = Fault(
        "protein-adjusted",
        f"{counts[ADJUSTED]} of {len(status)} sites were set against their protein; {counts[NOT_MEASURED]} whose "
        f"protein was not measured and {counts[IN_PART]} where it was not in every sample of the site stay as they "
        "were, marked",
        severity="note" if counts[ADJUSTED] else "warning",
    )
    adjusted = replace(table, log2_intensity=values, notes=(*table.notes, *proteome.notes, note))
    return AdjustedSites(adjusted, pl.Series("protein", status.tolist(), dtype=pl.String))


def _protein_of(table: SiteTable, proteome: ProteinTable) -> NDArray[np.int64]:
    """Row of each site's protein: by its accession, the same without its isoform, or its gene; -1 where there is none.

    Of several proteins of one gene that with most values counts.
    """
    order = np.argsort(-np.isfinite(proteome.log2_amount).sum(axis=1), kind="stable").tolist()
    by_accession: dict[str, int] = {}
    by_gene: dict[str, int] = {}
    accessions = proteome.proteins["accessions"].to_list()
    genes = proteome.proteins["gene"].to_list()
    for index in order:
        for accession in accessions[index] or ():
            if accession:
                by_accession.setdefault(accession, index)
        if genes[index]:
            by_gene.setdefault(genes[index], index)
    found = []
    for accession, gene in table.sites.select("accession", "gene").iter_rows():
        plain = (accession or "").partition("-")[0]
        row = by_accession.get(accession or "", by_accession.get(plain, by_gene.get(gene or "", -1)))
        found.append(row)
    return np.array(found, dtype=np.int64)
