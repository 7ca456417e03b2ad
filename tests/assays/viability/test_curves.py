"""What `fit_curves` says of each kind of curve."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.growth_rate import growth_rate_metrics
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.foundation.errors import InputError

DOSE = 10.0 ** np.linspace(-9, -5, 9)


def made(curves: dict[str, np.ndarray], dose: np.ndarray = DOSE, **columns: object) -> DoseSeries:
    frame = pl.concat(
        pl.DataFrame(
            {
                "sample": "A",
                "agent": agent,
                "time_h": 72.0,
                "dose": dose,
                "dose_unit": "M",
                "response": response,
                "replicate": None,
                "weight": 1.0,
            }
        )
        for agent, response in curves.items()
    ).with_columns(pl.col("replicate").cast(pl.String), **{k: pl.lit(v) for k, v in columns.items()})
    return DoseSeries(frame, "fraction_of_control", "made", (), "made")


def curve(centre: float, back: float = 0.0, slope: float = 1.0) -> np.ndarray:
    return 1.0 + (back - 1.0) / (1.0 + (centre / DOSE) ** slope)


def noisy(values: np.ndarray, seed: int = 0, sd: float = 0.02) -> np.ndarray:
    return values + np.random.default_rng(seed).normal(0.0, sd, values.shape)


def row(fitted: pl.DataFrame, agent: str) -> dict[str, object]:
    return fitted.row(by_predicate=pl.col("agent") == agent, named=True)


def test_each_kind_has_its_status() -> None:
    two = 1.0 - 0.5 / (1 + (2e-9 / DOSE) ** 3) - 0.45 / (1 + (2e-6 / DOSE) ** 3)
    hormesis = 1.0 + 0.5 / (1 + (5e-9 / DOSE) ** 3) - 1.4 / (1 + (1e-6 / DOSE) ** 3)
    table = fit_curves(
        made(
            {
                "potent": noisy(curve(1e-7)),
                "flat": noisy(np.ones(9)),
                "late": noisy(curve(4e-5, slope=1.2), sd=0.003),
                "short": np.r_[1.0, 0.5, 0.2, [np.nan] * 6],
                "empty": np.full(9, np.nan),
                "two": noisy(two, sd=0.01),
                "hormesis": noisy(hormesis, sd=0.01),
            }
        )
    ).table
    assert table.height == 7
    assert row(table, "potent")["status"] == "fitted"
    assert row(table, "potent")["ec50_dose"] == pytest.approx(1e-7, rel=0.25)
    assert row(table, "flat")["status"] == "flat"
    assert row(table, "flat")["ic50"] == ">10 uM" and row(table, "flat")["ec50"] == ""
    late = row(table, "late")
    assert late["status"] == "ec50_outside_doses" and late["ec50"] == ">10 uM" and late["ec50_dose"] is None
    assert late["ic50"] == ">10 uM" and late["ic50_dose"] is None and late["ic50_low"] > 5e-6  # type: ignore[operator]
    assert row(table, "short")["status"] == "too_few_points" and "3 points" in str(
        row(table, "short")["reason"]
    )
    assert row(table, "empty")["status"] == "too_few_points" and "nothing" in str(
        row(table, "empty")["reason"]
    )
    assert row(table, "two")["status"] == "non_monotone" and row(table, "two")["shape"] == "biphasic"
    assert row(table, "hormesis")["shape"] == "hormesis"
    # The turning doses are those that the curve was made with, within the half decade between doses.
    assert row(table, "two")["first_dose"] == pytest.approx(2e-9, rel=0.5)
    assert row(table, "two")["second_dose"] == pytest.approx(2e-6, rel=0.5)
    assert row(table, "two")["second_step"] == pytest.approx(-0.45, abs=0.1)
    assert row(table, "potent")["first_dose"] is None


def test_one_dose_is_no_curve() -> None:
    table = fit_curves(made({"x": np.array([0.5, 0.51, 0.49, 0.5, 0.52])}, dose=np.full(5, 1e-6))).table
    assert table["status"].to_list() == ["too_few_points"] and "1 doses" in table["reason"][0]


def test_wells_of_a_dose_are_one_point_with_all_their_spread() -> None:
    """Collapsed doses give the curve, the F statistic and the intervals of all the wells."""
    random = np.random.default_rng(1)
    dose = np.repeat(DOSE, 3)
    response = np.repeat(curve(1e-7), 3) + random.normal(0.0, 0.05, 27)
    apart = dose * (1.0 + 1e-7 * np.arange(27))
    one = fit_curves(made({"x": response}, dose=dose)).table.row(0, named=True)
    other = fit_curves(made({"x": response}, dose=apart)).table.row(0, named=True)
    for name in ("f_statistic", "p_value", "auc", "slope", "ic50_low", "ec50_high", "auc_low"):
        assert one[name] == pytest.approx(other[name], rel=1e-3), name
    assert one["points"] == other["points"] == 27 and (one["doses"], other["doses"]) == (9, 27)


def test_replicates_are_the_unit_of_the_interval() -> None:
    """Replicates that differ in potency widen the interval; more wells of one replicate do not narrow it."""
    frames = [
        made({"x": noisy(curve(centre), i)}).frame.with_columns(replicate=pl.lit(f"r{i}"))
        for i, centre in enumerate((5e-8, 1e-7, 2e-7))
    ]
    named = DoseSeries(pl.concat(frames), "fraction_of_control", "", (), "made")
    without = named.frame.with_columns(replicate=pl.lit(None, pl.String))
    unnamed = DoseSeries(without, "fraction_of_control", "", (), "made")
    many = DoseSeries(pl.concat([named.frame] * 4), "fraction_of_control", "", (), "made")
    width = {}
    for name, series in (("named", named), ("unnamed", unnamed), ("many", many)):
        one = fit_curves(series).table.row(0, named=True)
        width[name] = np.log(one["ec50_high"] / one["ec50_low"])
        assert one["interval_unit"] == ("points" if name == "unnamed" else "3 replicates")
    assert width["named"] > 2 * width["unnamed"]
    assert width["many"] == pytest.approx(width["named"], rel=1e-3)


def test_dose_zero_is_a_control_and_no_dose() -> None:
    dose = np.r_[0.0, DOSE]
    with_control = fit_curves(made({"x": np.r_[1.0, noisy(curve(1e-7))]}, dose=dose)).table.row(0, named=True)
    assert with_control["doses"] == 9 and with_control["points"] == 10
    assert with_control["dose_low"] == pytest.approx(1e-9)


def test_growth_rates_may_fall_below_nought() -> None:
    series = made({"x": noisy(curve(1e-7, back=-0.8))})
    fitted = fit_curves(DoseSeries(series.frame, "growth_rate", "", (), "made"))
    assert fitted.table["back"][0] == pytest.approx(-0.8, abs=0.1)


def test_measurements_hold_every_treated_dose() -> None:
    table = made({"erlotinib": noisy(curve(1e-7))}, dose=np.r_[DOSE]).to_measurements()
    assert len(table) == 9 and table.nodes == ("viability",)
    assert "erlotinib 1 nM" in table.conditions


def test_no_series_is_refused() -> None:
    nothing = made({"x": np.ones(9)}).frame.head(0)
    with pytest.raises(InputError):
        fit_curves(DoseSeries(nothing, "fraction_of_control", "", (), "f"))


def test_names_that_no_condition_can_hold_are_told() -> None:
    with pytest.raises(InputError) as error:
        made({"a + b": noisy(curve(1e-7))}).to_measurements()
    assert error.value.faults[0].code == "agent-name"


def test_growth_rate_metrics_stand_beside_the_curve_and_count_every_well() -> None:
    random = np.random.default_rng(3)
    dose = np.repeat(10.0 ** np.linspace(-9, -5, 8), 3)
    value = 1.0 - 1.4 / (1.0 + 1e-7 / dose) + random.normal(0, 0.05, dose.size)
    frame = pl.DataFrame(
        {
            "sample": "A",
            "agent": "x",
            "time_h": 72.0,
            "dose": [*dose, 0.0, 0.0],
            "dose_unit": "M",
            "response": [*value, 1.0, 1.6],
            "replicate": pl.Series([None] * (dose.size + 2), dtype=pl.String),
            "weight": 1.0,
        }
    )
    row = fit_curves(DoseSeries(frame, "growth_rate", "", (), "made")).table.row(0, named=True)
    wells = growth_rate_metrics(dose, value[None])
    for name in ("gr50", "gec50", "gr_inf"):
        assert row[name] == pytest.approx(float(getattr(wells, name)[0]), rel=1e-5)
    assert row["gr_p_value"] == pytest.approx(float(wells.p_value[0]), rel=1e-6)
    means = value.reshape(8, 3).mean(axis=1)
    assert row["gr_max"] == pytest.approx(means[-2:].min())
    assert row["gr_aoc"] == pytest.approx(1.0 - (means[:-1] + means[1:]).sum() / 14)
    assert "gr50" not in fit_curves(DoseSeries(frame, "fraction_of_control", "", (), "made")).table.columns
