import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.units import Quantity
from kinescape.model.dose_code import dose_scale, dose_scales


def test_two_doses_are_half_and_one() -> None:
    scale = dose_scale("x", [Quantity(1, "uM"), Quantity(300, "nM"), Quantity(1, "uM")])
    assert scale.codes == (0.5, 1.0)
    assert scale.code(Quantity(0.3, "uM")) == 0.5


def test_relative_is_dose_over_largest() -> None:
    scale = dose_scale("x", [Quantity(1, "uM"), Quantity(200, "nM")], rule="relative")
    assert scale.codes == pytest.approx((0.2, 1.0))


def test_occupancy_is_the_hill_formula() -> None:
    scale = dose_scale("x", [Quantity(10, "nM")], rule="occupancy", potency_molar=30e-9)
    assert scale.code(Quantity(30, "nM")) == pytest.approx(0.5)
    assert scale.code(Quantity(90, "nM")) == pytest.approx(0.75)


def test_occupancy_needs_a_molar_dose() -> None:
    scale = dose_scale("HGF", [Quantity(50, "ng/mL")], rule="occupancy", potency_molar=1e-9)
    assert scale.rule == "level"


def test_unstated_dose_counts_as_full() -> None:
    assert dose_scale("x", [None]).code(None) == 1.0
    assert dose_scale("x", [Quantity(1, "uM"), None]).code(None) == 1.0


def test_units_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="mass and molar"):
        dose_scale("x", [Quantity(1, "uM"), Quantity(50, "ng/mL")])


@pytest.mark.parametrize("potency", [0.0, -1.0, float("nan")])
def test_impossible_potency_is_refused(potency: float) -> None:
    with pytest.raises(ValueError, match="potency of x"):
        dose_scale("x", [Quantity(1, "uM")], rule="occupancy", potency_molar=potency)


def test_each_agent_has_its_own_scale() -> None:
    scales = dose_scales({"a": [Quantity(1, "uM")], "b": [None]}, potency_molar={"a": 1e-6}, rule="occupancy")
    assert scales["a"].code(Quantity(1, "uM")) == 0.5
    assert scales["b"].rule == "presence"


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6, unique=True),
    st.floats(1e-4, 1e4),
    st.floats(1.01, 10),
    st.sampled_from(["level", "relative", "occupancy"]),
)
def test_more_drug_never_has_a_smaller_code(
    doses: list[float], dose: float, factor: float, rule: str
) -> None:
    scale = dose_scale("x", [Quantity(d, "nM") for d in doses], rule=rule, potency_molar=1e-8)  # type: ignore[arg-type]
    less, more = scale.code(Quantity(dose, "nM")), scale.code(Quantity(dose * factor, "nM"))
    assert 0 < less <= more + 1e-12 <= 1 + 2e-12
