import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.measurements.schema import VERSION
from kinescape.measurements.table import Measurements


def test_the_version_of_the_layout_is_in_the_file(frame, tmp_path):
    path = tmp_path / "table.parquet"
    Measurements.from_frame(frame).write_parquet(path)
    assert pl.read_parquet_metadata(path)["kinescape_measurements_version"] == str(VERSION)


def test_a_later_layout_is_refused(frame, tmp_path):
    path = tmp_path / "table.parquet"
    frame.write_parquet(path, metadata={"kinescape_measurements_version": str(VERSION + 1)})
    with pytest.raises(InputError, match="later kinescape"):
        Measurements.read_parquet(path)


def test_what_is_not_parquet_is_told(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="could not be read as Parquet"):
        Measurements.read_parquet(path)
