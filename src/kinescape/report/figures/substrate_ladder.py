"""What carries a kinase's score: each site a rung, as far out as it moved."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import CATEGORIES, GREY

MOST_ENZYMES = 6
MOST_RUNGS = 14
_WIDTH, _STEP, _LETTER = 250, 18, 6.6
_FOR = CATEGORIES[3]
_INHIBITS = (pl.col("source") == "own site") & (pl.col("sign") < 0)
WITH, AGAINST = "agrees with the score", "speaks against it"
_SHAPES = {"substrate": "circle", "own site": "diamond", "motif": "triangle-right"}

SUBSTRATE_COLUMNS = (
    Column("enzyme", "Enzyme"),
    Column("site", "Site"),
    Column("source", "What it is"),
    Column("log2_fold_change", "log₂ fold change", "signed"),
    Column("se", "Standard error", "number"),
    Column("sign", "Sign", "plain"),
    Column("share", "Share of the score", "percent"),
    Column("references", "Papers", "reference"),
)
"""Columns of a table of substrates."""


def substrate_ladder(
    substrates: pl.DataFrame, enzymes: list[str], scores: dict[str, float], *, key: str, contrast: str = ""
) -> Figure | None:
    """For each enzyme its measured substrates and own sites, the largest contributions first.

    A rung points the way the site moved. What that says of the enzyme is told by its colour: a substrate of a kinase
    that falls speaks for less activity, a site that inhibits its own kinase speaks for less activity where it rises.

    Parameters
    ----------
    substrates : polars.DataFrame
        `KinaseActivities.substrates`.
    enzymes : list of str
        Which, in order; the first `MOST_ENZYMES` of them with a site are drawn.
    scores : dict of str to float
        Of the enzymes, for the titles, and to tell what speaks for them.
    key : str
        Unique in the page.
    contrast : str
        What was compared, for the title.

    Returns
    -------
    Figure or None
        None where none of them has a site with a fold change.
    """
    measured = substrates.filter(pl.col("log2_fold_change").is_finite() & (pl.col("source") != "motif"))
    alike = _alike(measured, enzymes)
    chosen = list(alike)[:MOST_ENZYMES]
    if not chosen:
        return None
    direction = pl.col("enzyme").replace_strict(
        {name: 1.0 if scores.get(name, 0.0) >= 0 else -1.0 for name in chosen}, return_dtype=pl.Float64
    )
    told = measured.filter(pl.col("enzyme").is_in(chosen)).with_columns(
        pl.when(pl.col("log2_fold_change") * pl.col("sign").fill_null(1) * direction >= 0)
        .then(pl.lit(WITH))
        .otherwise(pl.lit(AGAINST))
        .alias("speaks"),
        pl.col("share").abs().fill_null(0.0).alias("weight"),
    )
    told = told.sort("weight", pl.col("log2_fold_change").abs(), "site", descending=[True, True, False])
    shown = told.group_by("enzyme", maintain_order=True).head(MOST_RUNGS)
    reach = float(shown["log2_fold_change"].abs().max() or 1.0) * 1.08  # type: ignore[arg-type]
    inhibits = not shown.filter(_INHIBITS).is_empty()
    owns = not shown.filter(pl.col("source") == "own site").is_empty()
    suffix = " (own, inhibits)" if inhibits else " (own)" if owns else ""
    longest = max(len(name) for name in shown["site"].to_list()) + len(suffix)
    room = min(190.0, _LETTER * longest + 8)
    takes_off = not shown.filter((pl.col("source") == "substrate") & (pl.col("sign") < 0)).is_empty()
    panels = [
        _panel(shown.filter(pl.col("enzyme") == name), alike[name], scores.get(name), reach, room)
        for name in chosen
    ]
    counted = told.group_by("enzyme", maintain_order=True).len()
    cut = [
        f"{row['enzyme']} ({wording.count(row['len'])})"
        for row in counted.iter_rows(named=True)
        if row["len"] > MOST_RUNGS
    ]
    return Figure(
        key=key,
        title=f"What carries the scores{f': {contrast}' if contrast else ''}",
        caption=(
            "Each rung is one site that the enzyme is known to act on (circle) or one of its own regulatory sites "
            "(diamond), as far out as the site moved: right it rose, left it fell. Green: the change agrees with the "
            "score; grey: it speaks against it. "
            + (
                "Where a site marked 'inhibits' rises, its enzyme is less active: it counts with the sign turned. "
                if inhibits
                else ""
            )
            + ("Substrates of a phosphatase fall when it is more active. " if takes_off else "")
            + "Thick: it carries much of the score. Hover for the papers. Enzymes under one title have the same "
            "measured sites: these data cannot tell them apart."
            + (f" Only the {MOST_RUNGS} largest shares are drawn of {wording.listing(cut)}." if cut else "")
        ),
        description=f"Sites of {wording.listing(chosen)}.",
        chart=alt.concat(*panels, columns=2, spacing=30).resolve_scale(
            color="shared", shape="shared", strokeWidth="shared", size="shared"
        ),
        table=substrate_table(told, f"{key}-data"),
    )


def substrate_table(substrates: pl.DataFrame, key: str, *, most: int = 60) -> DataTable:
    """The sites behind scores, as a table."""
    return DataTable(
        key,
        "One row is one site that speaks for or against an enzyme; shares add to one within an enzyme.",
        SUBSTRATE_COLUMNS,
        substrates,
        most=most,
        most_bytes=150_000,
    )


def _alike(measured: pl.DataFrame, enzymes: list[str]) -> dict[str, list[str]]:
    """Enzymes in order, each with those that have exactly its sites and signs."""
    sites = {
        name: frozenset(part.select("site", "sign", "source").iter_rows())
        for (name,), part in measured.filter(pl.col("enzyme").is_in(enzymes)).group_by("enzyme")
    }
    first: dict[frozenset[tuple[object, ...]], str] = {}
    found: dict[str, list[str]] = {}
    for name in enzymes:
        if name in sites:
            found.setdefault(first.setdefault(sites[name], name), []).append(name)
    return found


def _panel(part: pl.DataFrame, names: list[str], score: float | None, reach: float, room: float) -> Any:
    rungs = part.sort("log2_fold_change", "site", descending=[True, False])
    # With one phosphate and with two, a site can stand twice.
    number = pl.col("site").cum_count().over("site", "source")
    rungs = rungs.with_columns(
        pl.concat_str(
            pl.col("site"),
            pl.when(_INHIBITS)
            .then(pl.lit(" (own, inhibits)"))
            .when(pl.col("source") == "own site")
            .then(pl.lit(" (own)"))
            .otherwise(pl.lit("")),
            pl.when(number > 1).then(pl.format(" ({})", number)).otherwise(pl.lit("")),
        ).alias("rung"),
        pl.when(_INHIBITS)
        .then(pl.lit("own site, inhibits the enzyme"))
        .when(pl.col("source") == "own site")
        .then(pl.lit("own site, activates the enzyme"))
        .when(pl.col("sign") < 0)
        .then(pl.lit("substrate, loses its phosphate"))
        .otherwise(pl.col("source"))
        .alias("what"),
    )
    data = rows_for_chart(
        rungs.select(
            "rung",
            "site",
            "source",
            "what",
            "log2_fold_change",
            "se",
            "share",
            "weight",
            "speaks",
            "references",
        )
    ).with_columns(
        pl.col("references").list.join("; ")
        if rungs.schema["references"] == pl.List(pl.String)
        else pl.col("references")
    )
    y = alt.Y("rung:N", sort=data["rung"].to_list(), title=None).axis(
        ticks=False, domain=False, minExtent=room, maxExtent=room, labelLimit=190
    )
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    x = alt.X("log2_fold_change:Q", title="log2 fold change", scale=scale).axis(tickCount=5)
    colour = alt.Color(
        "speaks:N", title=None, scale=alt.Scale(domain=[WITH, AGAINST], range=[_FOR, GREY])
    ).legend(orient="top")
    tooltip = [
        alt.Tooltip("site:N", title="site"),
        alt.Tooltip("what:N", title="what it is"),
        alt.Tooltip("log2_fold_change:Q", title="log₂ fold change", format="+.2f"),
        alt.Tooltip("se:Q", title="standard error", format=".2f"),
        alt.Tooltip("share:Q", title="share of the score", format=".0%"),
        alt.Tooltip("speaks:N", title=" "),
        alt.Tooltip("references:N", title="papers"),
    ]
    base = alt.Chart(data, width=_WIDTH, height={"step": _STEP})
    rules = base.mark_rule(strokeCap="round").encode(
        x=x,
        x2=alt.X2Datum(0),
        y=y,
        color=colour,
        strokeWidth=alt.StrokeWidth(
            "weight:Q", scale=alt.Scale(domain=[0, 0.5], range=[1.2, 6], clamp=True), legend=None
        ),
        tooltip=tooltip,
    )
    kinds = list(_SHAPES)
    ends = base.mark_point(filled=True, size=62).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape(
            "source:N",
            title=None,
            scale=alt.Scale(domain=kinds[:2], range=[_SHAPES[kind] for kind in kinds[:2]]),
        ).legend(orient="top", symbolFillColor=GREY, symbolStrokeWidth=0),
        tooltip=tooltip,
    )
    zero = base.mark_rule(style="neutral").encode(x=alt.X(datum=0))
    called = wording.listing(names, most=4)
    if not part.is_empty() and part.filter(pl.col("source") == "substrate")["sign"].max() == -1:
        called += ", phosphatase" if len(names) == 1 else ", phosphatases"
    title = called if score is None else f"{called}: {wording.number(score, sign=True)}"
    return alt.layer(zero, rules, ends).properties(
        title=alt.TitleParams(title, fontSize=13, offset=6, anchor="start")
    )
