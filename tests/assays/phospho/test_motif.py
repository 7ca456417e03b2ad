"""Motif matrices: the axis order, the score by hand, percentiles against the background, the extra that is absent."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho import motif
from kinescape.assays.phospho.motif import (
    LETTERS,
    MotifSet,
    motif_kinases,
    motif_percentiles,
    motif_scores,
    motifs_available,
)
from kinescape.foundation.errors import InputError
from kinescape.knowledge.substrates import load_site_relations, read_site_relations

needs_motifs = pytest.mark.skipif(
    not motifs_available(), reason="the extra kinescape[motif] (phosx) is not installed"
)


@pytest.fixture
def two_motifs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kinase that wants R at -3 and one that wants P at +1; and a tyrosine kinase."""
    ratio = np.zeros((10, 23, 2))
    ratio[2, LETTERS.index("R"), 0] = 2.0
    ratio[6, LETTERS.index("P"), 1] = 3.0
    background = np.sort(np.random.default_rng(0).choice([0.0, 0.0, 0.0, 2.0], (100, 2)), axis=0)
    serine = MotifSet(("BASO", "PROLINE"), ratio, background)
    tyrosine = MotifSet(("TYRO",), np.zeros((10, 23, 1)), np.zeros((100, 1)))
    monkeypatch.setattr(motif, "motif_set", lambda kind: {"ST": serine, "Y": tyrosine}[kind])


def test_scores_are_sums_over_the_ten_positions() -> None:
    random = np.random.default_rng(1)
    ratio = random.normal(size=(10, 23, 4))
    window = "MGRPRTTSFAESCKP"
    by_hand = sum(
        ratio[row, LETTERS.index(window[7 + position])] for row, position in enumerate(range(-5, 5))
    )
    assert motif_scores([window], ratio)[0] == pytest.approx(by_hand)


def test_unknown_residues_and_ends_count_nothing() -> None:
    ratio = np.random.default_rng(1).normal(size=(10, 23, 2))
    assert motif_scores(["_" * 15, "XXXXXXX*XXXXXXX"], ratio).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_percentiles_by_kinase_and_residue(two_motifs: None) -> None:
    windows = ["AAAARAASAAAAAAA", "AAAAAAATPAAAAAA", "AAAAAAAYAAAAAAA", None, "AAASAAA"]
    kinases, percentiles = motif_percentiles(windows)
    assert kinases == ("BASO", "PROLINE", "TYRO")
    assert percentiles[0, 0] == 1.0
    assert percentiles[1, 1] == 1.0
    assert percentiles[0, 1] < 1
    assert np.isnan(percentiles[2, :2]).all()
    assert np.isnan(percentiles[:2, 2]).all()
    assert np.isnan(percentiles[3:]).all()
    chosen, part = motif_percentiles(windows, ["PROLINE", "MAPK6"])
    assert chosen == ("PROLINE",)
    np.testing.assert_array_equal(part[:, 0], percentiles[:, 1])


def test_an_absent_extra_is_told_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motif, "find_spec", lambda name: None)
    motif.motif_set.cache_clear()
    assert not motifs_available()
    with pytest.raises(InputError, match=r"kinescape\[motif\]"):
        motif_percentiles(["AAAARAASAAAAAAA"])
    motif.motif_set.cache_clear()


@needs_motifs
def test_every_motif_has_its_own_symbol() -> None:
    for kind, count in (("ST", 303), ("Y", 93)):
        found = motif.motif_set(kind)
        assert len(found.kinases) == len(set(found.kinases)) == count
        assert found.background.shape[1] == count
    kinases = motif_kinases()
    assert {"MAPK1", "AKT1", "PDPK1", "PDK1", "ABL1", "ERBB2"} <= set(kinases)
    assert not {"MAPK6", "MAPK4"} & set(kinases)


@needs_motifs
def test_known_motifs_are_found() -> None:
    kinases, percentiles = motif_percentiles(["SGRPRTTSFAESCKP", "PLLTPGGSPLSPAAA"], ["AKT1", "MAPK1"])
    assert kinases == ("AKT1", "MAPK1")
    assert percentiles[0, 0] > 0.9
    assert percentiles[1, 1] > 0.8
    assert percentiles[0, 0] > percentiles[0, 1]
    assert percentiles[1, 1] > percentiles[1, 0]


@needs_motifs
def test_the_order_of_the_letters_holds_against_known_edges(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known edges ≥ 0.80 AUROC with the right order, far lower with the flanking letters scrambled."""
    sites = read_site_relations(
        real_data / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz"
    ).frame.filter(pl.col("window").is_not_null() & (pl.col("residue") != "Y"))
    sites = sites.unique(["substrate", "residue", "position"], maintain_order=True)
    keys = list(sites.select("substrate", "residue", "position").iter_rows())
    known = load_site_relations().frame.filter(pl.col("sign") > 0)
    edges: dict[str, set[tuple[str, str, int]]] = {}
    for enzyme, *site in known.select("enzyme", "substrate", "residue", "position").iter_rows():
        edges.setdefault(enzyme, set()).add(tuple(site))  # type: ignore[arg-type]

    def pooled() -> float:
        kinases, percentiles = motif_percentiles(sites["window"].to_list())
        scores, positive = [], []
        for column, kinase in enumerate(kinases):
            flags = np.array([key in edges.get(kinase, set()) for key in keys])
            if flags.sum() >= 10 and np.isfinite(percentiles[:, column]).all():
                scores.append(percentiles[:, column])
                positive.append(flags)
        values, flags = np.concatenate(scores), np.concatenate(positive)
        order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
        n = flags.sum()
        return float((order[flags].sum() - n * (n - 1) / 2) / (n * (~flags).sum()))

    right = pooled()
    scrambled = "".join(np.random.default_rng(0).permutation(list(LETTERS[:18]))) + LETTERS[18:]
    monkeypatch.setattr(motif, "LETTERS", scrambled)
    assert right >= 0.80
    assert pooled() < 0.70
