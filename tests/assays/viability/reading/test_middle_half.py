"""The mean of the middle half, as R computes mean(x, trim = 0.25)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from kinescape.assays.viability.reading.middle_half import middle_half


@pytest.mark.parametrize("amount", range(1, 25))
def test_it_is_the_trimmed_mean(amount: int) -> None:
    values = np.random.default_rng(amount).normal(1000, 100, amount)
    made = pl.DataFrame({"count": [*values, None]}).select(middle_half("count")).item()
    assert made == pytest.approx(stats.trim_mean(values, 0.25), rel=1e-14)
