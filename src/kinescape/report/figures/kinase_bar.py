"""Kinases and phosphatases of a contrast: score with interval, how many substrates carry it, and which are clear."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import polars as pl

from kinescape.assays.phospho.activities.activity_tables import (
    CLEAR,
    CLEAR_FDR,
    ONE_SITE,
    UNCLEAR,
    UNTESTED,
    with_verdict,
)
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.natural_order import natural_order
from kinescape.report.figures.theme import BLUE, GREY, ORANGE, PURPLE

UP, DOWN, PHOSPHATASE = "kinase, more active", "kinase, less active", "phosphatase"
CLEAR_WORDS = f"clear (false discovery rate below {wording.percent(CLEAR_FDR)}, two sites or more)"
"""How captions say what is clear."""
MOST = 30
_WIDTH, _STEP, _AMOUNT = 470, 21, 52

ACTIVITY_COLUMNS = (
    Column("enzyme", "Enzyme"),
    Column("kind", "Kind"),
    Column("score", "Score", "signed"),
    Column("low", "90 % interval from", "signed"),
    Column("high", "to", "signed"),
    Column("p_value", "p", "probability"),
    Column("fdr", "False discovery rate", "probability"),
    Column("substrates_measured", "Substrates measured", "count"),
    Column("substrates_known", "of known", "count"),
    Column("own_sites", "Own sites", "count"),
    Column("motif_sites", "Sites by motif", "count"),
    Column("sites", "Sites in all", "count"),
    Column("verdict", "Verdict"),
    Column("evidence", "Evidence"),
    Column("status", "Status"),
)
"""Columns of a table of activities."""


def ranked_activities(activities: pl.DataFrame) -> pl.DataFrame:
    """Scored enzymes, clear ones first, then by the size of the score; with `verdict` and `state`."""
    up = pl.col("score") >= 0
    return with_verdict(activities).with_columns(
        pl.when(pl.col("kind") == "phosphatase")
        .then(pl.lit(PHOSPHATASE))
        .when(up)
        .then(pl.lit(UP))
        .otherwise(pl.lit(DOWN))
        .alias("state"),
    )


def kinase_bar(activities: pl.DataFrame, contrast: str, *, key: str, most: int = MOST) -> Figure | None:
    """The enzymes that moved most, the largest score on top.

    Parameters
    ----------
    activities : polars.DataFrame
        `KinaseActivities.frame`: one row an enzyme.
    contrast : str
        What was compared, for the title.
    key : str
        Unique in the page.
    most : int
        How many are drawn.

    Returns
    -------
    Figure or None
        None where no enzyme has a score.
    """
    ranked = ranked_activities(activities)
    if ranked.is_empty():
        return None
    shown = ranked.head(most).sort("score", "enzyme", descending=[True, False])
    data = rows_for_chart(
        shown.select(
            "enzyme", "score", "low", "high", "fdr", "verdict", "state", "sites", "evidence"
        ).with_columns(
            pl.when(pl.col("sites") == 1)
            .then(pl.lit(ONE_SITE))
            .otherwise(pl.format("{}", "sites"))
            .alias("amount")
        )
    )
    ends = pl.concat([shown[name].drop_nulls() for name in ("score", "low", "high")])
    reach = [min(0.0, float(ends.min() or 0.0)), max(0.0, float(ends.max() or 0.0))]  # type: ignore[arg-type]
    room = 0.04 * (reach[1] - reach[0] or 1.0)
    scale = alt.Scale(domain=[reach[0] - room, reach[1] + room], nice=False)
    y = alt.Y("enzyme:N", sort=data["enzyme"].to_list(), title=None).axis(
        ticks=False, domain=False, labelPadding=6
    )
    axis = "score (below zero: less active)"
    x = alt.X("score:Q", title=axis, scale=scale).axis(tickCount=8)
    states = [name for name in (UP, DOWN, PHOSPHATASE) if name in set(data["state"])]
    colours = {UP: ORANGE, DOWN: BLUE, PHOSPHATASE: PURPLE}
    colour = alt.Color(
        "state:N", title=None, scale=alt.Scale(domain=states, range=[colours[name] for name in states])
    ).legend(orient="top", symbolType="square")
    tooltip = [
        alt.Tooltip("enzyme:N", title="enzyme"),
        alt.Tooltip("state:N", title="kind"),
        alt.Tooltip("score:Q", title="score", format="+.2f"),
        alt.Tooltip("low:Q", title="90 % from", format="+.2f"),
        alt.Tooltip("high:Q", title="to", format="+.2f"),
        alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
        alt.Tooltip("verdict:N", title="verdict"),
        alt.Tooltip("sites:Q", title="sites behind it"),
        alt.Tooltip("evidence:N", title="evidence"),
    ]
    base = alt.Chart(data, width=_WIDTH, height={"step": _STEP})
    strength = alt.condition(f"datum.verdict == '{CLEAR}'", alt.value(0.95), alt.value(0.38))
    bars = base.mark_bar(height=12, cornerRadius=1.5).encode(
        x=x, x2=alt.X2Datum(0), y=y, color=colour, opacity=strength, tooltip=tooltip
    )
    spans = (
        base.transform_filter("isValid(datum.low) && isValid(datum.high)")
        .mark_rule(style="ink", strokeWidth=1.3)
        .encode(x=alt.X("low:Q", title=axis, scale=scale), x2="high:Q", y=y)
    )
    zero = base.mark_rule(style="neutral").encode(x=alt.X(datum=0))
    amounts = base.mark_text(style="faint", align="right", dx=_AMOUNT).encode(
        x=alt.value(_WIDTH), y=y, text="amount:N"
    )
    heading = (
        alt.Chart(pl.DataFrame({"words": ["sites"]}))
        .mark_text(style="faint", align="right", dx=_AMOUNT, dy=-8)
        .encode(x=alt.value(_WIDTH), y=alt.value(0), text="words:N")
    )
    clear = int((ranked["verdict"] == CLEAR).sum())
    phosphatases = int((shown["state"] == PHOSPHATASE).sum())
    left = ranked.height - shown.height
    return Figure(
        key=key,
        title=f"Kinases and phosphatases: {contrast}",
        caption=(
            f"The {wording.count(shown.height)} that stand out most of {wording.count(ranked.height)} with a score. "
            f"Bars: score; lines: 90 % interval. Full colour: {CLEAR_WORDS}, {wording.count(clear)} in all; pale: no "
            "clear change. On the right: how many measured sites the score rests on; one site is never called clear."
            + (
                " A phosphatase above zero takes more phosphates off: its substrates fell. No public set of "
                "perturbed phosphatases exists to judge these by."
                if phosphatases
                else ""
            )
        ),
        description=f"{clear} of {ranked.height} enzymes clear; {left} are not drawn.",
        chart=alt.layer(bars, zero, spans, amounts, heading),
        table=activity_table(ranked, f"{key}-data"),
    )


def activity_table(ranked: pl.DataFrame, key: str, *, most: int = 40) -> DataTable:
    """The enzymes as a table, clear ones first."""
    return DataTable(key, "One row is one enzyme, clear ones first.", ACTIVITY_COLUMNS, ranked, most=most)


def contrast_heat_map(frames: dict[str, pl.DataFrame], *, key: str, most: int = 25) -> Figure | None:
    """Enzymes × contrasts, where there are several contrasts.

    Parameters
    ----------
    frames : dict of str to polars.DataFrame
        Activities by contrast.
    key : str
        Unique in the page.
    most : int
        How many enzymes: those that are clear in most contrasts, then with the largest scores.
    """
    if len(frames) < 2:
        return None
    frames = {_short(name, frames): frames[name] for name in natural_order(frames)}
    parts = [ranked_activities(frame).with_columns(contrast=pl.lit(name)) for name, frame in frames.items()]
    columns = ["contrast", "enzyme", "kind", "score", "low", "high", "fdr", "verdict", "sites"]
    long = pl.concat([part.select(columns) for part in parts if part.height] or [pl.DataFrame()])
    if long.is_empty():
        return None
    order = (
        long.group_by("enzyme")
        .agg((pl.col("verdict") == CLEAR).sum().alias("clear"), pl.col("score").abs().max().alias("largest"))
        .sort("clear", "largest", "enzyme", descending=[True, True, False])
        .head(most)["enzyme"]
        .to_list()
    )
    drawn = long.filter(pl.col("enzyme").is_in(order))
    mean = (
        drawn.group_by("enzyme").agg(pl.col("score").mean()).sort("score", "enzyme", descending=[True, False])
    )
    bound = float(drawn["score"].abs().quantile(0.98) or 1.0) or 1.0
    sizes = {CLEAR: 18**2, UNCLEAR: 10**2, ONE_SITE: 8**2, UNTESTED: 10**2}
    shapes = {CLEAR: "square", UNCLEAR: "square", ONE_SITE: "circle", UNTESTED: "diamond"}
    kinds = [name for name in sizes if name in set(drawn["verdict"])]
    chart = (
        alt.Chart(
            rows_for_chart(drawn),
            width={"step": max(26, min(70, 420 // len(frames)))},
            height={"step": 21},
            view=alt.ViewBackground(style="empty"),
        )
        .mark_point(filled=True)
        .encode(
            x=alt.X("contrast:N", sort=list(frames), title=None).axis(
                orient="top", labelAngle=-45, ticks=False, domain=False, labelLimit=220
            ),
            y=alt.Y("enzyme:N", sort=mean["enzyme"].to_list(), title=None).axis(ticks=False, domain=False),
            color=alt.Color(
                "score:Q",
                title="score",
                scale=alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb"),
            ).legend(gradientLength=160, orient="bottom", titleOrient="left"),
            # A scale of one value would draw nothing: the domain holds all three, the legend those that occur.
            size=alt.Size(
                "verdict:N",
                title=None,
                scale=alt.Scale(type="ordinal", domain=list(sizes), range=list(sizes.values())),
            ).legend(orient="bottom", symbolFillColor=GREY, symbolStrokeWidth=0, values=kinds),
            shape=alt.Shape(
                "verdict:N", title=None, scale=alt.Scale(domain=list(shapes), range=list(shapes.values()))
            ).legend(orient="bottom", symbolFillColor=GREY, symbolStrokeWidth=0, values=kinds),
            tooltip=[
                alt.Tooltip("enzyme:N", title="enzyme"),
                alt.Tooltip("contrast:N", title="contrast"),
                alt.Tooltip("score:Q", title="score", format="+.2f"),
                alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
                alt.Tooltip("sites:Q", title="sites behind it"),
            ],
        )
    )
    return Figure(
        key=key,
        title="Kinases and phosphatases in every contrast",
        caption=(
            f"The {wording.count(len(order))} enzymes that are clear in most contrasts, then those with the largest "
            f"scores. Large squares: {CLEAR_WORDS} within the contrast. No tile: none of its sites was measured."
        ),
        description=f"{len(order)} enzymes in {len(frames)} contrasts.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one enzyme in one contrast.",
            (
                Column("contrast", "Contrast"),
                *(one for one in ACTIVITY_COLUMNS if one.name in columns),
            ),
            drawn,
            most=40,
        ),
    )


def _short(name: str, frames: Iterable[str]) -> str:
    """A contrast's name without what it is set against, where the rest still tells all of them apart."""
    told = [one.partition(" against ")[0] + _line(one) for one in frames]
    return name.partition(" against ")[0] + _line(name) if len(set(told)) == len(told) else name


def _line(name: str) -> str:
    """The cell line of a contrast's name, with its comma; empty where it has none."""
    _, comma, line = name.partition(" against ")[2].partition(", ")
    return comma + line
