"""A plate map as a picture: what stands in each well."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure
from kinescape.report.figures.theme import BLUE, GREY, ORANGE, PURPLE

ROLES = {"pair": ORANGE, "single": BLUE, "vehicle": GREY, "blank": PURPLE}


def plate_layout(layout: pl.DataFrame, *, key: str, simulated: bool = False) -> Figure | None:
    """The first plate of a plate map; the table holds all.

    Parameters
    ----------
    layout : polars.DataFrame
        From `kinescape.strategy.experiment_planning.plate_map.plate_map`.
    key : str
        Unique in the page.
    simulated : bool
        Whether the study's data are simulated.
    """
    if layout.is_empty():
        return None
    first = layout.filter(pl.col("plate") == layout["plate"].min()).with_columns(
        row=pl.col("well").str.slice(0, 1), column=pl.col("well").str.slice(1).cast(pl.Int32)
    )
    rows = sorted(set(first["row"]))
    columns = list(range(first["column"].min(), first["column"].max() + 1))  # type: ignore[arg-type, operator]
    chart = (
        alt.Chart(first.select("row", "column", "role", "condition"), width={"step": 34}, height={"step": 26})
        .mark_rect(cornerRadius=4, stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("column:O", title=None, scale=alt.Scale(domain=columns)).axis(orient="top", labelAngle=0),
            y=alt.Y("row:O", title=None, scale=alt.Scale(domain=rows)),
            color=alt.Color(
                "role:N", title=None, scale=alt.Scale(domain=list(ROLES), range=list(ROLES.values()))
            ).legend(orient="bottom"),
            tooltip=[alt.Tooltip("condition:N"), alt.Tooltip("role:N")],
        )
    )
    plates = layout["plate"].n_unique()
    counts = dict(first.group_by("role").len().iter_rows())
    said = wording.listing([f"{counts[role]} {role}" for role in ROLES if role in counts])
    return Figure(
        key=key,
        title=f"Plate 1 of {plates}: where each test goes",
        caption=(
            "Positions are random, another order on every plate; each replicate has plates of its own, to be done on "
            "a day of its own. Outer wells stay empty. Vehicle: no drug. Blank: medium without cells, or a kill-all, "
            "the background to take off. The download holds all plates. A plan, not data: no intervals."
        ),
        description=f"Wells of the first plate by role: {said}.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one used well.",
            (
                Column("plate", "Plate", "count"),
                Column("replicate", "Replicate", "count"),
                Column("well", "Well"),
                Column("role", "Role"),
                Column("condition", "Condition"),
            ),
            layout,
            most=40,
        ),
        simulated=simulated,
    )
