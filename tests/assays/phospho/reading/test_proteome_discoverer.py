"""Proteome Discoverer: modification sites with their abundances, spectra with ptmRS."""

import numpy as np

from kinescape.assays.phospho.site_reading import read_sites

from .test_maxquant import written

SITE = {
    "Modification Name": "Phospho", "Target Amino Acid": "S", "Site Probability": "99.10", "Protein Accession":
    "UniProtKB:Q96GX9", "Protein Description": "Mtnb OS=Homo sapiens GN=APIP PE=1 SV=1", "Position": "87",
    "Motif": "KDISGPsPSKKLK", "Abundances (Normalized): F1: 126, Control": "100.5",
    "Abundances (Normalized): F1: 127N, Drug": "402.0", "Abundance: F1: 126, Control": "1",
}  # fmt: skip


def test_normalised_abundances_are_read(tmp_path):
    table = read_sites(written(tmp_path, [SITE]))
    assert table.samples == ("F1: 126, Control", "F1: 127N, Drug")
    assert np.allclose(2**table.log2_intensity, [[100.5, 402.0]])
    assert table.sites["site"].to_list() == ["APIP_S87"]
    assert table.sites["localisation"].to_list() == [0.991]


def test_other_modifications_and_badly_placed_sites_are_left_out(tmp_path):
    rows = [
        SITE,
        {**SITE, "Modification Name": "Oxidation"},
        {**SITE, "Site Probability": "74.9"},
        {**SITE, "Position": "", "Target Amino Acid": "T"},
        {**SITE, "Protein Accession": "CON__P1"},
    ]
    table = read_sites(written(tmp_path, rows))
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 1,
        "not a phosphorylation": 1,
        "localisation below 0.75": 1,
        "no protein, residue or position": 1,
        "contaminant": 1,
    }


def test_rows_of_one_site_are_added(tmp_path):
    rows = [SITE, {**SITE, "Site Probability": "100"}]
    table = read_sites(written(tmp_path, rows))
    assert table.sites.height == 1
    assert table.sites["localisation"].to_list() == [1.0]
    assert np.allclose(2**table.log2_intensity, [[201.0, 804.0]])


PSM = {
    "Sequence": "LEAGLSDSK", "Annotated Sequence": "[K].LEAGLsDSK.[Q]", "Modifications": "S6(Phospho)",
    "Master Protein Accessions": "P17536; P11111", "Protein Accessions": "P17536; P11111",
    "Master Protein Descriptions": "Tropomyosin OS=Mus musculus OX=10090 GN=Tpm1 PE=1", "Contaminant": "False",
    "Charge": "2", "Spectrum File": "run_01.raw", "Precursor Area": "1024",
    "ptmRS: Best Site Probabilities": "S6(Phospho): 98.5",
}  # fmt: skip


def test_spectra_of_one_peak_count_once(tmp_path):
    rows = [
        PSM,
        PSM,
        {**PSM, "Charge": "3"},
        {**PSM, "Spectrum File": "run_02.raw", "Precursor Area": "512"},
        {**PSM, "Modifications": "", "ptmRS: Best Site Probabilities": ""},
        {**PSM, "ptmRS: Best Site Probabilities": "S6(Phospho): 50; S8(Phospho): 50"},
        {**PSM, "ptmRS: Best Site Probabilities": "Too many isoforms"},
        {**PSM, "Contaminant": "True"},
    ]
    table = read_sites(written(tmp_path, rows, "psms.txt"))
    assert table.samples == ("run_01", "run_02")
    assert table.log2_intensity.tolist() == [[11.0, 9.0]]
    assert table.organism == "mouse"
    assert table.sites["site"].to_list() == ["Tpm1_LEAGLsDSK"]
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 4, "not phosphorylated": 1, "localisation below 0.75": 1, "no localisation probability": 1,
        "contaminant": 1,
    }  # fmt: skip


def test_reporter_channels_of_spectra_are_added_over_fractions(tmp_path):
    row = {key: value for key, value in PSM.items() if key != "Precursor Area"}
    row |= {"Abundance: 126": "100", "Abundance: 127N": "300"}
    rows = [{**row, "Spectrum File": "plex_F01.raw"}, {**row, "Spectrum File": "plex_F02.raw"}]
    table = read_sites(written(tmp_path, rows, "psms.txt"))
    assert table.samples == ("126", "127N")
    assert np.allclose(2**table.log2_intensity, [[200.0, 600.0]])
    assert any(note.code == "fractions" for note in table.notes)


def test_several_mixtures_are_told(tmp_path):
    row = {key: value for key, value in PSM.items() if key != "Precursor Area"} | {"Abundance: 126": "100"}
    rows = [{**row, "Spectrum File": "HCF1.raw"}, {**row, "Spectrum File": "HCF2.raw"}]
    table = read_sites(written(tmp_path, rows, "psms.txt"))
    assert table.samples == ("HCF1 126", "HCF2 126")
    assert any(note.code == "mixtures" and note.severity == "warning" for note in table.notes)


def test_two_phosphates_share_the_peptide(tmp_path):
    row = {**PSM, "Modifications": "S6(Phospho); S8(Phospho)"}
    row["ptmRS: Best Site Probabilities"] = "S6(Phospho): 99; S8(Phospho): 99"
    fasta = tmp_path / "mouse.fasta"
    fasta.write_text(">sp|P17536|TPM1_MOUSE OS=Mus musculus GN=Tpm1\nMKKLEAGLSDSKQ\n")
    table = read_sites(written(tmp_path, [row], "psms.txt"), fasta=fasta)
    assert table.sites["site"].to_list() == ["Tpm1_S9", "Tpm1_S11"]
    assert table.sites["multiplicity"].to_list() == [2, 2]
    assert table.log2_intensity.tolist() == [[10.0], [10.0]]
