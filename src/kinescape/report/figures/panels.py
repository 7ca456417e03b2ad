"""Panels below each other, one for each task or drug, whose axes stand in one line."""

from __future__ import annotations

from typing import Any, Protocol

import altair as alt
import polars as pl

_LETTER = 6.7
_WIDEST = 330


class Panel(Protocol):
    """Draws one panel from its rows; `last` carries the title of the shared axis."""

    def __call__(self, part: pl.DataFrame, y: alt.Y, *, last: bool) -> Any:
        """A layered chart of these rows."""
        ...


def panels(
    data: pl.DataFrame,
    by: str,
    rows: str,
    order: str,
    panel: Panel,
    *,
    descending: bool = False,
    one_scale: bool = False,
) -> alt.VConcatChart:
    """One panel for each value of a column, in the order in which the values come.

    Parameters
    ----------
    data : polars.DataFrame
        All rows.
    by : str
        The column that tells the panels apart; its values are their titles.
    rows : str
        The column whose values stand on the vertical axis.
    order : str
        Sorts them.
    panel : Panel
        Draws one.
    descending : bool
        Largest on top.
    one_scale : bool
        The horizontal axis is the same in all panels.
    """
    # A fixed room for the labels keeps the panels in line, which a concatenation alone does not.
    longest = max((len(str(name)) for name in data[rows]), default=1)
    room = min(_WIDEST, _LETTER * longest + 8)
    names = list(dict.fromkeys(data[by].to_list()))
    made = []
    for name in names:
        part = data.filter(pl.col(by) == name).sort(order, rows, descending=[descending, False])
        y = alt.Y(f"{rows}:N", title=None, sort=part[rows].to_list()).axis(
            ticks=False, domain=False, minExtent=room, maxExtent=room
        )
        title = alt.TitleParams(str(name), fontSize=13, offset=6, anchor="start")
        made.append(panel(part, y, last=name == names[-1]).properties(title=title))
    return alt.vconcat(*made, spacing=22).resolve_scale(
        color="shared", shape="shared", x="shared" if one_scale else "independent"
    )
