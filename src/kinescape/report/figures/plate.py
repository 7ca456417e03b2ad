"""Plates as pictures: the wells of one as a heat map, and the quality of all."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from kinescape.assays.viability.reading.dose_unit import dose_text
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

_MOST_PLATES = 3000
FEWEST_FOR_OVERVIEW = 5
"""Fewer plates are told in sentences and not drawn as points."""
_MARKS = {"control": "U", "blank": "B", "positive": "P", "unused": "–"}
_MARGIN = 0.1
COLUMNS = (
    Column("plate", "Plate"),
    Column("sample", "Sample"),
    Column("controls", "Untreated wells", "count"),
    Column("blanks", "Blanks", "count"),
    Column("control_cv", "Variation of untreated wells", "percent"),
    Column("z_prime", "Z′ (SD)", "number"),
    Column("z_prime_robust", "Z′ (MAD)", "number"),
    Column("signal_window", "Signal window", "number"),
    Column("edge_effect", "Edge effect", "percent"),
    Column("drift", "Drift across", "percent"),
    Column("verdict", "Verdict"),
)
"""Columns of the table of plates."""


def plate_overview(quality: pl.DataFrame, *, key: str = "plates") -> Figure | None:
    """Z′ of every plate by both measures, worst first in the table.

    Parameters
    ----------
    quality : polars.DataFrame
        From `kinescape.assays.viability.reading.plate_quality.plate_quality`.
    key : str
        Unique in the page.
    """
    judged = quality.filter(pl.col("z_prime").is_finite() & pl.col("z_prime_robust").is_finite())
    if judged.height < FEWEST_FOR_OVERVIEW:
        return None
    ordered = judged.sort("z_prime_robust")
    data = rows_for_chart(
        ordered.head(_MOST_PLATES).select(
            "plate", "sample", "z_prime", "z_prime_robust", "verdict", "control_cv"
        )
    ).with_columns(pl.col("z_prime", "z_prime_robust").clip(-1.0, 1.0))
    points = (
        alt.Chart(data, width=420, height=320)
        .mark_point(filled=True, size=26, opacity=0.7)
        .encode(
            x=alt.X("z_prime:Q", title="Z′ by standard deviation").scale(zero=False, nice=True),
            y=alt.Y("z_prime_robust:Q", title="Z′ by median deviation").scale(zero=False, nice=True),
            color=alt.Color(
                "verdict:N",
                title=None,
                scale=alt.Scale(
                    domain=["excellent", "usable", "marginal", "no window"],
                    range=[BLUE, GREY, "#e0a458", ORANGE],
                ),
            ).legend(orient="top"),
            tooltip=[
                alt.Tooltip("plate:N"),
                alt.Tooltip("sample:N"),
                alt.Tooltip("z_prime:Q", format=".2f"),
                alt.Tooltip("z_prime_robust:Q", format=".2f"),
                alt.Tooltip("control_cv:Q", title="variation of untreated wells", format=".1%"),
            ],
        )
    )
    good = judged.filter(pl.col("z_prime_robust") >= 0.5).height
    return Figure(
        key=key,
        title=f"{wording.count(good)} of {wording.plural(judged.height, 'plate')} have a Z′ of at least 0.5",
        caption=(
            "Z′ is the room between untreated wells and blanks after three standard deviations of each are taken "
            "off, as a share of their distance: above 0.5 excellent, below 0 there is none. A plate far below the "
            "others by standard deviation only has a few outlying wells. Values below −1 are drawn at −1."
        ),
        description=f"Quality of {judged.height} plates.",
        chart=points,
        table=DataTable(f"{key}-data", "One row is one plate, the worst first.", COLUMNS, ordered, most=25),
    )


def plate_map(wells: pl.DataFrame, plate: str, *, key: str = "plate") -> Figure | None:
    """One plate as it lies on the bench, each well by its signal.

    Parameters
    ----------
    wells : polars.DataFrame
        Columns of `kinescape.assays.viability.reading.wells.WELL_SCHEMA`.
    plate : str
        Which.
    key : str
        Unique in the page.
    """
    mine = wells.filter((pl.col("plate") == plate) & pl.col("well_row").is_not_null())
    if mine.is_empty():
        return None
    letters = [chr(65 + i) if i < 26 else "A" + chr(39 + i) for i in range(32)]
    drawn = mine.with_columns(
        row=pl.Series([letters[(row or 1) - 1] for row in mine["well_row"].to_list()], dtype=pl.String),
        treatment=pl.Series(
            [
                f"{agent} {dose_text(dose, unit)}" if role == "treated" and agent and dose else role
                for role, agent, dose, unit in mine.select("role", "agent", "dose", "dose_unit").iter_rows()
            ],
            dtype=pl.String,
        ),
    )
    marked = drawn.with_columns(
        mark=pl.col("role").replace_strict(_MARKS, default="", return_dtype=pl.String),
        light=pl.col("value") > (pl.col("value").min() + pl.col("value").max()) / 2,
    )
    data = rows_for_chart(marked.select("row", "well_column", "value", "role", "treatment", "mark", "light"))
    rows = [letter for letter in letters if letter in set(drawn["row"].to_list())]
    wide = int(drawn["well_column"].cast(pl.Int64).max() or 1) > 24  # type: ignore[arg-type]
    place = {
        "x": alt.X("well_column:O", title=None, axis=alt.Axis(orient="top", labelAngle=0)),
        "y": alt.Y("row:O", title=None, sort=rows),
    }
    base = alt.Chart(data, width={"step": 15 if wide else 24}, height={"step": 15 if len(rows) > 16 else 24})
    wells_drawn = base.mark_rect(stroke="white", strokeWidth=0.5).encode(
        **place,
        color=alt.Color("value:Q", title="signal", scale=alt.Scale(scheme="viridis")),
        tooltip=[
            alt.Tooltip("row:N"),
            alt.Tooltip("well_column:O", title="column"),
            alt.Tooltip("treatment:N"),
            alt.Tooltip("value:Q", title="signal", format=",.4g"),
        ],
    )
    marks = base.mark_text(fontSize=9 if len(rows) > 16 else 11).encode(
        **place,
        text="mark:N",
        color=alt.condition("datum.light", alt.value("#222222"), alt.value("white")),
    )
    return Figure(
        key=key,
        title=plate_name(plate),
        caption=(
            f"Signal of each of {wording.count(drawn.height)} wells where it lies: U untreated, B blank, P positive "
            "control, – not used, the others treated. A gradient from one side to "
            "the other, or a frame of other colour, comes from the plate and not from the drugs."
        ),
        description=f"Heat map of plate {plate}.",
        chart=wells_drawn + marks,
        table=DataTable(
            f"{key}-data",
            "One row is one well.",
            (
                Column("row", "Row"),
                Column("well_column", "Column", "plain"),
                Column("treatment", "Holds"),
                Column("value", "Signal", "number"),
            ),
            drawn,
            most=24,
        ),
    )


def plate_name(plate: str) -> str:
    """A plate's name with the word before it, where the name does not say it.

    Examples
    --------
    >>> plate_name("17"), plate_name("plate1")
    ('Plate 17', 'plate1')
    """
    return plate if "plate" in plate.lower() else f"Plate {plate}"


def plate_sentence(row: dict[str, Any]) -> str:
    """What a plate's figures say, in a sentence.

    Parameters
    ----------
    row : dict
        A row of the table of plate quality.
    """
    parts = [f"{row['controls']} untreated wells vary by {wording.percent(row['control_cv'])}"]
    if row["z_prime_robust"] is not None:
        parts.insert(
            0,
            f"Z′ {wording.number(row['z_prime'], places=2)} by standard deviation and "
            f"{wording.number(row['z_prime_robust'], places=2)} by median deviation",
        )
    if row["signal_window"] is not None:
        parts.append(
            f"the signal window is {wording.number(row['signal_window'])} standard deviations of them"
        )
    for name, what, over, under in (
        ("edge_effect", "untreated wells at the edge", "above the inside", "below the inside"),
        ("drift", "the last column", "above the first", "below the first"),
    ):
        value = row[name]
        if value is not None and abs(value) > 0.005:
            alarm = ", which is much" if abs(value) > _MARGIN else ""
            side = over if value > 0 else under
            parts.append(
                f"{what} lie{'s' if name == 'drift' else ''} {wording.percent(abs(value))} {side}{alarm}"
            )
    name = plate_name(row["plate"])
    return f"{name[:1].upper()}{name[1:]}: {row['verdict']}. " + wording.sentence("; ".join(parts))
