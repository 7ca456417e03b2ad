"""The choice of experiments from measurements: levels, budget, what is left out, and inputs at fault."""

import polars as pl
import pytest

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.measurements.table import Measurements
from kinescape.strategy.experiment_planning.experiment_rows import COLUMNS
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules
from kinescape.strategy.experiments import NextExperiments, next_experiments

RULES = PathwayRules(
    {
        ("RAS-ERK", "RTK"): PathwayRule("RAS-ERK", "RTK", 1.0, "feedback to the receptor", "PMID:1"),
        ("PI3K-mTOR", "RTK"): PathwayRule("PI3K-mTOR", "RTK", -0.5, "made up", "expert rule"),
    }
)
SINGLES = {
    "erlotinib 1 uM": 0.8,
    "bemcentinib 1 uM": 0.8,
    "trametinib 10 nM": 0.8,
    "pictilisib 1 uM": 0.8,
}


@pytest.fixture(scope="module")
def choose(made_rows, small_network, small_agents):
    """Choose from values by sample; options go through."""

    def run(
        samples: dict[str, dict[str, float]],
        *,
        fixed: dict | None = None,
        rows: pl.DataFrame | None = None,
        **options: object,
    ) -> NextExperiments:
        frames = [
            made_rows(name, "ATP", "viability", values, **(fixed or {}))
            for name, values in samples.items()
            if values
        ]
        frames += [] if rows is None else [rows]
        given = {"target_sample": "tumour", "rules": RULES, "agents": small_agents} | options
        agents = given.pop("agents")
        return next_experiments(Measurements.from_frame(pl.concat(frames)), small_network, agents, **given)

    return run


def names(found: NextExperiments) -> list[frozenset[str]]:
    return [frozenset(row) for row in found.pairs.select("agent_a", "agent_b").iter_rows()]


def codes(found: NextExperiments) -> set[str]:
    return {note.code for note in found.notes}


def test_rules_alone_put_the_rule_first_and_say_so(choose) -> None:
    found = choose({"tumour": SINGLES}, budget=30)
    assert found.level == "L0"
    assert dict(found.pairs.schema) == COLUMNS
    assert found.pairs.height == 6  # all pairs of four drugs, though ten could be paid
    assert "budget-exceeds-pairs" in codes(found)
    top = found.pairs.row(0, named=True)
    assert {top["class_a"], top["class_b"]} == {"RTK", "RAS-ERK"}
    assert "feedback to the receptor" in top["why"]
    assert top["condition"].count("+") == 1 and "trametinib 10 nM" in top["condition"]
    assert found.pairs["probability"].is_sorted(descending=True)
    assert found.expected.mean == pytest.approx(found.pairs["probability"].sum())
    assert found.expected.text.startswith("of these 6 pairs expect")


def test_other_samples_outweigh_the_rules(choose) -> None:
    pair = "bemcentinib 1 uM + pictilisib 1 uM"
    bliss = 0.64
    screens = {
        f"line {n}": SINGLES
        | {
            pair: bliss - 0.3,
            "erlotinib 1 uM + trametinib 10 nM": bliss + 0.1,
            "erlotinib 1 uM + pictilisib 1 uM": bliss,
        }
        for n in range(4)
    }
    found = choose({"tumour": SINGLES} | screens, budget=3)
    assert found.level == "L1"
    assert names(found) == [frozenset({"bemcentinib", "pictilisib"})]
    top = found.pairs.row(0, named=True)
    assert top["other_samples"] == 4
    assert top["other_excess"] == pytest.approx(0.3)
    assert "in 4 other samples" in top["why"]


def test_results_of_this_sample_move_the_choice(choose) -> None:
    tested = {"erlotinib 1 uM + pictilisib 1 uM": 0.2, "erlotinib 1 uM + trametinib 10 nM": 0.75}
    before = choose({"tumour": SINGLES}, budget=18)
    after = choose({"tumour": SINGLES | tested}, budget=12)
    assert after.level == "L2"
    assert not set(names(after)) & {
        frozenset({"erlotinib", "pictilisib"}),
        frozenset({"erlotinib", "trametinib"}),
    }
    chance = {
        frozenset((row["agent_a"], row["agent_b"])): row["probability"] for row in before.pairs.to_dicts()
    }
    again = {frozenset((row["agent_a"], row["agent_b"])): row for row in after.pairs.to_dicts()}
    near = frozenset({"bemcentinib", "pictilisib"})
    assert again[near]["probability"] > chance[near]
    assert "1 tested pair of pictilisib here: +0.44" in again[near]["why"]


def test_excluded_pairs_unavailable_and_unknown_drugs(choose) -> None:
    found = choose(
        {"tumour": SINGLES | {"mystery 1 uM": 0.5}},
        exclude_pairs=[("OSI-774", "trametinib")],
        unavailable=["R428"],
    )
    assert frozenset({"erlotinib", "trametinib"}) not in names(found)
    assert not any("bemcentinib" in pair or "mystery" in pair for pair in names(found))
    reasons = {frozenset(row[:2]): row[2] for row in found.left_out.iter_rows()}
    assert reasons[frozenset({"erlotinib", "trametinib"})] == "excluded"
    assert "unranked: target of mystery unknown" in reasons[frozenset({"erlotinib", "mystery"})]
    assert found.left_out.height == 4


def test_a_drug_of_unknown_target_is_ranked_where_another_sample_measured_the_pair(choose) -> None:
    other = SINGLES | {"mystery 1 uM": 0.5, "erlotinib 1 uM + mystery 1 uM": 0.1}
    found = choose({"tumour": SINGLES | {"mystery 1 uM": 0.5}, "other": other})
    assert frozenset({"erlotinib", "mystery"}) in names(found)
    assert frozenset({"mystery", "trametinib"}) not in names(found)


def test_budget_is_in_wells_and_a_batch_may_be_smaller(choose) -> None:
    assert choose({"tumour": SINGLES}, budget=7, replicates=3).pairs.height == 2
    found = choose({"tumour": SINGLES}, budget=12, replicates=3, batch=1)
    assert found.pairs.height == 1 and found.wells == 3
    layout = found.plate_map(96)
    assert (layout["role"] == "pair").sum() == found.wells


def test_same_input_same_answer(choose) -> None:
    one, other = (choose({"tumour": SINGLES}) for _ in range(2))
    assert one.pairs.equals(other.pairs) and one.expected == other.expected


def test_a_drug_named_two_ways_is_one_drug(choose) -> None:
    values = SINGLES | {"OSI-774 1 uM": 0.8, "OSI-774 1 uM + trametinib 10 nM": 0.3}
    found = choose({"tumour": values})
    assert found.level == "L2"
    assert "drug-named-twice" in codes(found)
    assert frozenset({"erlotinib", "trametinib"}) not in names(found)
    assert len(names(found)) == 5


def test_a_screen_without_replicates_says_that_errors_are_unknown(choose) -> None:
    tested = {"erlotinib 1 uM + trametinib 10 nM": 0.3}
    fixed = {"se": None, "n": 1}
    found = choose({"tumour": SINGLES | tested}, fixed=fixed)
    assert "no-replicates" in codes(found)
    assert found.pairs.height == 5


def test_a_pair_with_opposite_results_is_named_and_can_be_tested_again(choose) -> None:
    values = SINGLES | {
        "OSI-774 1 uM": 0.8,
        "erlotinib 1 uM + trametinib 10 nM": 0.2,
        "OSI-774 1 uM + trametinib 10 nM": 1.0,
    }
    found = choose({"tumour": values})
    assert "contradicting-pair" in codes(found)
    rows = {frozenset((row["agent_a"], row["agent_b"])): row for row in found.pairs.to_dicts()}
    assert "contradict" in rows[frozenset({"erlotinib", "trametinib"})]["why"]


def test_synergy_at_one_dose_and_antagonism_at_another_is_no_contradiction(choose) -> None:
    values = SINGLES | {
        "erlotinib 3 uM": 0.6,
        "erlotinib 1 uM + trametinib 10 nM": 0.2,
        "erlotinib 3 uM + trametinib 10 nM": 0.9,
    }
    found = choose({"tumour": values})
    assert "contradicting-pair" not in codes(found)
    assert frozenset({"erlotinib", "trametinib"}) not in names(found)


def test_three_drugs_at_once_and_a_drug_with_itself_are_counted(choose) -> None:
    values = SINGLES | {
        "bemcentinib 1 uM + erlotinib 1 uM + trametinib 10 nM": 0.2,
        "OSI-774 1 uM + erlotinib 1 uM": 0.5,
    }
    found = choose({"tumour": values})
    assert {"larger-than-pairs", "drug-with-itself"} <= codes(found)
    assert found.level == "L0"


def test_a_scale_without_a_rule_says_that_pairs_cannot_be_scored(choose) -> None:
    tested = {"erlotinib 1 uM + trametinib 10 nM": 0.2}
    found = choose({"tumour": SINGLES | tested}, fixed={"scale": "growth_rate"})
    assert "no-rule-for-scale" in codes(found)


def test_all_pairs_tested_is_an_answer_and_no_fault(choose) -> None:
    drugs = list(SINGLES)
    pairs = {f"{a} + {b}": 0.5 for i, a in enumerate(drugs) for b in drugs[i + 1 :]}
    found = choose({"tumour": SINGLES | pairs})
    assert found.pairs.is_empty() and dict(found.pairs.schema) == COLUMNS
    assert "all-pairs-tested" in codes(found)
    assert found.expected.mean == 0
    assert found.plate_map().is_empty()


def test_a_sample_without_single_agents_gets_pairs_without_doses(choose) -> None:
    other = SINGLES | {"erlotinib 1 uM + trametinib 10 nM": 0.3}
    found = choose({"tumour": {"control": 1.0}, "other": other})
    assert "no-single-agents" in codes(found)
    assert found.level == "L1"
    top = found.pairs.row(0, named=True)
    assert (top["agent_a"], top["agent_b"]) == ("erlotinib", "trametinib")
    assert top["effect"] is None and "not measured alone" in top["effect_basis"]


def test_a_measured_pair_without_its_singles_is_counted_and_named(choose) -> None:
    found = choose({"tumour": SINGLES | {"erlotinib 3 uM + trametinib 10 nM": 0.1}})
    assert "pair-without-singles" in codes(found)
    assert found.level == "L0"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"budget": 1}, "budget-too-small"),
        ({"budget": 2, "replicates": 3}, "budget-too-small"),
        ({"replicates": 0}, "wrong-value"),
        ({"batch": 0}, "wrong-value"),
        ({"explore": -1.0}, "wrong-value"),
        ({"explore": float("inf")}, "wrong-value"),
        ({"synergy_at": -0.1}, "wrong-value"),
        ({"synergy_at": float("nan")}, "wrong-value"),
        ({"candidates": ["erlotinibb", "trametinib"]}, "unknown-agent"),
        ({"candidates": ["erlotinib"]}, "too-few-drugs"),
        ({"target_sample": "tumor"}, "unknown-sample"),
        ({"candidates": ["mystery", "erlotinib"]}, "no-pairs"),
    ],
)
def test_inputs_at_fault(choose, options, code) -> None:
    with pytest.raises(InputError) as caught:
        choose({"tumour": SINGLES}, **options)
    assert code in {fault.code for fault in caught.value.faults}


def escape_table(*rows: tuple[str, str, float, str]) -> pl.DataFrame:
    """Adaptive responses of the tumour: agent, node, change, what counters it."""
    made = [
        {
            "sample": "tumour",
            "agent": agent,
            "node": node,
            "readout": f"p-{node}",
            "change": change,
            "fdr": 0.01,
            "direction": "gain",
            "countered_by": countered,
        }
        for agent, node, change, countered in rows
    ]
    return pl.DataFrame(made)


def test_a_share_of_the_batch_closes_measured_escape_and_says_so(choose) -> None:
    escape = escape_table(
        ("erlotinib", "AXL", 0.9, "R428"),
        ("pictilisib", "AXL", 1.5, "bemcentinib"),
        ("trametinib", "AXL", 0.4, "bemcentinib"),
    )
    plain = choose({"tumour": SINGLES}, budget=9, replicates=3)
    found = choose({"tumour": SINGLES}, budget=9, replicates=3, escape=escape)
    assert found.pairs.height == 3
    top = found.pairs.row(0, named=True)
    assert {top["agent_a"], top["agent_b"]} == {"bemcentinib", "pictilisib"}  # the largest response
    assert top["chosen_for"] == "closes a measured escape" and top["closes"] == 1.5
    assert "AXL rises under pictilisib (p-AXL +1.50), which the other drug counters" in top["why"]
    # A third of three is one; the rest are the likeliest, as without.
    assert found.pairs["chosen_for"].to_list()[1:] == ["chance of synergy"] * 2
    assert names(found)[1:] == [pair for pair in names(plain) if pair != names(found)[0]][:2]
    assert found.expected.mean == pytest.approx(found.pairs["probability"].sum())
    excluded = choose(
        {"tumour": SINGLES}, budget=3, escape=escape, exclude_pairs=[("pictilisib", "bemcentinib")]
    )
    assert names(excluded) == [frozenset({"erlotinib", "bemcentinib"})]


def test_no_pair_is_promised_more_than_is_left_alive(choose) -> None:
    """Two drugs that leave 4 % alive cannot bring an excess of 10 %, whatever the rule says."""
    strong = {"erlotinib 1 uM": 0.2, "trametinib 10 nM": 0.2}
    found = choose({"tumour": SINGLES | strong}, budget=30)
    rows = {frozenset((row["agent_a"], row["agent_b"])): row for row in found.pairs.to_dicts()}
    spent = rows[frozenset({"erlotinib", "trametinib"})]
    assert spent["probability"] == 0.0
    assert spent["excess_high"] <= 0.04 + 1e-9
    for row in rows.values():
        assert row["excess_high"] <= row["effect"] + 1e-9
    assert names(found)[-1] == frozenset({"erlotinib", "trametinib"})
    assert found.pairs["probability"].is_sorted(descending=True)
    assert found.expected.high <= 5


def test_a_ligand_is_background_and_stays_in_every_well(choose) -> None:
    values = {"EGF 5 ng/mL": 1.0} | {f"EGF 5 ng/mL + {text}": value for text, value in SINGLES.items()}
    found = choose({"tumour": values}, budget=3)
    assert found.background == ("EGF",)
    cells = found.plate_map().filter(pl.col("role") != "blank")
    assert cells["condition"].str.contains("EGF").all()


def test_fifty_drugs_are_chosen_from_in_time(choose) -> None:
    """1,225 pairs through the whole call; the limit for 583 is two seconds on a quiet machine."""
    agents = AgentTable(
        tuple(
            Agent(f"D{n:02d}", targets=(Target(("EGFR", "MAP2K1", "PIK3CA", "AXL")[n % 4], "inhibits"),))
            for n in range(50)
        )
    )
    values = {agent.name + " 1 uM": 0.8 for agent in agents}
    found = choose({"tumour": values}, agents=agents, budget=90)
    assert found.pairs.height == 45 and found.replicates == 2
    assert found.untested == 1225


def test_tested_pairs_of_an_unavailable_drug_still_teach(choose) -> None:
    """What cannot be tested again was tested all the same: a choice among the others rests on it."""
    tested = {"erlotinib 1 uM + pictilisib 1 uM": 0.2, "erlotinib 1 uM + trametinib 10 nM": 0.75}
    rows = {}
    for unavailable in ((), ("erlotinib",)):
        found = choose({"tumour": SINGLES | tested}, unavailable=unavailable)
        rows[unavailable] = {
            frozenset((row["agent_a"], row["agent_b"])): row["probability"] for row in found.pairs.to_dicts()
        }
        assert found.level == "L2"
    assert not any("erlotinib" in pair for pair in rows["erlotinib",])
    for pair, chance in rows["erlotinib",].items():
        assert chance == pytest.approx(rows[()][pair])
    assert found.left_out.is_empty()


def test_replicates_of_one_pair_that_contradict_each_other_are_named(choose, made_rows) -> None:
    """Two experiments with opposite results are one mean in the table: "as expected", with a scatter like no other."""
    rows = made_rows("tumour", "ATP", "viability", SINGLES | {"erlotinib 1 uM + trametinib 10 nM": 0.62})
    torn = pl.col("condition") == "erlotinib 1 uM + trametinib 10 nM"
    for se, expected in ((0.2, True), (0.02, False)):
        changed = rows.with_columns(
            se=pl.when(torn).then(pl.lit(se)).otherwise(pl.lit(0.01)), n=pl.lit(6, dtype=rows["n"].dtype)
        )
        found = choose({"tumour": {}}, rows=changed)
        assert ("contradicting-pair" in codes(found)) is expected
        again = frozenset({"erlotinib", "trametinib"})
        assert (again in names(found)) is expected


def test_replicates_follow_the_noise_of_the_study_and_a_given_number_wins(choose) -> None:
    quiet = choose({"tumour": SINGLES}, fixed={"se": 0.01, "n": 3})
    loud = choose({"tumour": SINGLES}, fixed={"se": 0.05, "n": 3})
    assert quiet.replicates == 2 < loud.replicates and loud.replication.power >= 0.8
    assert loud.pairs.height == min(30 // loud.replicates, 6)
    assert loud.pairs["replicates"].unique().to_list() == [loud.replicates]
    assert loud.plate_map()["plate"].n_unique() == loud.replicates
    given = choose({"tumour": SINGLES}, fixed={"se": 0.05, "n": 3}, replicates=3)
    assert given.replicates == 3 and given.replication.given and given.replication.power < 0.8
    assert given.pairs["probability"].to_list() == pytest.approx(
        quiet.pairs["probability"].head(given.pairs.height).to_list()
    )


def test_noise_that_no_number_can_beat_is_told(choose) -> None:
    found = choose({"tumour": SINGLES}, fixed={"se": 0.5, "n": 3})
    assert "noise-too-large" in codes(found)
    note = next(note for note in found.notes if note.code == "noise-too-large")
    assert "no number that these wells hold reaches 80 %" in note.found and note.severity == "warning"
