"""The rows of the table of next experiments: each pair with doses, chances, and why it was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.strategy.batch_choice import BatchChoice
from kinescape.strategy.combination_estimates import Predictions
from kinescape.strategy.combination_rows import PairRows
from kinescape.strategy.pair_excess import one_name
from kinescape.strategy.pair_features import Floats, Integers
from kinescape.strategy.pair_prior import PairPrior
from kinescape.strategy.pair_screen import PairScreen
from kinescape.strategy.pathway_rules import PathwayRule, PathwayRules
from kinescape.strategy.screened_effects import ScreenedEffects

if TYPE_CHECKING:
    from kinescape.knowledge.agents import AgentTable
    from kinescape.knowledge.network import Network

COLUMNS: dict[str, pl.DataType] = {
    "rank": pl.Int32(),
    "agent_a": pl.String(),
    "agent_b": pl.String(),
    "condition": pl.String(),
    "replicates": pl.Int32(),
    "probability": pl.Float64(),
    "expected_excess": pl.Float64(),
    "excess_low": pl.Float64(),
    "excess_high": pl.Float64(),
    "effect": pl.Float64(),
    "effect_low": pl.Float64(),
    "effect_high": pl.Float64(),
    "effect_basis": pl.String(),
    "spared": pl.Float64(),
    "spared_low": pl.Float64(),
    "spared_high": pl.Float64(),
    "class_a": pl.String(),
    "class_b": pl.String(),
    "rule_reference": pl.String(),
    "other_samples": pl.Int32(),
    "other_excess": pl.Float64(),
    "level": pl.String(),
    "why": pl.String(),
}
"""Columns of the table, with their types. Intervals are 90 %; excess over Bliss is positive where a pair does more."""
_HALF_WIDTH = 1.645


def experiment_frame(
    screen: PairScreen,
    choice: BatchChoice,
    prior: PairPrior,
    rule_of: Sequence[PathwayRule | None],
    classes: Sequence[tuple[str, ...]],
    target: ScreenedEffects,
    reference: ScreenedEffects | None,
    network: Network,
    agents: AgentTable,
    rules: PathwayRules,
    *,
    tested: Integers,
    values: Floats,
    torn: NDArray[np.bool_],
    level: str,
    replicates: int,
) -> pl.DataFrame:
    """One row a chosen pair, best first.

    Parameters
    ----------
    screen, choice, prior, rule_of, classes, target, reference, network, agents, rules
        As made by `kinescape.strategy.experiments.next_experiments`.
    tested, values : (n,) arrays
        Tested pairs and their excess.
    torn : (n_pairs,) bool array
        Pairs with contradicting results.
    level : str
    replicates : int
    """
    spelled: dict[str, str] = {}
    for drug in target.drugs:
        spelled.setdefault(one_name(drug, agents), drug)
    estimates = PairRows(network, agents, rules, target, reference, Predictions.of(None, target.readout))
    rows: list[dict[str, Any]] = []
    for rank, (pair, probability) in enumerate(zip(choice.pairs, choice.probability, strict=True), start=1):
        names = screen.name(int(pair))
        one, other = sorted(spelled.get(name, name) for name in names)
        estimate = estimates.rows(one, other)[0]
        mean, sd = choice.posterior.mean[pair], choice.posterior.sd[pair]
        count = int(prior.samples_with[pair])
        rows.append(
            estimate
            | {
                "rank": rank,
                "agent_a": names[0],
                "agent_b": names[1],
                "replicates": replicates,
                "probability": float(probability),
                "expected_excess": float(mean),
                "excess_low": float(mean - _HALF_WIDTH * sd),
                "excess_high": float(mean + _HALF_WIDTH * sd),
                "class_a": "; ".join(classes[screen.first[pair]]) or None,
                "class_b": "; ".join(classes[screen.second[pair]]) or None,
                "other_samples": count,
                "other_excess": float(prior.usual[pair]) if count else None,
                "level": level,
                "why": _why(screen, int(pair), prior, rule_of[pair], tested, values, bool(torn[pair])),
            }
        )
    frame = pl.DataFrame([{name: row.get(name) for name in COLUMNS} for row in rows], schema=COLUMNS)
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _why(
    screen: PairScreen,
    pair: int,
    prior: PairPrior,
    rule: PathwayRule | None,
    tested: Integers,
    values: Floats,
    torn: bool,
) -> str:
    """The reasons in words, strongest kind first."""
    parts = []
    if torn:
        parts.append("its results contradict each other: test it again")
    count = int(prior.samples_with[pair])
    if count:
        parts.append(
            f"excess {prior.usual[pair]:+.2f} on average in {count} other sample{'s' if count > 1 else ''}"
        )
    for drug in (screen.first[pair], screen.second[pair]):
        beside = (screen.first[tested] == drug) | (screen.second[tested] == drug)
        beside &= tested != pair
        if beside.any():
            noun = "pair" if beside.sum() == 1 else "pairs"
            parts.append(
                f"{beside.sum()} tested {noun} of {screen.drugs[drug]} here: {values[beside].mean():+.2f} on average"
            )
    if rule is not None:
        parts.append(f"rule {rule.class_a} × {rule.class_b} ({rule.score:+g}): {rule.why}")
    else:
        parts.append("no rule speaks of these pathways")
    return "; ".join(parts)
