"""The rows of one pair of drugs: as measured, or as estimated at the doses that show most.

A pair that was not measured is shown at the doses at which the study combined its drugs with others (all tested ones
where it never did), and of these where the reference sample is spared most over the target sample; without a
reference sample, where independence gains most over the better drug alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kinescape.knowledge.families import agent_classes
from kinescape.measurements.conditions import AgentDose, Condition
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules, target_genes
from kinescape.strategy.experiment_planning.screened_effects import (
    Background,
    DosePair,
    Effect,
    ScreenedEffects,
    room_values,
)
from kinescape.strategy.pair_ranking.combination_estimates import (
    NOTHING,
    Estimate,
    Predictions,
    bliss_estimate,
    measured_estimate,
)
from kinescape.strategy.pair_ranking.measured_synergy import (
    NULL_MODEL,
    bliss_excess,
    bliss_expectation,
    hsa_excess,
    joined_degrees,
    single_agent_room,
)

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network


@dataclass(frozen=True)
class PairRows:
    """Makes the rows of each pair of drugs.

    Parameters
    ----------
    network : Network
    agents : AgentTable
    rules : PathwayRules
    target : ScreenedEffects
        Of the sample to suppress.
    reference : ScreenedEffects or None
        Of the sample to spare.
    predicted : Predictions
    bliss_error : float or None
        How far off Bliss was on held-out pairs.
    """

    network: Network
    agents: AgentTable
    rules: PathwayRules
    target: ScreenedEffects
    reference: ScreenedEffects | None
    predicted: Predictions
    bliss_error: float | None = None

    def rows(self, agent_a: str, agent_b: str) -> list[dict[str, Any]]:
        """All the rows of one pair of drugs."""
        shared = self._shared(agent_a, agent_b)
        measured = [
            self._measured_row(background, doses, effect, shared)
            for background, table in sorted(
                self.target.pairs.items(), key=lambda item: Condition(item[0]).text
            )
            for doses, effect in sorted(table.items(), key=lambda item: tuple(dose.text for dose in item[0]))
            if (doses[0].agent, doses[1].agent) == (agent_a, agent_b)
        ]
        return measured or [self._predicted_row(agent_a, agent_b, shared)]

    def _shared(self, agent_a: str, agent_b: str) -> dict[str, Any]:
        """What does not depend on the doses: classes, rule, room."""
        known = (self.agents.get(agent_a), self.agents.get(agent_b))
        classes = [tuple(agent_classes(one, self.network)) if one else () for one in known]
        rule = (
            self.rules.between(*classes, targets_a=target_genes(known[0]), targets_b=target_genes(known[1]))
            if all(classes)
            else None
        )
        background = self.target.main_background
        model = NULL_MODEL.get(self.target.scale)
        room = float("nan")
        if model is not None and self.target.scale != "z":
            room = single_agent_room(
                room_values(self.target, agent_a, background),
                room_values(self.target, agent_b, background),
                model=model,
                background=self.target.ground(background),
            )
        return {
            "agent_a": agent_a,
            "agent_b": agent_b,
            "class_a": "; ".join(classes[0]) or None,
            "class_b": "; ".join(classes[1]) or None,
            "ranked": all(classes),
            "rule_score": (rule.score if rule else 0.0) if all(classes) else float("nan"),
            "rule": _rule_text(rule, classes, (agent_a, agent_b)),
            "rule_reference": rule.references if rule else None,
            "room": room,
        }

    def _measured_row(
        self, background: Background, doses: DosePair, effect: Effect, shared: dict[str, Any]
    ) -> dict[str, Any]:
        condition = Condition((*background, *doses)).text
        value = measured_estimate(effect, self.target.scale)
        row = shared | {"condition": condition, "status": "measured", "n": effect.n}
        row |= _named("effect", value) | {"effect_basis": value.basis}
        singles = [self.target.singles.get(background, {}).get(dose) for dose in doses]
        row |= {"better_single": self._better_single(background, doses)}
        row |= _excesses(effect, singles[0], singles[1], self.target.scale, self.target.ground(background))
        return row | _named("spared", self._in_reference(background, doses))

    def _predicted_row(self, agent_a: str, agent_b: str, shared: dict[str, Any]) -> dict[str, Any]:
        background = self.target.main_background
        doses_a = self._doses(agent_a, background)
        doses_b = self._doses(agent_b, background)
        options = []
        for dose_a in doses_a:
            for dose_b in doses_b:
                effect = self._estimate(self.target, background, (dose_a, dose_b))
                spared = self._in_reference(background, (dose_a, dose_b))
                if np.isfinite(effect.value):
                    options.append(
                        (
                            self._preference(background, (dose_a, dose_b), effect, spared),
                            dose_a,
                            dose_b,
                            effect,
                            spared,
                        )
                    )
        if not options:
            bare = (AgentDose(agent_a), AgentDose(agent_b))
            alone = [name for name, doses in ((agent_a, doses_a), (agent_b, doses_b)) if not doses]
            reason = f"no estimate: {' and '.join(alone)} not measured alone in {self.target.sample}"
            if not alone:
                reason = f"no estimate: effects on the scale {self.target.scale} do not join by a rule"
            row = shared | {
                "condition": Condition((*background, *bare)).text,
                "status": "predicted",
                "n": None,
            }
            return row | _named("effect", NOTHING) | {"effect_basis": reason} | _named("spared", NOTHING)
        _, dose_a, dose_b, effect, spared = max(
            options, key=lambda option: (option[0], option[1].text, option[2].text)
        )
        row = shared | {
            "condition": Condition((*background, dose_a, dose_b)).text,
            "status": "predicted",
            "n": None,
        }
        row |= {"better_single": self._better_single(background, (dose_a, dose_b))}
        return row | _named("effect", effect) | {"effect_basis": effect.basis} | _named("spared", spared)

    def _doses(self, agent: str, background: Background) -> list[AgentDose]:
        """Doses at which the study combined a drug; all that were given alone where it never was combined."""
        alone = self.target.doses_of(agent, background)
        paired = {
            dose for doses in self.target.pairs.get(background, {}) for dose in doses if dose.agent == agent
        }
        return sorted(paired & set(alone) or alone, key=lambda dose: dose.text)

    def _better_single(self, background: Background, doses: DosePair) -> float:
        """Effect of the better of the two drugs alone at these doses; NaN where one was not given alone."""
        singles = [self.target.singles.get(background, {}).get(dose) for dose in doses]
        values = [single.value for single in singles if single is not None]
        return min(values) if len(values) == 2 else float("nan")

    def _preference(
        self, background: Background, doses: DosePair, effect: Estimate, spared: Estimate
    ) -> float:
        """How good a pair of doses is to show: sparing over effect, or the gain over the better single."""
        if np.isfinite(spared.value):
            return spared.value - effect.value
        singles = [self.target.singles[background][dose].value for dose in doses]
        gain = min(singles) - effect.value
        return gain if self.reference is None else gain - 1e6

    def _estimate(self, effects: ScreenedEffects, background: Background, doses: DosePair) -> Estimate:
        """The model's prediction of a pair, or Bliss of the measured singles."""
        predicted = self.predicted.get(effects.sample, Condition((*background, *doses)).text)
        if predicted is not None:
            return predicted
        return bliss_estimate(effects, background, doses, self.bliss_error)

    def _in_reference(self, background: Background, doses: DosePair) -> Estimate:
        if self.reference is None:
            return NOTHING
        measured = self.reference.pairs.get(background, {}).get(doses)
        if measured is not None:
            return measured_estimate(measured, self.reference.scale)
        return self._estimate(self.reference, background, doses)


def _rule_text(
    rule: PathwayRule | None, classes: Sequence[tuple[str, ...]], names: tuple[str, str]
) -> str | None:
    if rule is not None:
        return f"{rule.class_a} × {rule.class_b} ({rule.score:+g}): {rule.why}"
    if all(classes):
        return "no rule joins these classes (0)"
    unknown = [name for name, known in zip(names, classes, strict=True) if not known]
    return f"target of {' and '.join(unknown)} unknown"


def _named(prefix: str, estimate: Estimate) -> dict[str, float]:
    return {prefix: estimate.value, f"{prefix}_low": estimate.low, f"{prefix}_high": estimate.high}


def _excesses(
    pair: Effect, first: Effect | None, second: Effect | None, scale: str, ground: float | None
) -> dict[str, float]:
    if first is None or second is None:
        return {}
    hsa = hsa_excess(pair.value, pair.se, first.value, second.value, se_a=first.se, se_b=second.se)
    found = {"hsa_excess": float(hsa.value), "hsa_se": float(hsa.se)}
    model = NULL_MODEL.get(scale)
    if model is not None:
        expected = bliss_expectation(
            first.value,
            second.value,
            model=model,
            se_a=first.se,
            se_b=second.se,
            degrees_a=first.degrees,
            degrees_b=second.degrees,
            background=ground,
        )
        bliss = bliss_excess(pair.value, pair.se, expected)
        degrees = joined_degrees(
            (np.asarray(pair.se) ** 2, expected.se**2), (np.asarray(pair.degrees), expected.degrees)
        )
        found |= {
            "bliss_excess": float(bliss.value),
            "bliss_se": float(bliss.se),
            "bliss_degrees": float(degrees) if np.isfinite(bliss.se) else 0.0,
        }
    return found
