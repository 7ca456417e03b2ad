"""Which experiment next: the pairs to test with the wells at hand, their doses, and what they are expected to bring.

Three information levels, chosen by what the measurements hold. L0: rules on the pathways of the targets, and single
drugs. L1: other samples' screens of pairs. L2: pairs of this sample, with whatever else there is; the choice then
follows the results as they come. `pair_prior` holds what is expected beforehand, `pair_process` how results change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.families import agent_classes
from kinescape.measurements.conditions import Condition
from kinescape.strategy.batch_choice import BatchChoice, next_batch
from kinescape.strategy.closed_routes import ClosedRoutes
from kinescape.strategy.experiment_candidates import (
    LeftOut,
    candidate_drugs,
    closing_pairs,
    informing_drugs,
    pair_rules,
    rooms,
    target_effects,
)
from kinescape.strategy.experiment_rows import CLOSING, PairEstimates, experiment_frame
from kinescape.strategy.pair_excess import measured_pairs
from kinescape.strategy.pair_features import DrugClasses
from kinescape.strategy.pair_prior import USUAL_SCALE, pair_calibration, pair_prior
from kinescape.strategy.pathway_rules import PathwayRules, load_pathway_rules, target_genes
from kinescape.strategy.plate_map import plate_map
from kinescape.strategy.yields import Yield

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements

SYNERGY_AT = {"fraction_of_control": 0.1, "growth_rate": 0.1, "log2_fold_change": 0.3, "z": 2.0}
"""Excess from which a pair counts as synergistic, by scale, where the user states none. A tenth of the control is
about the top tenth of O'Neil's screen."""


@dataclass(frozen=True)
class NextExperiments:
    """What to test next.

    Parameters
    ----------
    pairs : polars.DataFrame
        Columns of `experiment_rows.COLUMNS`, best first; one row a pair to test.
    left_out : polars.DataFrame
        agent_a, agent_b, reason: pairs that could not be ranked, or must not be tested.
    expected : Yield
        Synergies expected of the batch.
    level : str
        ``L0``, ``L1`` or ``L2``.
    information : str
        What the choice rests on, in words.
    synergy_at : float
        The excess from which a pair counts as synergistic.
    replicates : int
        Independent replicates of each pair.
    untested : int
        Pairs that could have been chosen.
    background : tuple of str
        Agents that all conditions share, such as a ligand.
    scale : str
        Unit of the excess and of `synergy_at`: that of the measurements.
    notes : tuple of Fault
    """

    pairs: pl.DataFrame
    left_out: pl.DataFrame
    expected: Yield
    level: str
    information: str
    synergy_at: float
    replicates: int
    untested: int
    background: tuple[str, ...]
    scale: str
    notes: tuple[Fault, ...]

    @property
    def wells(self) -> int:
        """Wells that the pairs take; controls and single drugs come on top."""
        return self.pairs.height * self.replicates

    @property
    def closing(self) -> int:
        """Pairs that were taken because they close a measured escape; they stand first."""
        return int((self.pairs["chosen_for"] == CLOSING).sum())

    def plate_map(self, wells: int = 96, *, seed: int = 0) -> pl.DataFrame:
        """Positions on plates, see `kinescape.strategy.plate_map.plate_map`."""
        return plate_map(
            self.pairs["condition"].to_list(),
            wells=wells,
            replicates=self.replicates,
            background=self.background,
            seed=seed,
        )


def next_experiments(
    measurements: Measurements,
    network: Network,
    agents: AgentTable,
    *,
    target_sample: str,
    reference_sample: str | None = None,
    suppress: str = "viability",
    budget: int = 30,
    replicates: int = 3,
    batch: int | None = None,
    explore: float = 0.0,
    synergy_at: float | None = None,
    candidates: Iterable[str] | None = None,
    unavailable: Iterable[str] = (),
    exclude_pairs: Iterable[tuple[str, str]] = (),
    rules: PathwayRules | None = None,
    escape: pl.DataFrame | None = None,
    seed: int = 0,
) -> NextExperiments:
    """Choose the pairs to test next.

    Parameters
    ----------
    measurements : Measurements
        Single drugs and pairs, of this sample and of others.
    network : Network
        Gives the target classes.
    agents : AgentTable
        Gives targets, and brings the names of drugs together.
    target_sample : str
        The sample to test in.
    reference_sample : str, optional
        The sample to spare; decides the doses shown.
    suppress : str
        The node to lower.
    budget : int
        Wells for pairs; single drugs and controls come on top.
    replicates : int
        Independent replicates of each pair.
    batch : int, optional
        Most pairs to test before the results are looked at; all that the budget allows where left out.
    explore : float
        0 takes the likeliest synergies, more leans to pairs that teach; see `next_batch`.
    synergy_at : float, optional
        The excess over Bliss from which a pair counts as synergistic; `SYNERGY_AT` where left out.
    candidates : iterable of str, optional
        Drugs to combine; all the drugs measured in the sample where left out.
    unavailable : iterable of str
        Drugs that cannot be had. What their tested pairs teach of other drugs is kept.
    exclude_pairs : iterable of (str, str)
        Pairs not to test.
    rules : PathwayRules, optional
        The shipped table where left out.
    escape : polars.DataFrame, optional
        Adaptive responses (`adaptive_responses`). A share of the batch (`CLOSING_SHARE`) is kept for pairs whose one
        drug counters what rises under the other, the largest response first; they stand first, whatever their
        chance of synergy.
    seed : int
        Of the draws behind the yield's interval.

    Returns
    -------
    NextExperiments

    Raises
    ------
    InputError
        Where the sample or a drug is unknown, the budget holds not one pair, or there is no pair to choose from.
    """
    faults = _checked(budget, replicates, batch, explore)
    faults.raise_if_errors()
    target, reference = target_effects(
        measurements, agents, target_sample, reference_sample, suppress, faults
    )
    drugs = candidate_drugs(measurements, target, agents, candidates, unavailable, faults)
    faults.raise_if_errors()
    measured = measured_pairs(
        measurements,
        agents,
        sample=target_sample,
        node=suppress,
        readout=target.readout,
        scale=target.scale,
        drugs=informing_drugs(target, drugs, agents),
        synergy_at=SYNERGY_AT.get(target.scale, 0.1),
    )
    faults.extend(measured.notes)
    screen = measured.screen
    known = [agents.get(name) for name in screen.drugs]
    own_classes = [agent_classes(agent, network) if agent is not None else () for agent in known]
    classes = DrugClasses.of(own_classes)
    table = rules if rules is not None else load_pathway_rules()
    rule_of, rule_score = pair_rules(screen, own_classes, table, [target_genes(agent) for agent in known])
    others = screen.without(target_sample)
    prior = pair_prior(
        screen.first,
        screen.second,
        classes,
        rule_score,
        others,
        room=rooms(screen, target, agents),
        scale=USUAL_SCALE.get(target.scale, 1.0),
    )
    excess, error = screen.column(target_sample)
    tested = np.flatnonzero(np.isfinite(excess))
    torn = np.array([screen.name(pair) in measured.contradicting for pair in range(len(screen))], dtype=bool)
    left_out = LeftOut.of(
        screen, classes, prior.samples_with, exclude_pairs, agents, candidates=frozenset(drugs)
    )
    allowed = left_out.allowed & (~np.isfinite(excess) | torn)
    threshold = synergy_at if synergy_at is not None else SYNERGY_AT.get(target.scale, 0.1)
    wanted = budget // replicates if batch is None else min(batch, budget // replicates)
    estimates = PairEstimates(screen, target, reference, network, agents, table)
    closing = closing_pairs(screen, allowed, ClosedRoutes.of(escape, target_sample, agents), agents, wanted)
    choice = next_batch(
        prior.process,
        tested,
        excess[tested],
        np.nan_to_num(error[tested]) ** 2,
        allowed=allowed,
        size=wanted,
        threshold=threshold,
        explore=explore,
        calibration=pair_calibration(
            screen.first, screen.second, classes, rule_score, others, threshold, scale=prior.scale
        ),
        ceiling=estimates.ceiling if target.scale == "fraction_of_control" else None,
        reserved=tuple(closing),
        seed=seed,
    )
    untested = int(allowed.sum())
    _notes_on_budget(faults, untested, wanted, tested.size, left_out, target_sample)
    level = "L2" if tested.size else prior.level
    frame = experiment_frame(
        screen, choice, prior, rule_of, own_classes, estimates, closing,
        tested=tested, values=excess[tested], torn=torn, level=level, replicates=replicates,
    )  # fmt: skip
    return NextExperiments(
        frame,
        left_out.frame,
        choice.expected,
        level,
        _information(level, tested.size, others, choice),
        threshold,
        replicates,
        untested,
        Condition(target.main_background).agents,
        target.scale,
        tuple(faults),
    )


def _checked(budget: int, replicates: int, batch: int | None, explore: float) -> Faults:
    faults = Faults()
    if replicates < 1:
        faults.add("wrong-value", f"replicates is {replicates}", expected="1 or more")
    elif budget < replicates:
        faults.add(
            "budget-too-small",
            f"{budget} wells do not hold one pair in {replicates} replicates",
            mend=f"give {replicates} wells or more, or fewer replicates",
        )
    if batch is not None and batch < 1:
        faults.add("wrong-value", f"batch is {batch}", expected="1 pair or more")
    if not explore >= 0:
        faults.add("wrong-value", f"explore is {explore}", expected="0 or more")
    return faults


def _notes_on_budget(
    faults: Faults, untested: int, wanted: int, tested: int, left_out: LeftOut, sample: str
) -> None:
    if untested == 0 and tested:
        faults.add(
            "all-pairs-tested",
            f"every pair that may be tested in {sample} has been: there is nothing left to choose",
            mend="add candidates, or make a drug available",
            severity="note",
        )
    elif untested == 0:
        reasons = sorted(set(left_out.frame["reason"]))
        raise InputError(
            Fault(
                "no-pairs",
                f"there is no pair to choose from in {sample}"
                + (f": {'; '.join(reasons[:5])}" if reasons else ""),
                mend="name two candidates of known target, or add their targets to agents.tsv",
            )
        )
    elif untested < wanted:
        faults.add(
            "budget-exceeds-pairs",
            f"the budget allows {wanted} pairs and {untested} are left; all of them are listed",
            severity="note",
        )


def _information(level: str, tested: int, others: np.ndarray, choice: BatchChoice) -> str:
    base = (
        f"screens of {_counted(others.shape[1], 'other sample')}"
        if others.size
        else "rules on the targets' pathways"
    )
    if level == "L2":
        return f"L2: {_counted(tested, 'pair')} tested in this sample, and {base}"
    return f"{level}: {base}{' and single drugs' if level == 'L0' else ''}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
