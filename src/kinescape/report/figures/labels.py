"""Names beside points, placed so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

_LETTER, _TALL, _AWAY = 6.4, 15.0, 10.0


@dataclass(frozen=True)
class Label:
    """A name and where it stands: pixels right and down of its point, and the side it is aligned to."""

    place: int
    right: float
    down: float
    align: str


def placed_labels(
    x: Sequence[float],
    y: Sequence[float],
    names: Sequence[str],
    *,
    width: float,
    wanted: int,
    line: float | None = None,
) -> list[Label]:
    """Names for the first points, each on the first of four corners that is free; those without room are left out.

    Parameters
    ----------
    x, y : sequences of float
        All points, in pixels.
    names : sequence of str
        Names of the points; the first `wanted` of them compete, in order.
    width : float
        Of the plot, in pixels: a name does not run out of it.
    wanted : int
        How many names at most.
    line : float, optional
        Pixel of an upright line that no name crosses.

    Examples
    --------
    >>> [label.place for label in placed_labels([0, 0], [0, 1], ["a" * 9, "b" * 9], width=300, wanted=2)]
    [0, 1]
    """
    taken: list[tuple[float, float, float, float]] = []
    made: list[Label] = []
    for place in range(min(wanted, len(names))):
        long = _LETTER * len(names[place])
        for align, down in product(("left", "right"), (-_AWAY, _AWAY)):
            start = x[place] + _AWAY if align == "left" else x[place] - _AWAY - long
            box = (start, y[place] + down - _TALL / 2, start + long, y[place] + down + _TALL / 2)
            outside = box[0] < 0 or box[2] > width or (line is not None and box[0] < line < box[2])
            hidden = any(box[0] < px < box[2] and box[1] < py < box[3] for px, py in zip(x, y, strict=True))
            if outside or hidden or any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            made.append(Label(place, _AWAY if align == "left" else -_AWAY, down, align))
            break
    return made


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
