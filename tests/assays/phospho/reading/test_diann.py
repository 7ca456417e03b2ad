"""DIA-NN's tables of phosphosites and its main report, from the documented headers."""

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError

from .test_maxquant import written

SITES = {
    "Protein": "P28482", "Protein.Names": "MK01_HUMAN", "Gene.Names": "MAPK1", "Residue": "T", "Site": "185",
    "Sequence": "HDHTGFLTEYVATRW", "C:\\data\\ctrl_1.raw": "1024", "C:\\data\\drug_1.raw": "0",
}  # fmt: skip


def test_phosphosites(tmp_path):
    table = read_sites(written(tmp_path, [SITES], "report.phosphosites_90.tsv"))
    assert (table.engine, table.organism, table.samples) == ("DIA-NN", "human", ("ctrl_1", "drug_1"))
    assert np.array_equal(table.log2_intensity, [[10, np.nan]], equal_nan=True)
    assert table.sites["site"].to_list() == ["MAPK1_T185"]
    assert table.sites["window"].to_list() == ["HDHTGFLTEYVATRW"]


REPORT = {
    "Run": "ctrl_1", "Precursor.Id": "AAS(UniMod:21)PT(UniMod:21)K2",
    "Modified.Sequence": "(UniMod:1)AAS(UniMod:21)PT(UniMod:21)K", "Stripped.Sequence": "AASPTK", "Precursor.Charge": 2,
    "Decoy": 0, "Protein.Ids": "P12345;Q99999", "Protein.Group": "P12345", "Protein.Names": "AA_HUMAN", "Genes": "AAA",
    "Q.Value": 0.001, "Global.Q.Value": 0.001, "Precursor.Quantity": 900.0, "Precursor.Normalised": 1024.0,
    "PTM.Site.Confidence": 0.6,
    "Site.Occupancy.Probabilities": "(UniMod:1){1.0}AAS(UniMod:21){0.990000}PT(UniMod:21){0.600000}K2",
    "Protein.Sites": "[P12345:S50,T52][Q99999:S10,T12]",
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".parquet", ".tsv"])
def test_main_report_places_each_residue(tmp_path, suffix):
    rows = [
        REPORT,
        {**REPORT, "Run": "drug_1", "Precursor.Normalised": 512.0},
        {**REPORT, "Q.Value": 0.2},
        {**REPORT, "Decoy": 1},
        {**REPORT, "Modified.Sequence": "AASPTK", "Site.Occupancy.Probabilities": "AASPTK2"},
        {**REPORT, "Site.Occupancy.Probabilities": "AAS(UniMod:21){0.5}PT(UniMod:21){0.5}K2"},
    ]
    path = tmp_path / f"report{suffix}"
    frame = pl.DataFrame(rows)
    if suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t")
    table = read_sites(path)
    assert table.sites["site"].to_list() == ["AAA_S50"]
    assert table.sites["multiplicity"].to_list() == [2]
    assert table.sites["proteins"].to_list() == ["P12345;Q99999"]
    assert table.log2_intensity.tolist() == [[10.0, 9.0]]
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 2, "false discovery rate above 0.01": 1, "decoy": 1, "not phosphorylated": 1,
        "localisation below 0.75": 1,
    }  # fmt: skip
    both = read_sites(path, localisation=0.55)
    assert both.sites["site"].to_list() == ["AAA_S50", "AAA_T52"]


def test_older_reports_have_one_confidence_a_peptide(tmp_path):
    old = {
        key: value
        for key, value in REPORT.items()
        if key not in ("Site.Occupancy.Probabilities", "Protein.Sites")
    }
    path = written(tmp_path, [{**old, "PTM.Site.Confidence": 0.9}], "report.tsv")
    fasta = tmp_path / "x.fasta"
    fasta.write_text(">sp|P12345|AA_HUMAN OS=Homo sapiens GN=AAA\nMKRAASPTKLL\n")
    table = read_sites(path, fasta=fasta)
    assert table.sites["site"].to_list() == ["AAA_S6", "AAA_T8"]
    assert table.sites["localisation"].to_list() == [0.9, 0.9]
    assert any(note.code == "localisation-of-peptide" for note in table.notes)


def test_a_report_without_confidence_says_which_column_it_looked_for(tmp_path):
    old = {key: value for key, value in REPORT.items() if key != "PTM.Site.Confidence"}
    with pytest.raises(InputError, match=r"'PTM\.Site\.Confidence'"):
        read_sites(written(tmp_path, [old], "report.tsv"))
