"""Growth-rate values and metrics against three published implementations."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.viability.curves import fit_curves
from kinescape.assays.viability.dose_reading import read_doses
from kinescape.assays.viability.growth_rate import (
    growth_rate_metrics,
    growth_rate_values,
    growth_rate_values_from_doublings,
)

KEY = ["cell_line", "agent", "perturbation", "replicate", "time"]


def series(real_data) -> pl.DataFrame:  # type: ignore[no-untyped-def]
    table = pl.read_csv(real_data / "viability/grmetrics/INPUT/toy_example_input1.tsv", separator="\t")
    counts = (table[name] for name in ("cell_count", "cell_count__ctrl", "cell_count__time0"))
    return table.with_columns(ours=growth_rate_values(*counts))


@pytest.mark.real_data
@pytest.mark.parametrize(("tool", "column"), [("R", "GR"), ("matlab", "GRvalue"), ("python", "GRvalue")])
def test_values_are_those_of_three_implementations(real_data, tool: str, column: str) -> None:  # type: ignore[no-untyped-def]
    path = real_data / f"viability/grmetrics/OUTPUT/{tool}_input1_GRvalues.tsv"
    theirs = pl.read_csv(path, separator="\t").select(*KEY, "concentration", pl.col(column).alias("theirs"))
    both = series(real_data).join(theirs, on=[*KEY, "concentration"])
    assert both.height == 1008
    assert (both["ours"] - both["theirs"]).abs().max() < 1e-6


@pytest.mark.real_data
def test_metrics_are_those_of_grmetrics(real_data) -> None:  # type: ignore[no-untyped-def]
    """GR50 to 1e-3, as the three implementations agree among themselves; GRmax and area exactly."""
    ordered = series(real_data).sort(*KEY, "concentration").group_by(KEY, maintain_order=True)
    gathered = ordered.agg("concentration", "ours")
    found = growth_rate_metrics(
        np.array(gathered["concentration"].to_list()), np.array(gathered["ours"].to_list())
    )
    path = real_data / "viability/grmetrics/OUTPUT/R_input1_GRmetrics.tsv"
    theirs = pl.read_csv(path, separator="\t", null_values=["NA"], infer_schema_length=None)
    both = (
        gathered.select(KEY)
        .with_columns(gr50=found.gr50, gr_max=found.gr_max, gr_aoc=found.gr_aoc)
        .join(theirs, on=KEY)
    )
    assert both.height == 112
    theirs50 = both["GR50"].cast(pl.Float64).to_numpy()
    assert (np.isfinite(both["gr50"].to_numpy()) == np.isfinite(theirs50)).all()
    finite = np.isfinite(theirs50)
    assert both["gr50"].to_numpy()[finite] == pytest.approx(theirs50[finite], rel=1e-3)
    assert both["gr_max"].to_numpy() == pytest.approx(both["GRmax"].to_numpy(), abs=1e-6)
    assert both["gr_aoc"].to_numpy() == pytest.approx(both["GR_AOC"].to_numpy(), abs=1e-6)


@pytest.mark.real_data
def test_the_table_of_curves_holds_the_metrics_of_grmetrics(real_data) -> None:  # type: ignore[no-untyped-def]
    path = real_data / "viability/grmetrics/INPUT/toy_example_input1.tsv"
    fitted = fit_curves(read_doses(path, unit="uM", by=["perturbation", "replicate"]), intervals=False)
    theirs = pl.read_csv(
        real_data / "viability/grmetrics/OUTPUT/R_input1_GRmetrics.tsv",
        separator="\t",
        null_values=["NA"],
        infer_schema_length=None,
    ).with_columns(
        sample=pl.format("{}, perturbation {}, replicate {}", "cell_line", "perturbation", "replicate"),
        time_h=pl.col("time").cast(pl.Float64),
        theirs=pl.col("GR50").cast(pl.Float64) * 1e-6,
    )
    both = fitted.table.join(theirs, on=["sample", "agent", "time_h"])
    assert both.height == 112
    finite = both["theirs"].is_finite().to_numpy()
    assert (both["gr50"].is_finite().to_numpy() == finite).all()
    ours = both["gr50"].to_numpy()[finite]
    assert ours == pytest.approx(both["theirs"].to_numpy()[finite], rel=1e-3)
    assert both["gr_max"].to_numpy() == pytest.approx(both["GRmax"].to_numpy(), abs=1e-6)
    assert both["gr_aoc"].to_numpy() == pytest.approx(both["GR_AOC"].to_numpy(), abs=1e-6)


@given(st.floats(0.01, 1e4), st.floats(1.1, 100.0))
def test_untreated_is_one_and_standstill_is_nought(start: float, fold: float) -> None:
    values = growth_rate_values([start * fold, start], start * fold, start)
    assert values == pytest.approx([1.0, 0.0], abs=1e-9)


@given(st.floats(0.01, 2.0), st.floats(0.2, 6.0))
def test_doublings_say_the_same_as_counts(fraction: float, doublings: float) -> None:
    control = 100.0 * 2.0**doublings
    from_counts = growth_rate_values(fraction * control, control, 100.0)
    assert growth_rate_values_from_doublings(fraction, doublings) == pytest.approx(from_counts, abs=1e-9)
