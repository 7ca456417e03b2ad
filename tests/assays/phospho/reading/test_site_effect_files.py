"""Effects that are in a file already."""

import gzip

import pytest

from kinescape.assays.phospho.reading.site_effect_files import read_site_effects
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA
from kinescape.foundation.errors import InputError


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "sequences"),
    [
        ("ranked_trametinib_vs_untreated_WT.seqrnk", 10716),
        ("ranked_vemurafenib_vs_untreated_WT.seqrnk", 10716),
        ("seqrnk/378_111.seqrnk", 1003),
        ("seqrnk/koksal2018_log2.fold.change.8min.seqrnk", 1043),
        ("seqrnk/ser_thr_only_trametinib_vs_untreated_WT.seqrnk", 10716),
    ],
)
def test_ranked_lists(real_data, file, sequences):
    (effect,) = read_site_effects(real_data / "phospho/phosx" / file)
    assert effect.sites.schema == EFFECT_SCHEMA
    assert effect.sites.height == sequences
    assert (effect.sites["window"].str.slice(7, 1) == effect.sites["residue"]).all()
    assert set(effect.sites["residue"].unique()) <= {"S", "T", "Y"}


@pytest.mark.real_data
def test_the_hernandez_matrix(real_data):
    effects = read_site_effects(real_data / "phospho/hernandez-benchmark/hernandezData.csv.gz")
    assert len(effects) == 94
    assert all(effect.sites["log2_fold_change"].null_count() == 0 for effect in effects)
    assert not any((effect.sites["log2_fold_change"] == 0).any() for effect in effects)
    first = effects[0].sites
    assert first.filter(first["site"] == "RPAP3_S481")["log2_fold_change"].item() == pytest.approx(
        -0.471068907523928
    )


def written(tmp_path, text, name="effects.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "site,log2_fold_change,se,p_value\nMAPK1_T185,-1.5,0.2,0.001\nAKT1_S473,0.5,0.2,0.04\n",
        "gene,site,logFC,se,P.Value\nMAPK1,T185,-1.5,0.2,0.001\nAKT1,pS473,0.5,0.2,0.04\n",
        "gene\tresidue\tposition\tlog2FC\tse\tpvalue\nMAPK1\tT\t185\t-1.5\t0.2\t0.001\nAKT1\ts\t473\t0.5\t0.2\t0.04\n",
    ],
)
def test_plain_tables(tmp_path, text):
    (effect,) = read_site_effects(written(tmp_path, text))
    sites = effect.sites
    assert sites["site"].to_list() == ["MAPK1_T185", "AKT1_S473"]
    assert sites["log2_fold_change"].to_list() == [-1.5, 0.5]
    assert sites["fdr"].to_list() == pytest.approx([0.002, 0.04])
    assert set(sites["status"]) == {"tested"}
    assert effect.name == "effects"


def test_effects_alone_say_that_nothing_was_tested(tmp_path):
    (effect,) = read_site_effects(written(tmp_path, "site,logFC\nA_S1,1\nB_T2,NA\nC_Y3,0\n"))
    assert effect.sites["site"].to_list() == ["A_S1", "C_Y3"]
    assert effect.sites["status"].str.contains("no p-value").all()
    assert any("1 of 3" in note.found for note in effect.notes)


def test_zero_is_not_measured_in_a_matrix_unless_said(tmp_path):
    text = "ID,a,b\nMAPK1_T185|MAPK1|T185,1,0\nAKT1_S473|AKT1|S473,NA,-2\n"
    a, b = read_site_effects(written(tmp_path, text))
    assert (a.name, a.sites["site"].to_list()) == ("a", ["MAPK1_T185"])
    assert (b.name, b.sites["site"].to_list()) == ("b", ["AKT1_S473"])
    _, b = read_site_effects(written(tmp_path, text), zero_is_missing=False)
    assert b.sites.height == 2


def test_gzipped(tmp_path):
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress(b"ID,a\nMAPK1_T185,1\n"))
    assert read_site_effects(path)[0].sites.height == 1


def test_dates_are_refused_where_nothing_else_names_the_gene(tmp_path):
    with pytest.raises(InputError, match="'1-Mar' is a date") as caught:
        read_site_effects(written(tmp_path, "gene,site,logFC\nMAPK1,T1,1\n1-Mar,S5,1\n"))
    assert caught.value.faults[0].row == 3
    (effect,) = read_site_effects(written(tmp_path, "gene,site,logFC\n2-Sep,T1,1\nMARCH5,S5,1\n"))
    assert effect.sites["gene"].to_list() == ["SEPTIN2", "MARCHF5"]


def test_every_unreadable_site_is_told_with_its_row(tmp_path):
    with pytest.raises(InputError) as caught:
        read_site_effects(written(tmp_path, "site,logFC\nMAPK1_T185,1\nMAPK1,2\nS5,3\n"))
    assert [fault.row for fault in caught.value.faults] == [3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "looked for 'log2_fold_change'"),
        ("logFC,x\n1,2\n", "no column names the sites"),
        ("site,logFC,p\nA_S1,1,3.2\n", "outside 0 to 1"),
        ("site,logFC\nA_S1,high\n", "no number"),
        ("site,logFC\nA_S1,NA\n", "no fold change"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_site_effects(written(tmp_path, text))


def test_bad_ranked_lists(tmp_path):
    with pytest.raises(InputError, match="is no sequence with a score"):
        read_site_effects(written(tmp_path, "AAAAASAAAA\thigh\n", "a.seqrnk"))
    with pytest.raises(InputError, match="no sequence"):
        read_site_effects(written(tmp_path, "", "a.seqrnk"))
    with pytest.raises(InputError, match="no such file"):
        read_site_effects(tmp_path / "b.seqrnk")


@pytest.mark.parametrize("base", [20.0, 1e6])
def test_a_matrix_of_samples_is_no_matrix_of_contrasts(tmp_path, base):
    lines = [f"MAPK1_S{index},{base + index},{base + 2 * index}" for index in range(1, 31)]
    with pytest.raises(InputError, match="these are no fold changes"):
        read_site_effects(written(tmp_path, "site,a,b\n" + "\n".join(lines) + "\n"))
