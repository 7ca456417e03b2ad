import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.knowledge.agents import Agent, AgentTable
from kinescape.strategy.plasma_levels import COLUMNS, achievable_pair, with_achievable

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
