"""FragPipe's tables, from the headers that TMT-Integrator, IonQuant and Philosopher write."""

import numpy as np
import pytest

from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError

from .test_maxquant import written

TMT = {
    "Index": "P28482_T185", "Gene": "MAPK1", "ProteinID": "P28482", "Peptide": "VADPDHDHTGFLtEYVATR",
    "SequenceWindow": "HDHTGFLTEYVATRW", "Start": "173", "End": "191", "MaxPepProb": "0.99",
    "ReferenceIntensity": "22.5", "DMSO_1": "22.1", "Drug_1": "20.1",
}  # fmt: skip


def test_integrator_tables_are_logarithms_already(tmp_path):
    table = read_sites(written(tmp_path, [TMT], "abundance_single-site_MD.tsv"))
    assert (table.engine, table.samples) == ("FragPipe", ("DMSO_1", "Drug_1"))
    assert table.log2_intensity.tolist() == [[22.1, 20.1]]
    assert table.sites["site"].to_list() == ["MAPK1_T185"]
    assert table.sites["window"].to_list() == ["HDHTGFLTEYVATRW"]
    assert any(note.code == "localisation-filtered" for note in table.notes)


def test_ratio_tables_are_ratios(tmp_path):
    row = {**TMT, "DMSO_1": "-0.2", "Drug_1": "0"}
    table = read_sites(written(tmp_path, [row], "ratio_single-site_MD.tsv"))
    assert table.quantity == "ratio"
    assert table.log2_intensity.tolist() == [[-0.2, 0.0]]


def test_the_multi_site_table_is_refused_with_the_right_name(tmp_path):
    rows = [{**TMT, "Index": "P28482_173_191_2_2_T185Y187"}, {**TMT, "Index": "P28482_T185_Y187"}]
    with pytest.raises(InputError, match="abundance_single-site"):
        read_sites(written(tmp_path, rows, "abundance_multi-site_MD.tsv"))


IONQUANT = {
    "Index": "P28482_T185", "Gene": "MAPK1", "Protein": "sp|P28482|MK01_HUMAN", "Protein ID": "P28482",
    "Peptide": "VADPDHDHTGFLtEYVATR", "Best Localization Probability": "0.9",
    "a Localization Probability": "0.9", "a Intensity": "1024", "a MaxLFQ Intensity": "512",
    "b Localization Probability": "0.8", "b Intensity": "2048", "b MaxLFQ Intensity": "0",
}  # fmt: skip


def test_maxlfq_is_read_where_it_holds_values(tmp_path):
    table = read_sites(written(tmp_path, [IONQUANT, {**IONQUANT, "Index": "P28482_Y187",
                               "Best Localization Probability": "0.5"}]))  # fmt: skip
    assert table.samples == ("a", "b")
    assert np.array_equal(table.log2_intensity, [[9, np.nan]], equal_nan=True)
    assert [(count.reason, count.rows) for count in table.rows] == [
        ("kept", 1),
        ("localisation below 0.75", 1),
    ]
    assert table.organism == "human"
    plain = {**IONQUANT, "a MaxLFQ Intensity": "0"}
    assert read_sites(written(tmp_path, [plain])).log2_intensity.tolist() == [[10.0, 11.0]]


PSM = {
    "Spectrum": "mix1_f01.1.1.2", "Spectrum File": "interact-mix1_f01.pep.xml", "Peptide": "RHSHSPMSTR",
    "Modified Peptide": "RHS[167]HSPMSTR", "Charge": "2", "Protein Start": "93", "Protein": "sp|P62995|TRA2B_HUMAN",
    "Gene": "TRA2B", "Mapped Proteins": "sp|Q1|X_HUMAN", "Intensity": "5", "STY:79.966331": "RHS(0.97)HS(0.03)PMSTR",
    "Assigned Modifications": "3S(79.9663)", "Channel 126": "100", "Channel 127N": "200",
}  # fmt: skip


def test_spectra_are_placed_by_the_start_of_the_peptide(tmp_path):
    rows = [
        PSM,
        {**PSM, "Spectrum File": "interact-mix1_f02.pep.xml"},
        {**PSM, "Protein": "rev_sp|P1|A_HUMAN"},
        {**PSM, "Protein": "contam_sp|P1|A_HUMAN"},
        {**PSM, "STY:79.966331": "RHS(0.6)HS(0.4)PMSTR"},
        {**PSM, "STY:79.966331": ""},
        {**PSM, "Modified Peptide": "", "Assigned Modifications": ""},
    ]
    table = read_sites(written(tmp_path, rows, "psm.tsv"))
    assert table.sites["site"].to_list() == ["TRA2B_S95"]
    assert table.sites["proteins"].to_list() == ["sp|P62995|TRA2B_HUMAN;sp|Q1|X_HUMAN"]
    assert table.samples == ("126", "127N")
    assert np.allclose(2**table.log2_intensity, [[200.0, 400.0]])
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 2, "decoy": 1, "contaminant": 1, "localisation below 0.75": 1, "no localisation probability": 1,
        "not phosphorylated": 1,
    }  # fmt: skip
