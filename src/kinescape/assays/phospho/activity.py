"""Which kinases and phosphatases became more or less active, told from the effects on sites."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import sparse

from kinescape.assays.phospho.activities.activity_evidence import evidence_coefficients, site_evidence
from kinescape.assays.phospho.activities.activity_intervals import score_intervals
from kinescape.assays.phospho.activities.activity_null import (
    chance_p_values,
    measured_once,
    variance_inflation,
)
from kinescape.assays.phospho.activities.activity_tables import activity_frame, substrate_frame
from kinescape.assays.phospho.activities.activity_z import activity_scores
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.substrates import SiteRelations, load_site_relations

FEWEST_SITES = 10
"""Fewer measured sites are no background to compare an enzyme's sites with."""


@dataclass(frozen=True)
class KinaseActivities:
    """Activities of kinases and phosphatases in one contrast.

    Parameters
    ----------
    name : str
        The contrast.
    frame : polars.DataFrame
        `kinescape.assays.phospho.activities.activity_tables.ACTIVITY_SCHEMA`: the scored enzymes by p-value, then
        those that could not be scored.
    substrates : polars.DataFrame
        `kinescape.assays.phospho.activities.activity_tables.SUBSTRATE_SCHEMA`: the largest shares first within an
        enzyme.
    protein_correlation : float
        Of the effects on two sites of one protein, which the p-values allow for.
    notes : tuple of Fault
        Warnings and notes.
    """

    name: str
    frame: pl.DataFrame
    substrates: pl.DataFrame
    protein_correlation: float = 0.0
    notes: tuple[Fault, ...] = field(default=())

    @property
    def scored(self) -> pl.DataFrame:
        """The enzymes with a score."""
        return self.frame.filter(pl.col("score").is_not_null())

    def carrying(self, enzyme: str) -> pl.DataFrame:
        """The sites that carry the score of one enzyme."""
        return self.substrates.filter(pl.col("enzyme") == enzyme)


def kinase_activity(
    effects: SiteEffects,
    relations: SiteRelations | None = None,
    *,
    motifs: bool = False,
    neighbours: bool = False,
    level: float = 0.90,
) -> KinaseActivities:
    """Score kinases and phosphatases from the effects of a contrast on sites.

    An enzyme's score is linear in the effects: its known substrates (a kinase's rise, a phosphatase's fall), plus its
    own regulatory sites, plus, if asked for, sites that fit its motif and the enzymes it acts on. Rows of one site
    (multiplicities) are averaged first: one vote a site. The p-value holds the enzyme's sites against the other sites
    of the same contrast, sites of one protein going together as much as they do there; where they all lie on one
    protein it is a rank among the sites, 2/n at the least.

    Parameters
    ----------
    effects : SiteEffects
        Of one contrast. Sites without a fold change are left out.
    relations : SiteRelations, optional
        Enzymes and their sites; by default the table that the package ships.
    motifs : bool
        Whether kinase motifs count (needs the extra package ``phosx``, and windows).
    neighbours : bool
        Whether the enzymes that an enzyme acts on in the core network count for it. It finds more perturbed kinases
        among the first ten, and lends an enzyme the activity of what lies below it: off by default.
    level : float
        Of the intervals.

    Returns
    -------
    KinaseActivities

    Raises
    ------
    InputError
        Where fewer than `FEWEST_SITES` sites have a fold change, or none differs from another.

    References
    ----------
    Casado et al. 2013 (kinase-substrate enrichment), restated in doi:10.1007/978-1-4939-7493-1_6.

    Examples
    --------
    >>> import polars as pl
    >>> from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
    >>> known = load_site_relations().of("MAPK1").head(6)
    >>> sites = known.select(pl.col("substrate").alias("gene"), "residue", "position")
    >>> sites = sites.with_columns(pl.format("{}_{}{}", "gene", "residue", "position").alias("site"))
    >>> others = [{"site": f"G{i}_S1", "gene": f"G{i}", "residue": "S", "position": 1} for i in range(94)]
    >>> sites = pl.concat([sites, pl.DataFrame(others)], how="diagonal")
    >>> sites = sites.with_columns(
    ...     log2_fold_change=pl.Series([-2.0 - i / 10 for i in range(6)] + [i / 100 for i in range(94)])
    ... )
    >>> sites = sites.with_columns(pl.lit(None, k).alias(c) for c, k in EFFECT_SCHEMA.items() if c not in sites.columns)
    >>> found = kinase_activity(SiteEffects("inhibitor against DMSO", sites))
    >>> row = found.frame.row(by_predicate=pl.col("enzyme") == "MAPK1", named=True)
    >>> row["score"] < 0 and row["p_value"] < 0.01
    True
    """
    known = load_site_relations() if relations is None else relations
    faults = Faults()
    sites = _one_row_a_site(effects, faults)
    evidence = site_evidence(sites, known, motifs=motifs, network=load_core_network() if neighbours else None)
    changes = sites["log2_fold_change"].to_numpy()
    proteins = np.unique(
        sites.select(pl.coalesce("gene", "accession", "site")).to_series().to_numpy(), return_inverse=True
    )[1].astype(np.int64)
    parts = evidence_coefficients(evidence)
    total = sparse.csc_matrix(sum(parts.values(), start=sparse.csc_matrix(evidence.substrate.shape)))
    total.eliminate_zeros()
    p_values, _, correlation = chance_p_values(total, changes, proteins)
    inflation = variance_inflation(total, proteins, correlation)
    low, high = score_intervals(total, changes, inflation, level=level)
    spread = float(np.std(changes, ddof=1))
    scored = np.diff(total.indptr) > 0
    score = np.where(scored, np.asarray(total.T @ changes).ravel() / spread, np.nan)
    plain = activity_scores(changes[:, None], evidence.substrate)[0]
    frame = activity_frame(
        evidence,
        known,
        {"score": score, "low": low, "high": high, "p_value": p_values, "z": plain[:, 0]},
        parts,
        measured_once(total, changes, proteins),
    )
    _tell(frame, sites, known, faults, motifs)
    table = substrate_frame(sites, evidence, known, parts)
    return KinaseActivities(effects.name, frame, table, correlation, (*effects.notes, *faults))


def _one_row_a_site(effects: SiteEffects, faults: Faults) -> pl.DataFrame:
    finite = effects.sites.filter(pl.col("log2_fold_change").is_finite())
    # A site without gene or position is told by its name or window, and only motifs can use it.
    identity = ("gene", "residue", "position")
    placed = finite.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in identity))
    unplaced = finite.filter(pl.any_horizontal(pl.col(name).is_null() for name in identity))
    columns = [
        pl.col("site").first(),
        pl.col("accession").first(),
        pl.col("window").drop_nulls().first(),
        pl.col("log2_fold_change").mean(),
        pl.col("se").mean(),
    ]
    merged = placed.group_by(identity, maintain_order=True).agg(columns)
    sites = pl.concat([merged, unplaced.select(merged.columns)], how="vertical")
    if sites.height < finite.height:
        faults.add(
            "multiplicity",
            f"{finite.height - sites.height} rows are further phosphate counts or copies of a site: "
            "averaged, one vote a site",
            severity="note",
        )
    without = effects.sites.height - finite.height
    if without:
        faults.add("missing-values", f"{without} rows without a fold change were left out", severity="note")
    if sites.height < FEWEST_SITES:
        raise InputError(
            Fault(
                "few-sites",
                f"{effects.name}: {sites.height} sites have a fold change",
                expected=f"at least {FEWEST_SITES}, for an enzyme's sites to be held against the others",
                mend=_why_few(effects.sites),
            )
        )
    if not float(np.std(sites["log2_fold_change"].to_numpy())) > 0:
        raise InputError(
            Fault("no-variation", f"{effects.name}: all {sites.height} sites have the same fold change")
        )
    return sites


def _why_few(sites: pl.DataFrame) -> str | None:
    """The commonest reason for which sites have no fold change, and what to look at."""
    without = sites.filter(~pl.col("log2_fold_change").is_finite().fill_null(False))["status"].drop_nulls()
    if without.is_empty():
        return None
    reason, count = without.value_counts(sort=True).row(0)
    return (
        f"{count} of {sites.height} are '{reason}': check that the right samples are named and their intensities "
        "exported"
    )


def _tell(
    frame: pl.DataFrame, sites: pl.DataFrame, relations: SiteRelations, faults: Faults, motifs: bool
) -> None:
    scored = frame.filter(pl.col("score").is_not_null())
    faults.add(
        "coverage",
        f"{scored.height} of {frame.height} enzymes scored from {sites.height} sites and {relations.name}: "
        f"{scored.filter(pl.col('kind') == 'kinase').height} kinases, "
        f"{scored.filter(pl.col('kind') == 'phosphatase').height} phosphatases",
        severity="note",
    )
    if frame["substrates_measured"].sum() == 0:
        genes = sites["gene"].drop_nulls()
        mend = "give relations whose substrates are named as the sites are"
        if not genes.len():
            mend = "the sites have no gene and position: ask for motifs, or give a table that names them"
        elif genes.str.contains("[a-z]").mean() > 0.5:  # type: ignore[operator]
            mend = "genes written as in the mouse are not those of the human relations: map the sites to human first"
        faults.add(
            "no-substrates", "none of the known substrate sites was measured", mend=mend, severity="warning"
        )
    if sites["gene"].null_count() + sites["accession"].null_count() == 2 * sites.height:
        faults.add(
            "no-proteins",
            "no site names its protein: each is taken as a protein of its own, and the p-values are too small",
            severity="warning",
        )
    if motifs and sites["window"].null_count() == sites.height:
        faults.add("no-windows", "no site has a window, so motifs could not be used", severity="warning")
