"""Doses of a long table: units beside them, in the heading, in the cell; and what is no dose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_amounts import equal_step, read_amounts
from kinescape.foundation.issues import Faults


def amounts(
    doses: list[str | None],
    units: list[str | None] | None = None,
    *,
    name: str = "dose",
    unit: str | None = None,
) -> tuple[list[float | None], list[str | None], list[str]]:
    frame = pl.DataFrame({name: pl.Series(doses, dtype=pl.String)})
    if units is not None:
        frame = frame.with_columns(unit=pl.Series(units, dtype=pl.String))
    faults = Faults()
    dose, found = read_amounts(Cells(frame, "x.csv", 2), name, "unit" if units else None, unit, faults)
    return dose.to_list(), found.to_list(), [fault.code for fault in faults]


def test_units_that_are_not_molar_are_kept() -> None:
    dose, unit, told = amounts(["0", "5", "2", "3"], [None, "ng/mL", "Gy", "U/mL"])
    assert dose == pytest.approx([0.0, 5e-6, 2.0, 3.0]) and unit == [None, "mg/mL", "Gy", "U/mL"]
    assert told == ["mixed-units"]
    assert amounts(["1", "2"], name="dose_ng/mL")[1] == ["mg/mL", "mg/mL"]


def test_a_dose_may_carry_its_unit() -> None:
    dose, unit, told = amounts(["0", "10 nM", "0.1uM", "1 µM", None])
    assert dose[:4] == pytest.approx([0.0, 1e-8, 1e-7, 1e-6]) and dose[4] is None
    assert unit[:4] == ["M"] * 4 and told == ["mixed-units"]
    assert amounts(["1e-3", "1E2"], unit="nM")[2] == []


@pytest.mark.parametrize(
    ("doses", "units", "unit", "code"),
    [
        (["10 nM", "5"], None, None, "mixed-units"),
        (["10 nM", "5 parsec"], None, None, "dose"),
        (["10 nM"], None, "uM", "two-ways"),
        (["1", "2"], None, None, "unit-missing"),
        (["1", "2"], ["uM", None], None, "unit-missing"),
        (["1", "2"], ["uM", "parsec"], None, "unknown-unit"),
        (["1", "2"], None, "parsec", "unknown-unit"),
        (["1", "2024-01-05 00:00:00"], None, "uM", "date-for-dose"),
        (["1", "3-Mar"], None, "uM", "date-for-dose"),
        (["-9", "-8", "-7"], None, "M", "negative-dose"),
        (["1", "2", "3", "4", "5"], None, "nM", "doses-evenly-spaced"),
    ],
)
def test_faults_are_told(doses: list[str], units: list[str] | None, unit: str | None, code: str) -> None:
    assert code in amounts(doses, units, unit=unit)[2]


@pytest.mark.parametrize(
    ("dilution", "step"),
    [((1, 3, 10, 30, 100, 300), 0.495), ((1, 2, 4, 8, 16), 0.301), ((1, 5, 20, 100, 400), None)],
)
def test_logarithms_of_a_dilution_rise_in_equal_steps(
    dilution: tuple[float, ...], step: float | None
) -> None:
    found = equal_step(np.log10(dilution), 5)
    assert found is None if step is None else found == pytest.approx(step, abs=1e-3)
    assert equal_step(np.asarray(dilution, dtype=float), 5) is None


def test_few_or_large_doses_are_no_logarithms() -> None:
    assert equal_step(np.array([1.0, 2.0, 3.0, 4.0]), 5) is None
    assert equal_step(np.array([10.0, 20.0, 30.0, 40.0, 50.0]), 5) is None


def test_a_heading_that_contradicts_the_given_unit_is_refused() -> None:
    assert amounts(["1"], name="dose_uM", unit="nM")[2] == ["two-ways"]
    assert amounts(["-6"], name="log10 dose", unit="M")[0] == pytest.approx([1e-6])


def test_negative_doses_are_one_message_with_their_number_and_rows() -> None:
    faults = Faults()
    frame = pl.DataFrame({"dose_uM": ["-2", "-1", "0"] * 9})
    read_amounts(Cells(frame, "x.csv", 2), "dose_uM", None, None, faults)
    (fault,) = faults.errors
    assert "18 of 27 doses are below zero, the first is -2 (rows 2, 3, 5, 6" in fault.found
    assert fault.row == 2 and "log10 dose" in (fault.mend or "")
    faults = Faults()
    read_amounts(
        Cells(pl.DataFrame({"dose_uM": ["10", "-3", "1"]}), "x.csv", 2), "dose_uM", None, None, faults
    )
    assert [(one.row, one.found, one.mend) for one in faults.errors] == [
        (3, "the dose -3 is below zero", "correct it")
    ]


def test_units_are_asked_for_once_in_the_row_where_they_lack(tmp_path: Path) -> None:
    frame = pl.DataFrame({"dose": ["0", "1", "2"], "unit": [None, "uM", None]})
    faults = Faults()
    read_amounts(Cells(frame, "x.csv", 2), "dose", "unit", None, faults)
    assert [(fault.code, fault.row) for fault in faults] == [("unit-missing", 4)]
