"""Results of a small simulated study, as a report takes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from kinescape.foundation.issues import Fault
from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements

from .simulated_study import CLOSING, DRUGS, EDGES, HOSTILE, REFERENCE, TARGET
from .simulated_tables import combinations, comparisons, effects, escape, predictions, validation


@dataclass(frozen=True)
class FakeResults:
    specification: Any
    measurements: Measurements
    quality: pl.DataFrame
    effects: pl.DataFrame
    validation: pl.DataFrame
    comparisons: pl.DataFrame
    network_test: pl.DataFrame
    network_words: str
    predictions: pl.DataFrame
    combinations: pl.DataFrame
    escape: pl.DataFrame
    network: Network
    agents: Any
    methods: tuple[Any, ...]
    notes: tuple[Fault, ...]
    provenance: dict[str, Any]
    phospho: tuple[Any, ...] = ()
    choices: pl.DataFrame = field(default_factory=pl.DataFrame)
    phenotype_levels: pl.DataFrame = field(default_factory=pl.DataFrame)

    def with_(self, **changes: Any) -> FakeResults:
        return replace(self, **changes)

    def specified(self, **changes: Any) -> FakeResults:
        return replace(self, specification=SimpleNamespace(**{**vars(self.specification), **changes}))


@pytest.fixture(scope="session")
def results() -> FakeResults:
    agents = {
        name: Agent(
            name,
            kind="drug",
            drug_class="kinase inhibitor",
            targets=tuple(Target(gene, "inhibits", 5.0, reference="PMID:12345") for gene in genes),
            approved=True,
            references=("PMID:12345",),
        )
        for name, genes in DRUGS.items()
        if genes
    }
    agents["EGF"] = Agent(
        "EGF", kind="ligand", drug_class="growth factor", targets=(Target("EGFR", "activates"),)
    )
    measured_effects = effects()
    measured = measured_effects.select(
        "sample", "condition", "node", "readout", "value", "scale", "se", "n", "assay"
    ).with_columns(
        pl.lit("all").alias("population"),
        pl.lit(1.0).alias("time_h"),
        pl.lit([], dtype=pl.List(pl.String)).alias("flags"),
    )
    return FakeResults(
        specification=SimpleNamespace(
            candidates=SimpleNamespace(agents=None, exclude_pairs=()),
            name="bypass",
            title=f"Bypass of erlotinib {CLOSING}",
            question="Which second drug closes the way?",
            target_sample=TARGET,
            reference_sample=REFERENCE,
            suppress="viability",
            simulated=True,
            seed=7,
        ),
        measurements=Measurements.from_frame(measured),
        quality=pl.DataFrame(
            {
                "file": ["luminex.csv", "luminex.csv", f"{HOSTILE}.csv"],
                "sample": [TARGET, REFERENCE, TARGET],
                "assay": ["luminex", "luminex", "viability"],
                "readouts": [8, 8, 1],
                "conditions": [10, 10, 10],
                "rows": [98, 98, 10],
                "replicates_median": [3.0, 3.0, None],
                "without_replicates": [8, 8, 0],
                "missing": [1, 1, 0],
                "flagged": [0, 2, 0],
                "dropped": [0, 0, 1],
                "note": ["", None, "one row had no dose"],
            }
        ),
        effects=measured_effects,
        validation=validation(),
        comparisons=comparisons(),
        network_test=pl.DataFrame(
            {"network": ["without", "curated", "shuffled 1", "shuffled 2"], "rmse": [1.02, 0.86, 1.01, 1.03]}
        ),
        network_words="The wiring lowered the error for unseen inhibitors by 0.16 [0.08, 0.27].",
        predictions=predictions(),
        combinations=combinations(),
        escape=escape(),
        network=Network(
            [
                Edge(a, b, sign, "phosphorylation", None, ("PMID:1",), "core", "unchecked")
                for a, b, sign in EDGES
            ]
        ),
        agents=AgentTable(tuple(agents.values())),
        methods=(
            SimpleNamespace(
                name="Ridge regression",
                text="Effects of agents add up, shrunk.",
                citation="doi:10.1000/example.1",
            ),
            SimpleNamespace(name=HOSTILE, text=CLOSING, citation=""),
        ),
        notes=(
            Fault(
                "one-replicate",
                f"dasatinib {CLOSING} has one replicate",
                file="luminex.csv",
                row=4,
                severity="warning",
            ),
            Fault("spelling", "p-ERK was read as p-ERK1/2", severity="note"),
        ),
        provenance={
            "versions": {"kinescape": "0.1.0", "python": "3.11"},
            "seed": 7,
            "inputs": [{"file": "luminex.csv", "sha256": "ab" * 32, "bytes": 1200}],
            "settings": {"suppress": "viability", HOSTILE: CLOSING},
        },
    )


@pytest.fixture(scope="session")
def report_html(results: FakeResults) -> str:
    from kinescape.report.build import report_page
    from kinescape.report.bundle import page_html

    return page_html(report_page(results))
