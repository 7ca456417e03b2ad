"""Long tables: every way to write a condition gives the same effects, and every fault is told at once."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.signalling.table_long import read_table_long
from kinescape.foundation.errors import InputError
from kinescape.measurements.conditions import Condition

COLUMNS = {"sample": "line", "condition": "drug", "readout": "antibody", "value": "MFI", "replicate": "day"}
GOLDEN = """line,drug,antibody,MFI,day
A,DMSO,p-ERK1/2,100,1
A,trametinib 10 nM,p-ERK1/2,25,1
A,gefitinib 1 uM + trametinib 10 nM,p-ERK1/2,12.5,1
A,DMSO,p-ERK1/2,400,2
A,trametinib 0.01 uM,p-ERK1/2,50,2
A,gefitinib 1 uM + trametinib 10 nM,p-ERK1/2,NA,2
"""


def write(folder: Path, content: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def rows(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    table = read_table_long(path, **{"columns": COLUMNS, "scale": "raw", **options}).measurements
    return table.frame.select("condition", "node", "value", "se", "n").rows()


def faults(path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as error:
        read_table_long(path, name=path.name, **{"columns": COLUMNS, "scale": "raw", **options})
    return error.value


def test_each_replicate_is_set_against_its_own_control(tmp_path: Path) -> None:
    # Day 1: log2(25/100) = −2; day 2: log2(50/400) = −3. Mean −2.5, standard error (1/√2)/√2 = 0.5.
    found = rows(write(tmp_path, GOLDEN))
    assert found == [
        ("gefitinib 1 uM + trametinib 10 nM", "MAPK1", -3.0, None, 1),
        ("gefitinib 1 uM + trametinib 10 nM", "MAPK3", -3.0, None, 1),
        ("trametinib 10 nM", "MAPK1", pytest.approx(-2.5), pytest.approx(0.5), 2),
        ("trametinib 10 nM", "MAPK3", pytest.approx(-2.5), pytest.approx(0.5), 2),
    ]


def test_agents_in_columns_of_their_own(tmp_path: Path) -> None:
    content = """line,d1,c1,u1,d2,c2,antibody,MFI,day
A,DMSO,,,,,p-ERK1/2,100,1
A,trametinib,10,nM,,,p-ERK1/2,25,1
A,trametinib,10,nM,gefitinib,1,p-ERK1/2,12.5,1
A,gefitinib,0,uM,,,p-ERK1/2,400,2
A,trametinib,0.01,uM,gefitinib,0,p-ERK1/2,50,2
"""
    parts = [{"agent": "d1", "dose": "c1", "unit": "u1"}, {"agent": "d2", "dose": "c2"}]
    columns = {key: name for key, name in COLUMNS.items() if key != "condition"} | {"agents": parts}
    assert rows(write(tmp_path, content), columns=columns, dose_unit="uM") == rows(
        write(tmp_path, GOLDEN, "g.csv")
    )


def test_a_dose_without_a_unit_is_refused_with_its_row(tmp_path: Path) -> None:
    content = (
        "line,d,c,antibody,MFI\nA,DMSO,,p-ERK1/2,1\nA,trametinib,10,p-ERK1/2,2\nA,trametinib,-1,p-ERK1/2,2\n"
    )
    columns = {
        "sample": "line",
        "readout": "antibody",
        "value": "MFI",
        "agents": [{"agent": "d", "dose": "c"}],
    }
    path = write(tmp_path, content)
    error = faults(path, columns=columns)
    assert [(fault.code, fault.row, fault.column) for fault in error.faults] == [
        ("dose", 3, "c"),
        ("dose", 4, "c"),
    ]
    assert "no unit" in error.text
    assert "below zero" in faults(path, columns=columns, dose_unit="nM").text
    assert "amount, not a concentration" in faults(path, columns=columns, dose_unit="mg").text


def test_all_the_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    content = """line,drug,antibody,MFI,day
A,DMSO,p-ERK1/2,100,1
A,trametinb 10 nM,p-ERK1/2,25,1
A,trametinib 5 mg,p-ERK1/2,25,1
A,trametinib 10,p-ERK1/2,25,1
A,,p-ERK1/2,25,1
A,trametinib 10 nM,p-BOGUSIN,25,1
A,trametinib 20 nM,p-ERK1/2,"2,5",1
A,trametinib 30 nM,p-ERK1/2,-4,1
,trametinib 40 nM,p-ERK1/2,4,1
A,trametinib 50 nM,p-ERK1/2,inf,1
"""
    error = faults(write(tmp_path, content))
    told = {(fault.row, fault.code) for fault in error.faults}
    assert told >= {
        (3, "unknown-agent"),
        (4, "condition"),
        (5, "condition"),
        (6, "empty-cell"),
        (7, "unknown-readout"),
        (8, "not-a-number"),
        (9, "not-positive"),
        (10, "empty-cell"),
        (11, "not-a-number"),
    }
    assert "trametinib" in next(fault for fault in error.faults if fault.row == 3).text
    assert "decimal comma" in error.text


def test_an_unknown_agent_is_told_once_however_often_it_stands(tmp_path: Path) -> None:
    lines = "".join(f"A,foozumab {dose} nM,p-ERK1/2,{dose},1\n" for dose in (1, 2, 3))
    error = faults(write(tmp_path, "line,drug,antibody,MFI,day\nA,DMSO,p-ERK1/2,1,1\n" + lines))
    assert [fault.code for fault in error.faults] == ["unknown-agent"]


def test_a_wrong_column_map_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOLDEN)
    assert "did you mean 'MFI'?" in faults(path, columns={**COLUMNS, "value": "MIF"}).text
    assert "did you mean 'replicate'?" in faults(path, columns={**COLUMNS, "replicat": "day"}).text
    missing = {key: name for key, name in COLUMNS.items() if key != "readout"}
    assert "no column is named for 'readout'" in faults(path, columns=missing).text


def test_a_replicate_without_a_control_is_a_warning_and_all_are_set_against_the_mean(tmp_path: Path) -> None:
    content = GOLDEN + "A,trametinib 10 nM,p-ERK1/2,100,3\n"
    result = read_table_long(write(tmp_path, content), columns=COLUMNS, scale="raw")
    assert [note.code for note in result.notes if note.severity == "warning"] == ["control-missing"]
    frame = result.measurements.where(condition="trametinib 10 nM", node="MAPK1").frame
    # Controls log2 100 and 400: mean log2 200, standard error 1. Treated log2 25, 50, 100: mean log2 50, error 1/√3.
    assert frame["value"].item() == pytest.approx(-2.0)
    assert frame["se"].item() == pytest.approx((1 / 3 + 1) ** 0.5)


def test_blank_replicates_are_replicates_of_their_own(tmp_path: Path) -> None:
    content = "line,drug,antibody,MFI,day\n" + "".join(
        f"A,{drug},p-ERK1/2,{value},\n"
        for drug, value in [("DMSO", 1), ("DMSO", 4), ("MEKi", 8), ("MEKi", 2)]
    )
    frame = read_table_long(write(tmp_path, content), columns=COLUMNS, scale="raw").measurements.frame
    assert frame["n"].unique().to_list() == [2]
    assert frame["se"][0] == pytest.approx(2**0.5)


def test_effects_whose_control_is_far_from_none_are_a_warning(tmp_path: Path) -> None:
    result = read_table_long(write(tmp_path, GOLDEN), columns=COLUMNS, scale="log2_fold_change")
    warning = next(note for note in result.notes if note.severity == "warning")
    assert warning.code == "scale-contradicted"
    assert "raw" in warning.text


def test_lines_left_out_are_counted(tmp_path: Path) -> None:
    content = GOLDEN + "A,lysis buffer,p-ERK1/2,1,1\n"
    result = read_table_long(write(tmp_path, content), columns=COLUMNS, scale="raw", ignore=["Lysis buffer"])
    assert result.accounting["dropped"].to_list() == [1]
    assert "1 lines of Lysis buffer" in " ".join(note.text for note in result.notes)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    assert "no rows below its header" in faults(write(tmp_path, "line,drug,antibody,MFI,day\n")).text


DOSES = st.sampled_from(["10 nM", "300 nM", "1.5 uM", "50 ng/mL"])
AGENTS = st.lists(
    st.sampled_from(["trametinib", "gefitinib", "MK-2206", "EGF"]), min_size=1, max_size=3, unique=True
)


@given(st.lists(st.tuples(AGENTS, DOSES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_conditions_and_values_come_back_whatever_their_order(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[list[str], str]], random: Any
) -> None:
    written = {Condition.parse(" + ".join(f"{name} {dose}" for name in names)).text for names, dose in made}
    expected = {text: position - 2.0 for position, text in enumerate(sorted(written))}
    lines = []
    for text, effect in expected.items():
        parts = text.split(" + ")
        random.shuffle(parts)
        lines.append(f"A,{' + '.join(parts)},p-ERK1/2,{effect!r},1\n")
    random.shuffle(lines)
    path = tmp_path_factory.mktemp("long") / "table.csv"
    path.write_text("line,drug,antibody,MFI,day\n" + "".join(lines), encoding="utf-8")
    table = read_table_long(path, columns=COLUMNS, scale="log2_fold_change").measurements.where(node="MAPK1")
    assert dict(table.frame.select("condition", "value").rows()) == expected


def test_excel_and_parquet_give_the_effects_of_the_text(tmp_path: Path) -> None:
    expected = rows(write(tmp_path, GOLDEN))
    frame = pl.read_csv(GOLDEN.encode(), null_values="NA")
    frame.write_excel(tmp_path / "table.xlsx")
    frame.write_parquet(tmp_path / "table.parquet")
    assert rows(tmp_path / "table.xlsx") == expected
    assert rows(tmp_path / "table.parquet") == expected


def test_samples_of_one_file_are_accounted_apart_and_lines_left_out_once(tmp_path: Path) -> None:
    content = (
        GOLDEN
        + GOLDEN.split("\n", 1)[1].replace("A,t", "B,t").replace("A,g", "B,g").replace("A,D", "B,D")
        + "A,skip,p-ERK1/2,1,1\n"
    )
    result = read_table_long(write(tmp_path, content), columns=COLUMNS, scale="raw", ignore=["skip"])
    assert result.accounting.select("sample", "rows", "missing", "dropped").rows() == [
        ("A", 6, 1, 1),
        ("B", 6, 1, 0),
    ]
    assert result.measurements.samples == ("A", "B")


def test_one_text_is_a_list_of_one_and_a_column_is_named_by_a_text(tmp_path: Path) -> None:
    path = write(tmp_path, GOLDEN.replace("DMSO", "carrier"))
    assert rows(path, control="carrier") == rows(write(tmp_path, GOLDEN, "golden.csv"))
    error = faults(path, columns={**COLUMNS, "value": 3})
    assert [fault.code for fault in error.faults] == ["wrong-value"]
