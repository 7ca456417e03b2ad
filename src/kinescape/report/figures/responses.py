"""What rose or fell in the cells under each drug: adaptive responses with their intervals."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.panels import panels
from kinescape.report.figures.theme import BLUE, GREY, ORANGE, PURPLE
from kinescape.report.selection import CHANGE_UNITS

ESCAPE_FDR = 0.10
"""Responses above this false discovery rate are not listed by the study."""

_MOST_DRUGS = 8
_MOST_EACH = 4
RISE, FALL, HELD, UNSURE = "rises", "falls", "held up", "not tested"
_STATES = {"gain": RISE, "loss": FALL, "held": HELD}

COLUMNS = (
    Column("sample", "Sample"),
    Column("agent", "Under"),
    Column("node", "What moved"),
    Column("readout", "Measured as"),
    Column("scale", "Scale"),
    Column("change", "Change of activity", "signed"),
    Column("low", "90 % interval from", "signed"),
    Column("high", "to", "signed"),
    Column("n", "Replicates", "count"),
    Column("fdr", "False discovery rate", "probability"),
    Column("path", "Way round the drug"),
    Column("countered_by", "Countered by"),
    Column("evidence", "Evidence"),
    Column("references", "Papers", "reference"),
)


def told_apart(escape: pl.DataFrame) -> pl.DataFrame:
    """Add `state`: rises (`gain`), falls (`loss`), held up (`held`), or not tested for want of replicates."""
    state = pl.col("direction").replace_strict(_STATES, default=UNSURE, return_dtype=pl.String)
    return escape.with_columns(
        pl.when(pl.col("fdr").is_null() | pl.col("fdr").is_nan())
        .then(pl.lit(UNSURE))
        .otherwise(state)
        .alias("state"),
        pl.col("change", "low", "high").cast(pl.Float64).fill_nan(None),
    )


def response_dots(escape: pl.DataFrame, sample: str, *, key: str, simulated: bool = False) -> Figure | None:
    """For each drug, the readouts that moved so as to get round it.

    Parameters
    ----------
    escape : polars.DataFrame
        Escape responses as the study gives them.
    sample : str
        Which sample.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where the sample has no measured response.
    """
    if escape.is_empty():
        return None
    frame = escape.filter((pl.col("sample") == sample) & pl.col("change").is_finite())
    if frame.is_empty():
        return None
    frame = told_apart(frame).with_columns(
        pl.format("{} ({})", pl.col("node"), pl.col("readout")).alias("moved")
    )
    ordered = frame.sort(pl.col("state") == UNSURE, pl.col("change").abs(), descending=[False, True])
    each = ordered.group_by("agent", maintain_order=True).head(_MOST_EACH)
    drugs = each["agent"].unique(maintain_order=True).head(_MOST_DRUGS).to_list()
    data = rows_for_chart(
        each.filter(pl.col("agent").is_in(drugs)).select(
            "agent", "moved", "change", "low", "high", "n", "fdr", "state", "path", "countered_by"
        )
    )
    units = " or ".join(word for scale, word in CHANGE_UNITS.items() if scale in set(frame["scale"]))
    states = [state for state in (RISE, FALL, HELD, UNSURE) if state in set(data["state"])]
    colours = {RISE: ORANGE, FALL: BLUE, HELD: PURPLE, UNSURE: GREY}
    shapes = {RISE: "triangle-up", FALL: "triangle-down", HELD: "square", UNSURE: "circle"}
    colour = alt.Color(
        "state:N", title=None, scale=alt.Scale(domain=states, range=[colours[s] for s in states])
    ).legend(orient="top")
    shape = alt.Shape(
        "state:N", title=None, scale=alt.Scale(domain=states, range=[shapes[s] for s in states])
    )
    tip = [
        alt.Tooltip("agent:N", title="under"),
        alt.Tooltip("moved:N", title="moved"),
        alt.Tooltip("change:Q", format="+.2f"),
        alt.Tooltip("low:Q", title="90 % from", format="+.2f"),
        alt.Tooltip("high:Q", title="to", format="+.2f"),
        alt.Tooltip("n:Q", title="replicates"),
        alt.Tooltip("fdr:Q", title="false discovery rate", format=".3g"),
        alt.Tooltip("path:N", title="way round"),
        alt.Tooltip("countered_by:N", title="countered by"),
    ]

    def panel(part: pl.DataFrame, y: alt.Y, *, last: bool) -> Any:
        base = alt.Chart(part, width=480, height={"step": 22})
        words = f"change of activity against the same cells without the drug ({units})" if last else None
        return alt.layer(
            base.mark_rule(style="neutral").encode(x=alt.datum(0)),
            base.mark_rule(style="interval").encode(x="low:Q", x2="high:Q", y=y, color=colour),
            base.mark_point(size=80, filled=True).encode(
                x=alt.X("change:Q", title=words), y=y, color=colour, shape=shape, tooltip=tip
            ),
        )

    chart = panels(data, "agent", "moved", "change", panel, descending=True, one_scale=True)
    span = f" {wording.replicates(data['n'])} independent replicates."
    more = (
        " Only the strongest few of each drug are drawn; the table has all."
        if data.height < frame.height
        else ""
    )
    return Figure(
        key=key,
        title=f"What moved in {sample} under each drug",
        caption=(
            "One panel for each drug. Mark: change of a node's activity, an inhibiting site counted with its "
            "sign turned; bar: 90 % interval over independent replicates. Triangle up: a driver rises; "
            "triangle down: a brake falls; square: should fall under the drug and does not; grey circle: one "
            f"replicate, not tested. False discovery rate below {wording.percent(ESCAPE_FDR)}; of each drug "
            f"the strongest dose and time.{span}{more}"
        ),
        description=f"Responses of {sample} to {len(drugs)} drugs.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one response to one drug.",
            (*COLUMNS, Column("state", "Verdict")),
            ordered,
        ),
        simulated=simulated,
    )
