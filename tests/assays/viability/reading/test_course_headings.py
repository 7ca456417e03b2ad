"""Headings of time courses: conditions, bare doses, and doses without a unit."""

from __future__ import annotations

import pytest

from kinescape.assays.viability.reading.course_headings import (
    condition_of,
    is_bare,
    tell_bare,
    unitless_headings,
)
from kinescape.foundation.issues import Faults


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("DMSO", "control"),
        ("x 0 nM", "control"),
        ("Erl 37 nM + y 1 uM", "erlotinib 37 nM + y 1 uM"),
        ("TRAIL 5 ng/mL", "TRAIL 5 ng/mL"),
    ],
)
def test_headings_become_conditions(text: str, condition: str) -> None:
    faults = Faults()
    assert condition_of(text, None, None, {"Erl": "erlotinib"}, "x.csv", 1, faults) == condition
    assert not len(faults)


def test_bare_doses_take_the_drug_and_unit_that_are_given() -> None:
    assert is_bare("0.3") and is_bare("1e-3") and not is_bare("x 1")
    assert condition_of("0.3", "erlotinib", "uM", {}, "x.csv", 1, Faults()) == "erlotinib 300 nM"
    faults = Faults()
    tell_bare(["Control", "0.3", "1"], 1, "x.csv", faults)
    assert [fault.code for fault in faults] == ["unit-missing"] and "'1'" in next(iter(faults)).found


def test_several_numbers_behind_one_name_are_doses() -> None:
    heading = ["Control", "U0126 3.13", "U0126 6.25", "compound 7"]
    faults = Faults()
    assert set(unitless_headings(heading, 1, "x.csv", None, faults)) == {"U0126 3.13", "U0126 6.25"}
    assert [fault.code for fault in faults] == ["unit-missing"]
    told = Faults()
    found = unitless_headings([*heading, "U0126 3.13, R 1", "R 1"], 1, "x.csv", "uM", told)
    assert not len(told) and "compound 7" not in found
    assert found["U0126 3.13"] == "U0126 3.13 uM" and found["R 1"] == "R 1 uM"
    assert found["U0126 3.13, R 1"] == "U0126 3.13 uM + R 1 uM"
