"""Figures of a phosphoproteome: what is drawn, what is said about what is not, and that each can be saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.activities.activity_tables import (
    ACTIVITY_SCHEMA,
    CLEAR,
    ONE_SITE,
    SUBSTRATE_SCHEMA,
    UNCLEAR,
)
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.knowledge.network import Network
from kinescape.report.figures.kinase_bar import (
    contrast_heat_map,
    kinase_bar,
    ranked_activities,
)
from kinescape.report.figures.kinome_view import NO_CLASS, kinase_groups, kinome_view
from kinescape.report.figures.saving import save_figure
from kinescape.report.figures.site_volcano import DOWN, UP, site_volcano, told_sites
from kinescape.report.figures.site_volcano import UNCLEAR as SITE_UNCLEAR
from kinescape.report.figures.substrate_ladder import AGAINST, WITH, substrate_ladder


def frame_of(rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def effects_of(changes: list[float], p_values: list[float | None]) -> SiteEffects:
    rows = [
        {
            "site": f"GENE{index}_S{index + 1}",
            "gene": f"GENE{index}",
            "log2_fold_change": change,
            "p_value": p,
            "fdr": p,
            "status": "tested" if p is not None else "one replicate",
        }
        for index, (change, p) in enumerate(zip(changes, p_values, strict=True))
    ]
    return SiteEffects("drug against control", frame_of(rows, EFFECT_SCHEMA))


def activities_of(*rows: tuple[str, str, float | None, float | None, int]) -> pl.DataFrame:
    return frame_of(
        [
            {
                "enzyme": enzyme,
                "kind": kind,
                "score": score,
                "low": None if score is None else score - 1,
                "high": None if score is None else score + 1,
                "p_value": fdr,
                "fdr": fdr,
                "substrates_measured": sites,
                "sites": sites,
                "substrates_known": 9,
                "evidence": "substrates",
                "status": "scored",
            }
            for enzyme, kind, score, fdr, sites in rows
        ],
        ACTIVITY_SCHEMA,
    )


ACTIVITIES = activities_of(
    ("MAP2K1", "kinase", -5.0, 0.001, 4),
    ("MAPK14", "kinase", 6.0, 0.3, 1),
    ("DUSP4", "phosphatase", 4.0, 0.01, 3),
    ("NEK7", "kinase", 0.2, 0.9, 2),
    ("AKT1", "kinase", None, None, 0),
)


def test_the_volcano_colours_clear_sites_and_rings_known_ones() -> None:
    effects = effects_of([2.0, -3.0, 0.5, float("nan")], [0.001, 0.01, 0.6, None])
    told = told_sites(effects, ["GENE1_S2"])
    assert told["verdict"].to_list() == [UP, DOWN, SITE_UNCLEAR]
    figure = site_volcano(effects, key="v", regulatory=["GENE1_S2"])
    assert figure is not None
    assert "3 sites tested" in figure.caption and "(1 up, 1 down)" in figure.caption
    names = {row["site"] for data in figure.specification()["datasets"].values() for row in data}
    assert "GENE1_S2" in names


def test_without_a_test_it_is_no_volcano_and_says_so() -> None:
    effects = effects_of(list(np.linspace(-2, 3, 40)), [None] * 40)
    figure = site_volcano(effects, key="v")
    assert figure is not None
    assert "not tested" in figure.title and "this is no volcano" in figure.caption
    assert "p_value" not in figure.table.frame.columns
    with_intensity = SiteEffects(
        "x", effects.sites.with_columns(mean_log2_intensity=pl.Series(range(40)).cast(float))
    )
    other = site_volcano(with_intensity, key="v")
    assert other is not None and "mean intensity" in other.caption
    assert site_volcano(effects_of([float("nan")], [None]), key="v") is None


def test_many_sites_are_thinned_in_the_middle_and_counted() -> None:
    random = np.random.default_rng(1)
    p = np.sort(random.uniform(0, 1, 9000))
    figure = site_volcano(effects_of(random.normal(0, 1, 9000).tolist(), p.tolist()), key="v")
    assert figure is not None
    drawn = max(len(rows) for rows in figure.specification()["datasets"].values())
    assert drawn <= 2600
    assert "dots of the middle are not drawn" in figure.caption
    assert figure.table.frame.height == 600


def test_clear_enzymes_come_first_and_unscored_ones_are_left_out() -> None:
    ranked = ranked_activities(ACTIVITIES)
    assert ranked["enzyme"].to_list() == ["MAP2K1", "DUSP4", "MAPK14", "NEK7"]
    assert ranked["verdict"].to_list() == [CLEAR, CLEAR, ONE_SITE, UNCLEAR]
    figure = kinase_bar(ACTIVITIES, "drug against control", key="b", most=3)
    assert figure is not None
    assert "The 3 that stand out most of 4" in figure.caption
    assert "No public set of perturbed phosphatases" in figure.caption
    specification = figure.specification()
    (rows,) = [data for data in specification["datasets"].values() if len(data) == 3]
    assert [row["enzyme"] for row in rows] == ["MAPK14", "DUSP4", "MAP2K1"]
    assert kinase_bar(activities_of(("AKT1", "kinase", None, None, 0)), "x", key="b") is None


def test_groups_hold_phosphatases_apart_and_kinases_without_a_class() -> None:
    groups = kinase_groups(["DUSP4", "MAP2K1", "NOSUCH"], ["phosphatase", "kinase", "kinase"], Network())
    assert groups == {"DUSP4": "phosphatase", "MAP2K1": "RAS-ERK", "NOSUCH": NO_CLASS}


def test_the_kinome_gives_every_scored_enzyme_its_own_place() -> None:
    enzymes = [(f"KINASE{index}", "kinase", float(index % 9 - 4), 0.5, 1) for index in range(200)]
    figure = kinome_view(activities_of(*enzymes), "drug against control", key="k")
    assert figure is not None
    rows = max(figure.specification()["datasets"].values(), key=len)
    assert len(rows) == 200
    assert len({(row["x"], row["y"]) for row in rows}) == 200


def substrate(enzyme: str, site: str, change: float, sign: int, share: float) -> dict[str, Any]:
    return {
        "enzyme": enzyme,
        "site": site,
        "gene": site.split("_")[0],
        "log2_fold_change": change,
        "sign": sign,
        "share": share,
        "references": "PMID:1;PMID:2",
        "source": "substrate",
    }


def test_ladders_join_enzymes_that_cannot_be_told_apart_and_show_what_speaks_against() -> None:
    table = frame_of(
        [
            substrate("MAP2K1", "MAPK1_T185", -2.0, 1, -0.6),
            substrate("MAP2K1", "MAPK3_T202", 1.0, 1, 0.4),
            substrate("MAP2K2", "MAPK1_T185", -2.0, 1, -0.6),
            substrate("MAP2K2", "MAPK3_T202", 1.0, 1, 0.4),
            substrate("DUSP4", "MAPK1_T185", -2.0, -1, 1.0),
        ],
        SUBSTRATE_SCHEMA,
    )
    scores = {"MAP2K1": -3.0, "MAP2K2": -3.0, "DUSP4": 2.0}
    figure = substrate_ladder(table, list(scores), scores, key="l")
    assert figure is not None
    specification = figure.specification()
    titles = [panel["title"]["text"] for panel in specification["concat"]]
    assert titles == ["MAP2K1 and MAP2K2: −3.00", "DUSP4, phosphatase: +2.00"]
    speaks = {
        (row["site"], row["speaks"])
        for data in specification["datasets"].values()
        for row in data
        if "speaks" in row
    }
    assert speaks == {("MAPK1_T185", WITH), ("MAPK3_T202", AGAINST)}
    assert substrate_ladder(table, ["AKT1"], {}, key="l") is None


def test_rungs_tell_own_sites_and_those_that_inhibit() -> None:
    rows = [substrate("CDK1", "NPM1_T199", -1.0, 1, -0.3), substrate("CDK1", "CDK1_Y15", 2.0, -1, -0.5)]
    rows.append(substrate("CDK1", "CDK1_T161", 0.5, 1, 0.2))
    table = frame_of(rows, SUBSTRATE_SCHEMA).with_columns(
        pl.Series("source", ["substrate", "own site", "own site"], dtype=pl.String)
    )
    figure = substrate_ladder(table, ["CDK1"], {"CDK1": -1.0}, key="l")
    assert figure is not None
    told = {
        row["rung"]: row["speaks"]
        for data in figure.specification()["datasets"].values()
        for row in data
        if "rung" in row
    }
    # The inhibiting phosphate rose and the substrate fell: both agree with a kinase that is less active.
    assert told == {"NPM1_T199": WITH, "CDK1_Y15 (own, inhibits)": WITH, "CDK1_T161 (own)": AGAINST}
    assert "counts with the sign turned" in figure.caption


def test_one_site_is_drawn_small_and_never_called_clear() -> None:
    sure = activities_of(("PAK4", "kinase", 5.0, 0.001, 1), ("AKT1", "kinase", 2.0, 0.01, 3))
    assert ranked_activities(sure)["verdict"].to_list() == [CLEAR, ONE_SITE]
    assert ranked_activities(sure)["enzyme"].to_list() == ["AKT1", "PAK4"]
    for figure in (kinase_bar(sure, "x", key="b"), kinome_view(sure, "x", key="k", network=Network())):
        assert figure is not None
        assert "two sites or more" in figure.caption
        drawn = [row for data in figure.specification()["datasets"].values() for row in data]
        assert {row["enzyme"]: row["verdict"] for row in drawn if "enzyme" in row} == {
            "PAK4": ONE_SITE,
            "AKT1": CLEAR,
        }


def test_the_overview_drops_what_all_contrasts_share_and_draws_a_single_verdict() -> None:
    unclear = activities_of(("MAP2K1", "kinase", 0.4, 0.8, 1), ("NEK7", "kinase", -0.2, 0.9, 1))
    figure = contrast_heat_map({"a 1 nM against control": unclear, "b against control": unclear}, key="o")
    assert figure is not None
    specification = figure.specification()
    assert {row["contrast"] for data in specification["datasets"].values() for row in data} == {"a 1 nM", "b"}
    # A size scale of one value draws nothing: all verdicts are in the domain.
    assert len(specification["encoding"]["size"]["scale"]["domain"]) == 4
    assert contrast_heat_map({"a": unclear}, key="o") is None


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_figures_are_saved_without_a_browser(tmp_path: Path, suffix: str) -> None:
    figure = kinase_bar(ACTIVITIES, "drug against control", key="b")
    assert figure is not None
    target = tmp_path / f"bar{suffix}"
    save_figure(figure, target)
    assert target.stat().st_size > 1000
