"""Candidate substrates of a kinase, the best first: how likely, and what each kind of evidence says."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, ORANGE

MOST = 30
_STEP, _LETTER, _LONGEST, _WIDTH = 19, 6.7, 190.0, 520
KNOWN, NEW, UNLISTED = "known substrate", "new candidate", "not known as a substrate"

CANDIDATE_COLUMNS = (
    Column("rank", "Rank", "count"),
    Column("site", "Site"),
    Column("known", "Known"),
    Column("score", "Score (log odds)", "signed"),
    Column("fold", "Times the base rate", "number"),
    Column("probability", "Probability", "number"),
    Column("motif", "Motif, percentile", "number"),
    Column("co_regulation", "Co-regulation, r", "signed"),
    Column("contrast", "log₂ fold change in the contrast", "signed"),
    Column("contrast_fdr", "its false discovery rate", "probability"),
    Column("evidence", "What speaks for it"),
    Column("references", "Papers", "reference"),
    Column("window", "Sequence about it"),
    Column("status", "Status"),
)
"""Columns of a table of candidates."""
_PANELS = (
    ("fold", "times the base rate", None, 0.0),
    ("probability", "probability", (0.0, 1.0), 0.0),
    ("motif", "motif, percentile", (0.0, 1.0), 0.0),
    ("co_regulation", "co-regulation, r", (-1.0, 1.0), 0.0),
    ("contrast", "log2 fold change", None, 0.0),
)


def substrate_candidates(
    candidates: pl.DataFrame, *, kinase: str, answer: bool, key: str, most: int = MOST
) -> Figure | None:
    """The best candidates, one line each, and a column for each kind of evidence that is there.

    Parameters
    ----------
    candidates : polars.DataFrame
        `Substrates.frame`.
    kinase : str
        For the title.
    answer : bool
        Whether the probability is that of an answer to the perturbation, not of a substrate.
    key : str
        Unique in the page.
    most : int
        How many are drawn.

    Returns
    -------
    Figure or None
        None where no site could be ranked.
    """
    ranked = candidates.filter(pl.col("score").is_finite())
    if ranked.is_empty():
        # Without errors the contrast ranks, by its size, and gives no probability.
        ranked = candidates.filter(pl.col("contrast").is_finite())
    if ranked.is_empty():
        return None
    # What did not answer the perturbation is no candidate, however it is ranked.
    fresh = UNLISTED if answer else NEW
    shown = (
        ranked.head(most)
        .with_row_index("rank", offset=1)
        .with_columns(
            pl.when(pl.col("known")).then(pl.lit(KNOWN)).otherwise(pl.lit(fresh)).alias("state"),
            pl.format("{}  {}", "rank", "site").alias("label"),
        )
    )
    longest = max(len(name) for name in shown["label"].to_list())
    room = min(_LONGEST, _LETTER * longest + 8)
    # A probability of being listed is small for every site: how many times the base rate it is says more.
    drawn = [
        one
        for one in _PANELS
        if shown[one[0]].is_finite().any() and one[0] != ("fold" if answer else "probability")
    ]
    panels = [
        _panel(
            shown, name, title, bounds, zero, room if number == 0 else None, min(250, _WIDTH // len(drawn))
        )
        for number, (name, title, bounds, zero) in enumerate(drawn)
    ]
    new = shown.filter(~pl.col("known")).height
    scale = (
        "There is no probability. "
        if not shown["probability"].is_finite().any()
        else "Probability: that the site answered the perturbation, directly or not. "
        if answer
        else "Times the base rate: how much likelier the site is to be listed as a substrate than one taken at random. "
    )
    return Figure(
        key=key,
        title=f"Sites by their answer to the perturbation of {kinase}"
        if answer
        else f"Candidate substrates of {kinase}",
        caption=(
            f"The first {wording.count(shown.height)} of {wording.plural(ranked.height, 'ranked site')}, the best on "
            f"top; {wording.count(new)} of these are not known as substrates (orange; blue: known). "
            + scale
            + "Filled in the last column: false discovery rate below 5 %. Hover for the evidence and the papers."
        ),
        description=f"The best candidates: {wording.listing(shown['site'].to_list()[:5])}.",
        chart=alt.hconcat(*panels, spacing=14).resolve_scale(color="shared", y="shared"),
        table=candidate_table(shown, f"{key}-data"),
    )


def candidate_table(candidates: pl.DataFrame, key: str, *, most: int = 40) -> DataTable:
    """The candidates drawn, as a table; `--out` writes all of them."""
    told = candidates.with_columns(
        pl.when(pl.col("known")).then(pl.lit("yes")).otherwise(pl.lit("")).alias("known")
    )
    return DataTable(
        key,
        "One row is one site drawn, the best first; --out writes all of them.",
        CANDIDATE_COLUMNS,
        told,
        most=most,
    )


def _panel(
    shown: pl.DataFrame,
    name: str,
    title: str,
    bounds: tuple[float, float] | None,
    zero: float,
    room: float | None,
    width: int,
) -> Any:
    columns = [
        "label",
        "site",
        "score",
        "fold",
        "state",
        "probability",
        "motif",
        "co_regulation",
        "contrast",
        "contrast_fdr",
        "evidence",
    ]
    data = rows_for_chart(
        shown.select(*columns, "references").with_columns(
            filled=pl.lit(name != "contrast") | (pl.col("contrast_fdr").fill_null(1.0) < 0.05)
        )
    )
    if bounds is None:
        reach = float(shown[name].abs().max() or 1.0) * 1.12  # type: ignore[arg-type]
        bounds = (-reach, reach) if float(shown[name].min() or 0.0) < 0 else (-0.04 * reach, reach)  # type: ignore[arg-type]
    else:
        margin = 0.05 * (bounds[1] - bounds[0])
        bounds = (bounds[0] - margin, bounds[1] + margin)
    axis = alt.Axis(
        ticks=False, domain=False, labels=room is not None, grid=room is not None, gridOpacity=0.35
    )
    if room is not None:
        axis = alt.Axis(
            ticks=False,
            domain=False,
            minExtent=room,
            maxExtent=room,
            labelLimit=_LONGEST,
            grid=True,
            gridOpacity=0.35,
        )
    y = alt.Y("label:N", sort=shown["label"].to_list(), title=None, axis=axis)
    x = alt.X(f"{name}:Q", title=title, scale=alt.Scale(domain=list(bounds), nice=False)).axis(
        tickCount=4, grid=False, labelOverlap=True
    )
    states = [state for state in (NEW, UNLISTED, KNOWN) if state in set(shown["state"])]
    colours = {NEW: ORANGE, UNLISTED: ORANGE, KNOWN: BLUE}
    colour = alt.Color(
        "state:N", title=None, scale=alt.Scale(domain=states, range=[colours[state] for state in states])
    ).legend(orient="top", symbolOpacity=1)
    tooltip = [
        alt.Tooltip("site:N", title="site"),
        alt.Tooltip("state:N", title=" "),
        alt.Tooltip("score:Q", title="score (log odds)", format="+.2f"),
        alt.Tooltip("fold:Q", title="times the base rate", format=".2g"),
        alt.Tooltip("probability:Q", title="probability", format=".2g"),
        alt.Tooltip("motif:Q", title="motif percentile", format=".2f"),
        alt.Tooltip("co_regulation:Q", title="co-regulation, r", format="+.2f"),
        alt.Tooltip("contrast:Q", title="log₂ fold change", format="+.2f"),
        alt.Tooltip("contrast_fdr:Q", title="false discovery rate", format=".2g"),
        alt.Tooltip("evidence:N", title="evidence"),
        alt.Tooltip("references:N", title="papers"),
    ]
    base = alt.Chart(data, width=width, height={"step": _STEP}).transform_filter(f"isValid(datum.{name})")
    stem = base.mark_rule(strokeWidth=2, opacity=0.45).encode(x=x, x2=alt.X2Datum(zero), y=y, color=colour)
    back = base.mark_point(size=62, style="paper", filled=True, opacity=1).encode(x=x, y=y)
    rings = base.mark_point(size=54, filled=False, strokeWidth=1.7).encode(
        x=x, y=y, color=colour, tooltip=tooltip
    )
    dots = (
        base.transform_filter("datum.filled")
        .mark_point(size=58, filled=True, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip)
    )
    line = base.mark_rule(style="neutral").encode(x=alt.X(datum=zero))
    return alt.layer(line, stem, back, rings, dots)
