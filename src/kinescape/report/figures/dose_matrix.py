"""A dose matrix as it was measured: one tile a combination of doses, with its number."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart

_SCHEME = ["#f4f3f0", "#dbe7f3", "#aecbe6", "#5c93c9", "#1f5a96", "#123a63"]
_ROOM = 560


def dose_text(dose: float) -> str:
    """A dose as short as it can be told apart.

    Examples
    --------
    >>> dose_text(0.78125), dose_text(2500.0)
    ('0.781', '2,500')
    """
    return f"{dose:,.0f}" if dose >= 1000 else f"{dose:.3g}"


def pair_cells(cells: pl.DataFrame, block: str, sample: str) -> pl.DataFrame:
    """The cells of one matrix, with their doses as text, ascending."""
    frame = cells.filter((pl.col("block") == block) & (pl.col("sample") == sample))
    return frame.sort("dose_1", "dose_2").with_columns(
        pl.col("dose_1").map_elements(dose_text, return_dtype=pl.String).alias("first"),
        pl.col("dose_2").map_elements(dose_text, return_dtype=pl.String).alias("second"),
    )


def dose_axes(
    frame: pl.DataFrame, drugs: tuple[str, ...], units: tuple[str, ...]
) -> tuple[alt.X, alt.Y, int]:
    """Both dose axes of a matrix as ordered steps, and the width of a tile: the first drug upwards."""
    first = frame.select("dose_1", "first").unique().sort("dose_1", descending=True)["first"].to_list()
    second = frame.select("dose_2", "second").unique().sort("dose_2")["second"].to_list()
    step = max(24, min(56, _ROOM // max(len(second), 1)))
    x = alt.X("second:O", sort=second, title=f"{drugs[1]} ({units[1]})").axis(
        labelAngle=0, ticks=False, domain=False, grid=False
    )
    y = alt.Y("first:O", sort=first, title=f"{drugs[0]} ({units[0]})").axis(
        ticks=False, domain=False, grid=False
    )
    return x, y, step


def errors_told(noise: str) -> str:
    """Where errors come from, as the end of a sentence.

    Examples
    --------
    >>> errors_told("repeated wells of one experiment"), errors_told("not known: nothing was repeated")
    ('errors from repeated wells of one experiment', 'errors are not known')
    """
    return "errors are not known" if noise.startswith("not known") else f"errors from {noise}"


def dose_matrix_figure(
    frame: pl.DataFrame,
    drugs: tuple[str, ...],
    units: tuple[str, ...],
    *,
    key: str,
    replicates: int,
    noise: str,
) -> Figure:
    """Inhibition at every combination of doses.

    Parameters
    ----------
    frame : polars.DataFrame
        From `pair_cells`.
    drugs, units : tuple of str
        Of the two axes.
    key : str
        Unique in the page.
    replicates : int
        Independent replicates.
    noise : str
        Where the errors come from.
    """
    shown = rows_for_chart(frame.select("first", "second", "inhibition", "inhibition_se", "wells"))
    x, y, step = dose_axes(frame, drugs, units)
    base = alt.Chart(shown, width={"step": step}, height={"step": min(step, 44)})
    tiles = base.mark_rect(cornerRadius=2, stroke="white", strokeWidth=1, strokeOpacity=0.5).encode(
        x=x,
        y=y,
        color=alt.Color(
            "inhibition:Q",
            title="inhibition (%)",
            scale=alt.Scale(domain=[0, 100], range=_SCHEME, clamp=True),
        ).legend(gradientLength=150, offset=18),
        tooltip=[
            alt.Tooltip("first:N", title=f"{drugs[0]} ({units[0]})"),
            alt.Tooltip("second:N", title=f"{drugs[1]} ({units[1]})"),
            alt.Tooltip("inhibition:Q", title="inhibition (%)", format=".1f"),
            alt.Tooltip("inhibition_se:Q", title="standard error", format=".1f"),
            alt.Tooltip("wells:Q", title="wells"),
        ],
    )
    layers: list[Any] = [tiles]
    largest = frame["inhibition"].to_numpy().max()
    repeated = f"{replicates} independent replicates" if replicates > 1 else "Not repeated independently"
    if step >= 30:
        layers.append(
            base.mark_text(fontSize=11.5).encode(
                x=x,
                y=y,
                text=alt.Text("inhibition:Q", format=".0f"),
                color=alt.condition("datum.inhibition > 55", alt.value("#ffffff"), alt.value("#1d2127")),
            )
        )
    return Figure(
        key=key,
        title=f"What {drugs[0]} and {drugs[1]} do together",
        caption=(
            "Inhibition in per cent of untreated cells; 0 is as untreated, 100 nothing alive. The lowest row and the "
            f"left column are the single drugs. {repeated}; {errors_told(noise)}."
        ),
        description=f"{frame.height} dose combinations; largest inhibition {largest:.0f} per cent.",
        chart=alt.layer(*layers),
        table=DataTable(
            f"{key}-data",
            "One row is one combination of doses.",
            (
                Column("dose_1", f"{drugs[0]} ({units[0]})", "plain"),
                Column("dose_2", f"{drugs[1]} ({units[1]})", "plain"),
                Column("inhibition", "Inhibition (%)", "number"),
                Column("inhibition_se", "Standard error", "number"),
                Column("wells", "Wells", "count"),
                Column("bliss", "Bliss excess", "signed"),
                Column("bliss_se", "Standard error", "number"),
                Column("hsa", "HSA excess", "signed"),
                Column("loewe", "Loewe excess", "signed"),
                Column("zip", "ZIP excess", "signed"),
            ),
            frame,
        ),
    )
