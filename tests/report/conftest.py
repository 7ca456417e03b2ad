"""A small set of results with everything that makes a report stumble: gaps, one replicate, hostile names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from kinescape.foundation.issues import Fault
from kinescape.foundation.randomness import generator
from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import Edge, Network
from kinescape.measurements.table import Measurements

HOSTILE = "<img src=x onerror=alert(1)>"
CLOSING = "</script><script>alert(2)</script>"
TARGET, REFERENCE = "HCC827-sim", "BEAS2B-sim"
DRUGS = {
    "erlotinib": ("EGFR",),
    "bemcentinib": ("AXL",),
    "trametinib": ("MAP2K1", "MAP2K2"),
    "pictilisib": ("PIK3CA",),
    "dasatinib": ("SRC", "ABL1"),
    HOSTILE: (),
}
READOUTS = {
    "p-EGFR Y1068": ("EGFR",),
    "p-AXL Y702": ("AXL",),
    "p-MEK1/2 S217/S221": ("MAP2K1", "MAP2K2"),
    "p-ERK1/2 T202/Y204": ("MAPK1", "MAPK3"),
    "p-AKT S473": ("AKT1",),
    "p-S6K T389": ("RPS6KB1",),
    "p-SRC Y416": ("SRC",),
    CLOSING: ("STAT3",),
}
EDGES = [
    ("EGF", "EGFR", 1),
    ("GAS6", "AXL", 1),
    ("EGFR", "GRB2", 1),
    ("EGFR", "GAB1", 1),
    ("AXL", "GRB2", 1),
    ("AXL", "GAB1", 1),
    ("GAB1", "PIK3CA", 1),
    ("GRB2", "SOS1", 1),
    ("SOS1", "KRAS", 1),
    ("KRAS", "RAF1", 1),
    ("RAF1", "MAP2K1", 1),
    ("RAF1", "MAP2K2", 1),
    ("MAP2K1", "MAPK1", 1),
    ("MAP2K2", "MAPK3", 1),
    ("MAP2K1", "MAPK3", 1),
    ("MAP2K2", "MAPK1", 1),
    ("MAPK1", "SOS1", -1),
    ("MAPK3", "SOS1", -1),
    ("DUSP6", "MAPK1", -1),
    ("DUSP6", "MAPK3", -1),
    ("MAPK1", "DUSP6", 1),
    ("PIK3CA", "AKT1", 1),
    ("PTEN", "PIK3CA", -1),
    ("AKT1", "MTOR", 1),
    ("MTOR", "RPS6KB1", 1),
    ("RPS6KB1", "IRS1", -1),
    ("IRS1", "PIK3CA", 1),
    ("SRC", "EGFR", 1),
    ("SRC", "STAT3", 1),
    ("EGFR", "STAT3", 1),
    ("STAT3", "MYC", 1),
    ("MAPK1", "MYC", 1),
    ("MYC", "proliferation", 1),
    ("AKT1", "apoptosis", -1),
    ("proliferation", "viability", 1),
    ("apoptosis", "viability", -1),
    ("AKT1", "viability", 1),
    ("MAPK1", "viability", 1),
    ("MAPK3", "viability", 1),
    ("RPS6KB1", "proliferation", 1),
    ("ABL1", "CRKL", 1),
    ("TP53", "CDKN1A", 1),
]


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


def _conditions() -> list[str]:
    singles = [f"{drug} 1 uM" for drug in DRUGS]
    pairs = [
        "bemcentinib 1 uM + erlotinib 1 uM",
        "erlotinib 1 uM + trametinib 1 uM",
        "EGF 50 ng/mL + erlotinib 1 uM",
    ]
    return [*singles, "EGF 50 ng/mL", *pairs]


def _effects() -> pl.DataFrame:
    draw = generator(1, "report", "fixture")
    rows = []
    for sample in (TARGET, REFERENCE):
        for condition in _conditions():
            for readout, nodes in READOUTS.items():
                value = float(draw.normal(0, 0.3))
                if any(node in DRUGS.get(name, ()) for name in DRUGS if name in condition for node in nodes):
                    value -= 2.0
                if "erlotinib" in condition and readout == "p-AXL Y702" and sample == TARGET:
                    value = 1.6
                alone = "dasatinib" in condition
                se = None if alone else float(draw.uniform(0.08, 0.3))
                if readout == "p-SRC Y416" and "pictilisib" in condition:
                    continue
                for node in nodes:
                    rows.append(
                        _row(
                            sample, condition, readout, node, value, se, alone, "log2_fold_change", "luminex"
                        )
                    )
            value = float(np.clip(draw.normal(0.75 if sample == REFERENCE else 0.55, 0.15), 0.05, 1.2))
            rows.append(
                _row(
                    sample,
                    condition,
                    "CellTiter-Glo",
                    "viability",
                    value,
                    0.05,
                    False,
                    "fraction_of_control",
                    "viability",
                )
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(
    sample: str,
    condition: str,
    readout: str,
    node: str,
    value: float,
    se: float | None,
    alone: bool,
    scale: str,
    assay: str,
) -> dict[str, Any]:
    neutral = 1.0 if scale == "fraction_of_control" else 0.0
    p = None if se is None else float(np.exp(-abs(value - neutral) / se))
    return {
        "sample": sample,
        "condition": condition,
        "readout": readout,
        "node": node,
        "value": value,
        "se": se,
        "n": 1 if alone else 3,
        "low": None if se is None else value - 1.64 * se,
        "high": None if se is None else value + 1.64 * se,
        "p_value": p,
        "fdr": None if p is None else min(1.0, 2 * p),
        "assay": assay,
        "scale": scale,
    }


def _combinations() -> pl.DataFrame:
    measured = {
        "sample": TARGET,
        "agent_a": "bemcentinib",
        "agent_b": "erlotinib",
        "condition": "bemcentinib 1 uM + erlotinib 1 uM",
        "status": "measured",
        "front": 1,
        "effect": 0.21,
        "effect_low": 0.15,
        "effect_high": 0.28,
        "effect_scale": "fraction_of_control",
        "effect_basis": "measured viability",
        "better_single": 0.6,
        "escape_closed": 0.0,
        "escape_route": None,
        "spared": 0.82,
        "spared_low": 0.74,
        "spared_high": 0.9,
        "synergy_score": 1.8,
        "rule": "two parallel receptors share their downstream arms",
        "rule_reference": "PMID:23456",
        "class_a": "RTK",
        "class_b": "RTK",
        "bliss_excess": 0.22,
        "bliss_se": 0.05,
        "hsa_excess": 0.3,
        "hsa_se": 0.05,
        "n": 3,
        "level": "L0",
        "evidence": "measured in 3 replicates",
    }
    blank = {"bliss_excess": None, "bliss_se": None, "hsa_excess": None, "hsa_se": None, "n": None}
    rows = [
        measured,
        {
            **measured,
            "agent_a": "erlotinib",
            "agent_b": "trametinib",
            "front": 2,
            "effect": 0.4,
            "condition": "erlotinib 1 uM + trametinib 1 uM",
            "effect_low": 0.31,
            "effect_high": 0.48,
            "spared": 0.5,
            "spared_low": 0.4,
            "spared_high": 0.61,
            "bliss_excess": -0.02,
        },
    ]
    for place, (a, b, front, effect, spared) in enumerate(
        [
            ("bemcentinib", "trametinib", 1, 0.3, 0.88),
            ("erlotinib", "pictilisib", 1, 0.18, 0.6),
            ("bemcentinib", "pictilisib", 2, 0.4, 0.8),
            ("dasatinib", "erlotinib", 3, 0.5, 0.7),
        ]
    ):
        rows.append(
            {
                **measured,
                **blank,
                "agent_a": a,
                "agent_b": b,
                "condition": f"{a} 1 uM + {b} 1 uM",
                "status": "predicted",
                "front": front,
                "effect": effect,
                "effect_low": effect - 0.12,
                "effect_high": effect + 0.15,
                "spared": spared,
                "spared_low": spared - 0.1,
                "spared_high": spared + 0.1,
                "effect_basis": "product of the singles",
                "class_b": "PI3K–mTOR",
                "synergy_score": 1.2 - 0.2 * place,
                "evidence": "rule and single-agent room; not measured",
            }
        )
    rows.append(
        {
            **measured,
            **blank,
            "agent_a": HOSTILE,
            "agent_b": "erlotinib",
            "status": "unranked",
            "condition": f"{HOSTILE} 1 uM + erlotinib 1 uM",
            "front": None,
            "effect": float("nan"),
            "effect_low": None,
            "effect_high": None,
            "spared": None,
            "spared_low": None,
            "spared_high": None,
            "synergy_score": None,
            "rule": None,
            "rule_reference": None,
            "class_a": None,
            "evidence": f"the targets of {HOSTILE} are not known",
        }
    )
    return pl.DataFrame(rows, infer_schema_length=None)


def _validation() -> pl.DataFrame:
    rows = []
    figures = {
        ("unseen_combination", "ridge"): (0.575, 0.52, 0.63),
        ("unseen_combination", "nearest_condition"): (0.71, 0.64, 0.78),
        ("unseen_combination", "sum_of_singles"): (0.62, 0.56, 0.69),
        ("unseen_combination", "mean"): (0.93, 0.85, 1.01),
        ("unseen_combination", "hierarchical"): (0.581, 0.53, 0.64),
        ("unseen_inhibitor", "ridge"): (1.02, 0.9, 1.15),
        ("unseen_inhibitor", "mean"): (1.05, 0.93, 1.18),
        ("unseen_inhibitor", "network_kernel"): (0.865, 0.78, 0.95),
        ("unseen_inhibitor", "network_kernel, shuffled"): (1.01, 0.91, 1.12),
    }
    for (task, method), (rmse, low, high) in figures.items():
        rows.append(
            {
                "task": task,
                "dataset": "sim",
                "method": method,
                "rmse": rmse,
                "rmse_low": low,
                "rmse_high": high,
                "pearson": None if method == "mean" else 0.7,
                "coverage90": 0.91 if method in ("hierarchical", "network_kernel") else None,
                "n_units": 14,
                "cpu_seconds": 0.4,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _comparisons() -> pl.DataFrame:
    rows = [
        ("unseen_combination", "hierarchical", "ridge", 0.006, -0.01, 0.02),
        ("unseen_inhibitor", "network_kernel", "ridge", -0.155, -0.22, -0.08),
    ]
    return pl.DataFrame(
        [
            {
                "task": task,
                "dataset": "sim",
                "method": method,
                "baseline": plain,
                "difference": difference,
                "difference_low": low,
                "difference_high": high,
                "n_units": 14,
            }
            for task, method, plain, difference, low, high in rows
        ]
    )


def _escape() -> pl.DataFrame:
    base = {
        "sample": TARGET,
        "agent": "erlotinib",
        "node": "AXL",
        "readout": "p-AXL Y702",
        "scale": "log2_fold_change",
        "change": 1.6,
        "se": 0.15,
        "n": 3,
        "low": 1.35,
        "high": 1.85,
        "fdr": 0.0004,
        "direction": "gain",
        "path": "AXL → GAB1 → PIK3CA, beside the blocked EGFR",
        "references": "PMID:23456; PMID:34567",
        "countered_by": "bemcentinib",
        "evidence": "measured rise, curated path",
    }
    return pl.DataFrame(
        [
            base,
            {
                **base,
                "node": "SRC",
                "readout": "p-SRC Y416",
                "change": 0.6,
                "low": 0.2,
                "high": 1.0,
                "fdr": 0.03,
                "path": "SRC → STAT3 → MYC",
                "countered_by": "dasatinib",
                "references": "",
                "direction": "held",
            },
            {
                **base,
                "agent": "trametinib",
                "node": "EGFR",
                "readout": "p-EGFR Y1068",
                "change": 0.9,
                "low": 0.5,
                "high": 1.3,
                "fdr": 0.002,
                "path": "EGFR → GAB1 → PIK3CA → AKT1",
                "countered_by": "erlotinib",
            },
            {
                **base,
                "agent": HOSTILE,
                "node": "STAT3",
                "readout": CLOSING,
                "change": 0.7,
                "se": None,
                "n": 1,
                "low": None,
                "high": None,
                "fdr": None,
                "path": "",
                "countered_by": None,
                "references": None,
            },
        ],
        infer_schema_length=None,
    )


def _predictions() -> pl.DataFrame:
    rows = []
    draw = generator(2, "report", "fixture")
    for condition in ("bemcentinib 1 uM + trametinib 1 uM", "erlotinib 1 uM + pictilisib 1 uM"):
        for readout in READOUTS:
            mean = float(draw.normal(-0.5, 0.8))
            rows.append(
                {
                    "sample": TARGET,
                    "condition": condition,
                    "readout": readout,
                    "mean": mean,
                    "low": mean - 0.7,
                    "high": mean + 0.7,
                    "method": "core",
                    "basis": "both singles measured",
                }
            )
    return pl.DataFrame(rows)


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
    effects = _effects()
    measured = effects.select(
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
        effects=effects,
        validation=_validation(),
        comparisons=_comparisons(),
        network_test=pl.DataFrame(
            {"network": ["without", "curated", "shuffled 1", "shuffled 2"], "rmse": [1.02, 0.86, 1.01, 1.03]}
        ),
        network_words="The wiring lowered the error for unseen inhibitors by 0.16 [0.08, 0.27].",
        predictions=_predictions(),
        combinations=_combinations(),
        escape=_escape(),
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
