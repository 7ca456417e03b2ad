"""The network as a layered drawing with the data of one condition, or one drug, on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import altair as alt
import networkx as nx
import polars as pl

from kinescape.knowledge.families import target_class
from kinescape.knowledge.network import PHENOTYPES, Network
from kinescape.report.figures.figure import DataTable, Figure, rows_for_chart
from kinescape.report.figures.network_layout import Anchors, Layout, layered_layout
from kinescape.report.figures.network_part import drawn_as_one
from kinescape.report.figures.theme import ORANGE

_SEEN = "shown_view"
_RECEPTORS = {"RTK", "GPCR"}
_FACTORS = {"transcription factor", "nuclear receptor"}


@dataclass(frozen=True)
class NodeState:
    """What one view (a condition, or a drug) shows on one node."""

    view: str
    node: str
    value: float | None = None
    clear: bool = False
    readout: str = ""
    acted_on_by: str = ""


def network_figure(
    network: Network,
    nodes: Collection[str],
    states: Collection[NodeState],
    table: DataTable,
    *,
    key: str,
    title: str,
    caption: str,
    label: str,
    routes: Mapping[str, Collection[tuple[str, str]]] | None = None,
    simulated: bool = False,
) -> Figure | None:
    """Draw part of a network, its nodes coloured by what was measured.

    Parameters
    ----------
    network : Network
        The whole network.
    nodes : collection of str
        Those to draw.
    states : collection of NodeState
        Colour and marks, for each view; the first view is the one shown at first.
    table : DataTable
        The numbers behind the colours.
    key, title, caption : str
        As in `Figure`.
    label : str
        What the reader chooses: `condition` or `drug`.
    routes : mapping of str to collection of (str, str), or None
        For each view the edges to draw strong.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where no edge joins the nodes.
    """
    measured_as: dict[str, set[str]] = {}
    for state in states:
        if state.readout:
            measured_as.setdefault(state.node, set()).add(state.readout)
    box_of = drawn_as_one(network, nodes, {node: frozenset(found) for node, found in measured_as.items()})
    graph = _graph(network, box_of)
    if graph.number_of_edges() == 0:
        return None
    layout = layered_layout(graph, _anchors(network, box_of))
    views = list(dict.fromkeys(state.view for state in states))
    boxes = _box_rows(layout, box_of, states, views)
    strong = _strong_rows(layout, box_of, routes or {})
    chart = _chart(
        layout, boxes, strong, views, label, with_values=any(state.value is not None for state in states)
    )
    return Figure(
        key=key,
        title=title,
        caption=caption,
        description=f"{len(layout.boxes)} boxes, from receptors to what cells do, {len(layout.lines)} lines.",
        chart=chart,
        table=table,
        simulated=simulated,
    )


def _anchors(network: Network, box_of: Mapping[str, str]) -> Anchors:
    """Boxes whose layer follows from the class of their genes."""
    classes = {node: target_class(node, network) for node in box_of if node not in PHENOTYPES}
    return Anchors(
        ligands={box_of[node] for node, name in classes.items() if name == "ligand"},
        receptors={box_of[node] for node, name in classes.items() if name in _RECEPTORS},
        factors={box_of[node] for node, name in classes.items() if name in _FACTORS},
        phenotypes={box_of[node] for node in box_of if node in PHENOTYPES},
    )


def _graph(network: Network, box_of: Mapping[str, str]) -> nx.DiGraph:
    """Boxes joined by signed edges; edges of opposite sign between two boxes become one of unknown sign."""
    graph = nx.DiGraph()
    inside = set(box_of)
    for edge in network.edges:
        if edge.source in inside and edge.target in inside and box_of[edge.source] != box_of[edge.target]:
            a, b = box_of[edge.source], box_of[edge.target]
            if graph.has_edge(a, b) and graph.edges[a, b]["sign"] != edge.sign:
                graph.edges[a, b]["sign"] = 0
            elif not graph.has_edge(a, b):
                graph.add_edge(a, b, sign=edge.sign)
    # A measured node or target without a drawn neighbour would float; it is in the table instead.
    return graph


def _box_rows(
    layout: Layout, box_of: Mapping[str, str], states: Collection[NodeState], views: list[str]
) -> pl.DataFrame:
    best: dict[tuple[str, str], NodeState] = {}
    acting: dict[tuple[str, str], list[str]] = {}
    for state in states:
        name = box_of.get(state.node)
        if name is None:
            continue
        where = (state.view, name)
        if state.acted_on_by:
            acting.setdefault(where, []).append(state.acted_on_by)
        if state.value is None:
            continue
        before = best.get(where)
        if before is None or (state.clear, abs(state.value)) > (before.clear, abs(before.value or 0.0)):
            best[where] = state
    bound = max((abs(state.value or 0.0) for state in best.values()), default=1.0) or 1.0
    rows = []
    for view in views or [""]:
        for box in layout.boxes:
            shown = best.get((view, box.name))
            value = None if shown is None else shown.value
            names = list(dict.fromkeys(acting.get((view, box.name), [])))
            rows.append(
                {
                    "view": view,
                    "node": box.name,
                    "x": box.x,
                    "left": box.x - box.width / 2,
                    "right": box.x + box.width / 2,
                    "y": box.y,
                    "top": box.y - box.height / 2,
                    "bottom": box.y + box.height / 2,
                    "value": value,
                    "dark": value is not None and abs(value) > 0.62 * bound,
                    "clear": bool(shown and shown.clear),
                    "readout": shown.readout if shown else "",
                    "drug": ", ".join(names),
                }
            )
    return rows_for_chart(
        pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"value": pl.Float64})
    )


def _strong_rows(
    layout: Layout, box_of: Mapping[str, str], routes: Mapping[str, Collection[tuple[str, str]]]
) -> pl.DataFrame:
    points = {(line.source, line.target): line for line in layout.lines}
    rows = []
    for view, pairs in routes.items():
        for a, b in dict.fromkeys((box_of.get(a, ""), box_of.get(b, "")) for a, b in pairs):
            line = points.get((a, b))
            if line is not None:
                rows += [
                    {"view": view, "edge": f"{a} {b}", "step": step, "x": x, "y": y}
                    for step, (x, y) in enumerate(line.points)
                ]
    schema = {"view": pl.String, "edge": pl.String, "step": pl.Int64, "x": pl.Float64, "y": pl.Float64}
    return rows_for_chart(pl.DataFrame(rows, schema=schema))


def _chart(
    layout: Layout,
    boxes: pl.DataFrame,
    strong: pl.DataFrame,
    views: list[str],
    label: str,
    *,
    with_values: bool,
) -> alt.LayerChart:
    shown = alt.param(
        name=_SEEN,
        value=views[0] if views else "",
        bind=alt.binding_select(options=views, name=f"Show {label} ") if len(views) > 1 else alt.Undefined,
    )
    across = alt.Scale(domain=[0, layout.width], nice=False, zero=False)
    downward = alt.Scale(domain=[layout.height, -14], nice=False, zero=False)
    x = alt.X("x:Q", scale=across, axis=None)
    y = alt.Y("y:Q", scale=downward, axis=None)
    lines = pl.DataFrame(
        [
            {"edge": f"{line.source} {line.target}", "step": step, "x": px, "y": py, "sign": line.sign}
            for line in layout.lines
            for step, (px, py) in enumerate(line.points)
        ]
    )
    ends = pl.DataFrame(
        [
            {
                "x": line.points[-1][0],
                "y": line.points[-1][1],
                "angle": line.angle,
                "effect": {1: "activates", -1: "inhibits", 0: "acts, sign unknown"}[line.sign],
            }
            for line in layout.lines
        ]
    )
    effects = ["activates", "inhibits", "acts, sign unknown"]
    effects = [name for name in effects if name in set(ends["effect"])]
    shapes = {"activates": "triangle-up", "inhibits": "stroke", "acts, sign unknown": "circle"}
    seen = alt.datum["view"] == shown
    base = alt.Chart(boxes).transform_filter(seen)
    edges = [
        alt.Chart(rows_for_chart(lines.filter((pl.col("sign") < 0) == negative)))
        .mark_line(style="edge", interpolate="basis", strokeDash=[5, 3] if negative else [1, 0])
        .encode(x=x, y=y, detail="edge:N", order="step:Q")
        for negative in (False, True)
        if lines.filter((pl.col("sign") < 0) == negative).height
    ]
    tips = (
        alt.Chart(rows_for_chart(ends))
        .mark_point(size=48, filled=True, style="edge_end", strokeWidth=2.4)
        .encode(
            x=x,
            y=y,
            angle=alt.Angle("angle:Q", scale=alt.Scale(domain=[0, 360], range=[0, 360])),
            shape=alt.Shape(
                "effect:N",
                title="end of a line",
                scale=alt.Scale(domain=effects, range=[shapes[name] for name in effects]),
            ).legend(orient="bottom", direction="horizontal", symbolStrokeWidth=2),
        )
    )
    tip = [
        alt.Tooltip("node:N", title="node"),
        alt.Tooltip("readout:N", title="measured as"),
        alt.Tooltip("value:Q", title="effect", format="+.2f"),
        alt.Tooltip("drug:N", title="acted on by"),
    ]
    corners = {
        "x": alt.X("left:Q", scale=across, axis=None),
        "x2": "right:Q",
        "y": alt.Y("top:Q", scale=downward, axis=None),
    }
    plain = base.mark_rect(style="unmeasured", cornerRadius=5).encode(**corners, y2="bottom:Q", tooltip=tip)
    layers: list[alt.Chart] = [*edges, tips]
    if strong.height:
        layers.insert(
            len(edges),
            alt.Chart(strong)
            .transform_filter(seen)
            .mark_line(interpolate="basis", strokeWidth=3.2, color=ORANGE, opacity=0.9)
            .encode(x=x, y=y, detail="edge:N", order="step:Q"),
        )
    layers.append(plain)
    if with_values:
        bound = float(boxes["value"].abs().max() or 1.0)  # type: ignore[arg-type]
        coloured = (
            base.transform_filter("isValid(datum.value)")
            .mark_rect(cornerRadius=5)
            .encode(
                **corners,
                y2="bottom:Q",
                tooltip=tip,
                color=alt.Color(
                    "value:Q",
                    title="log2 fold change",
                    scale=alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb"),
                ).legend(orient="bottom", direction="horizontal", gradientLength=180, offset=14),
            )
        )
        outline = base.transform_filter("datum.clear").mark_rect(
            style="ink", filled=False, cornerRadius=5, strokeWidth=2
        )
        layers += [coloured, outline.encode(**corners, y2="bottom:Q")]
    tags = base.transform_filter("datum.drug != ''").encode(
        x=alt.X("left:Q", scale=across, axis=None), y=alt.Y("top:Q", scale=downward, axis=None), text="drug:N"
    )
    named = base.encode(x=x, y=y, text="node:N")
    layers += [
        named.transform_filter("!datum.dark").mark_text(style="label", baseline="middle"),
        named.transform_filter("datum.dark").mark_text(
            style="paper", fontSize=12, fontWeight=600, baseline="middle"
        ),
        tags.mark_text(
            style="halo", fontSize=11, fontWeight=600, baseline="bottom", align="left", dy=-3, limit=190
        ),
        tags.mark_text(
            fontSize=11, fontWeight=600, color=ORANGE, baseline="bottom", align="left", dy=-3, limit=190
        ),
    ]
    return (
        alt.layer(*layers)
        .add_params(shown)
        .properties(width=layout.width, height=layout.height)
        .resolve_scale(color="independent")
    )
