"""Raw signals of a long table of wells: set against the untreated wells of their plate, with its quality."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.dose_series import DoseSeries
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.assays.viability.reading.wells import WELL_SCHEMA, Wells, normalise_wells, well_place
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults

BLANKS = ("blank", "background", "medium", "media", "nocells", "empty", "dead")
"""What tables call wells without living cells."""
_WELL = ("well", "position", "wellid")
_ONE_PLATE = "plate 1"


def raw_series(
    cells: Cells, found: Mapping[str, str], frame: pl.DataFrame, faults: Faults, measures: str | None
) -> DoseSeries:
    """Raw signals of a long table as fractions of the untreated wells of their plate and sample.

    Parameters
    ----------
    cells : Cells
        The table.
    found : mapping of str to str
        Meanings to names; `replicate` names the plates.
    frame : polars.DataFrame
        row, sample, agent, time_h, dose, dose_unit, replicate, one row a line; an agent that is null is untreated.
    faults : Faults
        What was found so far.
    measures : str or None
        Must not be `inhibition`: signals count living cells.

    Raises
    ------
    InputError
        With every fault, as `kinescape.assays.viability.reading.wells.normalise_wells`.
    """
    from kinescape.assays.viability.reading.dose_columns import folded

    if measures == "inhibition":
        raise InputError(
            Fault(
                "wrong-value",
                "raw signals count living cells; inhibition is a fraction or a percentage",
                file=cells.file,
                mend='leave measures out, or give scale = "percent"',
            )
        )
    values = number_column(cells, found["count" if "response" not in found else "response"], faults)
    faults.raise_if_errors()
    name = next((column for column in cells.columns if folded(column) in _WELL), None)
    places = [well_place(text or "") for text in cells.frame[name]] if name else [None] * len(values)
    agents = cells.frame[found["agent"]].str.to_lowercase().str.replace_all(r"[^a-z]", "")
    # Untreated and blank wells may leave it to the plate whose they are.
    own = frame["sample"].set(_unsaid(cells, found), None) if "sample" in found else frame["sample"]
    blank = agents.is_in(list(BLANKS)).fill_null(False)
    role = (
        pl.when(pl.col("blank"))
        .then(pl.lit("blank"))
        .when(pl.col("dose") == 0)
        .then(pl.lit("control"))
        .when(pl.col("agent").is_not_null() & pl.col("dose").is_not_null())
        .then(pl.lit("treated"))
        .otherwise(pl.lit("unused"))
    )
    wells = frame.with_columns(
        blank=blank,
        value=values,
        plate=pl.col("replicate").fill_null(_ONE_PLATE),
        sample=own,
        well_row=pl.Series([place[0] if place else None for place in places], dtype=pl.Int32),
        well_column=pl.Series([place[1] if place else None for place in places], dtype=pl.Int32),
    ).with_columns(role=role)
    unread = wells.filter((pl.col("role") == "unused") & pl.col("agent").is_not_null()).height
    if unread:
        faults.add(
            "wells-set-aside",
            f"{unread} wells name a drug and no dose of it, and are set aside",
            file=cells.file,
            severity="note",
        )
    chosen = wells.select([pl.col(column).cast(dtype) for column, dtype in WELL_SCHEMA.items()])
    made = Wells(
        chosen,
        (*faults.warnings, *faults.notes),
        cells.file,
        f"raw signals of {chosen.height:,} wells",
    )
    return normalise_wells(made, replicate="plate" if "replicate" in found else None)


def _unsaid(cells: Cells, found: Mapping[str, str]) -> pl.Series:
    """Lines whose sample is not said."""
    return cells.frame[found["sample"]].is_null()
