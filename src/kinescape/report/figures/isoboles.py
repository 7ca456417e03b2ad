"""Isoboles: all pairs of doses with the same effect, beside those that additivity leads one to expect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.loewe import loewe_reference
from kinescape.report.figures.dose_surface import (
    fine_doses,
    spans_a_surface,
    surface_parameters,
    surface_values,
)
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, ORANGE, PURPLE

Floats = NDArray[np.float64]
_STEPS = 60
_LEVELS = (25, 50, 75)
_BEYOND = 2.0
MEASURED, ADDITIVE = "the pair (fitted surface)", "expected if additive (Loewe)"


def isobole_figure(
    frame: pl.DataFrame, row: Mapping[str, Any], drugs: tuple[str, ...], units: tuple[str, ...], *, key: str
) -> Figure | None:
    """Lines of equal inhibition of the fitted surface and of Loewe additivity.

    Parameters
    ----------
    frame : polars.DataFrame
        From `dose_matrix.pair_cells`.
    row : mapping
        The matrix's row of `SynergyResults.scores`.
    drugs, units : tuple of str
        Of the two axes.
    key : str
        Unique in the page.

    Returns
    -------
    Figure or None
        None where no surface was fitted, no level is reached by it, or the drugs were combined along one line of
        doses only.
    """
    parameters = surface_parameters(row)
    if parameters is None or not spans_a_surface(frame):
        return None
    first, second = (
        fine_doses(frame[f"dose_{drug}"].to_numpy(), _STEPS, below=_BEYOND)[1:] for drug in (1, 2)
    )
    fitted, _ = surface_values(parameters, first, second)
    parts = [_segments(first, second, fitted, level, MEASURED) for level in _LEVELS]
    additive = _additive(parameters, first, second)
    if additive is not None:
        parts += [_segments(first, second, additive, level, ADDITIVE) for level in _LEVELS]
    data = rows_for_chart(pl.concat(parts))
    if data.filter(pl.col("line") == MEASURED).is_empty():
        return None
    x = alt.X("x:Q", title=f"{drugs[1]} ({units[1]})", scale=alt.Scale(type="log", nice=False)).axis(
        format="~g", grid=False, tickCount=5
    )
    y = alt.Y("y:Q", title=f"{drugs[0]} ({units[0]})", scale=alt.Scale(type="log", nice=False)).axis(
        format="~g", grid=False, tickCount=5
    )
    levels = [f"{level} % inhibition" for level in _LEVELS if f"{level} % inhibition" in set(data["level"])]
    colour = alt.Color(
        "level:N", title=None, scale=alt.Scale(domain=levels, range=[BLUE, PURPLE, ORANGE][: len(levels)])
    ).legend(orient="top")
    lines = (
        alt.Chart(data, width=460, height=380)
        .mark_rule(strokeCap="round")
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=colour,
            strokeWidth=alt.StrokeWidth(
                "line:N", title=None, scale=alt.Scale(domain=[MEASURED, ADDITIVE], range=[3.0, 1.2])
            ).legend(orient="top", symbolType="stroke"),
            opacity=alt.Opacity(
                "line:N", legend=None, scale=alt.Scale(domain=[MEASURED, ADDITIVE], range=[1.0, 0.75])
            ),
        )
    )
    tested = frame.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0))
    dots = (
        alt.Chart(rows_for_chart(tested.select("dose_1", "dose_2", "inhibition")))
        .mark_point(size=9, style="faint", opacity=0.5)
        .encode(
            x=alt.X("dose_2:Q"),
            y=alt.Y("dose_1:Q"),
            tooltip=[alt.Tooltip("inhibition:Q", title="measured inhibition (%)", format=".0f")],
        )
    )
    return Figure(
        key=key,
        title=f"Doses of {drugs[0]} and {drugs[1]} with the same effect",
        caption=(
            "Thick: pairs of doses at which the fitted surface reaches 25, 50 and 75 % inhibition. Thin: where they "
            "would lie if a dose of one drug could be replaced by its equal of the other, from the same single-drug "
            "curves. Thick lines nearer to the lower left corner mean that less drug is needed: synergy. Dots: tested "
            "doses."
        ),
        description=f"Isoboles at {', '.join(levels)}.",
        chart=alt.layer(dots, lines),
        table=DataTable(
            f"{key}-data",
            "One row is one piece of a line.",
            (
                Column("line", "Line"),
                Column("level", "Effect"),
                Column("x", f"{drugs[1]} ({units[1]})", "number"),
                Column("y", f"{drugs[0]} ({units[0]})", "number"),
            ),
            data,
            most=40,
        ),
    )


def _additive(parameters: Floats, first: Floats, second: Floats) -> Floats | None:
    """Loewe's surface from the single-drug edges of the fitted one; None where the drugs act in opposite ways."""
    e0, e1, e2 = (float(value) for value in parameters[0, :3])
    one = np.array([[1 - e0, 1 - e1, parameters[0, 4], parameters[0, 6]]])
    two = np.array([[1 - e0, 1 - e2, parameters[0, 5], parameters[0, 7]]])
    given1, given2 = np.repeat(first, second.size)[None], np.tile(second, first.size)[None]
    found = loewe_reference(one, two, given1, given2)[0]
    return None if np.isnan(found).all() else 100 * found.reshape(first.size, second.size)


def _segments(first: Floats, second: Floats, surface: Floats, level: int, line: str) -> pl.DataFrame:
    """Marching squares: the pieces in which a surface crosses a level, on logarithmic axes."""
    log1, log2 = np.log(first), np.log(second)
    above = surface >= level
    made: list[tuple[float, float, float, float]] = []
    for i in range(first.size - 1):
        for j in range(second.size - 1):
            corners = ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j))
            inside = [bool(above[corner]) for corner in corners]
            if all(inside) or not any(inside):
                continue
            crossings = []
            for k in range(4):
                a, b = corners[k], corners[(k + 1) % 4]
                if above[a] != above[b]:
                    part = (level - surface[a]) / (surface[b] - surface[a])
                    crossings.append(
                        (
                            float(np.exp(log2[a[1]] + part * (log2[b[1]] - log2[a[1]]))),
                            float(np.exp(log1[a[0]] + part * (log1[b[0]] - log1[a[0]]))),
                        )
                    )
            made += [(*crossings[k], *crossings[k + 1]) for k in range(0, len(crossings) - 1, 2)]
    schema = dict.fromkeys(("x", "y", "x2", "y2"), pl.Float64)
    return pl.DataFrame(made, schema=schema, orient="row").with_columns(
        pl.lit(f"{level} % inhibition").alias("level"), pl.lit(line).alias("line")
    )
