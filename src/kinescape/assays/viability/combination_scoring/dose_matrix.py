"""A dose matrix: what every tested combination of doses did to one sample, well by well or as means.

Everything is kept as inhibition, a fraction: 0 as untreated cells, 1 nothing alive, below 0 more than untreated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_DOSES = 3
"""Doses above zero of each drug without which no curve is fitted."""


@dataclass(frozen=True)
class DoseMatrix:
    """One block: some drugs, many combinations of doses, one sample.

    Parameters
    ----------
    name : str
        Of the block, as the file calls it.
    drugs : tuple of str
        Two or more.
    units : tuple of str
        Of each drug's doses.
    doses : (n_cells, n_drugs) array
        Each combination once; 0 where a drug was left out.
    inhibition : (n_replicates, n_cells) array
        Fraction, mean over the wells of one replicate; NaN where not measured.
    wells : (n_replicates, n_cells) array
        How many wells.
    well_variance : float
        Variance between wells of one cell and replicate, pooled; NaN where no cell has two.
    well_degrees : int
        Degrees of freedom of `well_variance`.
    replicates : tuple of str
        Names of the independent replicates.
    sample : str
        Cell line, clone or patient.
    """

    name: str
    drugs: tuple[str, ...]
    units: tuple[str, ...]
    doses: Floats
    inhibition: Floats
    wells: Floats
    well_variance: float = float("nan")
    well_degrees: int = 0
    replicates: tuple[str, ...] = ("1",)
    sample: str = ""

    @cached_property
    def mean(self) -> Floats:
        """(n_cells,) mean over the replicates; NaN where none was measured."""
        there = np.isfinite(self.inhibition)
        total = np.where(there, self.inhibition, 0.0).sum(axis=0)
        number = there.sum(axis=0)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)

    @property
    def pair(self) -> str:
        """The drugs in words."""
        return " + ".join(self.drugs)

    @property
    def axes(self) -> tuple[Floats, ...]:
        """The doses of each drug, ascending."""
        return tuple(np.unique(self.doses[:, drug]) for drug in range(len(self.drugs)))

    @property
    def fault(self) -> str:
        """Why nothing can be scored; empty where something can."""
        measured = np.isfinite(self.mean)
        if not measured.any():
            return "no value is measured"
        together = (self.doses > 0).sum(axis=1) > 1
        if not (together & measured).any():
            return "no combination is measured, only single drugs"
        for drug, name in enumerate(self.drugs):
            alone = (self.doses[:, drug] > 0) & ((self.doses > 0).sum(axis=1) == 1)
            if not (alone & measured).any():
                return f"{name} was not measured alone (no wells where all other doses are 0)"
        return ""

    def few_doses(self) -> str:
        """Which drug has too few doses for a curve; empty where none has."""
        measured = np.isfinite(self.mean)
        for drug, name in enumerate(self.drugs):
            alone = (self.doses[:, drug] > 0) & ((self.doses > 0).sum(axis=1) == 1) & measured
            count = np.unique(self.doses[alone, drug]).size
            if count < LEAST_DOSES:
                return f"{name} was tested at {count} dose{'s' * (count != 1)} alone; a curve needs {LEAST_DOSES}"
        return ""

    @property
    def against_itself(self) -> bool:
        """Whether one drug stands on two axes."""
        return len({name.casefold() for name in self.drugs}) < len(self.drugs)


@dataclass(frozen=True)
class PairGrids:
    """Two-drug matrices of one shape, stacked so that all are computed at once.

    Parameters
    ----------
    members : tuple of int
        Which of the given matrices these are.
    first, second : (n, n_first) and (n, n_second) arrays
        Doses, ascending, 0 at the start.
    inhibition : (n, n_first, n_second) array
        Fractions; NaN where not measured.
    """

    members: tuple[int, ...]
    first: Floats
    second: Floats
    inhibition: Floats

    @property
    def combined(self) -> NDArray[np.bool_]:
        """(n, n_first, n_second): measured cells in which both drugs were given."""
        return np.isfinite(self.inhibition) & (self.first > 0)[:, :, None] & (self.second > 0)[:, None, :]


def grid_of(matrix: DoseMatrix, values: Floats) -> Floats:
    """Values (n_cells,) as a grid with one axis a drug; NaN where not measured. Dose 0 comes first on each axis."""
    places, sizes = [], []
    for drug in range(len(matrix.drugs)):
        axis, at = np.unique(np.append(matrix.doses[:, drug], 0.0), return_inverse=True)
        places.append(at[:-1])
        sizes.append(axis.size)
    grid = np.full(sizes, np.nan)
    grid[tuple(places)] = values
    return grid


def pair_grids(matrices: Sequence[DoseMatrix], values: Sequence[Floats]) -> tuple[PairGrids, ...]:
    """Stack the two-drug matrices by shape.

    Parameters
    ----------
    matrices : sequence of DoseMatrix
        Of two drugs.
    values : sequence of (n_cells,) arrays
        What to put into the cells of each.
    """
    shapes: dict[tuple[int, int], list[tuple[int, Floats, Floats, Floats]]] = {}
    for index, (matrix, cells) in enumerate(zip(matrices, values, strict=True)):
        first, second = (np.unique(np.append(axis, 0.0)) for axis in matrix.axes)
        grid = grid_of(matrix, cells)
        shapes.setdefault((first.size, second.size), []).append((index, first, second, grid))
    return tuple(
        PairGrids(
            tuple(part[0] for part in parts),
            np.stack([part[1] for part in parts]),
            np.stack([part[2] for part in parts]),
            np.stack([part[3] for part in parts]),
        )
        for parts in shapes.values()
    )
