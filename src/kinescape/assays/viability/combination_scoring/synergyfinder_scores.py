"""ZIP and Loewe as SynergyFinder (R, version 3) computes them, for agreement with scores that were published with it.

What differs from `zip_surface` and `loewe`, and why those stay the default:

- Curves have no bounds and one start (`unbounded_curve`). A curve that is not told by its points may end as a constant.
- ZIP fits each row and column through all its doses, zero among them, with the measured single effect as the lower
  plateau and no limit for the upper.
- Loewe takes the best of 100 effects between the lowest and the highest plateau. Where neither drug alone reaches the
  *measured* effect of the combination, it takes what the stronger one does at the sum of both doses, as if they were
  doses of one drug; so its expectation depends on what was observed, and on the units of the doses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.dose_matrix import PairGrids
from kinescape.assays.viability.combination_scoring.unbounded_curve import UnboundedCurve, fit_unbounded_curve

Floats = NDArray[np.float64]

_EFFECTS = 100
_LEAST = 3


def synergyfinder_excess(grids: PairGrids, scores: Sequence[str] = ("loewe", "zip")) -> dict[str, Floats]:
    """Excess over Loewe and ZIP of every matrix of a stack.

    Parameters
    ----------
    grids : PairGrids
        n matrices of n_first × n_second doses.
    scores : sequence of str
        Which of the two.

    Returns
    -------
    dict of str to (n, n_cells) array
        By name of the score; fractions, in row order of the grid; NaN where a drug was left out or nothing could be
        fitted.

    References
    ----------
    Yadav et al. 2015, doi:10.1016/j.csbj.2015.09.001 (ZIP).

    Examples
    --------
    >>> dose = np.array([[0.0, 1.0, 3.0, 10.0, 30.0]])
    >>> left = 10 / (dose[0] + 10)
    >>> grids = PairGrids((0,), dose, dose, 1 - np.multiply.outer(left, left)[None])
    >>> float(np.nanmean(synergyfinder_excess(grids)["zip"]).round(3))
    0.0
    """
    count = grids.inhibition.shape[0]
    made = {name: np.full((count, grids.inhibition[0].size), np.nan) for name in scores}
    for index in range(count):
        first, second = grids.first[index], grids.second[index]
        percent = 100.0 * grids.inhibition[index]
        curves = _through(first, percent[:, 0], None), _through(second, percent[0], None)
        if curves[0] is None or curves[1] is None:
            continue
        together = grids.combined[index]
        for name, found in made.items():
            excess = _EXCESS[name](first, second, percent, curves[0], curves[1])
            found[index] = np.where(together, excess / 100.0, np.nan).ravel()
    return made


def _through(doses: Floats, percent: Floats, lower: float | None) -> UnboundedCurve | None:
    """The curve of one row or column, with its fitted values at all doses; None where there are too few."""
    there = np.isfinite(percent)
    if there.sum() < _LEAST:
        return None
    found = fit_unbounded_curve(doses[there], percent[there], lower=lower)
    fitted = np.full(doses.size, np.nan)
    fitted[there] = found.fitted
    return UnboundedCurve(found.slope, found.lower, found.upper, found.centre, fitted)


def _zip(first: Floats, second: Floats, percent: Floats, one: UnboundedCurve, two: UnboundedCurve) -> Floats:
    """Excess in per cent."""
    expected = 100.0 * (1.0 - np.multiply.outer(1.0 - one.fitted / 100.0, 1.0 - two.fitted / 100.0))
    fitted = np.full((2, *percent.shape), np.nan)
    for row in range(1, first.size):
        curve = _through(second, percent[row], _known(percent[row, 0]))
        if curve is not None:
            fitted[0, row] = curve.fitted
    for column in range(1, second.size):
        curve = _through(first, percent[:, column], _known(percent[0, column]))
        if curve is not None:
            fitted[1, :, column] = curve.fitted
    found: Floats = fitted.mean(axis=0) - expected
    return found


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _loewe(
    first: Floats, second: Floats, percent: Floats, one: UnboundedCurve, two: UnboundedCurve
) -> Floats:
    """Excess in per cent."""
    expected = np.full(percent.shape, np.nan)
    if not (one.converged and two.converged):
        return expected
    plateaus = (one.lower, one.upper, two.lower, two.upper)
    effects = np.linspace(min(plateaus), max(plateaus), _EFFECTS)
    doses_one, doses_two = one.doses_of(effects), two.doses_of(effects)
    reached = np.isfinite(one.doses_of(percent)) | np.isfinite(two.doses_of(percent))
    for row in range(1, first.size):
        for column in range(1, second.size):
            if not np.isfinite(percent[row, column]):
                continue
            if not reached[row, column]:
                total = float(first[row] + second[column])
                expected[row, column] = max(one.at(total), two.at(total))
                continue
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                away = np.abs(first[row] / doses_one + second[column] / doses_two - 1.0)
            if np.isfinite(away).any():
                expected[row, column] = effects[np.nanargmin(away)]
    found: Floats = percent - expected
    return found


_EXCESS = {"loewe": _loewe, "zip": _zip}
