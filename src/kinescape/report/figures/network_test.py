"""Did the prior network help: the error for unseen inhibitors with it, without it, and with shuffled ones."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

CURATED, WITHOUT, SHUFFLED = "with the network", "without a network", "with a shuffled network"


def network_test_strip(network_test: pl.DataFrame, *, key: str, simulated: bool = False) -> Figure | None:
    """One mark a network, at its held-out error.

    Parameters
    ----------
    network_test : polars.DataFrame
        Columns network (`without`, `curated`, `shuffled 1`, …) and rmse.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where the test could not be made.
    """
    shown = network_test.filter(pl.col("rmse").is_finite())
    shuffled = shown["network"].str.starts_with("shuffled").sum()
    if not shuffled:
        return None
    kind = (
        pl.when(pl.col("network") == "curated")
        .then(pl.lit(CURATED))
        .when(pl.col("network") == "without")
        .then(pl.lit(WITHOUT))
        .otherwise(pl.lit(SHUFFLED))
    )
    rows = rows_for_chart(shown.with_columns(kind=kind))
    order = [CURATED, WITHOUT, SHUFFLED]
    chart = (
        alt.Chart(rows, width=520, height={"step": 34})
        .mark_point(filled=True, size=90, opacity=0.8)
        .encode(
            x=alt.X("rmse:Q", title="held-out error (lower is better)", scale=alt.Scale(zero=False)),
            y=alt.Y(
                "kind:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=220)
            ),
            color=alt.Color("kind:N", scale=alt.Scale(domain=order, range=[BLUE, ORANGE, GREY]), legend=None),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=order, range=["circle", "diamond", "cross"]), legend=None
            ),
            tooltip=[alt.Tooltip("network:N"), alt.Tooltip("rmse:Q", format=".3f", title="error")],
        )
    )
    return Figure(
        key=key,
        title="Did the prior network help?",
        caption=(
            "Each inhibitor was taken out, with all its conditions, and predicted from its targets. Circle: with the "
            "prior network; diamond: the same model without it; crosses: the same model on networks with their nodes' "
            f"names dealt out anew, n = {wording.count(int(shuffled))}. A network that helps lies left of the crosses."
        ),
        description="Held-out error with the prior network, without it, and with shuffled networks.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one network.",
            (Column("network", "Network"), Column("rmse", "Held-out error", "plain")),
            shown.select("network", "rmse"),
        ),
        simulated=simulated,
    )
