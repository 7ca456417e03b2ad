"""Candidates of a kinase: planted substrates come first, known ones are marked, and what decided is said."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kinescape.assays.phospho import motif
from kinescape.assays.phospho.motif import LETTERS, MotifSet
from kinescape.assays.phospho.reading.site_effect_files import read_site_effects
from kinescape.assays.phospho.site_effects import EFFECT_SCHEMA, SiteEffects
from kinescape.assays.phospho.substrate_search.substrate_tables import CANDIDATE_SCHEMA
from kinescape.assays.phospho.substrates import find_substrates
from kinescape.foundation.errors import InputError

SITES = 300
PLANTED = 12


def contrast(
    name: str, change: np.ndarray, *, errors: bool = True, windows: list[str] | None = None
) -> SiteEffects:
    """One contrast; the first sites are known substrates of AKT1, the next ones planted new ones."""
    known = ["GSK3B_S9", "FOXO3_S253", "BAD_S99", "AKT1S1_T246", "CASP9_S196", "TSC2_S939"]
    names = known + [f"GENE{index}_S{index + 10}" for index in range(SITES - len(known))]
    frame = pl.DataFrame(
        {
            "site": names,
            "gene": [site.split("_")[0] for site in names],
            "residue": [site.split("_")[1][0] for site in names],
            "position": [int(site.split("_")[1][1:]) for site in names],
            "log2_fold_change": change,
            "window": windows or [None] * SITES,
        }
    )
    if errors:
        frame = frame.with_columns(
            se=pl.lit(0.3),
            p_value=2 * (1 - pl.Series([_normal(abs(one) / 0.3) for one in change])),
            fdr=pl.Series([0.001 if abs(one) > 1.5 else 0.6 for one in change]),
        )
    return SiteEffects(
        name,
        frame.select(
            pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, kind).alias(column)
            for column, kind in EFFECT_SCHEMA.items()
        ),
    )


def _normal(z: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(z))


def planted(seed: int, size: float) -> np.ndarray:
    change = np.random.default_rng(seed).normal(scale=0.3, size=SITES)
    change[:PLANTED] += size
    return change


@pytest.fixture
def no_motifs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kinescape.assays.phospho.substrates.motifs_available", lambda: False)


def test_a_kinase_without_a_motif_is_decided_by_its_contrast(no_motifs: None) -> None:
    found = find_substrates("MAPK6", contrast("KD:MAPK6 against control", planted(0, -3.0)))
    assert found.contrast == "KD:MAPK6 against control"
    assert found.used == ("contrast",)
    assert "decides alone" in found.basis
    assert "MAPK6 has no known motif" in found.basis
    assert "does not tell a substrate" in found.basis
    assert dict(found.frame.schema) == CANDIDATE_SCHEMA
    first = found.frame.head(PLANTED)
    assert set(first["gene"]) == set(contrast("x", planted(0, 0.0)).sites["gene"][:PLANTED])
    assert first["probability"].min() > 0.95
    assert found.frame.filter(pl.col("contrast") > 0)["probability"].max() == 0
    assert "falls in the contrast" in first["evidence"][0]
    assert found.frame["score"].is_sorted(descending=True)


def test_direction_and_phosphatases(no_motifs: None) -> None:
    raised = contrast("OE:MAPK6 against control", planted(1, 3.0))
    assert find_substrates("MAPK6", raised).frame["contrast"][0] > 2
    lost = contrast("KD:DUSP2 against control", planted(2, 3.0))
    found = find_substrates("DUSP2", lost)
    assert found.frame["contrast"][0] > 2
    assert "phosphatase" in found.basis
    assert find_substrates("DUSP2", lost, direction=1).frame["contrast"][0] < 0.5


def test_an_untested_contrast_ranks_without_a_probability(no_motifs: None) -> None:
    found = find_substrates("MAPK6", contrast("KD:MAPK6", planted(3, -3.0), errors=False))
    assert found.frame["probability"].null_count() == SITES
    assert found.frame["contrast"].head(PLANTED).max() < -1.5
    assert any(note.code == "contrast-untested" for note in found.notes)


def test_where_most_sites_move_that_is_told(no_motifs: None) -> None:
    change = np.random.default_rng(9).normal(scale=0.2, size=SITES)
    change[:150] -= 2.5
    found = find_substrates("MAPK6", contrast("KD:MAPK6", change))
    (note,) = [note for note in found.notes if note.code == "many-answers"]
    assert "150 of 300" in note.found and note.severity == "warning"
    quiet = find_substrates("MAPK6", contrast("KD:MAPK6", planted(0, -3.0)))
    assert not [note for note in quiet.notes if note.code == "many-answers"]


def test_co_regulation_finds_sites_that_move_with_known_substrates(no_motifs: None) -> None:
    random = np.random.default_rng(5)
    several = [
        contrast(f"drug {index}", planted(10 + index, float(random.normal(scale=2)))) for index in range(14)
    ]
    found = find_substrates("AKT1", several)
    assert found.used == ("co_regulation",)
    known = found.frame.filter("known")
    assert known.height == 6
    assert known["references"].str.starts_with("PMID:").all()
    assert known["co_regulation"].min() > 0.7
    new = found.new.head(PLANTED - 6)
    assert set(new["site"]) == {f"GENE{index}_S{index + 10}" for index in range(6)}
    assert new["probability"].min() > 2 * found.new["probability"].median()
    assert any(note.code == "contrast-open" for note in found.notes)


def test_the_perturbation_is_not_counted_twice(no_motifs: None) -> None:
    several = [contrast(f"drug {index}", planted(30 + index, 0.0)) for index in range(6)]
    several.append(contrast("KD:AKT1", planted(40, -3.0)))
    found = find_substrates("AKT1", several)
    assert found.contrast == "KD:AKT1"
    assert set(found.used) == {"co_regulation", "contrast"}
    assert abs(found.frame.filter("known")["co_regulation"].mean()) < 0.5


def test_motifs_count_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    ratio = np.zeros((10, 23, 3))
    ratio[2, LETTERS.index("R"), 0] = 3.0
    serine = MotifSet(("AKT1", "CDK1", "MAPK1"), ratio, np.zeros((50, 3)) + np.array([1.0, 0.0, 0.0]))
    nothing = MotifSet(("ABL1",), np.zeros((10, 23, 1)), np.zeros((50, 1)))
    monkeypatch.setattr(motif, "motif_set", lambda kind: serine if kind == "ST" else nothing)
    monkeypatch.setattr("kinescape.assays.phospho.substrates.motifs_available", lambda: True)
    windows = ["AAAARAASAAAAAAA" if index < 20 else "AAAAAAASAAAAAAA" for index in range(SITES)]
    found = find_substrates("AKT1", contrast("AKT1 inhibited", planted(6, 0.0), windows=windows))
    assert found.used == ("motif", "contrast")
    assert found.frame.head(20)["motif"].min() == 1.0
    assert "motif fits" in found.frame["evidence"][0]
    without = contrast("AKT1 inhibited", planted(6, 0.0))
    assert any(note.code == "no-windows" for note in find_substrates("AKT1", without).notes)


def test_residues_that_the_kinase_does_not_take_are_not_ranked(no_motifs: None) -> None:
    one = contrast("AKT1 inhibited", planted(7, -2.0))
    tyrosine = one.sites.with_columns(
        residue=pl.when(pl.col("site") == "GENE5_S15").then(pl.lit("Y")).otherwise(pl.col("residue"))
    )
    frame = find_substrates("AKT1", SiteEffects(one.name, tyrosine)).frame
    left = frame.filter(pl.col("site") == "GENE5_S15")
    assert left.select("score", "probability", "status").rows() == [
        (None, None, "residue that the kinase does not take")
    ]
    assert frame["site"][-1] == "GENE5_S15"


def test_proteins_are_regressed_out(no_motifs: None) -> None:
    change = planted(8, -3.0)
    lost = pl.DataFrame(
        {"gene": contrast("x", change).sites["gene"].to_list(), "log2_fold_change": change}
    ).filter(pl.col("gene") != "GENE1")
    found = find_substrates("MAPK6", contrast("KD:MAPK6", change), proteins=lost)
    assert found.frame["gene"][0] == "GENE1"
    assert "protein not measured" in found.frame["status"][0]
    assert any(note.code == "protein-regressed" for note in found.notes)


@pytest.mark.parametrize(
    ("kinase", "options", "told"),
    [
        ("MAPK66", {}, "did you mean MAPK6"),
        ("MAPK6", {"contrast": "KD:MAPK7"}, "there is no contrast 'KD:MAPK7'"),
    ],
)
def test_faults(no_motifs: None, kinase: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        find_substrates(kinase, contrast("KD:MAPK6", planted(9, 0.0)), **options)  # type: ignore[arg-type]


def test_nothing_to_go_by_is_a_fault(no_motifs: None) -> None:
    two = [contrast("drug one", planted(9, 0.0)), contrast("drug two", planted(10, 0.0))]
    with pytest.raises(InputError, match="name the contrast in which the kinase was perturbed"):
        find_substrates("MAPK6", two)
    with pytest.raises(InputError, match="there is no contrast"):
        find_substrates("MAPK6", [])


def test_real_experiments_rank_known_substrates_high(no_motifs: None, real_data: Path) -> None:
    contrasts = read_site_effects(real_data / "phospho/hernandez-benchmark/hernandezData.csv.gz")
    found = find_substrates("CDK1", contrasts[:40])
    ranked = found.frame.filter(pl.col("co_regulation").is_not_null())
    place = ranked.with_row_index("place").filter("known")["place"].to_numpy() / ranked.height
    assert len(place) >= 10
    assert place.mean() < 0.4
