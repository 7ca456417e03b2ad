"""What a member answers: a mean for each row and readout and, where it has one, an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kinescape.model.design import Rows

INTERVAL = 0.90
"""Probability that an interval states."""
NORMAL_QUANTILE = 1.6448536269514722
"""Half width of a 90 % interval in standard deviations."""


@dataclass(frozen=True)
class Prediction:
    """Predicted effects.

    Parameters
    ----------
    mean : (n, n_readouts) array
        Effects, zero for none.
    low, high : (n, n_readouts) array or None
        90 % interval of a new measurement, noise included; None for methods without one.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None

    @classmethod
    def around(cls, mean: NDArray, half_width: NDArray) -> Prediction:
        """With a symmetric interval."""
        return cls(mean, mean - half_width, mean + half_width)

    @classmethod
    def joined(cls, parts: Sequence[Prediction]) -> Prediction:
        """Of rows that were asked for in parts; without an interval where a part has none."""
        low = [part.low for part in parts if part.low is not None]
        high = [part.high for part in parts if part.high is not None]
        whole = len(low) == len(high) == len(parts)
        mean = np.concatenate([part.mean for part in parts])
        return cls(mean, np.concatenate(low) if whole else None, np.concatenate(high) if whole else None)


class Fitted(Protocol):
    """A member after its fit."""

    def predict(self, rows: Rows) -> Prediction:
        """Effects of rows, measured or not."""
        ...
