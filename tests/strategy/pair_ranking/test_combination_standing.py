"""Standings: what a pair is good for, and that the order of the table follows them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.strategy.pair_ranking.combination_standing import (
    CLOSES,
    GAIN,
    GAIN_NOT_SPARING,
    GAIN_SPARING,
    NO_GAIN,
    NOT_RANKED,
    STANDINGS,
    standing,
)
from kinescape.strategy.pair_ranking.pair_order import in_order

ROW = {
    "agent_a": "a",
    "agent_b": "b",
    "condition": "a 1 uM + b 1 uM",
    "status": "predicted",
    "front": 1,
    "effect": 0.3,
    "effect_low": 0.2,
    "effect_high": 0.4,
    "effect_scale": "fraction_of_control",
    "better_single": 0.6,
    "spared": 0.9,
    "spared_low": 0.8,
    "spared_high": 1.0,
    "escape_closed": 0.0,
}


def table(*changes: dict[str, object]) -> pl.DataFrame:
    schema = {
        name: pl.String if isinstance(value, str) else pl.Int32 if name == "front" else pl.Float64
        for name, value in ROW.items()
    }
    return pl.DataFrame([ROW | change for change in changes], schema=schema)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, GAIN_SPARING),
        ({"spared": 0.35}, GAIN_NOT_SPARING),
        ({"spared": None}, GAIN),
        ({"better_single": 0.35}, NO_GAIN),
        ({"better_single": None}, NO_GAIN),
        ({"better_single": float("nan")}, NO_GAIN),
        ({"better_single": 0.35, "escape_closed": 1.2}, CLOSES),
        ({"better_single": 0.35, "escape_closed": 1.2, "status": "measured"}, NO_GAIN),
        ({"status": "unranked"}, NOT_RANKED),
        ({"effect": None}, NOT_RANKED),
    ],
)
def test_a_pair_stands_by_what_it_is_good_for(change: dict[str, object], expected: str) -> None:
    assert table(change).select(standing()).item() == expected


def test_pairs_that_do_nothing_come_after_those_that_do_whatever_their_front() -> None:
    rows = table(
        {"condition": "idle", "better_single": 0.3},
        {"condition": "works", "front": 2},
        {"condition": "small", "escape_closed": 0.3, "better_single": 0.3},
        {"condition": "large", "escape_closed": 1.7, "better_single": 0.3, "front": 2},
    )
    assert in_order(rows)["condition"].to_list() == ["large", "small", "works", "idle"]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "effect": st.floats(0, 1) | st.none(),
                "better_single": st.floats(0, 1) | st.none(),
                "spared": st.floats(0, 1) | st.none(),
                "escape_closed": st.floats(0, 2) | st.none(),
                "status": st.sampled_from(["measured", "predicted", "unranked"]),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_pair_has_a_standing_and_they_come_in_order(changes: list[dict[str, object]]) -> None:
    found = [STANDINGS.index(name) for name in in_order(table(*changes))["standing"]]
    assert found == sorted(found)
