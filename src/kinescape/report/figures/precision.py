"""How large the effects are beside the error of measuring them, readout by readout."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY
from kinescape.report.selection import neutral_value, one_row_a_readout, scale_words

_MOST = 30
EFFECT = "typical effect (median size)"
ERROR = "typical standard error (median)"


def precision_dots(effects: pl.DataFrame, scale: str, *, key: str, simulated: bool = False) -> Figure | None:
    """Median size of the effects and median standard error of each readout.

    Parameters
    ----------
    effects : polars.DataFrame
        Effects as the study gives them.
    scale : str
        Readouts on this scale only.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where no readout on that scale has a standard error.
    """
    frame = one_row_a_readout(effects).filter(
        (pl.col("scale") == scale) & pl.col("value").is_finite() & (pl.col("condition") != "control")
    )
    summary = (
        frame.group_by("readout")
        .agg(
            (pl.col("value") - neutral_value(scale)).abs().median().alias("effect"),
            pl.col("se").median().alias("error"),
            pl.len().alias("effects"),
            pl.col("se").is_null().sum().alias("without_error"),
            pl.col("n").median().alias("n"),
        )
        .with_columns((pl.col("effect") / pl.col("error")).alias("ratio"))
        .sort("ratio", "readout", descending=[True, False], nulls_last=True)
    )
    if summary["error"].drop_nulls().is_empty():
        return None
    shown = summary.filter(pl.col("error").is_not_null()).head(_MOST)
    order = shown["readout"].to_list()
    wide = rows_for_chart(shown.select("readout", "effect", "error", "effects", "n"))
    long = wide.unpivot(
        ["effect", "error"], index=["readout", "effects", "n"], variable_name="what", value_name="amount"
    )
    long = long.with_columns(pl.col("what").replace({"effect": EFFECT, "error": ERROR}))
    y = alt.Y("readout:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False))
    line = (
        alt.Chart(wide, width=520, height={"step": 20})
        .mark_rule(style="edge")
        .encode(y=y, x="error:Q", x2="effect:Q")
    )
    dots = (
        alt.Chart(long)
        .mark_point(size=70, filled=True)
        .encode(
            y=y,
            x=alt.X("amount:Q", title=scale_words(scale)),
            color=alt.Color(
                "what:N", title=None, scale=alt.Scale(domain=[EFFECT, ERROR], range=[BLUE, GREY])
            ).legend(orient="top"),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=[EFFECT, ERROR], range=["circle", "square"])),
            tooltip=[
                alt.Tooltip("readout:N"),
                alt.Tooltip("what:N", title="shown"),
                alt.Tooltip("amount:Q", title="amount", format=".2f"),
                alt.Tooltip("effects:Q", title="effects"),
            ],
        )
    )
    total = int(summary["effects"].sum())
    caption = (
        "Circle: median size of a readout's effects over all conditions and samples; square: the median "
        "standard error of one effect over independent replicates. A readout whose circle lies at its square "
        f"measures little but noise here. n = {wording.count(total)} effects; readouts are ordered by the "
        "ratio of the two."
    )
    missing = summary.height - shown.height
    if missing:
        caption += f" {wording.plural(missing, 'readout')} with a smaller ratio are in the table only."
    return Figure(
        key=key,
        title="Effects beside the error of measuring them",
        caption=caption,
        description=f"Typical effect and typical error of {len(order)} readouts.",
        chart=alt.layer(line, dots),
        table=DataTable(
            f"{key}-data",
            "One row is one readout over all conditions and samples.",
            (
                Column("readout", "Readout"),
                Column("effect", "Median size of effect", "number"),
                Column("error", "Median standard error", "number"),
                Column("ratio", "Effect / error", "number"),
                Column("effects", "Effects", "count"),
                Column("without_error", "of these without error", "count"),
                Column("n", "Median replicates", "plain"),
            ),
            summary,
        ),
        simulated=simulated,
    )
