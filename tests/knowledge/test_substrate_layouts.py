"""The layouts of relations: what is read, what is left out and counted, what is a fault with its line."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.substrates import read_site_relations


def written(tmp_path: Path, text: str, name: str = "mine.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_weighted_network_in_both_spellings_of_targets(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "source,target,weight\nAKT1,GSK3B_S9,1\nAKT1,FOXO3_S253|FOXO3|S253,0.5\nDUSP2,MAPK1_T185,-1\n",
    )
    relations = read_site_relations(path)
    assert relations.frame.select("enzyme", "substrate", "residue", "position", "sign", "weight").rows() == [
        ("AKT1", "FOXO3", "S", 253, 1, 0.5),
        ("AKT1", "GSK3B", "S", 9, 1, 1.0),
        ("DUSP2", "MAPK1", "T", 185, -1, 1.0),
    ]
    assert set(relations.frame["status"]) == {"unreferenced"}


def test_gzip_and_mor_and_windows(tmp_path: Path) -> None:
    path = tmp_path / "net.csv.gz"
    path.write_bytes(
        gzip.compress(b"source,target,mor,sequence\nAKT1,GSK3B_S9,1,SGRPRTTSFAESCKP\nAKT1,BAD_S75,1,SGRPRT\n")
    )
    frame = read_site_relations(path).frame
    assert frame["window"].to_list() == [None, "SGRPRTTSFAESCKP"]


def test_signor_layout_with_the_effect_of_the_phosphorylated_state(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "ENTITYA\tENTITYB\tEFFECT\tMECHANISM\tRESIDUE\tSEQUENCE\tTAX_ID\tPMID\tTYPEA\n"
        "AKT1\tGSK3B\tdown-regulates activity\tphosphorylation\tSer9\tSGRPRTTSFAESCKP\t9606\t8524413\tprotein\n"
        "AKT1\tGSK3B\tdown-regulates\tphosphorylation\tSer9\tSGRPRTTSFAESCKP\t9606\t11035810\tprotein\n"
        "DUSP2\tMAPK1\tdown-regulates\tdephosphorylation\tThr185; Tyr187\t\t9606\t\tprotein\n"
        "Mtor\tRps6kb1\tup-regulates\tphosphorylation\tThr412\t\t10090\t\tprotein\n"
        "NME1\tKSR1\tup-regulates\tphosphorylation\tHis118\t\t9606\t\tprotein\n"
        "EGF\tEGFR\tup-regulates\tbinding\t\t\t9606\t\tprotein\n"
        "mTORC1\tULK1\tdown-regulates\tphosphorylation\tSer758\t\t9606\t\tcomplex\n",
        "signor.tsv",
    )
    relations = read_site_relations(path)
    rows = relations.frame.select(
        "enzyme", "substrate", "residue", "position", "sign", "effect", "references"
    )
    assert rows.rows() == [
        ("AKT1", "GSK3B", "S", 9, 1, -1, "PMID:8524413;PMID:11035810"),
        ("DUSP2", "MAPK1", "T", 185, -1, 1, ""),
        ("DUSP2", "MAPK1", "Y", 187, -1, 1, ""),
        ("mTORC1", "ULK1", "S", 758, 1, -1, ""),
    ]
    told = " ".join(note.found for note in relations.notes)
    assert "1 rows of other organisms left out" in told
    assert "1 rows of other mechanisms left out" in told
    assert "His (1)" in told
    assert "complex (1)" in told


def test_effects_of_both_signs_are_unknown(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "enzyme,substrate,residue,position,effect\nMAPK1,SMAD2,S,245,1\nMAPK1,SMAD2,S,245,-1\n",
    )
    relations = read_site_relations(path)
    assert relations.frame["effect"].to_list() == [0]
    assert {note.code for note in relations.notes} == {"relations-merged", "effects-opposed"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "this is no table of kinases and sites"),
        ("source,target,weight\n,GSK3B_S9,1\n", "row 2, column 'source'"),
        ("source,target,weight\nAKT1,GSK3B_S9,0\n", "'0' is no weight"),
        ("enzyme,substrate,residue,position\nAKT1,GSK3B,K,9\n", "'K' is no residue"),
        ("enzyme,substrate,residue,position\nAKT1,GSK3B,S,nine\n", "'nine' is no position"),
        ("enzyme,substrate,residue,position,sign\nAKT1,GSK3B,S,9,0\n", "'0' is no sign"),
        ("enzyme,substrate\nAKT1,GSK3B\n", "the column 'residue' is missing"),
        ("ENTITYA,ENTITYB,EFFECT\nA,B,1\n", "the column 'MECHANISM' is missing"),
        ("source,target,weight\n", "holds no relation"),
        ("source,target,weight\n" + "AKT1,GSK3B,1\n" * 12, "and 2 more rows like these"),
    ],
)
def test_bad_files_say_what_and_where(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_site_relations(written(tmp_path, text))
    assert told in str(caught.value)


def test_files_of_databases_are_read_whole(real_data: Path) -> None:
    sites = read_site_relations(
        real_data / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz"
    )
    assert len(sites) > 11_000
    assert len(sites.phosphatases) > 80
    whole = read_site_relations(real_data / "knowledge/signor/PKN_human_dir.csv.gz")
    assert any(note.code == "licence-non-commercial" for note in whole.notes)
    curated = read_site_relations(real_data / "knowledge/kinase-substrate-curated/curated.csv.gz").frame
    assert curated.filter(pl.col("window").is_not_null()).height > 0.9 * curated.height
