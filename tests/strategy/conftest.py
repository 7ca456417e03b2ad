"""A small world in which the right answer is known: an EGFR-driven line that can escape through AXL."""

from collections.abc import Callable

import polars as pl
import pytest

from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import Edge, Network


@pytest.fixture(scope="session")
def small_network() -> Network:
    def edge(source: str, target: str, sign: int = 1, mechanism: str = "phosphorylation") -> Edge:
        return Edge(source, target, sign, mechanism, references=("PMID:1",), status="unchecked")

    return Network(
        [
            edge("EGF", "EGFR", mechanism="ligand binding"),
            edge("GAS6", "AXL", mechanism="ligand binding"),
            edge("EGFR", "GRB2", mechanism="binding"),
            edge("AXL", "GRB2", mechanism="binding"),
            edge("GRB2", "KRAS"),
            edge("KRAS", "BRAF"),
            edge("BRAF", "MAP2K1"),
            edge("MAP2K1", "MAPK1"),
            edge("DUSP6", "MAPK1", -1, "dephosphorylation"),
            edge("EGFR", "PIK3CA"),
            edge("AXL", "PIK3CA"),
            edge("PIK3CA", "AKT1"),
            edge("PTEN", "AKT1", -1, "dephosphorylation"),
            edge("MAPK1", "proliferation", mechanism="phenotype"),
            edge("AKT1", "viability", mechanism="phenotype"),
            edge("proliferation", "viability", mechanism="phenotype"),
            edge("JAK2", "STAT3"),
        ],
        name="small",
    )


@pytest.fixture(scope="session")
def small_agents() -> AgentTable:
    def blocks(*genes: str) -> tuple[Target, ...]:
        return tuple(Target(gene, "inhibits") for gene in genes)

    return AgentTable(
        (
            Agent("erlotinib", ("OSI-774",), targets=blocks("EGFR"), approved=True),
            Agent("bemcentinib", ("R428",), targets=blocks("AXL")),
            Agent("trametinib", targets=blocks("MAP2K1"), approved=True),
            Agent("pictilisib", targets=blocks("PIK3CA")),
            Agent("EGF", kind="ligand", targets=(Target("EGFR", "activates"),)),
            Agent("mystery", targets=()),
        )
    )


Rows = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def made_rows() -> Rows:
    """Makes rows of Measurements for one readout from condition and value."""

    def make(sample: str, readout: str, node: str, values: dict[str, float], **fixed: object) -> pl.DataFrame:
        defaults: dict[str, object] = {
            "scale": "fraction_of_control",
            "se": 0.03,
            "n": 3,
            "time_h": 24.0,
            "assay": "made",
        }
        return pl.DataFrame(
            {
                "sample": sample,
                "condition": list(values),
                "node": node,
                "readout": readout,
                "value": [float(value) for value in values.values()],
            }
        ).with_columns(**{name: pl.lit(value) for name, value in (defaults | fixed).items()})

    return make
