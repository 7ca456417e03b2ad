"""Honest words about the model: better or worse only where the paired interval says so."""

import polars as pl
import pytest

from kinescape.report.figures.validation import BASELINE, MODEL, SHUFFLED, role_of, validation_dots, verdicts


def tables(difference: float, low: float, high: float, units: int = 14) -> tuple[pl.DataFrame, pl.DataFrame]:
    row = {
        "task": "unseen_combination",
        "dataset": "d",
        "rmse_low": 0.5,
        "rmse_high": 0.7,
        "pearson": 0.5,
        "n_units": units,
        "cpu_seconds": 0.1,
    }
    validation = pl.DataFrame(
        [
            {**row, "method": "ridge", "rmse": 0.6, "coverage90": None},
            {**row, "method": "mean", "rmse": 0.9, "coverage90": None},
            {**row, "method": "hierarchical", "rmse": 0.6 + difference, "coverage90": 0.9},
        ],
        infer_schema_length=None,
    )
    comparisons = pl.DataFrame(
        [
            {
                "task": "unseen_combination",
                "dataset": "d",
                "method": "hierarchical",
                "baseline": "ridge",
                "difference": difference,
                "difference_low": low,
                "difference_high": high,
                "n_units": units,
            }
        ]
    )
    return validation, comparisons


@pytest.mark.parametrize(
    ("difference", "low", "high", "state"),
    [
        (-0.06, -0.1, -0.02, "better"),
        (-0.06, -0.1, 0.01, "alike"),
        (0.06, -0.01, 0.1, "alike"),
        (0.06, 0.01, 0.1, "worse"),
    ],
)
def test_verdict_follows_the_paired_interval(difference: float, low: float, high: float, state: str) -> None:
    (verdict,) = verdicts(*tables(difference, low, high))
    assert verdict.state == state
    assert verdict.baseline == "ridge"
    assert verdict.gain == pytest.approx(-difference / 0.6)
    assert (verdict.gain_low, verdict.gain_high) == (pytest.approx(-high / 0.6), pytest.approx(-low / 0.6))
    assert ("not told apart" in verdict.sentence) == (state == "alike")


def test_two_held_out_units_prove_nothing() -> None:
    (verdict,) = verdicts(*tables(-0.3, -0.4, -0.2, units=2))
    assert verdict.state == "few"
    assert "too few to judge" in verdict.sentence


def test_without_a_paired_comparison_nothing_is_called_better() -> None:
    validation, comparisons = tables(-0.5, -0.6, -0.4)
    (verdict,) = verdicts(validation, comparisons.clear())
    assert verdict.state == "alike" and verdict.gain is None


def test_not_a_number_is_no_rival() -> None:
    validation, comparisons = tables(-0.1, -0.2, -0.05)
    spoiled = validation.with_columns(
        pl.when(pl.col("method") == "ridge").then(float("nan")).otherwise(pl.col("rmse")).alias("rmse")
    )
    (verdict,) = verdicts(spoiled, comparisons)
    assert verdict.baseline == "mean"


def test_roles_are_those_of_the_models_members() -> None:
    assert [role_of(name) for name in ("ridge_pooled", "network_kernel", "network_kernel, shuffled")] == [
        BASELINE,
        MODEL,
        SHUFFLED,
    ]


def test_every_method_of_every_task_is_drawn(results) -> None:
    specification = validation_dots(results.validation, key="v").specification()
    drawn = {(row["asked"], row["method"]) for rows in specification["datasets"].values() for row in rows}
    assert len(drawn) == results.validation.height
    assert len(specification["vconcat"]) == 2
    assert validation_dots(results.validation.clear(), key="v") is None
