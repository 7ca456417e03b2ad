"""The window of a matrix that departs most: found by looking at every window, and only where all was measured."""

import itertools

import numpy as np
import polars as pl

from kinescape.assays.viability.combination_scoring.strongest_area import strongest_area

DOSES = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0]


def _cells(values):
    doses = list(itertools.product(DOSES, DOSES))
    return pl.DataFrame(
        {
            "dose_1": [a for a, _ in doses],
            "dose_2": [b for _, b in doses],
            "bliss": [float(value) if value is not None else None for value in values],
        },
        schema_overrides={"bliss": pl.Float64},
    )


def test_it_is_the_largest_and_the_smallest_of_all_windows():
    grid = np.random.default_rng(3).normal(0, 10, (6, 6))
    windows = {
        (row, column): grid[row : row + 3, column : column + 3].mean()
        for row, column in itertools.product((1, 2, 3), (1, 2, 3))
    }
    for antagonism, choose in ((False, max), (True, min)):
        row, column = choose(windows, key=windows.get)
        found = strongest_area(_cells(grid.ravel()), "bliss", antagonism=antagonism)
        assert np.isclose(found.mean, windows[row, column])
        assert found.first == (DOSES[row], DOSES[row + 2]) and found.second == (
            DOSES[column],
            DOSES[column + 2],
        )


def test_single_drugs_and_holes_are_left_out():
    grid = np.zeros((6, 6))
    grid[0] = grid[:, 0] = 1000
    values = list(grid.ravel())
    values[1 * 6 + 1] = 500.0
    values[2 * 6 + 2] = None
    found = strongest_area(_cells(values), "bliss")
    assert found.mean == 0.0


def test_too_few_doses_have_none():
    cells = _cells(np.zeros(36)).filter(pl.col("dose_1") < 1)
    assert strongest_area(cells, "bliss") is None
    assert strongest_area(_cells([None] * 36), "bliss") is None
