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

from kinescape.foundation.issues import Fault
from kinescape.measurements.conditions import Condition
from kinescape.strategy.experiment_planning.batch_choice import BatchChoice, next_batch
from kinescape.strategy.experiment_planning.experiment_budget import (
    checked_budget,
    note_on_power,
    notes_on_budget,
)
from kinescape.strategy.experiment_planning.experiment_candidates import (
    LeftOut,
    candidate_drugs,
    closing_pairs,
    target_effects,
)
from kinescape.strategy.experiment_planning.experiment_rows import CLOSING, PairEstimates, experiment_frame
from kinescape.strategy.experiment_planning.pair_knowledge import SYNERGY_AT, PairKnowledge, pair_knowledge
from kinescape.strategy.experiment_planning.pair_prior import pair_calibration
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRules, load_pathway_rules
from kinescape.strategy.experiment_planning.plate_map import plate_map
from kinescape.strategy.experiment_planning.replicate_noise import replicate_noise
from kinescape.strategy.experiment_planning.replicate_number import (
    LEAST_REPLICATES,
    ReplicateNumber,
    batch_size,
    replicate_number,
    synergy_size,
)
from kinescape.strategy.experiment_planning.yields import Calibration, Yield
from kinescape.strategy.pair_ranking.closed_routes import ClosedRoute, ClosedRoutes

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network
    from kinescape.measurements.table import Measurements
    from kinescape.strategy.experiment_planning.screened_effects import ScreenedEffects


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
    replication : ReplicateNumber
        Independent replicates of each pair, why so many, and what they can tell.
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
    replication: ReplicateNumber
    untested: int
    background: tuple[str, ...]
    scale: str
    notes: tuple[Fault, ...]

    @property
    def replicates(self) -> int:
        """Independent replicates of each pair."""
        return self.replication.replicates

    @property
    def wells(self) -> int:
        """Wells that the pairs take; controls and single drugs come on top."""
        return self.pairs.height * self.replicates

    @property
    def closing(self) -> int:
        """Pairs that were taken because they close a measured escape; they stand first."""
        return int((self.pairs["chosen_for"] == CLOSING).sum())

    def plate_map(self, wells: int = 96, *, seed: int = 0) -> pl.DataFrame:
        """Positions on plates, see `kinescape.strategy.experiment_planning.plate_map.plate_map`.

        The last two columns say how many replicates there are and why.
        """
        layout = plate_map(
            self.pairs["condition"].to_list(),
            wells=wells,
            replicates=self.replicates,
            background=self.background,
            seed=seed,
        )
        return layout.with_columns(
            replicates=pl.lit(self.replicates, pl.Int32), replicates_because=pl.lit(self.replication.text)
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
    replicates: int | None = None,
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
    replicates : int, optional
        Independent replicates of each pair. Where left out, the fewest that tell an expected synergy from none with
        80 % power, by the scatter of the study's own replicates (`replicate_number`).
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
    faults = checked_budget(budget, replicates, batch, explore, synergy_at)
    faults.raise_if_errors()
    target, reference = target_effects(
        measurements, agents, target_sample, reference_sample, suppress, faults
    )
    drugs = candidate_drugs(measurements, target, agents, candidates, unavailable, faults)
    faults.raise_if_errors()
    table = rules if rules is not None else load_pathway_rules()
    known = pair_knowledge(measurements, network, agents, target, drugs, table)
    faults.extend(known.measured.notes)
    screen, prior, tested, values = known.screen, known.prior, known.tested, known.excess[known.tested]
    left_out = LeftOut.of(
        screen, known.classes, prior.samples_with, exclude_pairs, agents, candidates=frozenset(drugs)
    )
    allowed = left_out.allowed & (~np.isfinite(known.excess) | known.torn)
    threshold = synergy_at if synergy_at is not None else SYNERGY_AT.get(target.scale, 0.1)
    estimates = PairEstimates(screen, target, reference, network, agents, table)
    routes = ClosedRoutes.of(escape, target_sample, agents)
    calibration = pair_calibration(
        screen.first,
        screen.second,
        known.classes,
        known.rule_score,
        known.others,
        threshold,
        scale=prior.scale,
    )

    def chosen(size: int) -> tuple[BatchChoice, dict[int, ClosedRoute]]:
        closing = closing_pairs(screen, allowed, routes, agents, size)
        choice = next_batch(
            prior.process,
            tested,
            values,
            known.variance,
            allowed=allowed,
            size=size,
            threshold=threshold,
            explore=explore,
            calibration=calibration,
            ceiling=estimates.ceiling if target.scale == "fraction_of_control" else None,
            reserved=tuple(closing),
            seed=seed,
        )
        return choice, closing

    size = batch_size(budget, replicates or LEAST_REPLICATES, batch)
    choice, closing = chosen(size)
    replication = _replication(
        choice, measurements, target, estimates, threshold, calibration, budget, batch, replicates
    )
    wanted = batch_size(budget, replication.replicates, batch)
    if wanted != size:
        choice, closing = chosen(wanted)
    untested = int(allowed.sum())
    notes_on_budget(faults, untested, wanted, tested.size, left_out, target_sample)
    note_on_power(faults, replication, untested)
    frame = experiment_frame(
        screen, choice, prior, known.rule_of, known.drug_classes, estimates, closing,
        tested=tested, values=values, torn=known.torn, level=known.level, replicates=replication.replicates,
    )  # fmt: skip
    return NextExperiments(
        frame,
        left_out.frame,
        choice.expected,
        known.level,
        _information(known),
        threshold,
        replication,
        untested,
        Condition(target.main_background).agents,
        target.scale,
        tuple(faults),
    )


def _replication(
    choice: BatchChoice,
    measurements: Measurements,
    target: ScreenedEffects,
    estimates: PairEstimates,
    threshold: float,
    calibration: Calibration,
    budget: int,
    batch: int | None,
    given: int | None,
) -> ReplicateNumber:
    """The number of replicates for the pairs that would be tested first."""
    conditions = [estimates.row(int(pair))["condition"] for pair in choice.pairs]
    size = synergy_size(
        choice.posterior.mean[choice.pairs],
        choice.posterior.sd[choice.pairs],
        choice.probability,
        threshold,
        calibration,
        choice.ceiling,
    )
    noise = replicate_noise(measurements, target, conditions, least=SYNERGY_AT.get(target.scale, 0.1))
    return replicate_number(choice.probability, size, noise, budget=budget, batch=batch, given=given)


def _information(known: PairKnowledge) -> str:
    base = (
        f"screens of {_counted(known.others.shape[1], 'other sample')}"
        if known.others.size
        else "rules on the targets' pathways"
    )
    if known.level == "L2":
        return f"L2: {_counted(known.tested.size, 'pair')} tested in this sample, and {base}"
    return f"{known.level}: {base}{' and single drugs' if known.level == 'L0' else ''}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
