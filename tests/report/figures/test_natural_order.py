"""Names of contrasts in the order of their times and doses."""

from __future__ import annotations

import random

from kinescape.report.figures.natural_order import natural_order


def test_times_and_doses_come_by_their_size_whatever_their_unit() -> None:
    told = ["EGF at 30 s", "EGF at 5 min", "EGF at 10 min", "EGF at 1 h", "EGF at 1.5 h", "EGF at 1 d"]
    for seed in range(5):
        assert natural_order(random.Random(seed).sample(told, len(told))) == told
    assert natural_order(["a 1 uM", "a 300 nM", "a 0.1 µM"]) == ["a 0.1 µM", "a 300 nM", "a 1 uM"]


def test_other_names_stay_where_they_are() -> None:
    names = ["trametinib 1 uM", "dasatinib 1 uM", "OE:ERBB2", "EGF at 10 min", "EGF at 5 min"]
    assert natural_order(names) == [*names[:3], "EGF at 5 min", "EGF at 10 min"]
    assert natural_order([]) == []
