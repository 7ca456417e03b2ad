"""Pairs of inhibitors that nobody measured: what a model may be asked for."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.model.design import Design


def unmeasured_pairs(design: Design, *, sample: str | None = None) -> tuple[Condition, ...]:
    """Pairs of a design's inhibitors that nobody measured, at the doses that the study combines.

    Each agent takes the dose it was most often combined at, or its largest where it was only given alone.

    Parameters
    ----------
    design : Design
        What was measured.
    sample : str, optional
        Leave out what this sample measured; by default what any sample measured.
    """
    inhibitors = {name for name, kind in zip(design.agents, design.kinds, strict=True) if kind == "inhibitor"}
    rows = design.rows
    texts = rows.condition if sample is None else rows.condition[rows.sample == design.samples.index(sample)]
    parsed = [Condition.parse(text) for text in sorted(set(rows.condition.tolist()))]
    together: dict[str, Counter[AgentDose]] = {}
    alone: dict[str, AgentDose] = {}
    for condition in parsed:
        for dose in condition.doses:
            together.setdefault(dose.agent, Counter())[dose] += len(condition.parts) > 1
            best = alone.get(dose.agent)
            if best is None or _amount(dose) > _amount(best):
                alone[dose.agent] = dose
    doses = {}
    for agent in sorted(set(together) & inhibitors):
        ranked = sorted(together[agent].items(), key=lambda item: (-item[1], _amount(item[0])))
        doses[agent] = ranked[0][0] if ranked[0][1] else alone[agent]
    measured = {frozenset(Condition.parse(text).agents) for text in texts.tolist()}
    return tuple(
        Condition((doses[a], doses[b]))
        for a, b in combinations(doses, 2)
        if frozenset((a, b)) not in measured
    )


def _amount(dose: AgentDose) -> float:
    return 0.0 if dose.quantity is None else dose.quantity.in_family_units
