"""Where in a dose matrix a pair does more than expected, and where that is more than noise."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.assays.viability.combination_scoring.synergy_results import SCORE_NAMES, SCORES
from kinescape.report.figures.dose_matrix import dose_axes
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart

SURE, UNSURE = "beyond twice its error", "within twice its error"
UNKNOWN = "error not known"
_TILES = {
    SURE: "M-1-1H1V1H-1Z",
    UNSURE: "M-.42-.42H.42V.42H-.42Z",
    UNKNOWN: "M-.84 0A.84 .84 0 1 1 .84 0A.84 .84 0 1 1-.84 0Z",
}
_LEAST_BOUND = 10.0


def long_scores(frame: pl.DataFrame, *keep: str) -> pl.DataFrame:
    """One row a cell and score: `score`, `excess`, `error`, `certainty`."""
    parts = []
    for name in SCORES:
        if name in frame.columns and frame[name].is_not_null().any():
            parts.append(
                frame.select(
                    *keep,
                    pl.lit(SCORE_NAMES[name]).alias("score"),
                    pl.col(name).alias("excess"),
                    pl.col(f"{name}_se").alias("error"),
                ).filter(pl.col("excess").is_not_null())
            )
    beyond = pl.col("excess").abs() > 2 * pl.col("error")
    certainty = pl.when(pl.col("error").is_null()).then(pl.lit(UNKNOWN)).when(beyond).then(pl.lit(SURE))
    return pl.concat(parts).with_columns(certainty.otherwise(pl.lit(UNSURE)).alias("certainty"))


def score_choice(name: str, scores: list[str]) -> alt.Parameter:
    """A box from which the reader chooses the score that a figure shows."""
    bind = alt.binding_select(options=scores, name="Score ") if len(scores) > 1 else alt.Undefined
    return alt.param(name=name, value=scores[0], bind=bind)


def _certainty_told(kinds: list[str], noise: str) -> str:
    """What the shapes of the tiles say, of those that are drawn."""
    told = []
    if SURE in kinds or UNSURE in kinds:
        told.append(
            f"Large tiles: the excess is more than twice its standard error ({noise}); small tiles may be noise."
        )
    if UNKNOWN in kinds:
        told.append("Round tiles: how large the error is, the data do not tell; each may be noise.")
    return " ".join(told)


def synergy_map(
    frame: pl.DataFrame, drugs: tuple[str, ...], units: tuple[str, ...], *, key: str, noise: str
) -> Figure | None:
    """Excess over the expectation at every combination, small where it may be noise.

    Parameters
    ----------
    frame : polars.DataFrame
        From `dose_matrix.pair_cells`, with the excess and error of each score.
    drugs, units : tuple of str
        Of the two axes.
    key : str
        Unique in the page.
    noise : str
        Where the errors come from.

    Returns
    -------
    Figure or None
        None where no cell has a score.
    """
    if all(frame[name].null_count() == frame.height for name in SCORES if name in frame.columns):
        return None
    combined = frame.filter((pl.col("dose_1") > 0) & (pl.col("dose_2") > 0))
    data = rows_for_chart(long_scores(combined, "first", "second", "inhibition"))
    names = data["score"].unique(maintain_order=True).to_list()
    chosen = score_choice(f"score_{key.replace('-', '_')}", names)
    x, y, step = dose_axes(combined, drugs, units)
    bound = max(_LEAST_BOUND, float(data["excess"].abs().quantile(0.98) or 0.0))
    kinds = [name for name in (SURE, UNSURE, UNKNOWN) if name in set(data["certainty"])]
    high = min(step, 44)
    base = alt.Chart(
        data, width={"step": step}, height={"step": high}, view=alt.ViewBackground(style="empty")
    ).transform_filter(alt.datum["score"] == chosen)
    colour = alt.Color(
        "excess:Q",
        title=["excess", "(% points)"],
        scale=alt.Scale(domain=[-bound, bound], range="diverging", clamp=True, interpolate="rgb"),
    ).legend(gradientLength=130, offset=18)
    tiles = base.mark_point(filled=True, size=(high - 3) ** 2).encode(
        x=x,
        y=y,
        color=colour,
        shape=alt.Shape(
            "certainty:N", title=None, scale=alt.Scale(domain=kinds, range=[_TILES[name] for name in kinds])
        ).legend(offset=18, symbolFillColor="#8a8f98", symbolStrokeWidth=0, symbolSize=200),
        tooltip=[
            alt.Tooltip("first:N", title=f"{drugs[0]} ({units[0]})"),
            alt.Tooltip("second:N", title=f"{drugs[1]} ({units[1]})"),
            alt.Tooltip("score:N", title="score"),
            alt.Tooltip("excess:Q", title="excess (% points)", format="+.1f"),
            alt.Tooltip("error:Q", title="standard error", format=".1f"),
            alt.Tooltip("inhibition:Q", title="inhibition (%)", format=".1f"),
        ],
    )
    numbers = base.mark_text(fontSize=11, style="label").encode(
        x=x, y=y, text=alt.Text("excess:Q", format="+.0f")
    )
    sure = data.filter(pl.col("certainty") == SURE)
    return Figure(
        key=key,
        title=f"Where {drugs[0]} and {drugs[1]} do more or less than expected",
        caption=(
            "Percentage points of inhibition beyond the expectation: orange is synergy, blue antagonism. "
            f"{_certainty_told(kinds, noise)} The box chooses "
            "the expectation. A cell by itself is no test; the mean over all cells is judged in the table of scores."
        ),
        description=f"{combined.height} combinations; {sure.height} excesses of all scores beyond twice their error.",
        chart=alt.layer(tiles, numbers).add_params(chosen),
        table=DataTable(
            f"{key}-data",
            "One row is one combination and score.",
            (
                Column("first", f"{drugs[0]} ({units[0]})"),
                Column("second", f"{drugs[1]} ({units[1]})"),
                Column("score", "Score"),
                Column("excess", "Excess (% points)", "signed"),
                Column("error", "Standard error", "number"),
                Column("certainty", "Certainty"),
            ),
            data,
        ),
    )
