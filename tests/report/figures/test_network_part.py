"""The part of a network that is drawn: what was measured, and what joins it."""

from kinescape.knowledge.network import Edge, Network
from kinescape.report.figures.network_part import drawn_as_one, readable_part, shared_name


def test_measured_nodes_targets_and_phenotypes_stay(results) -> None:
    part = readable_part(results.network, {"MAPK1": 1.0, "AKT1": 0.5}, {"EGFR"}, {"viability"})
    assert {"MAPK1", "AKT1", "EGFR", "viability"} <= set(part)
    assert "TP53" not in part and "CDKN1A" not in part


def test_a_long_way_from_the_target_is_drawn_whole() -> None:
    chain = Network([Edge(f"G{place}", f"G{place + 1}", 1) for place in range(6)])
    assert readable_part(chain, {"G5": 1.0}, {"G0"}) == tuple(f"G{place}" for place in range(6))


def test_never_more_nodes_than_asked_for_and_the_strongest_stay() -> None:
    star = Network([Edge("HUB", f"G{place}", 1) for place in range(100)])
    part = readable_part(star, {f"G{place}": float(place) for place in range(100)}, {"HUB"}, most=20)
    assert len(part) <= 20
    assert "G99" in part and "G0" not in part


def test_nodes_outside_the_network_are_passed_over(results) -> None:
    assert "NOSUCH" not in readable_part(results.network, {"NOSUCH": 9.0, "AKT1": 1.0}, {"NEITHER"})


def test_genes_of_one_antibody_share_a_box(results) -> None:
    nodes = ["MAPK1", "MAPK3", "AKT1"]
    boxes = drawn_as_one(
        results.network, nodes, {"MAPK1": frozenset({"p-ERK"}), "MAPK3": frozenset({"p-ERK"})}
    )
    assert boxes["MAPK1"] == boxes["MAPK3"] == "MAPK1/3"
    assert boxes["AKT1"] == "AKT1"


def test_names_of_groups_are_short() -> None:
    assert shared_name(["A1BG", "ZZZ3"]) == "A1BG/ZZZ3"
    assert shared_name(["A", "B", "C", "D", "E"]) == "A and 4 like it"
