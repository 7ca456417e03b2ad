"""Boxes do not overlap, every edge is drawn, and lines run from box to box."""

from itertools import pairwise

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.report.figures.network_layout import Anchors, _nondecreasing, layered_layout

edges = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 14), st.sampled_from([1, -1, 0])), min_size=1, max_size=40
)


def graph_of(triples: list[tuple[int, int, int]]) -> nx.DiGraph:
    graph = nx.DiGraph()
    for a, b, sign in triples:
        graph.add_edge(f"GENE{a}", f"GENE{b}", sign=sign)
    return graph


@given(edges)
@settings(max_examples=60, deadline=None)
def test_any_graph_is_drawn_without_overlap(triples: list[tuple[int, int, int]]) -> None:
    graph = graph_of(triples)
    layout = layered_layout(graph, Anchors(receptors={"GENE0"}, phenotypes={"GENE1"}), width=700)
    assert {box.name for box in layout.boxes} == set(graph)
    wanted = {(a, b) for a, b in graph.edges if a != b}
    assert {(line.source, line.target) for line in layout.lines} == wanted
    boxes = {box.name: box for box in layout.boxes}
    for one in layout.boxes:
        for other in layout.boxes:
            if one.name < other.name:
                apart = abs(one.x - other.x) >= (one.width + other.width) / 2 - 1e-6
                assert apart or abs(one.y - other.y) >= one.height
    for line in layout.lines:
        source, target = boxes[line.source], boxes[line.target]
        assert abs(line.points[0][0] - source.x) <= source.width / 2
        assert abs(line.points[-1][0] - target.x) <= target.width / 2
        assert abs(line.points[-1][1] - target.y) <= target.height / 2 + 6


def test_signals_run_downwards_from_receptors_to_phenotypes() -> None:
    graph = graph_of([(0, 2, 1), (2, 3, 1), (3, 1, 1), (3, 2, -1)])
    layout = layered_layout(
        graph, Anchors(receptors={"GENE0"}, factors={"GENE3"}, phenotypes={"GENE1"}), width=700
    )
    layers = {box.name: box.layer for box in layout.boxes}
    assert layers["GENE0"] < layers["GENE2"] < layers["GENE3"] < layers["GENE1"]
    up = next(line for line in layout.lines if line.source == "GENE3" and line.target == "GENE2")
    assert up.angle == 0.0 and up.sign == -1


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=12))
def test_isotonic_regression_is_ordered_and_keeps_the_mean(values: list[float]) -> None:
    fitted = _nondecreasing(values)
    assert all(a <= b + 1e-9 for a, b in pairwise(fitted))
    assert np.isclose(np.mean(fitted), np.mean(values), atol=1e-9)
    if values == sorted(values):
        assert np.allclose(fitted, values)


def test_isotonic_regression_matches_a_brute_force_optimum() -> None:
    # Least squares over all ways to pool neighbours of 3, 1, 2: pooling all three or the first two.
    assert _nondecreasing([3.0, 1.0, 2.0]) == [2.0, 2.0, 2.0]
    assert _nondecreasing([3.0, 1.0, 5.0]) == [2.0, 2.0, 5.0]
