import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.strategy.pair_ranking.measured_synergy import (
    bliss_excess,
    bliss_expectation,
    hsa_excess,
    pooled_deviation,
    single_agent_room,
)

fractions = st.floats(0.05, 1.2)


def test_product_error_agrees_with_simulation() -> None:
    rng = np.random.default_rng(1)
    a, b, sa, sb, g = 0.6, 0.3, 0.08, 0.05, 0.9
    drawn = rng.normal(a, sa, 400_000) * rng.normal(b, sb, 400_000) / g
    expected = bliss_expectation([a], [b], model="product", se_a=[sa], se_b=[sb], background=[g])
    # 400,000 draws: relative error of a standard deviation about 1/sqrt(800,000) = 0.1 %.
    assert expected.se[0] == pytest.approx(drawn.std(), rel=0.01)
    assert expected.value[0] == pytest.approx(drawn.mean(), abs=3 * drawn.std() / np.sqrt(drawn.size))


def test_sums_on_logarithms_are_products_of_fractions() -> None:
    a, b = 0.5, 0.25
    product = bliss_expectation([a], [b], model="product").value[0]
    summed = bliss_expectation([np.log2(a)], [np.log2(b)], model="sum").value[0]
    assert np.exp2(summed) == pytest.approx(product)


@given(fractions, fractions)
def test_bliss_is_symmetric_and_a_drug_without_effect_changes_nothing(a: float, b: float) -> None:
    one = bliss_expectation([a], [b], model="product", se_a=[0.1], se_b=[0.2])
    other = bliss_expectation([b], [a], model="product", se_a=[0.2], se_b=[0.1])
    assert one.value[0] == pytest.approx(other.value[0])
    assert one.se[0] == pytest.approx(other.se[0])
    assert bliss_expectation([a], [1.0], model="product").value[0] == pytest.approx(a)


def test_excess_is_positive_where_the_pair_does_more() -> None:
    expected = bliss_expectation([0.8], [0.5], model="product", se_a=[0.03], se_b=[0.04])
    bliss = bliss_excess([0.1], [0.05], expected)
    assert bliss.value[0] == pytest.approx(0.3)
    variance = 0.05**2 + (0.5 * 0.03) ** 2 + (0.8 * 0.04) ** 2 + (0.03 * 0.04) ** 2
    assert bliss.se[0] == pytest.approx(np.sqrt(variance))
    hsa = hsa_excess([0.1], [0.05], [0.8], [0.5], se_a=[0.03], se_b=[0.04])
    assert hsa.value[0] == pytest.approx(0.4)
    assert hsa.se[0] == pytest.approx(np.hypot(0.05, 0.04))


def test_unknown_error_stays_unknown() -> None:
    assert np.isnan(bliss_expectation([0.8], [0.5], model="product", se_a=[0.1]).se[0])


def test_degrees_of_freedom_lie_between_the_smaller_and_the_sum() -> None:
    got = bliss_expectation(
        [0.5], [0.5], model="sum", se_a=[0.1], se_b=[0.1], degrees_a=[2], degrees_b=[2]
    ).degrees[0]
    assert got == pytest.approx(4.0)
    lopsided = bliss_expectation(
        [0.5], [0.5], model="sum", se_a=[0.1], se_b=[1e-9], degrees_a=[2], degrees_b=[2]
    ).degrees[0]
    assert lopsided == pytest.approx(2.0)


def test_room_is_the_mean_over_dose_pairs() -> None:
    a, b = np.array([1.0, 0.5]), np.array([0.8, 0.2])
    by_hand = np.mean([x * y - min(x, y) for x in a for y in b])
    assert single_agent_room(a, b, model="product") == pytest.approx(by_hand)
    logs = single_agent_room(np.log2(a), np.log2(b), model="sum")
    assert logs == pytest.approx(by_hand)
    assert np.isnan(single_agent_room([], b, model="product"))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_room_of_fractions_is_never_positive_and_at_least_minus_a_quarter(
    a: list[float], b: list[float]
) -> None:
    assert -0.25 - 1e-12 <= single_agent_room(a, b, model="product") <= 1e-12


def test_pooled_deviation_is_that_of_one_way_anova() -> None:
    groups = [np.array([1.0, 2.0, 4.0]), np.array([0.0, 0.5]), np.array([3.0])]
    residual = sum(((group - group.mean()) ** 2).sum() for group in groups)
    se = [group.std(ddof=1) / np.sqrt(group.size) if group.size > 1 else np.nan for group in groups]
    deviation, degrees = pooled_deviation(se, [group.size for group in groups])
    assert degrees == 3
    assert deviation == pytest.approx(np.sqrt(residual / 3))
