"""Tables of results with everything that makes a report stumble: gaps, one replicate, hostile names."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from kinescape.foundation.randomness import generator

from .simulated_study import CLOSING, DRUGS, HOSTILE, READOUTS, REFERENCE, TARGET


def conditions() -> list[str]:
    singles = [f"{drug} 1 uM" for drug in DRUGS]
    pairs = [
        "bemcentinib 1 uM + erlotinib 1 uM",
        "erlotinib 1 uM + trametinib 1 uM",
        "EGF 50 ng/mL + erlotinib 1 uM",
    ]
    return [*singles, "EGF 50 ng/mL", *pairs]


def effects() -> pl.DataFrame:
    draw = generator(1, "report", "fixture")
    rows = []
    for sample in (TARGET, REFERENCE):
        for condition in conditions():
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


def combinations() -> pl.DataFrame:
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


def validation() -> pl.DataFrame:
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


def comparisons() -> pl.DataFrame:
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


def escape() -> pl.DataFrame:
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


def predictions() -> pl.DataFrame:
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
