"""One row a site, proteins regressed out, statistics of one kind."""

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.assays.phospho.substrate_search.substrate_tables import (
    against_protein,
    one_row_a_site,
    sites_of,
    statistic,
)
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults


def effects(**columns: object) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.select(
        pl.col(name).cast(kind) if name in frame.columns else pl.lit(None, kind).alias(name)
        for name, kind in EFFECT_SCHEMA.items()
    )


def test_of_multiplicities_the_best_measured_counts_and_never_the_largest() -> None:
    frame = effects(
        site=["A_S1", "A_S1", "B_S2"],
        log2_fold_change=[5.0, 0.1, None],
        se=[0.9, 0.1, None],
        n_treated=[3, 3, 3],
        n_control=[3, 3, 3],
    )
    assert one_row_a_site(frame).select("site", "log2_fold_change").rows() == [("A_S1", 0.1)]


def test_sites_of_several_contrasts_each_once_with_the_window_that_is_told() -> None:
    first = effects(site=["B_S2", "A_S1"], gene=["B", "A"], residue=["S", "S"], position=[2, 1])
    second = effects(site=["A_S1"], gene=["A"], residue=["S"], position=[1], window=["AAAAAAASAAAAAAA"])
    sites = sites_of([SiteEffects("one", first), SiteEffects("two", second)])
    assert sites.select("site", "window").rows() == [("A_S1", "AAAAAAASAAAAAAA"), ("B_S2", None)]


def test_sites_are_regressed_on_their_protein() -> None:
    random = np.random.default_rng(0)
    amount = random.normal(size=40)
    change = 0.8 * amount
    change[0] += 3
    frame = effects(
        site=[f"G{i}_S1" for i in range(41)],
        gene=[f"G{i}" for i in range(41)],
        log2_fold_change=[*change, 1.5],
        fdr=[0.01] * 41,
    )
    faults = Faults()
    proteins = pl.DataFrame({"gene": [f"G{i}" for i in range(40)], "log2_fold_change": amount})
    adjusted = against_protein(frame, proteins, faults)
    left = adjusted["log2_fold_change"].to_numpy()
    assert left[0] == pytest.approx(3, abs=0.3)
    assert np.abs(left[1:40]).max() < 0.4
    assert adjusted.select("log2_fold_change", "protein", "fdr").row(40) == (
        1.5,
        "protein not measured",
        0.01,
    )
    assert adjusted["fdr"][0] is None
    assert "40 of 41 sites were regressed" in faults.notes[0].found


def test_few_proteins_or_other_columns() -> None:
    frame = effects(site=["A_S1"], gene=["A"], log2_fold_change=[1.0])
    faults = Faults()
    few = against_protein(frame, pl.DataFrame({"gene": ["A"], "log2_fold_change": [1.0]}), faults)
    assert few["log2_fold_change"].to_list() == [1.0]
    assert faults.warnings[0].code == "proteins-few"
    with pytest.raises(InputError, match="'log2_fold_change'"):
        against_protein(frame, pl.DataFrame({"gene": ["A"]}), faults)


def test_statistics_are_of_one_kind() -> None:
    nan = np.nan
    frame = pl.DataFrame({"contrast": [1.0, -1.0], "contrast_se": [0.5, 0.5], "p_value": [0.05, 0.05]})
    assert statistic(frame).tolist() == pytest.approx([1.96, -1.96], abs=0.001)
    errors = frame.with_columns(p_value=pl.Series([nan, nan]))
    assert statistic(errors).tolist() == pytest.approx([1.0, -1.0])
    nothing = errors.with_columns(contrast_se=pl.Series([nan, nan]))
    assert np.isnan(statistic(nothing)).all()
