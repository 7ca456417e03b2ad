"""The tables of enzyme activities: one row an enzyme, and one row a site that speaks for or against it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from kinescape.assays.phospho.activities.activity_evidence import SiteEvidence
from kinescape.knowledge.substrates import SiteRelations
from kinescape.measurements.false_discovery import false_discovery_rate

ACTIVITY_SCHEMA: dict[str, pl.DataType] = {
    "enzyme": pl.String(),
    "kind": pl.String(),
    "score": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "p_value": pl.Float64(),
    "fdr": pl.Float64(),
    "z": pl.Float64(),
    "substrates_measured": pl.Int64(),
    "substrates_known": pl.Int64(),
    "own_sites": pl.Int64(),
    "motif_sites": pl.Int64(),
    "sites": pl.Int64(),
    "evidence": pl.String(),
    "status": pl.String(),
}
"""One enzyme in one contrast.

`kind` `kinase` or `phosphatase`; `score` positive where the enzyme became more active, `low` and `high` its 90 %
interval; `p_value` two-sided, against the other measured sites, `fdr` over the scored enzymes; `z` the plain z of its
substrates (mean × √n over the spread of all sites; those on itself are among them), null without substrates;
`substrates_known` how many sites the relations give it; `own_sites` measured sites of the enzyme itself with a known
effect, which do not count in `substrates_measured` where the enzyme makes them itself; `sites` how many measured sites
the score rests on in all (residues of one protein with one and the same change are one peptide); `status` `scored`, or
why not (then the numbers are null, never zero).
"""

CLEAR_FDR = 0.05
"""False discovery rate below which an enzyme is called clear, where more than one site says so."""
CLEAR, UNCLEAR, ONE_SITE, UNTESTED = "clear", "no clear change", "one site", "not tested"
"""Verdicts on an enzyme."""

SUBSTRATE_SCHEMA: dict[str, pl.DataType] = {
    "enzyme": pl.String(),
    "site": pl.String(),
    "gene": pl.String(),
    "log2_fold_change": pl.Float64(),
    "se": pl.Float64(),
    "sign": pl.Int64(),
    "share": pl.Float64(),
    "references": pl.String(),
    "source": pl.String(),
}
"""One site that speaks for or against one enzyme.

`sign` +1 where a rise of the site speaks for more activity; `share` the part of the score that it carries, negative
where it speaks for less activity (the absolute shares of an enzyme add to 1); `source` `substrate`, `own site`,
`motif` or `downstream` (a site of an enzyme that this one acts on).
"""


def activity_frame(
    evidence: SiteEvidence,
    relations: SiteRelations,
    numbers: Mapping[str, NDArray[np.float64]],
    parts: Mapping[str, sparse.csc_matrix],
    behind: NDArray[np.int64],
) -> pl.DataFrame:
    """One row an enzyme, columns of `ACTIVITY_SCHEMA`.

    Parameters
    ----------
    evidence : SiteEvidence
        Of the measured sites.
    relations : SiteRelations
        Where the evidence comes from.
    numbers : mapping of str to array of float64, (n_enzymes,)
        `score`, `low`, `high`, `p_value`, `z`; nan without evidence.
    parts : mapping of str to sparse matrix, (n_sites, n_enzymes)
        Coefficients by kind of evidence.
    behind : array of int64, (n_enzymes,)
        How many measured sites the score rests on.
    """
    counted = {kind: np.diff(matrix.indptr).astype(np.int64) for kind, matrix in parts.items()}
    known = relations.frame.group_by("enzyme").agg(
        pl.len().alias("known"), pl.col("sign").sum().alias("votes")
    )
    frame = pl.DataFrame(
        {
            "enzyme": pl.Series(list(evidence.enzymes), dtype=pl.String),
            **{name: pl.Series(values).fill_nan(None) for name, values in numbers.items()},
            "substrates_measured": counted["substrate"],
            "own_sites": counted["own site"],
            "motif_sites": counted["motif"],
            "sites": behind,
            "downstream": counted.get("downstream", np.zeros_like(behind)),
        }
    ).join(known, on="enzyme", how="left")
    rate = false_discovery_rate(frame["p_value"].fill_null(np.nan).to_numpy())
    frame = frame.with_columns(
        fdr=pl.Series(rate).fill_nan(None),
        substrates_known=pl.col("known").fill_null(0).cast(pl.Int64),
        kind=pl.when(pl.col("votes") < 0).then(pl.lit("phosphatase")).otherwise(pl.lit("kinase")),
    )
    said = [
        _said(
            row["substrates_measured"],
            row["substrates_known"],
            row["own_sites"],
            row["motif_sites"],
            row["downstream"],
        )
        for row in frame.iter_rows(named=True)
    ]
    scored = pl.col("score").is_not_null()
    frame = frame.with_columns(
        evidence=pl.Series(said, dtype=pl.String),
        status=pl.when(scored)
        .then(pl.lit("scored"))
        .when(pl.col("substrates_known") > 0)
        .then(pl.format("not scored: none of its {} known sites was measured", "substrates_known"))
        .otherwise(pl.lit("not scored: no known site, and no measured site fits its motif")),
    )
    return frame.sort(
        scored,
        "p_value",
        pl.col("score").abs(),
        "enzyme",
        descending=[True, False, True, False],
        nulls_last=True,
    ).select(pl.col(name).cast(kind) for name, kind in ACTIVITY_SCHEMA.items())


def with_verdict(activities: pl.DataFrame) -> pl.DataFrame:
    """The scored enzymes, clear ones first and then by the size of the score, with a column `verdict`.

    An enzyme known by a single site is never `CLEAR`: nothing agrees with it.

    Parameters
    ----------
    activities : polars.DataFrame
        Columns of `ACTIVITY_SCHEMA`.

    Returns
    -------
    polars.DataFrame
        With `verdict`: `CLEAR`, `UNCLEAR`, `ONE_SITE` or `UNTESTED`.
    """
    scored = activities.filter(pl.col("score").is_finite())
    verdict = (
        pl.when(pl.col("fdr").is_null())
        .then(pl.lit(UNTESTED))
        .when(pl.col("sites") == 1)
        .then(pl.lit(ONE_SITE))
        .when(pl.col("fdr") < CLEAR_FDR)
        .then(pl.lit(CLEAR))
        .otherwise(pl.lit(UNCLEAR))
    )
    return scored.with_columns(verdict.alias("verdict")).sort(
        pl.col("verdict") != CLEAR, pl.col("score").abs(), "enzyme", descending=[False, True, False]
    )


def strength(activities: pl.DataFrame) -> tuple[int, float]:
    """How much a contrast moved, to put the strongest first: clear enzymes, then the smallest false discovery rate.

    Returns
    -------
    clear : int
    certainty : float
        1 less the smallest false discovery rate of an enzyme with two sites or more.
    """
    told = with_verdict(activities)
    several = told.filter(pl.col("verdict") != ONE_SITE)["fdr"].min()
    return told.filter(pl.col("verdict") == CLEAR).height, 1.0 - float(1.0 if several is None else several)  # type: ignore[arg-type]


def _said(measured: int, known: int, own: int, motif: int, downstream: int) -> str:
    parts = []
    if measured:
        parts.append(f"{measured} of {known} known substrate sites")
    if own:
        parts.append(f"{own} own regulatory site{'s' if own > 1 else ''}")
    if motif:
        parts.append(f"{motif} sites that fit its motif")
    if downstream:
        parts.append(f"{downstream} sites of the enzymes it acts on")
    return ", ".join(parts)


def substrate_frame(
    sites: pl.DataFrame,
    evidence: SiteEvidence,
    relations: SiteRelations,
    parts: Mapping[str, sparse.csc_matrix],
) -> pl.DataFrame:
    """One row a site and enzyme, columns of `SUBSTRATE_SCHEMA`.

    Parameters
    ----------
    sites : polars.DataFrame, (n_sites, ...)
        The measured sites.
    evidence : SiteEvidence
        Of the same sites.
    relations : SiteRelations
        Where the evidence comes from, with its papers.
    parts : mapping of str to sparse matrix, (n_sites, n_enzymes)
        Coefficients by kind of evidence.
    """
    changes = sites["log2_fold_change"].to_numpy()
    pieces = []
    for source, matrix in parts.items():
        entries = matrix.tocoo()
        pieces.append(
            pl.DataFrame(
                {
                    "row": entries.row.astype(np.int64),
                    "column": entries.col.astype(np.int64),
                    "push": entries.data * changes[entries.row],
                    "sign": np.sign(entries.data).astype(np.int64),
                }
            ).with_columns(source=pl.lit(source))
        )
    table = pl.concat(pieces)
    named = sites.select(
        "site", "gene", "residue", "position", "log2_fold_change", "se", pl.int_range(pl.len()).alias("row")
    )
    enzymes = (
        pl.DataFrame({"enzyme": pl.Series(list(evidence.enzymes), dtype=pl.String)})
        .with_row_index("column")
        .cast({"column": pl.Int64})
    )
    table = table.join(named, on="row", how="left").join(enzymes, on="column", how="left")
    identity = ["gene", "residue", "position"]
    papers = relations.frame.select(
        "enzyme", pl.col("substrate").alias("gene"), "residue", "position", "references"
    )
    acted = papers.with_columns(source=pl.lit("substrate"))
    # What a site does to its own protein is told by the papers of every enzyme that acts on it.
    own = (
        relations.frame.filter(pl.col("effect") != 0)
        .group_by(pl.col("substrate").alias("gene"), "residue", "position")
        .agg(pl.col("references").filter(pl.col("references") != "").unique().sort().str.join(";"))
        .with_columns(enzyme=pl.col("gene"), source=pl.lit("own site"))
        .select(acted.columns)
    )
    table = table.join(pl.concat([acted, own]), on=["enzyme", *identity, "source"], how="left")
    whole = pl.col("push").abs().sum().over("enzyme")
    return (
        table.with_columns(
            share=pl.when(whole > 0).then(pl.col("push") / whole).otherwise(0.0),
            references=pl.col("references").fill_null(""),
        )
        .sort("enzyme", pl.col("share").abs(), "site", descending=[False, True, False])
        .select(pl.col(name).cast(kind) for name, kind in SUBSTRATE_SCHEMA.items())
    )
