"""End-point viabilities as growth-rate values: the same as counts give, and refused where doublings are not told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.doublings import growth_rates_from_doublings
from kinescape.assays.viability.growth_rate import growth_rate_values
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.foundation.errors import InputError

DOSE = 10.0 ** np.linspace(-9, -5, 9)


def _series(fold: dict[str, float]) -> tuple[DoseSeries, dict[str, np.ndarray]]:
    """Cells that divide at different speed under one and the same loss of growth rate."""
    parts, rates = [], {}
    for sample, grown in fold.items():
        rate = 1.0 - 0.8 / (1.0 + 1e-7 / DOSE)  # of divisions
        count = 100.0 * grown**rate
        rates[sample] = growth_rate_values(count, 100.0 * grown, 100.0)
        parts.append(
            pl.DataFrame(
                {
                    "sample": sample,
                    "agent": "x",
                    "time_h": 72.0,
                    "dose": DOSE,
                    "dose_unit": "M",
                    "response": count / (100.0 * grown),
                    "replicate": pl.Series([None] * DOSE.size, dtype=pl.String),
                    "weight": 1.0,
                }
            )
        )
    return DoseSeries(pl.concat(parts), "fraction_of_control", "read", (), "x.csv"), rates


def test_fast_and_slow_cells_have_one_gr50_and_the_values_that_counts_give() -> None:
    series, rates = _series({"fast": 16.0, "slow": 2.0})
    turned = growth_rates_from_doublings(series, {"fast": 4.0, "slow": 1.0})
    for sample, expected in rates.items():
        found = turned.frame.filter(pl.col("sample") == sample)["response"].to_numpy()
        assert found == pytest.approx(expected, abs=1e-12)
    assert "1 to 4 doublings" in turned.stated and turned.response == "growth_rate"
    fast, slow = fit_curves(turned, intervals=False).table.sort("sample")["gr50"].to_list()
    assert fast == pytest.approx(slow, rel=1e-9)
    before = fit_curves(series, intervals=False).table.sort("sample")["ic50"].to_list()
    assert before[0] != before[1] and before[1].startswith(">")  # by end points the slow cells look resistant


def test_no_cell_left_is_minus_one_and_what_lies_below_is_counted() -> None:
    series, _ = _series({"A": 4.0})
    lost = replace(series, frame=series.frame.with_columns(response=pl.lit(-0.02)))
    turned = growth_rates_from_doublings(lost, 2.0)
    assert turned.frame["response"].to_list() == [-1.0] * 9
    assert [note.code for note in turned.notes] == ["below-zero"]


def test_every_fault_is_told_at_once() -> None:
    series, _ = _series({"A": 4.0, "B": 4.0})
    with pytest.raises(InputError) as error:
        growth_rates_from_doublings(series, {"A": 0.0, "C": 1.0})
    assert [fault.code for fault in error.value.faults] == [
        "unknown-sample",
        "doublings-missing",
        "doublings",
    ]
    with pytest.raises(InputError, match="growth rates already"):
        growth_rates_from_doublings(replace(series, response="growth_rate"), 2.0)
