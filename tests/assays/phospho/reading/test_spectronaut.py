"""Spectronaut's reports: pivoted and long PTM sites, precursors, fragments."""

import numpy as np
import pytest

from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError

from .test_maxquant import written

PIVOT = {
    "PG.Genes": "Mapk1;Mapk3", "PG.ProteinGroups": "P63085;Q63844", "PTM.ProteinId": "P63085",
    "PTM.CollapseKey": "P63085_T183_M1", "PTM.SiteAA": "T", "PTM.SiteLocation": "183", "PTM.Multiplicity": "1",
    "PTM.ModificationTitle": "Phospho (STY)", "PTM.FlankingRegion": "HDHTGFLTEYVATRW",
    "[1] run_a.raw.PTM.SiteProbability": "0,99", "[2] run_b.raw.PTM.SiteProbability": "0,6",
    "[1] run_a.raw.PTM.Quantity": "1024", "[2] run_b.raw.PTM.Quantity": "Filtered",
}  # fmt: skip


def test_pivoted_sites(tmp_path):
    rows = [
        PIVOT,
        {**PIVOT, "PTM.ModificationTitle": "Oxidation (M)"},
        {**PIVOT, "PTM.SiteLocation": "185", "[1] run_a.raw.PTM.SiteProbability": "0,5"},
    ]
    table = read_sites(written(tmp_path, rows))
    assert table.samples == ("run_a", "run_b")
    assert np.array_equal(table.log2_intensity, [[10, np.nan]], equal_nan=True)
    assert table.sites["site"].to_list() == ["Mapk1_T183"]
    assert table.organism == "mouse"
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 1, "not a phosphorylation": 1, "localisation below 0.75": 1,
    }  # fmt: skip


def test_values_of_runs_that_do_not_place_the_site_are_left_out(tmp_path):
    row = {**PIVOT, "[2] run_b.raw.PTM.Quantity": "4096"}
    table = read_sites(written(tmp_path, [row]))
    assert np.array_equal(table.log2_intensity, [[10, np.nan]], equal_nan=True)


LONG = {
    "R.FileName": "run_a", "PG.Genes": "MAPK1", "PG.ProteinGroups": "P28482", "PG.ProteinNames": "MK01_HUMAN",
    "PTM.ProteinId": "P28482", "PTM.SiteAA": "T", "PTM.SiteLocation": "185", "PTM.Multiplicity": "1",
    "PTM.ModificationTitle": "Phospho (STY)", "PTM.SiteProbability": "0.99", "PTM.Quantity": "1024",
    "PTM.FlankingRegion": "HDHTGFLTEYVATRW",
}  # fmt: skip


@pytest.mark.parametrize("window", ["HDHTGFLTEYVATRW", ""])
def test_long_sites_stream(tmp_path, window):
    rows = [
        {**LONG, "PTM.FlankingRegion": window},
        {**LONG, "PTM.FlankingRegion": window, "R.FileName": "run_b", "PTM.Quantity": "2048"},
        {**LONG, "PTM.FlankingRegion": window, "R.FileName": "run_c", "PTM.SiteProbability": "0.3"},
        {
            **LONG,
            "PTM.FlankingRegion": window,
            "R.FileName": "run_c",
            "PTM.Quantity": "NaN",
            "PTM.SiteLocation": "99",
        },
    ]
    table = read_sites(written(tmp_path, rows))
    assert table.sites["site"].to_list() == ["MAPK1_T185"]
    # A run in which nothing counts is a sample all the same: one line of it was kept.
    assert table.samples == ("run_a", "run_b", "run_c")
    assert np.array_equal(table.log2_intensity, [[10, 11, np.nan]], equal_nan=True)
    assert table.sites["window"].to_list() == ["HDHTGFLTEYVATRW" if window else "XXXXXXXTXXXXXXX"]
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 2, "localisation below 0.75": 1, "no value in any sample": 1,
    }  # fmt: skip


FRAGMENT = {
    "R.FileName": "run_a", "PG.Genes": "BIN1", "PG.ProteinGroups": "O00499", "PG.ProteinNames": "BIN1_HUMAN",
    "PEP.PeptidePosition": "293", "EG.IsDecoy": "FALSE", "EG.PrecursorId": "_GNKSPS[Phospho (STY)]PPDGR_.2",
    "EG.PTMLocalizationProbabilities": "_GNKS[Phospho (STY): 1.5%]PS[Phospho (STY): 98.5%]PPDGR_",
    "EG.ModifiedSequence": "_GNKSPS[Phospho (STY)]PPDGR_", "FG.Charge": "2", "F.FrgIon": "y4",
    "F.ExcludedFromQuantification": "FALSE", "F.PeakArea": "512",
}  # fmt: skip


def test_fragments_are_added(tmp_path):
    rows = [
        FRAGMENT,
        {**FRAGMENT, "F.FrgIon": "y5"},
        {**FRAGMENT, "F.FrgIon": "y6", "F.ExcludedFromQuantification": "TRUE"},
        {**FRAGMENT, "EG.IsDecoy": "TRUE"},
        {**FRAGMENT, "EG.ModifiedSequence": "_GNK_", "EG.PTMLocalizationProbabilities": "_GNK_"},
    ]
    table = read_sites(written(tmp_path, rows))
    assert table.sites["site"].to_list() == ["BIN1_S298"]
    assert table.log2_intensity.tolist() == [[10.0]]
    assert {count.reason: count.rows for count in table.rows} == {
        "kept": 2, "excluded from quantification": 1, "decoy": 1, "not phosphorylated": 1,
    }  # fmt: skip


def test_precursor_quantities_repeated_over_fragments_count_once(tmp_path):
    row = {key: value for key, value in FRAGMENT.items() if key != "F.PeakArea"} | {"FG.Quantity": "1024"}
    table = read_sites(written(tmp_path, [row, {**row, "F.FrgIon": "y5"}]))
    assert table.log2_intensity.tolist() == [[10.0]]


def test_a_report_without_quantities_says_what_it_looked_for(tmp_path):
    row = {key: value for key, value in FRAGMENT.items() if key != "F.PeakArea"}
    with pytest.raises(InputError, match=r"looked for 'F\.PeakArea'"):
        read_sites(written(tmp_path, [row]))
