"""Wide tables: both directions agree, labels in files of their own, and two laboratories' public files."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.reading import ReadResult
from kinescape.assays.signalling.table_wide import read_table_wide
from kinescape.foundation.errors import InputError

MCF10A_AGENTS = {
    "EGFRi": "gefitinib",
    "RAFi": "LY3009120",
    "MEKi": "trametinib",
    "ERKi": "SCH772984",
    "GSK3i": "GSK-3 inhibitor 3F8",
    "IGF1Ri": "linsitinib",
    "PI3Ki": "buparlisib",
    "AKTi": "MK-2206",
    "mTORi": "AZD8055",
    "FGFRi": "AZD4547",
}


def write(folder: Path, content: str, name: str = "table.tsv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def refusal(path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as error:
        read_table_wide(path, name=path.name, **{"scale": "raw", "sample": "A", **options})
    return error.value


def effects(result: ReadResult) -> dict[tuple[str, str], float]:
    frame = result.measurements.frame
    return dict(zip(frame.select("condition", "readout").rows(), frame["value"].to_list(), strict=True))


def test_one_line_a_condition(tmp_path: Path) -> None:
    path = write(
        tmp_path, "Treatment\tday\tp-MEK1\tnote\nDMSO\t1\t8\tx\nMEKi 2nM\t1\t2\ty\nMEKi 2nM\t1\t\tz\n"
    )
    result = read_table_wide(
        path,
        scale="raw",
        sample="A",
        columns={"condition": "Treatment", "replicate": "day", "ignore": ["note"]},
    )
    assert effects(result) == {("MEK inhibitor 2 nM", "p-MEK1"): -2.0}
    assert result.accounting["missing"].to_list() == [1]


@given(
    st.lists(
        st.lists(st.floats(-5, 5).map(lambda value: round(value, 6)), min_size=2, max_size=2),
        min_size=1,
        max_size=5,
    )
)
def test_a_table_and_its_transpose_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, values: list[list[float]]
) -> None:
    folder = tmp_path_factory.mktemp("wide")
    conditions = [f"trametinib {10 * (index + 1)} nM" for index in range(len(values))]
    readouts = ["p-MEK1", "CREB1"]
    lines = [f"{name}\t" + "\t".join(map(repr, row)) for name, row in zip(conditions, values, strict=True)]
    upright = write(folder, "drug\t" + "\t".join(readouts) + "\n" + "\n".join(lines) + "\n")
    turned = [
        f"{name}\t" + "\t".join(repr(row[index]) for row in values) for index, name in enumerate(readouts)
    ]
    lying = write(folder, "site\t" + "\t".join(conditions) + "\n" + "\n".join(turned) + "\n", "turned.tsv")
    one = read_table_wide(upright, scale="log2_fold_change", sample="A")
    other = read_table_wide(lying, scale="log2_fold_change", sample="A", lines="readouts")
    assert one.measurements == other.measurements
    assert effects(one)[(conditions[0], "p-MEK1")] == values[0][0]


def test_bare_numbers_take_their_names_from_files(tmp_path: Path) -> None:
    path = write(tmp_path, "1,2\n3,4\n5,6\n", "numbers.csv")
    lines = write(tmp_path, "X|5 1 0\nX|10 1 0\nX|5,Y|2 1 1\n", "lines.txt")
    columns = write(tmp_path, "p-MEK1\nCREB1\n", "columns.txt")
    result = read_table_wide(
        path,
        scale="log2_fold_change",
        sample="A",
        line_labels=lines,
        column_labels=columns,
        agents={"X": "trametinib", "Y": "gefitinib"},
        agent_separator=",",
        dose_separator="|",
        dose_unit="relative",
    )
    assert effects(result)[("gefitinib 100 % + trametinib 50 %", "CREB1")] == 6.0
    assert effects(result)[("trametinib 100 %", "p-MEK1")] == 3.0
    assert "dose-relative" in {note.code for note in result.notes}
    short = write(tmp_path, "p-MEK1\n", "short.txt")
    assert "names 1 columns, the table has 2" in refusal(path, line_labels=lines, column_labels=short).text


def test_faults_of_a_wide_table_are_told_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'drug\tp-MEK1\tbogusin9\nDMSO\t1\t1\nMEKx 1 nM\t2\t2\n\t1\t1\nMEKi 1 nM\t"1,5"\t-1\n'
    )
    told = {(fault.row, fault.code) for fault in refusal(path).faults}
    assert told >= {(3, "unknown-agent"), (4, "empty-cell"), (5, "not-a-number"), (2, "unknown-readout")}
    assert "no sample is named" in refusal(path, sample=None).text


def test_the_public_fold_changes_of_mcf10a_come_back_as_they_are(real_data: Path) -> None:
    folder = real_data / "network/cnr-mcf10a/results/perturbations"
    path = folder / "wt-luminex-lfc.tsv"
    result = read_table_wide(
        path, scale="log2_fold_change", sample="A", lines="readouts", phospho=True, agents=MCF10A_AGENTS
    )
    table = result.measurements
    assert (len(table.conditions), len(table.readouts)) == (32, 10)
    frame = pl.read_csv(path, separator="\t")
    found = table.where(readout="ERK1", condition="trametinib 20 nM").frame["value"].item()
    assert found == frame.filter(pl.col("Epitope") == "ERK1")["MEKi 0.02uM"].item()


@pytest.mark.parametrize("line", ["wt", "pi3k"])
def test_raw_intensities_of_mcf10a_agree_with_the_public_fold_changes(real_data: Path, line: str) -> None:
    folder = real_data / "network/cnr-mcf10a/results/perturbations"
    raw = read_table_wide(
        folder / f"{line}-luminex.tsv",
        scale="raw",
        sample="A",
        phospho=True,
        columns={"condition": "Treatment", "ignore": ["Sample_number"]},
        ignore=["Lysis buffer"],
        agents=MCF10A_AGENTS,
    )
    published = read_table_wide(
        folder / f"{line}-luminex-lfc.tsv",
        scale="log2_fold_change",
        sample="A",
        lines="readouts",
        phospho=True,
        agents=MCF10A_AGENTS,
    )
    # 48 samples: 4 DMSO, one lysis buffer (10 readings left out), 43 treated of 32 conditions.
    account = raw.accounting.row(0, named=True)
    assert (account["rows"], account["control_wells"], account["dropped"]) == (47, 4, 10)
    ours, theirs = effects(raw), effects(published)
    assert ours.keys() == theirs.keys()
    gap = np.array([ours[key] - theirs[key] for key in ours])
    # The authors take the logarithm of mean intensities, we the mean of logarithms: two readings that differ
    # eightfold shift a value by 0.23 at most here.
    assert np.sqrt(np.mean(gap**2)) < 0.03
    assert np.abs(gap).max() < 0.25


def test_the_public_melanoma_arrays(real_data: Path) -> None:
    folder = real_data / "network/cellbox"
    codes = "901=MEK AK=AKT HN=HDAC NT=MDM2 P6=JAK PLX=BRAF RO=PKC RY=CDK4/6 SR=SRC ST=STAT3 Tm=mTOR ZS=PI3K"
    inhibitors = ["aMEK", "aAKT", "aHDAC", "aMDM2", "aJAK", "aBRAFm", "aPKC", "aSTAT3", "amTOR", "aPI3K"]
    result = read_table_wide(
        folder / "expr.csv",
        scale="log2_fold_change",
        sample="SK-MEL-133",
        line_labels=folder / "expr_index.txt",
        column_labels=folder / "node_Index.csv",
        agent_separator=",",
        dose_separator="|",
        dose_unit="relative",
        agents={part.split("=")[0]: f"{part.split('=')[1]} inhibitor" for part in codes.split()},
        ignore_readouts=[*inhibitors, "aCDK4", "aSRC"],
    )
    table = result.measurements
    assert (len(table.conditions), len(table.readouts)) == (89, 87)
    assert effects(result)[("MEK inhibitor 50 %", "RbpS807")] == -0.608
    singles = [text for text in table.conditions if " + " not in text]
    assert (len(singles), len(table.conditions) - len(singles)) == (23, 66)
