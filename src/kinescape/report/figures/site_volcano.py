"""Every phosphorylation site of a contrast: how far it moved and how sure that is; or by rank where nothing is."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import altair as alt
import polars as pl

from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.labels import placed_labels
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

CLEAR_FDR = 0.05
"""Sites below this false discovery rate are coloured."""
UP, DOWN, UNCLEAR, UNTESTED = "up", "down", "no clear change", "not tested"
_WIDTH, _HEIGHT = 680, 400
_DRAWN = 2500
_LISTED = 600
_LABELS = 16
_SMALLEST_P = 1e-30
_WORTH_A_NAME = 1.0

SITE_COLUMNS = (
    Column("site", "Site"),
    Column("gene", "Gene"),
    Column("log2_fold_change", "log₂ fold change", "signed"),
    Column("se", "Standard error", "number"),
    Column("p_value", "p", "probability"),
    Column("fdr", "False discovery rate", "probability"),
    Column("n_treated", "Replicates treated", "count"),
    Column("n_control", "Replicates control", "count"),
    Column("multiplicity", "Phosphates", "count"),
    Column("regulatory", "Known to regulate"),
    Column("status", "Status"),
    Column("window", "Sequence about it"),
)
"""Columns of a table of sites."""


def told_sites(effects: SiteEffects, regulatory: Collection[str] = ()) -> pl.DataFrame:
    """Sites with a fold change, with a verdict and whether they are known to regulate their protein.

    Parameters
    ----------
    effects : SiteEffects
        One contrast.
    regulatory : collection of str
        Sites (`MAPK1_T185`) that are known to switch their own protein on or off.
    """
    change = pl.col("log2_fold_change")
    direction = pl.when(change >= 0).then(pl.lit(UP)).otherwise(pl.lit(DOWN))
    return (
        effects.sites.filter(change.is_finite())
        .with_columns(
            pl.when(pl.col("fdr").is_null())
            .then(pl.lit(UNTESTED))
            .when(pl.col("fdr") < CLEAR_FDR)
            .then(direction)
            .otherwise(pl.lit(UNCLEAR))
            .alias("verdict"),
            pl.when(pl.col("site").is_in(list(regulatory)))
            .then(pl.lit("yes"))
            .otherwise(pl.lit(""))
            .alias("regulatory"),
        )
        .sort("p_value", change.abs(), descending=[False, True], nulls_last=True)
    )


def site_volcano(effects: SiteEffects, *, key: str, regulatory: Collection[str] = ()) -> Figure | None:
    """Fold change against certainty, one dot a site; fold change against rank where no site could be tested.

    Parameters
    ----------
    effects : SiteEffects
        One contrast.
    key : str
        Unique in the page.
    regulatory : collection of str
        Sites that are known to regulate their protein: they are named first.

    Returns
    -------
    Figure or None
        None where no site has a fold change.
    """
    sites = told_sites(effects, regulatory)
    if sites.is_empty():
        return None
    tested = sites.filter(pl.col("p_value").is_not_null())
    if tested.is_empty():
        return _untested(effects, sites, key)
    data = tested.with_columns(
        (-pl.col("p_value").clip(lower_bound=_SMALLEST_P).log(10)).alias("certainty"),
        pl.col("log2_fold_change").alias("x"),
    ).with_columns(pl.col("certainty").alias("y"))
    drawn, left_out = _thinned(data)
    reach = _reach(data["x"])
    top = float(data["y"].max() or 1.0) * 1.06  # type: ignore[arg-type]
    x = alt.X("x:Q", title="log2 fold change", scale=alt.Scale(domain=[-reach, reach], nice=False)).axis(
        tickCount=9
    )
    y = alt.Y("y:Q", title="−log10 p (moderated t)", scale=alt.Scale(domain=[0, top], nice=False))
    chart = _cloud(drawn, x, y, across=(-reach, reach), down=(0.0, top))
    up, down = (tested.filter(pl.col("verdict") == name).height for name in (UP, DOWN))
    missing = sites.height - tested.height
    caption = (
        f"One dot is one of {wording.count(tested.height)} sites tested. Coloured: false discovery rate below "
        f"{wording.percent(CLEAR_FDR)} ({wording.count(up)} up, {wording.count(down)} down). Rings and first names: "
        "sites known to regulate their own protein."
        + (
            f" {wording.plural(missing, 'site')} with a fold change could not be tested and are not drawn."
            if missing
            else ""
        )
        + _thin_words(left_out)
    )
    return Figure(
        key=key,
        title=f"Sites: {effects.name}",
        caption=caption,
        description=f"{tested.height} sites tested, {up} clearly up and {down} clearly down.",
        chart=chart,
        table=site_table(drawn, f"{key}-data"),
    )


def _untested(effects: SiteEffects, sites: pl.DataFrame, key: str) -> Figure:
    """Without replicates: every site against its mean intensity where the file has it, else by rank."""
    measured = (
        "mean_log2_intensity" in sites.columns and sites["mean_log2_intensity"].drop_nulls().n_unique() > 1
    )
    if measured:
        data = sites.filter(pl.col("mean_log2_intensity").is_finite()).with_columns(
            pl.col("mean_log2_intensity").alias("x"), pl.col("log2_fold_change").alias("y")
        )
        low, high = float(data["x"].min()), float(data["x"].max())  # type: ignore[arg-type]
        domain, axis, order = (
            [low - 0.3, high + 0.3],
            "mean log2 intensity of the site",
            "against their intensity",
        )
        reading = "against its mean intensity: weak signals, on the left, scatter more."
    else:
        ordered = sites.sort("log2_fold_change").with_row_index("place", offset=1)
        data = ordered.with_columns(
            pl.col("place").cast(pl.Float64).alias("x"), pl.col("log2_fold_change").alias("y")
        )
        domain, axis, order = [0.0, data.height + 1.0], "rank of the fold change", "by rank"
        reading = "in the order of their fold changes."
    # The ends matter: what moved most is drawn whole, the middle is thinned.
    drawn, left_out = _thinned(data.sort(pl.col("y").abs(), descending=True))
    bound = _reach(data["y"])
    x = alt.X("x:Q", title=axis, scale=alt.Scale(domain=domain, nice=False))
    y = alt.Y("y:Q", title="log2 fold change", scale=alt.Scale(domain=[-bound, bound], nice=False))
    return Figure(
        key=key,
        title=f"Sites {order}, not tested: {effects.name}",
        caption=(
            f"One dot is one of {wording.count(data.height)} sites, {reading} No site has replicates in both groups "
            "(or the file gives no p-value), so nothing could be tested: this is no volcano, and a large change here "
            "may be noise. Rings and first names: sites known to regulate their own protein."
            + _thin_words(left_out)
        ),
        description=f"{data.height} sites with their fold changes; none was tested.",
        chart=_cloud(drawn, x, y, across=(domain[0], domain[1]), down=(-bound, bound)),
        table=site_table(
            drawn.sort(pl.col("log2_fold_change").abs(), descending=True).drop("p_value", "fdr"),
            f"{key}-data",
        ),
    )


def site_table(drawn: pl.DataFrame, key: str, *, most: int = 30) -> DataTable:
    """The sites of a figure as a table, the surest first; every site of a file is in the tables that are written."""
    listed = drawn.head(_LISTED)
    which = "every site drawn" if listed.height == drawn.height else f"the first {_LISTED} of those drawn"
    return DataTable(
        key,
        f"One row is one site (and number of phosphates): {which}. All sites: --sites, or the tables of a study.",
        SITE_COLUMNS,
        listed,
        most=most,
    )


def _cloud(
    drawn: pl.DataFrame, x: alt.X, y: alt.Y, *, across: tuple[float, float], down: tuple[float, float]
) -> Any:
    """The dots, rings about known regulatory sites, and names; the ends of both axes are given."""
    kinds = [name for name in (UP, DOWN, UNCLEAR, UNTESTED) if name in set(drawn["verdict"])]
    colours = {UP: ORANGE, DOWN: BLUE, UNCLEAR: GREY, UNTESTED: GREY}
    columns = ["site", "x", "y", "log2_fold_change", "p_value", "fdr", "verdict", "regulatory"]
    rows = rows_for_chart(drawn.select(columns))
    tooltip = [
        alt.Tooltip("site:N", title="site"),
        alt.Tooltip("log2_fold_change:Q", title="log₂ fold change", format="+.2f"),
        alt.Tooltip("p_value:Q", title="p", format=".2g"),
        alt.Tooltip("fdr:Q", title="false discovery rate", format=".2g"),
        alt.Tooltip("regulatory:N", title="known to regulate"),
    ]
    base = alt.Chart(rows, width=_WIDTH, height=_HEIGHT)
    colour = alt.Color(
        "verdict:N", title=None, scale=alt.Scale(domain=kinds, range=[colours[name] for name in kinds])
    ).legend(orient="top")
    dots = base.mark_point(filled=True, size=26).encode(
        x=x,
        y=y,
        color=colour,
        opacity=alt.condition(
            f"datum.verdict == '{UP}' || datum.verdict == '{DOWN}'", alt.value(0.85), alt.value(0.4)
        ),
        tooltip=tooltip,
    )
    volcano = down[0] == 0
    zero = base.mark_rule(style="neutral").encode(
        **({"x": alt.X(datum=0)} if volcano else {"y": alt.Y(datum=0)})
    )
    rings = (
        base.transform_filter("datum.regulatory == 'yes'")
        .mark_point(filled=False, size=70, strokeWidth=1.3, style="ink")
        .encode(x=x, y=y, tooltip=tooltip)
    )
    layers = [zero, dots, rings]
    labels = _labels(drawn, across, down)
    for align, below in sorted({(row["align"], row["below"]) for row in labels.iter_rows(named=True)}):
        part = labels.filter((pl.col("align") == align) & (pl.col("below") == below))
        layers.append(
            alt.Chart(part)
            .mark_text(align=align, dx=7 if align == "left" else -7, dy=below, style="label", fontSize=11)
            .encode(x=x, y=y, text="site:N")
        )
    return alt.layer(*layers)


def _labels(drawn: pl.DataFrame, across: tuple[float, float], down: tuple[float, float]) -> pl.DataFrame:
    """Names of known regulatory sites that moved, then of what stands out most, where there is room."""
    named = [UP, DOWN, UNTESTED]
    if drawn.filter(pl.col("verdict").is_in(named)).is_empty():
        named = [UNCLEAR]
    moved = pl.col("verdict").is_in(named)
    far = (pl.col("log2_fold_change") / drawn["log2_fold_change"].abs().max()).pow(2)
    if down[0] == 0:
        far = far + (pl.col("y") / down[1]).pow(2)
    far_enough = moved & (pl.col("log2_fold_change").abs() >= _WORTH_A_NAME)
    known = drawn.filter(far_enough & (pl.col("regulatory") == "yes")).sort(far, descending=True)
    outstanding = drawn.filter(moved).sort(far, descending=True).head(3 * _LABELS)
    chosen = pl.concat([known.head(_LABELS // 2), outstanding]).unique(
        "site", keep="first", maintain_order=True
    )
    rest = drawn.join(chosen.select("site"), on="site", how="anti")
    # Only coloured dots must stay visible; the grey cloud may lie under a name.
    shown = pl.concat([chosen, rest.filter(pl.col("verdict").is_in([UP, DOWN])).head(400)])
    right = [(value - across[0]) / (across[1] - across[0]) * _WIDTH for value in shown["x"].to_list()]
    below = [_HEIGHT * (down[1] - value) / (down[1] - down[0]) for value in shown["y"].to_list()]
    names = [name if len(name) < 24 else name[:22] + "…" for name in shown["site"].to_list()]
    rows = []
    for label in placed_labels(right, below, names, width=_WIDTH, wanted=min(chosen.height, 2 * _LABELS))[
        :_LABELS
    ]:
        row = shown.row(label.place, named=True)
        rows.append((names[label.place], row["x"], row["y"], label.align, int(math.copysign(7, label.down))))
    schema = {"site": pl.String, "x": pl.Float64, "y": pl.Float64, "align": pl.String, "below": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _thinned(data: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The first rows whole and every so manieth of the rest; how many were left out."""
    if data.height <= _DRAWN:
        return data, 0
    half = _DRAWN // 2
    rest = data[half:]
    step = math.ceil(rest.height / half)
    drawn = pl.concat([data[:half], rest.gather_every(step)])
    return drawn, data.height - drawn.height


def _thin_words(left_out: int) -> str:
    if not left_out:
        return ""
    return f" {wording.count(left_out)} dots of the middle are not drawn, to keep the file small."


def _reach(values: pl.Series) -> float:
    return float(values.abs().max() or 1.0) * 1.08  # type: ignore[arg-type]
