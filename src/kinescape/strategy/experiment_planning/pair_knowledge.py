"""All that is known of pairs before the next test: what was measured here and elsewhere, rules, and the prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinescape.knowledge.families import agent_classes
from kinescape.strategy.experiment_planning.batch_choice import LEAST_TESTED
from kinescape.strategy.experiment_planning.experiment_candidates import informing_drugs, pair_rules, rooms
from kinescape.strategy.experiment_planning.pair_excess import MeasuredPairs, measured_pairs
from kinescape.strategy.experiment_planning.pair_features import DrugClasses, Floats, Integers
from kinescape.strategy.experiment_planning.pair_prior import USUAL_SCALE, PairPrior, pair_prior
from kinescape.strategy.experiment_planning.pair_process import PairPosterior
from kinescape.strategy.experiment_planning.pair_screen import PairScreen
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules, target_genes
from kinescape.strategy.experiment_planning.screened_effects import ScreenedEffects

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements

SYNERGY_AT = {"fraction_of_control": 0.1, "growth_rate": 0.1, "log2_fold_change": 0.3, "z": 2.0}
"""Excess from which a pair counts as synergistic, by scale, where the user states none. A tenth of the control is
about the top tenth of O'Neil's screen."""


@dataclass(frozen=True)
class PairKnowledge:
    """What is known of the pairs of some drugs in one sample.

    Parameters
    ----------
    measured : MeasuredPairs
    drug_classes : list of tuple of str
        Target classes of each drug of the screen.
    classes : DrugClasses
    rule_of : list of PathwayRule or None
        Rule of each pair.
    rule_score : (n_pairs,) array
    others : (n_pairs, n_samples) array
        Excess in other samples.
    prior : PairPrior
    excess, error : (n_pairs,) arrays
        Measured in the sample; NaN where not measured.
    """

    measured: MeasuredPairs
    drug_classes: list[tuple[str, ...]]
    classes: DrugClasses
    rule_of: list[PathwayRule | None]
    rule_score: Floats
    others: Floats
    prior: PairPrior
    excess: Floats
    error: Floats

    @property
    def screen(self) -> PairScreen:
        """The pairs."""
        return self.measured.screen

    @property
    def tested(self) -> Integers:
        """Positions of the pairs tested in the sample."""
        return np.flatnonzero(np.isfinite(self.excess))

    @property
    def variance(self) -> Floats:
        """Replicate variance of the tested pairs, 0 where unknown."""
        found: Floats = np.nan_to_num(self.error[self.tested]) ** 2
        return found

    @property
    def torn(self) -> NDArray[np.bool_]:
        """Pairs whose results contradict each other."""
        contradicting = set(self.measured.contradicting)
        return np.array(
            [self.screen.name(pair) in contradicting for pair in range(len(self.screen))], dtype=bool
        )

    @property
    def level(self) -> str:
        """``L0`` rules and single drugs, ``L1`` other samples too, ``L2`` pairs of this sample too."""
        return "L2" if self.tested.size else self.prior.level

    def posterior(self) -> PairPosterior:
        """What a test of each pair would show, by the process over pairs."""
        tested, values = self.tested, self.excess[self.tested]
        process = self.prior.process
        if tested.size >= LEAST_TESTED:
            process = process.fitted(tested, values, self.variance)
        return process.posterior(tested, values, self.variance)


def pair_knowledge(
    measurements: Measurements,
    network: Network,
    agents: AgentTable,
    target: ScreenedEffects,
    drugs: tuple[str, ...],
    rules: PathwayRules,
) -> PairKnowledge:
    """Gather it.

    Parameters
    ----------
    measurements : Measurements
        Of this sample and others.
    network : Network
    agents : AgentTable
    target : ScreenedEffects
        Of the sample to test in.
    drugs : tuple of str
        Candidates, by their names in the table of agents; drugs with tested pairs inform besides.
    rules : PathwayRules
    """
    measured = measured_pairs(
        measurements,
        agents,
        sample=target.sample,
        node=target.node,
        readout=target.readout,
        scale=target.scale,
        drugs=informing_drugs(target, drugs, agents),
        synergy_at=SYNERGY_AT.get(target.scale, 0.1),
    )
    screen = measured.screen
    known = [agents.get(name) for name in screen.drugs]
    drug_classes = [agent_classes(agent, network) if agent is not None else () for agent in known]
    classes = DrugClasses.of(drug_classes)
    rule_of, rule_score = pair_rules(screen, drug_classes, rules, [target_genes(agent) for agent in known])
    others = screen.without(target.sample)
    prior = pair_prior(
        screen.first,
        screen.second,
        classes,
        rule_score,
        others,
        room=rooms(screen, target, agents),
        scale=USUAL_SCALE.get(target.scale, 1.0),
    )
    excess, error = screen.column(target.sample)
    return PairKnowledge(measured, drug_classes, classes, rule_of, rule_score, others, prior, excess, error)
