import importlib.util
import json
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from kinescape.foundation.errors import InputError
from kinescape.knowledge.agents import load_agents
from kinescape.knowledge.families import target_class
from kinescape.knowledge.network import Edge, Network, load_core_network
from kinescape.strategy.escape import escape_routes
from kinescape.strategy.escape_evidence.documented import documented_escapes, growth_effectors, precedents
from kinescape.strategy.escape_evidence.escape_features import FEATURES, EscapeKnowledge
from kinescape.strategy.escape_evidence.escape_weights import load_weights
from kinescape.strategy.escape_evidence.routes import GROWTH, RouteFinder


@pytest.fixture(scope="module")
def braf():
    return escape_routes("BRAF")


def test_braf_escapes_hold_what_every_melanoma_clinic_has_seen(braf) -> None:
    # BRAF belongs to the evaluation groups: nothing known of its escapes went into the ranking.
    assert "BRAF" not in {group.name for group in precedents()}
    first = [route.gene for route in braf.routes[:20]]
    assert {"NRAS", "KRAS", "MAP2K1", "RAF1"} <= set(first)
    network = load_core_network()
    assert any(target_class(gene, network) == "RTK" for gene in first)


def test_routes_go_beside_the_target_and_end_in_growth(braf) -> None:
    growth = set(GROWTH)
    for route in braf.routes[:50]:
        if not route.path:
            continue
        if "itself" in route.path:
            continue
        words, _, beside = route.path.partition(", beside the blocked ")
        assert beside == "BRAF"
        nodes = words.replace("⊣", "→").replace("⋯", "→").split(" → ")
        assert nodes[0] == route.gene
        assert nodes[-1] in growth
        assert "BRAF" not in nodes


def test_ranks_and_probabilities_agree(braf) -> None:
    assert [route.rank for route in braf.routes] == list(range(1, len(braf.routes) + 1))
    assert sorted(route.baseline_rank for route in braf.routes) == list(range(1, len(braf.routes) + 1))
    probabilities = [route.probability for route in braf.routes]
    assert probabilities == sorted(probabilities, reverse=True)
    assert "BRAF" not in {route.gene for route in braf.routes}


def test_brakes_are_lost_and_drivers_gained(braf) -> None:
    direction = {route.gene: route.direction for route in braf.routes}
    assert {direction[gene] for gene in ("NF1", "PTEN", "BCL2L11", "DUSP6")} == {"loss"}
    assert {direction[gene] for gene in ("NRAS", "MET", "AXL", "AKT1", "MYC")} == {"gain"}


def test_agents_counter_the_change(braf) -> None:
    by_gene = {route.gene: route for route in braf.routes}
    assert "trametinib" in by_gene["MAP2K1"].agents
    assert by_gene["MAP2K1"].druggable
    agents = load_agents()
    for route in braf.routes[:20]:
        sign = {"gain": -1, "loss": 1}.get(route.direction)
        for name in route.agents:
            assert any(
                target.gene == route.gene and target.sign == sign for target in agents.resolve(name).targets
            )


def test_a_drug_blocks_its_targets_and_names_may_be_old() -> None:
    assert escape_routes("PLX4032").targets == ("BRAF",)
    assert escape_routes(["EGFR", "HER2"]).targets == ("EGFR", "ERBB2")


def test_two_targets_leave_both_out() -> None:
    routes = escape_routes(["EGFR", "ERBB2"])
    genes = {route.gene for route in routes.routes}
    assert not genes & {"EGFR", "ERBB2"}
    assert all(route.path.endswith("EGFR and ERBB2") for route in routes.routes if route.path)


def test_json_is_plain(braf) -> None:
    found = json.loads(json.dumps(braf.as_dict(top=3)))
    keys = {"gene", "direction", "probability", "rank", "baseline_rank", "path", "references", "agents"}
    assert len(found["routes"]) == 3
    assert keys <= set(found["routes"][0])
    assert braf.frame().height == len(braf.routes)


def test_under_two_seconds_on_the_core_network() -> None:
    network, agents = load_core_network(), load_agents()
    start = time.process_time()
    escape_routes("EGFR", network, agents)
    assert time.process_time() - start < 2.0


def test_measured_responses_stand_beside_the_gene() -> None:
    measured = pl.DataFrame(
        {
            "sample": ["line"],
            "agent": ["erlotinib"],
            "node": ["AXL"],
            "direction": ["gain"],
            "evidence": ["p-AXL rose"],
        }
    )
    routes = {route.gene: route for route in escape_routes("EGFR", measured=measured).routes}
    assert routes["AXL"].measured == ("gain in line: p-AXL rose",)
    assert routes["MET"].measured == ()


def test_closing_set_closes_what_it_says(braf) -> None:
    network = load_core_network()
    assert braf.closing
    stopped = {"BRAF"}
    for one in braf.closing:
        stopped.add(one.gene)
        finder = RouteFinder(network, GROWTH, stopped)
        assert all(gene == one.gene or finder.route(gene, 1) is None for gene in one.closes)
        assert one.agents and 0 < one.share <= 1


class TestBadInput:
    def test_unknown_gene_gets_the_nearest(self) -> None:
        with pytest.raises(InputError, match="EGFR"):
            escape_routes("EGRF")

    def test_empty_network(self) -> None:
        with pytest.raises(InputError, match="no edges"):
            escape_routes("EGFR", Network([], name="mine"))

    def test_a_gene_that_is_not_in_the_network(self) -> None:
        with pytest.raises(InputError, match="not in mine"):
            escape_routes("vemurafenib", Network([Edge("A", "B", 1)], name="mine"))

    def test_no_name(self) -> None:
        with pytest.raises(InputError, match="no drug or gene"):
            escape_routes([])

    def test_a_ligand_blocks_nothing(self) -> None:
        with pytest.raises(InputError, match="does not block"):
            escape_routes("HGF", Network([Edge("MET", "MAPK1", 1), Edge("MAPK1", "proliferation", 1)]))

    def test_a_gene_without_a_path_is_said_and_not_ranked(self) -> None:
        network = Network([Edge("BRAF", "MAPK1", 1), Edge("MAPK1", "viability", 1), Edge("LONELY", "AIM", 1)])
        found = escape_routes("BRAF", network)
        assert {gene for gene, _ in found.unranked} == {"AIM", "LONELY"}
        assert {route.gene for route in found.routes} == {"MAPK1"}

    def test_unsigned_edges_give_an_unknown_direction(self) -> None:
        network = Network([Edge("BRAF", "MAPK1", 1), Edge("MAPK1", "viability", 1), Edge("NRAS", "MAPK1", 0)])
        found = escape_routes("BRAF", network)
        assert {route.gene: route.direction for route in found.routes} == {"MAPK1": "gain", "NRAS": "unknown"}
        assert "⋯" in next(route.path for route in found.routes if route.gene == "NRAS")
        assert any(note.code == "unsigned-edges" for note in found.notes)

    def test_opposite_signs_are_kept_and_flagged(self) -> None:
        network = Network(
            [
                Edge("BRAF", "MAPK1", 1),
                Edge("MAPK1", "viability", 1),
                Edge("X", "MAPK1", 1),
                Edge("X", "MAPK1", -1),
            ]
        )
        found = escape_routes("BRAF", network)
        assert any(note.code == "opposite-signs" for note in found.notes)
        assert "X" in {route.gene for route in found.routes}

    def test_a_cycle_ends(self) -> None:
        network = Network(
            [
                Edge("BRAF", "A", 1),
                Edge("A", "B", 1),
                Edge("B", "A", -1),
                Edge("B", "A", 1, "other"),
                Edge("A", "viability", 1),
            ]
        )
        assert {route.gene for route in escape_routes("BRAF", network).routes} == {"A", "B"}

    def test_no_phenotype_falls_back_on_growth_effectors(self) -> None:
        network = Network([Edge("BRAF", "MYC", 1), Edge("NRAS", "MYC", 1)])
        found = escape_routes("BRAF", network)
        assert any(note.code == "no-phenotype" for note in found.notes)
        assert "NRAS" in {route.gene for route in found.routes}


def random_network(rng: np.random.Generator, nodes: int, edges: int) -> Network:
    names = [f"G{i}" for i in range(nodes)] + ["viability"]
    ends = rng.integers(0, nodes, size=(edges, 2))
    made = [Edge(names[a], names[b], int(rng.choice([1, -1]))) for a, b in ends if a != b]
    return Network([*made, *(Edge(f"G{i}", "viability", 1) for i in range(0, nodes, 50))])


def test_forty_thousand_edges_in_ten_seconds() -> None:
    network = random_network(np.random.default_rng(0), 8000, 40_000)
    start = time.process_time()
    found = escape_routes("G1", network, load_agents())
    assert time.process_time() - start < 10.0
    assert len(found.routes) > 1000


def test_features_never_rest_on_the_targets_own_escapes() -> None:
    knowledge = EscapeKnowledge(load_core_network())
    column = FEATURES.index("precedents")
    groups = precedents()
    with_own = knowledge.features(["EGFR"], groups)[:, column]
    without = knowledge.features(["EGFR"], [group for group in groups if "EGFR" not in group.targets])
    assert with_own == pytest.approx(without[:, column])


def test_shipped_tables_are_whole() -> None:
    assert load_weights("full").features == FEATURES
    assert load_weights("baseline").features == FEATURES[:3]
    assert set(growth_effectors().values()) == {1, -1}
    pairs = documented_escapes()
    assert len({(pair.group, pair.gene) for pair in pairs}) == len(pairs) >= 80
    assert {pair.split for pair in pairs} == {"development", "evaluation"}
    for pair in pairs:
        assert pair.direction in {"gain", "loss"}
        assert (pair.status == "referenced") == bool(pair.reference)
        assert not pair.reference or pair.reference.startswith(("doi:10.", "PMID:"))


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "documented_escapes.py"
    specification = importlib.util.spec_from_file_location("documented_escapes_benchmark", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_the_package_ships_the_collection_with_its_split(benchmark) -> None:
    assert benchmark.read_collection() == documented_escapes()


def test_shipped_weights_are_those_of_the_shipped_network(benchmark) -> None:
    knowledge = EscapeKnowledge(load_core_network())
    data = benchmark.Collection(knowledge, benchmark.on_network(precedents(), knowledge), ())
    fitted = data.fitted(data.development)["full"]
    values = knowledge.features(["BRAF"], precedents())
    order = spearmanr(fitted.probability(values), load_weights("full").probability(values)).statistic
    # The network may gain an edge without a new fit, but not change its face.
    assert order > 0.97, "fit anew: python benchmarks/documented_escapes.py --fit"
