"""Errors of activities over replicates: right on average over repeated experiments, and absent where they must be."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.activity import kinase_activity
from kinescape.assays.phospho.differential import differential_sites
from kinescape.assays.phospho.site_contrasts.design import DESIGN_SCHEMA, Design
from kinescape.assays.phospho.site_table import SITE_SCHEMA, RowCount, SiteTable
from kinescape.knowledge.substrates import SiteRelations, load_site_relations
from kinescape.study.activity_errors import activity_errors
from kinescape.study.phospho import PhosphoContrast

SITES = ["MAPK1_T185", "MAPK1_Y187", "MAPK3_T202", "MAPK3_Y204", *(f"GENE{index}_S9" for index in range(600))]


@pytest.fixture(scope="module")
def relations() -> SiteRelations:
    return load_site_relations().restricted(["MAP2K1"])


def table_of(values: np.ndarray) -> SiteTable:
    names = pl.Series("site", SITES)
    sites = pl.DataFrame(
        {
            "site": names,
            "gene": names.str.extract(r"^(.+)_"),
            "accession": names.str.extract(r"^(.+)_"),
            "residue": names.str.extract(r"_([STY])\d+$"),
            "position": names.str.extract(r"_[STY](\d+)$").cast(pl.Int64),
        }
    )
    full = sites.select(
        (pl.col(name) if name in sites.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in SITE_SCHEMA.items()
    )
    samples = tuple(f"s{number}" for number in range(values.shape[1]))
    return SiteTable(full, samples, values, "table", "human", (RowCount("kept", len(SITES), kept=True),))


def design_of(samples: tuple[str, ...], **columns: list[str]) -> Design:
    half = len(samples) // 2
    rows = {
        "sample": list(samples),
        "condition": ["control"] * half + ["trametinib"] * half,
        "replicate": [str(number) for number in range(half)] * 2,
        **columns,
    }
    frame = pl.DataFrame(rows)
    return Design(
        frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in DESIGN_SCHEMA.items()
        )
    )


def contrast_of(table: SiteTable, design: Design, relations: SiteRelations) -> PhosphoContrast:
    (effects,) = differential_sites(table, design)
    return PhosphoContrast(effects, kinase_activity(effects, relations))


def test_the_error_is_that_of_repeated_experiments(relations: SiteRelations) -> None:
    random = np.random.default_rng(5)
    change = np.where(np.arange(len(SITES)) < 4, -1.5, random.normal(0, 0.5, len(SITES)))
    squares, scores = [], []
    for _ in range(60):
        noise = random.normal(0, 0.3, (len(SITES), 8))
        # What the sites of one protein share must count: it does not average out over them.
        noise[:4] += random.normal(0, 0.3, 8)
        values = 20 + noise + np.outer(change, [0] * 4 + [1] * 4)
        table = table_of(values)
        design = design_of(table.samples)
        contrast = contrast_of(table, design, relations)
        error, replicates = activity_errors(contrast, table, design)["MAP2K1"]
        assert replicates == 4
        squares.append(error**2)
        scores.append(contrast.activities.frame["score"][0])
    # Sixty repeats know a variance within a fifth or so (one standard deviation: 18 %).
    assert np.mean(squares) == pytest.approx(np.var(scores, ddof=1), rel=0.5)


def test_no_error_without_replicates_with_pairs_or_with_missing_sites(relations: SiteRelations) -> None:
    random = np.random.default_rng(2)
    values = 20 + random.normal(0, 0.3, (len(SITES), 6))
    table = table_of(values)
    design = design_of(table.samples)
    contrast = contrast_of(table, design, relations)
    assert set(activity_errors(contrast, table, design)) == {"MAP2K1"}
    paired = design_of(table.samples, pair=["1", "2", "3"] * 2)
    assert activity_errors(contrast, table, paired) == {}
    single = table_of(values[:, [0, 3]])
    assert (
        activity_errors(
            contrast_of(single, design_of(single.samples), relations), single, design_of(single.samples)
        )
        == {}
    )
    holes = values.copy()
    holes[:4, 0] = np.nan
    table = table_of(holes)
    contrast = contrast_of(table, design, relations)
    assert activity_errors(contrast, table, design) == {}
