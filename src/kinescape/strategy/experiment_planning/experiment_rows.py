"""The rows of the table of next experiments: each pair with doses, chances, and why it was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinescape.strategy.experiment_planning.batch_choice import BatchChoice
from kinescape.strategy.experiment_planning.pair_excess import one_name
from kinescape.strategy.experiment_planning.pair_features import Floats, Integers
from kinescape.strategy.experiment_planning.pair_prior import PairPrior
from kinescape.strategy.experiment_planning.pair_screen import PairScreen
from kinescape.strategy.experiment_planning.pathway_rules import PathwayRule, PathwayRules
from kinescape.strategy.experiment_planning.screened_effects import ScreenedEffects
from kinescape.strategy.experiment_planning.yields import bounded_excess
from kinescape.strategy.pair_ranking.closed_routes import ClosedRoute
from kinescape.strategy.pair_ranking.combination_estimates import Predictions
from kinescape.strategy.pair_ranking.combination_rows import PairRows

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
    "chosen_for": pl.String(),
    "closes": pl.Float64(),
    "closes_route": pl.String(),
    "level": pl.String(),
    "why": pl.String(),
}
"""Columns of the table, with their types. Intervals are 90 %; excess over Bliss is positive where a pair does more."""
LIKELY = "chance of synergy"
CLOSING = "closes a measured escape"
_HALF_WIDTH = 1.645


class PairEstimates:
    """What each pair is expected to do at the doses that would be tested, worked out when asked for.

    Parameters
    ----------
    screen : PairScreen
    target, reference : ScreenedEffects
    network : Network
    agents : AgentTable
    rules : PathwayRules
    """

    def __init__(
        self,
        screen: PairScreen,
        target: ScreenedEffects,
        reference: ScreenedEffects | None,
        network: Network,
        agents: AgentTable,
        rules: PathwayRules,
    ) -> None:
        self._screen, self._scale = screen, target.scale
        self._spelled: dict[str, str] = {}
        for drug in target.drugs:
            self._spelled.setdefault(one_name(drug, agents), drug)
        self._rows = PairRows(network, agents, rules, target, reference, Predictions.of(None, target.readout))
        self._found: dict[int, dict[str, Any]] = {}

    def row(self, pair: int) -> dict[str, Any]:
        """The row of one pair."""
        if pair not in self._found:
            one, other = sorted(self._spelled.get(name, name) for name in self._screen.name(pair))
            self._found[pair] = self._rows.rows(one, other)[0]
        return self._found[pair]

    def ceiling(self, pair: int) -> float:
        """The most that the excess of a pair can be: what independent drugs leave alive; infinite on other scales."""
        row = self.row(pair)
        if self._scale != "fraction_of_control" or row["status"] == "measured" or np.isnan(row["effect"]):
            return float("inf")
        return max(float(row["effect"]), 0.0)


def experiment_frame(
    screen: PairScreen,
    choice: BatchChoice,
    prior: PairPrior,
    rule_of: Sequence[PathwayRule | None],
    classes: Sequence[tuple[str, ...]],
    estimates: PairEstimates,
    closing: Mapping[int, ClosedRoute],
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
    screen, choice, prior, rule_of, classes, estimates
        As made by `kinescape.strategy.experiments.next_experiments`.
    closing : mapping of int to ClosedRoute
        Pairs taken because they close a measured escape.
    tested, values : (n,) arrays
        Tested pairs and their excess.
    torn : (n_pairs,) bool array
        Pairs with contradicting results.
    level : str
    replicates : int
    """
    rows: list[dict[str, Any]] = []
    for rank, (pair, probability) in enumerate(zip(choice.pairs, choice.probability, strict=True), start=1):
        names = screen.name(int(pair))
        estimate = estimates.row(int(pair))
        mean, low, high = bounded_excess(
            float(choice.posterior.mean[pair]),
            float(choice.posterior.sd[pair]),
            float(choice.ceiling[rank - 1]),
            half_width=_HALF_WIDTH,
        )
        route = closing.get(int(pair))
        count = int(prior.samples_with[pair])
        rows.append(
            estimate
            | {
                "rank": rank,
                "agent_a": names[0],
                "agent_b": names[1],
                "replicates": replicates,
                "probability": float(probability),
                "expected_excess": mean,
                "excess_low": low,
                "excess_high": high,
                "class_a": "; ".join(classes[screen.first[pair]]) or None,
                "class_b": "; ".join(classes[screen.second[pair]]) or None,
                "other_samples": count,
                "other_excess": float(prior.usual[pair]) if count else None,
                "chosen_for": LIKELY if route is None else CLOSING,
                "closes": None if route is None else route.change,
                "closes_route": None if route is None else route.text,
                "level": level,
                "why": _why(screen, int(pair), prior, rule_of[pair], tested, values, bool(torn[pair]), route),
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
    route: ClosedRoute | None,
) -> str:
    """The reasons in words, strongest kind first."""
    parts = []
    if route is not None:
        parts.append(f"{CLOSING}: {route.text}, which the other drug counters")
    if torn:
        parts.append("its results contradict each other: test it again")
    count = int(prior.samples_with[pair])
    if count:
        parts.append(
            f"excess {_signed(prior.usual[pair])} on average in {count} other sample{'s' if count > 1 else ''}"
        )
    for drug in (screen.first[pair], screen.second[pair]):
        beside = (screen.first[tested] == drug) | (screen.second[tested] == drug)
        beside &= tested != pair
        if beside.any():
            noun = "pair" if beside.sum() == 1 else "pairs"
            parts.append(
                f"{beside.sum()} tested {noun} of {screen.drugs[drug]} here: "
                f"{_signed(values[beside].mean())} on average"
            )
    if rule is not None:
        parts.append(f"rule {rule.class_a} × {rule.class_b} ({rule.score:+g}): {rule.why}")
    else:
        parts.append("no rule speaks of these pathways")
    return "; ".join(parts)


def _signed(value: float) -> str:
    """Two decimals with a sign; never minus nought."""
    return f"{round(float(value), 2) + 0.0:+.2f}"
