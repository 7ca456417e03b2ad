from kinescape.strategy.pathway_rules import PathwayRule, PathwayRules, load_pathway_rules


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
