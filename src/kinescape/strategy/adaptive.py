"""Adaptive responses: what a cell does under a drug that goes against the drug.

Under each single drug three things speak for an escape: a node that drives the phenotype rises (`gain`), a
node that holds it back falls (`loss`), or a node downstream of the blocked target, which the same drug lowers
in another sample or at an earlier time, stays up (`held`). Each comes with its error, its false discovery rate
over the study, the path that it opens beside the blocked target, and the agents that would counter it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.stats import t as student

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, nearest
from kinescape.knowledge.families import main_targets
from kinescape.measurements.false_discovery import false_discovery_rate
from kinescape.strategy.escape_evidence.adaptive_changes import activity_changes
from kinescape.strategy.escape_evidence.adaptive_evidence import evidence_text
from kinescape.strategy.escape_evidence.routes import GROWTH, Route, RouteFinder, reached_from
from kinescape.strategy.pair_ranking.counter_agents import counter_agents

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.names import ReadoutTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements

INTERVAL = 0.90
HELD_FALL = 0.3219
"""A node is held where its fall is surely smaller than a fifth: log2(1 / 0.8)."""
HELD_STEPS = 6
UNTESTED_CHANGE = 0.585
"""A response that cannot be tested is shown from half as much again, log2 1.5."""
LONGEST_ROUTE = 6
_READOUT = ["sample", "agent", "readout", "assay", "scale"]
_RESPONSE = [*_READOUT, "node"]

COLUMNS: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "agent": pl.String(),
    "node": pl.String(),
    "readout": pl.String(),
    "scale": pl.String(),
    "change": pl.Float64(),
    "se": pl.Float64(),
    "n": pl.Int32(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "fdr": pl.Float64(),
    "direction": pl.String(),
    "path": pl.String(),
    "references": pl.String(),
    "countered_by": pl.String(),
    "evidence": pl.String(),
}
"""Columns of the table of adaptive responses, with their types."""


def adaptive_responses(
    measurements: Measurements,
    network: Network,
    agents: AgentTable,
    *,
    sample: str,
    suppress: str = "viability",
    fdr: float = 0.1,
    readouts: ReadoutTable | None = None,
    phospho_assays: Collection[str] = (),
) -> pl.DataFrame:
    """Nodes that move against a drug in one sample, with the route that each opens.

    Parameters
    ----------
    measurements : Measurements
        Of all the samples: the false discovery rate counts every test of the study.
    network : Network
    agents : AgentTable
        Targets of the drugs; a drug of unknown target is tested, but has no blocked target to go beside.
    sample : str
    suppress : str
        The node that should stay down; growth phenotypes count together.
    fdr : float
        Responses with a higher rate are left out. Responses that cannot be tested (no replicate in the whole
        readout) stay, with `fdr` null and a word in `evidence`, where they move by half as much again.
    readouts : ReadoutTable, optional
        Says which sites inhibit their protein (one of unknown effect is left out); the shipped table where
        left out.
    phospho_assays : collection of str
        Assays in which a bare protein name means its phosphorylated form. Elsewhere a bare name that would
        mean opposite things as amount and as phospho-form (GSK3, PRAS40) is left out, unless its assay names
        the phosphosites of others.

    Returns
    -------
    polars.DataFrame
        Columns `COLUMNS`: `change` is that of the node's activity against the same condition without the drug
        (log2 fold change or z), so an inhibiting site counts with its sign turned. `direction` is `gain`,
        `loss` or `held`. Rows are sorted by agent, with the surest first.

    Raises
    ------
    InputError
        Where the sample was not measured.

    Notes
    -----
    Times and doses: of each drug the largest response over its doses and times is shown, its test corrected
    for that choice (Bonferroni); the replicate error is steadied over the conditions of one readout.
    """
    if sample not in measurements.samples:
        near = nearest(sample, measurements.samples)
        raise InputError(
            Fault(
                "unknown-sample",
                f"the sample '{sample}' was not measured",
                expected=f"one of {', '.join(measurements.samples)}",
                mend=f"did you mean {near[0]}?" if near else None,
            )
        )
    table = readouts if readouts is not None else _shipped_readouts()
    changes = activity_changes(measurements, agents, table, phospho_assays)
    if changes.is_empty():
        return pl.DataFrame(schema=COLUMNS)
    finder = _Knowledge(network, agents, suppress)
    tested = _tested(changes, finder, fdr)
    return _shown(tested, sample, fdr, finder)


def _shipped_readouts() -> ReadoutTable:
    from kinescape.knowledge.names import load_readouts

    return load_readouts()


@dataclass(frozen=True)
class _Knowledge:
    """What the network and the agents say, per drug."""

    network: Network
    agents: AgentTable
    suppress: str

    @property
    def goals(self) -> Mapping[str, int]:
        return GROWTH if self.suppress in GROWTH else {self.suppress: 1}

    def targets(self, agent: str) -> tuple[str, ...]:
        """What the drug blocks: its main targets, weak ones left out."""
        known = self.agents.get(agent)
        return tuple(target.gene for target in main_targets(known) if target.sign < 0) if known else ()

    def finder(self, agent: str) -> RouteFinder:
        return RouteFinder(self.network, self.goals, self.targets(agent))

    def downstream(self, agent: str) -> dict[str, int]:
        """Nodes that should fall (1) or rise (-1) when the drug blocks its targets."""
        return reached_from(self.network, self.targets(agent), steps=HELD_STEPS)

    def countering(self, node: str, sign: int) -> tuple[str, ...]:
        """Agents that move a node in a sign, approved ones first."""
        return tuple(agent.name for agent in counter_agents(node, sign, self.agents, self.network))


def _tested(changes: pl.DataFrame, knowledge: _Knowledge, fdr: float) -> pl.DataFrame:
    """The largest response of each drug on each node, with p values of moving and of being held."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change, error = changes["change"].to_numpy(), changes["error"].to_numpy()
        degrees = np.maximum(changes["degrees"].to_numpy(), 1e-9)
        moved = 2 * student.sf(np.abs(change) / error, degrees)
        held = student.sf((change + HELD_FALL) / error, degrees)
    usable = np.isfinite(error) & (changes["degrees"].to_numpy() > 0) & (error > 0)
    frame = changes.with_columns(
        p_moved=pl.Series(np.where(usable, moved, np.nan)), p_held=pl.Series(np.where(usable, held, np.nan))
    )
    count = pl.len().over(_RESPONSE)
    latest = pl.col("time_h").is_null() | (pl.col("time_h") == pl.col("time_h").max().over(_RESPONSE))
    frame = frame.with_columns(
        tests=count,
        latest=latest,
        should_fall=pl.Series(_expected_to_fall(frame, knowledge)),
        p_moved=(pl.col("p_moved") * count).clip(upper_bound=1.0),
    )
    largest = frame.sort(
        pl.col("p_moved").fill_nan(2.0), -pl.col("change").abs(), "condition", "time_h", *_RESPONSE
    ).unique(_RESPONSE, keep="first", maintain_order=True)
    per_readout = largest.unique(_READOUT, maintain_order=True)
    rates = per_readout.select(_READOUT).with_columns(
        fdr_moved=pl.Series(false_discovery_rate(per_readout["p_moved"].to_numpy()))
    )
    largest = largest.join(rates, on=_READOUT, how="left")
    largest = largest.join(_lowered(largest, frame, fdr), on=_RESPONSE, how="left")
    # A node counts as held where it is held at every dose at the last time: the largest p value speaks.
    late = (
        frame.filter(pl.col("latest"))
        .group_by(_RESPONSE)
        .agg(
            pl.col("p_held").max().alias("p_held_late"),
            pl.col("change").sort_by("p_held").last().alias("held_change"),
            pl.col("error").sort_by("p_held").last().alias("held_error"),
            pl.col("degrees").sort_by("p_held").last().alias("held_degrees"),
            pl.col("n").sort_by("p_held").last().alias("held_n"),
            pl.col("own").sort_by("p_held").last().alias("held_own"),
        )
    )
    largest = largest.join(late, on=_RESPONSE, how="left")
    testable = largest.filter(pl.col("should_fall") & (pl.col("lowered_in") != ""))
    testable = testable.unique(_READOUT, keep="first", maintain_order=True)
    held_rates = testable.select(_READOUT).with_columns(
        fdr_held=pl.Series(false_discovery_rate(testable["p_held_late"].to_numpy()))
    )
    return largest.join(held_rates, on=_READOUT, how="left")


def _lowered(largest: pl.DataFrame, frame: pl.DataFrame, fdr: float) -> pl.DataFrame:
    """Where the same drug was seen to lower each readout: other samples, or an earlier time of the same one."""
    down = largest.filter((pl.col("fdr_moved") <= fdr) & (pl.col("change") < -HELD_FALL))
    where: dict[tuple[str, ...], dict[str, str]] = {}
    for row in down.iter_rows(named=True):
        key = tuple(row[name] for name in _RESPONSE[1:])
        where.setdefault(key, {})[row["sample"]] = f"{row['sample']} ({row['change']:+.2f})"
    early = frame.filter(~pl.col("latest") & (pl.col("p_moved") <= fdr) & (pl.col("change") < -HELD_FALL))
    before: dict[tuple[str, ...], str] = {}
    for row in early.sort("change", descending=True).iter_rows(named=True):
        before[tuple(row[name] for name in _RESPONSE)] = f"at {row['time_h']:g} h ({row['change']:+.2f})"
    found = []
    for key in largest.select(_RESPONSE).iter_rows():
        elsewhere = [text for sample, text in where.get(tuple(key[1:]), {}).items() if sample != key[0]]
        found.append("; ".join([*([before[key]] if key in before else []), *elsewhere[:3]]))
    return largest.select(_RESPONSE).with_columns(lowered_in=pl.Series(found, dtype=pl.String))


def _expected_to_fall(frame: pl.DataFrame, knowledge: _Knowledge) -> list[bool]:
    downstream = {agent: knowledge.downstream(agent) for agent in frame["agent"].unique()}
    return [downstream[agent].get(node) == 1 for agent, node in frame.select("agent", "node").iter_rows()]


def _shown(tested: pl.DataFrame, sample: str, fdr: float, knowledge: _Knowledge) -> pl.DataFrame:
    """The responses that go against the drug, with their routes."""
    rows: list[dict[str, Any]] = []
    here = tested.filter(pl.col("sample") == sample)
    for (agent,), group in here.group_by(["agent"], maintain_order=True):
        finder = knowledge.finder(str(agent))
        # A readout of the goal itself (p-ERK1/2 for MAPK1) speaks for the goal, not for its other nodes.
        of_goals = set(group.filter(pl.col("node").is_in(list(knowledge.goals)))["readout"])
        targets = knowledge.targets(str(agent))
        found = [
            row | {"direction": verdict[0], "route": verdict[1], "fdr": verdict[2]}
            for row in group.iter_rows(named=True)
            if row["node"] not in targets
            and (row["node"] in knowledge.goals or row["readout"] not in of_goals)
            and (verdict := _verdict(row, finder, fdr)) is not None
        ]
        found = _nearest_node_of_each_readout(found)
        risen = [row for row in found if row["direction"] != "held"]
        rows.extend(_row(row, finder, knowledge, risen, targets) for row in found)
    if not rows:
        return pl.DataFrame(schema=COLUMNS)
    frame = pl.DataFrame([{name: row[name] for name in COLUMNS} for row in rows], schema=COLUMNS)
    order = pl.col("direction").replace_strict({"gain": 0, "loss": 0, "held": 1})
    frame = frame.with_columns(pl.col(pl.Float64).fill_nan(None))
    return frame.sort("agent", order, "fdr", -pl.col("change").abs(), "readout", "node", nulls_last=True)


def _nearest_node_of_each_readout(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a readout: p-ERK1/2 speaks once, for the node nearest to the phenotype."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(found, key=lambda row: (len(row["route"].edges), row["node"])):
        best.setdefault((row["readout"], row["assay"]), row)
    return list(best.values())


def _verdict(row: Mapping[str, Any], finder: RouteFinder, fdr: float) -> tuple[str, Route, float] | None:
    """Whether a node's response goes against the drug: direction, route and rate; None where it does not."""
    change, node = row["change"], row["node"]
    rate = float("nan") if row["fdr_moved"] is None else float(row["fdr_moved"])
    sure = rate <= fdr or (np.isnan(rate) and abs(change) > UNTESTED_CHANGE)
    drives, holds_back = _short(finder.route(node, 1)), _short(finder.route(node, -1))
    if sure and change > 0 and drives is not None and not _nearer(holds_back, drives):
        return "gain", drives, rate
    if sure and change < 0 and holds_back is not None and not _nearer(drives, holds_back):
        return "loss", holds_back, rate
    held_rate = row["fdr_held"]
    if row["should_fall"] and held_rate is not None and held_rate <= fdr and drives is not None:
        return "held", drives, float(held_rate)
    return None


def _short(route: Route | None) -> Route | None:
    return route if route is not None and len(route.edges) <= LONGEST_ROUTE else None


def _nearer(one: Route | None, other: Route) -> bool:
    return one is not None and len(one.edges) < len(other.edges)


def _row(
    row: Mapping[str, Any],
    finder: RouteFinder,
    knowledge: _Knowledge,
    risen: list[dict[str, Any]],
    targets: tuple[str, ...],
) -> dict[str, Any]:
    route: Route = row["route"]
    held = row["direction"] == "held"
    if held:  # what was measured at the dose that speaks, not where the response was largest
        row = {**row, **{name: row[f"held_{name}"] for name in ("change", "error", "degrees", "n", "own")}}
    change, error = row["change"], row["error"]
    half = float(student.ppf(0.5 + INTERVAL / 2, max(row["degrees"], 1e-9))) * error
    feeders = _feeders(row, risen, knowledge, targets) if held else []
    countered = [
        name
        for node in dict.fromkeys([*feeders, row["node"]])
        for name in knowledge.countering(node, 1 if row["direction"] == "loss" else -1)
    ]
    known = np.isfinite(error) and row["degrees"] > 0
    return {
        "sample": row["sample"],
        "agent": row["agent"],
        "node": row["node"],
        "readout": row["readout"],
        "scale": row["scale"],
        "change": change,
        "se": error if known else None,
        "n": row["n"],
        "low": change - half if known else None,
        "high": change + half if known else None,
        "fdr": row["fdr"],
        "direction": row["direction"],
        "path": finder.beside(route),
        "references": "; ".join(route.references),
        "countered_by": "; ".join(dict.fromkeys(countered)),
        "evidence": evidence_text(row, change, feeders, targets),
    }


def _feeders(
    row: Mapping[str, Any], risen: list[dict[str, Any]], knowledge: _Knowledge, targets: tuple[str, ...]
) -> list[str]:
    """Nodes that rose under the same drug and reach a held node beside the blocked targets."""
    finder = RouteFinder(knowledge.network, {row["node"]: 1}, targets)
    return [
        other["node"]
        for other in risen
        if other["node"] != row["node"] and finder.route(other["node"], 1) is not None
    ]
