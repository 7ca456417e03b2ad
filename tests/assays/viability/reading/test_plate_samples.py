"""Which untreated wells belong to which sample of a plate."""

from __future__ import annotations

import polars as pl

from kinescape.assays.viability.reading.plate_samples import by_sample, controls_of_samples
from kinescape.foundation.issues import Faults

PLATES = pl.DataFrame(
    {
        "plate": ["one"] * 3 + ["two"] * 5,
        "role": ["treated", "control", "blank", "treated", "treated", "control", "control", "blank"],
        "sample": ["A", None, None, "A", "B", "A", "B", None],
    }
)


def test_open_controls_join_the_one_sample_of_their_plate() -> None:
    faults = Faults()
    named = controls_of_samples(PLATES, faults, "x.csv")
    assert not len(faults) and named["sample"].to_list()[:2] == ["A", "A"]


def test_blanks_are_shared_and_controls_are_not() -> None:
    grouped = by_sample(controls_of_samples(PLATES, Faults(), "x.csv"))
    counts = dict(grouped.group_by("group").len().iter_rows())
    assert counts == {"one": 3, "two (A)": 3, "two (B)": 3}
    assert by_sample(PLATES.head(3))["group"].to_list() == ["one"] * 3
