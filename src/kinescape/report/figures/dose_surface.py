"""The fitted surface of a pair in space: height is inhibition, colour what Bliss did not expect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.musyc_surface import musyc_grid
from kinescape.report.figures.dose_matrix import dose_text
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart

Floats = NDArray[np.float64]
_STEPS = 24
_WIDE, _DEEP, _HIGH = 250.0, 105.0, 230.0
_LEFT, _FLOOR = 300.0, 470.0
_PARAMETERS = ("E0", "E1", "E2", "E3", "C1", "C2", "h1", "h2", "alpha12", "alpha21")


def surface_parameters(row: Mapping[str, Any]) -> Floats | None:
    """The ten parameters (1, 10) of a row of scores, as `musyc_surface` wants them; None where it was not fitted."""
    values = [row.get(name) for name in _PARAMETERS]
    if not str(row.get("musyc_status", "")).startswith("fitted") or any(value is None for value in values):
        return None
    found = np.array(values, dtype=np.float64)
    found[4:] = np.log(found[4:])
    return found[None]


def spans_a_surface(frame: pl.DataFrame) -> bool:
    """Whether both drugs' doses vary beside a dose of the other: along one line of doses no surface was measured.

    Parameters
    ----------
    frame : polars.DataFrame
        `dose_1`, `dose_2` of the measured cells.

    Examples
    --------
    >>> one_row = pl.DataFrame({"dose_1": [1.0, 1.0, 1.0], "dose_2": [1.0, 2.0, 4.0]})
    >>> spans_a_surface(one_row), spans_a_surface(pl.DataFrame({"dose_1": [1, 1, 2, 2], "dose_2": [1, 2, 1, 2]}))
    (False, True)
    """
    together = frame.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0))
    return all(
        int(together.group_by(one).agg(pl.col(other).n_unique())[other].max() or 0) > 1  # type: ignore[arg-type]
        for one, other in (("dose_1", "dose_2"), ("dose_2", "dose_1"))
    )


def fine_doses(doses: Floats, steps: int = _STEPS, *, below: float = 1.0) -> Floats:
    """0 and an even logarithmic row through the tested doses, from the lowest over `below`."""
    tested = doses[doses > 0]
    return np.concatenate([[0.0], np.geomspace(tested.min() / below, tested.max(), steps)])


def surface_values(parameters: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Fitted inhibition and its excess over Bliss against the fitted untreated level (n_first, n_second), per cent."""
    left = musyc_grid(parameters, first[None], second[None]).reshape(first.size, second.size)
    expected = left[:, :1] * left[:1, :] / left[0, 0]
    return 100 * (1 - left), 100 * (expected - left)


def dose_surface(
    frame: pl.DataFrame, row: Mapping[str, Any], drugs: tuple[str, ...], units: tuple[str, ...], *, key: str
) -> Figure | None:
    """The MuSyC surface with the measured cells on stems.

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
        None where no surface was fitted, or the drugs were combined along one line of doses only.
    """
    parameters = surface_parameters(row)
    if parameters is None or not spans_a_surface(frame):
        return None
    measured_first, measured_second = (np.unique(frame[f"dose_{drug}"].to_numpy()) for drug in (1, 2))
    first, second = fine_doses(measured_first), fine_doses(measured_second)
    height, excess = surface_values(parameters, first, second)
    across, along = _place(first, measured_first), _place(second, measured_second)
    lowest = min(0.0, float(np.floor(min(height.min(), frame["inhibition"].to_numpy().min()) / 10) * 10))
    tiles = _tiles(across, along, height, excess, lowest)
    bound = max(10.0, float(np.quantile(np.abs(excess), 0.99)))
    points = _points(frame, measured_first, measured_second, parameters, lowest)
    width, tall = 2 * _LEFT, _FLOOR + 60
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False, zero=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[tall, 0], nice=False, zero=False))
    colour = alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb")
    area = (
        alt.Chart(rows_for_chart(tiles), width=width, height=tall)
        .mark_line(
            filled=True, interpolate="linear-closed", strokeWidth=0.5, stroke="#59606b", strokeOpacity=0.45
        )
        .encode(
            x=x,
            y=y,
            detail="tile:N",
            order="corner:O",
            fill=alt.Fill("excess:Q", title=["excess over", "Bliss (%)"], scale=colour).legend(
                gradientLength=130, orient="right"
            ),
        )
    )
    frame_lines, words = _axes(measured_first, measured_second, drugs, units, lowest)
    lines = alt.Chart(frame_lines).mark_rule(style="box").encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    names = [
        alt.Chart(words.filter(pl.col("align") == align))
        .mark_text(align=align, style="faint", fontSize=11.5)
        .encode(x=x, y=y, text="text:N")
        for align in ("left", "right", "center")
        if (words["align"] == align).any()
    ]
    stems = alt.Chart(points).mark_rule(strokeWidth=1, opacity=0.6).encode(x=x, y=y, x2="x:Q", y2="y2:Q")
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=30, stroke="#1d2127", strokeWidth=0.7)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("bliss:Q", scale=colour, legend=None),
            tooltip=[
                alt.Tooltip("first:N", title=f"{drugs[0]} ({units[0]})"),
                alt.Tooltip("second:N", title=f"{drugs[1]} ({units[1]})"),
                alt.Tooltip("inhibition:Q", title="measured inhibition (%)", format=".1f"),
                alt.Tooltip("fitted:Q", title="surface (%)", format=".1f"),
            ],
        )
    )
    return Figure(
        key=key,
        title=f"The surface of {drugs[0]} and {drugs[1]}",
        caption=(
            "Height: inhibition by the fitted MuSyC surface "
            f"(it explains {100 * float(row['r_squared']):.0f} % of the variance). Colour: what the surface holds "
            "above (orange) or below (blue) independent action. Dots: measured, on stems that end on the surface; "
            "the edges in front are the single drugs."
        ),
        description=f"Surface from {height.min():.0f} to {height.max():.0f} per cent inhibition.",
        chart=alt.layer(lines, area, stems, dots, *names),
        table=DataTable(
            f"{key}-data",
            "One row is one measured combination.",
            (
                Column("first", f"{drugs[0]} ({units[0]})"),
                Column("second", f"{drugs[1]} ({units[1]})"),
                Column("inhibition", "Measured inhibition (%)", "number"),
                Column("fitted", "Surface (%)", "number"),
            ),
            points,
        ),
    )


def _place(doses: Floats, measured: Floats) -> Floats:
    """Doses from 0 to 1 along an axis: zero at the start, then the logarithm."""
    tested = measured[measured > 0]
    low, high = math.log(tested.min()), math.log(tested.max())
    gap = 1.0 / max(tested.size, 2)
    span = max(high - low, 1e-9)
    logs = np.log(np.where(doses > 0, doses, 1.0))
    return np.where(doses > 0, gap + (1 - gap) * (logs - low) / span, 0.0)


def _projected(across: Floats, along: Floats, height: Floats, lowest: float) -> tuple[Floats, Floats]:
    """Pixels of points in space; the corner without drugs is in front, high doses lie behind."""
    x = _LEFT + _WIDE * (along - across)
    y = _FLOOR - _DEEP * (along + across) - _HIGH * (height - lowest) / (100.0 - lowest)
    return x, y


def _tiles(across: Floats, along: Floats, height: Floats, excess: Floats, lowest: float) -> pl.DataFrame:
    """Four corners a tile, those furthest away first, so that nearer ones cover them."""
    rows, columns = height.shape
    order = sorted(
        ((i, j) for i in range(rows - 1) for j in range(columns - 1)),
        key=lambda at: -(across[at[0]] + along[at[1]]),
    )
    made: list[tuple[int, int, float, float, float]] = []
    for tile, (i, j) in enumerate(order):
        corners = ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))
        mean = float(np.mean([excess[corner] for corner in corners]))
        for corner, (a, b) in enumerate(corners):
            x, y = _projected(across[a], along[b], height[a, b], lowest)
            made.append((tile, corner, float(x), float(y), mean))
    return pl.DataFrame(made, schema=["tile", "corner", "x", "y", "excess"], orient="row")


def _points(
    frame: pl.DataFrame, first: Floats, second: Floats, parameters: Floats, lowest: float
) -> pl.DataFrame:
    across = _place(frame["dose_1"].to_numpy(), first)
    along = _place(frame["dose_2"].to_numpy(), second)
    grid, _ = surface_values(parameters, first, second)
    at = (
        np.searchsorted(first, frame["dose_1"].to_numpy()),
        np.searchsorted(second, frame["dose_2"].to_numpy()),
    )
    x, y = _projected(across, along, frame["inhibition"].to_numpy(), lowest)
    _, end = _projected(across, along, grid[at], lowest)
    made = frame.select("first", "second", "inhibition", pl.col("bliss").fill_null(0.0)).with_columns(
        pl.Series("fitted", grid[at]), pl.Series("x", x), pl.Series("y", y), pl.Series("y2", end)
    )
    return rows_for_chart(made)


def _axes(
    first: Floats, second: Floats, drugs: tuple[str, ...], units: tuple[str, ...], lowest: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The floor's edges, the height scale, and the words beside them."""
    lines: list[tuple[float, float, float, float]] = []
    words: list[tuple[float, float, str, str]] = []

    def at(across: float, along: float, height: float) -> tuple[float, float]:
        x, y = _projected(np.array(across), np.array(along), np.array(height), lowest)
        return float(x), float(y)

    corners = [at(0, 0, lowest), at(1, 0, lowest), at(1, 1, lowest), at(0, 1, lowest)]
    lines += [(*corners[k], *corners[(k + 1) % 4]) for k in range(4)]
    lines.append((*corners[1], *at(1, 0, 100)))
    for height in np.arange(50 * np.ceil(lowest / 50), 101, 50):
        x, y = at(1, 0, float(height))
        lines.append((x - 6, y, x, y))
        words.append((x - 10, y, f"{height + 0.0:.0f}", "right"))
    for dose, place in zip(first[::2], _place(first, first)[::2], strict=True):
        x, y = at(float(place), 0, lowest)
        words.append((x - 8, y + 12, dose_text(float(dose)), "right"))
    for dose, place in zip(second[::2], _place(second, second)[::2], strict=True):
        x, y = at(0, float(place), lowest)
        words.append((x + 8, y + 12, dose_text(float(dose)), "left"))
    x, y = at(0.5, 0, lowest)
    words.append((x - 62, y + 30, f"{drugs[0]} ({units[0]})", "right"))
    x, y = at(0, 0.5, lowest)
    words.append((x + 62, y + 30, f"{drugs[1]} ({units[1]})", "left"))
    x, y = at(1, 0, 100)
    words.append((x, y - 14, "inhibition (%)", "center"))
    return (
        pl.DataFrame(lines, schema=["x", "y", "x2", "y2"], orient="row"),
        pl.DataFrame(words, schema=["x", "y", "text", "align"], orient="row"),
    )
