import numpy as np
import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.network import Network
from kinescape.measurements.table import Measurements
from kinescape.strategy.combinations import COLUMNS, rank_combinations
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules

RULES = PathwayRules(
    {
        ("RAS-ERK", "RTK"): PathwayRule("RAS-ERK", "RTK", 1.0, "feedback to the receptor", "PMID:1"),
        ("RTK", "RTK"): PathwayRule("RTK", "RTK", 2.0, "one receptor replaces the other", "expert rule"),
    }
)


@pytest.fixture(scope="module")
def screen(made_rows) -> Measurements:
    tumour = {
        "erlotinib 100 nM": 0.9,
        "erlotinib 1 uM": 0.8,
        "bemcentinib 1 uM": 0.9,
        "trametinib 10 nM": 0.6,
        "mystery 1 uM": 0.5,
        "erlotinib 1 uM + bemcentinib 1 uM": 0.3,
    }
    normal = dict.fromkeys(tumour, 0.95) | {"trametinib 10 nM": 0.5}
    return Measurements.from_frame(
        pl.concat(
            [
                made_rows("tumour", "ATP", "viability", tumour),
                made_rows("normal", "ATP", "viability", normal),
                made_rows(
                    "tumour",
                    "p-ERK",
                    "MAPK1",
                    {"erlotinib 1 uM": -1.0, "trametinib 10 nM": -2.0},
                    scale="log2_fold_change",
                ),
            ]
        )
    )


def ranked(screen: Measurements, network: Network, agents: AgentTable, **options: object) -> pl.DataFrame:
    given = {"target_sample": "tumour", "reference_sample": "normal", "rules": RULES} | options
    return rank_combinations(screen, network, agents, **given)


def row(frame: pl.DataFrame, *names: str) -> dict:
    found = [one for one in frame.iter_rows(named=True) if {one["agent_a"], one["agent_b"]} == set(names)]
    assert len(found) == 1
    return found[0]


def test_columns_and_every_pair_once(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents)
    assert dict(frame.schema) == COLUMNS
    pairs = {(one["agent_a"], one["agent_b"]) for one in frame.iter_rows(named=True)}
    assert len(pairs) == frame.height == 6
    assert frame["level"].unique().to_list() == ["L0"]


def test_the_measured_pair_stands_as_measured(screen, small_network, small_agents) -> None:
    pair = row(ranked(screen, small_network, small_agents), "erlotinib", "bemcentinib")
    assert pair["status"] == "measured"
    assert pair["effect"] == pytest.approx(0.3)
    assert pair["bliss_excess"] == pytest.approx(0.8 * 0.9 - 0.3)
    assert pair["hsa_excess"] == pytest.approx(0.8 - 0.3)
    se = 0.03
    by_hand = np.sqrt(se**2 + (0.9 * se) ** 2 + (0.8 * se) ** 2 + se**4)
    assert pair["bliss_se"] == pytest.approx(by_hand)
    assert pair["hsa_se"] == pytest.approx(se * np.sqrt(2))
    assert pair["front"] == 1
    assert pair["effect_low"] < 0.3 < pair["effect_high"]
    assert "more than two independent drugs" in pair["evidence"]


def test_a_pair_not_measured_is_bliss_of_its_singles(screen, small_network, small_agents) -> None:
    pair = row(ranked(screen, small_network, small_agents), "erlotinib", "trametinib")
    assert pair["status"] == "predicted"
    assert pair["bliss_excess"] is None
    assert pair["effect_basis"].startswith("Bliss")
    # The reference is hit harder than the tumour at either dose; the higher dose of erlotinib loses less.
    assert pair["condition"] == "erlotinib 1 uM + trametinib 10 nM"
    assert pair["effect"] == pytest.approx(0.8 * 0.6)
    assert pair["spared"] == pytest.approx(0.95 * 0.5)
    assert "hit at least as hard" in pair["evidence"]


def test_score_is_rule_and_a_quarter_of_the_room(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents)
    singles = {"erlotinib": [0.9, 0.8], "bemcentinib": [0.9], "trametinib": [0.6], "mystery": [0.5]}
    rooms = {}
    for one in frame.iter_rows(named=True):
        a, b = singles[one["agent_a"]], singles[one["agent_b"]]
        rooms[one["agent_a"], one["agent_b"]] = np.mean([x * y - min(x, y) for x in a for y in b])
    values = np.array(list(rooms.values()))
    pair = row(frame, "erlotinib", "trametinib")
    z = (rooms["erlotinib", "trametinib"] - values.mean()) / values.std()
    assert pair["synergy_score"] == pytest.approx(1.0 + 0.25 * z)


def test_a_drug_of_unknown_target_is_unranked_and_listed(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents)
    pair = row(frame, "erlotinib", "mystery")
    assert pair["status"] == "unranked"
    assert pair["front"] is None and pair["synergy_score"] is None
    assert pair["effect"] is not None
    assert "mystery" in pair["rule"]
    assert frame["status"].to_list()[-3:] == ["unranked"] * 3


def test_without_reference_sample(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents, reference_sample=None)
    assert frame["spared"].null_count() == frame.height
    assert frame["front"].min() == 1


def test_without_viability_on_a_signalling_node(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents, reference_sample=None, suppress="MAPK1")
    pair = row(frame, "erlotinib", "trametinib")
    assert pair["effect"] == pytest.approx(-3.0)
    assert pair["effect_scale"] == "log2_fold_change"
    assert frame.height == 1


def test_the_models_prediction_goes_before_bliss(screen, small_network, small_agents) -> None:
    predictions = pl.DataFrame(
        {
            "sample": ["tumour"],
            "condition": ["trametinib 10 nM + erlotinib 1000 nM"],
            "readout": ["ATP"],
            "mean": [0.2],
            "low": [0.1],
            "high": [0.3],
            "method": ["gaussian core"],
            "basis": ["both singles"],
        }
    )
    pair = row(
        ranked(screen, small_network, small_agents, predictions=predictions), "erlotinib", "trametinib"
    )
    assert (pair["effect"], pair["effect_low"], pair["effect_high"]) == (0.2, 0.1, 0.3)
    assert "gaussian core" in pair["effect_basis"]


def test_candidates_and_exclusions_take_synonyms(screen, small_network, small_agents) -> None:
    frame = ranked(screen, small_network, small_agents, candidates=["OSI-774", "R428", "pictilisib"])
    assert {frame["agent_a"][i] for i in range(frame.height)} == {"bemcentinib", "erlotinib"}
    unmeasured = row(frame, "erlotinib", "pictilisib")
    assert unmeasured["effect"] is None and unmeasured["front"] is None
    assert "not measured alone" in unmeasured["evidence"]
    fewer = ranked(screen, small_network, small_agents, exclude=["R428", "mystery"])
    assert fewer.height == 1


def test_one_replicate_borrows_the_error_and_none_says_so(made_rows, small_network, small_agents) -> None:
    values = {"erlotinib 1 uM": 0.8, "trametinib 10 nM": 0.6}
    single = made_rows("tumour", "ATP", "viability", values, se=None, n=1).with_columns(
        pl.col("se").cast(pl.Float64)
    )
    frame = ranked(Measurements.from_frame(single), small_network, small_agents, reference_sample=None)
    assert frame["effect_low"][0] is None
    assert "no condition of this readout has replicates" in frame["evidence"][0]
    more = made_rows("tumour", "ATP", "viability", {"bemcentinib 1 uM": 0.9}, se=0.05)
    mixed = Measurements.from_frame(pl.concat([single, more]))
    frame = ranked(mixed, small_network, small_agents, reference_sample=None)
    pair = row(frame, "erlotinib", "trametinib")
    sd = 0.05 * np.sqrt(3)
    se = np.sqrt((0.6 * sd) ** 2 + (0.8 * sd) ** 2 + sd**4)
    half = (pair["effect_high"] - pair["effect_low"]) / 2
    assert half > 1.645 * se
    assert "other conditions" in pair["effect_basis"]


def test_unknown_names_are_told_with_the_nearest(screen, small_network, small_agents) -> None:
    with pytest.raises(InputError, match="tumour"):
        ranked(screen, small_network, small_agents, target_sample="tumor")
    with pytest.raises(InputError, match="viability"):
        ranked(screen, small_network, small_agents, suppress="viabilty")
    with pytest.raises(InputError, match="erlotinib"):
        ranked(screen, small_network, small_agents, candidates=["erlotinb", "trametinib"])


def test_ligands_are_background_not_candidates(made_rows, small_network, small_agents) -> None:
    values = {
        "EGF 10 ng/mL": 1.2,
        "EGF 10 ng/mL + erlotinib 1 uM": 0.9,
        "EGF 10 ng/mL + trametinib 10 nM": 0.6,
    }
    made = Measurements.from_frame(made_rows("tumour", "ATP", "viability", values))
    frame = ranked(made, small_network, small_agents, reference_sample=None)
    assert frame["condition"].to_list() == ["EGF 10 ng/mL + erlotinib 1 uM + trametinib 10 nM"]
    assert frame["effect"][0] == pytest.approx(0.9 * 0.6 / 1.2)


def test_the_order_of_rows_does_not_matter(screen, small_network, small_agents) -> None:
    shuffled = Measurements.from_frame(screen.frame.sample(fraction=1.0, shuffle=True, seed=3))
    assert ranked(shuffled, small_network, small_agents).equals(ranked(screen, small_network, small_agents))
