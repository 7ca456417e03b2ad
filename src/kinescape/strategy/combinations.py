"""Which pair of drugs to give: every pair with its effect, what it spares, and why synergy is expected.

Information level L0: nothing but single drugs and knowledge of their targets. The synergy score is
R[class a, class b] + 0.25 z(single-agent room); the effect of a pair that was not measured is the model's
prediction, or Bliss of the measured singles. Measured pairs stand as measured. No score hides another: pairs
are sorted into Pareto fronts of effect, sparing, synergy and closed escape.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kinescape.foundation.issues import Faults
from kinescape.measurements.schema import NO_EFFECT
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRules, load_pathway_rules
from kinescape.strategy.experiment_planning.screened_effects import (
    ScreenedEffects,
    is_ligand,
    screened_effects,
)
from kinescape.strategy.pair_ranking.closed_routes import NOT_LOOKED_FOR, ClosedRoute, ClosedRoutes
from kinescape.strategy.pair_ranking.combination_estimates import Predictions
from kinescape.strategy.pair_ranking.combination_evidence import evidence_text
from kinescape.strategy.pair_ranking.combination_rows import PairRows
from kinescape.strategy.pair_ranking.expected_synergy import ExpectedSynergy
from kinescape.strategy.pair_ranking.pair_order import in_order
from kinescape.strategy.pair_ranking.pareto import pareto_fronts
from kinescape.strategy.pair_ranking.plasma_levels import achievable_pair

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements

ROOM_WEIGHT = 0.25

COLUMNS: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "agent_a": pl.String(),
    "agent_b": pl.String(),
    "condition": pl.String(),
    "status": pl.String(),
    "standing": pl.String(),
    "front": pl.Int32(),
    "effect": pl.Float64(),
    "effect_low": pl.Float64(),
    "effect_high": pl.Float64(),
    "effect_scale": pl.String(),
    "effect_basis": pl.String(),
    "better_single": pl.Float64(),
    "spared": pl.Float64(),
    "spared_low": pl.Float64(),
    "spared_high": pl.Float64(),
    "synergy_score": pl.Float64(),
    "expected_excess": pl.Float64(),
    "expected_excess_low": pl.Float64(),
    "expected_excess_high": pl.Float64(),
    "expected_excess_basis": pl.String(),
    "rule": pl.String(),
    "rule_reference": pl.String(),
    "class_a": pl.String(),
    "class_b": pl.String(),
    "bliss_excess": pl.Float64(),
    "bliss_se": pl.Float64(),
    "hsa_excess": pl.Float64(),
    "hsa_se": pl.Float64(),
    "escape_closed": pl.Float64(),
    "escape_closed_low": pl.Float64(),
    "escape_closed_high": pl.Float64(),
    "escape_closed_basis": pl.String(),
    "escape_route": pl.String(),
    "achievable": pl.Float64(),
    "achievable_low": pl.Float64(),
    "achievable_high": pl.Float64(),
    "achievable_kind": pl.String(),
    "achievable_evidence": pl.String(),
    "n": pl.Int32(),
    "level": pl.String(),
    "evidence": pl.String(),
}
"""Columns of the table of combinations, with their types."""


def rank_combinations(
    measurements: Measurements,
    network: Network,
    agents: AgentTable,
    *,
    target_sample: str,
    reference_sample: str | None = None,
    suppress: str = "viability",
    candidates: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    exclude_pairs: Iterable[tuple[str, str]] = (),
    predictions: pl.DataFrame | None = None,
    escape: pl.DataFrame | None = None,
    bliss_error: float | None = None,
    rules: PathwayRules | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Every pair of candidate drugs, ranked in Pareto fronts, with its evidence.

    Parameters
    ----------
    measurements : Measurements
        Effects of single drugs, and of pairs where there are any.
    network : Network
        Gives the target classes.
    agents : AgentTable
        Gives the targets of the drugs.
    target_sample : str
        The sample whose node `suppress` is to be lowered.
    reference_sample : str, optional
        The sample to be spared.
    suppress : str
        The node to lower: a phenotype, or a signalling node such as ``MAPK1``.
    candidates : iterable of str, optional
        Drugs to combine; all the drugs measured in the target sample where left out.
    exclude : iterable of str
        Drugs to leave out.
    exclude_pairs : iterable of (str, str)
        Pairs to leave out.
    predictions : polars.DataFrame, optional
        The model's predictions: sample, condition, readout, mean, low, high, method, basis.
    escape : polars.DataFrame, optional
        Adaptive responses (`adaptive_responses`): a pair whose one drug counters what rises under the other
        closes that route, which counts as an aim of its own.
    bliss_error : float, optional
        How far off Bliss was on held-out pairs (root mean square): its intervals are never narrower.
    rules : PathwayRules, optional
        Which pairs of classes synergise; the shipped table where left out.
    seed : int
        Taken so that all the steps of a study are called alike; this level draws no random numbers.

    Returns
    -------
    polars.DataFrame
        Columns `COLUMNS`. Each measured dose pair is a row. A pair that was not measured is one row, at the
        doses at which the study combined its drugs (`combination_rows`). `better_single` is the effect of the
        better drug alone at the same doses. Drugs of unknown target are
        listed as `unranked`. `standing` says in words what a pair is good for (`combination_standing`); rows are
        sorted by it, then by front, then by the surest gap between the samples.

    Raises
    ------
    InputError
        Where a sample, the node or a candidate is unknown.

    Notes
    -----
    `effect` and `spared` are on the measured scale, lower means more suppressed; intervals are 90 %, with
    replicate error steadied over conditions (`replicate_error`). `expected_excess` is the synergy score's counterpart
    in the measured unit (`expected_synergy`); `escape_closed` has the interval of the measured response. `achievable`
    is the share of the doses that patients' plasma reaches, its interval the range between patients where one is
    published (`plasma_levels`); it is known for few drugs, so it stands beside the fronts and is no aim of
    them. `bliss_excess` and `hsa_excess` are positive where the pair does more than expected.
    """
    del seed
    target = screened_effects(measurements, agents, sample=target_sample, node=suppress)
    reference = None
    if reference_sample is not None:
        reference = screened_effects(
            measurements,
            agents,
            sample=reference_sample,
            node=suppress,
            readout=target.readout,
            scale=target.scale,
        )
    drugs = _candidates(target, agents, candidates, exclude)
    rows: list[dict[str, Any]] = []
    table = rules if rules is not None else load_pathway_rules()
    synergy = ExpectedSynergy.of(measurements, network, agents, target, drugs, table)
    study = PairRows(
        network,
        agents,
        table,
        target,
        reference,
        Predictions.of(predictions, target.readout),
        bliss_error,
    )
    closed = ClosedRoutes.of(escape, target_sample, agents)
    left_out = {frozenset(_spelled(name, agents) for name in pair) for pair in exclude_pairs}
    for agent_a, agent_b in combinations(drugs, 2):
        if frozenset(_spelled(name, agents) for name in (agent_a, agent_b)) in left_out:
            continue
        route = closed.between(agent_a, agent_b, agents) if closed is not None else NOT_LOOKED_FOR
        rows.extend(
            row | synergy.figures(row, agents) | _route(route) for row in study.rows(agent_a, agent_b)
        )
    return _ranked(rows, target, agents)


def _route(route: ClosedRoute) -> dict[str, Any]:
    return {
        "escape_closed": route.change,
        "escape_closed_low": route.low,
        "escape_closed_high": route.high,
        "escape_closed_basis": route.basis,
        "escape_route": route.text or None,
    }


def _spelled(name: str, agents: AgentTable) -> str:
    known = agents.get(name)
    return (known.name if known is not None else name).casefold()


def _candidates(
    target: ScreenedEffects, agents: AgentTable, candidates: Iterable[str] | None, exclude: Iterable[str]
) -> tuple[str, ...]:
    """Names of the drugs, as the measurements spell them."""
    faults = Faults()
    spelled: dict[str, str] = {}
    for drug in target.drugs:
        known = agents.get(drug)
        for name in (drug, *((known.name, *known.synonyms) if known else ())):
            spelled.setdefault(name.casefold(), drug)

    def own(name: str) -> str:
        known = agents.get(name)
        for spelling in (name, *((known.name,) if known else ())):
            if spelling.casefold() in spelled:
                return spelled[spelling.casefold()]
        if known is None:
            near = agents.nearest(name)
            faults.add(
                "unknown-agent",
                f"the candidate '{name}' was neither measured nor is it a known agent",
                mend=f"did you mean {near[0]}?" if near else None,
            )
        return known.name if known else name

    left_out = {own(name) for name in exclude}
    chosen = {own(name) for name in candidates} if candidates is not None else set(target.drugs)
    faults.raise_if_errors()
    return tuple(sorted(name for name in chosen - left_out if not is_ligand(name, agents)))


def _ranked(rows: list[dict[str, Any]], target: ScreenedEffects, agents: AgentTable) -> pl.DataFrame:
    """Room into z scores over the pairs, fronts, evidence; best first."""
    if not rows:
        return pl.DataFrame(schema=COLUMNS)
    by_pair = {(row["agent_a"], row["agent_b"]): row["room"] for row in rows}
    rooms = np.array([room for room in by_pair.values() if np.isfinite(room)])
    centre, spread = (rooms.mean(), rooms.std()) if rooms.size > 1 else (0.0, 0.0)
    for row in rows:
        steps = (row["room"] - centre) / spread if spread > 1e-12 and np.isfinite(row["room"]) else 0.0
        row["synergy_score"] = row["rule_score"] + ROOM_WEIGHT * steps
        if not row["ranked"]:
            row["synergy_score"], row["status"] = float("nan"), "unranked"
    for row in rows:
        if row["condition"] is not None:
            reached = achievable_pair(row["condition"], agents)
            row |= {
                "achievable": reached.share,
                "achievable_low": reached.low,
                "achievable_high": reached.high,
                "achievable_kind": reached.kind or None,
                "achievable_evidence": reached.evidence or None,
            }
    counts = [[-row["effect"], row["spared"], row["synergy_score"], row["escape_closed"]] for row in rows]
    for row, front in zip(rows, pareto_fronts(np.array(counts)), strict=True):
        row["front"] = int(front) if front and row["ranked"] else None
        row |= {"sample": target.sample, "effect_scale": target.scale, "level": "L0"}
    for row in rows:
        row["evidence"] = evidence_text(row, node=target.node, no_effect=NO_EFFECT[target.scale])
    frame = pl.DataFrame([{name: row.get(name) for name in COLUMNS} for row in rows], schema=COLUMNS)
    frame = frame.with_columns(pl.col(pl.Float64).fill_nan(None))
    return in_order(frame).select(list(COLUMNS))
