"""Curves with their data, interval and censoring, and the whole screen at a glance."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import polars as pl

from kinescape.assays.viability.curve_fitting.curve_bands import curve_bands, two_phase_lines
from kinescape.assays.viability.curve_fitting.curve_status import MEANING, CurveStatus
from kinescape.assays.viability.curves import FittedCurves
from kinescape.assays.viability.reading.dose_unit import interval_text
from kinescape.foundation.units import Quantity
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE, PURPLE

MOST_CURVES = 12
MOST_POINTS = 4000
FEWEST_FOR_OVERVIEW = 8
"""Below this the table of curves is the overview."""
_ROOM = 0.16
_COLOURS = {
    CurveStatus.FITTED: BLUE,
    CurveStatus.OUTSIDE: PURPLE,
    CurveStatus.NON_MONOTONE: ORANGE,
    CurveStatus.FLAT: GREY,
}
STATUS_WORDS = {
    CurveStatus.FITTED: "fitted",
    CurveStatus.OUTSIDE: "EC50 outside the doses",
    CurveStatus.NON_MONOTONE: "two phases",
    CurveStatus.FLAT: "flat",
    CurveStatus.TOO_FEW: "too few points",
    CurveStatus.FAILED: "failed",
}
"""Statuses as a reader sees them."""

CURVE_COLUMNS = (
    Column("sample", "Sample"),
    Column("agent", "Drug"),
    Column("time_h", "Hours", "plain"),
    Column("said", "Status"),
    Column("ic50", "IC50"),
    Column("ic50_interval", "95 % interval"),
    Column("ec50", "EC50"),
    Column("slope", "Hill slope", "number"),
    Column("emax", "Response at the highest dose", "number"),
    Column("auc", "Area under the curve", "number"),
    Column("fdr", "False discovery rate", "probability"),
    Column("points", "Wells", "count"),
    Column("interval_unit", "Interval over"),
    Column("reason", "Why"),
)
"""Columns of the table of curves."""


def response_words(response: str) -> str:
    """The axis of a response.

    Examples
    --------
    >>> response_words("growth_rate")
    'growth rate (1: as untreated, 0: no growth)'
    """
    if response == "growth_rate":
        return "growth rate (1: as untreated, 0: no growth)"
    return "viability (fraction of untreated)"


def _unnamed(table: pl.DataFrame) -> bool:
    """Whether the samples are only the reader's own words for a file that names none."""
    return bool(table["sample"].is_in(["all", "sample"]).all())


def told(table: pl.DataFrame) -> pl.DataFrame:
    """Add `said`, `ic50_interval` and `name` as a reader sees them."""
    said = pl.col("status").replace_strict(
        {str(k): v for k, v in STATUS_WORDS.items()}, return_dtype=pl.String
    )
    ends = table.select("ic50_low", "ic50_high", "dose_unit", "dose_low", "dose_high")
    intervals = [
        interval_text(low, high, unit, tested=(first, last))
        for low, high, unit, first, last in ends.iter_rows()
    ]
    name = (
        pl.when(pl.lit(_unnamed(table)))
        .then(pl.col("agent"))
        .otherwise(pl.format("{} in {}", pl.col("agent"), pl.col("sample")))
    )
    if table["time_h"].n_unique() > 1:
        name = name + pl.when(pl.col("time_h").is_not_null()).then(
            pl.format(", {} h", pl.col("time_h").cast(pl.String).str.replace(r"\.0$", ""))
        ).otherwise(pl.lit(""))
    unit = (
        pl.when(pl.col("interval_unit") == "points").then(pl.lit("wells")).otherwise(pl.col("interval_unit"))
    )
    return table.with_columns(
        said=said, name=name, interval_unit=unit, ic50_interval=pl.Series(intervals, dtype=pl.String)
    )


def curve_columns(table: pl.DataFrame, response: str) -> tuple[Column, ...]:
    """Columns of a table of curves: those that say nothing in this file are left out.

    Parameters
    ----------
    table : polars.DataFrame
        From `told`.
    response : str
        What the responses are; the half effect of growth rates is called GR50.
    """
    empty = {
        "sample": _unnamed(table),
        "time_h": table["time_h"].null_count() == table.height,
        "reason": (table["reason"] == "").all(),
    }
    heading = {"ic50": "GR50"} if response == "growth_rate" else {}
    return tuple(
        replace(column, heading=heading.get(column.name, column.heading))
        for column in CURVE_COLUMNS
        if not empty.get(column.name, False)
    )


def _everyday_unit(doses: pl.Series, base: str) -> str:
    """The unit in which the higher doses are numbers of everyday size."""
    highest = doses.max()
    return Quantity(highest / 10, base).unit if isinstance(highest, float) and highest > 0 else base


def curve_panels(
    fitted: FittedCurves, curves: list[int], *, key: str = "curves", most: int = MOST_CURVES
) -> Figure | None:
    """Small multiples: data, curve, its band, the IC50 with its interval, and an arrow where it is a bound.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    curves : list of int
        Rows of its table; those whose doses have the unit of the first are drawn.
    key : str
        Unique in the page.
    most : int
        How many are drawn.
    """
    chosen = curves[:most]
    if not chosen:
        return None
    table = told(fitted.table).with_row_index("curve").with_columns(pl.col("curve").cast(pl.Int64))
    chosen = [curve for curve in chosen if table["dose_unit"][curve] == table["dose_unit"][chosen[0]]]
    shown = (
        "curve",
        "name",
        "status",
        "ic50",
        "ic50_dose",
        "ic50_low",
        "ic50_high",
        "ic50_interval",
        "dose_low",
        "dose_high",
        "mean_response",
    )
    names = table[chosen].select(shown)
    points, lines = curve_bands(fitted, chosen)
    phases = two_phase_lines(fitted, chosen).join(names.select("curve", "name"), on="curve")
    lines = lines.join(names.select("curve", "name", "status", "mean_response"), on="curve")
    # A flat curve is its mean, whatever four parameters could make of its noise.
    flat = pl.col("status") == str(CurveStatus.FLAT)
    lines = lines.with_columns(
        pl.when(flat).then(pl.col("mean_response")).otherwise(pl.col("response")).alias("response"),
        *(pl.when(~flat).then(pl.col(end)).alias(end) for end in ("low", "high")),
    )
    points = points.join(names.select("curve", "name"), on="curve")
    base_dose = str(table["dose_unit"][chosen[0]])
    half = "GR50" if fitted.series.response == "growth_rate" else "IC50"
    unit = _everyday_unit(points["dose"], base_dose)
    factor = Quantity(1.0, unit).in_family_units
    dose = (pl.col("dose") / factor).alias("dose")
    marks = names.with_columns(
        (
            pl.coalesce(
                "ic50_dose",
                pl.when(pl.col("ic50").str.starts_with("<")).then("dose_low").otherwise("dose_high"),
            )
            / factor
        ).alias("dose"),
        response=pl.lit(0.5),
        # The interval is drawn within the tested doses: beyond them it is open.
        from_dose=pl.when(pl.col("ic50_low").is_not_null()).then(pl.max_horizontal("ic50_low", "dose_low"))
        / factor,
        to_dose=pl.min_horizontal(pl.col("ic50_high").fill_null(float("inf")), "dose_high") / factor,
        arrow=pl.when(pl.col("ic50").str.starts_with(">"))
        .then(pl.lit("▶"))
        .when(pl.col("ic50").str.starts_with("<"))
        .then(pl.lit("◀"))
        .otherwise(pl.lit("●")),
        label=pl.lit(f"{half} ")
        + pl.col("ic50")
        + pl.when(pl.col("ic50_interval") != "")
        .then(pl.format(" ({})", "ic50_interval"))
        .otherwise(pl.lit("")),
    ).filter(pl.col("ic50") != "")
    x = (
        alt.X("dose:Q", title=f"dose ({unit.replace('u', 'µ')})")
        .scale(type="log", nice=False, padding=6)
        .axis(format="~g", tickCount=5, labelOverlap=True)
    )
    rows = pl.concat(
        [
            lines.select("name", dose, "response", "low", "high", kind=pl.lit("line")),
            points.select("name", dose, "response", kind=pl.lit("point")),
            phases.select("name", dose, "response", kind=pl.lit("phases")),
            marks.select(
                "name", "dose", "response", "arrow", "label", "from_dose", "to_dose", kind=pl.lit("mark")
            ),
        ],
        how="diagonal",
    )
    data = rows_for_chart(rows)
    # Room below the lowest point for what the IC50 is.
    seen = pl.concat([points["response"], lines["response"]]).drop_nulls()
    low, high = min(0.0, float(seen.min() or 0.0)), float(seen.max() or 1.0)  # type: ignore[arg-type]
    axis = alt.Axis(labelExpr=f"datum.value < {low - 0.05 * (high - low)} ? '' : datum.label")
    y = alt.Y(
        "response:Q",
        title="growth rate" if fitted.series.response == "growth_rate" else "viability",
        scale=alt.Scale(domainMin=low - _ROOM * (high - low), nice=False),
        axis=axis,
    )
    base = alt.Chart(data).transform_filter
    band = (
        base("datum.kind == 'line'")
        .mark_area(color=BLUE, opacity=0.18)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    )
    line = base("datum.kind == 'line'").mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=y)
    two = (
        base("datum.kind == 'phases'")
        .mark_line(color=PURPLE, strokeWidth=2, strokeDash=[5, 3])
        .encode(x=x, y=y)
    )
    dots = (
        base("datum.kind == 'point'")
        .mark_point(size=26, filled=True, color=GREY, opacity=0.9)
        .encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip("dose:Q", title=f"dose ({unit})"), alt.Tooltip("response:Q", format=".3f")],
        )
    )
    mark = base("datum.kind == 'mark'").mark_text(color=ORANGE, fontSize=13).encode(x=x, y=y, text="arrow:N")
    reach = (
        base("datum.kind == 'mark' && datum.from_dose < datum.to_dose")
        .mark_rule(color=ORANGE, strokeWidth=2)
        .encode(x=alt.X("from_dose:Q"), x2="to_dose:Q", y=y)
    )
    label = (
        base("datum.kind == 'mark'")
        .mark_text(align="left", baseline="bottom", style="label", fontSize=10.5)
        .encode(x=alt.value(4), y=alt.value(148), text="label:N")
    )
    order = names["name"].to_list()
    chart = (
        alt.layer(band, line, two, dots, reach, mark, label)
        .properties(width=205, height=150)
        .facet(facet=alt.Facet("name:N", sort=order, title=None), columns=3)
    )
    return Figure(
        key=key,
        title="Curves with their data" + (f", doses in {unit}" if base_dose != "M" else ""),
        caption=(
            f"Up: {response_words(fitted.series.response)}. Grey: wells. Blue: the fitted curve "
            "(the mean, where it is flat), and the band that holds it with 95 % "
            "confidence at each dose "
            "(profile likelihood over wells). Orange: the dose of half the untreated response with its 95 % interval, "
            "drawn within the tested doses; an arrow means that it lies beyond them, so that only a bound is known. "
            + ("Dashed: the curve of two phases, where it describes the data better. " if len(phases) else "")
            + f"{len(order)} of {wording.plural(fitted.table.height, 'curve')}."
        ),
        description=f"Dose-response curves of {wording.listing(order, most=4)}.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one curve of the figure.",
            curve_columns(table, fitted.series.response),
            table[chosen],
        ),
    )


def screen_overview(fitted: FittedCurves, *, key: str = "screen") -> Figure | None:
    """Every curve of the screen: how large its effect is, and how sure that is.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    key : str
        Unique in the page.
    """
    table = told(fitted.table).filter(pl.col("auc").is_finite() & pl.col("p_value").is_finite())
    if table.height < FEWEST_FOR_OVERVIEW:
        return None
    evidence = (-pl.col("p_value").clip(1e-16, 1.0).log10()).alias("evidence")
    shown = table.with_columns(evidence, effect=1.0 - pl.col("auc")).sort("evidence", descending=True)
    # Every second, third, … of them by evidence: cutting the least sure off would hide the flat ones.
    every = -(-shown.height // MOST_POINTS)
    data = rows_for_chart(
        shown.gather_every(every).select("name", "said", "effect", "evidence", "fdr", "ic50", "emax")
    )
    words = [STATUS_WORDS[status] for status in _COLOURS]
    chart = (
        alt.Chart(data, width=620, height=360)
        .mark_point(filled=True, size=22, opacity=0.75)
        .encode(
            x=alt.X("effect:Q", title="effect: area between the curve and untreated cells"),
            y=alt.Y("evidence:Q", title="evidence: −log10 of the p value"),
            color=alt.Color(
                "said:N", title=None, scale=alt.Scale(domain=words, range=list(_COLOURS.values()))
            ).legend(orient="top"),
            tooltip=[
                alt.Tooltip("name:N", title="curve"),
                alt.Tooltip("said:N", title="status"),
                alt.Tooltip("ic50:N", title="IC50"),
                alt.Tooltip("effect:Q", format=".2f"),
                alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
            ],
        )
    )
    left = shown.height - data.height
    caption = (
        "One point a curve. To the right: cells are lost over the tested doses; upwards: a curve describes the "
        "data better than a constant. Grey curves have no effect at a false discovery rate of 5 % over the screen."
        + (
            f" One curve in {every}, evenly over all evidence, is drawn; the table holds all {shown.height:,}."
            if left
            else ""
        )
    )
    return Figure(
        key=key,
        title="The screen at a glance",
        caption=caption,
        description=f"Effect and evidence of {wording.count(shown.height)} curves.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one curve.",
            curve_columns(shown, fitted.series.response),
            shown,
            most=25,
        ),
    )


def status_rows(fitted: FittedCurves) -> list[tuple[str, int, str]]:
    """Statuses in words, how many curves have each, and what it means."""
    counts = dict(fitted.table["status"].value_counts().iter_rows())
    return [
        (STATUS_WORDS[status], counts[str(status)], MEANING[status])
        for status in CurveStatus
        if str(status) in counts
    ]
