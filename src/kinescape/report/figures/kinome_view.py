"""All the kinases at once, by the part of signalling they belong to: colour is the score, size how sure it is."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.assays.phospho.activities.activity_tables import CLEAR, ONE_SITE, UNCLEAR, UNTESTED
from kinescape.knowledge.families import UNKNOWN, target_class
from kinescape.knowledge.network import Network, load_core_network
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.kinase_bar import ACTIVITY_COLUMNS, CLEAR_WORDS, ranked_activities
from kinescape.report.figures.theme import GREY

NO_CLASS = "other kinases"
_COLUMNS, _ACROSS, _CELL, _ROW, _GAP, _HEAD = 3, 3, 98, 22, 18, 24
_LONGEST = 11
_SIZES = {CLEAR: 15**2, UNCLEAR: 9**2, ONE_SITE: 6**2, UNTESTED: 6**2}
_GROUP = Column("group", "Group")


def kinase_groups(enzymes: list[str], kinds: list[str], network: Network | None = None) -> dict[str, str]:
    """The class of each enzyme, as the package's families and network tell it.

    Parameters
    ----------
    enzymes, kinds : list of str
        Gene symbols, and `kinase` or `phosphatase`.
    network : Network, optional
        The core network where it is left out.

    Returns
    -------
    dict of str to str
        Phosphatases are one group; kinases without a class are `NO_CLASS`.
    """
    known = network or load_core_network()
    found = {}
    for enzyme, kind in zip(enzymes, kinds, strict=True):
        name = "phosphatase" if kind == "phosphatase" else target_class(enzyme, known)
        # A kinase that the network takes for something else by its neighbours is still a kinase.
        found[enzyme] = NO_CLASS if name in (UNKNOWN, "phosphatase") and kind != "phosphatase" else name
    return found


def kinome_view(
    activities: pl.DataFrame, contrast: str, *, key: str, network: Network | None = None
) -> Figure | None:
    """Every enzyme with known substrates in groups.

    Parameters
    ----------
    activities : polars.DataFrame
        `KinaseActivities.frame`.
    contrast : str
        What was compared.
    key : str
        Unique in the page.
    network : Network, optional
        Tells the group of a kinase that no family holds.

    Returns
    -------
    Figure or None
        None where no enzyme has a score.
    """
    scored = ranked_activities(activities)
    if scored.is_empty():
        return None
    groups = kinase_groups(scored["enzyme"].to_list(), scored["kind"].to_list(), network)
    places, heads, height = _layout(groups)
    names = list(_SIZES)
    data = rows_for_chart(
        scored.select("enzyme", "kind", "score", "fdr", "sites", "evidence", "verdict")
        .join(pl.DataFrame(places, schema=["enzyme", "group", "x", "y"], orient="row"), on="enzyme")
        .with_columns(
            pl.when(pl.col("enzyme").str.len_chars() > _LONGEST)
            .then(pl.format("{}…", pl.col("enzyme").str.slice(0, _LONGEST - 1)))
            .otherwise(pl.col("enzyme"))
            .alias("short")
        )
        .sort("y", "x")
    )
    # Never narrower than three standard errors: noise must not look like a change.
    bound = max(3.0, float(data["score"].abs().quantile(0.97) or 0.0))
    width = _COLUMNS * (_ACROSS * _CELL + _GAP)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[height, 0], nice=False))
    shown = [name for name in names if name in set(data["verdict"])]
    base = alt.Chart(data, width=width, height=height)
    circles = base.mark_point(filled=True, style="box", strokeWidth=0.6, opacity=1).encode(
        x=x,
        y=y,
        color=alt.Color(
            "score:Q",
            title="score",
            scale=alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb"),
        ).legend(orient="top", gradientLength=160, titleOrient="left"),
        size=alt.Size(
            "verdict:N",
            title=None,
            scale=alt.Scale(type="ordinal", domain=names, range=list(_SIZES.values())),
        ).legend(orient="top", symbolFillColor=GREY, symbolStrokeWidth=0, values=shown),
        tooltip=[
            alt.Tooltip("enzyme:N", title="enzyme"),
            alt.Tooltip("group:N", title="group"),
            alt.Tooltip("score:Q", title="score", format="+.2f"),
            alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
            alt.Tooltip("sites:Q", title="sites behind it"),
            alt.Tooltip("evidence:N", title="evidence"),
        ],
    )
    words = [
        base.transform_filter(test)
        .mark_text(align="left", baseline="middle", dx=12, fontSize=11, style=style)
        .encode(x=x, y=y, text="short:N")
        for test, style in (
            (f"datum.verdict == '{CLEAR}'", "strong"),
            (f"datum.verdict != '{CLEAR}'", "faint"),
        )
    ]
    titles = (
        alt.Chart(pl.DataFrame(heads, schema=["group", "x", "y"], orient="row"))
        .mark_text(align="left", baseline="middle", dx=-7, fontSize=12, style="strong")
        .encode(x=x, y=y, text="group:N")
    )
    unscored = activities.height - scored.height
    return Figure(
        key=key,
        title=f"The kinome: {contrast}",
        caption=(
            f"The {wording.count(scored.height)} enzymes with a score, in the groups that kinescape uses for pairs of "
            f"targets ({NO_CLASS}: none of them). Colour: score, orange more active, blue less. Large, "
            f"with its name in bold: {CLEAR_WORDS}."
            + (
                f" {wording.count(unscored)} enzymes have no measured site and no place here."
                if unscored
                else ""
            )
        ),
        description=f"{scored.height} enzymes in {len(heads)} groups.",
        chart=alt.layer(circles, *words, titles),
        table=DataTable(
            f"{key}-data",
            "One row is one enzyme, by group.",
            (_GROUP, *ACTIVITY_COLUMNS),
            scored.with_columns(group=pl.col("enzyme").replace_strict(groups, return_dtype=pl.String)).sort(
                "group", "score", descending=[False, True]
            ),
            most=40,
            most_bytes=120_000,
        ),
    )


def _layout(
    groups: dict[str, str],
) -> tuple[list[tuple[str, str, float, float]], list[tuple[str, float, float]], float]:
    """Groups as blocks in columns, the largest first, each into the shortest column; the ungrouped below all."""
    members: dict[str, list[str]] = {}
    for enzyme, group in groups.items():
        members.setdefault(group, []).append(enzyme)
    order = sorted(members, key=lambda name: (name == NO_CLASS, -len(members[name]), name))
    depth = [0.0] * _COLUMNS
    places: list[tuple[str, str, float, float]] = []
    heads: list[tuple[str, float, float]] = []
    for group in order:
        wide = group == NO_CLASS
        column = 0 if wide else depth.index(min(depth))
        across = _COLUMNS * _ACROSS if wide else _ACROSS
        left = column * (_ACROSS * _CELL + _GAP) + 10
        top = (max(depth) if wide else depth[column]) + _HEAD / 2
        heads.append((group, left, top))
        top += _HEAD / 2 + _ROW / 2
        for place, enzyme in enumerate(sorted(members[group])):
            row, along = divmod(place, across)
            shift = along * _CELL + (along // _ACROSS) * _GAP
            places.append((enzyme, group, left + shift, top + row * _ROW))
        bottom = top + ((len(members[group]) - 1) // across + 0.5) * _ROW + _GAP * 0.6
        depth[column] = bottom
    return places, heads, max(depth)
