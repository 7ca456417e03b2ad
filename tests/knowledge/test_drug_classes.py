"""Classes of agents: of the drug's own class, and of its main targets."""

import pytest

from kinescape.knowledge.agents import Agent, Target
from kinescape.knowledge.families import agent_classes, drug_class_name, main_targets
from kinescape.knowledge.network import Network

EMPTY = Network()


@pytest.mark.parametrize(
    ("drug_class", "name"),
    [
        ("platinum alkylating agent", "alkylator"),
        ("topoisomerase I inhibitor", "topoisomerase"),
        ("taxane", "tubulin"),
        ("antimetabolite", "antimetabolite"),
        ("proteasome inhibitor", "proteasome"),
        ("HDAC inhibitor", "HDAC"),
        ("HSP90 inhibitor", "HSP90"),
        ("MDM2 inhibitor", "MDM2-p53"),
        ("BH3 mimetic", "BCL2"),
        ("PARP inhibitor", "PARP"),
        ("porcupine inhibitor", "WNT"),
        ("MEK inhibitor", "RAS-ERK"),
        ("JAK1/JAK2 inhibitor", "JAK-STAT"),
        ("CDK4/6 inhibitor", "cell cycle"),
        ("ATR inhibitor", "checkpoint"),
        ("PDK1 inhibitor", "PI3K-mTOR"),
        ("something else", None),
    ],
)
def test_drug_classes(drug_class, name):
    assert drug_class_name(drug_class) == name


def test_an_agent_has_the_classes_of_its_main_targets():
    agent = Agent(
        "dual",
        targets=(
            Target("PIK3CA", "inhibits", 5.0),
            Target("MTOR", "inhibits", 20.0),
            Target("KIT", "inhibits", 900.0),
        ),
    )
    assert agent_classes(agent, EMPTY) == ("PI3K-mTOR",)
    assert agent_classes(agent, EMPTY, dose_nanomolar=1000) == ("PI3K-mTOR", "RTK")
    assert [target.gene for target in main_targets(agent, dose_nanomolar=1)] == ["PIK3CA"]


def test_one_measured_off_target_adds_no_class_where_the_drug_class_is_known():
    off = Target("CDK2", "inhibits", 5.0)
    dabrafenib = Agent("a", drug_class="BRAF inhibitor", targets=(Target("BRAF", "inhibits", 9.0), off))
    assert agent_classes(dabrafenib, EMPTY) == ("RAS-ERK",)
    assert agent_classes(dabrafenib, EMPTY, dose_nanomolar=100) == ("RAS-ERK", "cell cycle")
    two = Agent("b", drug_class="BRAF inhibitor", targets=(off, Target("CDK1", "inhibits", 6.0)))
    assert agent_classes(two, EMPTY) == ("RAS-ERK", "cell cycle")
    named = Agent(
        "c", drug_class="SYK inhibitor", targets=(Target("SYK", "inhibits"), Target("JAK1", "inhibits"))
    )
    assert agent_classes(named, EMPTY) == ("SRC-ABL", "JAK-STAT")


def test_an_agent_of_unknown_target_has_no_class_so_that_nothing_ranks_it():
    assert agent_classes(Agent("SF"), EMPTY) == ()
    assert agent_classes(Agent("odd", targets=(Target("NOT_THERE", "inhibits"),)), EMPTY) == ()


def test_a_drug_whose_target_is_no_gene_has_the_class_of_its_kind():
    assert agent_classes(Agent("cisplatin", drug_class="platinum"), EMPTY) == ("alkylator",)
