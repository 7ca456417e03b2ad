"""Designs, wiring, agents and choices as JSON and arrays, and back; what `checkpoint` stores of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kinescape.foundation.issues import Fault
from kinescape.knowledge.agents import Agent, AgentTable, Target
from kinescape.knowledge.network import Network
from kinescape.model.choice import QUESTIONS, Choice, Question
from kinescape.model.design import AgentKind, Design, Rows
from kinescape.model.dose_code import DoseScale
from kinescape.model.prior import Wiring, wiring_of

if TYPE_CHECKING:
    from kinescape.model.fitted_model import FittedModel

Keep = Callable[[Any], str]
Arrays = Mapping[str, NDArray]


def describe_design(design: Design, keep: Keep) -> dict[str, Any]:
    """A design as JSON, its arrays given to `keep`; samples and conditions of the rows stand in their table."""
    return {
        "samples": list(design.samples),
        "agents": list(design.agents),
        "readouts": list(design.readouts),
        "kinds": list(design.kinds),
        "scale": design.scale,
        "dose_scales": {name: asdict(scale) for name, scale in design.dose_scales.items()},
        "notes": [asdict(note) for note in design.notes],
        "readout_nodes": [list(nodes) for nodes in design.readout_nodes],
        "dose": keep(design.rows.dose),
        "response": keep(design.response),
    }


def restore_design(record: Mapping[str, Any], rows: pl.DataFrame, arrays: Arrays) -> Design:
    """A design from what `describe_design` made of it, and its part of the table of rows."""
    samples = tuple(record["samples"])
    place = {name: index for index, name in enumerate(samples)}
    dose, response = arrays[record["dose"]], arrays[record["response"]]
    shape = (rows.height, len(record["agents"])), (rows.height, len(record["readouts"]))
    if (dose.shape, response.shape) != shape:
        raise ValueError("rows and arrays are of different sizes")
    held = Rows(
        np.array([place[name] for name in rows["sample"].to_list()], dtype=np.int64),
        np.array(rows["condition"].to_list(), dtype=str),
        dose,
    )
    scales = {
        name: DoseScale(**{**scale, "doses": tuple(scale["doses"]), "codes": tuple(scale["codes"])})
        for name, scale in record["dose_scales"].items()
    }
    return Design(
        held,
        response,
        samples,
        tuple(record["agents"]),
        tuple(record["readouts"]),
        cast(tuple[AgentKind, ...], tuple(record["kinds"])),
        str(record["scale"]),
        scales,
        tuple(Fault(**note) for note in record["notes"]),
        readout_nodes=tuple(tuple(nodes) for nodes in record["readout_nodes"]),
    )


def describe_wiring(model: FittedModel, wiring: Wiring, keep: Keep) -> dict[str, Any]:
    """Network, and what the model's agents hit; the targets of all others come with the agents table."""
    agents = sorted({name for design in model.designs for name in design.agents})
    readouts = sorted({name for design in model.designs for name in design.readouts})
    return {
        "nodes": list(wiring.nodes),
        "data": keep(wiring.adjacency.data),
        "indices": keep(wiring.adjacency.indices),
        "indptr": keep(wiring.adjacency.indptr),
        "hits": {name: {node: float(w) for node, w in wiring.hits(name).items()} for name in agents},
        "readout_sign": {name: wiring.readout_sign(name) for name in readouts},
    }


def restore_wiring(record: Mapping[str, Any], agents: AgentTable | None, arrays: Arrays) -> Wiring:
    """The wiring from what `describe_wiring` made of it."""
    nodes = tuple(record["nodes"])
    parts = tuple(arrays[record[name]] for name in ("data", "indices", "indptr"))
    stored: dict[str, dict[str, float]] = record["hits"]
    signs: dict[str, int] = record["readout_sign"]
    rest = wiring_of(Network(isolated=nodes), agents if agents is not None else stored)

    def hits(name: str) -> Mapping[str, float]:
        return stored[name] if name in stored else rest.hits(name)

    def readout_sign(readout: str) -> int:
        return int(signs[readout]) if readout in signs else rest.readout_sign(readout)

    return replace(
        rest,
        nodes=nodes,
        adjacency=csr_matrix(parts, shape=(len(nodes), len(nodes))),
        hits=hits,
        readout_sign=readout_sign,
    )


def describe_agents(agents: AgentTable | None) -> list[dict[str, Any]] | None:
    """The agents table as JSON."""
    return None if agents is None else [asdict(agent) for agent in agents.agents]


def restore_agents(records: list[dict[str, Any]] | None) -> AgentTable | None:
    """The agents table from JSON."""
    if records is None:
        return None
    found = []
    for record in records:
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        fields["targets"] = tuple(Target(**target) for target in record["targets"])
        found.append(Agent(**fields))
    return AgentTable(tuple(found))


def restore_choices(frame: pl.DataFrame) -> tuple[Choice, ...]:
    """Choices from their table."""
    found = []
    for row in frame.iter_rows(named=True):
        if row["question"] not in QUESTIONS:
            raise ValueError(f"no question is called '{row['question']}'")
        found.append(Choice(row["dataset"], cast(Question, row["question"]), row["method"], row["evidence"]))
    return tuple(found)
