"""Curves with their data, interval and censoring, and the whole screen at a glance."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.assays.viability.curve_bands import curve_bands
from kinescape.assays.viability.curve_status import MEANING, CurveStatus
from kinescape.assays.viability.curves import FittedCurves
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE, PURPLE

MOST_CURVES = 12
MOST_POINTS = 4000
_UNITS = ((1e-3, "mM"), (1e-6, "uM"), (1e-9, "nM"), (1e-12, "pM"))
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


def told(table: pl.DataFrame) -> pl.DataFrame:
    """Add `said`, `ic50_interval` and `name` as a reader sees them."""
    said = pl.col("status").replace_strict(
        {str(k): v for k, v in STATUS_WORDS.items()}, return_dtype=pl.String
    )
    intervals = [
        _interval(low, high) for low, high in table.select("ic50_low_molar", "ic50_high_molar").iter_rows()
    ]
    name = (
        pl.when(pl.col("sample") == "all")
        .then(pl.col("agent"))
        .otherwise(pl.format("{} in {}", pl.col("agent"), pl.col("sample")))
    )
    return table.with_columns(said=said, name=name, ic50_interval=pl.Series(intervals, dtype=pl.String))


def _interval(low: float | None, high: float | None) -> str:
    from kinescape.assays.viability.curve_status import molar_text

    def end(value: float | None) -> str | None:
        return molar_text(value) if value is not None and 1e-15 < value < 1e3 else None

    bottom, top = end(low), end(high)
    if bottom and top:
        return f"{bottom} to {top}"
    if bottom:
        return f"above {bottom}"
    return f"below {top}" if top else ""


def curve_panels(fitted: FittedCurves, curves: list[int], *, key: str = "curves") -> Figure | None:
    """Small multiples: data, curve, its band, the IC50 with its interval, and an arrow where it is a bound.

    Parameters
    ----------
    fitted : FittedCurves
        The screen.
    curves : list of int
        Rows of its table, at most `MOST_CURVES` of them are drawn.
    key : str
        Unique in the page.
    """
    chosen = curves[:MOST_CURVES]
    if not chosen:
        return None
    table = told(fitted.table).with_row_index("curve").with_columns(pl.col("curve").cast(pl.Int64))
    shown = (
        "curve",
        "name",
        "status",
        "ic50",
        "ic50_molar",
        "dose_low_molar",
        "dose_high_molar",
        "mean_response",
    )
    names = table[chosen].select(shown)
    points, lines = curve_bands(fitted, chosen)
    lines = lines.join(names.select("curve", "name", "status", "mean_response"), on="curve")
    # A flat curve is its mean, whatever four parameters could make of its noise.
    flat = pl.col("status") == str(CurveStatus.FLAT)
    lines = lines.with_columns(
        pl.when(flat).then(pl.col("mean_response")).otherwise(pl.col("response")).alias("response"),
        *(pl.when(~flat).then(pl.col(end)).alias(end) for end in ("low", "high")),
    )
    points = points.join(names.select("curve", "name"), on="curve")
    factor, unit = next(((f, u) for f, u in _UNITS if points["dose_molar"].median() >= f), _UNITS[-1])  # type: ignore[operator]
    dose = (pl.col("dose_molar") / factor).alias("dose")
    marks = names.with_columns(
        (
            pl.coalesce(
                "ic50_molar",
                pl.when(pl.col("ic50").str.starts_with("<"))
                .then("dose_low_molar")
                .otherwise("dose_high_molar"),
            )
            / factor
        ).alias("dose"),
        response=pl.lit(0.5),
        arrow=pl.when(pl.col("ic50").str.starts_with(">"))
        .then(pl.lit("▶"))
        .when(pl.col("ic50").str.starts_with("<"))
        .then(pl.lit("◀"))
        .otherwise(pl.lit("●")),
        label=pl.lit("IC50 ") + pl.col("ic50"),
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
            marks.select("name", "dose", "response", "arrow", "label", kind=pl.lit("mark")),
        ],
        how="diagonal",
    )
    data = rows_for_chart(rows)
    y = alt.Y("response:Q", title=response_words(fitted.series.response))
    base = alt.Chart(data).transform_filter
    band = (
        base("datum.kind == 'line'")
        .mark_area(color=BLUE, opacity=0.18)
        .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    )
    line = base("datum.kind == 'line'").mark_line(color=BLUE, strokeWidth=2).encode(x=x, y=y)
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
    label = (
        base("datum.kind == 'mark'")
        .mark_text(align="right", baseline="top", style="label", fontSize=11)
        .encode(x=alt.value(205), y=alt.value(2), text="label:N")
    )
    order = names["name"].to_list()
    chart = (
        alt.layer(band, line, dots, mark, label)
        .properties(width=205, height=150)
        .facet(facet=alt.Facet("name:N", sort=order, title=None), columns=3)
    )
    return Figure(
        key=key,
        title="Curves with their data",
        caption=(
            "Grey: wells. Blue: the fitted curve (the mean, where it is flat), and the band that holds it with 95 % "
            "confidence at each dose "
            "(profile likelihood over wells). Orange: the dose of half viability; an arrow means that it lies "
            "beyond the tested doses, so that only a bound is known. "
            f"{len(order)} of {wording.plural(fitted.table.height, 'curve')}."
        ),
        description=f"Dose-response curves of {wording.listing(order, most=4)}.",
        chart=chart,
        table=DataTable(f"{key}-data", "One row is one curve of the figure.", CURVE_COLUMNS, table[chosen]),
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
    if table.height < 2:
        return None
    evidence = (-pl.col("p_value").clip(1e-16, 1.0).log10()).alias("evidence")
    shown = table.with_columns(evidence, effect=1.0 - pl.col("auc")).sort("evidence", descending=True)
    data = rows_for_chart(
        shown.head(MOST_POINTS).select("name", "said", "effect", "evidence", "fdr", "ic50", "emax")
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
        + (f" {wording.count(left)} curves with the least evidence are not drawn." if left else "")
    )
    return Figure(
        key=key,
        title="The screen at a glance",
        caption=caption,
        description=f"Effect and evidence of {wording.count(shown.height)} curves.",
        chart=chart,
        table=DataTable(f"{key}-data", "One row is one curve.", CURVE_COLUMNS, shown, most=25),
    )


def status_rows(fitted: FittedCurves) -> list[tuple[str, int, str]]:
    """Statuses in words, how many curves have each, and what it means."""
    counts = dict(fitted.table["status"].value_counts().iter_rows())
    return [
        (STATUS_WORDS[status], counts[str(status)], MEANING[status])
        for status in CurveStatus
        if str(status) in counts
    ]
