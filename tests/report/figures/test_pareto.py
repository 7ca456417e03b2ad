"""Pairs: order, what is drawn, and labels that do not cover each other."""

import math

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kinescape.report.figures.labels import placed_labels
from kinescape.report.figures.pareto import pareto_plot, ranked_pairs

TARGET, REFERENCE = "HCC827-sim", "BEAS2B-sim"


def test_best_front_first_then_the_surest_gap_between_the_samples(results) -> None:
    ranked = ranked_pairs(results.combinations)
    assert ranked["front"].to_list() == sorted(ranked["front"].to_list())
    first = ranked.filter(pl.col("front") == 1)
    gaps = [
        row["spared"]
        - row["effect"]
        - math.hypot(row["spared"] - row["spared_low"], row["effect_high"] - row["effect"])
        for row in first.to_dicts()
    ]
    assert gaps == sorted(gaps, reverse=True)


def test_a_gap_that_rests_on_a_wide_interval_comes_last(results) -> None:
    wide = {
        "agent_a": "x",
        "agent_b": "y",
        "spared": 1.44,
        "spared_low": 0.3,
        "spared_high": 7.0,
        "effect_high": 1.6,
    }
    frame = results.combinations.head(1)
    vague = frame.with_columns(pl.lit(value).alias(name) for name, value in wide.items())
    assert ranked_pairs(pl.concat([vague, frame]))["pair"].to_list() == ["bemcentinib + erlotinib", "x + y"]


def test_without_a_reference_the_surest_effect_comes_first(results) -> None:
    alone = results.combinations.with_columns(pl.lit(None, dtype=pl.Float64).alias("spared"))
    effects = ranked_pairs(alone).filter(pl.col("front") == 1)["effect_high"].to_list()
    assert effects == sorted(effects)


def test_unranked_pairs_are_not_drawn(results) -> None:
    figure = pareto_plot(results.combinations, "viability", TARGET, REFERENCE, key="p")
    assert figure.table.frame.height == 6
    assert set(figure.table.frame["status"]) == {"measured", "predicted"}
    assert "measured (2)" in figure.caption


def test_no_effect_is_no_figure(results) -> None:
    nothing = results.combinations.filter(pl.col("status") == "unranked")
    assert pareto_plot(nothing, "viability", TARGET, REFERENCE, key="p") is None


points = st.lists(st.tuples(st.floats(0, 600), st.floats(0, 400)), min_size=1, max_size=25)


@given(points)
def test_labels_cover_neither_each_other_nor_a_point(where: list[tuple[float, float]]) -> None:
    x, y = [p[0] for p in where], [p[1] for p in where]
    names = [f"drug{place} + drug{place + 1}" for place in range(len(where))]
    boxes = []
    for label in placed_labels(x, y, names, width=640, wanted=8):
        long = 6.4 * len(names[label.place])
        left = x[label.place] + (10 if label.align == "left" else -10 - long)
        middle = y[label.place] + label.down
        boxes.append((left, middle - 7.5, left + long, middle + 7.5))
    for place, (a, b, c, d) in enumerate(boxes):
        assert a >= 0 and c <= 640
        assert not any(a < px < c and b < py < d for px, py in where)
        assert not any(a < g and e < c and b < h and f < d for e, f, g, h in boxes[:place])
