import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.measurements.false_discovery import false_discovery_rate


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_against_scipy(p_values):
    from scipy.stats import false_discovery_control

    assert false_discovery_rate(p_values) == pytest.approx(false_discovery_control(p_values))


def test_what_was_not_tested_does_not_count():
    found = false_discovery_rate([0.01, float("nan"), 0.04])
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(found[1])
    assert false_discovery_rate([]).size == 0
