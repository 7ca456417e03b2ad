"""How every figure looks, on light paper and on a dark screen. Blue and orange, told apart by all readers."""

from __future__ import annotations

from typing import Any

_FONT = "-apple-system, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, system-ui, sans-serif"

BLUE = "#2b6cb0"
"""Decrease; the target sample."""
ORANGE = "#d9772b"
"""Increase; what to look at."""
PURPLE = "#7a5195"
"""A third kind."""
GREY = "#8a8f98"
"""Baselines and context."""
CATEGORIES = (
    BLUE,
    ORANGE,
    PURPLE,
    "#2a9d9d",
    "#c2557e",
    "#8c6d31",
    "#5a9bd4",
    "#6b7280",
    "#e0a458",
    "#3f5b7a",
)


def _theme(ink: str, soft: str, grid: str, paper: str, empty: str, diverging: list[str]) -> dict[str, Any]:
    return {
        "background": None,
        "font": _FONT,
        "aria": False,
        "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 320},
        "title": {
            "color": ink,
            "subtitleColor": ORANGE,
            "subtitleFontWeight": "bold",
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleFontSize": 12,
            "anchor": "start",
            "frame": "group",
            "offset": 14,
        },
        "axis": {
            "labelColor": soft,
            "titleColor": ink,
            "titleFontWeight": 500,
            "labelFontSize": 12,
            "titleFontSize": 12.5,
            "domainColor": grid,
            "tickColor": grid,
            "gridColor": grid,
            "gridOpacity": 0.7,
            "labelLimit": 330,
            "titlePadding": 10,
        },
        "header": {"labelColor": ink, "titleColor": ink, "labelFontSize": 13, "labelFontWeight": 600},
        "legend": {
            "labelColor": soft,
            "titleColor": ink,
            "titleFontWeight": 500,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "labelLimit": 330,
            "titleLimit": 330,
            "symbolStrokeWidth": 1.5,
        },
        "range": {"category": list(CATEGORIES), "diverging": diverging, "heatmap": diverging},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": soft},
        "line": {"color": soft},
        "point": {"filled": True, "opacity": 1},
        "style": {
            "interval": {"strokeWidth": 2, "strokeCap": "round", "opacity": 0.85},
            "neutral": {"stroke": soft, "strokeWidth": 1, "strokeDash": [4, 3]},
            "faint": {"color": soft, "fill": soft, "fontSize": 11},
            "label": {"color": ink, "fill": ink, "fontSize": 12},
            "strong": {"color": ink, "fill": ink, "fontSize": 12, "fontWeight": 600},
            "empty": {"fill": empty, "stroke": None},
            "ink": {"stroke": ink, "color": ink, "fill": None},
            "edge": {"stroke": soft, "color": soft, "fill": None, "opacity": 0.55, "strokeWidth": 1.1},
            "edge_end": {"stroke": soft, "fill": soft, "color": soft, "opacity": 0.9},
            "box": {"stroke": soft, "strokeWidth": 1},
            "unmeasured": {"fill": paper, "color": paper, "stroke": grid, "strokeWidth": 1},
            "paper": {"fill": paper, "color": paper, "stroke": None},
            "halo": {"fill": paper, "stroke": paper, "strokeWidth": 5, "strokeJoin": "round", "fontSize": 12},
        },
    }


LIGHT = _theme(
    ink="#1d2127",
    soft="#59606b",
    grid="#dcdfe4",
    paper="#ffffff",
    empty="#f3f4f6",
    diverging=["#1f5a96", "#5c93c9", "#aecbe6", "#f4f3f0", "#f3c595", "#e08f45", "#b5590d"],
)
"""For paper and light screens."""

DARK = _theme(
    ink="#eceef1",
    soft="#a9b0bb",
    grid="#3a3f47",
    paper="#23272d",
    empty="#262a30",
    diverging=["#8cc2f5", "#5b94cb", "#3d5f82", "#33373d", "#84592f", "#cf853f", "#ffb46b"],
)
"""For dark screens."""


def themed(specification: dict[str, Any], theme: dict[str, Any] | None = None) -> dict[str, Any]:
    """A specification with a theme, ready for a notebook, a browser or a file.

    Examples
    --------
    >>> themed({"mark": "point"})["config"]["title"]["anchor"]
    'start'
    """
    return {**specification, "config": LIGHT if theme is None else theme}
