"""One noise model for all synergy scores: how far a measured cell of a dose matrix would move if it were repeated.

In order of worth: independent replicates of the matrix; wells repeated within one experiment; and, where every
combination was measured once, the roughness of the matrix itself. Only the first allows a test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.measurements.replicate_error import usual_variance

Floats = NDArray[np.float64]

BASES = {
    "replicates": "independent replicates of the whole matrix",
    "wells": "repeated wells of one experiment: intervals, but no test",
    "scatter": "roughness of the matrix, each combination measured once: intervals, but no test",
    "none": "not known: nothing was repeated, and too few neighbouring combinations were measured",
}
"""Where an error comes from."""
_MEDIAN_TO_DEVIATION = 0.674489750196082
_MEDIAN_EFFICIENCY = 0.37


@dataclass(frozen=True)
class CellNoise:
    """Variance of one well.

    Parameters
    ----------
    variance : (n,) array
        Of each matrix, in squared fractions; NaN where nothing tells it.
    degrees : (n,) array
        Degrees of freedom.
    basis : tuple of str
        Keys of `BASES`.
    """

    variance: Floats
    degrees: Floats
    basis: tuple[str, ...]


def roughness(grid: Floats) -> tuple[float, float]:
    """Variance of a single well from the roughness of one matrix, with its degrees of freedom.

    Parameters
    ----------
    grid : (n_first, n_second, ...) array
        Inhibition, one axis a drug; NaN where not measured.

    Notes
    -----
    Each square of four neighbours gives c = y₁₁ − y₁₂ − y₂₁ + y₂₂, free of both drugs' own curves; var c = 4σ². The
    median of |c| is used, as few squares on a steep joint edge would carry a mean away. Steep interaction makes the
    estimate too large, never too small on average.

    Examples
    --------
    >>> roughness(np.add.outer(np.arange(4.0), np.arange(4.0)))[0]
    0.0
    """
    square = grid[1:, 1:] - grid[1:, :-1] - grid[:-1, 1:] + grid[:-1, :-1]
    known = square[np.isfinite(square)]
    if known.size < 4:
        return float("nan"), 0.0
    deviation = float(np.median(np.abs(known))) / (2.0 * _MEDIAN_TO_DEVIATION)
    # Neighbouring squares share wells: correlation −1/2 along, 1/4 across.
    rows, columns = square.shape[:2]
    shared = (1 + (rows - 1) / (2 * rows)) * (1 + (columns - 1) / (2 * columns))
    return deviation**2, max(1.0, _MEDIAN_EFFICIENCY * known.size / shared)


def cell_noise(grids: list[Floats | None], well_variance: list[float], well_degrees: list[int]) -> CellNoise:
    """Noise of many matrices, each steadied by the others of its kind.

    Parameters
    ----------
    grids : list of (n_first, n_second, ...) arrays or None
        Mean inhibition; None where nothing is scored.
    well_variance, well_degrees : lists
        Pooled variance between repeated wells.
    """
    count = len(grids)
    variance, degrees = np.full(count, np.nan), np.zeros(count)
    basis = ["none"] * count
    for index, grid in enumerate(grids):
        if well_degrees[index] >= 3:
            variance[index], degrees[index], basis[index] = well_variance[index], well_degrees[index], "wells"
        elif grid is not None:
            variance[index], degrees[index] = roughness(grid)
            if np.isfinite(variance[index]):
                basis[index] = "scatter"
    for kind in ("wells", "scatter"):
        mine = np.array([name == kind for name in basis]) & np.isfinite(variance)
        if mine.sum() >= 3:
            usual, strength = usual_variance(variance[mine], degrees[mine])
            together = strength + degrees[mine]
            variance[mine] = (strength * usual + degrees[mine] * variance[mine]) / together
            degrees[mine] = np.minimum(together, degrees[mine].sum())
    return CellNoise(variance, degrees, tuple(basis))
