import numpy as np
import polars as pl
import pytest
from scipy import stats

from kinescape.measurements.effects import assess_effects
from kinescape.measurements.replicate_error import moderated_error
from kinescape.measurements.table import Measurements


def table(values, se, n, nodes=("EGFR",)):
    size = len(values)
    frame = pl.DataFrame(
        {
            "sample": "A",
            "condition": [f"drug{index} 1 uM" for index in range(size)],
            "readout": "p-X",
            "value": values,
            "scale": "log2_fold_change",
            "se": se,
            "n": n,
            "assay": "luminex",
        },
        schema_overrides={"se": pl.Float64},
    )
    return Measurements.from_frame(pl.concat([frame.with_columns(node=pl.lit(node)) for node in nodes]))


def test_p_values_are_uniform_where_nothing_happens():
    rng = np.random.default_rng(5)
    n, size = 3, 4000
    sigma = np.sqrt(0.05 * 8 / rng.chisquare(8, size))
    data = rng.normal(0, sigma[:, None], (size, n))
    se = data.std(axis=1, ddof=1) / np.sqrt(n)
    found = assess_effects(table(data.mean(axis=1), se, [n] * size))
    assert stats.kstest(found["p_value"].to_numpy(), "uniform").pvalue > 0.01
    inside = ((found["low"] <= 0) & (found["high"] >= 0)).mean()
    assert inside == pytest.approx(0.9, abs=0.02)


def test_the_interval_is_that_of_the_steadied_error():
    values, se, n = [1.0, 0.1, 0.4], [0.2, 0.1, 0.3], [3, 4, 3]
    found = assess_effects(table(values, se, n)).sort("condition")
    error = moderated_error(se, n)
    half = stats.t.ppf(0.95, error.degrees) * error.se
    assert found["low"].to_numpy() == pytest.approx(np.array(values) - half)
    assert found["high"].to_numpy() == pytest.approx(np.array(values) + half)
    assert found["p_value"].to_numpy() == pytest.approx(
        2 * stats.t.sf(np.array(values) / error.se, error.degrees)
    )


def test_one_replicate_has_no_test():
    found = assess_effects(table([1.0, 0.1], [None, 0.2], [1, 4])).sort("condition")
    assert found["p_value"][0] is None
    assert found["fdr"][0] is None
    assert found["low"][0] is None
    assert found["fdr"][1] == pytest.approx(found["p_value"][1])


def test_a_readout_of_two_nodes_counts_once_in_the_rate():
    values, se, n = [1.0, 0.1, 0.3], [0.2, 0.2, 0.2], [3, 3, 3]
    one = assess_effects(table(values, se, n)).sort("condition")
    two = assess_effects(table(values, se, n, nodes=("MAPK1", "MAPK3"))).sort("condition", "node")
    assert two.height == 6
    assert two["fdr"].to_list()[::2] == pytest.approx(one["fdr"].to_list())
    assert two["fdr"].to_list()[1::2] == pytest.approx(one["fdr"].to_list())


def test_copies_are_no_replicates():
    found = assess_effects(table([0.5, 0.2], [0.0, 0.0], [3, 3]))
    assert found["p_value"].to_list() == [None, None]
    assert found["low"].to_list() == [None, None]


def test_an_error_of_its_own_is_not_steadied_and_steadies_nothing():
    own = table([2.0], [0.5], [4]).frame.with_columns(
        condition=pl.lit("drug9 1 uM"), flags=pl.lit(["several_sites"])
    )
    others = table([1.0, 0.1, 0.4], [0.2, 0.1, 0.3], [3, 4, 3])
    found = assess_effects(Measurements.from_frame(pl.concat([others.frame, own]))).sort("condition")
    assert found["moderated_se"][3] == pytest.approx(0.5)
    assert found["df"][3] == pytest.approx(3)
    assert found["p_value"][3] == pytest.approx(2 * stats.t.sf(4.0, 3))
    alone = assess_effects(others).sort("condition")
    assert found["moderated_se"].to_list()[:3] == pytest.approx(alone["moderated_se"].to_list())
