import numpy as np
import polars as pl
import pytest
from scipy import special, stats

from kinescape.measurements.effects import assess_effects, false_discovery_rate, moderated_variance
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


def test_the_prior_is_recovered_from_scaled_chi_square_variances():
    # s² ~ s0² F(d, d0): the model's own assumption, so its two parameters must come back.
    rng = np.random.default_rng(3)
    d, d0, s0 = 3.0, 6.0, 0.04
    variance = s0 * stats.f.rvs(d, d0, size=40_000, random_state=rng)
    posterior, total = moderated_variance(variance, np.full(variance.size, d))
    assert total[0] - d == pytest.approx(d0, rel=0.1)
    prior = (posterior[0] * total[0] - d * variance[0]) / (total[0] - d)
    assert prior == pytest.approx(s0, rel=0.05)


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


def test_few_rows_fall_back_to_the_plain_t_test():
    found = assess_effects(table([1.0, 0.1], [0.2, 0.2], [3, 4])).sort("condition")
    expected = [2 * stats.t.sf(1.0 / 0.2, 2), 2 * stats.t.sf(0.1 / 0.2, 3)]
    assert found["p_value"].to_list() == pytest.approx(expected)
    half = stats.t.ppf(0.95, 2) * 0.2
    assert found["low"][0] == pytest.approx(1.0 - half)
    assert found["high"][0] == pytest.approx(1.0 + half)


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


def test_rate_against_the_definition():
    p = np.array([0.01, 0.04, 0.03, 0.9])
    assert false_discovery_rate(p) == pytest.approx([0.04, 4 / 3 * 0.04, 4 / 3 * 0.04, 0.9])
    assert false_discovery_rate(np.array([])).size == 0


def test_trigamma_moments_are_those_of_the_definition():
    # log s² of a chi-square with d degrees of freedom has variance trigamma(d/2).
    rng = np.random.default_rng(7)
    variance = 0.5 * rng.chisquare(4, 200_000) / 4
    assert np.log(variance).var() == pytest.approx(float(special.polygamma(1, 2)), rel=0.02)
    _, total = moderated_variance(variance[:3000], np.full(3000, 4.0))
    assert total[0] > 100
