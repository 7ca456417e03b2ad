"""Dose series: what every dose-response reader makes and `fit_curves` takes, one row a well or mean of wells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kinescape.assays.viability.curve_fitting.curve_problem import Array
from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.units import Quantity
from kinescape.measurements.conditions import Condition
from kinescape.measurements.replicates import combine_replicates
from kinescape.measurements.table import Measurements

SERIES_SCHEMA: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "agent": pl.String(),
    "time_h": pl.Float64(),
    "dose": pl.Float64(),
    "dose_unit": pl.String(),
    "response": pl.Float64(),
    "replicate": pl.String(),
    "weight": pl.Float64(),
}
"""Columns: `response` is a fraction of the control (or a growth-rate value), `replicate` names what is
independent (null: unknown), `weight` counts in the fit (1 / variance); zero dose is the control. `dose` is in
`dose_unit`, one of `kinescape.assays.viability.reading.dose_unit.BASE_UNITS`."""

CURVE = ("sample", "agent", "time_h", "dose_unit")
"""Columns that together name a curve."""
_LISTED = 20


@dataclass(frozen=True)
class DoseSeries:
    """Dose series ready to be fitted.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of `SERIES_SCHEMA`.
    response : {"fraction_of_control", "growth_rate"}
        What the responses are.
    stated : str
        How the file was read, to be told back to the user.
    notes : tuple of Fault
        Warnings and notes from reading.
    file : str
        Where it came from.
    plates : polars.DataFrame or None
        Plate quality, where the file has plates (`kinescape.assays.viability.reading.plate_quality`).
    worst_plate : polars.DataFrame or None
        Wells of the plate with the lowest robust Z′, to be looked at.
    measured : Measurements or None
        All effects of the file, where it holds more than dose series: combinations of a time course, say.
    """

    frame: pl.DataFrame
    response: str
    stated: str
    notes: tuple[Fault, ...]
    file: str
    plates: pl.DataFrame | None = None
    worst_plate: pl.DataFrame | None = None
    measured: Measurements | None = None

    def to_measurements(self, *, assay: str = "viability", node: str = "viability") -> Measurements:
        """The treated doses as effects, with errors over independent replicates.

        Fractions below zero count as zero and carry the flag `low_signal`.

        Parameters
        ----------
        assay, node : str
            Columns of the table.

        Raises
        ------
        InputError
            Where a name cannot stand in a condition.
        """
        if self.measured is not None:
            return self.measured
        treated = self.frame.filter((pl.col("dose") > 0) & pl.col("response").is_finite())
        pairs = treated.select("agent", "dose", "dose_unit").unique()
        faults = Faults()
        texts = [_condition(agent, dose, unit, self.file, faults) for agent, dose, unit in pairs.iter_rows()]
        faults.raise_if_errors()
        readings = treated.join(
            pairs.with_columns(condition=pl.Series(texts, dtype=pl.String)), on=pairs.columns
        )
        fraction = self.response == "fraction_of_control"
        labelled = readings.select(
            "sample",
            pl.lit("all").alias("population"),
            "condition",
            "time_h",
            pl.lit(node).alias("node"),
            pl.lit(node).alias("readout"),
            # Wells below zero, as background subtraction leaves them, are no cells at all.
            (pl.col("response").clip(lower_bound=0.0) if fraction else pl.col("response")).alias("value"),
            pl.when(pl.lit(fraction) & (pl.col("response") < 0))
            .then(pl.lit(["low_signal"]))
            .otherwise(pl.lit([], pl.List(pl.String)))
            .alias("flags"),
            pl.lit(self.response).alias("scale"),
            pl.lit(assay).alias("assay"),
            pl.col("replicate").fill_null("one"),
        )
        return Measurements.from_frame(combine_replicates(labelled), file=self.file)


def _condition(agent: str, dose: float, unit: str, file: str, faults: Faults) -> str:
    try:
        condition = Condition.parse(f"{agent} {Quantity(dose, unit).text}")
        if condition.agents != (agent,):
            raise ValueError(f"it reads as {' and '.join(condition.agents) or 'no agent'}")
        return condition.text
    except ValueError as error:
        if len(faults) < _LISTED:
            faults.add(
                "agent-name", f"'{agent}' is no name of one agent: {error}", file=file, mend="rename it"
            )
        return ""


@dataclass(frozen=True)
class PaddedSeries:
    """Dose series as padded arrays, one row a curve.

    Parameters
    ----------
    curves : polars.DataFrame
        Names of the curves.
    dose, response, weight : (n_curves, n_points) array
        Dose in the unit of its curve; response, NaN where padded; weight, zero where padded.
    filled : (n_curves, n_points) bool array
        Where there is a point at all.
    """

    curves: pl.DataFrame
    dose: Array
    response: Array
    weight: Array
    filled: np.ndarray


def as_matrix(frame: pl.DataFrame) -> PaddedSeries:
    """Arrays of dose series, curves and doses sorted."""
    finite = pl.col("response").is_finite() & pl.col("response").is_not_null()
    sorted_ = (
        frame.with_columns(pl.when(finite).then(pl.col("response")).alias("response"))
        .sort([*CURVE, "dose"], nulls_last=True, maintain_order=True)
        .with_columns(curve=pl.struct(CURVE).rank("dense").cast(pl.Int64) - 1)
    )
    curves = sorted_.select([*CURVE, "curve"]).unique(maintain_order=True).sort("curve")
    row = sorted_["curve"].to_numpy()
    # Curves are sorted, so that a point's place is its distance from the first point of its curve.
    first = np.r_[0, np.flatnonzero(np.diff(row)) + 1] if len(row) else np.empty(0, dtype=int)
    counts = np.diff(np.r_[first, len(row)])
    place = np.arange(len(row)) - np.repeat(first, counts)
    shape = (len(counts), int(counts.max()) if len(counts) else 0)
    dose, response = np.zeros(shape), np.full(shape, np.nan)
    weight, filled = np.zeros(shape), np.zeros(shape, dtype=bool)
    dose[row, place] = sorted_["dose"].to_numpy()
    response[row, place] = sorted_["response"].to_numpy()
    weight[row, place] = sorted_["weight"].fill_null(1.0).to_numpy()
    filled[row, place] = True
    weight = np.where(np.isfinite(response), weight, 0.0)
    return PaddedSeries(curves.drop("curve"), dose, response, weight, filled)


@dataclass(frozen=True)
class CollapsedDoses:
    """Repeated wells of one dose as their weighted mean: the same least-squares curve from fewer points.

    Parameters
    ----------
    matrix : PaddedSeries
        One point a dose; weights are summed.
    pure_error : (n_curves,) array
        Weighted sum of squares within the doses, which no curve can explain.
    points : (n_curves,) int array
        Wells behind each curve.
    """

    matrix: PaddedSeries
    pure_error: Array
    points: np.ndarray


def collapse_doses(frame: pl.DataFrame) -> CollapsedDoses:
    """Collapse repeated doses of every curve; wells without a value count for nothing."""
    weight = pl.col("weight").fill_null(1.0)
    used = pl.col("response").is_finite() & (weight > 0)
    # Doses that differ by rounding alone (10 uM and 9.999999999999994 uM) are one dose.
    dose = pl.col("dose").round_sig_figs(9)
    kept = frame.with_columns(
        weight=pl.when(used.fill_null(False)).then(weight).otherwise(0.0),
        response=pl.when(used.fill_null(False)).then(pl.col("response")).otherwise(0.0),
        dose=dose,
    )
    w, y = pl.col("weight"), pl.col("response")
    total = w.sum()
    mean = (w * y).sum() / total
    one = kept.group_by([*CURVE, "dose"], maintain_order=True).agg(
        mean.alias("response"),
        total.alias("weight"),
        (w * (y - mean) ** 2).sum().alias("within"),
        (w > 0).sum().alias("wells"),
    )
    totals = one.group_by(CURVE, maintain_order=True).agg(
        pl.when(pl.col("within").is_finite()).then(pl.col("within")).sum().alias("within"),
        pl.col("wells").sum(),
    )
    matrix = as_matrix(one.with_columns(replicate=pl.lit(None, pl.String)))
    joined = matrix.curves.join(totals, on=list(CURVE), how="left", nulls_equal=True, maintain_order="left")
    return CollapsedDoses(matrix, joined["within"].fill_null(0.0).to_numpy(), joined["wells"].to_numpy())


@dataclass(frozen=True)
class ReplicateDoses:
    """Sums over the wells of each replicate at each dose, one row a curve, dose and replicate.

    Parameters
    ----------
    curve, place, replicate : (n,) int array
        Row and column of `CollapsedDoses.matrix`, and number of the replicate within its curve.
    weight, weighted : (n,) array
        Sum of the weights, and of weight times response.
    amount : (n_curves,) int array
        Independent replicates of each curve; zero where a well names none.
    """

    curve: np.ndarray
    place: np.ndarray
    replicate: np.ndarray
    weight: Array
    weighted: Array
    amount: np.ndarray


def replicate_doses(frame: pl.DataFrame, doses: CollapsedDoses) -> ReplicateDoses:
    """Split collapsed doses by replicate."""
    weight = pl.col("weight").fill_null(1.0)
    used = frame.filter((pl.col("response").is_finite() & (weight > 0)).fill_null(False))
    keys = [*CURVE, "dose"]
    sums = (
        used.with_columns(dose=pl.col("dose").round_sig_figs(9), weight=weight)
        .group_by([*keys, "replicate"])
        .agg(pl.col("weight").sum(), (pl.col("weight") * pl.col("response")).sum().alias("weighted"))
    )
    numbered = doses.matrix.curves.with_row_index("curve")
    joined = sums.join(numbered, on=list(CURVE), nulls_equal=True).with_columns(
        replicate=pl.col("replicate").rank("dense").over("curve").cast(pl.Int64) - 1
    )
    # The place of a dose is its place among the sorted doses of its curve, as in the collapsed matrix.
    rows = joined["curve"].cast(pl.Int64).to_numpy()
    place = (doses.matrix.dose[rows] < joined["dose"].to_numpy()[:, None] * (1 - 1e-12)) & (
        doses.matrix.filled[rows]
    )
    unnamed = used.filter(pl.col("replicate").is_null()).select(CURVE).unique()
    counts = joined.group_by("curve").agg((pl.col("replicate").max() + 1).alias("amount"))
    amounts = (
        numbered.join(counts, on="curve", how="left", maintain_order="left")
        .join(
            unnamed.with_columns(unnamed=True),
            on=list(CURVE),
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .select(pl.when(pl.col("unnamed").fill_null(False)).then(0).otherwise(pl.col("amount").fill_null(0)))
        .to_series()
    )
    return ReplicateDoses(
        rows,
        place.sum(axis=1),
        joined["replicate"].fill_null(0).to_numpy(),
        joined["weight"].to_numpy(),
        joined["weighted"].to_numpy(),
        amounts.cast(pl.Int64).to_numpy(),
    )
