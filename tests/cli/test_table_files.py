"""Tables of the commands: the ending says the kind, and an unknown one is refused first."""

from pathlib import Path

import polars as pl
import pytest

from kinescape.cli.table_files import TABLE_SUFFIXES, need_suffix, write_table
from kinescape.foundation.errors import InputError


def test_each_ending_is_read_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "y"], "b": [1.5, None]})
    for name, read in (
        ("t.tsv", lambda path: pl.read_csv(path, separator="\t")),
        ("t.CSV", pl.read_csv),
        ("t.parquet", pl.read_parquet),
    ):
        write_table(frame, tmp_path / name)
        assert read(tmp_path / name).equals(frame)


def test_an_unknown_ending_names_the_known_ones() -> None:
    need_suffix(None, TABLE_SUFFIXES)
    with pytest.raises(InputError, match=r"'t\.xls'.*\.tsv, \.csv or \.parquet"):
        need_suffix(Path("t.xls"), TABLE_SUFFIXES)
