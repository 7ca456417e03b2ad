"""Which sites speak for which enzyme, and that linear coefficients and many experiments at once agree."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.activities.activity_evidence import (
    NEIGHBOUR_WEIGHT,
    OWN_SITE_WEIGHT,
    SUBSTRATE_SHRINKAGE,
    SiteEvidence,
    combined_scores,
    evidence_coefficients,
    site_evidence,
)
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.substrates import RELATION_SCHEMA, SiteRelations


def relations_of(*rows: tuple[str, str, str, int, int, int]) -> SiteRelations:
    """Enzyme, substrate, residue, position, sign, effect."""
    frame = pl.DataFrame(
        rows, schema=["enzyme", "substrate", "residue", "position", "sign", "effect"], orient="row"
    ).with_columns(weight=pl.lit(1.0), references=pl.lit("PMID:1"), status=pl.lit("checked"))
    return SiteRelations(
        frame.select(
            pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
            for name, kind in RELATION_SCHEMA.items()
        ),
        "made up",
    )


RELATIONS = relations_of(
    ("MEK", "ERK", "T", 185, 1, 1),
    ("ERK", "RSK", "S", 380, 1, 1),
    ("ERK", "MEK", "T", 292, 1, -1),
    ("DUSP", "ERK", "T", 185, -1, 1),
    ("AKT", "RAF", "S", 259, 1, -1),
    ("ODD", "ERK", "S", 5, 1, 1),
    ("ODD2", "ERK", "S", 5, 1, -1),
)
SITES = pl.DataFrame(
    {
        "gene": ["ERK", "RSK", "MEK", "ERK", "OTHER", None],
        "residue": ["T", "S", "T", "S", "S", "S"],
        "position": [185, 380, 292, 5, 9, None],
    }
)


def entries(evidence: SiteEvidence, matrix) -> dict[tuple[int, str], float]:
    table = matrix.tocoo()
    return {
        (int(row), evidence.enzymes[column]): float(value)
        for row, column, value in zip(table.row, table.col, table.data, strict=True)
    }


def test_a_site_that_an_enzyme_puts_on_itself_counts_once() -> None:
    # Autophosphorylation, one site that activates and one that inhibits, beside a site that another kinase makes.
    relations = relations_of(
        ("PAK4", "PAK4", "S", 474, 1, 1), ("PAK4", "PAK4", "T", 9, 1, -1), ("AKT", "PAK4", "S", 99, 1, 1)
    )
    sites = pl.DataFrame({"gene": ["PAK4"] * 3, "residue": ["S", "T", "S"], "position": [474, 9, 99]})
    evidence = site_evidence(sites, relations)
    assert entries(evidence, evidence.substrate) == {(0, "PAK4"): 1.0, (1, "PAK4"): 1.0, (2, "AKT"): 1.0}
    assert entries(evidence, evidence.own) == {(0, "PAK4"): 1.0, (1, "PAK4"): -1.0, (2, "PAK4"): 1.0}
    assert entries(evidence, evidence.substrate_alone) == {(2, "AKT"): 1.0}


def test_substrates_and_own_sites_carry_their_signs() -> None:
    evidence = site_evidence(SITES, RELATIONS)
    assert entries(evidence, evidence.substrate) == {
        (0, "MEK"): 1.0,
        (0, "DUSP"): -1.0,
        (1, "ERK"): 1.0,
        (2, "ERK"): 1.0,
        (3, "ODD"): 1.0,
        (3, "ODD2"): 1.0,
    }
    # ERK S5 is said to activate and to inhibit: it speaks for nothing. RSK and RAF are no enzymes here.
    assert entries(evidence, evidence.own) == {(0, "ERK"): 1.0, (2, "MEK"): -1.0}
    assert evidence.neighbours is None


@pytest.mark.parametrize("neighbours", [False, True])
def test_coefficients_give_the_combined_scores(neighbours: bool) -> None:
    edges = [
        Edge("MEK", "ERK", 1, "phosphorylation", "T185", (), "test", "unreferenced"),
        Edge("DUSP", "ERK", -1, "dephosphorylation", "T185", (), "test", "unreferenced"),
    ]
    evidence = site_evidence(SITES, RELATIONS, network=Network(edges) if neighbours else None)
    effects = np.random.default_rng(2).normal(size=(6, 3))
    scores = combined_scores(effects, evidence)
    spread = effects.std(axis=0, ddof=1)
    total = sum(matrix.T @ effects for matrix in evidence_coefficients(evidence).values()) / spread
    found = np.isfinite(scores)
    np.testing.assert_allclose(scores[found], total[found], rtol=1e-12)
    assert np.all(total[~found] == 0)
    place = evidence.enzymes.index
    k, x = SUBSTRATE_SHRINKAGE, effects / spread
    erk = (x[1] + x[2]) / np.sqrt(2 + k) + OWN_SITE_WEIGHT * x[0]
    np.testing.assert_allclose(scores[place("ERK")], erk, rtol=1e-12)
    dusp = -x[0] / np.sqrt(1 + k) - (NEIGHBOUR_WEIGHT * erk if neighbours else 0.0)
    np.testing.assert_allclose(scores[place("DUSP")], dusp, rtol=1e-12)
    assert np.isnan(scores[place("AKT")]).all()


def test_coefficients_of_missing_sites_are_not_borrowed() -> None:
    evidence = site_evidence(SITES, RELATIONS)
    effects = np.random.default_rng(2).normal(size=(6, 1))
    effects[2] = np.nan
    fewer = site_evidence(SITES.filter(np.isfinite(effects[:, 0])), RELATIONS)
    np.testing.assert_allclose(
        combined_scores(effects, evidence), combined_scores(effects[np.isfinite(effects[:, 0])], fewer)
    )


def test_weights_of_relations_count() -> None:
    weighed = SiteRelations(RELATIONS.frame.with_columns(weight=pl.lit(0.5)), "half")
    evidence = site_evidence(SITES, weighed)
    assert entries(evidence, evidence.substrate)[(0, "DUSP")] == -0.5


def test_the_best_tenth_of_each_kind_fits_a_motif() -> None:
    from kinescape.assays.phospho.activities.activity_evidence import _best

    percentiles = np.full((40, 2), np.nan)
    percentiles[:30, 0] = np.linspace(0.5, 1.0, 30)
    percentiles[30:, 1] = np.linspace(0.0, 0.3, 10)
    best = _best(percentiles)
    assert np.flatnonzero(best[:, 0]).tolist() == [27, 28, 29]
    assert np.flatnonzero(best[:, 1]).tolist() == [39]


def test_motif_sites_leave_out_known_substrates(monkeypatch: pytest.MonkeyPatch) -> None:
    from kinescape.assays.phospho import motif

    def percentiles(windows, kinases=None):
        return ("ERK", "NEW"), np.column_stack(
            [np.arange(len(windows)) == 1, np.arange(len(windows)) == 4]
        ) * 1.0

    monkeypatch.setattr(motif, "motif_percentiles", percentiles)
    sites = SITES.with_columns(window=pl.lit("AAAAAAASAAAAAAA"))
    evidence = site_evidence(sites, RELATIONS, motifs=True)
    # RSK S380 fits the motif of ERK, and is a known substrate already; NEW is known by its motif alone.
    assert entries(evidence, evidence.motif) == {(4, "NEW"): 1.0}
    assert "NEW" in evidence.enzymes
