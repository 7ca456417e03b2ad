"""Wells of plates into dose series: background off, divided by the untreated wells of the same plate."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kinescape.assays.viability.dose_series import DoseSeries
from kinescape.assays.viability.plate_quality import plate_quality
from kinescape.foundation.issues import Fault, Faults

ROLES = ("treated", "control", "blank", "positive", "unused")
"""What a well may be: treated, untreated, without living cells, a reference drug, or not used."""

WELL_SCHEMA: dict[str, pl.DataType] = {
    "plate": pl.String(),
    "well_row": pl.Int32(),
    "well_column": pl.Int32(),
    "role": pl.String(),
    "sample": pl.String(),
    "agent": pl.String(),
    "dose_molar": pl.Float64(),
    "time_h": pl.Float64(),
    "value": pl.Float64(),
}
"""Columns of a table of wells."""
_LISTED = 10


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
    """Fractions of the untreated wells of the same plate, with the quality of every plate.

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
        With every plate that has no untreated well, and where controls lie below the blanks.
    """
    faults = Faults()
    frame, file = wells.frame, wells.file
    present = frame.filter(pl.col("value").is_finite())
    lost = frame.filter(pl.col("role") != "unused").height - present.filter(pl.col("role") != "unused").height
    if lost:
        faults.add(
            "missing-values", f"{lost} wells hold no value and are left out", file=file, severity="note"
        )
    quality = plate_quality(present)
    levels = quality.select("plate", "control_mean", "blank_mean")
    treated = present.filter(pl.col("role") == "treated").join(levels, on="plate", how="left")
    _tell_missing(treated, faults, file)
    _tell_upside_down(quality, faults, file)
    faults.raise_if_errors()
    blank = pl.col("blank_mean").fill_null(0.0)
    fraction = (pl.col("value") - blank) / (pl.col("control_mean") - blank)
    series = treated.select(
        "sample",
        "agent",
        "time_h",
        "dose_molar",
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
    plates = quality.height
    worst = quality.sort("z_prime_robust", nulls_last=True)["plate"][0]
    stated = f"{wells.stated}; each of {plates} plates divided by the mean of its untreated wells"
    if quality["blanks"].sum():
        stated += ", after its blanks were taken off"
    return DoseSeries(
        series,
        "fraction_of_control",
        stated,
        (*wells.notes, *faults.warnings, *faults.notes),
        file,
        quality,
        frame.filter(pl.col("plate") == worst),
    )


def _tell_missing(treated: pl.DataFrame, faults: Faults, file: str) -> None:
    lacking = treated.filter(pl.col("control_mean").is_null())["plate"].unique(maintain_order=True).to_list()
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
