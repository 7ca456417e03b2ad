"""A whole screen at once: how strong each combination's synergy is, and how sure."""

from __future__ import annotations

import math

import altair as alt
import polars as pl

from kinescape.assays.viability.combination_scoring.synergy_results import SCORE_NAMES, SCORES
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.labels import placed_labels
from kinescape.report.figures.synergy_map import score_choice
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

_WIDTH, _HEIGHT = 680, 400
_LABELS = 10
_CLEAR_FDR, _CLEAR_RATIO = 0.05, 3.0
_SMALLEST_P = 1e-12
SYNERGY, ANTAGONISM, UNCLEAR = "synergy", "antagonism", "not told from none"


def screen_volcano(scores: pl.DataFrame, *, key: str = "volcano") -> Figure | None:
    """Score against its certainty, one dot a matrix.

    Parameters
    ----------
    scores : polars.DataFrame
        `SynergyResults.scores`.
    key : str
        Unique in the page.

    Returns
    -------
    Figure or None
        None where no matrix has a score with an error.
    """
    tested = "bliss_p" in scores.columns and bool(scores["bliss_p"].is_not_null().any())
    data = _long(scores, tested)
    if data.is_empty():
        return None
    names = data["score"].unique(maintain_order=True).to_list()
    chosen = score_choice(f"score_{key}", names)
    reach = float(data["value"].abs().max() or 1.0) * 1.08  # type: ignore[arg-type]
    top = float(data["certainty"].max() or 1.0) * 1.08  # type: ignore[arg-type]
    x_scale, y_scale = alt.Scale(domain=[-reach, reach], nice=False), alt.Scale(domain=[0, top], nice=False)
    title = "−log₁₀ p (independent replicates)" if tested else "score over its error (no replicates: no test)"
    x = alt.X("value:Q", title="mean excess (percentage points of inhibition)", scale=x_scale)
    y = alt.Y("certainty:Q", title=title, scale=y_scale)
    kinds = [SYNERGY, ANTAGONISM, UNCLEAR]
    base = alt.Chart(rows_for_chart(data), width=_WIDTH, height=_HEIGHT).transform_filter(
        alt.datum["score"] == chosen
    )
    dots = base.mark_point(filled=True, size=48, opacity=0.75).encode(
        x=x,
        y=y,
        color=alt.Color(
            "verdict:N", title=None, scale=alt.Scale(domain=kinds, range=[ORANGE, BLUE, GREY])
        ).legend(orient="top"),
        tooltip=[
            alt.Tooltip("drugs:N", title="drugs"),
            alt.Tooltip("sample:N", title="sample"),
            alt.Tooltip("block:N", title="block"),
            alt.Tooltip("value:Q", title="excess", format="+.1f"),
            alt.Tooltip("error:Q", title="standard error", format=".1f"),
            alt.Tooltip("fdr:Q", title="false discovery rate", format=".3g"),
        ],
    )
    layers = [base.mark_rule(style="neutral").encode(x=alt.X(datum=0)), dots]
    labels = _labels(data, reach, top)
    for align in ("left", "right"):
        part = labels.filter(pl.col("align") == align)
        if part.height:
            for down in part["down"].unique().to_list():
                layers.append(
                    alt.Chart(part.filter(pl.col("down") == down))
                    .transform_filter(alt.datum["score"] == chosen)
                    .mark_text(
                        align=align, dx=10 if align == "left" else -10, dy=down, style="label", fontSize=11
                    )
                    .encode(x=x, y=y, text="name:N")
                )
    rule = (
        f"false discovery rate below {100 * _CLEAR_FDR:.0f} % (Benjamini–Hochberg over the screen)"
        if tested
        else f"more than {_CLEAR_RATIO:.0f} standard errors from zero; without independent replicates "
        "this is no test, and says nothing of what a repeat would give"
    )
    return Figure(
        key=key,
        title="All combinations: how strong, and how sure",
        caption=f"One dot is one matrix. Coloured: {rule}. The box chooses the expectation.",
        description=f"{data.height // len(names)} matrices.",
        chart=alt.layer(*layers).add_params(chosen),
        table=DataTable(
            f"{key}-data",
            "One row is one matrix and score, the strongest synergy first.",
            (
                Column("block", "Block"),
                Column("drugs", "Drugs"),
                Column("sample", "Sample"),
                Column("score", "Score"),
                Column("value", "Excess (% points)", "signed"),
                Column("error", "Standard error", "number"),
                Column("fdr", "False discovery rate", "probability"),
                Column("verdict", "Verdict"),
            ),
            data.sort("value", descending=True),
            most=60,
        ),
    )


def _long(scores: pl.DataFrame, tested: bool) -> pl.DataFrame:
    parts = []
    for name in SCORES:
        if name not in scores.columns:
            continue
        p, fdr, value, error = (pl.col(f"{name}{end}") for end in ("_p", "_fdr", "", "_se"))
        certainty = -p.clip(lower_bound=_SMALLEST_P).log(10) if tested else (value / error).abs()
        sure = fdr < _CLEAR_FDR if tested else (value / error).abs() > _CLEAR_RATIO
        direction = pl.when(value > 0).then(pl.lit(SYNERGY)).otherwise(pl.lit(ANTAGONISM))
        parts.append(
            scores.filter(value.is_not_null() & (p if tested else error).is_not_null()).select(
                "block",
                "drugs",
                "sample",
                pl.lit(SCORE_NAMES[name]).alias("score"),
                value.alias("value"),
                error.alias("error"),
                fdr.alias("fdr"),
                certainty.alias("certainty"),
                pl.when(sure).then(direction).otherwise(pl.lit(UNCLEAR)).alias("verdict"),
            )
        )
    found = pl.concat(parts)
    return found.filter(pl.col("certainty").is_finite())


def _labels(data: pl.DataFrame, reach: float, top: float) -> pl.DataFrame:
    """Names of the clearest matrices of each score, where there is room."""
    made = []
    for score in data["score"].unique(maintain_order=True).to_list():
        part = data.filter(pl.col("score") == score)
        weight = (pl.col("value") / reach).pow(2) + (pl.col("certainty") / top).pow(2)
        part = part.sort((pl.col("verdict") != UNCLEAR).cast(pl.Float64) * weight, descending=True)
        several = part["sample"].n_unique() > 1
        names = [
            f"{drugs}, {sample}" if several and sample else drugs
            for drugs, sample in zip(part["drugs"].to_list(), part["sample"].to_list(), strict=True)
        ]
        names = [name if len(name) < 46 else name[:44] + "…" for name in names]
        x = [(value + reach) / (2 * reach) * _WIDTH for value in part["value"].to_list()]
        y = [_HEIGHT * (1 - value / top) for value in part["certainty"].to_list()]
        clear = int((part["verdict"] != UNCLEAR).sum())
        for label in placed_labels(x, y, names, width=_WIDTH, wanted=min(_LABELS, clear), line=_WIDTH / 2):
            row = part.row(label.place, named=True)
            made.append(
                (
                    score,
                    row["value"],
                    row["certainty"],
                    names[label.place],
                    label.align,
                    int(math.copysign(8, label.down)),
                )
            )
    schema = {
        "score": pl.String,
        "value": pl.Float64,
        "certainty": pl.Float64,
        "name": pl.String,
        "align": pl.String,
        "down": pl.Int64,
    }
    return pl.DataFrame(made, schema=schema, orient="row")
