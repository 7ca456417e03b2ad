"""Figures of a resistance forecast: relapse over time, mutants, ratios between schedules, the tornado."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.panels import panels
from kinescape.report.figures.theme import BLUE, CATEGORIES, GREY, ORANGE
from kinescape.strategy.evolution import SMALLEST_SHARE
from kinescape.strategy.resistance.forecast_results import Forecast
from kinescape.strategy.resistance.schedules import DAYS_A_YEAR

_LEAST = 1e-4
_MOST_BANDS = 3
_MOST_MUTANTS = 12
_MOST_BARS = 8
_MOST_PANELS = 4
_WORDS = {
    "measured": "measured",
    "partly measured": "measured for some drugs",
    "not measured": "not measured",
}


def _colour(forecast: Forecast) -> alt.Color:
    names = [one.schedule.text for one in forecast.schedules]
    return alt.Color(
        "schedule:N", title=None, scale=alt.Scale(domain=names, range=list(CATEGORIES[: len(names)]))
    ).legend(
        orient="top",
        columns=1 if max(len(name) for name in names) > 40 else 3,
        labelLimit=520,
        symbolOpacity=1,
    )


def relapse_curves(forecast: Forecast) -> Figure:
    """Chance of relapse over time, one line a schedule, with the interval of everything unknown."""
    frame = forecast.curves()
    several = len(forecast.schedules) > 1
    least = _LEAST if several else 0.0
    data = rows_for_chart(
        frame.with_columns(
            pl.col("relapse_low", "relapse_high").clip(least, 1.0),
            # A line that would lie below the scale is not drawn along its edge.
            pl.when(pl.col("relapse") >= least).then(pl.col("relapse")),
        )
    )
    scale = (
        alt.Scale(type="log", domain=[_LEAST, 1], nice=False)
        if several
        else alt.Scale(domainMin=0, nice=True)
    )
    percent = "datum.value == 0 ? '0%' : datum.value < 0.001 ? format(datum.value, '.2%') : format(datum.value, '~%')"
    ticks = (
        alt.Axis(labelExpr=percent, values=[1e-4, 1e-3, 1e-2, 1e-1, 1])
        if several
        else alt.Axis(labelExpr=percent)
    )
    y = alt.Y("relapse:Q", title="chance of relapse", scale=scale, axis=ticks)
    x = alt.X("years:Q", title="years since the start of treatment", scale=alt.Scale(nice=False)).axis(
        tickCount=10
    )
    base = alt.Chart(data, width=640, height=340)
    colour = _colour(forecast)
    layers = []
    banded = forecast.schedules[0].relapse_low is not None and len(forecast.schedules) <= _MOST_BANDS
    if banded:
        layers.append(
            base.mark_area(opacity=0.13, interpolate="monotone").encode(
                x=x, y=alt.Y("relapse_low:Q"), y2="relapse_high:Q", color=colour
            )
        )
    tip = [
        alt.Tooltip("schedule:N"),
        alt.Tooltip("years:Q", format=".1f"),
        alt.Tooltip("relapse:Q", title="chance of relapse", format=".2%"),
        alt.Tooltip("relapse_low:Q", title="interval from", format=".2%"),
        alt.Tooltip("relapse_high:Q", title="to", format=".2%"),
        alt.Tooltip("detectable:Q", title="a lineage shows", format=".2%"),
    ]
    layers.append(base.mark_line(strokeWidth=2.4, interpolate="monotone").encode(x=x, y=y, color=colour))
    if not several:
        layers.append(
            base.mark_line(strokeWidth=1.8, strokeDash=[5, 4], interpolate="monotone").encode(
                x=x, y=alt.Y("detectable:Q"), color=colour
            )
        )
    layers.append(base.mark_point(size=46, filled=True).encode(x=x, y=y, color=colour, tooltip=tip))
    unknown = "(mutation rate, growth, sizes, decline, levels, folds)"
    interval = (
        f"Band: 90 % interval over everything that is not known {unknown}. "
        if banded
        else "So many bands would hide each other: 90 % intervals are in the numbers of this figure. "
        if forecast.schedules[0].relapse_low is not None
        else ""
    )
    log = (
        " The scale is logarithmic, so that equal distances are equal ratios; nothing below 0.01 % is drawn."
        if several
        else " Dashed: a resistant lineage has reached the size at which it shows."
    )
    return Figure(
        key="relapse",
        title="Chance that a resistant lineage has relapsed",
        caption=(
            f"Mean over {forecast.patients:,} patients that differ in tumour size, drug level and decline. "
            f"{interval}Conditional on the model and its numbers: a scale, not a prognosis.{log}"
        ),
        description=f"Curves over {forecast.horizon_years:g} years; lowest at the end: {forecast.best.schedule.text}.",
        chart=alt.layer(*layers),
        table=DataTable(
            "relapse-data",
            "One row is one schedule at one time.",
            (
                Column("schedule", "Schedule"),
                Column("years", "Years", "number"),
                Column("relapse", "Chance of relapse", "number"),
                Column("relapse_low", "interval from", "number"),
                Column("relapse_high", "to", "number"),
                Column("detectable", "A lineage shows", "number"),
            ),
            frame,
        ),
    )


def mutant_shares(forecast: Forecast) -> Figure:
    """Which mutants relapse: shares with intervals, schedule by schedule."""
    rows = []
    for one in forecast.schedules[:_MOST_PANELS]:
        for entry in one.mutants[:_MOST_MUTANTS]:
            if entry.share >= SMALLEST_SHARE:
                rows.append(
                    {
                        "schedule": f"{one.schedule.text}",
                        "mutant": entry.mutant,
                        "share": entry.share,
                        "share_low": entry.low,
                        "share_high": entry.high,
                        "as_reported": entry.as_reported,
                        "known": _WORDS[entry.status],
                        "folds": ", ".join(
                            f"{drug} {'not measured' if fold is None else format(fold, '.3g')}"
                            for drug, fold in zip(one.schedule.drugs, entry.folds, strict=True)
                        ),
                    }
                )
    shape = dict.fromkeys(("share", "share_low", "share_high", "as_reported"), pl.Float64)
    texts = dict.fromkeys(("schedule", "mutant", "known", "folds"), pl.String)
    data = rows_for_chart(pl.DataFrame(rows, schema={**texts, **shape}))
    kinds = [kind for kind in _WORDS.values() if kind in set(data["known"])]
    colours = {"measured": BLUE, "measured for some drugs": ORANGE, "not measured": GREY}
    colour = alt.Color(
        "known:N", title=None, scale=alt.Scale(domain=kinds, range=[colours[kind] for kind in kinds])
    ).legend(orient="top")
    tip = [
        alt.Tooltip("mutant:N"),
        alt.Tooltip("share:Q", format=".1%"),
        alt.Tooltip("share_low:Q", title="interval from", format=".1%"),
        alt.Tooltip("share_high:Q", title="to", format=".1%"),
        alt.Tooltip("as_reported:Q", title="among reported cases", format=".1%"),
        alt.Tooltip("known:N", title="fold"),
        alt.Tooltip("folds:N", title="folds"),
    ]

    def panel(part: pl.DataFrame, y: alt.Y, *, last: bool) -> Any:
        base = alt.Chart(part, width=540, height={"step": 21})
        x = alt.X(
            "share:Q", title="share of the relapses" if last else None, scale=alt.Scale(domainMin=0)
        ).axis(format="~%")
        return alt.layer(
            base.mark_rule(style="interval").encode(x="share_low:Q", x2="share_high:Q", y=y, color=colour),
            base.mark_point(size=46, filled=False, strokeWidth=1.6, shape="diamond").encode(
                x=alt.X("as_reported:Q"), y=y, color=colour, tooltip=tip
            ),
            base.mark_point(size=80, filled=True).encode(x=x, y=y, color=colour, tooltip=tip),
        )

    left = len(forecast.schedules) - _MOST_PANELS
    more = f" {wording.plural(left, 'further schedule')} in the table." if left > 0 else ""
    return Figure(
        key="mutants",
        title="Mutants that relapse",
        caption=(
            f"Shares of all relapses by {forecast.horizon_years:g} years; those below one in a hundred are not drawn. "
            "Bar: 90 % interval over everything unknown, the spread between laboratories included. Open diamond: share "
            "to expect among cases that clinics report, which is that at five years, flattened by one power that was "
            "fitted to six cohorts under imatinib. Colour: whether the mutant's fold was measured against the "
            "schedule's drugs; what was not measured is drawn from the measured folds of that drug, never taken as "
            f"sensitive.{more}"
        ),
        description="; ".join(
            f"{one.schedule.text}: first {one.mutants[0].mutant}, {wording.percent(one.mutants[0].share)}"
            for one in forecast.schedules[:_MOST_PANELS]
            if one.mutants
        ),
        chart=panels(data, "schedule", "mutant", "share", panel, descending=True, one_scale=True),
        table=DataTable(
            "mutants-data",
            "One row is one mutant under one schedule.",
            (
                Column("schedule", "Schedule"),
                Column("mutant", "Mutant"),
                Column("share", "Share", "number"),
                Column("share_low", "interval from", "number"),
                Column("share_high", "to", "number"),
                Column("as_reported", "Among reported cases", "number"),
                Column("status", "Fold"),
                Column("substitution_probability", "Substitution probability", "number"),
            ),
            forecast.table(),
        ),
    )


def schedule_ratios(forecast: Forecast) -> Figure | None:
    """How many times the first schedule's chance of relapse; None where there is one schedule."""
    if not forecast.ratios:
        return None
    frame = pl.DataFrame(
        [
            {
                "schedule": ratio.schedule,
                "when": f"by {ratio.days / DAYS_A_YEAR:g} years",
                "years": ratio.days / DAYS_A_YEAR,
                "ratio": ratio.ratio,
                "ratio_low": ratio.low,
                "ratio_high": ratio.high,
            }
            for ratio in forecast.ratios
        ],
        schema={
            "schedule": pl.String, "when": pl.String, "years": pl.Float64, "ratio": pl.Float64, "ratio_low": pl.Float64,
            "ratio_high": pl.Float64,
        },
    )  # fmt: skip
    data = rows_for_chart(
        frame.with_columns(pl.col("ratio", "ratio_low", "ratio_high").clip(1e-3, 1e3)).filter(
            pl.col("ratio").is_finite()
        )
    )
    order = list(dict.fromkeys(data["schedule"].to_list()))
    when = list(dict.fromkeys(data["when"].to_list()))
    base = alt.Chart(data, width=520, height={"step": 17})
    y = alt.Y("schedule:N", sort=order, title=None).axis(ticks=False, domain=False, labelLimit=330)
    offset = alt.YOffset("when:N", sort=when)
    colour = alt.Color(
        "when:N", title=None, scale=alt.Scale(domain=when, range=[GREY, BLUE][-len(when) :])
    ).legend(orient="top")
    words = f"chance of relapse ÷ that under {forecast.schedules[0].schedule.text}"
    decades = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000]
    x = alt.X("ratio:Q", title=words, scale=alt.Scale(type="log"), axis=alt.Axis(values=decades))
    return Figure(
        key="ratios",
        title=f"Beside {forecast.schedules[0].schedule.text}",
        caption=(
            "Ratio of the chances of relapse in the same patients; left of 1 is better. Bar: 90 % interval over "
            "everything "
            "unknown, drawn alike for both schedules, so that what they share cancels. Ratios below 0.001 or "
            "above 1,000 are "
            "drawn at the edge."
        ),
        description="; ".join(
            f"{row['schedule']} {row['when']}: {wording.number(row['ratio'])}"
            for row in frame.iter_rows(named=True)
        ),
        chart=alt.layer(
            alt.Chart(pl.DataFrame({"one": [1.0]})).mark_rule(style="neutral").encode(x="one:Q"),
            base.mark_rule(style="interval").encode(
                x="ratio_low:Q", x2="ratio_high:Q", y=y, yOffset=offset, color=colour
            ),
            base.mark_point(size=80, filled=True).encode(
                x=x,
                y=y,
                yOffset=offset,
                color=colour,
                tooltip=[
                    alt.Tooltip("schedule:N"),
                    alt.Tooltip("when:N"),
                    alt.Tooltip("ratio:Q", format=".3f"),
                    alt.Tooltip("ratio_low:Q", title="interval from", format=".3f"),
                    alt.Tooltip("ratio_high:Q", title="to", format=".3f"),
                ],
            ),
        ),
        table=DataTable(
            "ratios-data",
            "One row is one schedule at one time.",
            (
                Column("schedule", "Schedule"),
                Column("years", "Years", "number"),
                Column("ratio", "Ratio", "number"),
                Column("ratio_low", "interval from", "number"),
                Column("ratio_high", "to", "number"),
            ),
            frame,
        ),
    )


def tornado(forecast: Forecast) -> Figure | None:
    """What each unknown does to the chance of relapse; None where uncertainty was not asked for."""
    if not forecast.sensitivity:
        return None
    frame = pl.DataFrame([dict(bar.__dict__) for bar in forecast.sensitivity])
    shown = [one.schedule.text for one in forecast.schedules[:_MOST_PANELS]]
    data = rows_for_chart(
        frame.filter(pl.col("schedule").is_in(shown))
        .with_columns((pl.col("relapse_high") - pl.col("relapse_low")).abs().alias("reach"))
        .sort("reach", descending=True)
        .group_by("schedule", maintain_order=True)
        .head(_MOST_BARS)
        .with_columns(
            pl.min_horizontal("relapse_low", "relapse_high").alias("left"),
            pl.max_horizontal("relapse_low", "relapse_high").alias("right"),
        )
        .sort(pl.col("schedule").replace_strict(shown, list(range(len(shown)))))
    )
    tip = [
        alt.Tooltip("unknown:N", title="not known"),
        alt.Tooltip("at_low:N", title="if"),
        alt.Tooltip("relapse_low:Q", title="chance of relapse", format=".2%"),
        alt.Tooltip("at_high:N", title="if"),
        alt.Tooltip("relapse_high:Q", title="chance of relapse", format=".2%"),
    ]
    ends = alt.Scale(domain=["lower end", "upper end"], range=[BLUE, ORANGE])

    def panel(part: pl.DataFrame, y: alt.Y, *, last: bool) -> Any:
        base = alt.Chart(part, width=500, height={"step": 22})
        words = f"chance of relapse by {forecast.horizon_years:g} years" if last else None
        x = alt.X("relapse_low:Q", title=words).axis(format="~%")
        low = base.transform_calculate(end="'lower end'")
        high = base.transform_calculate(end="'upper end'")
        colour = alt.Color("end:N", title="the unknown at its", scale=ends).legend(orient="top")
        return alt.layer(
            low.mark_bar(height=13).encode(x=x, x2="relapse_central:Q", y=y, color=colour, tooltip=tip),
            high.mark_bar(height=13).encode(
                x=alt.X("relapse_high:Q"), x2="relapse_central:Q", y=y, color=colour, tooltip=tip
            ),
            base.mark_rule(style="ink", strokeWidth=1.4).encode(x="mean(relapse_central):Q"),
        )

    return Figure(
        key="tornado",
        title="What moves the chance of relapse",
        caption=(
            "Each unknown is set to the ends of its range while all else stays central, in the same 400 "
            "patients; the black line is "
            "the central value. Absolute chances move several-fold: this is why they are a scale, and why ratios "
            "and shares come first."
        ),
        description="Bars; the widest is "
        + (forecast.sensitivity[0].unknown if forecast.sensitivity else "none")
        + f" under {forecast.schedules[0].schedule.text}.",
        chart=panels(data, "schedule", "unknown", "reach", panel, descending=True),
        table=DataTable(
            "tornado-data",
            "One row is one unknown under one schedule.",
            (
                Column("schedule", "Schedule"),
                Column("unknown", "Not known exactly"),
                Column("at_low", "Lower end"),
                Column("relapse_low", "Chance there", "number"),
                Column("at_high", "Upper end"),
                Column("relapse_high", "Chance there", "number"),
                Column("relapse_central", "Central", "number"),
            ),
            frame,
        ),
    )
