"""Effective influences: what each agent, and each node that agents act on, does to every readout.

The answers of `what_if` for one source after the other, as a table: how much, how sure, and what it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from kinescape.foundation.writing import replacing, write_text
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.model.fitted_model import FittedModel
from kinescape.model.intervene import COMPARED, what_if
from kinescape.model.predict import predict_conditions
from kinescape.model.questions.query import measured_agents
from kinescape.model.questions.unseen_agents import THIS_AGENT

INFLUENCES_SCHEMA: dict[str, pl.DataType] = {
    "source": pl.String(),
    "kind": pl.String(),
    "action": pl.String(),
    "sample": pl.String(),
    "readout": pl.String(),
    "mean": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "network_mean": pl.Float64(),
    "network_low": pl.Float64(),
    "network_high": pl.Float64(),
    "disagreement": pl.Float64(),
    "method": pl.String(),
    "rests_on": pl.String(),
    "basis": pl.String(),
}
MOST_NODES = 60
"""Nodes that are asked for where none are named: those that agents of the study hit come first."""


def effective_influences(
    fitted: FittedModel, *, nodes: Sequence[str] | None = None, samples: Sequence[str] | None = None
) -> pl.DataFrame:
    """Effect of every measured agent at its full dose, and of blocking nodes, on every readout.

    Parameters
    ----------
    fitted : FittedModel
        From `fit_model`. Without a network there are the agents only.
    nodes : sequence of str, optional
        Nodes to block; by default those that the measured agents act on and those that were read, at most
        `MOST_NODES`.
    samples : sequence of str, optional
        By default all.

    Returns
    -------
    polars.DataFrame
        source, kind (``agent`` or ``node``), action (``block`` or ``push``), sample, readout, mean, low, high (90 %,
        on the readout's scale), network_mean, network_low, network_high (what the fitted network says, whichever
        member answers), disagreement of the members, method, rests_on, basis.

    Raises
    ------
    InputError
        Where a node or sample is not known.
    """
    agents = sorted(measured_agents(fitted))
    if fitted.wiring is None:
        found = [_of_agent_alone(fitted, name, samples) for name in agents if ":" not in name]
        return _stacked(found)
    asked_nodes = _nodes(fitted, agents) if nodes is None else list(dict.fromkeys(nodes))
    # Once for all nodes: the saturating network is fitted again where it must reach further ones.
    known = [f"KO:{node}" for node in asked_nodes if node in fitted.wiring.nodes]
    ready = fitted.with_candidates(known, members=COMPARED[2:])
    parts = []
    for name in agents:
        if ":" in name:
            continue
        weights = [weight for weight in fitted.wiring.hits(name).values() if weight]
        action = "push" if weights and all(weight > 0 for weight in weights) else "block"
        parts.append(_asked(ready, name, "agent", action, samples))
    parts.extend(_asked(ready, node, "node", "block", samples) for node in asked_nodes)
    return _stacked(parts)


def _nodes(fitted: FittedModel, agents: Sequence[str]) -> list[str]:
    wiring = fitted.wiring
    if wiring is None:
        return []
    hit = sorted({node for name in agents for node, weight in wiring.hits(name).items() if weight})
    read = sorted({node for design in fitted.designs for nodes in design.readout_nodes for node in nodes})
    held = set(wiring.nodes)
    acts = {node for node, out in zip(wiring.nodes, wiring.adjacency.getnnz(axis=1), strict=True) if out}
    return [node for node in dict.fromkeys((*hit, *read)) if node in held and node in acts][:MOST_NODES]


def _asked(
    ready: FittedModel, name: str, kind: str, action: str, samples: Sequence[str] | None
) -> pl.DataFrame:
    asked = {action: [name]}
    found = what_if(ready, samples=samples, **asked)  # type: ignore[arg-type]
    return found.with_columns(
        pl.lit(name).alias("source"), pl.lit(kind).alias("kind"), pl.lit(action).alias("action")
    )


def _of_agent_alone(fitted: FittedModel, name: str, samples: Sequence[str] | None) -> pl.DataFrame:
    found = predict_conditions(fitted, [Condition((AgentDose(name, None),))], samples=samples)
    return found.with_columns(
        pl.lit(name).alias("source"),
        pl.lit("agent").alias("kind"),
        pl.lit("block").alias("action"),
        *(
            pl.lit(None, dtype=pl.Float64).alias(name)
            for name in ("network_mean", "network_low", "network_high", "disagreement")
        ),
        pl.lit(THIS_AGENT).alias("rests_on"),
    )


def _stacked(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if not parts:
        return pl.DataFrame(schema=INFLUENCES_SCHEMA)
    return pl.concat([part.select(list(INFLUENCES_SCHEMA)) for part in parts])


def write_influences(influences: pl.DataFrame, folder: str | Path) -> tuple[Path, Path]:
    """Write ``influences.parquet`` and ``influences.tsv``.

    Raises
    ------
    RunError
        Where the folder cannot be written.
    """
    place = Path(folder)
    parquet, table = place / "influences.parquet", place / "influences.tsv"
    with replacing(parquet) as temporary:
        influences.write_parquet(temporary)
    write_text(table, influences.write_csv(separator="\t"))
    return parquet, table
