"""Unbounded descent by a variable metric (BFGS) with differences for derivatives, as R's `optim` walks it.

Nothing here is the best way to fit a curve. It is for agreement with programs that fit by it: where a curve is not told
by its points, what such a program reports is the place where this walk stops, and only the same walk stops there too.
Plain numbers in the same order of operations, because even the sixteenth digit can move that place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isfinite

_STEP = 1e-3
_SHORTER = 0.2
_SUFFICIENT = 1e-4
_ROUNDING = 10.0

Function = Callable[[list[float]], float]


class NotFiniteError(ArithmeticError):
    """The function or a difference of it has no finite value."""


def descend(
    function: Function, start: Sequence[float], *, relative: float = 1e-7, iterations: int = 500
) -> list[float]:
    """Walk downhill until a step gains less than `relative` of the function's value.

    Parameters
    ----------
    function : callable
        Of a list of parameters.
    start : sequence of float
        Also the scale of each parameter, where it is not smaller than 1e-4.
    relative : float
        Gain below which the walk starts again with the steepest descent, and then ends.
    iterations : int
        Most gradients that are taken.

    Raises
    ------
    NotFiniteError
        At the start, in a gradient, or in the second differences around the end.

    References
    ----------
    The variable metric algorithm of Nash, Compact Numerical Methods for Computers (1990), algorithm 21, with the
    line search and restarts that the documentation of R's `optim` describes.

    Examples
    --------
    >>> [round(x, 4) for x in descend(lambda at: (at[0] - 3.0) ** 2 + (at[1] + 1.0) ** 2, [1.0, 1.0])]
    [3.0, -1.0]
    """
    scale = [1.0 if abs(one) < 1e-4 else abs(one) for one in start]
    size = len(scale)
    each = range(size)

    def value(at: list[float]) -> float:
        return function([at[i] * scale[i] for i in each])

    at = [start[i] / scale[i] for i in each]
    found = lowest = value(at)
    if not isfinite(lowest):
        raise NotFiniteError("at the start")
    slope = _gradient(value, at)
    # Gradients taken so far, and how many there were when the metric was last the plain one.
    taken = begun = 1
    inverse: list[list[float]] = []
    while taken < iterations:
        fresh = begun == taken
        if fresh:
            inverse = [[1.0 if i == j else 0.0 for j in each] for i in each]
        direction = [-sum(inverse[i][j] * slope[j] for j in each) for i in each]
        projected = sum(direction[i] * slope[i] for i in each)
        gained = False
        if projected < 0.0:
            found, at, length = _along(value, at, direction, found, lowest, projected)
            enough = abs(found - lowest) > relative * (abs(lowest) + relative)
            gained = length > 0 and enough
            if gained or not enough:
                lowest = found
        if gained:
            slope_before, slope = slope, _gradient(value, at)
            taken += 1
            step = [length * one for one in direction]
            if not _bend(inverse, step, [slope[i] - slope_before[i] for i in each]):
                begun = taken
        elif fresh:
            break
        else:
            begun = taken
        if taken - begun > 2 * size:
            begun = taken
    _look_around(value, at, scale)
    return [at[i] * scale[i] for i in each]


def _along(
    value: Function,
    before: list[float],
    direction: list[float],
    found: float,
    lowest: float,
    projected: float,
) -> tuple[float, list[float], float]:
    """Value, place and length of the first step that descends enough; length 0 where none moves any parameter."""
    length = 1.0
    while True:
        at = [here + length * ahead for here, ahead in zip(before, direction, strict=True)]
        if all(_ROUNDING + old == _ROUNDING + new for old, new in zip(before, at, strict=True)):
            return found, at, 0.0
        found = value(at)
        if isfinite(found) and found <= lowest + projected * length * _SUFFICIENT:
            return found, at, length
        length *= _SHORTER


def _bend(inverse: list[list[float]], step: list[float], change: list[float]) -> bool:
    """Bring the inverse curvature up to date; False where the step shows none."""
    each = range(len(step))
    curvature = sum(step[i] * change[i] for i in each)
    if not curvature > 0.0:
        return False
    bent = [sum(inverse[i][j] * change[j] for j in each) for i in each]
    weight = 1.0 + sum(bent[i] * change[i] for i in each) / curvature
    for i in each:
        for j in range(i + 1):
            inverse[i][j] += (weight * step[i] * step[j] - step[i] * bent[j] - bent[i] * step[j]) / curvature
            inverse[j][i] = inverse[i][j]
    return True


def _gradient(value: Function, at: list[float]) -> list[float]:
    """Central differences."""
    slope = []
    moved = list(at)
    for index, here in enumerate(at):
        moved[index] = here + _STEP
        ahead = value(moved)
        moved[index] = here - _STEP
        behind = value(moved)
        moved[index] = here
        change = (ahead - behind) / (2.0 * _STEP) if ahead < inf or behind < inf else inf
        if not isfinite(change):
            raise NotFiniteError("in a difference")
        slope.append(change)
    return slope


def _look_around(value: Function, at: list[float], scale: list[float]) -> None:
    """Take the second differences that such programs ask for: they refuse a fit in which one is not finite."""
    moved = list(at)
    for index, here in enumerate(at):
        for sign in (1.0, -1.0):
            moved[index] = here + sign * _STEP / scale[index]
            _gradient(value, moved)
        moved[index] = here
