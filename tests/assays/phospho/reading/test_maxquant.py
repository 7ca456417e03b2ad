"""MaxQuant's site table and evidence, from headers that its versions write."""

import numpy as np
import pytest

from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError

WINDOW = "VADPDHDHHDHTGFLTEYVATRWYRAPEIML"
BASE = {
    "Proteins": "P28482;P27361", "Positions within proteins": "185;202", "Leading proteins": "P28482",
    "Protein": "P28482", "Gene names": "MAPK1", "Fasta headers": ">sp|P28482|MK01_HUMAN OS=Homo sapiens GN=MAPK1 PE=1",
    "Localization prob": "0.99", "Amino acid": "T", "Sequence window": WINDOW, "Reverse": "",
    "Potential contaminant": "", "id": "1", "Position": "185",
}  # fmt: skip


def written(tmp_path, rows, name="Phospho (STY)Sites.txt"):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["\t".join(columns)] + ["\t".join(str(row.get(key, "")) for key in columns) for row in rows]
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def label_free(**values):
    out = {"Localization prob a": "1", "Localization prob b": "1", "Intensity": "9", "Intensity a": "9"}
    for sample in "ab":
        for multiplicity in (1, 2, 3):
            out[f"Intensity {sample}___{multiplicity}"] = "0"
    return {**out, **values}


def test_multiplicities_are_entries_of_their_own(tmp_path):
    row = {
        **BASE,
        **label_free(**{"Intensity a___1": "1024", "Intensity b___1": "2048", "Intensity a___2": "512"}),
    }
    table = read_sites(written(tmp_path, [row]))
    assert table.samples == ("a", "b")
    assert table.sites["site"].to_list() == ["MAPK1_T185", "MAPK1_T185"]
    assert table.sites["multiplicity"].to_list() == [1, 2]
    assert np.array_equal(table.log2_intensity, [[10, 11], [9, np.nan]], equal_nan=True)
    assert table.sites["proteins"][0] == "P28482;P27361"
    assert table.sites["window"][0] == WINDOW[8:23]
    assert table.organism == "human"


def test_every_row_has_its_reason(tmp_path):
    filled = label_free(**{"Intensity a___1": "1000"})
    rows = [
        {**BASE, **filled},
        {**BASE, **filled, "Localization prob": "0.5"},
        {**BASE, **filled, "Reverse": "+"},
        {**BASE, **filled, "Potential contaminant": "+"},
        {**BASE, **filled, "Protein": "CON__P00761", "Proteins": "CON__P00761"},
        {**BASE, **filled, "Protein": "REV__P00761", "Proteins": "REV__P00761"},
        {**BASE, **label_free()},
        {**BASE, **filled, "Position": "", "Positions within proteins": ""},
        {**BASE, **filled, "Localization prob": ""},
    ]
    table = read_sites(written(tmp_path, rows))
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 1,
        "decoy": 2,
        "contaminant": 2,
        "no protein, residue or position": 1,
        "no localisation probability": 1,
        "localisation below 0.75": 1,
        "no value in any sample": 1,
    }
    assert sum(count.rows for count in table.rows) == len(rows)


def test_isoforms_and_headers_name_the_protein(tmp_path):
    row = {**BASE, **label_free(**{"Intensity a___1": "1000"})}
    isoform = {**row, "Protein": "sp|P28482-2|MK01_HUMAN", "Gene names": ""}
    sites = read_sites(written(tmp_path, [row, isoform])).sites
    assert sites["accession"].to_list() == ["P28482", "P28482-2"]
    assert sites["gene"].to_list() == ["MAPK1", "MAPK1"]


def test_mouse_is_known_by_its_entry_names(tmp_path):
    row = {**BASE, **label_free(**{"Intensity a___1": "1000"}), "Gene names": "Mapk1", "Fasta headers": ""}
    row |= {"Protein": "sp|P63085|MK01_MOUSE"}
    assert read_sites(written(tmp_path, [row])).organism == "mouse"


def test_an_organism_that_nothing_tells_is_said(tmp_path):
    row = {**BASE, **label_free(**{"Intensity a___1": "1000"}), "Gene names": "", "Fasta headers": ""}
    table = read_sites(written(tmp_path, [row]))
    assert table.organism is None
    assert table.sites["site"].to_list() == ["P28482_T185"]
    assert any(note.code == "organism-unknown" for note in table.notes)
    assert read_sites(written(tmp_path, [row]), organism="human").organism == "human"


def test_silac_ratios_are_read_and_intensities_on_request(tmp_path):
    row = {**BASE, "Localization prob a": "1", "Ratio H/L normalized a___1": "2.0", "Ratio H/L normalized a___2": "NaN",
           "Ratio H/L normalized a___3": "NaN", "Ratio H/L normalized a": "2.0", "Intensity L a": "1024",
           "Intensity H a": "4096"}  # fmt: skip
    table = read_sites(written(tmp_path, [row]))
    assert (table.quantity, table.samples, table.log2_intensity.tolist()) == ("ratio", ("H/L a",), [[1.0]])
    table = read_sites(written(tmp_path, [row]), quantity="intensity")
    assert (table.quantity, table.samples) == ("intensity", ("L a", "H a"))
    assert table.log2_intensity.tolist() == [[10.0, 12.0]]


def test_ratios_are_asked_of_a_table_without_them(tmp_path):
    row = {**BASE, **label_free(**{"Intensity a___1": "1000"})}
    with pytest.raises(InputError, match="no ratios"):
        read_sites(written(tmp_path, [row]), quantity="ratio")


def test_tmt_channels(tmp_path):
    row = {**BASE, "Localization prob plex1": "1"}
    for channel in (1, 2, 10):
        for multiplicity in (1, 2, 3):
            row[f"Reporter intensity corrected {channel} plex1___{multiplicity}"] = (
                "512" if multiplicity == 1 else "0"
            )
    table = read_sites(written(tmp_path, [row]))
    assert table.samples == ("channel 1 plex1", "channel 2 plex1", "channel 10 plex1")
    assert table.log2_intensity.tolist() == [[9.0, 9.0, 9.0]]


def test_logarithms_beside_intensities_are_refused(tmp_path):
    rows = [
        {**BASE, **label_free(**{"Intensity a___1": str(10**6 + index), "Intensity b___1": "20.5"})}
        for index in range(5)
    ]
    with pytest.raises(InputError, match=r"1 sample \(b\) looks logarithmic .* and 1 sample \(a\) linear"):
        read_sites(written(tmp_path, rows))


def test_logarithms_within_one_sample_are_refused(tmp_path):
    rows = [
        {**BASE, **label_free(**{"Intensity a___1": value})}
        for value in ("1000000", "20.1", "2000000", "21.5")
    ]
    with pytest.raises(InputError, match="as logarithms are, beside values above"):
        read_sites(written(tmp_path, rows))


def test_dates_in_place_of_genes_are_mended_or_told(tmp_path):
    filled = label_free(**{"Intensity a___1": "1000"})
    genes = ["2-Sep", "44079", "MARCH5", "1-Mar", "MAPK1"]
    rows = [
        {**BASE, **filled, "Gene names": gene, "Position": str(index)} for index, gene in enumerate(genes, 1)
    ]
    table = read_sites(written(tmp_path, rows))
    assert table.sites["gene"].to_list() == ["SEPTIN2", "SEPTIN5", "MARCHF5", None, "MAPK1"]
    assert table.sites["site"][3] == "P28482_T4"
    notes = [note for note in table.notes if note.code == "gene-dates"]
    assert any("'1-Mar' is a date" in note.found and note.row == 5 for note in notes)
    assert any("2-Sep as SEPTIN2" in note.found for note in notes)


def test_a_decimal_comma_beside_points_is_refused(tmp_path):
    rows = [{**BASE, **label_free(**{"Intensity a___1": "1000.5", "Intensity b___1": "2,5E+06"})}]
    with pytest.raises(InputError, match="decimal comma"):
        read_sites(written(tmp_path, rows))


def test_nothing_left_is_an_error_with_the_reasons(tmp_path):
    row = {**BASE, **label_free(**{"Intensity a___1": "1000"}), "Localization prob": "0.4"}
    with pytest.raises(InputError, match="no phosphorylation site is left of 1 rows"):
        read_sites(written(tmp_path, [row]))
    assert read_sites(written(tmp_path, [row]), localisation=0.3).sites.height == 1


EVIDENCE = {
    "Sequence": "AALLAQYADVTDEEDEADEK", "Modified sequence": "_AALLAQYADVT(Phospho (STY))DEEDEADEK_",
    "Phospho (STY) Probabilities": "AALLAQY(0.02)ADVT(0.98)DEEDEADEK", "Phospho (STY)": "1", "Proteins": "Q96MW1",
    "Leading razor protein": "Q96MW1", "Gene names": "CCDC43", "Raw file": "r1", "Experiment": "e1", "Charge": "3",
    "Intensity": "1024", "Reverse": "", "Potential contaminant": "", "id": "0",
}  # fmt: skip


def test_evidence_is_added_up_and_placed_by_the_sequences(tmp_path):
    rows = [
        EVIDENCE,
        {**EVIDENCE, "Charge": "2"},
        {**EVIDENCE, "Experiment": "e2", "Intensity": "4096"},
        {**EVIDENCE, "Phospho (STY)": "0", "Phospho (STY) Probabilities": ""},
        {**EVIDENCE, "Phospho (STY) Probabilities": "AALLAQY(0.5)ADVT(0.5)DEEDEADEK"},
        {**EVIDENCE, "Reverse": "+"},
        {**EVIDENCE, "Intensity": "", "Sequence": "AAT", "Phospho (STY) Probabilities": "AAT(1)"},
    ]
    path = written(tmp_path, rows, "evidence.txt")
    table = read_sites(path)
    assert table.sites["site"].to_list() == ["CCDC43_AALLAQYADVtDEEDEADEK"]
    assert table.sites["position"].to_list() == [None]
    assert table.log2_intensity.tolist() == [[11.0, 12.0]]
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 3, "not phosphorylated": 1, "localisation below 0.75": 1, "decoy": 1, "no value in any sample": 1,
    }  # fmt: skip
    fasta = tmp_path / "human.fasta"
    fasta.write_text(">sp|Q96MW1|CCD43_HUMAN X OS=Homo sapiens GN=CCDC43 PE=1\nMKAALLAQYADVTDEE\nDEADEKRR\n")
    placed = read_sites(path, fasta=fasta)
    assert placed.sites["site"].to_list() == ["CCDC43_T13"]
    assert placed.sites["window"].to_list() == ["LAQYADVTDEEDEAD"]
