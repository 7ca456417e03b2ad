"""Scores of predictions on held-out entries, with intervals over the units that were held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.randomness import generator

RESAMPLES = 1000


@dataclass(frozen=True)
class Entries:
    """Held-out entries of one task, the same for every method.

    Parameters
    ----------
    measured : (n,) array
        Values in original units.
    unit : (n,) array of int
        Held-out unit of each entry.
    """

    measured: NDArray[np.float64]
    unit: NDArray[np.int64]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(np.unique(self.unit))


def rmse(error: NDArray) -> float:
    """Root mean square of errors."""
    return float(np.sqrt(np.mean(np.square(error))))


def pearson(predicted: NDArray, measured: NDArray) -> float | None:
    """Pearson correlation; None where one side does not vary."""
    if len(measured) < 2 or np.ptp(predicted) == 0 or np.ptp(measured) == 0:
        return None
    return float(np.corrcoef(predicted, measured)[0, 1])


def resampled_rmse(
    error: NDArray, unit: NDArray, seed: int, *, resamples: int = RESAMPLES
) -> NDArray[np.float64]:
    """RMSE of units drawn with replacement, each with all its entries; shape (resamples,).

    The same seed and units draw the same units, so that two methods can be compared in pairs.

    Parameters
    ----------
    error : (n,) array
        Prediction minus measurement.
    unit : (n,) array of int
        Unit of each entry.
    seed : int
        Of the draws.
    """
    units, inverse = np.unique(unit, return_inverse=True)
    squares = np.bincount(inverse, weights=np.square(error))
    counts = np.bincount(inverse)
    drawn = generator(seed, "bootstrap", len(units)).integers(len(units), size=(resamples, len(units)))
    return np.sqrt(squares[drawn].sum(axis=1) / counts[drawn].sum(axis=1))


def interval(values: NDArray) -> tuple[float, float]:
    """The middle 90 % of resampled values."""
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def coverage(measured: NDArray, low: NDArray, high: NDArray) -> float:
    """Share of measurements inside their intervals."""
    return float(np.mean((measured >= low) & (measured <= high)))
