"""What may be tested: candidate drugs, pairs left out and why, and what is known of each pair beforehand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Faults
from kinescape.strategy.experiment_planning.pair_excess import one_name
from kinescape.strategy.experiment_planning.pair_features import DrugClasses, Floats, Integers
from kinescape.strategy.experiment_planning.pair_screen import PairScreen
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules, two_steps
from kinescape.strategy.experiment_planning.screened_effects import (
    ScreenedEffects,
    is_ligand,
    room_values,
    screened_effects,
)
from kinescape.strategy.pair_ranking.closed_routes import ClosedRoute, ClosedRoutes
from kinescape.strategy.pair_ranking.measured_synergy import NULL_MODEL, single_agent_room

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.measurements.table import Measurements


CLOSING_SHARE = 1 / 3
"""Share of a batch kept for pairs that close a measured escape. It is a choice, not a fit: no screen at hand holds both
signalling under single drugs and the viability of many pairs, so that no weight beside the rules could be learnt."""


@dataclass(frozen=True)
class LeftOut:
    """Pairs that may be tested, and those that may not, with the reason."""

    allowed: NDArray[np.bool_]
    frame: pl.DataFrame

    @classmethod
    def of(
        cls,
        screen: PairScreen,
        classes: DrugClasses,
        samples_with: Integers,
        exclude_pairs: Iterable[tuple[str, str]],
        agents: AgentTable,
        *,
        candidates: Collection[str] | None = None,
    ) -> LeftOut:
        """Leave out excluded pairs, and pairs of unknown target that no other sample measured.

        A pair of a drug that is no candidate is in the screen for what it teaches; it is not allowed, and not listed.
        """
        excluded = {frozenset(one_name(name, agents) for name in pair) for pair in exclude_pairs}
        allowed = np.ones(len(screen), dtype=bool)
        rows = []
        known = classes.known
        for pair in range(len(screen)):
            names = screen.name(pair)
            if candidates is not None and not (names[0] in candidates and names[1] in candidates):
                allowed[pair] = False
                continue
            reason = None
            unknown = [name for name, place in zip(names, (screen.first[pair], screen.second[pair]), strict=True)
                       if not known[place]]  # fmt: skip
            if frozenset(names) in excluded:
                reason = "excluded"
            elif unknown and samples_with[pair] == 0:
                reason = f"unranked: target of {' and '.join(unknown)} unknown, and no other sample measured the pair"
            if reason is not None:
                allowed[pair] = False
                rows.append((*names, reason))
        columns = dict.fromkeys(("agent_a", "agent_b", "reason"), pl.String)
        return cls(allowed, pl.DataFrame(rows, schema=columns, orient="row"))


def target_effects(
    measurements: Measurements,
    agents: AgentTable,
    sample: str,
    reference: str | None,
    node: str,
    faults: Faults,
) -> tuple[ScreenedEffects, ScreenedEffects | None]:
    """Effects in the sample to test and in the one to spare; empty ones where the node was not measured there."""
    try:
        target = screened_effects(measurements, agents, sample=sample, node=node)
    except InputError as error:
        elsewhere = measurements.where(node=node)
        if sample not in measurements.samples or not elsewhere.samples:
            raise
        rows = elsewhere.frame.group_by("sample").len().sort("len", "sample", descending=[True, False])
        template = screened_effects(measurements, agents, sample=rows["sample"][0], node=node)
        target = ScreenedEffects(sample, node, template.readout, template.scale, None, {}, {}, {}, 0)
        faults.add(error.faults[0].code, error.faults[0].found, severity="warning")
    if not any(target.singles.values()):
        faults.add(
            "no-single-agents",
            f"no drug was measured alone in {sample}: doses are not chosen, and nothing is known of single effects",
            mend="measure each drug alone first, or take the doses of another sample",
            severity="warning",
        )
    spared = None
    if reference is not None:
        try:
            spared = screened_effects(
                measurements, agents, sample=reference, node=node, readout=target.readout, scale=target.scale
            )
        except InputError as error:
            faults.add(error.faults[0].code, error.faults[0].found, severity="warning")
    return target, spared


def candidate_drugs(
    measurements: Measurements,
    target: ScreenedEffects,
    agents: AgentTable,
    candidates: Iterable[str] | None,
    unavailable: Iterable[str],
    faults: Faults,
) -> tuple[str, ...]:
    """Names of the drugs to combine, as the table of agents has them."""
    measured = {one_name(drug, agents) for drug in target.drugs}
    everywhere = measured | {one_name(name, agents) for name in measurements.agents}

    def own(name: str, role: str) -> str:
        found = one_name(name, agents)
        if agents.get(name) is None and found not in everywhere:
            near = agents.nearest(name)
            faults.add(
                "unknown-agent",
                f"the {role} '{name}' was neither measured nor is it a known agent",
                mend=f"did you mean {near[0]}?" if near else None,
            )
        return found

    gone = {own(name, "unavailable drug") for name in unavailable}
    chosen = measured or everywhere
    if candidates is not None:
        chosen = {own(name, "candidate") for name in candidates}
    drugs = tuple(sorted(name for name in chosen - gone if not is_ligand(name, agents)))
    if len(drugs) < 2:
        faults.add(
            "too-few-drugs",
            f"{len(drugs)} drug(s) can be combined: {', '.join(drugs) or 'none'}",
            expected="two or more",
            mend="name candidates, or make a drug available",
        )
    return drugs


def informing_drugs(target: ScreenedEffects, drugs: Iterable[str], agents: AgentTable) -> tuple[str, ...]:
    """The candidates, and the drugs whose tested pairs teach of them though they may not be tested again."""
    tested = {dose.agent for table in target.pairs.values() for pair in table for dose in pair}
    known = {one_name(name, agents) for name in tested if not is_ligand(name, agents)}
    return tuple(sorted(known.union(drugs)))


def pair_rules(
    screen: PairScreen,
    classes: Sequence[tuple[str, ...]],
    rules: PathwayRules,
    targets: Sequence[frozenset[str]],
) -> tuple[list[PathwayRule | None], Floats]:
    """The rule of each pair and its score; 0 where no rule joins known classes, NaN where a target is unknown."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...], bool], PathwayRule | None] = {}
    of_pair: list[PathwayRule | None] = []
    score = np.full(len(screen), np.nan)
    for pair in range(len(screen)):
        one, other = screen.first[pair], screen.second[pair]
        known = bool(classes[one] and classes[other])
        key = (classes[one], classes[other], two_steps(targets[one], targets[other]))
        if key not in found:
            both = {"targets_a": targets[one], "targets_b": targets[other]}
            found[key] = rules.between(classes[one], classes[other], **both) if known else None
        rule = found[key]
        of_pair.append(rule)
        if known:
            score[pair] = 0.0 if rule is None else rule.score
    return of_pair, score


def closing_pairs(
    screen: PairScreen,
    allowed: NDArray[np.bool_],
    closed: ClosedRoutes | None,
    agents: AgentTable,
    wanted: int,
) -> dict[int, ClosedRoute]:
    """The pairs that the batch keeps a share for, because they close a measured escape.

    Parameters
    ----------
    screen : PairScreen
    allowed : (n_pairs,) bool array
    closed : ClosedRoutes or None
    agents : AgentTable
    wanted : int
        Pairs of the batch.

    Returns
    -------
    dict of int to ClosedRoute
        Positions, the largest response first; at most `CLOSING_SHARE` of the batch, and one at least.
    """
    if closed is None or not closed.routes or wanted < 1:
        return {}
    of_name = {name: number for number, name in enumerate(screen.drugs)}
    named = {
        frozenset((of_name[one], of_name[other]))
        for one, other in closed.routes
        if {one, other} <= of_name.keys()
    }
    found = {
        pair: closed.between(*screen.name(pair), agents)
        for pair in np.flatnonzero(allowed).tolist()
        if frozenset((int(screen.first[pair]), int(screen.second[pair]))) in named
    }
    kept = sorted(found, key=lambda pair: (-found[pair].change, pair))[: ceil(CLOSING_SHARE * wanted)]
    return {pair: found[pair] for pair in kept}


def rooms(screen: PairScreen, target: ScreenedEffects, agents: AgentTable) -> Floats | None:
    """z score of the single-agent room of each pair; None where the scale has no such figure."""
    model = NULL_MODEL.get(target.scale)
    background = target.main_background
    if model is None or target.scale == "z" or not target.singles.get(background):
        return None
    values: dict[str, list[float]] = {}
    for name in sorted({dose.agent for dose in target.singles[background]}):
        values.setdefault(one_name(name, agents), []).extend(room_values(target, name, background))
    of_drug = [np.array(values.get(name, [])) for name in screen.drugs]
    ground = target.ground(background)
    found = np.array(
        [
            single_agent_room(of_drug[one], of_drug[other], model=model, background=ground)
            for one, other in zip(screen.first, screen.second, strict=True)
        ]
    )
    there = np.isfinite(found)
    spread = found[there].std() if there.sum() > 1 else 0.0
    if spread < 1e-12:
        return None
    result: Floats = (found - found[there].mean()) / spread
    return result
