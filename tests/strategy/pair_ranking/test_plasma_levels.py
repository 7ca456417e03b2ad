import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.agents import Agent, AgentTable, load_agents
from kinescape.strategy.pair_ranking.plasma_levels import COLUMNS, achievable_pair, with_achievable

AGENTS = AgentTable(
    (
        Agent("bound", plasma_nanomolar=1000, free_fraction=0.1, references=("PMID:1",)),
        Agent("total", plasma_nanomolar=500, note="label"),
        Agent("silent"),
        Agent("EGF", kind="ligand"),
    )
)


def test_the_drug_that_falls_shorter_decides_and_the_total_is_an_upper_bound() -> None:
    found = achievable_pair("bound 1 uM + total 1 uM", AGENTS)
    assert found.share == pytest.approx(0.1)
    assert found.kind == "at most"
    assert "unbound share not known" in found.evidence and "PMID:1" in found.evidence
    assert achievable_pair("bound 50 nM", AGENTS).share == 1.0
    assert achievable_pair("bound 50 nM", AGENTS).kind == "free"


RANGED = AgentTable(
    (
        Agent(
            "wide",
            plasma_nanomolar=100,
            plasma_low_nanomolar=20,
            plasma_high_nanomolar=400,
            free_fraction=0.5,
        ),
        Agent("narrow", plasma_nanomolar=60, plasma_low_nanomolar=50, plasma_high_nanomolar=70),
        Agent("aimed", plasma_nanomolar=60),
    )
)


def test_the_interval_is_the_published_range_of_the_drug_that_falls_shorter() -> None:
    one = achievable_pair("wide 100 nM", RANGED)
    assert (one.share, one.low, one.high) == pytest.approx((0.5, 0.1, 1.0))
    both = achievable_pair("narrow 100 nM + wide 100 nM", RANGED)
    assert (both.share, both.low, both.high) == pytest.approx((0.5, 0.1, 0.7))
    assert "range 10 to 200" in both.evidence
    none = achievable_pair("aimed 100 nM + wide 100 nM", RANGED)
    assert none.share == pytest.approx(0.5) and none.low is None and none.high is None
    assert "no range published" in none.evidence


def test_a_measured_shift_of_serum_goes_before_the_total_level_but_not_before_the_users() -> None:
    """Imatinib: 444 nM act in the assay as plasma does, 300 to 692, and patients spread by 0.506 (natural log)."""
    shipped = achievable_pair("imatinib 1 uM", load_agents())
    assert shipped.kind == "in serum" and shipped.share == pytest.approx(0.444)
    assert shipped.low == pytest.approx(0.444 * math.exp(-1.645 * 0.506))
    assert shipped.high == pytest.approx(1.0)
    assert "Leighow 2020" in shipped.evidence
    own = AgentTable((Agent("imatinib", plasma_nanomolar=100, free_fraction=0.1),))
    assert achievable_pair("imatinib 1 uM", own).share == pytest.approx(0.01)


@pytest.mark.parametrize(
    "name", ["gefitinib", "trametinib", "dabrafenib", "crizotinib", "sorafenib", "cabozantinib"]
)
def test_measured_levels_have_a_range_and_a_paper(name: str) -> None:
    agent = load_agents().resolve(name)
    assert agent.plasma_low_nanomolar < agent.plasma_nanomolar < agent.plasma_high_nanomolar
    assert agent.references and "level:" in agent.note and "range:" in agent.note
    found = achievable_pair(f"{name} 10 uM", load_agents())
    assert 0 < found.low < found.share < found.high <= 1


def test_levels_restate_what_the_papers_say() -> None:
    """ng/mL over g/mol: gefitinib 173.9 / 446.9, trametinib 11.9 / 615.4, sorafenib 2910 / 464.8."""
    table = load_agents()
    for name, nanomolar in (
        ("gefitinib", 389.1),
        ("trametinib", 19.34),
        ("sorafenib", 6261),
        ("cabozantinib", 2903),
    ):
        assert table.resolve(name).plasma_nanomolar == pytest.approx(nanomolar, rel=0.005)


@pytest.mark.parametrize(
    "text", ["bound 1 uM + silent 1 uM", "bound + total 1 uM", "stranger 1 uM + total 1 uM"]
)
def test_what_is_not_known_stays_unknown_and_is_named(text) -> None:
    found = achievable_pair(text, AGENTS)
    assert found.share is None and found.kind == ""
    assert "not known" in found.evidence


def test_ligands_are_passed_over() -> None:
    assert achievable_pair("bound 1 uM + EGF 5 ng/mL", AGENTS).share == pytest.approx(0.1)


@given(st.floats(1e-3, 1e6))
def test_more_dose_is_never_more_achievable(nanomolar) -> None:
    one = achievable_pair(f"total {nanomolar:.6g} nM", AGENTS).share
    more = achievable_pair(f"total {2 * nanomolar:.6g} nM", AGENTS).share
    assert 0 < more <= one <= 1


def test_columns_stand_beside_every_row() -> None:
    frame = pl.DataFrame({"condition": ["bound 1 uM + total 1 uM", "silent 1 uM + total 1 uM", None]})
    found = with_achievable(frame, AGENTS)
    assert dict(found.drop("condition").schema) == COLUMNS
    assert found["achievable"].is_null().to_list() == [False, True, True]
