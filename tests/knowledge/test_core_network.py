"""The curated core network: shape, coverage, and what two independent sources say about each edge."""

import csv
import gzip
import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

import pytest

from kinescape.knowledge.network import STATUSES, load_core_network

TABLE = Path(__file__).parents[2] / "src" / "kinescape" / "knowledge" / "tables" / "core_network.tsv"
PAGE = Path(__file__).parents[2] / "docs" / "core_network.md"
COLUMNS = ["source", "target", "sign", "mechanism", "residue", "references", "status", "pathway", "note"]
PHENOTYPES = {"proliferation", "apoptosis", "viability", "invasion", "lysosome_dispersion"}
FUSIONS = {"BCR-ABL1"}

# Module -> members that must be wired in it: the scope that was asked of the network.
PATHWAYS = {
    "HER family": "EGF TGFA AREG NRG1 EGFR ERBB2 ERBB3 ERBB4",
    "MET": "HGF MET",
    "TAM receptors": "GAS6 PROS1 AXL TYRO3 MERTK",
    "IGF1R and INSR": "IGF1 IGF2 INS IGF1R INSR IRS1 IRS2",
    "FGFR": "FGF1 FGF2 FGFR1 FGFR2 FGFR3 FGFR4 FRS2",
    "PDGFR": "PDGFA PDGFB PDGFRA PDGFRB",
    "KIT, FLT3 and CSF1R": "KITLG KIT FLT3LG FLT3 CSF1R",
    "VEGFR": "VEGFA KDR FLT1 FLT4",
    "ALK, RET, ROS1 and NTRK": "ALK RET ROS1 GDNF",
    "EPH receptors": "EPHA2 EFNA1",
    "adaptors": "GRB2 SHC1 GAB1 PTPN11 CBL",
    "RAS-RAF-MEK-ERK": "HRAS KRAS NRAS NF1 ARAF BRAF RAF1 MAP2K1 MAP2K2 MAPK1 MAPK3",
    "ERK feedback": "SPRY2 SOS1 SPRED1 RAF1",
    "MAPK phosphatases": "DUSP1 DUSP2 DUSP4 DUSP5 DUSP6 DUSP10",
    "ERK and RSK outputs": "RPS6KA1 RPS6KA3 ELK1 FOS",
    "ERK3-ERK4-MK5": "MAPK6 MAPK4 MAPKAPK5 NCOA3",
    "PI3K-AKT-mTOR": "PIK3CA PTEN INPP4B PDPK1 AKT1 TSC2 RHEB MTOR RPS6KB1 AKT1S1 EIF4EBP1 PRKAA1 RPS6",
    "GSK3": "GSK3A GSK3B",
    "SRC and FAK": "SRC PTK2 CSK",
    "ABL1 and BCR-ABL1": "ABL1 BCR-ABL1 CRKL STAT5A",
    "PLCG-PKC and calcium": "PLCG1 PRKCA PPP3CA NFATC1",
    "JAK-STAT and SOCS": "IL6 JAK1 JAK2 STAT3 SOCS1 SOCS3",
    "p38, JNK and TAK1 stress": "MAP3K7 MAP2K3 MAPK14 MAPK8 MAPKAPK2 HSPB1",
    "glucocorticoid receptor": "NR3C1 DUSP1 RELA JUN",
    "NF-kB": "TNF IKBKB NFKBIA RELA TBK1",
    "TGFB-SMAD": "TGFB1 TGFBR1 SMAD2 SMAD3 SMAD4",
    "WNT": "WNT3A LRP6 AXIN1 CTNNB1 TCF7L2",
    "NOTCH": "JAG1 NOTCH1 HES1",
    "Hippo-YAP": "STK3 LATS1 YAP1 WWTR1",
    "MYC, FOS-JUN and CREB": "MYC FOS JUN CREB1",
    "cell cycle": "CCND1 CDK4 CDK6 CDK2 RB1 E2F1 PLK1",
    "p53 and MDM2": "TP53 MDM2 CDKN1A",
    "checkpoint kinases and DNA damage": "ATM ATR CHEK1 CHEK2 PARP1 BRCA1",
    "BCL2 family": "BCL2 BCL2L1 MCL1 BCL2L11 BAX BAK1",
    "caspases and death receptors": "CASP3 CASP8 CASP9 XIAP",
    "EMT and invasion": "SNAI1 ZEB1 CDH1 MMP2 MMP9",
    "ERBB2-MZF1-CTSB": "ERBB2 MZF1 CTSB PAK4",
    "lysosome": "TFEB LAMP1 CTSD ATP6V1H",
    "acidosis and hypoxia": "CA9 SLC16A1 SLC16A3 SLC9A1 HIF1A",
}
PHOSPHATASES = "PPP2CA PPP1CA PPP3CA"


def members(text: str) -> dict[str, str]:
    """``name: A B; other: C`` as a mapping from each name to the symbols it stands for."""
    entries = (entry.split(":") for entry in text.replace("\n", ";").split(";") if entry.strip())
    return {name.strip(): symbols.strip() for name, symbols in entries}


# The nodes of one reference are families or gene nodes: what they stand for among our symbols.
FAMILIES = members(
    """
    RTPK_f: EGFR ERBB2 MET IGF1R INSR PDGFRA PDGFRB FGFR1 KIT ALK; KRAS: KRAS HRAS NRAS
    PIK3CA: PIK3CA PIK3CB PIK3CD PIK3R1; RAF_f: ARAF BRAF RAF1; MEK_f: MAP2K1 MAP2K2; ERK_f: MAPK1 MAPK3
    TAB_f: TAB1 TAB2 TAB3; RAC_f: RAC1 RAC2; JNK_f: MAPK8 MAPK9 MAPK10; GAB_f: GAB1 GAB2
    AKT_f: AKT1 AKT2 AKT3; FOXO_f: FOXO1 FOXO3 FOXO4; TSC_f: TSC1 TSC2; S6K_f: RPS6KB1 RPS6KB2
    NFKB_f: NFKB1 RELA; REL_f: RELA REL; LRP_f: LRP5 LRP6; DKK_f: DKK1; FZD_f: FZD1 FZD2 FZD4 FZD7
    GSK3_f: GSK3A GSK3B; RSK_f: RPS6KA1 RPS6KA2 RPS6KA3; MSK_f: RPS6KA5 RPS6KA4; DVL_f: DVL1 DVL2 DVL3
    TCF7_f: TCF7 TCF7L2 TCF7L1; CK1_f: CSNK1A1 CSNK1D CSNK1E; CSNK1_f: CSNK1D CSNK1E CSNK1G1
    JAK_f: JAK1 JAK2; ILR_f: IL6ST IL6R; MMP_f: MMP2 MMP9 MMP7; LATS_f: LATS1 LATS2; STK_f: STK3 STK4
    MOB1_f: MOB1A MOB1B; YAP_TAZ: YAP1 WWTR1; SNAI_f: SNAI1 SNAI2; GLI_f: GLI1 GLI2; DD_f: FADD; CFL_f: CFL1
    mTORC1_c: MTOR RPTOR; mTORC2_c: MTOR RICTOR; AP1_c: FOS JUN; CBPp300_c: CREBBP EP300
    ISGF3_c: STAT2 STAT1; DKK_g: DKK1; MDM2_g: MDM2; SMAD7_g: SMAD7; SMAD6_g: SMAD6; DUSP1_g: DUSP1
    PTEN_g: PTEN; SFRP1_g: SFRP1; SOCS1_g: SOCS1; Prosurvival: viability proliferation
    Antisurvival: apoptosis; EMT: invasion
    """
)
COMPLEXES = members(
    """
    MTORC1: MTOR RPTOR; MTORC2: MTOR RICTOR; AMPK: PRKAA1 PRKAA2; CALCINEURIN: PPP3CA
    CYCLINE_CDK2: CCNE1 CDK2; CYCLINA2_CDK2: CCNA2 CDK2; CYCLIND_CDK4: CCND1 CDK4; CYCLINB_CDK1: CCNB1 CDK1
    CYCLIND1_CDK6: CCND1 CDK6; CYCLIND3_CDK6: CCND3 CDK6; NFKB_P65_P50: RELA NFKB1
    IKK_COMPLEX: IKBKB CHUK IKBKG; PI3K: PIK3CA PIK3R1 PIK3CB PIK3CD; ERK1_2: MAPK1 MAPK3; AKT: AKT1 AKT2
    BCR_ABL: BCR-ABL1; AP1: FOS JUN; SCF_BETATRCP: BTRC; SCF_SKP2: SKP2; SCF_FBW7: FBXW7; APC_C: CDC20 FZR1
    RBPJ_NOTCH: NOTCH1 RBPJ; SMAD3_SMAD4: SMAD3 SMAD4; SMAD2_SMAD4: SMAD2 SMAD4; CASPASE_3_COMPLEX: CASP3
    CASPASE_8_COMPLEX: CASP8; HIF_1_COMPLEX: HIF1A; CBP_P300: CREBBP EP300; FOXO: FOXO1 FOXO3
    TSC1_TSC2: TSC1 TSC2; TSC: TSC1 TSC2; GSK3B_AXIN_APC: AXIN1 APC; VCB_CUL2: VHL; PP2CA_R1A_R2A: PPP2CA
    PP2CA_R1A_BD: PPP2CA; CAK_COMPLEX: CDK7; LUBAC: RNF31; GAMMA_SECRETASE: PSEN1; AV_B3_INTEGRIN: ITGB3
    A5_B1_INTEGRIN: ITGB1; MRE11_RAD50_NBS1: MRE11 NBN RAD50
    """
)
RESIDUE_LETTERS = members("Ser: S; Thr: T; Tyr: Y; Lys: K; Arg: R; Asp: D; Asn: N; His: H; Cys: C; Pro: P")

Pair = tuple[str, str]
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Said:
    """What a reference says of one pair: a sign (0 where it gives none), a site and the papers."""

    sign: int
    residue: str
    papers: tuple[str, ...]
    by_family: bool = False


References = tuple[dict[Pair, list[Said]], dict[Pair, list[Said]]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def looked_up() -> dict[Pair, set[str]]:
    """The identifiers that the documentation lists as looked up outside the two reference files."""
    found: dict[Pair, set[str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[2].startswith("PMID:"):
            found.setdefault((cells[0], cells[1]), set()).update(re.findall(r"PMID:\d+", cells[2]))
    return found


@pytest.fixture(scope="module")
def said(real_data: Path) -> References:
    """Both references by pair: edges with PubMed identifiers, and the signed rows of SIGNOR."""
    papers: dict[Pair, list[Said]] = defaultdict(list)
    path = real_data / "knowledge" / "edges-with-pmids" / "edges_with_pmids.tsv"
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if all(name.startswith("PhosphoSite") for name in row["resources"].split(";")):
                continue  # non-commercial licence: not a source of ours
            ends = []
            for side in ("source", "target"):
                name, identifier = row[side], row[f"{side}_id"]
                if "cascade" in row["origin"]:
                    ends.append(FAMILIES.get(name, name).split())
                else:
                    ends.append(name.split("_") if identifier.startswith("COMPLEX") else [name])
            sign = {"+": 1, "-": -1}.get(row["sign"], 0)
            identifiers = (row["signor_pmids"] or row["all_pmids"]).split(";")
            named = tuple(f"PMID:{number}" for number in identifiers if number)
            for source in ends[0]:
                for target in ends[1]:
                    family = "cascade" in row["origin"] and (source, target) != (row["source"], row["target"])
                    papers[source, target].append(Said(sign, row["residue"], named, family))
    signs: dict[Pair, list[Said]] = defaultdict(list)
    with gzip.open(
        real_data / "knowledge" / "signor" / "PKN_human_dir.csv.gz", "rt", encoding="utf-8"
    ) as text:
        for row in csv.DictReader(text):
            # PsP: non-commercial. Phenotypes: that file gives them one sign only (BCL2 raises apoptosis).
            if row["SOURCE"] == "PsP" or row["TYPEB"] == "phenotype":
                continue
            site = RESIDUE_LETTERS.get(row["RESIDUE"][:3], "?") + row["RESIDUE"][3:] if row["RESIDUE"] else ""
            for source in COMPLEXES.get(row["ENTITYA"], row["ENTITYA"]).split():
                for target in COMPLEXES.get(row["ENTITYB"], row["ENTITYB"]).split():
                    signs[source, target].append(Said(int(row["INTERACTION"]), site, ()))
    return papers, signs


def agreement(
    row: dict[str, str], papers: dict[Pair, list[Said]], signs: dict[Pair, list[Said]]
) -> bool | None:
    """Whether at least half of the signed reference rows bear the edge's sign; None without any.

    Rows on the edge's own residue go before the pair's other rows: two sites may work against each other.
    Family edges count only where nothing is said of the pair itself.
    """
    pair = row["source"], row["target"]
    sites = set(row["residue"].split(";")) - {""}
    exact = [entry.sign for entry in signs.get(pair, []) if entry.residue in sites]
    votes = exact or [entry.sign for entry in signs.get(pair, [])]
    votes += [entry.sign for entry in papers.get(pair, []) if entry.sign and not entry.by_family]
    votes = votes or [entry.sign for entry in papers.get(pair, []) if entry.sign]
    return 2 * sum(vote == int(row["sign"]) for vote in votes) >= len(votes) if votes else None


def test_table_has_the_columns_and_the_size(rows: Rows) -> None:
    assert list(rows[0]) == COLUMNS
    assert len(rows) >= 700
    assert all(None not in row and all(value is not None for value in row.values()) for row in rows)


def test_every_value_has_its_shape(rows: Rows) -> None:
    symbol = re.compile(r"[A-Z][A-Z0-9]*(orf[0-9]+)?")
    for row in rows:
        for end in (row["source"], row["target"]):
            assert symbol.fullmatch(end) or end in PHENOTYPES | FUSIONS, end
        assert row["sign"] in {"1", "-1"}
        assert row["status"] in STATUSES
        assert row["mechanism"] and row["pathway"]
        assert all(re.fullmatch(r"[STYKRDEHN]\d{1,4}", site) for site in row["residue"].split(";") if site), (
            row
        )
        assert all(re.fullmatch(r"PMID:\d{1,8}", name) for name in row["references"].split(";") if name), row
        assert (row["status"] == "unreferenced") == (row["references"] == ""), row
        assert "\t" not in row["note"] and row["note"] == row["note"].strip()


def test_no_edge_is_there_twice_and_none_points_to_itself(rows: Rows) -> None:
    pairs = Counter((row["source"], row["target"]) for row in rows)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    assert [pair for pair in pairs if pair[0] == pair[1]] == []


def test_at_most_fifteen_percent_are_without_a_paper(rows: Rows) -> None:
    assert sum(row["status"] == "unreferenced" for row in rows) / len(rows) <= 0.15


@pytest.mark.parametrize("pathway", PATHWAYS)
def test_each_pathway_holds_its_members(rows: Rows, pathway: str) -> None:
    nodes = {row[end] for row in rows if row["pathway"] == pathway for end in ("source", "target")}
    assert nodes, f"no edge is in {pathway}"
    everywhere = {row[end] for row in rows for end in ("source", "target")}
    assert set(PATHWAYS[pathway].split()) - everywhere == set()
    assert len(nodes & set(PATHWAYS[pathway].split())) >= min(2, len(PATHWAYS[pathway].split()))


def test_the_named_relations_are_there_with_their_sign(rows: Rows) -> None:
    signs = {(row["source"], row["target"]): int(row["sign"]) for row in rows}
    wanted = {
        ("ERBB2", "MZF1"): 1,
        ("MZF1", "CTSB"): 1,
        ("CTSB", "invasion"): 1,
        ("MIRLET7A1", "MZF1"): -1,
        ("MZF1", "lysosome_dispersion"): 1,
        ("MAPK14", "NR3C1"): 1,
        ("MAPK8", "NR3C1"): -1,
        ("NR3C1", "DUSP1"): 1,
        ("NR3C1", "RELA"): -1,
        ("NR3C1", "JUN"): -1,
        ("RPS6KB1", "IRS1"): -1,
        ("MET", "ERBB3"): 1,
        ("GAS6", "AXL"): 1,
        ("DUSP2", "MAPK1"): -1,
        ("DUSP2", "MAPK6"): -1,
        ("DUSP10", "MAPK14"): -1,
        ("DUSP10", "MAPK8"): -1,
        ("MAPK6", "MAPKAPK5"): 1,
        ("MAPK1", "RAF1"): -1,
        ("NF1", "KRAS"): -1,
        ("INPP4B", "AKT1"): -1,
        ("HIF1A", "CA9"): 1,
        ("MTOR", "TFEB"): -1,
        ("proliferation", "viability"): 1,
        ("apoptosis", "viability"): -1,
    }
    assert {pair: signs.get(pair) for pair in wanted} == wanted
    assert set(PHOSPHATASES.split()) <= {row["source"] for row in rows}


def test_phenotypes_are_reached_by_cited_edges(rows: Rows) -> None:
    for phenotype in PHENOTYPES:
        assert any(row["target"] == phenotype and row["references"] for row in rows), phenotype
        before = defaultdict(set)
        for row in rows:
            before[row["target"]].add(row["source"])
        seen, queue = {phenotype}, deque([phenotype])
        while queue:
            for node in before[queue.popleft()] - seen:
                seen.add(node)
                queue.append(node)
        assert {"EGFR", "AXL", "MET", "KRAS", "MAPK1", "PIK3CA", "AKT1", "SRC", "GAS6"} <= seen, phenotype


def test_the_package_loads_every_row(rows: Rows) -> None:
    network = load_core_network()
    assert len(network.edges) == len(rows)
    assert {(edge.source, edge.target, edge.sign) for edge in network.edges} == {
        (row["source"], row["target"], int(row["sign"])) for row in rows
    }
    assert set(network.nodes) >= PHENOTYPES


def test_the_page_states_the_counts_of_the_table(rows: Rows) -> None:
    nodes = {row[end] for row in rows for end in ("source", "target")}
    status = Counter(row["status"] for row in rows)
    share = 100 * status["unreferenced"] / len(rows)
    stated = (
        f"{len(rows):,} edges between {len(nodes)} nodes: {status['checked']:,} checked, "
        f"{status['unchecked']} unchecked, {status['unreferenced']} unreferenced ({share:.1f} %)"
    )
    assert stated in " ".join(PAGE.read_text(encoding="utf-8").split())


def test_ninety_percent_agree_in_sign_and_each_disagreement_has_its_reason(
    rows: Rows, said: References
) -> None:
    papers, signs = said
    verdicts = {(row["source"], row["target"]): agreement(row, papers, signs) for row in rows}
    compared = [verdict for verdict in verdicts.values() if verdict is not None]
    assert len(compared) >= 700
    assert sum(compared) / len(compared) >= 0.90
    disagreeing = {pair for pair, verdict in verdicts.items() if verdict is False}
    explained = {
        (row["source"], row["target"]) for row in rows if re.match(r"disagrees: \S.{20,}", row["note"])
    }
    assert disagreeing == explained


def test_checked_means_that_a_reference_was_seen_to_agree(rows: Rows, said: References) -> None:
    papers, signs = said
    for row in rows:
        if row["status"] != "unreferenced":
            assert (row["status"] == "checked") == (agreement(row, papers, signs) is True), row


def test_every_identifier_was_seen_for_the_same_pair(rows: Rows, said: References) -> None:
    papers, _ = said
    outside = looked_up()
    unseen = []
    for row in rows:
        pair = row["source"], row["target"]
        known = set(outside.get(pair, ()))
        for entry in papers.get(pair, []):
            known.update(entry.papers)
        unseen += [(*pair, name) for name in row["references"].split(";") if name and name not in known]
    assert unseen == []


def test_the_list_of_looked_up_identifiers_has_nothing_idle(rows: Rows) -> None:
    written = {(row["source"], row["target"]): set(row["references"].split(";")) for row in rows}
    idle = {pair: names - written.get(pair, set()) for pair, names in looked_up().items()}
    assert {pair: names for pair, names in idle.items() if names} == {}
