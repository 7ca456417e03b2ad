"""Agents: found by every name, unknown ones told with what is near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import Agent, AgentTable, Target, UnknownAgent

TABLE = AgentTable(
    (
        Agent("vemurafenib", ("PLX4032", "RG-7204", "Zelboraf"), targets=(Target("BRAF", "inhibits", 31.0),)),
        Agent("selumetinib", ("AZD6244", "ARRY-142886"), targets=(Target("MAP2K1", "inhibits", 14.0),)),
        Agent("TGF-beta1", ("TGFβ",), "ligand", targets=(Target("TGFBR2", "activates"),)),
        Agent("sorafenib", targets=(Target("BRAF", "inhibits", 22.0), Target("KDR", "inhibits", 90.0))),
    )
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("PLX4032", "vemurafenib"),
        ("plx-4032", "vemurafenib"),
        ("PLX 4032", "vemurafenib"),
        ("Vemurafenib", "vemurafenib"),
        ("azd 6244", "selumetinib"),
        ("TGFb1", "TGF-beta1"),
        ("TGF-beta", "TGF-beta1"),
    ],
)
def test_any_name_finds_the_agent(written, name):
    assert TABLE.resolve(written).name == name
    assert written in TABLE


@given(st.sampled_from([name for agent in TABLE for name in agent.names]), st.randoms(use_true_random=False))
def test_case_dashes_and_spaces_do_not_count(name, random):
    dressed = "".join(
        random.choice([letter.upper(), letter.lower()]) + random.choice(["", "", "-", " "]) for letter in name
    )
    assert TABLE.resolve(dressed) is TABLE.resolve(name)


def test_an_unknown_agent_is_told_with_the_nearest_and_where_to_add_one():
    with pytest.raises(UnknownAgent) as caught:
        TABLE.resolve("vemurafenb")
    assert caught.value.near[0] == "vemurafenib"
    assert "did you mean 'vemurafenib'" in str(caught.value)
    assert "agents.tsv in the study folder" in str(caught.value)
    assert isinstance(caught.value, InputError) and caught.value.exit_status == 2


def test_an_agent_like_nothing_known_still_says_where_to_add_one():
    with pytest.raises(UnknownAgent, match=r"agents\.tsv in the study folder"):
        TABLE.resolve("zzzzqqqq")
    assert TABLE.get("zzzzqqqq") is None
    assert TABLE.get("--") is None


def test_markup_in_a_name_stays_text():
    with pytest.raises(UnknownAgent, match="<img src=x onerror=alert"):
        TABLE.resolve("<img src=x onerror=alert(1)>")


def test_a_name_goes_before_a_synonym():
    table = AgentTable((Agent("alpha", ("AZ",)), Agent("AZ")))
    assert table.resolve("az").name == "AZ"


def test_agents_that_hit_a_gene_strongest_first():
    assert [agent.name for agent in TABLE.hitting("BRAF")] == ["sorafenib", "vemurafenib"]
    assert TABLE.hitting("NOBODY") == ()


def test_own_agents_replace_shipped_ones_and_say_so():
    table = TABLE.with_agents([Agent("my BRAF inhibitor", ("vemurafenib",)), Agent("novel")])
    assert table.resolve("vemurafenib").name == "my BRAF inhibitor"
    assert len(table) == len(TABLE) + 1
    assert "'vemurafenib' is replaced" in table.notes[0].text
    assert table.notes[0].severity == "note"


def test_the_sign_of_an_effect():
    signs = [Target("X", effect).sign for effect in ("inhibits", "activates", "binds", "degrades")]
    assert signs == [-1, 1, 0, -1]


def test_genes_are_named_once():
    agent = Agent("a", targets=(Target("BRAF", "inhibits", 1.0), Target("BRAF", "binds")))
    assert agent.genes == ("BRAF",)
