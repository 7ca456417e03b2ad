"""Intervals over replicates: the draws are all the draws, and the truth is held."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curve_fitting import curve_replicates
from kinescape.assays.viability.curve_fitting.curve_problem import expit, log_dose
from kinescape.assays.viability.curve_fitting.curve_replicates import resamples
from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.reading.dose_series import DoseSeries


@pytest.mark.parametrize("replicates", [2, 3, 4])
def test_few_replicates_are_drawn_in_every_way(replicates: int) -> None:
    counts, probability = resamples(replicates, 0)
    assert probability.sum() == pytest.approx(1.0)
    assert (counts.sum(axis=1) == replicates).all()
    assert probability @ counts == pytest.approx(np.ones(replicates))
    # Variance of a multinomial count: R (1/R) (1 - 1/R).
    assert probability @ (counts - 1) ** 2 == pytest.approx(np.full(replicates, 1 - 1 / replicates))


def test_many_replicates_are_drawn_by_seed() -> None:
    assert (resamples(7, 1)[0] == resamples(7, 1)[0]).all() and (
        resamples(7, 1)[0] != resamples(7, 2)[0]
    ).any()


def test_potencies_that_differ_between_replicates_are_covered() -> None:
    """150 drugs, three replicates with potencies that differ by 0.3 (log e): 95 % within four errors (1.8 %)."""
    random, dose, curves = np.random.default_rng(3), 10.0 ** np.linspace(-9, -5, 9), 150
    centre = np.log(10.0) * random.uniform(-8.0, -6.5, curves)
    frames = []
    for replicate in range(3):
        shift = random.normal(0.0, 0.3, curves)
        y = (
            1.0
            - 0.9 * expit(log_dose(dose) - (centre + shift)[:, None])
            + random.normal(0, 0.03, (curves, 9))
        )
        frames.append(
            pl.DataFrame(
                {
                    "sample": np.repeat([f"c{i:03d}" for i in range(curves)], 9),
                    "agent": "x",
                    "time_h": 72.0,
                    "dose": np.tile(dose, curves),
                    "dose_unit": "M",
                    "response": y.ravel(),
                    "replicate": f"r{replicate}",
                    "weight": 1.0,
                }
            )
        )
    table = fit_curves(DoseSeries(pl.concat(frames), "fraction_of_control", "", (), "f"), shapes=False).table
    low, high = (np.log(table[f"ec50_{end}"].to_numpy()) for end in ("low", "high"))
    assert 0.87 <= np.mean((low <= centre) & (centre <= high)) <= 1.0


def test_intervals_are_those_of_each_draw_fitted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws are fitted together for speed; one at a time they give the same ends, and unwanted curves none."""
    random, dose = np.random.default_rng(5), 10.0 ** np.linspace(-9, -5, 7)
    parts = [
        pl.DataFrame(
            {
                "sample": sample,
                "agent": "x",
                "time_h": 72.0,
                "dose": dose,
                "dose_unit": "M",
                "response": level + random.normal(0, 0.03, 7),
                "replicate": f"r{replicate}",
                "weight": 1.0,
            }
        )
        for sample, level in (("A", 1 / (1 + dose / 1e-7)), ("B", 1 / (1 + dose / 1e-6)), ("C", np.ones(7)))
        for replicate in range(3)
    ]
    series = DoseSeries(pl.concat(parts), "fraction_of_control", "", (), "f")
    together = fit_curves(series, shapes=False).table
    monkeypatch.setattr(curve_replicates, "_ROWS", 1)
    assert fit_curves(series, shapes=False).table.equals(together)
    assert together["ic50_low"].is_not_null().to_list() == [True, True, False]
    assert together["status"].to_list()[2] == "flat" and together["replicates"].to_list() == [3, 3, 3]
