import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.knowledge.network import Edge, Network
from kinescape.strategy.escape_evidence.routes import RouteFinder, reached_from

signs = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([1, -1])), min_size=1, max_size=14
)


@settings(deadline=None, max_examples=60)
@given(signs)
def test_a_route_is_a_path_of_the_network_with_its_sign(edges: list[tuple[int, int, int]]) -> None:
    network = Network([Edge(f"G{a}", f"G{b}", sign) for a, b, sign in edges] + [Edge("G0", "viability", 1)])
    finder = RouteFinder(network, {"viability": 1}, ["G5"])
    for node in network.nodes:
        for sign in (1, -1):
            route = finder.route(node, sign)
            if route is None:
                continue
            assert route.nodes[0] == node and route.nodes[-1] == "viability"
            assert "G5" not in route.nodes
            assert np.prod([edge.sign for edge in route.edges] or [1]) == sign
            assert all(
                one.target == two.source for one, two in zip(route.edges, route.edges[1:], strict=False)
            )
            assert all(edge in network.edges for edge in route.edges)


def test_reached_from_marks_nodes_of_both_signs() -> None:
    network = Network([Edge("A", "B", 1), Edge("A", "C", -1), Edge("B", "D", 1), Edge("C", "D", 1)])
    assert reached_from(network, ["A"], steps=2) == {"B": 1, "C": -1, "D": 0}
    assert reached_from(network, ["A"], steps=1) == {"B": 1, "C": -1}


def test_of_two_routes_the_cheaper_is_taken() -> None:
    network = Network(
        [Edge("A", "B", 1), Edge("B", "viability", 1), Edge("A", "C", 1), Edge("C", "viability", 1)]
    )
    plain = RouteFinder(network, {"viability": 1})
    dear = RouteFinder(network, {"viability": 1}, costs={"B": 5.0})
    ended = RouteFinder(network, {"viability": 1}, endings={"B": 5.0})
    assert plain.route("A").nodes == ("A", "B", "viability")
    assert dear.route("A").nodes == ("A", "C", "viability")
    assert ended.route("A").nodes == ("A", "C", "viability")


def test_words_name_a_few_blocked_nodes_and_count_the_rest() -> None:
    network = Network([Edge("A", "viability", 1), *(Edge(f"T{i}", "A", 1) for i in range(5))])
    finder = RouteFinder(network, {"viability": 1}, [f"T{i}" for i in range(5)])
    words = finder.beside(finder.route("A"))
    assert words == "A → viability, beside the blocked T0, T1, T2 and 2 more"
