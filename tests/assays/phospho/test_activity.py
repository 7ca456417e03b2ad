"""From effects on sites to a table of kinases and phosphatases."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.assays.phospho.activities.test_activity_evidence import RELATIONS

from kinescape.assays.phospho.activities.activity_evidence import OWN_SITE_WEIGHT, SUBSTRATE_SHRINKAGE
from kinescape.assays.phospho.activities.activity_tables import (
    ACTIVITY_SCHEMA,
    CLEAR,
    ONE_SITE,
    SUBSTRATE_SCHEMA,
    strength,
    with_verdict,
)
from kinescape.assays.phospho.activity import KinaseActivities, kinase_activity
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.foundation.errors import InputError
from kinescape.knowledge.substrates import SiteRelations, load_site_relations, read_site_relations


def effects_of(changes: dict[str, float], background: int = 40, seed: int = 0) -> SiteEffects:
    """Sites such as ERK_T185 with their changes, among unmoved ones."""
    random = np.random.default_rng(seed)
    rows = [(site, *site.split("_"), change) for site, change in changes.items()]
    rows += [(f"G{i}_S7", f"G{i}", "S7", random.normal(0, 0.3)) for i in range(background)]
    frame = pl.DataFrame(rows, schema=["site", "gene", "place", "log2_fold_change"], orient="row")
    frame = frame.with_columns(
        residue=pl.col("place").str.slice(0, 1), position=pl.col("place").str.slice(1).cast(pl.Int64)
    )
    frame = frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in EFFECT_SCHEMA.items()
    )
    return SiteEffects("drug against DMSO", frame)


CHANGES = {"ERK_T185": -3.0, "RSK_S380": -2.0, "MEK_T292": -1.5}


def row(found: KinaseActivities, enzyme: str) -> dict[str, object]:
    return found.frame.row(by_predicate=pl.col("enzyme") == enzyme, named=True)


def test_the_score_is_the_formula() -> None:
    effects = effects_of(CHANGES)
    found = kinase_activity(effects, RELATIONS)
    spread = np.std(effects.sites["log2_fold_change"].to_numpy(), ddof=1)
    expected = ((-2.0 - 1.5) / np.sqrt(2 + SUBSTRATE_SHRINKAGE) + OWN_SITE_WEIGHT * -3.0) / spread
    erk = row(found, "ERK")
    assert erk["score"] == pytest.approx(expected)
    assert erk["z"] == pytest.approx((-3.5 / np.sqrt(2)) / spread)
    assert (erk["substrates_measured"], erk["substrates_known"], erk["own_sites"]) == (2, 2, 1)
    assert erk["evidence"] == "2 of 2 known substrate sites, 1 own regulatory site"
    assert erk["low"] < erk["score"] < erk["high"] < 0
    assert erk["p_value"] < 0.01 and erk["fdr"] < 0.05


def test_phosphatases_go_the_other_way() -> None:
    found = kinase_activity(effects_of({"ERK_T185": -3.0}), RELATIONS)
    assert row(found, "DUSP")["kind"] == "phosphatase"
    assert row(found, "DUSP")["score"] > 0
    # MEK has the same one site, with the other sign; its own T292 is not measured here.
    assert row(found, "MEK")["score"] == pytest.approx(-row(found, "DUSP")["score"])
    assert row(found, "MEK")["p_value"] == pytest.approx(row(found, "DUSP")["p_value"])


def test_one_own_site_is_never_clear_however_far_it_moved() -> None:
    # Of 2,000 sites the most extreme one is an own site: 2/2000, and no more.
    found = kinase_activity(effects_of({"ERK_T185": -30.0}, background=1999), RELATIONS)
    erk = row(found, "ERK")
    assert (erk["own_sites"], erk["sites"]) == (1, 1)
    assert erk["p_value"] == pytest.approx(2 / 2000) and erk["fdr"] < 0.05
    verdicts = dict(with_verdict(found.frame).select("enzyme", "verdict").iter_rows())
    assert verdicts["ERK"] == ONE_SITE and CLEAR not in verdicts.values()
    assert strength(found.frame) == (0, 0.0)


def test_two_sites_on_two_proteins_can_be_clear() -> None:
    found = kinase_activity(effects_of(CHANGES, background=200), RELATIONS)
    told = with_verdict(found.frame)
    assert told["enzyme"][0] == "ERK" and told["verdict"][0] == CLEAR
    assert row(found, "ERK")["sites"] == 3
    assert strength(found.frame)[0] == 1


def test_flipping_the_contrast_flips_everything_and_units_do_not_matter() -> None:
    effects = effects_of(CHANGES)
    turned = SiteEffects("turned", effects.sites.with_columns(pl.col("log2_fold_change") * -2.5))
    one, other = kinase_activity(effects, RELATIONS), kinase_activity(turned, RELATIONS)
    for enzyme in ("ERK", "MEK", "DUSP"):
        before, after = row(one, enzyme), row(other, enzyme)
        assert after["score"] == pytest.approx(-before["score"])
        assert after["low"] == pytest.approx(-before["high"])
        assert after["p_value"] == pytest.approx(before["p_value"])


def test_without_evidence_no_number() -> None:
    found = kinase_activity(effects_of(CHANGES), RELATIONS)
    akt = row(found, "AKT")
    assert all(akt[name] is None for name in ("score", "low", "high", "p_value", "fdr", "z"))
    assert akt["status"] == "not scored: none of its 1 known sites was measured"
    assert found.frame["enzyme"].to_list()[-3:] == ["AKT", "ODD", "ODD2"]
    assert "AKT" not in found.scored["enzyme"].to_list()


def test_tables_have_their_columns_and_shares_add_to_one() -> None:
    found = kinase_activity(effects_of(CHANGES), RELATIONS)
    assert dict(found.frame.schema) == ACTIVITY_SCHEMA
    assert dict(found.substrates.schema) == SUBSTRATE_SCHEMA
    erk = found.carrying("ERK")
    assert erk["share"].abs().sum() == pytest.approx(1.0)
    assert erk.select("site", "source", "sign", "references").rows() == [
        ("ERK_T185", "own site", 1, "PMID:1"),
        ("RSK_S380", "substrate", 1, "PMID:1"),
        ("MEK_T292", "substrate", 1, "PMID:1"),
    ]
    assert (erk["share"] < 0).all()


def test_a_site_of_several_rows_has_one_vote() -> None:
    effects = effects_of(CHANGES)
    double = effects.sites.filter(pl.col("site") == "RSK_S380").with_columns(log2_fold_change=pl.lit(-4.0))
    found = kinase_activity(SiteEffects("two", pl.concat([effects.sites, double])), RELATIONS)
    rsk = found.carrying("ERK").filter(pl.col("site") == "RSK_S380")
    assert rsk["log2_fold_change"].to_list() == [-3.0]
    assert row(found, "ERK")["substrates_measured"] == 2
    assert any(note.code == "multiplicity" for note in found.notes)


def test_p_values_are_calibrated_under_shuffled_effects() -> None:
    relations = load_site_relations()
    places = relations.frame.select("substrate", "residue", "position").unique(maintain_order=True)
    names = [f"{gene}_{residue}{position}" for gene, residue, position in places.iter_rows()]
    effects = effects_of(dict.fromkeys(names, 0.0), background=1500)
    random = np.random.default_rng(4)
    p_values = []
    for _ in range(12):
        dealt = random.standard_t(3, size=effects.sites.height)
        shuffled = SiteEffects("chance", effects.sites.with_columns(log2_fold_change=pl.Series(dealt)))
        p_values.append(kinase_activity(shuffled, relations).scored["p_value"].to_numpy())
    pooled = np.concatenate(p_values)
    # Enzymes share sites, so their p-values go together: the limits are wider than binomial ones.
    assert np.mean(pooled < 0.1) == pytest.approx(0.1, abs=0.04)
    assert np.mean(pooled < 0.01) < 0.03


def test_too_few_sites_are_refused() -> None:
    with pytest.raises(InputError, match="at least 10"):
        kinase_activity(effects_of({"ERK_T185": 1.0}, background=5), RELATIONS)


def test_sites_that_do_not_move_are_refused() -> None:
    effects = effects_of(CHANGES)
    flat = SiteEffects("flat", effects.sites.with_columns(log2_fold_change=pl.lit(0.0)))
    with pytest.raises(InputError, match="same fold change"):
        kinase_activity(flat, RELATIONS)


def test_mouse_symbols_are_told() -> None:
    effects = effects_of({}, background=20)
    mouse = SiteEffects("mouse", effects.sites.with_columns(gene=pl.lit("Mapk1")))
    found = kinase_activity(
        SiteEffects("mouse", mouse.sites.with_columns(position=pl.int_range(pl.len()))), RELATIONS
    )
    assert any(note.code == "no-substrates" and "mouse" in (note.mend or "") for note in found.notes)
    assert found.scored.is_empty() and found.substrates.is_empty()


def test_inhibitors_and_growth_factors_are_seen_in_real_data(real_data) -> None:
    """MEK and ERK fall under a MEK inhibitor (1296_272) and rise under EGF (426_144)."""
    from kinescape.assays.phospho.reading.site_effect_files import read_site_effects

    contrasts = {
        one.name: one
        for one in read_site_effects(real_data / "phospho" / "hernandez-benchmark" / "hernandezData.csv.gz")
        if one.name in ("1296_272", "426_144")
    }
    relations = read_site_relations(
        real_data / "knowledge" / "signor-sites" / "signor_only_phospho_dephospho_sites.tsv.gz"
    )
    blocked = kinase_activity(contrasts["1296_272"], relations)
    grown = kinase_activity(contrasts["426_144"], relations)
    for enzyme in ("MAP2K1", "MAPK1"):
        assert row(blocked, enzyme)["score"] < 0 < row(grown, enzyme)["score"]
    assert row(blocked, "MAP2K2")["fdr"] < 0.01


def test_sites_without_proteins_are_told() -> None:
    effects = effects_of({}, background=20)
    bare = SiteEffects("list", effects.sites.with_columns(gene=pl.lit(None, pl.String)))
    found = kinase_activity(bare, RELATIONS)
    assert any(note.code == "no-proteins" and note.severity == "warning" for note in found.notes)


def test_an_empty_table_of_relations_scores_nobody() -> None:
    found = kinase_activity(effects_of(CHANGES), SiteRelations(RELATIONS.frame.clear(), "empty"))
    assert found.frame.is_empty() and found.substrates.is_empty()
    assert dict(found.frame.schema) == ACTIVITY_SCHEMA


def test_too_few_sites_say_why_the_others_have_no_fold_change() -> None:
    frame = pl.DataFrame(
        {
            "site": [f"GENE{index}_S{index + 1}" for index in range(30)],
            "log2_fold_change": [1.0, -1.0, 0.5] + [None] * 27,
            "status": ["tested"] * 3 + ["not measured in control"] * 27,
        }
    )
    effects = SiteEffects(
        "drug against control",
        frame.select(
            pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
            for name, kind in EFFECT_SCHEMA.items()
        ),
    )
    with pytest.raises(
        InputError, match=r"3 sites have a fold change.*27 of 30 are 'not measured in control'"
    ):
        kinase_activity(effects)
