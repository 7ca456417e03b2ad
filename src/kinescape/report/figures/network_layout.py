"""Places for the boxes of a signalling network: from the cell's surface on top to what cells do below.

A layered drawing in the manner of Sugiyama. A box's layer is its number of steps from the receptors, which
stays defined in a network with feedback; transcription factors and phenotypes stand below all others. An edge
that passes layers bends round their boxes at points of its own. Within a layer, boxes are sorted by the
middle of their neighbours until lines cross little, then moved towards that middle as far as the boxes beside
them allow (isotonic regression).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

Point = str | tuple[str, str, int]
"""A box, or the place where an edge (source, target) passes a row."""

_GAP = 20.0
_HEIGHT = 27.0
_LAYER = 76.0
_BEND = 8.0
_SWEEPS = 24


@dataclass(frozen=True)
class Anchors:
    """Boxes whose layer is known from what they are."""

    ligands: Collection[str] = ()
    receptors: Collection[str] = ()
    factors: Collection[str] = ()
    phenotypes: Collection[str] = ()


@dataclass(frozen=True)
class Box:
    """One box in pixels: middle, width and height."""

    name: str
    x: float
    y: float
    width: float
    height: float
    layer: int


@dataclass(frozen=True)
class Line:
    """One edge: its points in pixels, and the direction of its end in degrees clockwise from upwards."""

    source: str
    target: str
    sign: int
    points: tuple[tuple[float, float], ...]
    angle: float


@dataclass(frozen=True)
class Layout:
    """A whole drawing in pixels."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def layered_layout(graph: nx.DiGraph, anchors: Anchors, *, width: float = 960.0) -> Layout:
    """Lay out a signed graph in layers.

    Parameters
    ----------
    graph : networkx.DiGraph
        Boxes by name; edges with the attribute `sign` (1, −1, 0).
    anchors : Anchors
        Boxes whose layer is known.
    width : float
        Pixels at hand; a layer that needs more takes two rows.

    Returns
    -------
    Layout

    Examples
    --------
    >>> graph = nx.DiGraph([("EGFR", "RAF1", {"sign": 1}), ("RAF1", "viability", {"sign": 1})])
    >>> anchors = Anchors(receptors={"EGFR"}, phenotypes={"viability"})
    >>> [(box.name, box.layer) for box in layered_layout(graph, anchors).boxes]
    [('EGFR', 0), ('RAF1', 1), ('viability', 2)]
    """
    rows: list[list[Point]] = [list(row) for row in _rows(_layers(graph, anchors), width)]
    layer = {name: place for place, row in enumerate(rows) for name in row if isinstance(name, str)}
    chains: dict[tuple[str, str], list[Point]] = {}
    for source, target in sorted(graph.edges):
        step = 1 if layer[target] > layer[source] else -1
        bends: list[Point] = [
            (source, target, row) for row in range(layer[source] + step, layer[target], step)
        ]
        if layer[source] == layer[target]:
            bends = []
        for bend in bends:
            rows[bend[2]].append(bend)  # type: ignore[index]
        chains[source, target] = [source, *bends, target]
    joined = nx.Graph()
    joined.add_nodes_from(graph.nodes)
    for chain in chains.values():
        joined.add_edges_from(pairwise(chain))
    middles = _spread(joined, _uncrossed(joined, rows), width)
    boxes = {
        name: Box(name, middles[name], 26.0 + place * _LAYER, _width(name), _HEIGHT, place)
        for place, row in enumerate(rows)
        for name in row
        if isinstance(name, str)
    }
    lines = tuple(
        _line(graph, boxes, chain, middles) for (source, target), chain in chains.items() if source != target
    )
    ordered = tuple(sorted(boxes.values(), key=lambda box: (box.layer, box.x, box.name)))
    return Layout(ordered, lines, width, 26.0 + (len(rows) - 1) * _LAYER + _HEIGHT)


def _width(name: Point) -> float:
    return max(44.0, 16.0 + 7.6 * len(name)) if isinstance(name, str) else _BEND


def _layers(graph: nx.DiGraph, anchors: Anchors) -> dict[str, int]:
    """Each box's layer: steps from the receptors; transcription factors and phenotypes stand lowest."""
    ligands, receptors = set(anchors.ligands) & set(graph), set(anchors.receptors) & set(graph)
    ends = set(anchors.phenotypes) & set(graph)
    factors = (set(anchors.factors) & set(graph)) - ends
    starts = (
        ligands | receptors
        or {name for name in graph if graph.in_degree(name) == 0} - ends
        or set(graph) - ends
    )
    found = (
        dict.fromkeys(ligands, -1)
        | dict.fromkeys(receptors, 0)
        | dict.fromkeys(starts - ligands - receptors, 0)
    )
    inner = graph.subgraph(set(graph) - ends - factors)
    _walk(inner, found, sorted(found))
    while left := sorted(set(inner) - set(found)):
        # What nothing leads to stands one step above what it acts on; what it leads to follows.
        first = min(
            left, key=lambda box: (sum(before not in found for before in inner.predecessors(box)), box)
        )
        below = [found[after] for after in inner.successors(first) if after in found]
        found[first] = max(1, min(below) - 1) if below else 1
        _walk(inner, found, [first])
    deepest = max((layer for layer in found.values()), default=0)
    found |= dict.fromkeys(factors, deepest + 1)
    found |= dict.fromkeys(ends, deepest + (2 if factors else 1))
    return found


def _walk(inner: nx.DiGraph, found: dict[str, int], rim: list[str]) -> None:
    """Give each box that `rim` leads to its number of steps, in place."""
    while rim:
        reached = {after for name in rim if name in inner for after in inner.successors(name)}
        rim = sorted(reached - set(found))
        for name in rim:
            found[name] = 1 + max(
                0, min(found[before] for before in inner.predecessors(name) if before in found)
            )


def _rows(layers: dict[str, int], width: float) -> list[list[str]]:
    """Boxes by layer; a crowded layer becomes two rows or more."""
    rows: list[list[str]] = []
    for layer in sorted(set(layers.values())):
        names = sorted(name for name, own in layers.items() if own == layer)
        need = sum(_width(name) + _GAP for name in names)
        pieces = max(1, math.ceil(need / (0.86 * width)))
        size = math.ceil(len(names) / pieces)
        rows += [names[start : start + size] for start in range(0, len(names), size)]
    return rows


def _uncrossed(joined: nx.Graph, rows: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Sort rows by the middle of their neighbours, down and up in turn; keep the order that crosses least."""
    ordered = [list(row) for row in rows]
    best, fewest = [list(row) for row in ordered], _crossings(joined, ordered)
    for sweep in range(_SWEEPS):
        place = {name: (index + 0.5) / len(row) for row in ordered for index, name in enumerate(row)}
        level = {name: number for number, row in enumerate(ordered) for name in row}
        down = sweep % 2 == 0
        for number, row in enumerate(ordered) if down else reversed(list(enumerate(ordered))):
            middle = {}
            for name in row:
                near = [
                    place[other]
                    for other in joined[name]
                    if (level[other] < number) == down and level[other] != number
                ]
                middle[name] = sum(near) / len(near) if near else place[name]
            row.sort(key=lambda name: (middle[name], str(name)))
            place.update({name: (index + 0.5) / len(row) for index, name in enumerate(row)})
        crossed = _crossings(joined, ordered)
        if crossed < fewest:
            best, fewest = [list(row) for row in ordered], crossed
    return best


def _crossings(joined: nx.Graph, rows: Sequence[Sequence[Point]]) -> int:
    crossed = 0
    for upper, lower in pairwise(rows):
        below = {name: index for index, name in enumerate(lower)}
        ends = [sorted(below[other] for other in joined[name] if other in below) for name in upper]
        flat = [end for group in ends for end in group]
        crossed += sum(a > b for index, a in enumerate(flat) for b in flat[index + 1 :])
    return crossed


def _spread(joined: nx.Graph, rows: Sequence[Sequence[Point]], width: float) -> dict[Point, float]:
    """Middles in pixels: each box near the mean of its neighbours, in order and without overlap."""
    middles: dict[Point, float] = {}
    for row in rows:
        offsets = _offsets(row)
        start = (width - offsets[-1]) / 2
        middles |= {name: start + offset for name, offset in zip(row, offsets, strict=True)}
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else list(reversed(rows)):
            offsets = _offsets(row)
            wished = []
            for name in row:
                near = [middles[other] for other in joined[name] if other not in row]
                # Bends follow their neighbours wholly, so that long lines run straight; boxes move half-way.
                pull = 0.5 if isinstance(name, str) else 1.0
                wished.append(
                    (1 - pull) * middles[name] + pull * sum(near) / len(near) if near else middles[name]
                )
            held = _nondecreasing([wish - offset for wish, offset in zip(wished, offsets, strict=True)])
            low, high = _width(row[0]) / 2, width - _width(row[-1]) / 2 - offsets[-1]
            held = [min(max(value, low), max(low, high)) for value in held]
            middles |= {name: value + offset for name, value, offset in zip(row, held, offsets, strict=True)}
    return middles


def _offsets(row: Sequence[Point]) -> list[float]:
    """Least distance of each middle from the first of its row."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + _width(left) / 2 + _width(right) / 2 + _GAP)
    return offsets


def _nondecreasing(values: Sequence[float]) -> list[float]:
    """The nearest non-decreasing values in least squares (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, size = value, 1
        while pools and pools[-1][0] > mean:
            before, number = pools.pop()
            mean = (before * number + mean * size) / (number + size)
            size += number
        pools.append((mean, size))
    return [mean for mean, size in pools for _ in range(size)]


def _port(graph: nx.DiGraph, boxes: dict[str, Box], name: str, other: str, side: int) -> float:
    """Where on a box's upper (−1) or lower (+1) side the edge to `other` meets it."""
    box = boxes[name]
    neighbours = {*graph.predecessors(name), *graph.successors(name)} - {name}
    beside = [
        n for n in neighbours if boxes[n].layer != box.layer and (boxes[n].layer > box.layer) == (side > 0)
    ]
    beside.sort(key=lambda n: (boxes[n].x, n))
    if other not in beside or len(beside) == 1:
        return box.x
    share = beside.index(other) / (len(beside) - 1) - 0.5
    return box.x + share * box.width * 0.72


def _line(
    graph: nx.DiGraph, boxes: dict[str, Box], chain: Sequence[Point], middles: dict[Point, float]
) -> Line:
    source, target = str(chain[0]), str(chain[-1])
    start, end = boxes[source], boxes[target]
    sign = int(graph.edges[source, target].get("sign", 0))
    if start.layer == end.layer:
        # Neighbours in one layer: an arc over the boxes between them.
        step = math.copysign(1.0, end.x - start.x)
        lift = 18.0 + 0.03 * abs(end.x - start.x)
        x0, x1, y0 = (
            start.x + step * start.width * 0.3,
            end.x - step * end.width * 0.3,
            start.y - start.height / 2,
        )
        y1 = y0 - 5
        arc = ((x0, y0), (x0 + step * 8, y0 - lift), (x1 - step * 8, y0 - lift), (x1, y1 - 6), (x1, y1))
        return Line(source, target, sign, arc, 180.0)
    side = 1 if end.layer > start.layer else -1
    x0 = _port(graph, boxes, source, target, side)
    x1 = _port(graph, boxes, target, source, -side)
    y1 = end.y - side * (end.height / 2 + 5)
    points = [(x0, start.y + side * start.height / 2), (x0, start.y + side * 30.0)]
    for bend in chain[1:-1]:
        y = 26.0 + bend[2] * _LAYER  # type: ignore[operator]
        points += [(middles[bend], y - side * 24.0), (middles[bend], y + side * 24.0)]
    points += [(x1, end.y - side * 36.0), (x1, y1 - side * 7.0), (x1, y1)]
    return Line(source, target, sign, tuple(points), 180.0 if side > 0 else 0.0)
