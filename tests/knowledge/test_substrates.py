"""The shipped relations of enzymes and sites: counts, papers, known facts, agreement with the references."""

import re
from pathlib import Path

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.delimited import shipped_table
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.substrates import RELATION_SCHEMA, load_site_relations, read_site_relations

BY_PAIR = 50
"""Rows whose paper names the pair alone, at most."""


@pytest.fixture(scope="module")
def shipped() -> pl.DataFrame:
    return load_site_relations().frame


def test_there_are_enough_relations_of_kinases_and_phosphatases(shipped: pl.DataFrame) -> None:
    assert shipped.filter(pl.col("sign") == 1).height >= 1500
    assert shipped.filter(pl.col("sign") == -1).height >= 150
    assert shipped.schema == pl.Schema(RELATION_SCHEMA)


def test_every_relation_names_its_papers(shipped: pl.DataFrame) -> None:
    for references in shipped["references"]:
        assert re.fullmatch(r"PMID:\d{4,9}(;PMID:\d{4,9})*", references)
    assert set(shipped["status"]) == {"checked"}


def test_no_relation_stands_twice_and_every_residue_carries_a_phosphate(shipped: pl.DataFrame) -> None:
    keys = ["enzyme", "substrate", "residue", "position", "sign"]
    assert shipped.select(keys).is_duplicated().sum() == 0
    assert shipped.select(["substrate", "position"]).n_unique() == shipped.select(keys[1:4]).n_unique()
    assert set(shipped["residue"]) == {"S", "T", "Y"}
    assert shipped["position"].min() >= 2
    assert set(shipped["effect"]) <= {-1, 0, 1}


def test_the_table_holds_facts_alone_in_order() -> None:
    from kinescape.foundation.issues import Faults

    faults = Faults()
    table = shipped_table("kinase_sites.tsv", faults, required=())
    assert table is not None
    assert not len(faults)
    assert table.columns == ("enzyme", "substrate", "residue", "position", "sign", "effect", "references")
    keys = [
        (row["enzyme"], row["substrate"], int(row["position"]), row["residue"], -int(row["sign"]))
        for row in table.rows
    ]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("enzyme", "substrate", "site", "sign", "effect"),
    [
        ("MAPK1", "ELK1", "S383", 1, 1),
        ("MAP2K1", "MAPK1", "T185", 1, 1),
        ("MAP2K1", "MAPK1", "Y187", 1, 1),
        ("AKT1", "GSK3B", "S9", 1, -1),
        ("CSK", "SRC", "Y530", 1, -1),
        ("PDPK1", "AKT1", "T308", 1, 1),
        ("MTOR", "RPS6KB1", "T412", 1, 1),
        ("RPS6KB1", "RPS6", "S235", 1, 1),
        ("MAPK6", "NCOA3", "S857", 1, 1),
        ("DUSP2", "MAPK1", "T185", -1, 1),
        ("DUSP2", "MAPK1", "Y187", -1, 1),
        ("GSK3B", "CTNNB1", "S33", 1, -1),
        ("ATM", "CHEK2", "T68", 1, 1),
        ("WEE1", "CDK1", "Y15", 1, -1),
    ],
)
def test_known_facts_are_there(
    shipped: pl.DataFrame, enzyme: str, substrate: str, site: str, sign: int, effect: int
) -> None:
    found = shipped.filter(
        pl.col("enzyme") == enzyme,
        pl.col("substrate") == substrate,
        pl.col("residue") == site[0],
        pl.col("position") == int(site[1:]),
    )
    assert found.select("sign", "effect").rows() == [(sign, effect)]


def test_effects_do_not_contradict_the_core_network(shipped: pl.DataFrame) -> None:
    compared = 0
    effects = {row[:5]: row[5] for row in shipped.select(
        "enzyme", "substrate", "residue", "position", "sign", "effect").iter_rows()}  # fmt: skip
    for edge in load_core_network().edges:
        way = {"phosphorylation": 1, "dephosphorylation": -1}.get(edge.mechanism)
        for site in (edge.residue or "").split(";"):
            if way is None or not site or not edge.sign:
                continue
            effect = effects.get((edge.source, edge.target, site[0], int(site[1:]), way), 0)
            compared += effect != 0
            assert effect in (0, way * edge.sign), (edge.source, edge.target, site)
    assert compared > 300


def test_every_paper_and_residue_is_in_the_references(shipped: pl.DataFrame, real_data: Path) -> None:
    references = pl.read_csv(
        real_data / "knowledge/edges-with-pmids/edges_with_pmids.tsv", separator="\t", infer_schema=False
    ).filter(pl.col("mechanism").is_in(["phosphorylation", "dephosphorylation"]))
    seen: dict[tuple[str, str, str, int], set[str]] = {}
    pairs: dict[tuple[str, str], set[str]] = {}
    for source, target, mechanism, residue, papers in references.select(
        "source", "target", "mechanism", "residue", "all_pmids"
    ).iter_rows():
        way = 1 if mechanism == "phosphorylation" else -1
        seen.setdefault((source, target, residue or "", way), set()).update((papers or "").split(";"))
    core = {(edge.source, edge.target): set(edge.references) for edge in load_core_network().edges}
    for pair, papers in core.items():
        pairs[pair] = {paper.removeprefix("PMID:") for paper in papers}
    by_pair = 0
    for enzyme, substrate, residue, position, sign, text in shipped.select(
        "enzyme", "substrate", "residue", "position", "sign", "references"
    ).iter_rows():
        papers = set(text.replace("PMID:", "").split(";"))
        named = seen.get((enzyme, substrate, f"{residue}{position}", sign))
        if named is None:
            # The paper names the pair, not the residue: docs/methods/substrates.md says for which rows.
            by_pair += 1
            assert papers <= pairs[(enzyme, substrate)]
        else:
            assert papers <= named, (enzyme, substrate, residue, position)
    assert by_pair <= BY_PAIR


def test_the_residue_is_the_centre_of_the_sequence_where_one_is_known(
    shipped: pl.DataFrame, real_data: Path
) -> None:
    sites = read_site_relations(
        real_data / "knowledge/signor-sites/signor_only_phospho_dephospho_sites.tsv.gz"
    ).frame.filter(pl.col("window").is_not_null())
    told = sites.select("substrate", "position", "window").unique()
    joined = shipped.select("substrate", "position", "residue").join(told, on=["substrate", "position"])
    assert joined.height > 1500
    assert (joined["window"].str.slice(7, 1) == joined["residue"]).all()


def test_parts_of_the_table() -> None:
    relations = load_site_relations()
    assert "DUSP2" in relations.phosphatases
    assert "AKT1" in relations.kinases
    assert set(relations.kinases) | set(relations.phosphatases) == set(relations.enzymes)
    assert set(relations.on("SRC", "Y", 530)["enzyme"]) >= {"CSK"}
    assert relations.restricted(["CSK"]).enzymes == ("CSK",)
    assert len(relations.restricted(["CSK"])) == relations.of("CSK").height


def test_a_file_with_faults_raises_with_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("source,target,weight\nAKT1,GSK3B,1\nAKT1,GSK3B_S9,much\n")
    with pytest.raises(InputError) as caught:
        read_site_relations(path)
    text = str(caught.value)
    assert "'GSK3B' names no site" in text
    assert "'much' is no weight" in text


def test_the_page_gives_the_counts_of_the_table(shipped: pl.DataFrame) -> None:
    page = Path(__file__).parents[2].joinpath("docs/methods/substrates.md").read_text(encoding="utf-8")
    kinase, phosphatase = (shipped.filter(pl.col("sign") == sign).height for sign in (1, -1))
    enzymes = shipped["enzyme"].n_unique()
    told = f"{len(shipped):,} relations: {kinase:,} of kinases, {phosphatase:,} of phosphatases, {enzymes} enzymes"
    assert told in page
    assert f"{shipped.filter(pl.col('effect') == 0).height} are unknown" in page


def test_an_enzyme_does_one_thing(shipped: pl.DataFrame) -> None:
    assert shipped.group_by("enzyme").agg(pl.col("sign").n_unique())["sign"].max() == 1
