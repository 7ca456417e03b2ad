"""`Measurements` in Parquet: the same columns, and a version so that old files stay readable."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.writing import replacing
from kinescape.measurements.schema import VERSION
from kinescape.measurements.table import Measurements

_VERSION_KEY = "kinescape_measurements_version"


def write_parquet(measurements: Measurements, path: str | Path) -> None:
    """Write the table, whole or not at all."""
    with replacing(path) as temporary:
        measurements.frame.write_parquet(
            temporary, compression="zstd", metadata={_VERSION_KEY: str(VERSION)}, statistics=True
        )


def read_parquet(path: str | Path) -> Measurements:
    """Read a table that this or an earlier version wrote, or a Parquet file of the same columns.

    Raises
    ------
    InputError
        Where the file is not Parquet, or was written by a later version.
    """
    try:
        version = pl.read_parquet_metadata(path).get(_VERSION_KEY)
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            Fault("not-parquet", f"the file could not be read as Parquet ({error})", file=str(path))
        ) from error
    if version is not None and (not version.isdigit() or int(version) > VERSION):
        raise InputError(
            Fault(
                "later-version",
                f"the table has layout version {version}; this kinescape reads up to version {VERSION}",
                file=str(path),
                mend="install a later kinescape",
            )
        )
    return Measurements.from_frame(frame, file=path)
