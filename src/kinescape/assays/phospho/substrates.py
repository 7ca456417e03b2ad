"""Which measured sites are substrates of a kinase: candidates by motif, co-regulation and the user's own contrast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.phospho.motif import motif_kinases, motif_percentiles, motifs_available
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.assays.phospho.substrate_search.substrate_basis import basis_of, nothing_speaks
from kinescape.assays.phospho.substrate_search.substrate_evidence import (
    FEWEST_COMMON,
    co_regulation,
    response_probability,
    shrunk_change,
    shrunk_correlation,
)
from kinescape.assays.phospho.substrate_search.substrate_scores import (
    log_odds,
    rank_among_kinases,
    sequence_and_co_regulation,
)
from kinescape.assays.phospho.substrate_search.substrate_tables import (
    CANDIDATE_SCHEMA,
    against_protein,
    evidence_texts,
    one_row_a_site,
    sites_of,
    statistic,
    tell_many_answers,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.substrates import SiteRelations, load_site_relations

FEWEST_KNOWN = 3
"""Fewer measured known substrates make no profile to compare with."""


@dataclass(frozen=True)
class Substrates:
    """Candidates of one kinase (or phosphatase).

    Parameters
    ----------
    kinase : str
    frame : polars.DataFrame
        `kinescape.assays.phospho.substrate_search.substrate_tables.CANDIDATE_SCHEMA`, best first; sites that cannot be
        ranked last.
    contrast : str or None
        The contrast in which the kinase was perturbed.
    basis : str
        What decided, in one sentence.
    used : tuple of str
        Of `motif`, `co_regulation`, `contrast`, those that counted.
    notes : tuple of Fault
        Warnings and notes.
    """

    kinase: str
    frame: pl.DataFrame
    contrast: str | None = None
    basis: str = ""
    used: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = field(default=())

    @property
    def answers(self) -> bool:
        """Whether the contrast decided alone: then a probability is that of an answer to it."""
        return self.used == ("contrast",)

    @property
    def ranked(self) -> pl.DataFrame:
        """Sites with a score, else (without errors) those that the contrast measured, by the size of their change."""
        scored = self.frame.filter(pl.col("score").is_finite())
        return scored if scored.height else self.frame.filter(pl.col("contrast").is_finite())

    @property
    def new(self) -> pl.DataFrame:
        """The ranked candidates that no table lists yet."""
        return self.frame.filter(~pl.col("known") & pl.col("score").is_not_null())


def find_substrates(
    kinase: str,
    effects: SiteEffects | Sequence[SiteEffects],
    *,
    relations: SiteRelations | None = None,
    contrast: str | None = None,
    direction: int | None = None,
    motifs: bool | None = None,
    proteins: pl.DataFrame | None = None,
) -> Substrates:
    """Rank the measured sites as substrates of a kinase, and say for each what speaks for it.

    Three kinds of evidence are weighed where they are there: how well the residues about the site fit the kinase's
    motif, how the site moves with the known substrates over experiments (its own protein left out of their mean), and
    what the contrast in which the kinase was perturbed did to it. Without motif and co-regulation the contrast
    decides alone; `probability` is then that of an answer to the perturbation, direct or not, and `basis` says so.

    Parameters
    ----------
    kinase : str
        HGNC symbol of a kinase or a phosphatase.
    effects : SiteEffects or sequence of SiteEffects
        The contrasts. One alone is taken as the perturbation of the kinase.
    relations : SiteRelations, optional
        Known substrates; the shipped table by default.
    contrast : str, optional
        Name of the contrast in which the kinase was perturbed; by default the one whose name names the kinase.
    direction : int, optional
        -1 where that perturbation lowers the kinase's activity, +1 where it raises it. By default +1 for
        overexpression (``OE:``), else -1.
    motifs : bool, optional
        Whether motifs count (needs the extra package ``phosx``, and windows); by default where it is installed.
    proteins : polars.DataFrame, optional
        Columns `gene` and `log2_fold_change`: what the same perturbation did to the proteins. Sites are regressed on
        them.

    Returns
    -------
    Substrates

    Raises
    ------
    InputError
        Where the kinase is not known by any table, the contrast is not there, or nothing could speak for a site.
    """
    contrasts = (effects,) if isinstance(effects, SiteEffects) else tuple(effects)
    known = relations or load_site_relations()
    if not contrasts:
        raise InputError(Fault("no-effects", "there is no contrast to look for substrates in"))
    with_motifs = motifs_available() if motifs is None else motifs
    has_motif = with_motifs and kinase in motif_kinases()
    _require_known(kinase, known, has_motif)
    faults = Faults()
    chosen = _perturbation(kinase, contrasts, contrast, faults)
    sites = sites_of(contrasts)
    listed = known.of(kinase).select(
        pl.col("substrate").alias("gene"), "residue", "position", "references", pl.lit(True).alias("known")
    )
    sites = sites.join(
        listed.unique(["gene", "residue", "position"], keep="first", maintain_order=True),
        on=["gene", "residue", "position"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("known").fill_null(False), pl.col("references").fill_null(""))
    members = sites["known"].to_numpy()
    motif, rank = _motif(kinase, sites, has_motif, faults)
    others = [one for one in contrasts if one is not chosen]
    correlation, common = _co_regulation(sites, others, members)
    own = _contrast(sites, chosen, proteins, faults)
    phosphatase = kinase in known.phosphatases and kinase not in known.kinases
    way = (direction or _direction(chosen)) * (-1 if phosphatase else 1)
    accepted = _accepted(sites, motif, members)
    used = tuple(
        name
        for name, there in (
            ("motif", np.isfinite(motif).any()),
            ("co_regulation", np.isfinite(correlation).any()),
            ("contrast", chosen is not None),
        )
        if there
    )
    if not used:
        raise InputError(nothing_speaks(kinase, len(contrasts), has_motif, int(members.sum())))
    change = own["contrast"].to_numpy()
    towards = way * shrunk_change(change, own["contrast_se"].to_numpy())
    towards = np.where(np.isfinite(change), towards, np.nan)
    prior = (members.sum() + 0.5) / (accepted.sum() + 1.0)
    sequence = None
    if "motif" in used or "co_regulation" in used:
        sequence = sequence_and_co_regulation(motif, rank, shrunk_correlation(correlation, common))
    odds = log_odds(float(prior), sequence, None if chosen is None else towards)
    odds = np.broadcast_to(odds, members.shape)
    spoken = np.isfinite(motif) | np.isfinite(correlation) | np.isfinite(change)
    score = np.where(accepted & spoken, odds, np.nan)
    probability = 1 / (1 + np.exp(-score))
    if sequence is None:
        # The contrast decides alone: what can be told is whether a site answered.
        answered = response_probability(statistic(own), way)
        if np.isfinite(answered).any():
            probability = np.where(np.isfinite(score), answered, np.nan)
            kept = np.clip(probability, 1e-6, 1 - 1e-6)
            score = np.log(kept / (1 - kept))
        else:
            probability = np.full(members.shape, np.nan)
            faults.add(
                "contrast-untested",
                "too few sites of the contrast have an error or a p-value: ranked by size, without a probability",
                mend="give replicates (20 tested sites or more)",
                severity="warning",
            )
        tell_many_answers(own, faults)
    status = np.select(
        [~accepted, ~spoken], ["residue that the kinase does not take", "no evidence"], "ranked"
    )
    frame = sites.with_columns(
        pl.Series("score", score),
        pl.Series("probability", probability),
        pl.Series("fold", np.full(members.shape, np.nan) if sequence is None else probability / prior),
        pl.Series("motif", motif),
        pl.Series("co_regulation", correlation),
        *(own[name] for name in ("contrast", "contrast_se", "contrast_fdr")),
        pl.Series("status", _status(status, own["protein"].to_list())),
        pl.Series("towards", towards),
        pl.Series("evidence", evidence_texts(motif, rank, correlation, common, change, own, way)),
    )
    ordered = frame.fill_nan(None).sort(
        ["score", "towards", "site"], descending=[True, True, False], nulls_last=True
    )
    frame = ordered.select(pl.col(name).cast(kind) for name, kind in CANDIDATE_SCHEMA.items())
    if not members.any():
        faults.add(
            "no-known-substrate",
            f"no known substrate of {kinase} was measured: nothing marks the list, and none calibrates it",
            severity="note",
        )
    untold = any(fault.code == "contrast-untested" for fault in faults)
    basis = basis_of(kinase, used, has_motif, with_motifs, chosen, phosphatase, untold)
    return Substrates(kinase, frame, chosen.name if chosen else None, basis, used, tuple(faults))


def _require_known(kinase: str, known: SiteRelations, has_motif: bool) -> None:
    nodes = set(load_core_network().nodes)
    if has_motif or kinase in known.enzymes or kinase in nodes:
        return
    near = nearest(kinase, (*known.enzymes, *nodes), n=2)
    raise InputError(
        Fault(
            "kinase-unknown",
            f"no table knows a kinase or phosphatase '{kinase}'",
            expected="an HGNC symbol, such as MAPK6 for ERK3",
            mend=f"did you mean {' or '.join(near)}?" if near else None,
        )
    )


def _perturbation(
    kinase: str, contrasts: Sequence[SiteEffects], name: str | None, faults: Faults
) -> SiteEffects | None:
    names = [one.name for one in contrasts]
    if name is not None:
        if name not in names:
            near = nearest(name, names, n=2)
            raise InputError(
                Fault(
                    "contrast-unknown",
                    f"there is no contrast '{name}'",
                    expected=f"one of {', '.join(names[:6])}{', …' if len(names) > 6 else ''}",
                    mend=f"did you mean {' or '.join(repr(one) for one in near)}?" if near else None,
                )
            )
        return contrasts[names.index(name)]
    naming = [
        one
        for one in contrasts
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(kinase)}(?![A-Za-z0-9])", one.name)
    ]
    if len(naming) == 1:
        return naming[0]
    if len(contrasts) == 1:
        faults.add(
            "contrast-taken",
            f"'{names[0]}' is taken as the perturbation of {kinase}",
            mend="where it is not, give a table in which the kinase was perturbed",
            severity="note",
        )
        return contrasts[0]
    faults.add(
        "contrast-open",
        f"no contrast is named as the perturbation of {kinase}, so none counts as such",
        mend=f"name it: one of {', '.join(names[:4])}{', …' if len(names) > 4 else ''}",
        severity="note",
    )
    return None


def _direction(chosen: SiteEffects | None) -> int:
    return 1 if chosen is not None and re.search(r"\bOE:", chosen.name) else -1


def _motif(
    kinase: str, sites: pl.DataFrame, has_motif: bool, faults: Faults
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nothing = np.full(sites.height, np.nan)
    if not has_motif:
        return nothing, nothing
    if sites["window"].null_count() == sites.height:
        faults.add(
            "no-windows",
            f"no site has its sequence, so the motif of {kinase} could not be used",
            mend="give the sequences (FASTA) when the file is read",
            severity="warning",
        )
        return nothing, nothing
    names, percentiles = motif_percentiles(sites["window"].to_list())
    column = names.index(kinase)
    return percentiles[:, column], rank_among_kinases(percentiles, column)


def _co_regulation(
    sites: pl.DataFrame, others: Sequence[SiteEffects], members: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    if len(others) < FEWEST_COMMON or members.sum() < FEWEST_KNOWN:
        return np.full(sites.height, np.nan), np.zeros(sites.height, dtype=np.int64)
    columns = []
    for one in others:
        row = one_row_a_site(one.sites).select("site", "log2_fold_change")
        joined = sites.select("site").join(row, on="site", how="left", maintain_order="left")
        columns.append(joined["log2_fold_change"].cast(pl.Float64).fill_null(np.nan).to_numpy())
    proteins = sites["gene"].fill_null("").rank("dense").to_numpy().astype(np.int64) - 1
    return co_regulation(np.column_stack(columns), members, proteins)


def _contrast(
    sites: pl.DataFrame, chosen: SiteEffects | None, proteins: pl.DataFrame | None, faults: Faults
) -> pl.DataFrame:
    if chosen is None:
        empty = pl.lit(None, pl.Float64)
        names = ("contrast", "contrast_se", "contrast_fdr", "t", "p_value")
        text = pl.lit("", pl.String).alias("protein")
        return sites.select("site").with_columns(*(empty.alias(name) for name in names), text).with_columns(
            pl.col(name).fill_null(np.nan) for name in names
        )  # fmt: skip
    rows = one_row_a_site(chosen.sites)
    if proteins is not None:
        rows = against_protein(rows, proteins, faults)
    else:
        rows = rows.with_columns(pl.lit("").alias("protein"))
    rows = rows.select(
        "site",
        pl.col("log2_fold_change").alias("contrast"),
        pl.col("se").alias("contrast_se"),
        pl.col("fdr").alias("contrast_fdr"),
        "t",
        "p_value",
        "protein",
    )
    joined = sites.select("site").join(rows, on="site", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("contrast", "contrast_se", "contrast_fdr", "t", "p_value").fill_null(np.nan),
        pl.col("protein").fill_null(""),
    )


def _accepted(
    sites: pl.DataFrame, motif: NDArray[np.float64], members: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Sites with a residue that the kinase is known to take: S and T go together."""
    residues = np.array(sites["residue"].fill_null("").to_list())
    told = set(residues[np.isfinite(motif)]) | set(residues[members])
    if not told & {"S", "T", "Y"}:
        return np.isin(residues, ["S", "T", "Y", ""])
    if told & {"S", "T"}:
        told |= {"S", "T"}
    return np.isin(residues, sorted(told))


def _status(status: NDArray[np.str_], protein: Sequence[str]) -> list[str]:
    return [one + (f"; {more}" if more else "") for one, more in zip(status.tolist(), protein, strict=True)]
