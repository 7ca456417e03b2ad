"""Base units of doses and how a dose or an interval is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.viability.reading.dose_unit import BASE_UNITS, base_unit, dose_text, interval_text
from kinescape.foundation.errors import InputError
from kinescape.foundation.units import UNITS, parse_quantity


@given(st.sampled_from(UNITS), st.floats(1e-6, 1e6))
def test_what_is_said_of_a_dose_is_that_dose(unit: str, amount: float) -> None:
    factor, base = base_unit(unit, "x.csv", None)
    assert base in BASE_UNITS.values()
    said = parse_quantity(dose_text(amount * factor, base))
    assert said.in_family_units == pytest.approx(amount * factor, rel=6e-3)


def test_an_end_far_beyond_the_doses_is_open() -> None:
    tested = (1e-9, 1e-6)
    assert interval_text(1e-8, 2e-7, "M", tested=tested) == "10 nM to 200 nM".replace("10 nM to", "10 to")
    assert interval_text(5e-7, 2e-6, "M", tested=tested) == "500 nM to 2 uM"
    assert interval_text(5e-7, 2e-3, "M", tested=tested) == "above 500 nM"
    assert interval_text(1e-15, 2e-8, "M", tested=tested) == "below 20 nM"
    assert interval_text(2e-3, float("inf"), "M", tested=tested) == "above 1 uM"
    assert interval_text(None, None, "M", tested=tested) == ""


def test_an_unknown_unit_is_told_with_its_place() -> None:
    with pytest.raises(InputError) as error:
        base_unit("parsec", "x.csv", "unit", 7)
    assert (error.value.faults[0].row, error.value.faults[0].column) == (7, "unit")
