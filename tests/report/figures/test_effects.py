"""The heat map: verdicts, what is left out, and that its table holds everything."""

import polars as pl
import pytest

from kinescape.report.figures.effects import CLEAR, UNCLEAR, UNTESTED, effect_heat_map, with_verdict
from kinescape.report.selection import signalling

TARGET = "HCC827-sim"


def values(figure) -> list[dict[str, object]]:
    return next(iter(figure.specification()["datasets"].values()))


def test_each_effect_is_clear_unclear_or_untested(results) -> None:
    frame = with_verdict(results.effects)
    assert set(frame.filter(pl.col("fdr") < 0.05)["verdict"]) == {CLEAR}
    assert set(frame.filter(pl.col("fdr") >= 0.05)["verdict"]) == {UNCLEAR}
    assert set(frame.filter(pl.col("fdr").is_null())["verdict"]) == {UNTESTED}


def test_a_readout_of_two_nodes_has_one_tile_and_gaps_have_none(results) -> None:
    figure = effect_heat_map(signalling(results.effects), TARGET, "log2_fold_change", key="heat")
    tiles = values(figure)
    keys = [(tile["condition"], tile["readout"]) for tile in tiles]
    assert len(keys) == len(set(keys)) == 10 * 8 - 1
    assert ("pictilisib 1 uM", "p-SRC Y416") not in keys
    assert figure.table.frame.height == len(tiles)


def test_nothing_on_that_scale_is_no_figure(results) -> None:
    assert effect_heat_map(results.effects, TARGET, "auc", key="heat") is None
    assert effect_heat_map(results.effects, "no such sample", "log2_fold_change", key="heat") is None


def test_not_a_number_is_no_tile(results) -> None:
    spoiled = signalling(results.effects).with_columns(pl.lit(float("nan")).alias("value"))
    assert effect_heat_map(spoiled, TARGET, "log2_fold_change", key="heat") is None


@pytest.mark.parametrize("figures", [1, 100])
def test_a_crowded_map_keeps_the_strongest_readouts_and_says_so(figures: int) -> None:
    rows = [
        {
            "sample": "s",
            "condition": f"a{c} 1 uM",
            "readout": f"r{r:03d}",
            "node": "X",
            "value": float(r),
            "se": 0.1,
            "n": 2,
            "low": r - 0.2,
            "high": r + 0.2,
            "p_value": 0.01,
            "fdr": 0.01,
            "assay": "m",
            "scale": "log2_fold_change",
        }
        for c in range(40)
        for r in range(120)
    ]
    figure = effect_heat_map(pl.DataFrame(rows), "s", "log2_fold_change", key="heat", figures=figures)
    shown = {tile["readout"] for tile in values(figure)}
    assert shown == {f"r{r:03d}" for r in range(120 - len(shown), 120)}
    assert len(shown) == (42 if figures == 1 else 4)
    assert f"{120 - len(shown)} readouts with smaller effects are left out" in figure.caption
    assert figure.table.frame.height == 40 * 120


def test_a_long_list_of_conditions_is_cut_and_counted() -> None:
    base = {
        "sample": "s",
        "readout": "r",
        "node": "X",
        "se": 0.1,
        "n": 2,
        "p_value": 0.01,
        "fdr": 0.01,
        "assay": "m",
        "scale": "log2_fold_change",
    }
    rows = [
        {**base, "condition": f"a{c} 1 uM", "value": float(c), "low": c - 0.2, "high": c + 0.2}
        for c in range(300)
    ]
    figure = effect_heat_map(pl.DataFrame(rows), "s", "log2_fold_change", key="heat")
    assert len(values(figure)) == 80
    assert "220 conditions with smaller effects are left out" in figure.caption


def test_colours_are_centred_on_no_effect(results) -> None:
    figure = effect_heat_map(results.effects, TARGET, "fraction_of_control", key="heat")
    low, high = figure.specification()["encoding"]["color"]["scale"]["domain"]
    assert (low + high) / 2 == pytest.approx(1.0)
