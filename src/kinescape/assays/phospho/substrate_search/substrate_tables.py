"""The tables of substrate candidates: one row a site, its contrast set against the protein, evidence in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm

from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

CANDIDATE_SCHEMA: dict[str, pl.DataType] = {
    "site": pl.String(),
    "gene": pl.String(),
    "residue": pl.String(),
    "position": pl.Int64(),
    "window": pl.String(),
    "score": pl.Float64(),
    "probability": pl.Float64(),
    "fold": pl.Float64(),
    "motif": pl.Float64(),
    "co_regulation": pl.Float64(),
    "contrast": pl.Float64(),
    "contrast_se": pl.Float64(),
    "contrast_fdr": pl.Float64(),
    "known": pl.Boolean(),
    "references": pl.String(),
    "evidence": pl.String(),
    "status": pl.String(),
}
"""One candidate.

`score` log odds of being a substrate, null where the site cannot be ranked; `probability` the same as a probability,
or, where the contrast decides alone, that of an answer to the perturbation; `fold` how many times the share of known
substrates among all sites that probability is (null where the contrast decides alone); `motif` percentile from 0 to 1,
`co_regulation` Pearson's r with the known substrates, `contrast` log2 fold change (less the protein's where proteins
are given) with its standard error and FDR; `known` whether the relations list it, with their `references`; `evidence`
what spoke for it in words; `status` `ranked`, or why not, and whether the protein was measured.
"""

_TELLING = 0.9
_PROTEIN_FEWEST = 20
_CLEAR = 0.05
_MANY = 1 / 3


def one_row_a_site(sites: pl.DataFrame) -> pl.DataFrame:
    """Of several multiplicities of a site that with most replicates, then the smallest error; never by its effect."""
    tested = pl.col("n_treated").fill_null(0) + pl.col("n_control").fill_null(0)
    return (
        sites.filter(pl.col("log2_fold_change").is_finite())
        .with_columns(tested.alias("_n"))
        .sort(["site", "_n", "se"], descending=[False, True, False], nulls_last=True, maintain_order=True)
        .unique("site", keep="first", maintain_order=True)
        .drop("_n")
    )


def sites_of(contrasts: Sequence[SiteEffects]) -> pl.DataFrame:
    """All the sites that any contrast measured, each once, sorted, with the first window that is told."""
    names = ["site", "gene", "residue", "position", "window"]
    together = pl.concat([one.sites.select(names) for one in contrasts])
    return (
        together.filter(pl.col("site").is_not_null())
        .group_by("site", maintain_order=True)
        .agg(pl.col(names[1:]).drop_nulls().first())
        .sort("site")
    )


def against_protein(rows: pl.DataFrame, proteins: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Fold changes of sites less the part that goes with their protein's, by a regression over all sites.

    The slope is by least squares, kept within 0 and 1. A site whose protein was not measured stays as it was, marked.

    Raises
    ------
    InputError
        Where the table of proteins lacks its columns.
    """
    lacking = [name for name in ("gene", "log2_fold_change") if name not in proteins.columns]
    if lacking:
        raise InputError(
            Fault(
                "column-missing",
                f"the table of proteins lacks {' and '.join(repr(name) for name in lacking)}",
                expected="columns gene and log2_fold_change",
            )
        )
    amounts = (
        proteins.filter(pl.col("log2_fold_change").is_finite())
        .group_by("gene")
        .agg(pl.col("log2_fold_change").mean().alias("_amount"))
    )
    joined = rows.join(amounts, on="gene", how="left", maintain_order="left")
    both = joined.filter(pl.col("_amount").is_not_null())
    if both.height < _PROTEIN_FEWEST:
        faults.add(
            "proteins-few",
            f"only {both.height} sites have their protein measured: none was set against it",
            severity="warning",
        )
        return rows.with_columns(pl.lit("").alias("protein"))
    x, y = both["_amount"].to_numpy(), both["log2_fold_change"].to_numpy()
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(np.clip(((x - x.mean()) * (y - y.mean())).sum() / spread, 0.0, 1.0)) if spread > 0 else 0.0
    faults.add(
        "protein-regressed",
        f"{both.height} of {rows.height} sites were regressed on their protein (slope {slope:.2f}); the others stay "
        "as they were, marked",
        severity="note",
    )
    shift = slope * pl.col("_amount").fill_null(0.0)
    mark = pl.when(pl.col("_amount").is_null()).then(pl.lit("protein not measured")).otherwise(pl.lit(""))
    # The statistic moves with the effect; its p-value was of the effect before, and no longer holds.
    moved = slope > 0
    return joined.with_columns(
        (pl.col("log2_fold_change") - shift).alias("log2_fold_change"),
        mark.alias("protein"),
        *(
            pl.when(pl.col("_amount").is_null()).then(pl.col(name)).otherwise(None if moved else pl.col(name))
            for name in ("t", "p_value", "fdr")
        ),
    ).drop("_amount")


def statistic(own: pl.DataFrame) -> NDArray[np.float64]:
    """One statistic for all sites: z of the p-value, else effect over error; nan throughout where neither is told.

    Of one kind, so that sites can be compared: the first that most sites have. An effect without any error is no
    statistic: it ranks sites, but gives no probability.
    """
    change, se, p = (own[name].to_numpy() for name in ("contrast", "contrast_se", "p_value"))
    measured = np.isfinite(change)
    if np.isfinite(p).sum() >= 0.5 * max(measured.sum(), 1):
        with np.errstate(divide="ignore"):
            z = np.sign(change) * norm.isf(np.clip(p, 1e-300, 1.0) / 2)
        return np.where(np.isfinite(p), z, np.nan)
    if np.isfinite(se).sum() >= 0.5 * max(measured.sum(), 1):
        # Errors from few replicates are small by chance: the typical one is added.
        return np.where(np.isfinite(se), change / (se + np.nanmedian(se)), np.nan)
    return np.full(change.shape, np.nan)


def tell_many_answers(own: pl.DataFrame, faults: Faults) -> None:
    """Say where so many sites moved that an answer to the kinase stands out from little."""
    tested = own.filter(pl.col("contrast_fdr").is_finite())
    moved = tested.filter(pl.col("contrast_fdr") < _CLEAR).height
    if moved > _MANY * tested.height:
        faults.add(
            "many-answers",
            f"{moved} of {tested.height} tested sites moved (false discovery rate below 5 %): the probability is that "
            "a site stands out from the others, and where most move few do",
            severity="warning",
        )


def evidence_texts(
    motif: NDArray[np.float64],
    rank: NDArray[np.float64],
    correlation: NDArray[np.float64],
    common: NDArray[np.int64],
    change: NDArray[np.float64],
    own: pl.DataFrame,
    way: int,
) -> list[str]:
    """What spoke for each site, in words; empty where nothing did."""
    fdr = own["contrast_fdr"].to_numpy()
    texts = []
    for index in range(len(motif)):
        parts = []
        if motif[index] >= _TELLING:
            better = f", rank {1 - rank[index]:.0%} of kinases" if np.isfinite(rank[index]) else ""
            parts.append(f"motif fits (percentile {motif[index]:.2f}{better})")
        if correlation[index] >= 0.4:
            parts.append(f"moves with known substrates (r {correlation[index]:+.2f} over {common[index]})")
        if np.isfinite(change[index]) and np.sign(change[index]) == way:
            answer = f"{'falls' if change[index] < 0 else 'rises'} in the contrast ({change[index]:+.2f})"
            if np.isfinite(fdr[index]):
                if fdr[index] < 0.05:
                    parts.append(f"{answer}, FDR {fdr[index]:.2g}")
            elif abs(change[index]) >= 1:
                parts.append(f"{answer}, not tested")
        texts.append("; ".join(parts))
    return texts
