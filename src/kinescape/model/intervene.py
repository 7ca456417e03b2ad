"""What if this node were blocked, or pushed: the model's answer, and how far its members disagree.

A blocked node is a knock-out (`KO:MAP2K1`), a pushed one an over-expression (`OE:AXL`); each acts on its node
in the network like an inhibitor or a ligand at full dose. What nobody measured is answered by the member that
predicted this study's own held-out inhibitors best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from kinescape.foundation.issues import Faults, nearest
from kinescape.measurements.conditions import Condition, GeneticPerturbation
from kinescape.model.fitted_model import FittedModel
from kinescape.model.members import members_for, members_with
from kinescape.model.predict import PREDICTION_SCHEMA, predict_conditions

WHAT_IF_SCHEMA: dict[str, pl.DataType] = {**PREDICTION_SCHEMA, "disagreement": pl.Float64()}


def what_if(
    fitted: FittedModel,
    *,
    block: Iterable[str] = (),
    push: Iterable[str] = (),
    given: Condition | str = "control",
    samples: Sequence[str] | None = None,
    readouts: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Block and push nodes, alone or together, with or without agents.

    Parameters
    ----------
    fitted : FittedModel
        Fitted with a network.
    block, push : iterable of str
        Nodes of the network.
    given : Condition or str
        What is given besides, such as ``erlotinib 1 uM``.
    samples, readouts : sequence of str, optional
        By default all.

    Returns
    -------
    polars.DataFrame
        Columns of `predict_conditions` and `disagreement`: the largest less the smallest mean among the
        members that give intervals (ridge, the core, the network's), on the readout's scale; null where only
        one can answer.

    Raises
    ------
    InputError
        Where the model has no network, a node is not in it, or a node is both blocked and pushed.
    """
    blocked, pushed = tuple(dict.fromkeys(block)), tuple(dict.fromkeys(push))
    _check(fitted, blocked, pushed)
    perturbed = (
        *(GeneticPerturbation("KO", node) for node in blocked),
        *(GeneticPerturbation("OE", node) for node in pushed),
    )
    around = Condition.parse(given) if isinstance(given, str) else given
    condition = around.combined(Condition(perturbed))
    asked = fitted.with_candidates(part.text for part in perturbed)
    answer = predict_conditions(asked, [condition], samples=samples, readouts=readouts)
    spread = _disagreement(asked, condition)
    return answer.join(spread, on=["sample", "readout"], how="left", maintain_order="left").select(
        list(WHAT_IF_SCHEMA)
    )


def _check(fitted: FittedModel, blocked: tuple[str, ...], pushed: tuple[str, ...]) -> None:
    faults = Faults()
    if fitted.wiring is None:
        faults.add(
            "network-missing", "the model was fitted without a network", mend="give fit_model a network"
        )
    else:
        for node in (*blocked, *pushed):
            if node not in fitted.wiring.nodes:
                near = nearest(node, fitted.wiring.nodes)
                faults.add(
                    "unknown-node",
                    f"'{node}' is not in the network",
                    mend=f"nearest: {', '.join(near)}" if near else None,
                )
    for node in sorted(set(blocked) & set(pushed)):
        faults.add("contradiction", f"{node} is both blocked and pushed")
    if not blocked and not pushed:
        faults.add("nothing-asked", "no node is blocked or pushed")
    faults.raise_if_errors()


def _disagreement(fitted: FittedModel, condition: Condition) -> pl.DataFrame:
    """Largest less smallest mean over the members with intervals, for each sample and readout."""
    rows: list[tuple[str, str, float | None]] = []
    parts = {*condition.agents, *(part.text for part in condition.genetic)}
    for design in fitted.designs:
        if not parts <= set(design.agents):
            continue
        fits = [member.fit(design) for member in members_for(design, members_with(fitted.wiring))]
        for sample in fitted.samples:
            predictions = [fit.predict(design.rows_for(sample, [condition])) for fit in fits]
            means = [
                design.original(found.mean[0])
                for found in predictions
                if found.high is not None and np.isfinite(found.high).all()
            ]
            for column, readout in enumerate(design.readouts):
                values = [float(mean[column]) for mean in means]
                rows.append((sample, readout, max(values) - min(values) if len(values) > 1 else None))
    schema = {"sample": pl.String, "readout": pl.String, "disagreement": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
