"""Designs that hide a condition in a batch."""

import numpy as np
import pytest

from kinescape.assays.phospho.site_contrasts.confounding import estimable, mixtures_of


@pytest.mark.parametrize(
    ("batches", "told"),
    [([0, 0, 1, 1], False), ([0, 1, 0, 1], True), ([0, 1, 1, 1], True), ([0, 0, 1, 2], False)],
)
def test_what_a_model_can_tell(batches, told):
    condition = np.repeat(np.eye(2), 2, axis=0)
    batch = np.eye(3)[batches]
    model = np.hstack([condition, batch])
    assert estimable(model, np.array([[-1.0, 1.0, 0, 0, 0]])).tolist() == [told]


def test_no_contrast_is_no_fault():
    assert estimable(np.ones((2, 1)), np.zeros((0, 1))).tolist() == []


def test_mixtures_by_the_names_of_channels():
    assert mixtures_of(["a b 126", "a b 134N", "channel 3 m2", "channel 3", "run 2018 140", "x126"]) == [
        "a b",
        "a b",
        "m2",
        None,
        None,
        None,
    ]
