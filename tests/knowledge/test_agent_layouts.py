"""The layouts of agent tables: every fault at once, with its place."""

import pytest

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.knowledge.agent_layouts import agents_from_tables, read_agents
from kinescape.knowledge.agents import Agent, Target
from kinescape.knowledge.delimited import read_table


def read(folder, text, name="agents.tsv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    faults = Faults()
    return read_agents(path, faults), faults


def test_the_one_file_layout(tmp_path):
    agents, faults = read(
        tmp_path,
        "name\ttargets\teffect\taffinity_nanomolar\tsynonyms\tkind\tdrug_class\tapproved\tplasma_nanomolar\t"
        "free_fraction\treferences\n"
        "selumetinib\tMAP2K1;MAP2K2\tinhibits\t14;20\tAZD6244\tdrug\tMEK inhibitor\tyes\t2500\t0.016\t"
        "PMID:123;doi:10.1000/x\n",
    )
    assert not faults
    assert agents == (
        Agent(
            "selumetinib",
            ("AZD6244",),
            "drug",
            "MEK inhibitor",
            (
                Target("MAP2K1", "inhibits", 14.0, "PMID:123"),
                Target("MAP2K2", "inhibits", 20.0, "PMID:123"),
            ),
            True,
            2500.0,
            0.016,
            ("PMID:123", "doi:10.1000/x"),
        ),
    )


def test_generic_class_agents_need_a_name_and_targets_only(tmp_path):
    agents, faults = read(
        tmp_path,
        "agent,targets,kind,drug_class\nMEKi,MAP2K1;MAP2K2,class,MEK inhibitor\nEGF,EGFR,ligand,\n",
        "agents.csv",
    )
    assert not faults.errors
    assert [agent.name for agent in agents] == ["MEKi", "EGF"]
    assert agents[0].kind == "class"
    assert {target.effect for target in agents[0].targets} == {"inhibits"}
    assert agents[1].targets == (Target("EGFR", "activates"),)


def test_an_agent_of_unknown_target_is_kept_and_said(tmp_path):
    agents, faults = read(tmp_path, "name\ttargets\nSF\t\n")
    assert agents == (Agent("SF"),)
    assert [fault.code for fault in faults] == ["agent-untargeted"]
    assert faults.notes


def test_all_faults_at_once_with_row_and_column(tmp_path):
    _, faults = read(
        tmp_path,
        "name\ttargets\teffect\taffinity_nanomolar\tapproved\tfree_fraction\treferences\n"
        "one\tMAP2K1\tinhibit\t\t\t\t\n"
        "two\tMAP2K1\tinhibits\tfive\tmaybe\t1.5\tSmith 2010\n"
        "\tEGFR\t\t\t\t\t\n"
        "four\tA;B;C\tinhibits;activates\t\t\t\t\n"
        "five\tMAP2K1, MAP2K2\t\t-3\t\t\t\n"
        "one\tEGFR\t\t\t\t\t\n",
    )
    told = {(fault.code, fault.row, fault.column) for fault in faults.errors}
    assert told == {
        ("effect-unknown", 2, "effect"),
        ("not-a-number", 3, "affinity_nanomolar"),
        ("approved-unknown", 3, "approved"),
        ("not-a-number", 3, "free_fraction"),
        ("reference-shape", 3, "references"),
        ("agent-unnamed", 4, "name"),
        ("targets-uneven", 5, "effect"),
        ("not-a-number", 6, "affinity_nanomolar"),
        ("gene-shape", 6, None),
        ("agent-name-shared", 7, None),
    }
    effect = next(fault for fault in faults if fault.code == "effect-unknown")
    assert "did you mean 'inhibits'" in effect.text


def test_american_spelling_of_an_effect_is_understood(tmp_path):
    agents, faults = read(tmp_path, "name\ttargets\teffect\ndrug\tESR1\tantagonizes\n")
    assert not faults.errors
    assert agents[0].targets[0].effect == "antagonises"


def test_unknown_columns_are_named_not_refused(tmp_path):
    agents, faults = read(tmp_path, "name\ttargts\nMEKi\tMAP2K1\n")
    assert agents[0].targets == ()
    (warning,) = faults.warnings
    assert warning.code == "column-unknown"
    assert "did you mean 'targets'" in warning.text


def test_a_file_that_is_not_there_and_one_that_is_empty(tmp_path):
    faults = Faults()
    assert read_agents(tmp_path / "none.tsv", faults) == ()
    assert [fault.code for fault in faults] == ["file-missing"]
    _, faults = read(tmp_path, "\n\n")
    assert [fault.code for fault in faults] == ["table-empty"]


def test_the_two_shipped_tables_are_joined_main_target_first(tmp_path):
    agents_path, targets_path = tmp_path / "agents.tsv", tmp_path / "agent_targets.tsv"
    agents_path.write_text("name\tsynonyms\tkind\napitinib\tAP-1;AP1\tdrug\n", encoding="utf-8")
    targets_path.write_text(
        "agent\tgene\teffect\taffinity_nanomolar\taffinity_type\treferences\n"
        "apitinib\tKDR\tinhibits\t900\tKd\tPMID:5\n"
        "Apitinib\tMET\tinhibits\t3\tKd\tPMID:5\n"
        "apitinib\tAXL\tinhibits\t\t\t\n"
        "nobody\tMET\tinhibits\t3\tKd\tPMID:5\n",
        encoding="utf-8",
    )
    faults = Faults()
    tables = [read_table(path, faults) for path in (agents_path, targets_path)]
    (agent,) = agents_from_tables(*tables, faults)
    assert [target.gene for target in agent.targets] == ["AXL", "MET", "KDR"]
    assert agent.targets[1] == Target("MET", "inhibits", 3.0, "PMID:5", "Kd")
    assert [(fault.code, fault.row) for fault in faults] == [("agent-unknown", 5)]


def test_load_agents_raises_with_all_faults(tmp_path, monkeypatch):
    from kinescape.knowledge import agents as module

    monkeypatch.setattr(module, "_shipped", lambda: module.AgentTable((Agent("gefitinib"),)))
    path = tmp_path / "agents.tsv"
    path.write_text("name\ttargets\teffect\nx\tA\tnonsense\ny\tB\trubbish\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        module.load_agents(path)
    assert len(caught.value.faults) == 2
    path.write_text("name\ttargets\nMEKi\tMAP2K1\n", encoding="utf-8")
    table = module.load_agents(path)
    assert [agent.name for agent in table] == ["MEKi", "gefitinib"]


@pytest.mark.parametrize("cells", ["100\t120\t200", "100\t50\t80", "100\t\t200", "100\t50\t"])
def test_a_range_of_levels_holds_the_level_and_has_both_ends(tmp_path, cells):
    header = "name\ttargets\tplasma_nanomolar\tplasma_low_nanomolar\tplasma_high_nanomolar\n"
    _, faults = read(tmp_path, f"{header}made-up\tEGFR\t{cells}\n")
    assert [fault.code for fault in faults.errors] == ["plasma-range"]
    agents, faults = read(tmp_path, f"{header}made-up\tEGFR\t100\t50\t200\n")
    assert not faults.errors
    assert (agents[0].plasma_low_nanomolar, agents[0].plasma_high_nanomolar) == (50, 200)
