"""Pictures of curves and plates draw, hold their numbers, and say what is censored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.dose_series import DoseSeries
from kinescape.assays.viability.wells import WELL_SCHEMA
from kinescape.report.figures.dose_response import curve_panels, screen_overview, status_rows
from kinescape.report.figures.plate import plate_map
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
                "dose_molar": dose,
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
    figure = screen_overview(fitted)
    assert figure is not None and figure.table.frame.height == 3
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
