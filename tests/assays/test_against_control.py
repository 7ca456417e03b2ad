"""Readings against their control: an independent calculation, and what must not change an effect."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.against_control import SCALES_IN, effects_against_control
from kinescape.assays.reading import READING_SCHEMA
from kinescape.foundation.issues import Faults

POSITIVE = st.floats(0.01, 1e4)


def readings(values: list[tuple[str, float, str]]) -> pl.DataFrame:
    rows = [
        (index + 2, "A", "all", condition, 1.0, "pERK", value, replicate)
        for index, (condition, value, replicate) in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=READING_SCHEMA, orient="row")


def effect(values: list[tuple[str, float, str]], scale: str = "raw") -> dict[str, float]:
    faults = Faults()
    effects, _ = effects_against_control(readings(values), scale, faults, file="made")
    assert not faults.errors
    return effects.row(0, named=True)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=2, max_size=6))
def test_paired_replicates_against_numpy(pairs: list[tuple[float, float]]) -> None:
    values = [("control", control, f"r{index}") for index, (control, _) in enumerate(pairs)]
    values += [("MEKi", treated, f"r{index}") for index, (_, treated) in enumerate(pairs)]
    changes = np.array([np.log2(treated / control) for control, treated in pairs])
    found = effect(values)
    assert found["value"] == pytest.approx(changes.mean(), abs=1e-9)
    assert found["se"] == pytest.approx(changes.std(ddof=1) / np.sqrt(len(pairs)), abs=1e-9)
    assert found["n"] == len(pairs)


@given(st.lists(POSITIVE, min_size=2, max_size=6), st.lists(POSITIVE, min_size=2, max_size=6))
def test_unpaired_replicates_against_numpy(controls: list[float], treated: list[float]) -> None:
    values = [("control", value, f"c{index}") for index, value in enumerate(controls)]
    values += [("MEKi", value, f"t{index}") for index, value in enumerate(treated)]
    one, two = np.log2(controls), np.log2(treated)
    error = np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))
    found = effect(values)
    assert found["value"] == pytest.approx(two.mean() - one.mean(), abs=1e-9)
    assert found["se"] == pytest.approx(error, abs=1e-9)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=4), st.floats(0.1, 100.0))
def test_log2_values_give_what_raw_ones_give(pairs: list[tuple[float, float]], gain: float) -> None:
    raw, logged = [], []
    for index, (control, treated) in enumerate(pairs):
        for condition, value in (("control", control), ("MEKi", treated)):
            raw.append((condition, value * gain, f"r{index}"))
            logged.append((condition, float(np.log2(value)), f"r{index}"))
    assert effect(raw)["value"] == pytest.approx(effect(logged, "log2")["value"], abs=1e-9)


def test_one_replicate_has_no_error() -> None:
    found = effect([("control", 1.0, "r"), ("MEKi", 2.0, "r"), ("MEKi", 8.0, "r")])
    assert (found["value"], found["se"], found["n"]) == (2.0, None, 1)
    assert found["flags"] == ["dose_unstated", "wells_of_one_plate"]


def test_values_without_a_ratio_are_told_with_their_row() -> None:
    faults = Faults()
    bad = readings([("control", 1.0, "r"), ("MEKi", 0.0, "r"), ("MEKi", -3.0, "r")])
    effects_against_control(bad, "raw", faults, file="made")
    assert [(fault.code, fault.row) for fault in faults.errors] == [("not-positive", 3), ("not-positive", 4)]


def test_every_scale_leads_to_one_of_the_table() -> None:
    from kinescape.measurements.schema import SCALES

    assert {kind.becomes for kind in SCALES_IN.values()} == set(SCALES)


def test_an_unpaired_control_of_one_replicate_leaves_no_standard_error() -> None:
    values = [("control", 100.0, "c1"), *(("MEKi", 50.0 + number, f"r{number}") for number in range(3))]
    faults = Faults()
    effects, _ = effects_against_control(readings(values), "raw", faults, file="made")
    assert effects["se"].to_list() == [None]
    assert "single-control" in {fault.code for fault in faults.warnings}
