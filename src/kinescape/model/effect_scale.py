"""Values of each scale as effects that add up and are zero where nothing happens, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinescape.measurements.schema import NO_EFFECT

FRACTION_FLOOR = 2.0**-6
"""Fractions of control enter as logarithms; smaller ones count as this."""


def to_effect(value: NDArray, scale: str) -> NDArray:
    """Values of a scale as effects that are zero where nothing happens."""
    if scale == "fraction_of_control":
        return np.log2(np.maximum(value, FRACTION_FLOOR))
    return np.asarray(value) - NO_EFFECT[scale]


def from_effect(effect: NDArray, scale: str) -> NDArray:
    """Effects back on their scale; the inverse of `to_effect` above the floor."""
    if scale == "fraction_of_control":
        return np.exp2(effect)
    return np.asarray(effect) + NO_EFFECT[scale]
