"""What each condition did to the cells themselves: viability and its kin, as dots with intervals."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.effects import COLUMNS, with_verdict
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE
from kinescape.report.selection import SCALE_MEANING, neutral_value, one_row_a_readout, scale_words

_MOST_CONDITIONS = 36
_MOST_SAMPLES = 3


def phenotype_dots(
    effects: pl.DataFrame,
    phenotype: str,
    target_sample: str,
    reference_sample: str | None,
    *,
    key: str,
    simulated: bool = False,
) -> Figure | None:
    """Each condition's effect on one phenotype, target and reference sample side by side.

    Parameters
    ----------
    effects : polars.DataFrame
        Effects as the study gives them.
    phenotype : str
        Such as `viability`.
    target_sample, reference_sample : str, str or None
        Drawn first; a third sample is drawn grey, further ones are in the table only.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where the phenotype was not measured.
    """
    frame = one_row_a_readout(effects.filter(pl.col("node") == phenotype))
    frame = frame.filter(pl.col("value").is_finite() & (pl.col("condition") != "control"))
    if frame.is_empty():
        return None
    by_size = frame.group_by("scale").len().sort("len", "scale", descending=[True, False])
    scale = str(by_size["scale"][0])
    frame = with_verdict(frame.filter(pl.col("scale") == scale))
    present = frame["sample"].unique().sort().to_list()
    first = [name for name in (target_sample, reference_sample) if name in present]
    shown = (first + [name for name in present if name not in first])[:_MOST_SAMPLES]
    drawn = frame.filter(pl.col("sample").is_in(shown))
    lead = drawn.filter(pl.col("sample") == shown[0])
    # Weakest growth on top: for phenotypes that count living cells that is the strongest effect.
    ranked = lead.group_by("condition").agg(pl.col("value").min()).sort("value", "condition")
    conditions = ranked["condition"].head(_MOST_CONDITIONS).to_list()
    drawn = drawn.filter(pl.col("condition").is_in(conditions))
    data = rows_for_chart(
        drawn.select("sample", "condition", "readout", "value", "low", "high", "n", "fdr", "verdict")
    )
    neutral = neutral_value(scale)
    y = alt.Y("condition:N", sort=conditions, title=None, axis=alt.Axis(ticks=False, domain=False, grid=True))
    offset = alt.YOffset("sample:N", sort=shown)
    colour = alt.Color(
        "sample:N", title=None, scale=alt.Scale(domain=shown, range=[BLUE, ORANGE, GREY][: len(shown)])
    ).legend(orient="top", symbolType="circle", symbolSize=90)
    x = alt.X("value:Q", title=f"{phenotype.replace('_', ' ')} ({scale_words(scale)})").scale(
        zero=False, nice=True
    )
    tip = [
        alt.Tooltip("sample:N"),
        alt.Tooltip("condition:N"),
        alt.Tooltip("value:Q", title="effect", format=".2f"),
        alt.Tooltip("low:Q", title="90 % from", format=".2f"),
        alt.Tooltip("high:Q", title="to", format=".2f"),
        alt.Tooltip("n:Q", title="replicates"),
    ]
    step = {"step": 9 if len(shown) > 1 else 18, "for": "offset"} if len(shown) > 1 else {"step": 20}
    base = alt.Chart(data, width=560, height=step)
    spread = base.mark_rule(style="interval").encode(
        x="low:Q", x2="high:Q", y=y, yOffset=offset, color=colour
    )
    dots = base.mark_point(size=62, filled=True).encode(
        x=x,
        y=y,
        yOffset=offset,
        color=colour,
        shape=alt.Shape(
            "sample:N", scale=alt.Scale(domain=shown, range=["circle", "diamond", "square"][: len(shown)])
        ),
        tooltip=tip,
    )
    none = alt.Chart(pl.DataFrame({"neutral": [neutral]})).mark_rule(style="neutral").encode(x="neutral:Q")
    span = f"{wording.replicates(drawn['n'])} independent replicates. "
    hidden = ranked.height - len(conditions)
    caption = (
        f"Dot: mean against the untreated control ({SCALE_MEANING.get(scale, scale)}; the dashed line is 'as "
        "the control'). Bar: 90 % interval over independent replicates; a dot without bar has one replicate. "
        f"{span}Conditions are ordered by their effect in {shown[0]}."
    )
    if hidden > 0:
        caption += f" {wording.plural(hidden, 'condition')} with weaker effects are in the table only."
    if len(present) > len(shown):
        caption += f" {wording.plural(len(present) - len(shown), 'other sample')} are in the table only."
    return Figure(
        key=key,
        title=f"Effect on {phenotype.replace('_', ' ')}",
        caption=caption,
        description=f"{len(conditions)} conditions in {wording.listing(shown)}, ordered by their effect.",
        chart=alt.layer(none, spread, dots),
        table=DataTable(
            f"{key}-data",
            f"One row is the effect of one condition on {phenotype.replace('_', ' ')} in one sample.",
            (Column("sample", "Sample"), *COLUMNS),
            frame.sort("sample", "value"),
        ),
        simulated=simulated,
    )
