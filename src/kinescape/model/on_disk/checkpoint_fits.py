"""Each fitted member as numbers under names, and back; what `checkpoint` stores of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.model.baselines import MeanFit, NearestFit, RidgeFit, SumOfSinglesFit, fit_ridge
from kinescape.model.core.calibration import Calibration
from kinescape.model.core.kernels import CORE, Component
from kinescape.model.core.low_rank import Factor, LowRankFactor, features_of
from kinescape.model.design import Design
from kinescape.model.fit import HierarchicalFit
from kinescape.model.network_members.network_gain import NetworkGainFit
from kinescape.model.network_members.saturating import Circuit, Layout
from kinescape.model.network_members.saturating_fit import SaturatingFit
from kinescape.model.new_sample import NewSampleFit
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, network_kernels

Keep = Callable[[Any], str]
Arrays = Mapping[str, NDArray]
_RIDGE = ("coefficient", "covariance", "variance", "freedom", "strength", "nothing_over")
_CIRCUIT = ("source", "target", "sign", "log_prior", "block", "push", "readout", "own")
_SATURATING = ("parameters", "parameter_covariance", "train_jacobian", "train_which")
_DESIGN_ONLY: dict[str, Callable[[Design], Fitted]] = {
    "mean": MeanFit,
    "nearest": NearestFit,
    "singles": SumOfSinglesFit,
}
_SAMPLE = " of a sample"


def describe_fit(fit: Fitted, keep: Keep) -> dict[str, Any]:
    """A fitted member as JSON, its arrays given to `keep`.

    Raises
    ------
    InputError
        Where the member is none of the package's.
    """
    if isinstance(fit, RidgeFit):
        return {"kind": "ridge", "pooled": fit.pooled, **_kept(fit, _RIDGE, keep)}
    if isinstance(fit, HierarchicalFit):
        return {"kind": "core", **_core(fit, keep)}
    if isinstance(fit, NetworkGainFit):
        fields = _kept(fit, ("expected", "gains", "gain_covariance", "train"), keep)
        return {"kind": "gain", "core": _core(fit.core, keep), **fields}
    if isinstance(fit, SaturatingFit):
        return {
            "kind": "saturating",
            "core": _core(fit.core, keep),
            "converged": fit.converged,
            "circuit": {
                "nodes": list(fit.circuit.nodes),
                "layout": _edges(fit.circuit.layout),
                **_kept(fit.circuit, _CIRCUIT, keep),
            },
            **_kept(fit, _SATURATING, keep),
        }
    if isinstance(fit, NewSampleFit):
        return {
            "kind": "new_sample",
            "core": _core(fit.core, keep),
            "correlation": keep(fit.correlation),
            "shrinkage": fit.shrinkage,
        }
    for kind, member in (("mean", MeanFit), ("nearest", NearestFit), ("singles", SumOfSinglesFit)):
        if isinstance(fit, member):
            return {"kind": kind}
    raise InputError(Fault("model-not-saved", f"a member of the kind {type(fit).__name__} cannot be saved"))


def restore_fit(record: Mapping[str, Any], design: Design, wiring: Wiring | None, arrays: Arrays) -> Fitted:
    """A fitted member from what `describe_fit` made of it."""
    kind = record["kind"]
    if kind == "ridge":
        if not set(_RIDGE) <= set(record):
            # Saved before fits told whether anything was left over.
            return fit_ridge(design, pooled=bool(record["pooled"]))
        return RidgeFit(**_taken(record, _RIDGE, arrays), pooled=bool(record["pooled"]))
    if kind == "core":
        return _restored_core(record, design, wiring, arrays)
    if kind in _DESIGN_ONLY:
        return _DESIGN_ONLY[kind](design)
    core = _restored_core(record["core"], design, wiring, arrays)
    if kind == "gain":
        fields = _taken(record, ("expected", "gains", "gain_covariance", "train"), arrays)
        return NetworkGainFit(core, **fields)
    if kind == "new_sample":
        return NewSampleFit(core, design, arrays[record["correlation"]], float(record["shrinkage"]))
    if kind != "saturating":
        raise ValueError(f"no member is of the kind '{kind}'")
    own = record["circuit"]
    circuit = Circuit(
        tuple(own["nodes"]),
        **_taken(own, _CIRCUIT, arrays),
        layout=Layout(*(slice(low, high) for low, high in pairwise(own["layout"]))),
    )
    return SaturatingFit(
        core, circuit, **_taken(record, _SATURATING, arrays), converged=bool(record["converged"])
    )


def _core(fit: HierarchicalFit, keep: Keep) -> dict[str, Any]:
    return {
        "components": [
            {"name": part.name, "scale": part.scale, "within_sample": part.within_sample}
            for part in fit.components
        ],
        "noise": fit.noise,
        "patterns": [
            [
                keep(columns),
                keep(seen),
                # Factors of many rows are made anew: their rows and variances are here.
                keep(np.zeros((0, 0)) if isinstance(factor, LowRankFactor) else factor),
                keep(weights),
            ]
            for columns, seen, factor, weights in fit.patterns
        ],
        "evidence": fit.negative_log_evidence if np.isfinite(fit.negative_log_evidence) else None,
        "converged": fit.converged,
        "calibration": asdict(fit.calibration),
        **_kept(fit, ("variance", "scale", "spread"), keep),
    }


def _restored_core(
    record: Mapping[str, Any], design: Design, wiring: Wiring | None, arrays: Arrays
) -> HierarchicalFit:
    kernels = dict(CORE)
    if wiring is not None:
        kernels |= dict(network_kernels(wiring, design))
    components = tuple(
        Component(
            part["name"],
            kernels[part["name"].removesuffix(_SAMPLE)],
            float(part["scale"]),
            bool(part["within_sample"]),
        )
        for part in record["components"]
    )
    variance, noise = arrays[record["variance"]], float(record["noise"])

    def factor_of(seen: NDArray, lower: NDArray) -> Factor:
        if lower.size:
            return lower
        features = features_of(components, design.rows.take(seen))
        if features is None:
            raise ValueError("a model of many rows lacks what its factors are made of")
        return LowRankFactor.of(features, variance, noise)

    patterns = tuple(
        (arrays[columns], arrays[seen], factor_of(arrays[seen], arrays[lower]), arrays[weights])
        for columns, seen, lower, weights in record["patterns"]
    )
    return HierarchicalFit(
        components,
        variance,
        noise,
        arrays[record["scale"]],
        arrays[record["spread"]],
        design.rows,
        patterns,
        float("nan") if record["evidence"] is None else float(record["evidence"]),
        bool(record["converged"]),
        Calibration(**record["calibration"]),
    )


def _edges(layout: Layout) -> list[int]:
    parts = (layout.edge, layout.basal, layout.push, layout.efficacy, layout.saturation, layout.gain)
    return [0, *(int(part.stop) for part in parts)]


def _kept(source: object, names: tuple[str, ...], keep: Keep) -> dict[str, str]:
    return {name: keep(getattr(source, name)) for name in names}


def _taken(record: Mapping[str, Any], names: tuple[str, ...], arrays: Arrays) -> dict[str, Any]:
    return {name: arrays[record[name]] for name in names}
