"""A plain matrix of sites and samples: names read into sites, every row accounted for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinescape.assays.phospho.reading.plain_sites import is_plain_table
from kinescape.assays.phospho.reading.report_header import open_report
from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "sites.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_names_become_sites_and_numbers_their_logarithms(tmp_path: Path) -> None:
    path = file_of(
        tmp_path, ",A,B", "MAPK1_T185,1024,2048", "SEPT9_S30,4096,", "P28482_Y187,512,256", "nothing,1,1"
    )
    table = read_sites(path)
    assert table.sites["site"].to_list() == ["MAPK1_T185", "SEPTIN9_S30", "P28482_Y187"]
    assert table.sites["position"].to_list() == [185, 30, 187]
    assert table.sites["row"].to_list() == [2, 3, 4]
    assert table.samples == ("A", "B")
    np.testing.assert_allclose(table.log2_intensity, [[10, 11], [12, np.nan], [9, 8]])
    assert {(count.reason, count.rows) for count in table.rows} == {
        ("kept", 3),
        ("no protein, residue or position", 1),
    }


def test_further_columns_are_used_and_are_no_samples(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "site,gene,localisation,A,B",
        "P28482_T185,MAPK1,0.99,5000,6000",
        "P28482_Y187,MAPK1,0.5,5000,6000",
    )
    table = read_sites(path, localisation=0.75)
    assert table.samples == ("A", "B")
    assert table.sites.select("site", "accession").rows() == [("MAPK1_T185", "P28482")]
    assert ("localisation below 0.75", 1) in {(count.reason, count.rows) for count in table.rows}


def test_effects_are_not_taken_for_intensities(tmp_path: Path) -> None:
    path = file_of(tmp_path, "site,log2FC,other", "MAPK1_T185,-1,2")
    assert not is_plain_table(open_report(path))
    with pytest.raises(InputError):
        read_sites(path)


def test_a_column_that_holds_no_sites_is_told(tmp_path: Path) -> None:
    path = file_of(tmp_path, "ID,A,B", "one,1,2", "two,3,4")
    with pytest.raises(InputError, match="rows name no site, such as 'one'"):
        read_sites(path)


def test_a_public_matrix_keeps_its_sites(real_data: Path) -> None:
    source = real_data / "viability" / "hms-brca" / "data" / "phospho_phase1.csv"
    if not source.is_file():
        pytest.skip("the breast cancer lines are absent")
    table = read_sites(source)
    assert table.log2_intensity.shape == (1512, 35)
    assert sum(count.rows for count in table.rows) == 1513
    assert table.organism == "human"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Phosphosite ID", ("MAPK1_T185", "HLA-A_S25")),
        ("site", ("MAPK1:T185", "HLA-A:S25")),
        ("site", ("MAPK1_pT185", "HLA-A_pS25")),
        ("Site name", ("MAPK1(T185)", "HLA-A(S25)")),
        ("psite", ("MAPK1-T185", "HLA-A-S25")),
    ],
)
def test_sites_are_read_as_laboratories_write_them(
    tmp_path: Path, header: str, names: tuple[str, str]
) -> None:
    table = read_sites(file_of(tmp_path, f"{header},A,B", *(f"{name},1024,2048" for name in names)))
    assert table.sites["site"].to_list() == ["MAPK1_T185", "HLA-A_S25"]


def test_running_numbers_for_sites_are_one_fault(tmp_path: Path) -> None:
    path = file_of(tmp_path, "Phosphosite ID,A,B", *(f"ph{index},1,2" for index in range(30)))
    with pytest.raises(InputError, match="30 of 30 rows name no site, such as 'ph0'") as caught:
        read_sites(path)
    assert len(caught.value.faults) == 1


def test_the_organism_said_and_the_symbols_disagree(tmp_path: Path) -> None:
    path = file_of(tmp_path, "site,A,B", "MAPK1_T185,1024,2048", "GSK3B_S9,4096,512")
    assert any("by the file's case of the gene names it is human" in note.found
               for note in read_sites(path, organism="mouse").notes)  # fmt: skip
