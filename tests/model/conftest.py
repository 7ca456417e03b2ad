"""Two made-up studies: a small one whose effects add up, and one whose effects follow a network."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements
from kinescape.model.design import Design, build_design
from kinescape.model.prior import Wiring, influence, wiring_of

EFFECTS = {
    "EGF": np.array([1.5, 0.8, 0.1]),
    "AKTi": np.array([-0.1, -1.6, -0.5]),
    "ERKi": np.array([-1.2, 0.2, 0.0]),
    "MEKi": np.array([-1.9, 0.5, -0.3]),
}
DOSES = {"EGF": ["50 ng/mL"], "AKTi": ["0.1 uM", "1 uM"], "ERKi": ["1 uM"], "MEKi": ["10 nM", "100 nM"]}
READOUTS = ("p-AKT", "p-ERK1/2", "p-S6")


@pytest.fixture(scope="session")
def small_study() -> Measurements:
    random = np.random.default_rng(5)
    singles = [(agent, dose) for agent, doses in DOSES.items() for dose in doses]
    sets = [[single] for single in singles]
    sets += [list(pair) for pair in combinations([(agent, doses[-1]) for agent, doses in DOSES.items()], 2)]
    sets.append([(agent, doses[-1]) for agent, doses in DOSES.items()][1:])
    rows = []
    for sample, strength in (("A", 1.0), ("B", 0.7)):
        for parts in sets:
            effect = np.zeros(3)
            for agent, dose in parts:
                code = 0.5 if len(DOSES[agent]) > 1 and dose == DOSES[agent][0] else 1.0
                effect += strength * code * EFFECTS[agent]
            condition = " + ".join(f"{agent} {dose}" for agent, dose in parts)
            for readout, value in zip(READOUTS, effect + random.normal(0, 0.1, 3), strict=True):
                rows.append((sample, condition, readout, readout, float(value), "log2_fold_change", "made"))
            rows.append(
                (
                    sample,
                    condition,
                    "viability",
                    "viability",
                    float(2 ** effect.mean()),
                    "fraction_of_control",
                    "made",
                )
            )
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    return Measurements.from_frame(pl.DataFrame(rows, schema=columns, orient="row"))


SIZE = 16


@pytest.fixture(scope="session")
def planted() -> tuple[Design, Wiring]:
    """Sixteen nodes on a branching chain, an inhibitor of each of ten, effects that follow the wiring."""
    edges = [
        Edge(f"n{at}", f"n{2 * at + step}", 1)
        for at in range(SIZE)
        for step in (1, 2)
        if 2 * at + step < SIZE
    ]
    network = Network([*edges, Edge("n15", "n3", -1), Edge("n9", "n12", 1), Edge("n13", "n1", -1)])
    hits = {f"i{at}": {f"n{at}": -1} for at in range(10)}
    wiring = wiring_of(network, hits)
    agents = list(hits)
    reach = wiring.targets(agents) @ influence(wiring.adjacency, np.arange(len(wiring.nodes)))
    random = np.random.default_rng(3)
    rows = []
    for sample, gain in (("A", 2.0), ("B", 1.5)):
        for first in range(10):
            for second in (first, (first + 3) % 10):
                effect = gain * (reach[first] + (reach[second] if second != first else 0))
                condition = " + ".join(sorted({agents[first], agents[second]}))
                for node, value in zip(wiring.nodes, effect, strict=True):
                    noisy = float(value + random.normal(0, 0.1))
                    rows.append((sample, condition, node, f"p-{node}", noisy, "log2_fold_change", "made"))
    columns = ["sample", "condition", "node", "readout", "value", "scale", "assay"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").unique(columns[:4], maintain_order=True)
    return build_design(Measurements.from_frame(frame)), wiring
