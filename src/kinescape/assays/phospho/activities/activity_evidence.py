"""What speaks for an enzyme's activity: effects on its substrates, on its own regulatory sites, on its motif.

Each kind of evidence is a matrix of sites by enzymes; an enzyme's score is linear in the sites' effects, so that every
site's share of it can be told. How much each kind counts was fixed on one half of the publications of a benchmark
and judged on the other (docs/methods/phosphoproteomics.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from kinescape.assays.phospho.activities.activity_z import activity_scores
from kinescape.knowledge.network import Network
from kinescape.knowledge.substrates import SiteRelations

SUBSTRATE_SHRINKAGE = 10.0
"""Sites of no effect that every enzyme is given before its substrates are counted."""
OWN_SITE_WEIGHT = 0.5
"""How much the z of an enzyme's own regulatory sites counts beside that of its substrates."""
MOTIF_WEIGHT = 0.1
"""How much the z of the sites that fit an enzyme's motif counts, where motifs are asked for."""
MOTIF_SHARE = 0.1
"""The sites that fit a motif: this share of the sites of its kind, the best ones.

Measured phosphoproteomes are full of sites before a proline; a fixed percentile among all human sites would give
a kinase of such sites a quarter of the measured ones, and their mean would say nothing.
"""
NEIGHBOUR_WEIGHT = 0.5
"""How much the scores of the enzymes that an enzyme acts on count, where they are asked for."""

_SITE = ("substrate", "residue", "position")


@dataclass(frozen=True)
class SiteEvidence:
    """Which sites speak for which enzyme.

    Parameters
    ----------
    enzymes : tuple of str
        Sorted.
    substrate : sparse matrix, (n_sites, n_enzymes)
        +1 where the enzyme phosphorylates the site, −1 where it takes the phosphate off, times the relation's weight.
    own : sparse matrix, (n_sites, n_enzymes)
        Sites of the enzyme itself: +1 where phosphorylation activates it, −1 where it inhibits it.
    motif : sparse matrix, (n_sites, n_enzymes)
        1 where the site fits the motif of the kinase and is not a known substrate of it; empty where not asked for.
    neighbours : sparse matrix, (n_enzymes, n_enzymes), or None
        Row enzyme acts on column enzyme: sign over the root of how many it acts on.
    """

    enzymes: tuple[str, ...]
    substrate: sparse.csc_matrix
    own: sparse.csc_matrix
    motif: sparse.csc_matrix
    neighbours: sparse.csr_matrix | None = None

    @property
    def substrate_alone(self) -> sparse.csc_matrix:
        """`substrate` without sites that are `own` ones too: one that an enzyme puts on itself counts once."""
        alone = sparse.csc_matrix(self.substrate - self.substrate.multiply(_where(self.own)))
        alone.eliminate_zeros()
        return alone


def site_evidence(
    sites: pl.DataFrame,
    relations: SiteRelations,
    *,
    motifs: bool = False,
    network: Network | None = None,
) -> SiteEvidence:
    """Find the sites that speak for each enzyme.

    Parameters
    ----------
    sites : polars.DataFrame, (n_sites, ...)
        Columns `gene`, `residue`, `position`, and `window` where motifs are asked for; no site twice.
    relations : SiteRelations
        Enzymes and their sites, with the effect of each phosphorylation on the substrate.
    motifs : bool
        Whether kinase motifs count (needs the extra package ``phosx``).
    network : Network, optional
        Whose signed edges between enzymes are the neighbours; none by default.

    Returns
    -------
    SiteEvidence

    Raises
    ------
    kinescape.foundation.errors.InputError
        Where motifs are asked for and the extra package is not installed.
    """
    windows = sites["window"].to_list() if motifs else []
    kinases: tuple[str, ...] = ()
    percentiles = np.zeros((0, 0))
    if motifs:
        from kinescape.assays.phospho.motif import motif_percentiles

        found, percentiles = motif_percentiles(windows, None)
        kinases = tuple(found)
    enzymes = tuple(sorted({*relations.enzymes, *kinases}))
    place = {enzyme: index for index, enzyme in enumerate(enzymes)}
    shape = (sites.height, len(enzymes))
    placed = sites.select(
        pl.col("gene").alias("substrate"), "residue", "position", pl.int_range(pl.len()).alias("row")
    ).drop_nulls()
    matched = relations.frame.join(placed, on=_SITE, how="inner")
    substrate = _matrix(
        matched["row"].to_numpy(),
        np.array([place[name] for name in matched["enzyme"]], dtype=np.int64),
        (matched["sign"] * matched["weight"].fill_null(1.0)).to_numpy(),
        shape,
    )
    told = (
        relations.frame.filter((pl.col("effect") != 0) & pl.col("substrate").is_in(list(enzymes)))
        .group_by(_SITE)
        .agg(pl.col("effect").sum().sign())
        .filter(pl.col("effect") != 0)
        .join(placed, on=_SITE, how="inner")
    )
    own = _matrix(
        told["row"].to_numpy(),
        np.array([place[name] for name in told["substrate"]], dtype=np.int64),
        told["effect"].to_numpy(),
        shape,
    )
    motif = sparse.csc_matrix(shape)
    if motifs:
        rows, columns = np.nonzero(_best(percentiles))
        where = np.array([place[name] for name in kinases], dtype=np.int64)
        motif = _matrix(rows, where[columns], np.ones(len(rows)), shape)
        motif = sparse.csc_matrix(motif - motif.multiply(_where(substrate)))
        motif.eliminate_zeros()
    return SiteEvidence(enzymes, substrate, own, motif, None if network is None else _acts_on(network, place))


def evidence_coefficients(evidence: SiteEvidence) -> Mapping[str, sparse.csc_matrix]:
    """What each site counts for each enzyme where all the sites were measured, by kind of evidence.

    score = Σ over the kinds, Σ c x / s, with x the effects and s the standard deviation of the measured sites.

    Parameters
    ----------
    evidence : SiteEvidence
        Of the measured sites alone.

    Returns
    -------
    mapping of str to sparse matrix, (n_sites, n_enzymes)
        `substrate`, `own site`, `motif`, and `downstream` where the evidence has neighbours.
    """
    kinds = {
        "substrate": _scaled(evidence.substrate_alone, 1.0, SUBSTRATE_SHRINKAGE),
        "own site": _scaled(evidence.own, OWN_SITE_WEIGHT, 0.0),
        "motif": _scaled(evidence.motif, MOTIF_WEIGHT, SUBSTRATE_SHRINKAGE),
    }
    if evidence.neighbours is not None:
        direct = sparse.csc_matrix(kinds["substrate"] + kinds["own site"] + kinds["motif"])
        kinds["downstream"] = sparse.csc_matrix(NEIGHBOUR_WEIGHT * (direct @ evidence.neighbours.T))
    return kinds


def combined_scores(effects: NDArray[np.float64], evidence: SiteEvidence) -> NDArray[np.float64]:
    """The combined score of every enzyme in many experiments at once.

    Parameters
    ----------
    effects : array of float64, (n_sites, n_experiments)
        Log2 fold changes; nan where a site was not measured.
    evidence : SiteEvidence
        Of the same sites.

    Returns
    -------
    array of float64, (n_enzymes, n_experiments)
        Positive where the enzyme is more active; nan without any evidence.
    """
    parts = (
        (evidence.substrate_alone, 1.0, SUBSTRATE_SHRINKAGE),
        (evidence.own, OWN_SITE_WEIGHT, 0.0),
        (evidence.motif, MOTIF_WEIGHT, SUBSTRATE_SHRINKAGE),
    )
    total = np.zeros((len(evidence.enzymes), effects.shape[1]))
    any_evidence = np.zeros(total.shape, dtype=bool)
    for matrix, weight, shrinkage in parts:
        if matrix.nnz:
            scores, _ = activity_scores(effects, matrix, shrinkage=shrinkage)
            any_evidence |= np.isfinite(scores)
            total += weight * np.nan_to_num(scores, nan=0.0)
    if evidence.neighbours is not None:
        reached = abs(evidence.neighbours) @ any_evidence.astype(np.float64) > 0
        total = total + NEIGHBOUR_WEIGHT * (evidence.neighbours @ total)
        any_evidence |= reached
    return np.where(any_evidence, total, np.nan)


def _best(percentiles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The best `MOTIF_SHARE` of the sites of each kinase; none of a site without a percentile."""
    best = np.zeros(percentiles.shape, dtype=bool)
    for column in range(percentiles.shape[1]):
        own = percentiles[:, column]
        known = np.isfinite(own)
        if known.any():
            best[:, column] = known & (
                np.nan_to_num(own, nan=-1.0) >= np.quantile(own[known], 1 - MOTIF_SHARE)
            )
    return best


def _where(matrix: sparse.csc_matrix) -> sparse.csc_matrix:
    """1 where a matrix is not zero."""
    there = matrix.copy()
    there.data = (there.data != 0).astype(np.float64)
    return there


def _scaled(matrix: sparse.csc_matrix, weight: float, shrinkage: float) -> sparse.csc_matrix:
    squares = np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel()
    scale = np.divide(
        weight, np.sqrt(squares + shrinkage), out=np.zeros_like(squares), where=squares + shrinkage > 0
    )
    return sparse.csc_matrix(matrix @ sparse.diags_array(scale))


def _matrix(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float64], shape: tuple[int, int]
) -> sparse.csc_matrix:
    return sparse.csc_matrix((np.asarray(values, dtype=np.float64), (rows, columns)), shape=shape)


def _acts_on(network: Network, place: Mapping[str, int]) -> sparse.csr_matrix:
    rows, columns, signs = [], [], []
    for (source, target), sign in network.net_signs.items():
        if sign and source != target and source in place and target in place:
            rows.append(place[source])
            columns.append(place[target])
            signs.append(float(np.sign(sign)))
    matrix = sparse.csr_matrix((signs, (rows, columns)), shape=(len(place), len(place)))
    reached = np.asarray(abs(matrix).sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.diags_array(1.0 / np.sqrt(np.maximum(reached, 1.0))) @ matrix)
