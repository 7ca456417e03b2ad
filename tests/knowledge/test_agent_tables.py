"""The shipped tables of agents and targets, and the rules between pathways: shape, and agreement with their sources."""

import csv
import math
import re
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from kinescape.knowledge.agents import EFFECT_SIGNS, load_agents
from kinescape.knowledge.delimited import folded
from kinescape.knowledge.drug_classes import DRUG_CLASS_WORDS, agent_classes
from kinescape.knowledge.gene_families import load_families
from kinescape.knowledge.network import load_core_network
from kinescape.knowledge.network_formats.evidence import parse_references

KINOBEADS = "PMID:29191878"

# Numbers of the drug screen (GDSC) under which the kinobeads matrix keeps its drugs.
KINOBEADS_ROWS = {
    1: "erlotinib", 5: "sunitinib", 30: "sorafenib", 32: "tozasertib", 34: "imatinib", 37: "crizotinib",
    38: "saracatinib", 51: "dasatinib", 60: "BI 2536", 110: "seliciclib", 119: "lapatinib", 153: "midostaurin",
    155: "ponatinib", 158: "PF-562271", 184: "BMS-754807", 185: "linsitinib", 199: "pazopanib",
    206: "ruxolitinib", 219: "AT7519", 226: "GSK1070916", 229: "enzastaurin", 249: "cabozantinib",
    254: "quizartinib", 255: "CP724714", 273: "CUDC-101", 277: "linifanib", 281: "alectinib", 282: "pelitinib",
    283: "omipalisib", 284: "JNJ-38877605", 292: "masitinib", 298: "OSI-930", 299: "OSI-027",
    301: "PHA-793887", 306: "fedratinib", 308: "foretinib", 309: "Y-39983", 312: "tivozanib", 326: "GSK690693",
    431: "alisertib", 1010: "gefitinib", 1013: "nilotinib", 1014: "refametinib", 1019: "bosutinib",
    1021: "axitinib", 1022: "AZD7762", 1024: "lestaurtinib", 1028: "VX-702", 1029: "motesanib",
    1032: "afatinib", 1053: "MK-2206", 1054: "palbociclib", 1058: "pictilisib", 1059: "AZD8055",
    1060: "mirdametinib", 1062: "selumetinib", 1372: "trametinib", 1373: "dabrafenib",
}  # fmt: skip
KINOBEADS_GENES = {
    "MAP3K20": "ZAK", "PDPK1": "PDPK1;PDPK2P", "CSNK2A1": "CSNK2A1;CSNK2A3",
}  # fmt: skip


def _rows(name: str, package: str = "kinescape.knowledge") -> list[dict[str, str]]:
    text = resources.files(package).joinpath("tables", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", strict=True))


AGENTS = _rows("agents.tsv")
TARGETS = _rows("agent_targets.tsv")
PAIRS = _rows("pathway_pairs.tsv", "kinescape.strategy")


@pytest.mark.parametrize(
    ("package", "name", "columns"),
    [
        (
            "kinescape.knowledge",
            "agents.tsv",
            "name synonyms kind drug_class approved plasma_nanomolar plasma_low_nanomolar plasma_high_nanomolar "
            "free_fraction references note",
        ),
        (
            "kinescape.knowledge",
            "agent_targets.tsv",
            "agent gene effect affinity_nanomolar affinity_type references note",
        ),
        ("kinescape.strategy", "pathway_pairs.tsv", "class_a class_b score why references"),
    ],
)
def test_a_table_has_its_columns_in_every_row(package, name, columns):
    raw = resources.files(package).joinpath("tables", name).read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n")
    lines = raw.decode("utf-8").splitlines()
    assert lines[0].split("\t") == columns.split()
    width = len(columns.split())
    assert [line for line in lines if len(line.split("\t")) != width] == []
    assert [line for line in lines if any(cell != cell.strip() for cell in line.split("\t"))] == []


def test_there_are_many_agents_of_every_kind():
    kinds = Counter(row["kind"] for row in AGENTS)
    assert kinds["drug"] >= 150 and kinds["ligand"] >= 40 and kinds["class"] >= 20
    assert set(kinds) == {"drug", "antibody", "ligand", "vehicle", "class"}
    assert {row["approved"] for row in AGENTS} == {"yes", "no", "unknown"}


def test_no_two_agents_share_a_name_or_synonym():
    owner: dict[str, str] = {}
    shared = []
    for row in AGENTS:
        words = [row["name"], *filter(None, row["synonyms"].split(";"))]
        assert len(set(words)) == len(words), f"{row['name']} lists a spelling twice"
        for word in words:
            first = owner.setdefault(folded(word), row["name"])
            if first != row["name"]:
                shared.append((word, first, row["name"]))
    assert shared == []
    assert load_agents().notes == ()


def test_codes_of_two_letters_are_left_to_the_studies_that_use_them():
    short = {word for row in AGENTS for word in row["synonyms"].split(";") if 0 < len(folded(word)) < 3}
    assert short == {"CQ", "E2"}


def test_every_target_belongs_to_an_agent_and_is_told_once():
    names = {row["name"] for row in AGENTS}
    assert {row["agent"] for row in TARGETS} <= names
    pairs = Counter((row["agent"], row["gene"]) for row in TARGETS)
    assert [pair for pair, n in pairs.items() if n > 1] == []
    assert {row["effect"] for row in TARGETS} <= set(EFFECT_SIGNS)
    assert [row["gene"] for row in TARGETS if not re.fullmatch(r"[A-Z][A-Z0-9]+", row["gene"])] == []


def test_only_vehicles_and_an_ionophore_have_no_target():
    targeted = {row["agent"] for row in TARGETS}
    assert {row["name"] for row in AGENTS} - targeted == {"DMSO", "PBS", "elesclomol"}


def test_an_affinity_is_positive_typed_and_cited():
    measured = [row for row in TARGETS if row["affinity_nanomolar"]]
    assert len(measured) > 100
    for row in measured:
        assert 0 < float(row["affinity_nanomolar"]) <= 1e6, row
        assert row["affinity_type"] in {"Kd", "IC50", "Ki"}, row
        assert row["references"], row
    assert [row for row in TARGETS if row["affinity_type"] and not row["affinity_nanomolar"]] == []


def test_references_have_the_shape_of_papers():
    cells = [row["references"] for row in (*AGENTS, *TARGETS)]
    cells += [row["references"] for row in PAIRS if row["references"] != "expert rule"]
    assert [cell for cell in cells if parse_references(cell)[1]] == []
    assert all(row["references"] for row in PAIRS)


def test_a_level_in_patients_says_where_it_comes_from():
    levels = [row for row in AGENTS if row["plasma_nanomolar"] or row["free_fraction"]]
    assert {"imatinib", "dasatinib"} <= {row["name"] for row in levels}
    for row in levels:
        assert float(row["plasma_nanomolar"] or 1) > 0 and 0 < float(row["free_fraction"] or 1) <= 1
        assert re.search(r"\b(level|free fraction):", row["note"]), row
        assert row["references"] or "product" in row["note"], row


def test_imatinib_trough_is_the_published_one():
    # 1000 ng/mL (PMID 24566736) at 493.6 g/mol is 2026 nM; the table keeps three digits.
    agent = load_agents().resolve("STI571")
    assert agent.plasma_nanomolar == pytest.approx(1000 / 493.6 * 1000, rel=0.005)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("PLX4032", "vemurafenib"), ("AZD6244", "selumetinib"), ("GSK1120212", "trametinib"),
        ("PD-0325901", "mirdametinib"), ("PD325901", "mirdametinib"), ("R428", "bemcentinib"),
        ("BGB324", "bemcentinib"), ("ABL001", "asciminib"), ("STI-571", "imatinib"), ("AMG510", "sotorasib"),
        ("OSI-906", "linsitinib"), ("BKM120", "buparlisib"), ("AZD4547", "fexagratinib"),
        ("MK2206", "MK-2206"), ("LY-3009120", "LY3009120"), ("SCH 772984", "SCH772984"), ("3F8", "GSK-3 inhibitor 3F8"),
        ("rapamycin", "sirolimus"), ("BIRB-796", "doramapimod"), ("CT99021", "CHIR-99021"),
        ("P505-15", "PRT062607"), ("AKTi-1/2", "AKT inhibitor VIII"), ("5Z-7-oxozeaenol", "(5Z)-7-oxozeaenol"),
        ("ABT-199", "venetoclax"), ("ABT-263", "navitoclax"), ("PD0332991", "palbociclib"), ("SAHA", "vorinostat"),
        ("17-AAG", "tanespimycin"), ("5-FU", "5-fluorouracil"), ("VP-16", "etoposide"), ("taxol", "paclitaxel"),
        ("adriamycin", "doxorubicin"), ("CDDP", "cisplatin"), ("dexamethasone", "dexamethasone"),
        ("MEKi", "MEK inhibitor"), ("TAK1i", "TAK1 inhibitor"), ("TBK1i", "TBK1 inhibitor"),
        ("TGFb", "TGFB1"), ("TGF-β", "TGFB1"), ("TNFa", "TNF"), ("TNF-alpha", "TNF"), ("Insulin", "insulin"),
        ("heregulin", "NRG1"), ("bFGF", "FGF2"), ("PDGF-BB", "PDGFB"), ("IFNγ", "IFNG"), ("IL-6", "IL6"),
        ("FBS", "serum"), ("Serum", "serum"), ("bafilomycin", "bafilomycin A1"), ("Gas6", "GAS6"),
    ],
)  # fmt: skip
def test_a_code_or_trade_name_finds_its_agent(written, name):
    assert load_agents().resolve(written).name == name


@pytest.mark.parametrize(
    ("name", "genes"),
    [
        ("trametinib", {"MAP2K1", "MAP2K2"}),
        ("gefitinib", {"EGFR"}),
        ("asciminib", {"ABL1"}),
        ("HGF", {"MET"}),
        ("GAS6", {"AXL", "TYRO3", "MERTK"}),
        ("insulin", {"INSR"}),
        ("dexamethasone", {"NR3C1"}),
        ("(5Z)-7-oxozeaenol", {"MAP3K7"}),
    ],
)
def test_the_main_targets_are_there(name, genes):
    assert genes <= set(load_agents().resolve(name).genes)


def test_ligands_activate_and_inhibitors_inhibit():
    table = load_agents()
    assert {target.sign for target in table.resolve("EGF").targets} == {1}
    assert {target.sign for target in table.resolve("erlotinib").targets} == {-1}
    assert {target.sign for target in table.resolve("fulvestrant").targets} == {-1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trametinib", "RAS-ERK"), ("buparlisib", "PI3K-mTOR"), ("erlotinib", "RTK"), ("losmapimod", "stress"),
        ("ruxolitinib", "JAK-STAT"), ("venetoclax", "BCL2"), ("palbociclib", "cell cycle"),
        ("adavosertib", "checkpoint"), ("olaparib", "PARP"), ("temozolomide", "alkylator"),
        ("topotecan", "topoisomerase"), ("paclitaxel", "tubulin"), ("gemcitabine", "antimetabolite"),
        ("bortezomib", "proteasome"), ("vorinostat", "HDAC"), ("luminespib", "HSP90"),
        ("dexamethasone", "nuclear receptor"), ("chloroquine", "lysosome"), ("LGK974", "WNT"),
    ],
)  # fmt: skip
def test_a_drug_falls_into_the_class_that_the_rules_speak_of(name, expected):
    assert agent_classes(load_agents().resolve(name), load_core_network())[0] == expected
    assert expected in {row[end] for row in PAIRS for end in ("class_a", "class_b")}


def test_rules_join_two_known_classes_once():
    known = set(load_families().classes) | {name for _, name in DRUG_CLASS_WORDS}
    pairs = [tuple(sorted((row["class_a"], row["class_b"]))) for row in PAIRS]
    assert len(pairs) >= 100 and len(set(pairs)) == len(pairs)
    assert {name for pair in pairs for name in pair} - known == set()
    for row in PAIRS:
        assert -1 <= float(row["score"]) <= 1 and float(row["score"]) != 0, row
        assert len(row["why"]) > 10, row


def test_the_rules_say_what_general_pharmacology_says():
    score = {frozenset((row["class_a"], row["class_b"])): float(row["score"]) for row in PAIRS}
    assert score[frozenset(("RAS-ERK", "PI3K-mTOR"))] == max(score.values())
    assert (
        score[frozenset(("checkpoint", "antimetabolite"))] > 0.5 < score[frozenset(("PARP", "topoisomerase"))]
    )
    assert score[frozenset(("BCL2", "RAS-ERK"))] > 0.5
    assert (
        score[frozenset(("tubulin", "antimetabolite"))] < 0 > score[frozenset(("tubulin", "topoisomerase"))]
    )


def test_every_drug_of_the_large_combination_screen_is_known_and_classed(real_data: Path):
    file = real_data / "network" / "oneil-bliss" / "oneils_drug_names.txt"
    table, network = load_agents(), load_core_network()
    names = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    assert len(names) == 38
    assert [name for name in names if name not in table] == []
    assert [name for name in names if not agent_classes(table.resolve(name), network)] == []


def test_restated_affinities_are_those_of_the_kinobeads_table(real_data: Path):
    file = real_data / "knowledge" / "klaeger-kinobeads" / "targetMatrix.csv"
    with file.open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    measured = {
        (int(row[0]), gene): float(cell)
        for row in rows
        for gene, cell in zip(header[1:], row[1:], strict=True)
        if cell
    }
    number = {name: key for key, name in KINOBEADS_ROWS.items()}
    restated = [row for row in TARGETS if row["references"] == KINOBEADS]
    assert len(restated) > 100
    for row in restated:
        original = measured[number[row["agent"]], KINOBEADS_GENES.get(row["gene"], row["gene"])]
        # Three significant digits are kept, so half a unit of the third may be lost.
        unit = 10 ** (math.floor(math.log10(original)) - 2)
        assert abs(float(row["affinity_nanomolar"]) - original) <= 0.5001 * unit, row
        assert row["affinity_type"] == "Kd"


def test_a_main_target_is_never_lost_behind_off_targets():
    for row in TARGETS:
        if row["note"] == "off-target":
            own = [
                other for other in TARGETS if other["agent"] == row["agent"] and other["note"] != "off-target"
            ]
            assert own, row
            strongest = [float(other["affinity_nanomolar"]) for other in own if other["affinity_nanomolar"]]
            assert float(row["affinity_nanomolar"]) <= 3.01 * min(strongest, default=100), row
