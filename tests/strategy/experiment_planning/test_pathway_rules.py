from kinescape.knowledge.agents import Agent, Target
from kinescape.strategy.experiment_planning.pathway_rules import (
    PathwayRule,
    PathwayRules,
    load_pathway_rules,
    target_genes,
)


def test_the_rule_that_says_most_wins_and_order_does_not_matter() -> None:
    weak = PathwayRule("A", "B", 0.4, "weak", "expert rule")
    strong = PathwayRule("A", "C", -0.9, "strong", "expert rule")
    rules = PathwayRules({("A", "B"): weak, ("A", "C"): strong})
    assert rules.between(["A"], ["B", "C"]) is strong
    assert rules.between(["C", "B"], ["A"]) is strong
    assert rules.between(["B"], ["C"]) is None


def test_shipped_rules_are_whole() -> None:
    rules = load_pathway_rules()
    assert len(rules) >= 20
    for rule in rules.by_pair.values():
        assert rule.why and rule.references
        assert rule.class_a <= rule.class_b
    joined = rules.between(["RAS-ERK"], ["PI3K-mTOR"])
    assert joined is not None and joined.score > 0


def test_a_rule_of_a_pathway_with_itself_needs_two_steps() -> None:
    rules = load_pathway_rules()
    both = (["RAS-ERK"], ["RAS-ERK"])
    found = rules.between(*both, targets_a={"BRAF"}, targets_b={"MAP2K1", "MAP2K2"})
    assert found is not None and found.score > 0
    assert rules.between(*both, targets_a={"MAP2K1"}, targets_b={"MAP2K1", "MAP2K2"}) is None
    assert rules.between(*both) is None


def test_targets_of_an_agent_are_genes_and_empty_where_unknown() -> None:
    agent = Agent("dual", targets=(Target("RAF", "inhibits"), Target("no such gene", "inhibits")))
    assert target_genes(agent) == {"ARAF", "BRAF", "RAF1", "no such gene"}
    assert target_genes(None) == frozenset()
