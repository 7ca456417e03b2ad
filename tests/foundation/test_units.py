import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.units import UNITS, Quantity, parse_quantity


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0.3 µM", "300 nM"),
        ("0.3uM", "300 nM"),
        ("300nM", "300 nM"),
        ("1000 nM", "1 uM"),
        ("1 umol/L", "1 uM"),
        ("50 ng/ml", "50 ng/mL"),
        ("0.05 ug/mL", "50 ng/mL"),
        ("1e-7 M", "100 nM"),
        ("2 Gy", "2 Gy"),
        ("10 %", "10 %"),
        (".5 uM", "500 nM"),
    ],
)
def test_one_spelling(written, canonical):
    assert parse_quantity(written).text == canonical


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("5", "no unit"),
        ("5 mg", "not a concentration"),
        ("5 mgg", "unknown unit"),
        ("0,3 uM", "decimal comma"),
        ("-1 uM", "positive"),
        ("0 uM", "positive"),
        ("much", "not an amount"),
        ("1e999 uM", "finite"),
    ],
)
def test_refused_with_a_reason(written, reason):
    with pytest.raises(ValueError, match=reason):
        parse_quantity(written)


@given(st.floats(1e-6, 1e6), st.sampled_from(UNITS))
def test_text_round_trips_and_the_amount_is_kept(amount, unit):
    quantity = Quantity(amount, unit)
    again = parse_quantity(quantity.text)
    assert again == quantity
    assert again.text == quantity.text
    if quantity.molar is not None:
        factor = {"M": 1, "mM": 1e-3, "uM": 1e-6, "nM": 1e-9, "pM": 1e-12, "fM": 1e-15}[unit]
        assert math.isclose(quantity.molar, amount * factor, rel_tol=1e-10)
