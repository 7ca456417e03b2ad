from pathlib import Path

import polars as pl
import pytest

from kinescape.assays.phospho.reading.report_columns import columns_matching, report_columns
from kinescape.assays.phospho.reading.report_header import open_report
from kinescape.foundation.errors import InputError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.tsv"
    path.write_text("Gene names\tRatio 1\tRatio 2\tArea 3\nMAPK1\t1\t2\t3\n")
    return path


def test_a_column_is_asked_by_its_meaning_and_one_that_is_lacking_is_null(table: Path) -> None:
    report = open_report(table)
    columns = report_columns(report, {"gene": ("Gene", "gene.names")}, {"charge": ("Charge",)}, "MaxQuant")
    assert columns.names == {"gene": "Gene names"}
    assert "gene" in columns and "charge" not in columns
    read = report.texts(columns.names.values()).select(a=columns.cell("gene"), b=columns.cell("charge"))
    assert read.collect().row(0) == ("MAPK1", None)
    assert read.collect_schema()["b"] == pl.String


def test_only_the_wanted_columns_must_be_there(table: Path) -> None:
    with pytest.raises(InputError) as caught:
        report_columns(open_report(table), {"run": ("Raw file",)}, {"charge": ("Charge",)}, "MaxQuant")
    assert [fault.code for fault in caught.value.faults] == ["missing-column"]
    assert "'Raw file'" in caught.value.faults[0].found


def test_the_first_pattern_that_matches_any_column_counts(table: Path) -> None:
    report = open_report(table)
    assert columns_matching(report, r"^Intensity (\d)$", r"^Ratio (\d)$", r"^Area (\d)$") == {
        "Ratio 1": "1",
        "Ratio 2": "2",
    }
    assert columns_matching(report, r"^Intensity (\d)$") == {}
