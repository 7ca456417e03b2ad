"""Percent or fraction, viability or inhibition: told from controls, refused when in doubt."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from kinescape.assays.viability.reading.response_scale import (
    ResponseScale,
    read_scale,
    tell_no_controls,
    tell_odd_controls,
)
from kinescape.foundation.issues import Faults

FALLING = np.array([1.0, 0.9, 0.5, 0.1])


@pytest.mark.parametrize(
    ("control", "treated", "scale", "measures"),
    [
        ([1.0, 0.97], FALLING, "fraction", "viability"),
        ([100.0, 97.0], 100 * FALLING, "percent", "viability"),
        ([0.0, 0.03], 1 - FALLING, "fraction", "inhibition"),
        ([0.0, 3.0], 100 * (1 - FALLING), "percent", "inhibition"),
    ],
)
def test_the_four_ways_are_told_apart(
    control: list[float], treated: np.ndarray, scale: str, measures: str
) -> None:
    faults = Faults()
    read = read_scale(np.array(control), treated, faults, file="f")
    assert read is not None and (read.scale, read.measures) == (scale, measures)
    assert read.as_fraction(treated) == pytest.approx(FALLING)
    assert measures in read.stated and not faults.errors


def test_no_effect_at_all_in_inhibition_is_ambiguous_unless_said() -> None:
    faults = Faults()
    assert read_scale(np.array([0.0, 0.0]), np.array([0.01, 0.05]), faults, file="f") is None
    assert faults.errors[0].code == "scale-ambiguous"
    told = read_scale(np.array([0.0]), np.array([0.01, 0.05]), Faults(), file="f", scale="percent")
    assert told is not None and told.scale == "percent"


@pytest.mark.parametrize("centre", [5.0, 20.0, 400.0, 41230.0])
def test_what_is_neither_is_refused(centre: float) -> None:
    faults = Faults()
    assert read_scale(np.full(4, centre), np.array([1.0, 0.4]) * centre, faults, file="f") is None
    assert faults.errors[0].code == "scale-ambiguous"


def test_a_declaration_that_the_controls_contradict_is_refused() -> None:
    faults = Faults()
    assert (
        read_scale(np.array([100.0]), 100 * FALLING, faults, file="f", scale="fraction", measures="viability")
        is None
    )
    assert faults.errors[0].code == "scale-contradicted" and 'scale = "percent"' in (
        faults.errors[0].mend or ""
    )
    faults = Faults()
    assert read_scale(np.array([0.02]), 1 - FALLING, faults, file="f", measures="viability") is None
    assert "inhibition" in (faults.errors[0].mend or "")


def test_lowest_doses_stand_in_for_controls_and_it_is_said() -> None:
    read = read_scale(np.empty(0), 100 * FALLING, Faults(), file="f", least_hit=np.array([99.0, 103.0]))
    assert read is not None and read.scale == "percent" and "no untreated wells" in read.stated
    faults = Faults()
    assert (
        read_scale(np.empty(0), FALLING, faults, file="f") is None
        and faults.errors[0].code == "control-missing"
    )


def test_an_unknown_word_is_told() -> None:
    faults = Faults()
    assert read_scale(np.ones(2), FALLING, faults, file="f", scale="permille") is None
    assert "percent" in (faults.errors[0].expected or "")


def test_controls_worse_than_treated_wells_are_told() -> None:
    faults = Faults()
    read_scale(np.array([55.0]), 100 * FALLING, faults, file="f", least_hit=np.array([100.0]))
    assert [fault.code for fault in faults.warnings] == ["controls-worse"]
    faults = Faults()
    read_scale(np.array([52.0]), 100 * FALLING, faults, file="f", least_hit=np.array([120.0]))
    assert [fault.code for fault in faults.errors] == ["controls-worse"]


def test_an_inhibition_that_may_be_a_viability_with_dead_controls_is_refused() -> None:
    control, treated, least = np.full(6, 20.0), np.array([95.0, 50.0, 30.0]), np.full(2, 95.0)
    faults = Faults()
    assert read_scale(control, treated, faults, file="f", least_hit=least) is None
    (fault,) = faults.errors
    assert fault.code == "controls-worse" and "6 untreated wells have a median of 20" in fault.found
    assert 'measures = "inhibition"' in (fault.mend or "")
    said = read_scale(control, treated, Faults(), file="f", measures="inhibition", least_hit=least)
    assert said is not None and said.measures == "inhibition"


def test_an_inhibition_that_is_large_from_the_lowest_dose_on_is_read_where_controls_are_near_zero() -> None:
    treated, least = np.array([80.0, 95.0, 99.0]), np.array([80.0])
    read = read_scale(np.array([2.0, -1.0]), treated, Faults(), file="f", least_hit=least)
    assert read is not None and read.measures == "inhibition"


def test_controls_of_two_kinds_are_told_with_the_rows_of_each() -> None:
    control = np.array([1.0, 0.98, 98.0, 97.0, np.nan])
    faults = Faults()
    treated = np.array([0.5, 60.0])
    assert read_scale(control, treated, faults, file="f", rows=np.array([2, 9, 16, 23, 30])) is None
    (fault,) = faults.errors
    assert fault.code == "scale-mixed" and fault.row == 2
    assert "2 read about 1 (rows 2, 9) and 2 about 100 (rows 16, 23)" in fault.found


@pytest.mark.parametrize(("ones", "severity"), [(1, "warning"), (2, "error"), (4, "error")])
def test_a_quarter_of_the_controls_on_another_scale_is_refused_and_a_dead_well_is_not(
    ones: int, severity: str
) -> None:
    faults = Faults()
    lines = _lines({"A": [99.0] * 4 + [1.0] * ones}, 0.5)
    tell_odd_controls(ResponseScale("percent", "viability", ""), lines, faults, "f.csv")
    assert [(one.code, one.severity) for one in faults] == [("scale-mixed", severity)]


def test_without_untreated_wells_it_is_a_warning_unless_all_is_said() -> None:
    for control, scale, measures, told in (
        ([], None, None, ["control-missing"]),
        ([np.nan], "percent", None, ["control-missing"]),
        ([], "percent", "viability", []),
        ([1.0], None, None, []),
    ):
        faults = Faults()
        tell_no_controls(np.array(control), scale, measures, faults, "f")
        assert [fault.code for fault in faults.warnings] == told == [fault.code for fault in faults]


def _lines(untreated: dict[str, list[float]], top: float) -> pl.DataFrame:
    rows = [
        (sample, "x", dose, response, 2)
        for sample, responses in untreated.items()
        for dose, response in [(0.0, one) for one in responses] + [(1.0, top * max(responses))]
    ]
    return pl.DataFrame(rows, schema=["sample", "agent", "dose", "response", "row"], orient="row")


@pytest.mark.parametrize(
    ("odd", "severity"),
    [
        ([1.0, 0.98], "error"),  # fractions among percentages
        ([0.4, -0.2], "error"),  # inhibition among viabilities
        ([1.0], "error"),  # one well, and the treated one beside it is of the same scale
        ([99.0, 1.01, 100.0], "warning"),
    ],
)
def test_a_sample_of_another_scale_than_its_file_is_told(odd: list[float], severity: str) -> None:
    faults = Faults()
    lines = _lines({"A": [100.0, 98.0, 101.0], "B": odd}, 0.5)
    tell_odd_controls(ResponseScale("percent", "viability", ""), lines, faults, "f.csv")
    assert [(one.code, one.severity, one.row) for one in faults] == [("scale-mixed", severity, 2)]
    assert severity == "warning" or "'B' with 'x'" in faults.errors[0].found


def test_one_bad_well_of_a_screen_does_not_stop_it() -> None:
    faults = Faults()
    lines = _lines({"A": [100.0], "B": [2.0]}, 0.5).with_columns(
        response=pl.when(pl.col("dose") > 0).then(60.0).otherwise("response")
    )
    tell_odd_controls(ResponseScale("percent", "viability", ""), lines, faults, "f.csv")
    assert not faults.errors and len(faults.warnings) == 1


def test_controls_a_fifth_off_are_of_one_scale() -> None:
    faults = Faults()
    tell_odd_controls(
        ResponseScale("fraction", "inhibition", ""), _lines({"A": [0.02], "B": [-0.2]}, 0.9), faults, "f.csv"
    )
    assert not list(faults)
