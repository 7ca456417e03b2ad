"""Wells of plates into dose series: background off, divided by the untreated wells of the same plate."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.plate_quality import plate_quality
from kinescape.assays.viability.reading.plate_samples import by_sample, controls_of_samples
from kinescape.foundation.issues import Fault, Faults
from kinescape.measurements.table import Measurements

ROLES = ("treated", "control", "blank", "positive", "unused")
"""What a well may be: treated, untreated, without living cells, a reference drug, or not used."""

WELL_SCHEMA: dict[str, pl.DataType] = {
    "plate": pl.String(),
    "well_row": pl.Int32(),
    "well_column": pl.Int32(),
    "role": pl.String(),
    "sample": pl.String(),
    "agent": pl.String(),
    "dose": pl.Float64(),
    "dose_unit": pl.String(),
    "time_h": pl.Float64(),
    "value": pl.Float64(),
}
"""Columns of a table of wells."""
_LISTED = 10
_UNNAMED = "sample"
_FAR_BELOW = 0.5


@dataclass(frozen=True)
class Wells:
    """Wells as a reader gives them.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of `WELL_SCHEMA`.
    notes : tuple of Fault
        Warnings and notes from reading.
    file : str
        Where they came from.
    stated : str
        How the file was read.
    """

    frame: pl.DataFrame
    notes: tuple[Fault, ...]
    file: str
    stated: str

    def to_measurements(self, *, assay: str = "viability", node: str = "viability") -> Measurements:
        """Treated wells as fractions of the untreated wells of their plate and sample; a plate is a replicate."""
        return normalise_wells(self).to_measurements(assay=assay, node=node)


def well_place(name: str) -> tuple[int, int] | None:
    """Row and column, from 1, of a well such as `B07` or `AA12`; None where the text is no well.

    Examples
    --------
    >>> well_place("B07"), well_place("AF48"), well_place("x")
    ((2, 7), (32, 48), None)
    """
    text = name.strip().upper()
    letters = text.rstrip("0123456789")
    digits = text[len(letters) :]
    if not letters.isalpha() or len(letters) > 2 or not digits:
        return None
    row = 0
    for letter in letters:
        row = 26 * row + ord(letter) - 64
    return row, int(digits)


def normalise_wells(wells: Wells, *, replicate: str | None = "plate") -> DoseSeries:
    """Fractions of the untreated wells of the same plate and sample, with the quality of every plate.

    Parameters
    ----------
    wells : Wells
        From a reader.
    replicate : {"plate"} or None
        What is independent: plates, or nothing (then wells only).

    Returns
    -------
    DoseSeries
        Treated wells as (value - blank) / (control - blank); blanks are taken off where there are any. The
        plate's own control mean joins each of its series as dose zero only in the test against a constant of
        the reader's user, not here: it would pull curves to 1.

    Raises
    ------
    InputError
        With every plate that has no untreated well of a sample on it, where untreated wells do not say whose they
        are, and where they lie below the blanks or far below the treated wells.
    """
    faults = Faults()
    file = wells.file
    frame = controls_of_samples(wells.frame, faults, file)
    faults.raise_if_errors()
    frame = frame.with_columns(sample=pl.col("sample").fill_null(_UNNAMED))
    present = frame.filter(pl.col("value").is_finite())
    lost = frame.filter(pl.col("role") != "unused").height - present.filter(pl.col("role") != "unused").height
    if lost:
        faults.add(
            "missing-values", f"{lost} wells hold no value and are left out", file=file, severity="note"
        )
    grouped = by_sample(present)
    quality = plate_quality(grouped.with_columns(plate=pl.col("group")))
    levels = quality.select(pl.col("plate").alias("group"), "control_mean", "blank_mean")
    treated = grouped.filter(pl.col("role") == "treated").join(levels, on="group", how="left")
    _tell_missing(treated, faults, file)
    _tell_upside_down(quality, faults, file)
    _tell_worse_controls(treated, faults, file)
    faults.raise_if_errors()
    blank = pl.col("blank_mean").fill_null(0.0)
    fraction = (pl.col("value") - blank) / (pl.col("control_mean") - blank)
    series = treated.select(
        "sample",
        "agent",
        "time_h",
        "dose",
        "dose_unit",
        fraction.alias("response"),
        (pl.col("plate") if replicate == "plate" else pl.lit(None, pl.String)).alias("replicate"),
        pl.lit(1.0).alias("weight"),
    )
    below = series.filter(pl.col("response") < -0.05).height
    if below:
        faults.add(
            "below-zero",
            f"{below} wells lie more than 5 % below the blanks; they are kept as they are",
            file=file,
            severity="note",
        )
    plates = frame["plate"].n_unique()
    shared = quality.height > plates
    whose = " of the same sample" if shared else ""
    stated = (
        f"{wells.stated}; {'each of ' if plates > 1 else ''}{plates} plate{'s' if plates > 1 else ''} divided by the "
        f"mean of {'its' if plates > 1 else 'the'} untreated wells{whose}"
    )
    if quality["blanks"].sum():
        stated += ", after its blanks were taken off"
    return DoseSeries(
        series,
        "fraction_of_control",
        stated,
        (*wells.notes, *faults.warnings, *faults.notes),
        file,
        quality,
        _worst(grouped, frame, quality),
    )


def _worst(grouped: pl.DataFrame, frame: pl.DataFrame, quality: pl.DataFrame) -> pl.DataFrame:
    """All wells of the plate whose robust Z′ is lowest, also those without a value."""
    group = quality.sort("z_prime_robust", nulls_last=True)["plate"][0] if quality.height else None
    plates = grouped.filter(pl.col("group") == group)["plate"].unique().to_list()
    return frame.filter(pl.col("plate").is_in(plates[:1]))


def _tell_missing(treated: pl.DataFrame, faults: Faults, file: str) -> None:
    lacking = treated.filter(pl.col("control_mean").is_null())["group"].unique(maintain_order=True).to_list()
    for plate in lacking[:_LISTED]:
        faults.add(
            "control-missing",
            f"plate '{plate}' has no untreated well",
            file=file,
            expected="untreated wells on every plate: signals of two plates cannot be compared",
            mend="name their tag or text as the control, or remove the plate",
        )
    if len(lacking) > _LISTED:
        faults.add("control-missing", f"and {len(lacking) - _LISTED} more plates like these", file=file)


def _tell_upside_down(quality: pl.DataFrame, faults: Faults, file: str) -> None:
    wrong = quality.filter(pl.col("control_mean") <= pl.col("blank_mean"))
    for plate, control, blank in (
        wrong.select("plate", "control_mean", "blank_mean").head(_LISTED).iter_rows()
    ):
        faults.add(
            "upside-down",
            f"plate '{plate}': untreated wells (mean {control:.3g}) are not above the blanks (mean {blank:.3g})",
            file=file,
            mend="the two may be exchanged, or the signal counts dead cells",
        )
    poor = quality.filter(pl.col("z_prime_robust") < 0.0).height
    if poor:
        faults.add(
            "plate-without-window",
            f"{poor} of {quality.height} plates have no window between untreated wells and blanks (robust Z′ below 0)",
            file=file,
            severity="warning",
        )


def _tell_worse_controls(treated: pl.DataFrame, faults: Faults, file: str) -> None:
    """Untreated wells with far fewer cells than the least hit treated ones are wrong wells, or a plate gone bad."""
    best = treated.group_by("group", maintain_order=True).agg(
        pl.col("value").quantile(0.75).alias("treated"), pl.col("control_mean").first(), pl.len()
    )
    worse = best.filter((pl.col("control_mean") < _FAR_BELOW * pl.col("treated")) & (pl.col("len") >= 4))
    for plate, signal, control, _ in worse.head(_LISTED).iter_rows():
        faults.add(
            "controls-worse",
            f"plate '{plate}': the untreated wells (mean {control:.3g}) lie far below a quarter of the treated ones "
            f"(above {signal:.3g})",
            file=file,
            expected="untreated wells among the highest signals of a plate",
            mend="check which wells are the controls; a signal of dead cells is not read as living ones",
            severity="error" if worse.height > 0.5 * best.height else "warning",
        )
