"""What the sections pick out of results."""

import polars as pl

from kinescape.report import selection

from .simulated_study import HOSTILE, REFERENCE, TARGET


def effects(rows: list[dict[str, object]]) -> pl.DataFrame:
    base = {
        "sample": "s",
        "condition": "a 1 uM",
        "readout": "p-X",
        "node": "X",
        "value": 1.0,
        "se": 0.1,
        "n": 3,
        "low": 0.8,
        "high": 1.2,
        "p_value": 0.01,
        "fdr": 0.02,
        "assay": "luminex",
        "scale": "log2_fold_change",
        "time_h": 1.0,
    }
    return pl.DataFrame([{**base, **row} for row in rows], infer_schema_length=None)


def test_a_readout_of_two_nodes_is_one_row() -> None:
    frame = selection.one_row_a_readout(effects([{"node": "MAPK1"}, {"node": "MAPK3"}]))
    assert frame.height == 1
    assert frame["nodes"].to_list() == ["MAPK1, MAPK3"]


def test_times_are_named_only_where_a_readout_has_several() -> None:
    frame = effects(
        [{"time_h": 0.5}, {"time_h": 24.0}, {"readout": "viability", "assay": "ctg", "time_h": 72.0}]
    )
    assert selection.one_row_a_readout(frame)["readout"].to_list() == [
        "p-X at 0.5 h",
        "p-X at 24 h",
        "viability",
    ]


def test_clear_needs_a_test() -> None:
    frame = effects([{"fdr": 0.01}, {"fdr": 0.2}, {"fdr": None}])
    assert frame.select(selection.clear(frame).alias("clear"))["clear"].to_list() == [True, False, None]


def test_without_a_rate_the_interval_decides_about_the_value_of_no_effect() -> None:
    frame = effects([{"low": 0.9, "high": 1.2}, {"low": 0.2, "high": 0.4}]).with_columns(
        pl.lit("fraction_of_control").alias("scale")
    )
    frame = frame.drop("fdr")
    assert frame.select(selection.clear(frame).alias("clear"))["clear"].to_list() == [False, True]


def test_ligands_are_no_drugs_and_unknown_agents_are(results) -> None:
    assert selection.is_drug("erlotinib", results.agents) and not selection.is_drug("EGF", results.agents)
    assert selection.is_drug(HOSTILE, results.agents)
    assert selection.targets_of(HOSTILE, results.agents) == ()
    assert selection.acts_on("EGF", results.agents) == (("EGFR", "+ EGF"),)
    assert selection.acts_on("erlotinib", results.agents) == (("EGFR", "× erlotinib"),)


def test_target_sample_comes_first(results) -> None:
    assert selection.samples_in_order(results) == [TARGET, REFERENCE]


def test_a_text_that_is_no_condition_is_no_reason_to_fail() -> None:
    assert selection.parsed("+ +") is None
    assert selection.agents_of("+ +") == ()
