"""Pictures of curves and plates draw, hold their numbers, and say what is censored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curve_fitting.curve_bands import two_phase_lines
from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.wells import WELL_SCHEMA
from kinescape.report.figures.dose_response import (
    curve_columns,
    curve_panels,
    screen_overview,
    status_rows,
    told,
)
from kinescape.report.figures.plate import plate_map, plate_sentence
from kinescape.report.figures.saving import save_figure


def screen() -> DoseSeries:
    dose = 10.0 ** np.linspace(-9, -5, 9)
    random = np.random.default_rng(0)
    frames = [
        pl.DataFrame(
            {
                "sample": "A",
                "agent": f"drug {i}",
                "time_h": 72.0,
                "dose": dose,
                "dose_unit": "M",
                "response": 1 - top / (1 + 1e-7 / dose) + random.normal(0, 0.02, 9),
                "replicate": None,
                "weight": 1.0,
            }
        )
        for i, top in enumerate((0.9, 0.4, 0.0))
    ]
    frame = pl.concat(frames).with_columns(pl.col("replicate").cast(pl.String))
    return DoseSeries(frame, "fraction_of_control", "made", (), "made")


def test_curves_draw_with_band_and_bound(tmp_path: Path) -> None:
    fitted = fit_curves(screen())
    figure = curve_panels(fitted, [0, 1, 2])
    assert figure is not None
    rows = next(iter(figure.specification()["datasets"].values()))
    lines = [row for row in rows if row["kind"] == "line" and row["name"] == "drug 0 in A"]
    assert all(row["low"] - 1e-4 <= row["response"] <= row["high"] + 1e-4 for row in lines)
    marks = {row["name"]: row["arrow"] for row in rows if row["kind"] == "mark"}
    assert marks == {"drug 0 in A": "●", "drug 1 in A": "▶", "drug 2 in A": "▶"}
    assert save_figure(figure, tmp_path / "curves.svg").stat().st_size > 5000


def test_overview_counts_every_curve() -> None:
    fitted = fit_curves(screen())
    # Three curves are their own overview.
    assert screen_overview(fitted) is None
    frames = [fitted.series.frame.with_columns(sample=pl.lit(name)) for name in ("A", "B", "C")]
    many = fit_curves(DoseSeries(pl.concat(frames), "fraction_of_control", "made", (), "made"))
    figure = screen_overview(many)
    assert figure is not None and figure.table.frame.height == 9
    assert {name: amount for name, amount, _ in status_rows(fitted)} == {"fitted": 2, "flat": 1}
    assert curve_panels(fitted, []) is None


def test_a_plate_lies_as_on_the_bench(tmp_path: Path) -> None:
    rows = [
        (
            "p",
            r,
            c,
            "treated" if c > 1 else "control",
            "A",
            "x" if c > 1 else None,
            1e-6 if c > 1 else None,
            "M" if c > 1 else None,
            None,
            9.0 * c,
        )
        for r in (1, 2)
        for c in (1, 2, 3)
    ]
    wells = pl.DataFrame(rows, schema=WELL_SCHEMA, orient="row")
    figure = plate_map(wells, "p")
    assert figure is not None and figure.table.frame["treatment"].to_list()[:2] == ["control", "x 1 uM"]
    assert save_figure(figure, tmp_path / "plate.png").stat().st_size > 2000
    assert plate_map(wells, "other") is None


def test_names_and_columns_say_what_tells_curves_apart() -> None:
    series = screen()
    late = series.frame.with_columns(time_h=pl.lit(24.0), dose_unit=pl.lit("mg/mL"))
    both = DoseSeries(pl.concat([series.frame, late]), "growth_rate", "made", (), "made")
    fitted = fit_curves(both)
    table = told(fitted.table)
    assert set(table["name"]) == {f"drug {i} in A, {hours} h" for i in range(3) for hours in (24, 72)}
    columns = {column.name: column.heading for column in curve_columns(table, "growth_rate")}
    assert columns["ic50"] == "GR50" and "sample" in columns
    one = told(fit_curves(screen()).table.with_columns(sample=pl.lit("all"), time_h=pl.lit(None, pl.Float64)))
    assert not {"sample", "time_h"} & {column.name for column in curve_columns(one, "fraction_of_control")}
    # One figure has one unit of doses.
    figure = curve_panels(fitted, list(range(6)))
    assert figure is not None and figure.table.frame.height == 3


def test_a_plate_is_told_in_a_sentence() -> None:
    row = {
        "plate": "7", "verdict": "usable", "controls": 16, "control_cv": 0.05, "z_prime": 0.2, "z_prime_robust": 0.4,
        "signal_window": 6.0, "edge_effect": -0.2, "drift": 0.001,
    }  # fmt: skip
    text = plate_sentence(row)
    assert text.startswith("Plate 7: usable. ") and "20 % below the inside, which is much" in text
    assert "last column" not in text


def test_a_curve_of_two_phases_is_drawn_as_one() -> None:
    dose = 10.0 ** np.linspace(-9, -5, 13)
    values = 1.0 - 0.5 / (1 + (3e-9 / dose) ** 3) - 0.45 / (1 + (2e-6 / dose) ** 3)
    frame = (
        screen()
        .frame.head(1)
        .drop("dose", "response")
        .join(
            pl.DataFrame({"dose": dose, "response": values + np.random.default_rng(1).normal(0, 0.005, 13)}),
            how="cross",
        )
    )
    fitted = fit_curves(
        DoseSeries(frame.select(screen().frame.columns), "fraction_of_control", "", (), "made")
    )
    assert fitted.table["status"].to_list() == ["non_monotone"]
    line = two_phase_lines(fitted, [0])
    made = 1.0 - 0.5 / (1 + (3e-9 / line["dose"]) ** 3) - 0.45 / (1 + (2e-6 / line["dose"]) ** 3)
    assert (line["response"] - made).abs().max() < 0.05  # type: ignore[operator]
    figure = curve_panels(fitted, [0])
    assert figure is not None and "Dashed" in figure.caption
    assert two_phase_lines(fit_curves(screen()), [0, 1]).is_empty()


def test_a_screen_with_more_points_than_fit_still_shows_its_flat_curves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = [screen().frame.with_columns(sample=pl.lit(f"sample {k}")) for k in range(4)]
    many = fit_curves(DoseSeries(pl.concat(frames), "fraction_of_control", "made", (), "made"))
    monkeypatch.setattr("kinescape.report.figures.dose_response.MOST_POINTS", 5)
    figure = screen_overview(many)
    assert figure is not None and figure.table.frame.height == 12
    drawn = next(iter(figure.specification()["datasets"].values()))
    assert len(drawn) == 4 and {row["said"] for row in drawn} == {"fitted", "flat"}
    assert "One curve in 3" in figure.caption and "all 12" in figure.caption
