import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.model.design import Design
from kinescape.model.network_members.saturating import run
from kinescape.model.network_members.saturating_fit import SaturatingFit, fit_saturating
from kinescape.model.prior import Wiring
from kinescape.model.questions.fixed_nodes import clamped, fixed_effects


@pytest.fixture(scope="module")
def fit(planted: tuple[Design, Wiring]) -> SaturatingFit:
    return fit_saturating(*planted)


@settings(max_examples=20, deadline=None)
@given(dose=st.lists(st.floats(0, 1), min_size=10, max_size=10))
def test_with_nothing_held_it_is_the_circuit(fit: SaturatingFit, dose: list[float]) -> None:
    given_dose = np.array(dose)
    expected = run(fit.circuit, fit.parameters, given_dose[None, :]).effects[0]
    np.testing.assert_allclose(clamped(fit.circuit, fit.parameters, given_dose, {}), expected, atol=1e-12)


def test_a_held_node_shows_its_value(fit: SaturatingFit, planted: tuple[Design, Wiring]) -> None:
    design = planted[0]
    mean, variance = fixed_effects(fit, np.zeros(10), {"n4": -0.7})
    column = design.readouts.index("p-n4")
    gain = np.exp(0.5 * fit.parameters[fit.circuit.layout.gain][column])
    assert mean[column] == pytest.approx(-0.7 * gain * fit.core.scale[column])
    assert mean[design.readouts.index("p-n9")] < 0
    assert (variance >= 0).all()
    assert variance[design.readouts.index("p-n9")] > 0


def test_nodes_outside_change_nothing(fit: SaturatingFit) -> None:
    mean, variance = fixed_effects(fit, np.zeros(10), {"elsewhere": 1.0})
    assert not mean.any()
    assert not variance.any()


def test_draws_come_from_the_seed(fit: SaturatingFit) -> None:
    first, again, other = (fixed_effects(fit, np.zeros(10), {"n4": 1.0}, seed=s)[1] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
