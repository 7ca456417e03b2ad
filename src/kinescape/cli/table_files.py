"""Tables that `kinescape curves` and `kinescape synergy` write: by the ending of the file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from kinescape.measurements.table import Measurements

TABLE_SUFFIXES = (".tsv", ".csv", ".parquet")
MEASUREMENT_SUFFIXES = (".tsv", ".parquet")


def need_suffix(path: Path | None, known: tuple[str, ...]) -> None:
    """Refuse an ending that nothing is written for, before anything is computed.

    Raises
    ------
    InputError
        Where the ending is not among the known ones.
    """
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    if path is not None and path.suffix.lower() not in known:
        raise InputError(
            Fault(
                "table-suffix",
                f"a table cannot be written as '{path.name}'",
                expected=f"{', '.join(known[:-1])} or {known[-1]}",
            )
        )


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as Parquet or as text with tabs or commas, whichever the ending says."""
    from kinescape.foundation.writing import replacing, write_text

    suffix = path.suffix.lower()
    if suffix == ".parquet":
        with replacing(path) as temporary:
            frame.write_parquet(temporary)
        return
    write_text(path, frame.write_csv(separator="," if suffix == ".csv" else "\t"))


def write_measurements(table: Measurements, path: Path) -> None:
    """Write measurements as Parquet or as tab-separated text, whichever the ending says."""
    (table.write_parquet if path.suffix.lower() == ".parquet" else table.write_tsv)(path)
