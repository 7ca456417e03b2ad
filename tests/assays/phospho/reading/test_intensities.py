"""Numbers of a table, and the scale they are on."""

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.reading.intensities import as_log2, numbers
from kinescape.foundation.issues import Faults


def read(cells, faults):
    frame = pl.DataFrame({"a": cells})
    return numbers(frame, ["a"], pl.Series(range(2, 2 + len(cells))), faults, "f.txt")["a"].to_list()


def test_numbers_and_what_is_not_measured():
    faults = Faults()
    assert read(["1", "2.5E+3", None, "NaN", "Filtered", "#NUM!"], faults) == [
        1,
        2500,
        None,
        None,
        None,
        None,
    ]
    assert not faults


def test_words_have_their_place():
    faults = Faults()
    read(["1", "many", "2-Sep"], faults)
    assert [(fault.row, fault.column) for fault in faults.errors] == [(3, "a"), (4, "a")]


def test_a_long_list_of_faults_is_cut():
    faults = Faults()
    read(["x"] * 50, faults)
    assert len(faults.errors) == 4
    assert "and 47 more" in faults.errors[-1].found


def test_decimal_commas():
    faults = Faults()
    assert read(["1,5", "2", "3,25E+02"], faults) == [1.5, 2.0, 325.0]
    assert [note.code for note in faults.notes] == ["decimal-comma"]


@pytest.mark.parametrize(
    ("values", "scale", "expected"),
    [
        ([[1024.0, 4096.0], [0.0, 64.0]], None, [[10, 12], [np.nan, 6]]),
        ([[20.0, 22.5], [np.nan, 18.0]], None, [[20, 22.5], [np.nan, 18]]),
        ([[2.0, 4.0]], "linear", [[1, 2]]),
        ([[10.0, 20.0]], "log2", [[10, 20]]),
    ],
)
def test_scales(values, scale, expected):
    faults = Faults()
    found = as_log2(np.array(values), ("a", "b"), scale, faults, "f")
    assert np.array_equal(found, expected, equal_nan=True)
    assert not faults.errors


def test_negative_intensities_are_not_measured_and_said():
    faults = Faults()
    found = as_log2(np.array([[-5.0, 1e6], [1e6, 1e6]]), ("a", "b"), "linear", faults, "f")
    assert np.isnan(found[0, 0])
    assert faults.warnings[0].code == "not-positive"


def intensities(kind, n=200):
    logs = np.random.default_rng(3).normal(24, 2, (n, 2))
    return {"log2": logs, "linear": 2**logs, "ratio": 2 ** (logs / 2 - 12), "log2 ratio": logs / 2 - 12}[kind]


@pytest.mark.parametrize(
    ("kind", "stated", "code"),
    [
        ("log2", "log2", None),
        ("log2", None, None),
        ("log2", "linear", "scale-contradicted"),
        ("linear", "linear", None),
        ("linear", None, None),
        ("linear", "log2", "scale-contradicted"),
        ("ratio", "linear", None),
        ("ratio", "log2", None),
        ("ratio", None, "scale-open"),
        ("log2 ratio", None, None),
        ("log2 ratio", "linear", "scale-contradicted"),
    ],
)
def test_a_scale_that_the_values_contradict_is_refused(kind, stated, code):
    faults = Faults()
    as_log2(intensities(kind), ("a", "b"), stated, faults, "f")
    assert [fault.code for fault in faults.errors] == ([code] if code else [])


def test_the_contradiction_says_what_was_seen():
    faults = Faults()
    as_log2(np.array([[3e9, 20.0]]), ("a", "b"), "log2", faults, "f")
    assert "1 sample (a) holds values up to 3e+09" in faults.errors[0].text


def test_a_stated_scale_is_believed():
    faults = Faults()
    as_log2(np.array([[20.0, 1e6]]), ("a", "b"), "linear", faults, "f")
    assert not faults.errors
    as_log2(np.array([[20.0, 1e6]]), ("a", "b"), None, faults, "f")
    assert faults.errors[0].code == "scales-mixed"
