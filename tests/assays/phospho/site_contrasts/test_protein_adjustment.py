"""Sites against their proteins."""

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho.differential import differential_sites
from kinescape.assays.phospho.reading.protein_table import ProteinTable, read_proteome
from kinescape.assays.phospho.site_contrasts.protein_adjustment import (
    ADJUSTED,
    IN_PART,
    NOT_MEASURED,
    adjust_for_protein,
)
from kinescape.assays.phospho.site_reading import read_sites
from kinescape.foundation.errors import InputError

from ..site_tables import design_of, table_of

NAN = float("nan")
SAMPLES = ("c1", "c2", "t1", "t2")


def proteins(values, accessions, genes):
    frame = pl.DataFrame({"accessions": accessions, "gene": genes, "row": list(range(2, 2 + len(genes)))})
    return ProteinTable(frame, SAMPLES, np.array(values, dtype=float), "intensity")


def test_a_change_of_the_protein_is_taken_away():
    sites = table_of([[20, 20, 22, 22], [20, 20, 22, 22], [20, 20, 22, 22], [20, 20, NAN, 22]], SAMPLES)
    amounts = proteins(
        [[10, 10, 12, 12], [10, 10, NAN, 12], [15, 15, 15, 15]],
        [["P00000", "P00000-2"], ["P00001"], ["Q1"]],
        ["GENE0", "GENE1", "GENE3"],
    )
    found = adjust_for_protein(sites, amounts)
    assert found.status.to_list() == [ADJUSTED, IN_PART, NOT_MEASURED, ADJUSTED]
    assert found.table.log2_intensity[0] == pytest.approx([21, 21, 21, 21])
    assert found.table.log2_intensity[1:3].tolist() == [[20, 20, 22, 22]] * 2
    # By the gene where no accession fits; the protein did not move.
    assert np.array_equal(found.table.log2_intensity[3], [20, 20, NAN, 22], equal_nan=True)
    assert sites.log2_intensity[0].tolist() == [20, 20, 22, 22]


def test_samples_that_the_sheet_leaves_out_need_no_proteins():
    sites = table_of([[20, 20, 22, 22, 25]], (*SAMPLES, "pool")).of_samples(SAMPLES)
    assert sites.samples == SAMPLES
    assert sites.log2_intensity.tolist() == [[20, 20, 22, 22]]
    amounts = proteins([[10, 10, 12, 12]], [["P00000"]], ["GENE0"])
    assert adjust_for_protein(sites, amounts).status.to_list() == [ADJUSTED]


def test_the_mark_reaches_the_contrast():
    rng = np.random.default_rng(0)
    values = rng.normal(20, 1, (30, 1)) + rng.normal(0, 0.1, (30, 4)) + np.array([0, 0, 2, 2])
    lines = [("c1", "control", "1"), ("c2", "control", "2"), ("t1", "X 1 nM", "1"), ("t2", "X 1 nM", "2")]
    amounts = proteins([[10, 10, 12, 12]], [["P00000"]], ["GENE0"])
    found = adjust_for_protein(table_of(values, SAMPLES), amounts)
    (effect,) = differential_sites(
        found.table, design_of(lines), normalise=False, protein_adjusted=found.status
    )
    assert effect.sites["protein"][:2].to_list() == [ADJUSTED, NOT_MEASURED]
    assert abs(effect.sites["log2_fold_change"][0]) < 0.5
    assert effect.sites["log2_fold_change"][1] > 1.5


def test_samples_of_another_name_need_telling():
    sites = table_of([[20, 20, 22, 22]], ("c1", "c2", "t1", "t3"))
    amounts = proteins([[10, 10, 12, 12]], [["P00000"]], ["GENE0"])
    with pytest.raises(InputError, match="no sample 't3'"):
        adjust_for_protein(sites, amounts)
    assert adjust_for_protein(sites, amounts, samples={"t3": "t2"}).status.to_list() == [ADJUSTED]


@pytest.mark.real_data
def test_the_real_pair_of_tables(real_data):
    """Two of the 33 columns of the proteins were misspelt by hand in this file; they must be told, not skipped."""
    folder = real_data / "phospho/maxquant-silac"
    sites, amounts = (
        read_sites(folder / "billing19.phosphosites.txt"),
        read_proteome(folder / "billing19.proteingroups.txt"),
    )
    with pytest.raises(InputError) as caught:
        adjust_for_protein(sites, amounts)
    assert len(caught.value.faults) == 2
    names = {
        "M STD(L).E00(M).E01(H).R7": "M STD(L).E00(M).EM01(H).R7",
        "H STD(L).M00(M).BLANK(H).R11": "H STD(L).MM00(M).BLANK(H).R11",
    }
    found = adjust_for_protein(sites, amounts, samples=names)
    assert found.status.value_counts(sort=True).rows() == [(ADJUSTED, 15), (IN_PART, 3), (NOT_MEASURED, 1)]


def test_a_simple_table(tmp_path):
    path = tmp_path / "proteins.csv"
    path.write_text("gene,c1,c2,t1,t2\nGENE0,1024,1024,4096,0\n")
    table = read_proteome(path)
    assert table.samples == SAMPLES
    assert np.array_equal(table.log2_amount, [[10, 10, 12, NAN]], equal_nan=True)


def test_a_table_without_names_says_what_it_looked_for(tmp_path):
    path = tmp_path / "proteins.csv"
    path.write_text("x,c1\nGENE0,1024\n")
    with pytest.raises(InputError, match="looked for 'Majority protein IDs'"):
        read_proteome(path)
