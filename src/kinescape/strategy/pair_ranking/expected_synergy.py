"""The synergy to expect of every pair in the unit of the measurements, with its 90 % interval and what it rests on.

A measured pair has its excess over Bliss and the error between its replicates. Any other has what the process over
pairs expects of a test (`pair_knowledge`): rules and single drugs, other samples' screens, and the pairs tested here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from scipy.stats import t as student

from kinescape.strategy.experiment_planning.pair_excess import one_name
from kinescape.strategy.experiment_planning.pair_knowledge import PairKnowledge, pair_knowledge
from kinescape.strategy.experiment_planning.pair_process import PairPosterior
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRules
from kinescape.strategy.experiment_planning.screened_effects import ScreenedEffects
from kinescape.strategy.experiment_planning.yields import bounded_excess
from kinescape.strategy.pair_ranking.measured_synergy import NULL_MODEL

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements

_HALF_WIDTH = 1.645
NAME = "expected_excess"


@dataclass(frozen=True)
class ExpectedSynergy:
    """Expected excess of pairs.

    Parameters
    ----------
    scale : str
        Of the measurements.
    known : PairKnowledge or None
        None where effects on this scale do not join by a rule, or fewer than two drugs are there.
    places : dict of frozenset of str to int
        Position of each pair.
    posterior : PairPosterior or None
    """

    scale: str
    known: PairKnowledge | None
    places: dict[frozenset[str], int]
    posterior: PairPosterior | None

    @classmethod
    def of(
        cls,
        measurements: Measurements,
        network: Network,
        agents: AgentTable,
        target: ScreenedEffects,
        drugs: tuple[str, ...],
        rules: PathwayRules,
    ) -> ExpectedSynergy:
        """Work out the process over all pairs of some drugs.

        Parameters
        ----------
        measurements : Measurements
        network : Network
        agents : AgentTable
        target : ScreenedEffects
            Of the sample whose node is to be lowered.
        drugs : tuple of str
        rules : PathwayRules
        """
        names = tuple(sorted({one_name(drug, agents) for drug in drugs}))
        if target.scale not in NULL_MODEL or len(names) < 2:
            return cls(target.scale, None, {}, None)
        known = pair_knowledge(measurements, network, agents, target, names, rules)
        places = {frozenset(known.screen.name(pair)): pair for pair in range(len(known.screen))}
        return cls(target.scale, known, places, known.posterior())

    def figures(self, row: dict[str, Any], agents: AgentTable) -> dict[str, Any]:
        """Value, interval and basis of one row of the table of combinations.

        Parameters
        ----------
        row : dict
            With agents, status, effect, Bliss excess with its error and degrees of freedom.
        agents : AgentTable
        """
        if row["n"] is not None and isfinite(row.get("bliss_excess", float("nan"))):
            return _measured(row)
        nan = float("nan")
        if row["n"] is not None:
            return _found(nan, nan, nan, "not known: a drug of the pair was not measured alone at its dose")
        if self.known is None or self.posterior is None:
            return _found(
                nan, nan, nan, f"not known: effects on the scale {self.scale} do not join by a rule"
            )
        place = self.places.get(frozenset(one_name(row[name], agents) for name in ("agent_a", "agent_b")))
        if place is None:
            return _found(nan, nan, nan, "not known: both names stand for one drug")
        elsewhere = int(self.known.prior.samples_with[place])
        if not row["ranked"] and not elsewhere:
            return _found(
                nan, nan, nan, "not known: a target is unknown, and no other sample measured the pair"
            )
        ceiling = max(row["effect"], 0.0) if self.scale == "fraction_of_control" else nan
        value = bounded_excess(
            float(self.posterior.mean[place]),
            float(self.posterior.sd[place]),
            ceiling,
            half_width=_HALF_WIDTH,
        )
        return _found(*value, self._basis(elsewhere))

    def _basis(self, elsewhere: int) -> str:
        assert self.known is not None
        parts = ["rules and single drugs"]
        if elsewhere:
            parts.append(f"the pair in {elsewhere} other sample{'s' if elsewhere > 1 else ''}")
        if tested := self.known.tested.size:
            parts.append(f"{tested} pair{'s' if tested > 1 else ''} tested here")
        return f"expected by the process over pairs: {', '.join(parts)}"


def _measured(row: dict[str, Any]) -> dict[str, Any]:
    value, se, degrees = row["bliss_excess"], row["bliss_se"], row["bliss_degrees"]
    if not isfinite(se) or degrees <= 0:
        return _found(value, float("nan"), float("nan"), "measured; no interval: no replicates")
    half = float(student.ppf(0.95, min(degrees, 1e6))) * se
    return _found(value, value - half, value + half, "measured; interval from the error between replicates")


def _found(value: float, low: float, high: float, basis: str) -> dict[str, Any]:
    return {NAME: value, f"{NAME}_low": low, f"{NAME}_high": high, f"{NAME}_basis": basis}
