"""Pairs of drugs by what they do to the target sample and how far they spare the reference sample."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.labels import placed_labels
from kinescape.report.figures.theme import BLUE, ORANGE
from kinescape.report.selection import SCALE_MEANING, scale_words
from kinescape.strategy.pair_ranking.pair_order import in_order

_WIDTH, _HEIGHT = 640, 420
_MOST_LABELS, _MOST_BARS = 5, 6
_MOST_LISTED = 25

COLUMNS = (
    Column("pair", "Pair"),
    Column("condition", "Doses"),
    Column("status", "Status"),
    Column("standing", "Standing"),
    Column("front", "Pareto front", "count"),
    Column("effect", "Effect on target sample", "number"),
    Column("effect_low", "90 % interval from", "number"),
    Column("effect_high", "to", "number"),
    Column("effect_scale", "Scale"),
    Column("effect_basis", "Effect is"),
    Column("spared", "Left in reference sample", "number"),
    Column("spared_low", "90 % interval from", "number"),
    Column("spared_high", "to", "number"),
    Column("expected_excess", "Expected excess over Bliss", "signed"),
    Column("expected_excess_low", "90 % interval from", "signed"),
    Column("expected_excess_high", "to", "signed"),
    Column("expected_excess_basis", "Expected excess is"),
    Column("synergy_score", "Score of rule and room", "signed"),
    Column("class_a", "Class of the first"),
    Column("class_b", "Class of the second"),
    Column("rule", "Rule"),
    Column("rule_reference", "Rule from", "reference"),
    Column("bliss_excess", "Excess over Bliss", "signed"),
    Column("bliss_se", "its standard error", "number"),
    Column("hsa_excess", "Excess over the better single", "signed"),
    Column("hsa_se", "its standard error", "number"),
    Column("n", "Replicates", "count"),
    Column("escape_route", "Closes this way round"),
    Column("escape_closed", "Size of the response closed", "number"),
    Column("escape_closed_low", "90 % interval from", "number"),
    Column("escape_closed_high", "to", "number"),
    Column("escape_closed_basis", "Size is"),
    Column("achievable", "Doses reached in plasma (share)", "number"),
    Column("achievable_low", "in patients from", "number"),
    Column("achievable_high", "to", "number"),
    Column("achievable_kind", "which is"),
    Column("achievable_evidence", "Plasma levels"),
    Column("level", "Level"),
    Column("evidence", "Evidence"),
)


def ranked_pairs(combinations: pl.DataFrame) -> pl.DataFrame:
    """Ranked pairs, best first (`kinescape.strategy.pair_ranking.pair_order`); `pair` names them."""
    ranked = in_order(combinations).filter(pl.col("status") != "unranked")
    return ranked.with_columns(pl.format("{} + {}", "agent_a", "agent_b").alias("pair"))


def pareto_plot(
    combinations: pl.DataFrame,
    phenotype: str,
    target_sample: str,
    reference_sample: str | None,
    *,
    key: str,
    simulated: bool = False,
) -> Figure | None:
    """Effect on the target sample against what is left of the reference sample; or effect alone without one.

    Parameters
    ----------
    combinations : polars.DataFrame
        Pairs as the study gives them.
    phenotype : str
        What is to be suppressed.
    target_sample, reference_sample : str, str or None
        Axes.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where no pair has an effect.
    """
    frame = ranked_pairs(combinations).filter(pl.col("effect").is_finite())
    if frame.is_empty():
        return None
    two_axes = reference_sample is not None and frame["spared"].drop_nulls().len() > 0
    scale = str(frame["effect_scale"][0] or "")
    chart = (
        _plane(frame, phenotype, target_sample, str(reference_sample), scale)
        if two_axes
        else _list(frame, phenotype, target_sample, scale)
    )
    measured = int((frame["status"] == "measured").sum())
    caption = (
        f"Filled circle: the pair was measured ({measured}); open diamond: it was predicted from the single "
        f"drugs ({frame.height - measured}). Bars: 90 % intervals. Scale: {scale_words(scale)} "
        f"({SCALE_MEANING.get(scale, scale)}). "
    )
    if two_axes:
        caption += (
            f"Further left, {target_sample} is hit harder; further up, {reference_sample} is spared more. "
            "Ringed and named: the first Pareto front, where no other pair is as good in every aim at once "
            "(effect, sparing, expected synergy, escape); names that would cover each other are left out. Bars are "
            "drawn for the best six of it and end at the edge of the plot."
        )
    else:
        caption += (
            "No reference sample was measured, so sparing is not judged. The strongest pairs come first."
        )
    if measured:
        caption += f" Measured pairs: {wording.replicates(frame['n'])} independent replicates."
    return Figure(
        key=key,
        title=f"What pairs do to {target_sample}"
        + (f", and what they leave of {reference_sample}" if two_axes else ""),
        caption=caption,
        description=f"{frame.height} pairs; best is {frame['pair'][0]}.",
        chart=chart,
        table=DataTable(
            f"{key}-data", "One row is one pair of drugs at its doses; the best first.", COLUMNS, frame
        ),
        simulated=simulated,
    )


def _marks(base: alt.Chart) -> alt.Chart:
    status = ["measured", "predicted"]
    return base.encode(
        color=alt.Color("status:N", title=None, scale=alt.Scale(domain=status, range=[BLUE, ORANGE])).legend(
            orient="top"
        ),
        shape=alt.Shape("status:N", title=None, scale=alt.Scale(domain=status, range=["circle", "diamond"])),
        tooltip=[
            alt.Tooltip("pair:N", title="pair"),
            alt.Tooltip("condition:N", title="doses"),
            alt.Tooltip("status:N", title="status"),
            alt.Tooltip("front:Q", title="Pareto front"),
            alt.Tooltip("effect:Q", title="target sample", format=".2f"),
            alt.Tooltip("spared:Q", title="reference sample", format=".2f"),
            alt.Tooltip("n:Q", title="replicates"),
        ],
    )


def _plane(frame: pl.DataFrame, phenotype: str, target: str, reference: str, scale: str) -> Any:
    data = rows_for_chart(
        frame.filter(pl.col("spared").is_not_null()).select(
            *("pair", "condition", "status", "front", "effect", "effect_low", "effect_high"),
            *("spared", "spared_low", "spared_high", "n"),
        )
    )
    across, upward = _domain(data["effect"]), _domain(data["spared"])
    words = phenotype.replace("_", " ")
    x = alt.X(
        "effect:Q", title=f"{words} of {target} ({scale_words(scale)}); further left is hit harder"
    ).scale(domain=across, nice=False, zero=False)
    y = alt.Y(
        "spared:Q", title=[f"{words} of {reference}", f"({scale_words(scale)}); higher is spared more"]
    ).scale(domain=upward, nice=False, zero=False)
    first = data.filter(pl.col("front") == 1)
    rule = alt.Chart(first.head(_MOST_BARS)).mark_rule(style="edge", clip=True)
    ring = alt.Chart(first).mark_point(
        size=330, filled=False, strokeWidth=1.6, shape="circle", style="ink", clip=True
    )
    points = _marks(
        alt.Chart(data, width=_WIDTH, height=_HEIGHT).mark_point(size=95, filled=False, strokeWidth=2)
    )
    filled = alt.Chart(data.filter(pl.col("status") == "measured")).mark_point(
        size=95, filled=True, color=BLUE
    )
    px = [_WIDTH * (value - across[0]) / (across[1] - across[0]) for value in data["effect"]]
    py = [_HEIGHT * (upward[1] - value) / (upward[1] - upward[0]) for value in data["spared"]]
    labels = placed_labels(
        px, py, data["pair"].to_list(), width=_WIDTH, wanted=min(_MOST_LABELS, first.height)
    )
    names = [
        alt.Chart(data[label.place])
        .mark_text(
            style=style,
            align="left" if label.right > 0 else "right",
            baseline="middle",
            dx=label.right,
            dy=label.down,
        )
        .encode(x=x, y=y, text="pair:N")
        for style in ("halo", "label")
        for label in labels
    ]
    return alt.layer(
        rule.encode(x="effect_low:Q", x2="effect_high:Q", y=y),
        rule.encode(y="spared_low:Q", y2="spared_high:Q", x=x),
        ring.encode(x=x, y=y),
        filled.encode(x=x, y=y),
        points.encode(x=x, y=y),
        *names,
    )


def _domain(values: pl.Series) -> list[float]:
    """Room for all points, with some air; a single point gets a range too."""
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    air = 0.12 * (high - low) or 0.1
    return [low - air, high + air]


def _list(frame: pl.DataFrame, phenotype: str, target: str, scale: str) -> Any:
    data = rows_for_chart(
        frame.head(_MOST_LISTED).select(
            "pair", "condition", "status", "front", "effect", "effect_low", "effect_high", "spared", "n"
        )
    )
    order = data["condition"].to_list()
    words = phenotype.replace("_", " ")
    base = alt.Chart(data, width=520, height={"step": 22})
    y = alt.Y("condition:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=360))
    x = alt.X(
        "effect:Q", title=f"{words} of {target} ({scale_words(scale)}); further left is hit harder"
    ).scale(zero=False)
    points = _marks(base.mark_point(size=80, filled=False, strokeWidth=2))
    filled = alt.Chart(data.filter(pl.col("status") == "measured")).mark_point(
        size=80, filled=True, color=BLUE
    )
    return alt.layer(
        base.mark_rule(style="interval").encode(x="effect_low:Q", x2="effect_high:Q", y=y),
        filled.encode(x=x, y=y),
        points.encode(x=x, y=y),
    )
