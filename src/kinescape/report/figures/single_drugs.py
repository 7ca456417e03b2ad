"""What each drug of a matrix does by itself: the measured cells and the edge of the fitted surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from kinescape.report.figures.dose_matrix import errors_told
from kinescape.report.figures.dose_surface import fine_doses, surface_parameters, surface_values
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

_STEPS = 60
_FEWEST_DOSES = 2


def single_drugs(
    frame: pl.DataFrame,
    row: Mapping[str, Any],
    drugs: tuple[str, ...],
    units: tuple[str, ...],
    *,
    key: str,
    noise: str,
) -> Figure | None:
    """Dose response of both drugs alone, side by side.

    Parameters
    ----------
    frame : polars.DataFrame
        From `dose_matrix.pair_cells`.
    row : mapping
        The matrix's row of `SynergyResults.scores`; without a fitted surface the points stand alone.
    drugs, units : tuple of str
        Of the two panels.
    key : str
        Unique in the page.
    noise : str
        Where the errors come from.

    Returns
    -------
    Figure or None
        None where neither drug was given alone at two doses.
    """
    singles = [_alone(frame, drug) for drug in (1, 2)]
    if max(single.height for single in singles) < _FEWEST_DOSES:
        return None
    parameters = surface_parameters(row)
    values = pl.concat(singles)["inhibition"]
    low, high = min(0.0, float(values.min() or 0.0)), max(100.0, float(values.max() or 0.0))  # type: ignore[arg-type]
    y = alt.Y("inhibition:Q", title="inhibition (%)", scale=alt.Scale(domain=[low - 3, high + 3], nice=False))
    panels = []
    for number, (single, drug, unit) in enumerate(zip(singles, drugs, units, strict=True)):
        if single.is_empty():
            continue
        x = alt.X(
            "dose:Q", title=f"{drug} ({unit})", scale=alt.Scale(type="log", nice=False, padding=8)
        ).axis(format="~g", tickCount=5, labelOverlap=True, grid=False)
        base = alt.Chart(rows_for_chart(single), width=270, height=220)
        layers: list[Any] = [
            base.transform_filter("isValid(datum.low)")
            .mark_rule(color=GREY)
            .encode(x=x, y=alt.Y("low:Q"), y2="high:Q"),
            base.mark_point(filled=True, size=42, color=GREY, opacity=1).encode(
                x=x,
                y=y,
                tooltip=[
                    alt.Tooltip("dose:Q", title=f"{drug} ({unit})", format="~g"),
                    alt.Tooltip("inhibition:Q", title="inhibition (%)", format=".1f"),
                    alt.Tooltip("inhibition_se:Q", title="standard error", format=".1f"),
                ],
            ),
        ]
        if parameters is not None and single.height >= _FEWEST_DOSES:
            doses = fine_doses(single["dose"].to_numpy(), _STEPS)[1:]
            none = np.zeros(1)
            grid, _ = surface_values(parameters, *((doses, none) if number == 0 else (none, doses)))
            line = pl.DataFrame({"dose": doses, "inhibition": grid.ravel()})
            layers.insert(
                0,
                alt.Chart(rows_for_chart(line))
                .mark_line(color=(BLUE, ORANGE)[number], strokeWidth=2.2)
                .encode(x=x, y=y),
            )
        panels.append(alt.layer(*layers))
    table = pl.concat(
        [
            single.with_columns(drug=pl.lit(drug), unit=pl.lit(unit))
            for single, drug, unit in zip(singles, drugs, units, strict=True)
        ]
    )
    curve = " Line: the edge of the fitted MuSyC surface." if parameters is not None else ""
    bars = " with one standard error" if table["inhibition_se"].is_not_null().any() else ""
    return Figure(
        key=key,
        title=f"{drugs[0]} and {drugs[1]} alone",
        caption=(
            f"Dots: measured without the other drug{bars}; {errors_told(noise)}.{curve} Every expectation of the pair "
            "rests on these: where they are uneven or never reach an effect, so is the expectation."
        ),
        description=f"Single-drug responses at {singles[0].height} and {singles[1].height} doses.",
        chart=alt.hconcat(*panels, spacing=36),
        table=DataTable(
            f"{key}-data",
            "One row is one dose of one drug.",
            (
                Column("drug", "Drug"),
                Column("dose", "Dose", "plain"),
                Column("unit", "Unit"),
                Column("inhibition", "Inhibition (%)", "number"),
                Column("inhibition_se", "Standard error", "number"),
                Column("wells", "Wells", "count"),
            ),
            table,
        ),
    )


def _alone(frame: pl.DataFrame, drug: int) -> pl.DataFrame:
    """Cells in which the other drug was left out, one standard error to both sides, ascending."""
    mine, other = f"dose_{drug}", f"dose_{3 - drug}"
    value, error = pl.col("inhibition"), pl.col("inhibition_se")
    return (
        frame.filter((pl.col(mine) > 0) & (pl.col(other) == 0) & value.is_finite())
        .select(
            pl.col(mine).alias("dose"),
            value,
            error,
            pl.col("wells"),
            (value - error).alias("low"),
            (value + error).alias("high"),
        )
        .sort("dose")
    )
