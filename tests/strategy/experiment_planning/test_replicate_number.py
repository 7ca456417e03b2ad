"""How many replicates: power against a simulation, the trade against pairs, and what is said."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, truncnorm
from scipy.stats import t as student

from kinescape.measurements.table import Measurements
from kinescape.strategy.experiment_planning.replicate_noise import ASSUMED, ReplicateNoise, replicate_noise
from kinescape.strategy.experiment_planning.replicate_number import power, replicate_number, synergy_size
from kinescape.strategy.experiment_planning.screened_effects import screened_effects
from kinescape.strategy.experiment_planning.yields import Calibration


def noise(excess: float, degrees: int = 60) -> ReplicateNoise:
    return ReplicateNoise(excess / 1.7, excess, degrees, "made up", degrees == 0)


@pytest.mark.parametrize(("replicates", "pairs", "size"), [(2, 3, 0.2), (3, 1, 0.3), (5, 2, 0.1)])
def test_power_is_what_simulated_screens_find(replicates: int, pairs: int, size: float) -> None:
    """The batch is drawn, its error pooled over the pairs, and its first pair tested: no formula in common."""
    rng = np.random.default_rng(3)
    drawn = size + 0.12 * rng.standard_normal((20_000, pairs, replicates))
    pooled = np.sqrt(drawn.var(axis=2, ddof=1).mean(axis=1))
    steps = drawn[:, 0].mean(axis=1) * np.sqrt(replicates) / pooled
    found = (steps > student.ppf(0.95, pairs * (replicates - 1))).mean()
    assert power(replicates, pairs, size, noise(0.12, degrees=0)) == pytest.approx(found, abs=0.012)


def test_power_of_a_known_error_is_that_of_the_normal_test() -> None:
    """Textbook: one-sided 5 % and 80 % need r = (1.645 + 0.842)² (σ / δ)²; 6.18 at σ = δ."""
    needed = (norm.ppf(0.95) + norm.ppf(0.8)) ** 2
    assert power(int(np.ceil(needed)), 5, 0.1, noise(0.1, degrees=100_000)) > 0.8
    assert power(int(needed), 5, 0.1, noise(0.1, degrees=100_000)) < 0.8
    assert power(3, 1, 0.0, noise(0.1)) == pytest.approx(0.05, abs=1e-6)
    assert power(3, 1, 0.1, noise(0.0)) == 1.0
    assert np.isnan(power(1, 4, 0.1, noise(0.1, degrees=0)))


@given(
    excess=st.floats(0.005, 1.0),
    size=st.floats(0.05, 0.5),
    budget=st.integers(2, 90),
    degrees=st.integers(0, 200),
    seed=st.integers(0, 50),
)
def test_the_fewest_that_do_are_taken_and_more_power_is_never_called_less(
    excess: float, size: float, budget: int, degrees: int, seed: int
) -> None:
    chances = -np.sort(-np.random.default_rng(seed).uniform(0, 0.6, budget // 2))
    found = replicate_number(chances, size, noise(excess, degrees), budget=budget)
    assert 2 <= found.replicates <= max(budget, 2)
    chosen = next(option for option in found.options if option.replicates == found.replicates)
    assert chosen.pairs * chosen.replicates <= budget and chosen.power == found.power
    if found.affordable:
        assert chosen.power >= 0.8
        fewer = [option for option in found.options if option.replicates < found.replicates]
        assert all(
            option.power < 0.8 or option.told < 0.5 * max(o.told for o in found.options) for option in fewer
        )
    else:
        assert chosen.told == max(option.told for option in found.options)
    assert str(found.replicates) in found.text and "%" in found.text


def test_more_noise_needs_more_replicates_until_none_would_do() -> None:
    chances = np.full(15, 0.25)
    numbers = [
        replicate_number(chances, 0.15, noise(excess), budget=30) for excess in (0.03, 0.12, 0.15, 3.0)
    ]
    assert [one.replicates for one in numbers[:3]] == [2, 5, 7]
    last = numbers[-1]
    assert not last.affordable and not last.reachable and last.enough is None
    assert "no number that these wells hold reaches 80 %" in last.text
    assert "more than 200 replicates would be needed" in last.text


def test_power_is_given_up_where_it_would_cost_most_of_the_synergies() -> None:
    """Eight replicates reach 80 %, but of so few pairs that two tell more than twice as many synergies."""
    found = replicate_number(np.full(15, 0.3), 0.15, noise(0.165), budget=30)
    assert found.reachable and not found.affordable and found.replicates == 2
    assert "against" in found.text and "8 replicates are needed for 80 %" in found.text


def test_a_number_given_wins_and_its_power_is_told() -> None:
    found = replicate_number(np.full(10, 0.3), 0.15, noise(0.1), budget=30, given=5)
    assert found.replicates == 5 and found.given and found.power > 0.9 and "as given" in found.text
    alone = replicate_number(np.full(10, 0.3), 0.15, noise(0.1, degrees=0), budget=30, given=1)
    assert alone.power is None and "no test" in alone.text
    assert alone.as_dict()["power"] is None


def test_the_size_of_a_synergy_is_the_mean_above_the_threshold() -> None:
    plain = Calibration(0.0, 1.0)
    mean, sd, free = np.array([0.02, 0.1]), np.array([0.05, 0.1]), np.full(2, np.inf)
    one = synergy_size(mean[:1], sd[:1], np.array([0.2]), 0.1, plain, free[:1])
    assert one == pytest.approx(truncnorm.mean(1.6, np.inf, loc=0.02, scale=0.05))
    both = synergy_size(mean, sd, np.array([0.2, 0.6]), 0.1, plain, free)
    other = truncnorm.mean(0.0, np.inf, loc=0.1, scale=0.1)
    assert both == pytest.approx((0.2 * one + 0.6 * other) / 0.8)
    assert synergy_size(mean, sd, np.zeros(2), 0.1, plain, free) == 0.1
    assert 0.1 <= synergy_size(mean, sd, np.array([0.2, 0.6]), 0.1, plain, np.full(2, 0.12)) <= 0.12
    assert synergy_size(
        np.array([-9.0]), np.array([0.05]), np.array([0.1]), 0.1, plain, free[:1]
    ) == pytest.approx(0.1)


def test_noise_comes_from_the_sample_then_from_others_then_from_an_assumption(
    made_rows, small_agents
) -> None:
    values = {"erlotinib 1 uM": 0.6, "trametinib 10 nM": 0.8, "erlotinib 1 uM + trametinib 10 nM": 0.4}
    pair = ["erlotinib 1 uM + trametinib 10 nM", None]
    bare = made_rows("tumour", "ATP", "viability", values, se=None, n=1).with_columns(
        pl.col("se").cast(pl.Float64)
    )
    own = made_rows("tumour", "ATP", "viability", values, se=0.03, n=3)
    other = made_rows("other", "ATP", "viability", values, se=0.02, n=4)

    def found(*rows: pl.DataFrame) -> ReplicateNoise:
        table = Measurements.from_frame(pl.concat(rows))
        target = screened_effects(table, small_agents, sample="tumour", node="viability")
        return replicate_noise(table, target, pair, least=0.1)

    first = found(own, other)
    assert first.deviation == pytest.approx(0.03 * np.sqrt(3)) and first.degrees == 6
    assert first.excess == pytest.approx(first.deviation * np.sqrt(1 + 0.6**2 + 0.8**2))
    assert "tumour" in first.source and not first.assumed
    second = found(bare, other)
    assert second.deviation == pytest.approx(0.04) and "other samples" in second.source
    third = found(bare)
    assert third.assumed and third.deviation == ASSUMED["fraction_of_control"] and third.degrees == 0
    assert "assumed" in third.source
