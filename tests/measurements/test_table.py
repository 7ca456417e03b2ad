import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.errors import InputError
from kinescape.measurements.schema import COLUMNS, SCHEMA
from kinescape.measurements.table import Measurements


def test_columns_types_and_canonical_conditions(frame):
    table = Measurements.from_frame(frame)
    assert tuple(table.frame.columns) == COLUMNS
    assert dict(table.frame.schema) == SCHEMA
    assert table.conditions == ("control", "erlotinib 1 uM")
    assert table.agents == ("erlotinib",)
    assert table.nodes == ("MAPK1", "MAPK3", "viability")


def test_where_takes_values_and_lists(frame):
    table = Measurements.from_frame(frame)
    assert len(table.where(node="viability")) == 1
    assert len(table.where(node=["MAPK1", "MAPK3"], condition="erlotinib 1 uM")) == 2
    assert len(table.where(time_h=72.0)) == 1
    with pytest.raises(KeyError, match="colour"):
        table.where(colour="red")


def test_all_faults_are_told_at_once(frame):
    bad = frame.with_columns(
        condition=pl.Series(["erlotinib 5 mg", "", "control", "control"]),
        value=pl.Series([float("nan"), 1.0, -0.4, float("inf")]),
        scale=pl.Series(["log2", "log2_fold_change", "fraction_of_control", "log2_fold_change"]),
        se=pl.Series([0.1, -1.0, 0.3, 0.1]),
        flags=pl.Series([["odd"], [], [], []]),
    )
    with pytest.raises(InputError) as caught:
        Measurements.from_frame(bad, file="table.tsv")
    assert "row 2, column 'scale'" in caught.value.text
    sound_scale = bad.with_columns(scale=frame["scale"])
    with pytest.raises(InputError) as caught:
        Measurements.from_frame(sound_scale, file="table.tsv")
    codes = {(fault.code, fault.row) for fault in caught.value.faults}
    assert {
        ("condition", 2),
        ("condition", 3),
        ("not-finite", 2),
        ("not-finite", 5),
        ("negative-error", 3),
        ("error-of-one", 4),
        ("impossible-value", 4),
        ("unknown-flag", 2),
    } <= codes


def test_duplicates_and_contradictions_are_told(frame):
    twice = pl.concat([frame, frame[:1].with_columns(value=pl.lit(2.0))])
    with pytest.raises(InputError, match="rows 2, 6 contradict each other"):
        Measurements.from_frame(twice)
    same = pl.concat([frame, frame[:1]])
    with pytest.raises(InputError, match="say the same twice"):
        Measurements.from_frame(same)


def test_unknown_and_missing_columns_are_told(frame):
    with pytest.raises(InputError) as caught:
        Measurements.from_frame(frame.drop("node").with_columns(well=pl.lit("A1")))
    assert {(fault.code, fault.column) for fault in caught.value.faults} == {
        ("missing-column", "node"),
        ("unknown-column", "well"),
    }


def test_tsv_and_parquet_round_trip(frame, tmp_path):
    table = Measurements.from_frame(frame)
    table.write_tsv(tmp_path / "table.tsv")
    table.write_parquet(tmp_path / "table.parquet")
    assert Measurements.read_tsv(tmp_path / "table.tsv") == table
    assert Measurements.read_parquet(tmp_path / "table.parquet") == table


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8, unique=True))
def test_any_finite_values_round_trip_through_text(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("table") / "table.tsv"
    table = Measurements.from_frame(
        pl.DataFrame(
            {
                "sample": "A",
                "condition": [f"drug{index} 1 uM" for index in range(len(values))],
                "node": "EGFR",
                "readout": "p-EGFR",
                "value": values,
                "scale": "log2_fold_change",
                "assay": "rppa",
            }
        )
    )
    table.write_tsv(path)
    assert Measurements.read_tsv(path) == table


def test_a_table_by_hand_says_which_cell_cannot_be_read(frame, tmp_path):
    path = tmp_path / "table.tsv"
    Measurements.from_frame(frame).write_tsv(path)
    path.write_text(path.read_text().replace("-1.5", "-1,5", 1))
    with pytest.raises(InputError, match=r"row \d, column 'value': '-1,5' could not be read"):
        Measurements.read_tsv(path)


def test_empty_and_concatenated(frame):
    table = Measurements.from_frame(frame)
    assert len(Measurements.empty()) == 0
    assert Measurements.concat([table, Measurements.empty()]) == table
    assert Measurements.concat([]) == Measurements.empty()
    with pytest.raises(InputError, match="twice"):
        Measurements.concat([table, table])


def test_pandas_at_the_border(frame):
    pytest.importorskip("pandas")
    table = Measurements.from_frame(frame)
    assert list(table.to_pandas().columns) == list(COLUMNS)
    assert table.to_pandas()["value"].sum() == pytest.approx(frame["value"].sum())
