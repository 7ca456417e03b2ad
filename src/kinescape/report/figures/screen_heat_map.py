"""A whole screen as a clustered heat map: pairs that behave alike, and samples that behave alike, side by side."""

from __future__ import annotations

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.assays.viability.combination_scoring.synergy_results import SCORE_NAMES
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart

_MOST_ROWS = 80


def screen_heat_map(scores: pl.DataFrame, *, by: str = "bliss", key: str = "screen-map") -> Figure | None:
    """Mean excess of every pair in every sample; in one sample, of the first against the second drug.

    Parameters
    ----------
    scores : polars.DataFrame
        `SynergyResults.scores`.
    by : str
        Which score.
    key : str
        Unique in the page.

    Returns
    -------
    Figure or None
        None where rows or columns would be fewer than two.
    """
    if by not in scores.columns:
        by = "bliss"
    if by not in scores.columns:
        return None
    frame = scores.filter(pl.col(by).is_not_null())
    parts = pl.col("drugs").str.splitn(" + ", 2)
    if frame["sample"].n_unique() > 1:
        frame = frame.with_columns(pl.col("drugs").alias("row"), pl.col("sample").alias("column"))
    else:
        frame = frame.with_columns(
            parts.struct.field("field_0").alias("row"), parts.struct.field("field_1").alias("column")
        )
    cells = frame.group_by("row", "column", maintain_order=True).agg(
        pl.col(by).mean().alias("value"), pl.col(f"{by}_se").mean().alias("error"), pl.len().alias("matrices")
    )
    strength = (
        cells.group_by("row").agg(pl.col("value").abs().max()).sort("value", "row", descending=[True, False])
    )
    left_out = max(0, strength.height - _MOST_ROWS)
    cells = cells.filter(pl.col("row").is_in(strength["row"].head(_MOST_ROWS).implode()))
    if cells["row"].n_unique() < 2 or cells["column"].n_unique() < 2:
        return None
    table = cells.pivot(on="column", index="row", values="value")
    matrix = table.drop("row").to_numpy()
    rows = [table["row"][i] for i in _clustered(matrix)]
    columns = [table.columns[1:][i] for i in _clustered(matrix.T)]
    bound = max(10.0, float(cells["value"].abs().quantile(0.98) or 0.0))
    name = SCORE_NAMES[by]
    chart = (
        alt.Chart(
            rows_for_chart(cells),
            width={"step": max(22, min(60, 560 // len(columns)))},
            height={"step": 18 if len(rows) > 25 else 24},
            view=alt.ViewBackground(style="empty"),
        )
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("column:N", sort=columns, title=None).axis(
                orient="top", labelAngle=-50, labelAlign="left", ticks=False, domain=False
            ),
            y=alt.Y("row:N", sort=rows, title=None).axis(ticks=False, domain=False),
            color=alt.Color(
                "value:Q",
                title=[f"{name} excess", "(% points)"],
                scale=alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb"),
            ).legend(gradientLength=130, offset=20),
            tooltip=[
                alt.Tooltip("row:N", title="row"),
                alt.Tooltip("column:N", title="column"),
                alt.Tooltip("value:Q", title=f"{name} excess", format="+.1f"),
                alt.Tooltip("error:Q", title="standard error", format=".1f"),
                alt.Tooltip("matrices:Q", title="matrices"),
            ],
        )
    )
    note = f" {left_out} rows with weaker effects are left out." if left_out else ""
    return Figure(
        key=key,
        title="The screen, alike beside alike",
        caption=(
            f"Mean {name} excess; orange is synergy, blue antagonism. Rows and columns are ordered by average linkage "
            f"of their Euclidean distances (missing cells count as their row's mean). Grey: not measured.{note}"
        ),
        description=f"{len(rows)} rows and {len(columns)} columns.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one cell.",
            (
                Column("row", "Row"),
                Column("column", "Column"),
                Column("value", f"{name} excess", "signed"),
                Column("error", "Standard error", "number"),
                Column("matrices", "Matrices", "count"),
            ),
            cells.sort("value", descending=True),
            most=60,
        ),
    )


def _clustered(matrix: NDArray[np.float64]) -> list[int]:
    """Order of the rows along the tree of average linkage."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    if matrix.shape[0] < 3:
        return list(range(matrix.shape[0]))
    known = np.isfinite(matrix)
    mean = np.where(known, matrix, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, matrix, mean[:, None])
    return [
        int(index)
        for index in leaves_list(linkage(filled, "average", optimal_ordering=matrix.shape[0] < 300))
    ]
