"""Where in a dose matrix a pair departs most from its expectation: a window of neighbouring doses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

_SIDE = 3


@dataclass(frozen=True)
class StrongestArea:
    """A window of three by three doses.

    Parameters
    ----------
    mean : float
        Excess over its nine cells, in percentage points.
    first, second : tuple of float
        Lowest and highest dose of each drug in it.
    """

    mean: float
    first: tuple[float, float]
    second: tuple[float, float]


def strongest_area(cells: pl.DataFrame, score: str, *, antagonism: bool = False) -> StrongestArea | None:
    """Find the window with the largest mean excess.

    It is chosen as the largest of many, so its mean promises too much: it says where, not how much.

    Parameters
    ----------
    cells : polars.DataFrame
        `dose_1`, `dose_2` and the score of one matrix of two drugs.
    score : str
        A column of it.
    antagonism : bool
        The smallest mean instead.

    Returns
    -------
    StrongestArea or None
        None where no three by three neighbouring doses were all measured.

    Examples
    --------
    >>> grid = [(a, b, 10.0 * (a > 1) * (b > 1)) for a in (1.0, 2, 3, 4) for b in (1.0, 2, 3, 4)]
    >>> strongest_area(pl.DataFrame(grid, schema=["dose_1", "dose_2", "bliss"], orient="row"), "bliss")
    StrongestArea(mean=10.0, first=(2.0, 4.0), second=(2.0, 4.0))
    """
    together = cells.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0) & pl.col(score).is_not_null())
    first, at_first = np.unique(together["dose_1"].to_numpy(), return_inverse=True)
    second, at_second = np.unique(together["dose_2"].to_numpy(), return_inverse=True)
    if first.size < _SIDE or second.size < _SIDE:
        return None
    grid = np.full((first.size, second.size), np.nan)
    grid[at_first, at_second] = together[score].to_numpy()
    means = np.lib.stride_tricks.sliding_window_view(grid, (_SIDE, _SIDE)).mean(axis=(2, 3))
    if not np.isfinite(means).any():
        return None
    ranked = np.where(np.isfinite(means), -means if antagonism else means, -np.inf)
    row, column = np.unravel_index(np.argmax(ranked), means.shape)
    return StrongestArea(
        float(means[row, column]),
        (float(first[row]), float(first[row + _SIDE - 1])),
        (float(second[column]), float(second[column + _SIDE - 1])),
    )
