import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.measurements.replicates import combine_replicates, effect_from_no_change
from kinescape.measurements.table import Measurements


def readings(values, replicates):
    return pl.DataFrame(
        {
            "sample": "A",
            "population": "all",
            "condition": "erlotinib 1 uM",
            "time_h": 1.0,
            "node": "EGFR",
            "readout": "p-EGFR",
            "value": values,
            "scale": "log2_fold_change",
            "assay": "luminex",
            "replicate": replicates,
        },
        schema_overrides={"replicate": pl.String},
    )


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=12))
def test_standard_error_against_scipy(values):
    from scipy import stats

    row = combine_replicates(readings(values, [str(i) for i in range(len(values))])).row(0, named=True)
    assert row["n"] == len(values)
    assert row["value"] == pytest.approx(np.mean(values))
    assert row["se"] == pytest.approx(stats.sem(values), abs=1e-12)


def test_wells_of_one_plate_are_one_replicate():
    combined = combine_replicates(readings([1.0, 2.0, 3.0], ["p1", "p1", "p1"]))
    row = combined.row(0, named=True)
    assert (row["n"], row["se"], row["value"]) == (1, None, 2.0)
    assert row["flags"] == ["wells_of_one_plate"]
    Measurements.from_frame(combined)


def test_plates_are_the_replicates_and_count_alike():
    row = combine_replicates(readings([0.0, 0.0, 0.0, 1.0], ["p1", "p1", "p1", "p2"])).row(0, named=True)
    assert (row["n"], row["value"]) == (2, 0.5)
    assert row["se"] == pytest.approx(0.5)


def test_one_reading_is_said_to_be_alone():
    row = combine_replicates(readings([1.0], ["a"])).row(0, named=True)
    assert (row["n"], row["se"], row["flags"]) == (1, None, ["single_replicate"])


def test_without_replicate_names_each_reading_counts():
    row = combine_replicates(readings([1.0, 3.0], [None, None])).row(0, named=True)
    assert (row["n"], row["value"]) == (2, 2.0)


def test_distance_from_no_change_depends_on_the_scale():
    frame = pl.DataFrame({"value": [0.25, 0.25], "scale": ["fraction_of_control", "z"]})
    out = frame.select(effect_from_no_change(pl.col("value"), pl.col("scale")))
    assert out["value"].to_list() == [-0.75, 0.25]
