"""What each condition did to each readout: a heat map in which unsure effects are small."""

from __future__ import annotations

import altair as alt
import polars as pl

from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import GREY
from kinescape.report.selection import (
    CLEAR_FDR,
    SCALE_MEANING,
    agents_of,
    clear,
    neutral_value,
    one_row_a_readout,
    scale_words,
)

CLEAR = "clear effect"
UNCLEAR = "not told from no effect"
UNTESTED = "one replicate: not tested"

# Paths in a box from −1 to 1: a full tile, a small one, and a circle.
_TILES = {
    CLEAR: "M-1-1H1V1H-1Z",
    UNCLEAR: "M-.38-.38H.38V.38H-.38Z",
    UNTESTED: "M-.84 0A.84 .84 0 1 1 .84 0A.84 .84 0 1 1-.84 0Z",
}
_WIDEST, _NARROWEST, _ROOM = 22, 13, 830
_MOST_CELLS, _ALL_CELLS = 3_600, 18_000
_ALL_BYTES = 1_500_000
_MOST_CONDITIONS, _MOST_READOUTS = 80, 42

COLUMNS = (
    Column("condition", "Condition"),
    Column("readout", "Readout"),
    Column("value", "Effect", "signed"),
    Column("low", "90 % interval from", "signed"),
    Column("high", "to", "signed"),
    Column("se", "Standard error", "number"),
    Column("n", "Independent replicates", "count"),
    Column("p_value", "p", "probability"),
    Column("fdr", "False discovery rate", "probability"),
    Column("verdict", "Verdict"),
    Column("nodes", "Stands for"),
    Column("assay", "Assay"),
    Column("scale", "Scale"),
)


def with_verdict(effects: pl.DataFrame) -> pl.DataFrame:
    """Add `verdict`: clear, not told from no effect, or not tested.

    Parameters
    ----------
    effects : polars.DataFrame
        With `scale`, `low`, `high` and, where it was tested, `fdr`.
    """
    verdict = pl.when(clear(effects)).then(pl.lit(CLEAR)).otherwise(pl.lit(UNCLEAR))
    return effects.with_columns(
        pl.when(clear(effects).is_null()).then(pl.lit(UNTESTED)).otherwise(verdict).alias("verdict")
    )


def effect_heat_map(
    effects: pl.DataFrame,
    sample: str,
    scale: str,
    *,
    key: str,
    order: list[str] | None = None,
    title: str | None = None,
    predicted: bool = False,
    simulated: bool = False,
    figures: int = 1,
) -> Figure | None:
    """Conditions × readouts of one sample on one scale.

    Parameters
    ----------
    effects : polars.DataFrame
        Effects as the study gives them.
    sample, scale : str
        Which part of it.
    key : str
        Unique in the page.
    order : list of str or None
        Readouts from left to right; others follow by name.
    title : str or None
        Above the chart; made from the sample where None.
    predicted : bool
        The effects are a model's, not measured ones.
    simulated : bool
        Say so on the figure.
    figures : int
        How many such maps share the page: the more, the smaller each.

    Returns
    -------
    Figure or None
        None where the sample has nothing on that scale.
    """
    frame = one_row_a_readout(effects.filter(pl.col("sample") == sample))
    frame = frame.filter(
        (pl.col("scale") == scale) & pl.col("value").is_finite() & (pl.col("condition") != "control")
    )
    if frame.is_empty():
        return None
    neutral = neutral_value(scale)
    frame = with_verdict(frame).with_columns((pl.col("value") - neutral).abs().alias("size"))
    if "fdr" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("fdr"))
    drawn, left_out = _strongest(frame, min(_MOST_CELLS, _ALL_CELLS // figures))
    conditions = sorted(
        drawn["condition"].unique().to_list(), key=lambda text: (len(agents_of(text)), text.lower())
    )
    known = {name: place for place, name in enumerate(order or [])}
    readouts = sorted(
        drawn["readout"].unique().to_list(), key=lambda text: (known.get(text, len(known)), text.lower())
    )
    # Tiles shrink until the map with its labels fits the page.
    labels = 6.2 * max(len(text) for text in conditions)
    step = max(_NARROWEST, min(_WIDEST, int((_ROOM - min(330, labels)) / len(readouts))))
    bound = float(drawn["size"].quantile(0.98, "linear") or 0.0) or 1.0
    tiles = rows_for_chart(
        drawn.select("condition", "readout", "value", "low", "high", "n", "fdr", "verdict")
    )
    verdicts = [name for name in (CLEAR, UNCLEAR, UNTESTED) if name in set(tiles["verdict"])]
    chart = (
        alt.Chart(tiles, view=alt.ViewBackground(style="empty"), width={"step": step}, height={"step": step})
        .mark_point(filled=True, size=(step - 2) ** 2)
        .encode(
            x=alt.X(
                "readout:N",
                sort=readouts,
                title=None,
                axis=alt.Axis(
                    orient="top",
                    labelAngle=-50,
                    labelAlign="left",
                    labelBaseline="bottom",
                    ticks=False,
                    domain=False,
                    labelLimit=260,
                    labelPadding=4,
                ),
            ),
            y=alt.Y(
                "condition:N",
                sort=conditions,
                title=None,
                axis=alt.Axis(ticks=False, domain=False, labelPadding=6),
            ),
            color=alt.Color(
                "value:Q",
                title=scale_words(scale),
                scale=alt.Scale(
                    domain=[neutral - bound, neutral + bound],
                    range="diverging",
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(orient="right", gradientLength=130, offset=24),
            ),
            shape=alt.Shape(
                "verdict:N",
                title=None,
                scale=alt.Scale(domain=verdicts, range=[_TILES[name] for name in verdicts]),
                legend=alt.Legend(
                    orient="right", offset=24, symbolFillColor=GREY, symbolStrokeWidth=0, symbolSize=230
                ),
            ),
            tooltip=[
                alt.Tooltip("condition:N", title="condition"),
                alt.Tooltip("readout:N", title="readout"),
                alt.Tooltip("value:Q", title="effect", format="+.2f"),
                alt.Tooltip("low:Q", title="90 % from", format="+.2f"),
                alt.Tooltip("high:Q", title="to", format="+.2f"),
                alt.Tooltip("n:Q", title="replicates"),
                alt.Tooltip("fdr:Q", title="false discovery rate", format=".3g"),
                alt.Tooltip("verdict:N", title="verdict"),
            ],
        )
    )
    made = "Predicted effects" if predicted else "Effects"
    return Figure(
        key=key,
        title=title or f"{made} in {sample}, {scale_words(scale)}",
        caption=_caption(drawn, scale, left_out, predicted),
        description=f"{made} of {len(conditions)} conditions on {len(readouts)} readouts in {sample}.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            f"One row is the effect of one condition on one readout in {sample}; the strongest first.",
            COLUMNS,
            frame.sort("size", descending=True),
            most=200 if figures < 5 else 80,
            most_bytes=min(300_000, _ALL_BYTES // figures),
        ),
        simulated=simulated,
    )


def _strongest(frame: pl.DataFrame, most_cells: int) -> tuple[pl.DataFrame, list[str]]:
    """The conditions and readouts that moved most, as many as stay legible; what was left out."""
    kept, left_out = frame, []
    for name, most in (("condition", _MOST_CONDITIONS), ("readout", _MOST_READOUTS)):
        if name == "readout":
            most = max(1, min(most, most_cells // max(1, kept["condition"].n_unique())))
        ranked = kept.group_by(name).agg(pl.col("size").max()).sort("size", name, descending=[True, False])
        if ranked.height > most:
            left_out.append(wording.plural(ranked.height - most, name))
            kept = kept.filter(pl.col(name).is_in(ranked[name].head(most).implode()))
    return kept, left_out


def _caption(frame: pl.DataFrame, scale: str, left_out: list[str], predicted: bool) -> str:
    words = [
        f"Colour: {'predicted ' if predicted else ''}effect against the untreated control "
        f"({SCALE_MEANING.get(scale, scale)}); blue is down, orange is up, the same in all readouts. "
    ]
    if predicted:
        words.append("Large tile: the 90 % interval leaves out 'no effect'; small tile: it does not. ")
    else:
        words.append(
            f"Large tile: clear effect (false discovery rate below {wording.percent(CLEAR_FDR)}, "
            "Benjamini–Hochberg); small tile: not told from no effect; no tile: not measured. "
        )
        if (frame["verdict"] == UNTESTED).any():
            words.append("Circle: one replicate, so it could not be tested. ")
        words.append(
            f"{wording.replicates(frame['n'])} independent replicates a tile; "
            f"{wording.plural(frame.height, 'tile')}. "
        )
    if left_out:
        words.append(
            f"{wording.listing(left_out)} with smaller effects are left out here and listed in the table."
        )
    return "".join(words).strip()
