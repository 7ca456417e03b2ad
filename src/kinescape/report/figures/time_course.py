"""Kinases and sites over the times of one treatment: a panel each, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import polars as pl

from kinescape.assays.phospho.activities.activity_tables import CLEAR, CLEAR_FDR, ONE_SITE, with_verdict
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.kinase_bar import CLEAR_WORDS
from kinescape.report.figures.theme import BLUE, ORANGE, PURPLE
from kinescape.study.phospho import PhosphoContrast

MOST_PANELS = 9
_COLUMNS, _WIDTH, _HEIGHT = 3, 185, 105
_WIDE = 12.0
_MINUTES_UP_TO = 4.0
_LISTED_SITES = 60


@dataclass(frozen=True)
class Course:
    """One treatment at two times or more.

    Parameters
    ----------
    name : str
        What was compared with what, without the times.
    times_hours : tuple of float
        In their order.
    contrasts : tuple of PhosphoContrast
        One a time.
    """

    name: str
    times_hours: tuple[float, ...]
    contrasts: tuple[PhosphoContrast, ...]


def courses_of(contrasts: Sequence[PhosphoContrast]) -> tuple[Course, ...]:
    """The time courses among contrasts: one condition of one cell line against one control at several times."""
    found: dict[tuple[str, str, str | None], dict[float, PhosphoContrast]] = {}
    for one in contrasts:
        sites = one.effects.sites
        if "time_h" not in sites.columns or sites.is_empty():
            continue
        condition, against, line, time = sites.select("condition", "against", "cell_line", "time_h").row(0)
        if time is not None:
            found.setdefault((condition, against, line), {})[float(time)] = one
    courses = []
    for (condition, against, line), by_time in found.items():
        if len(by_time) > 1:
            times = tuple(sorted(by_time))
            name = f"{condition} against {against}{f', {line}' if line else ''}"
            courses.append(Course(name, times, tuple(by_time[time] for time in times)))
    return tuple(courses)


def kinase_course(course: Course, *, key: str) -> Figure | None:
    """The enzymes that moved most at any time; those with the same score at all times share a panel.

    Parameters
    ----------
    course : Course
        From `courses_of`.
    key : str
        Unique in the page.

    Returns
    -------
    Figure or None
        None where no enzyme has a score at two times.
    """
    long = pl.concat(
        with_verdict(one.activities.frame).select(
            pl.col("enzyme").alias("name"),
            "kind",
            pl.lit(time).alias("time_h"),
            pl.col("score").alias("value"),
            "low",
            "high",
            "fdr",
            "sites",
            (pl.col("verdict") == CLEAR).alias("clear"),
        )
        for time, one in zip(course.times_hours, course.contrasts, strict=True)
    )
    order = _order(long)
    if not order:
        return None
    alike: dict[tuple[Any, ...], list[str]] = {}
    for name in order:
        own = long.filter(pl.col("name") == name).sort("time_h")
        profile = tuple((time, round(value, 9)) for time, value in own.select("time_h", "value").iter_rows())
        alike.setdefault((own["kind"][0], profile), []).append(name)
    groups = list(alike.values())
    single = set(long.group_by("name").agg(pl.col("sites").max()).filter(pl.col("sites") == 1)["name"])
    titles = {
        group[0]: wording.listing(group, most=3) + (f" ({ONE_SITE})" if group[0] in single else "")
        for group in groups[:MOST_PANELS]
    }
    clear = long.filter("clear")["name"].n_unique()
    columns = (
        Column("name", "Enzyme"),
        Column("kind", "Kind"),
        Column("time_h", "Time, hours", "plain"),
        Column("value", "Score", "signed"),
        Column("low", "90 % interval from", "signed"),
        Column("high", "to", "signed"),
        Column("fdr", "False discovery rate", "probability"),
        Column("sites", "Sites in all", "count"),
    )
    place = pl.DataFrame({"name": order, "place": range(len(order))})
    table = long.join(place, on="name").sort("place", "time_h").drop("place")
    return Figure(
        key=key,
        title=f"Kinases and phosphatases over time: {course.name}",
        caption=(
            f"Each panel is one enzyme, or several with one score at all times, of {len(groups)} that differ; those "
            f"clear at most times come first ({wording.count(clear)} clear at one time or more). Dots: score; lines: "
            f"90 % interval. Filled: {CLEAR_WORDS} at that time; hollow: no "
            "clear change. Below zero a kinase is less active. Orange: up at the last time; blue: down; violet: a "
            "phosphatase, which above zero takes more phosphates off."
        ),
        description=f"Scores of {wording.listing(list(titles.values()))} at {len(course.times_hours)} times.",
        chart=_panels(long, titles, course.times_hours, "score"),
        table=DataTable(f"{key}-data", "One row is one enzyme at one time.", columns, table),
    )


def site_course(course: Course, *, key: str) -> Figure | None:
    """The sites that change most surely over the whole course (moderated F), or most where nothing was tested.

    Parameters
    ----------
    course : Course
        From `courses_of`.
    key : str
        Unique in the page.

    Returns
    -------
    Figure or None
        None where no site has a fold change at two times.
    """
    # Every contrast has all the sites in one order, and a site may stand twice, with one phosphate and with two.
    frames = [
        one.effects.sites.with_row_index("place").select(
            "place",
            "site",
            "multiplicity",
            pl.lit(time).alias("time_h"),
            pl.col("log2_fold_change").alias("value"),
            "low",
            "high",
            "fdr",
            "f_fdr",
        )
        for time, one in zip(course.times_hours, course.contrasts, strict=True)
    ]
    twice = (pl.col("site").is_duplicated() & pl.col("multiplicity").is_not_null()).over("time_h")
    named = pl.when(twice).then(pl.format("{} ({} P)", "site", "multiplicity")).otherwise(pl.col("site"))
    long = pl.concat(frames).with_columns(pl.lit("site").alias("kind"), named.alias("name"))
    sure = (pl.col("fdr") < CLEAR_FDR).fill_null(False).alias("clear")
    long = long.filter(pl.col("value").is_finite() & pl.col("name").is_not_null()).with_columns(sure)
    order = _order(long)
    if not order:
        return None
    tested = long["f_fdr"].is_not_null().any()
    clear = long.filter(pl.col("f_fdr") < CLEAR_FDR)["name"].n_unique()
    columns = (
        Column("name", "Site"),
        Column("time_h", "Time, hours", "plain"),
        Column("value", "log₂ fold change", "signed"),
        Column("low", "90 % interval from", "signed"),
        Column("high", "to", "signed"),
        Column("fdr", "False discovery rate at this time", "probability"),
        Column("f_fdr", "Over all times", "probability"),
    )
    listed = pl.DataFrame(
        {"name": order[:_LISTED_SITES], "rank": range(len(order[:_LISTED_SITES]))},
        schema={"name": pl.String, "rank": pl.Int64},
    )
    table = long.join(listed, on="name").sort("rank", "time_h").drop("rank")
    below = f"below a false discovery rate of {wording.percent(CLEAR_FDR)}"
    how = (
        f"those with the smallest p-value over all times together (moderated F) come first; {wording.count(clear)} "
        f"of {wording.count(long['name'].n_unique())} sites are {below}"
        if tested
        else "those that moved most come first, and nothing could be tested over all times, for want of replicates"
    )
    return Figure(
        key=key,
        title=f"Sites over time: {course.name}",
        caption=(
            f"Each panel is one site; {how}. Dots: log2 fold change against the control; lines: 90 % interval. Filled: "
            "false discovery rate at that time below 5 %; hollow: no clear change, or not tested."
        ),
        description=f"Fold changes of {wording.listing(order[:MOST_PANELS])} at {len(course.times_hours)} times.",
        chart=_panels(
            long, {name: name for name in order[:MOST_PANELS]}, course.times_hours, "log2 fold change"
        ),
        table=DataTable(
            f"{key}-data",
            f"One row is one site at one time, the first {_LISTED_SITES} sites.",
            columns,
            table,
        ),
    )


def _order(long: pl.DataFrame) -> list[str]:
    """Names with a value at two times or more: the surest over the course first, then the largest."""
    together = pl.col("f_fdr").min() if "f_fdr" in long.columns else pl.lit(None, pl.Float64)
    return (
        long.group_by("name")
        .agg(
            together.fill_null(1.0).alias("f_fdr"),
            pl.col("clear").sum().alias("clear"),
            pl.col("value").abs().max().alias("largest"),
            pl.col("time_h").n_unique().alias("times"),
        )
        .filter(pl.col("times") > 1)
        .sort("f_fdr", "clear", "largest", "name", descending=[False, True, True, False])["name"]
        .to_list()
    )


def _panels(long: pl.DataFrame, titles: dict[str, str], times_hours: tuple[float, ...], what: str) -> Any:
    minutes = max(times_hours) <= _MINUTES_UP_TO
    factor, unit = (60.0, "minutes") if minutes else (1.0, "hours")
    times = [round(time * factor, 6) for time in times_hours]
    positive = [time for time in times if time > 0]
    wide = bool(positive) and max(positive) / min(positive) > _WIDE
    logarithmic = wide and len(positive) == len(times)
    span = max(times) - min(times)
    if logarithmic:
        scale = alt.Scale(type="log", domain=[min(times) / 1.25, max(times) * 1.25], nice=False)
    else:
        kind: Literal["sqrt", "linear"] = "sqrt" if wide else "linear"
        low = min(times) if wide else min(times) - 0.06 * span
        scale = alt.Scale(type=kind, domain=[low, max(times) + 0.06 * span], nice=False)
    shown = long.filter(pl.col("name").is_in(list(titles)))
    ends = pl.concat([shown[column].drop_nulls() for column in ("value", "low", "high")])
    least, most = min(0.0, float(ends.min() or 0.0)), max(0.0, float(ends.max() or 0.0))  # type: ignore[arg-type]
    room = 0.06 * (most - least or 1.0)
    height = alt.Scale(domain=[least - room, most + room], nice=False)
    panels = []
    for number, (name, title) in enumerate(titles.items()):
        part = shown.filter(pl.col("name") == name).sort("time_h")
        last = part["value"][-1]
        colour = PURPLE if part["kind"][0] == "phosphatase" else ORANGE if last >= 0 else BLUE
        data = rows_for_chart(
            part.select("name", "value", "low", "high", "fdr", "clear").with_columns(
                (part["time_h"] * factor).round(6).alias("time")
            )
        )
        bottom = number >= len(titles) - _COLUMNS
        x = alt.X("time:Q", title=f"time ({unit})" if bottom else None, scale=scale).axis(
            values=_ticks(times), grid=False, labelFontSize=11, labelOverlap=True
        )
        y = alt.Y("value:Q", title=what if number % _COLUMNS == 0 else None, scale=height).axis(
            tickCount=4, labelFontSize=11, minExtent=28, maxExtent=28
        )
        tooltip = [
            alt.Tooltip("name:N", title="name"),
            alt.Tooltip("time:Q", title=unit),
            alt.Tooltip("value:Q", title=what, format="+.2f"),
            alt.Tooltip("low:Q", title="90 % from", format="+.2f"),
            alt.Tooltip("high:Q", title="to", format="+.2f"),
            alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
        ]
        base = alt.Chart(data, width=_WIDTH, height=_HEIGHT)
        zero = base.mark_rule(style="neutral").encode(y=alt.Y(datum=0))
        line = base.mark_line(color=colour, strokeWidth=1.8).encode(x=x, y=y)
        spans = (
            base.transform_filter("isValid(datum.low) && isValid(datum.high)")
            .mark_rule(color=colour, strokeWidth=1.6, opacity=0.75)
            .encode(x=x, y=alt.Y("low:Q", scale=height), y2="high:Q")
        )
        back = base.mark_point(size=58, style="paper", filled=True).encode(x=x, y=y)
        hollow = base.mark_point(size=48, filled=False, color=colour, strokeWidth=1.8, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        )
        filled = (
            base.transform_filter("datum.clear")
            .mark_point(size=52, filled=True, color=colour, opacity=1)
            .encode(x=x, y=y, tooltip=tooltip)
        )
        panels.append(
            alt.layer(zero, line, spans, back, hollow, filled).properties(
                title=alt.TitleParams(title, fontSize=12.5, offset=5, anchor="start", limit=_WIDTH + 30)
            )
        )
    return alt.concat(*panels, columns=_COLUMNS, spacing=18)


def _ticks(times: list[float]) -> list[float]:
    """The measured times, or of many every so manieth."""
    step = -(-len(times) // 7)
    return times[::step]
