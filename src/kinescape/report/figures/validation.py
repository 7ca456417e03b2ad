"""How far off predictions were on measurements that the model had not seen, beside plain baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from kinescape.model.members import MEMBERS
from kinescape.report import wording
from kinescape.report.figures.figure import Column, DataTable, Figure, rows_for_chart
from kinescape.report.figures.panels import panels
from kinescape.report.figures.theme import BLUE, GREY, ORANGE

FEWEST_UNITS = 4
"""With fewer held-out units an interval over them says nothing, and no verdict is given."""
MODEL, BASELINE, SHUFFLED = "model", "plain baseline", "shuffled network"


def plain_name(name: str) -> str:
    """A method or task as a reader sees it.

    Examples
    --------
    >>> plain_name("unseen_combination")
    'unseen combination'
    """
    return name.replace("_", " ").strip()


def what_of(dataset: str) -> str:
    """What a data set of a study holds: its signals, or the phenotype after the colon.

    Examples
    --------
    >>> what_of("my study"), what_of("my study: viability")
    ('signals', 'viability')
    """
    return dataset.rpartition(": ")[2] if ": " in dataset else "signals"


def role_of(method: str) -> str:
    """Whether a row of the validation table is a model, a plain baseline, or a model on a shuffled network.

    Examples
    --------
    >>> role_of("nearest_condition"), role_of("hierarchical"), role_of("network, shuffled")
    ('plain baseline', 'model', 'shuffled network')
    """
    if "shuffle" in method.lower():
        return SHUFFLED
    return BASELINE if method in {member.name for member in MEMBERS if member.baseline} else MODEL


@dataclass(frozen=True)
class Verdict:
    """The best model of one task against the best plain baseline on the same rows.

    Parameters
    ----------
    task, dataset, model, baseline : str
        What was compared.
    model_error, baseline_error : str
        Root mean square errors with intervals, as text.
    gain, gain_low, gain_high : float or None
        How much smaller the model's error is, as a fraction of the baseline's, over the same resampled units.
    state : {"better", "alike", "worse", "few"}
        Better or worse only where the interval of the gain leaves out 0; few where there are fewer than
        `FEWEST_UNITS` held-out units.
    n_units : int or None
        Held-out units.
    coverage : float or None
        Share of the model's 90 % intervals that held the measured value.
    shuffled : str or None
        Error of the best model on a shuffled network.
    """

    task: str
    dataset: str
    model: str
    model_error: str
    baseline: str
    baseline_error: str
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    state: str
    n_units: int | None
    coverage: float | None
    shuffled: str | None

    @property
    def sentence(self) -> str:
        """The comparison in words, with the interval of the gain."""
        plain = f"the best plain baseline ({self.baseline})"
        if self.gain is None:
            return f"{self.model} has an error of {self.model_error}, {plain} one of {self.baseline_error}"
        spread = f"{_percent(self.gain_low)} to {_percent(self.gain_high)}"
        amount = f"{_percent(abs(self.gain))} {'smaller' if self.gain >= 0 else 'larger'}"
        words = (
            f"the error of {self.model} is {amount} than that of {plain}; 90 % interval of the gain {spread}"
        )
        endings = {
            "alike": ", so the two are not told apart",
            "few": f", but over {wording.plural(self.n_units or 0, 'held-out unit')}, too few to judge",
        }
        return words + endings.get(self.state, "")


def verdicts(validation: pl.DataFrame, comparisons: pl.DataFrame) -> list[Verdict]:
    """One comparison for each task and data set that has a model and a baseline.

    Parameters
    ----------
    validation, comparisons : polars.DataFrame
        The validation table, and each model's error minus each baseline's on the same rows.
    """
    made: list[Verdict] = []
    if validation.is_empty():
        return made
    frame = with_roles(validation).filter(pl.col("rmse").is_finite())
    several = frame["dataset"].n_unique() > 1
    for (task, dataset), part in frame.group_by(["task", "dataset"], maintain_order=True):
        models = part.filter(pl.col("role") == MODEL).sort("rmse", "method")
        baselines = part.filter(pl.col("role") == BASELINE).sort("rmse", "method")
        shuffles = part.filter(pl.col("role") == SHUFFLED).sort("rmse", "method")
        if models.is_empty() or baselines.is_empty():
            continue
        best, plain = models.row(0, named=True), baselines.row(0, named=True)
        gain = _gain(comparisons, str(task), str(dataset), best["method"], plain)
        state = "alike"
        if (best["n_units"] or 0) < FEWEST_UNITS:
            state = "few"
        elif gain is not None:
            state = "better" if gain[1] > 0 else "worse" if gain[2] < 0 else "alike"
        made.append(
            Verdict(
                task=plain_name(str(task)) + (f" ({what_of(str(dataset))})" if several else ""),
                dataset=str(dataset),
                model=plain_name(best["method"]),
                model_error=_error(best),
                baseline=plain_name(plain["method"]),
                baseline_error=_error(plain),
                gain=None if gain is None else gain[0],
                gain_low=None if gain is None else gain[1],
                gain_high=None if gain is None else gain[2],
                state=state,
                n_units=best["n_units"],
                coverage=best["coverage90"],
                shuffled=None if shuffles.is_empty() else _error(shuffles.row(0, named=True)),
            )
        )
    return made


def with_roles(validation: pl.DataFrame) -> pl.DataFrame:
    """The validation table with `role`, and NaN as null."""
    return validation.with_columns(
        pl.col("method").map_elements(role_of, return_dtype=pl.String).alias("role"),
        pl.col("rmse", "rmse_low", "rmse_high", "pearson", "coverage90").cast(pl.Float64).fill_nan(None),
    )


def _gain(
    comparisons: pl.DataFrame, task: str, dataset: str, method: str, plain: dict[str, Any]
) -> tuple[float, float, float] | None:
    """How much smaller the model's error is, as a fraction of the baseline's, with its paired interval."""
    if comparisons.is_empty() or not plain["rmse"]:
        return None
    rows = comparisons.filter(
        (pl.col("task") == task)
        & (pl.col("dataset") == dataset)
        & (pl.col("method") == method)
        & (pl.col("baseline") == plain["method"])
        & pl.col("difference").is_finite()
        & pl.col("difference_low").is_finite()
        & pl.col("difference_high").is_finite()
    )
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    scale = float(plain["rmse"])
    return -row["difference"] / scale, -row["difference_high"] / scale, -row["difference_low"] / scale


def _error(row: dict[str, Any]) -> str:
    return wording.estimate(row["rmse"], row["rmse_low"], row["rmse_high"], digits=4)


def _percent(share: float | None) -> str:
    return wording.MISSING if share is None else f"{100 * share:.1f} %".replace("-", "−")


def validation_dots(validation: pl.DataFrame, *, key: str, simulated: bool = False) -> Figure | None:
    """Error of every method on every task, with its interval over held-out units.

    Parameters
    ----------
    validation : polars.DataFrame
        The validation table of the study.
    key : str
        Unique in the page.
    simulated : bool
        Say so on the figure.

    Returns
    -------
    Figure or None
        None where nothing could be held out.
    """
    frame = validation.filter(pl.col("rmse").is_finite()) if not validation.is_empty() else validation
    if frame.is_empty():
        return None
    several = frame["dataset"].n_unique() > 1
    what = pl.col("dataset").map_elements(what_of, return_dtype=pl.String)
    frame = with_roles(frame).with_columns(pl.col("task", "method").str.replace_all("_", " "))
    frame = frame.with_columns(
        (pl.format("{} ({})", "task", what) if several else pl.col("task")).alias("asked"),
    )
    data = rows_for_chart(
        frame.select(
            "asked", "method", "role", "rmse", "rmse_low", "rmse_high", "pearson", "coverage90", "n_units"
        )
    )
    roles = [role for role in (MODEL, BASELINE, SHUFFLED) if role in set(data["role"])]
    shuffled = "; triangle: the same model on a network with its edges shuffled" if SHUFFLED in roles else ""
    colours = {MODEL: BLUE, BASELINE: GREY, SHUFFLED: ORANGE}
    shapes = {MODEL: "circle", BASELINE: "square", SHUFFLED: "triangle-up"}
    colour = alt.Color(
        "role:N", title=None, scale=alt.Scale(domain=roles, range=[colours[role] for role in roles])
    ).legend(orient="top")
    shape = alt.Shape(
        "role:N", title=None, scale=alt.Scale(domain=roles, range=[shapes[role] for role in roles])
    )
    tip = [
        alt.Tooltip("asked:N", title="task"),
        alt.Tooltip("method:N"),
        alt.Tooltip("role:N"),
        alt.Tooltip("rmse:Q", title="error", format=".3f"),
        alt.Tooltip("rmse_low:Q", title="interval from", format=".3f"),
        alt.Tooltip("rmse_high:Q", title="to", format=".3f"),
        alt.Tooltip("pearson:Q", title="correlation", format=".2f"),
        alt.Tooltip("coverage90:Q", title="of 90 % intervals hold", format=".0%"),
    ]

    def panel(part: pl.DataFrame, y: alt.Y, *, last: bool) -> Any:
        base = alt.Chart(part, width=500, height={"step": 22})
        words = "root mean square error on what was held out; further left is better" if last else None
        x = alt.X("rmse:Q", title=words, axis=alt.Axis(tickCount=6)).scale(zero=False)
        return alt.layer(
            base.mark_rule(style="interval").encode(x="rmse_low:Q", x2="rmse_high:Q", y=y, color=colour),
            base.mark_point(size=75, filled=True).encode(x=x, y=y, color=colour, shape=shape, tooltip=tip),
        )

    chart = panels(data, "asked", "method", "rmse", panel)
    units = wording.listing(
        [
            f"{task} {amount}"
            for task, amount in frame.group_by("asked", maintain_order=True)
            .agg(pl.col("n_units").max())
            .rows()
        ]
    )
    return Figure(
        key=key,
        title="Error on measurements that were held out",
        caption=(
            "Each part of the data was hidden in turn, predicted from the rest, and compared with what was "
            "measured; error in the unit of the readouts. Circle: a model; square: a plain baseline that "
            f"knows no biology{shuffled}. Bar: interval over held-out units (n = {units})."
        ),
        description="Dots with intervals; models, baselines and shuffled networks for each task.",
        chart=chart,
        table=DataTable(
            f"{key}-data",
            "One row is one method on one task.",
            (
                Column("task", "Task"),
                Column("dataset", "Data set"),
                Column("method", "Method"),
                Column("role", "Kind"),
                Column("rmse", "Error (RMSE)", "number"),
                Column("rmse_low", "interval from", "number"),
                Column("rmse_high", "to", "number"),
                Column("pearson", "Correlation", "number"),
                Column("coverage90", "Of 90 % intervals hold", "percent"),
                Column("n_units", "Held-out units", "count"),
                Column("cpu_seconds", "CPU seconds", "number"),
            ),
            frame,
        ),
        simulated=simulated,
    )
