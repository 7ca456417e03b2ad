"""Changes of proteins: read by any usual heading; what is missing or no fold change is told with its place."""

from pathlib import Path

import pytest

from kinescape.assays.phospho.site_contrasts.protein_changes import read_protein_changes
from kinescape.foundation.errors import InputError


def test_genes_and_changes(tmp_path: Path) -> None:
    file = tmp_path / "proteins.tsv"
    file.write_text("Gene names\tlogFC\tq\nMAPK1;MAPK3\t-1.5\t0.1\nAKT1\t\t0.2\nGSK3B\t0.25\t0.3\n")
    found = read_protein_changes(file)
    assert found.rows() == [("MAPK1", -1.5), ("GSK3B", 0.25)]


def test_missing_columns_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "proteins.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        read_protein_changes(file)
    assert [fault.column for fault in caught.value.faults] == ["gene", "log2_fold_change"]
    assert "--design" in str(caught.value.faults[0].mend)


def test_intensities_are_no_changes(tmp_path: Path) -> None:
    file = tmp_path / "proteins.csv"
    file.write_text("gene,logFC\nAKT1,1.0\nMAPK1,250000\nGSK3B,word\n")
    with pytest.raises(InputError) as caught:
        read_protein_changes(file)
    assert {(fault.row, fault.code) for fault in caught.value.faults} == {
        (3, "not-log2"),
        (4, "not-a-number"),
    }
