"""Did the network help here? Unseen inhibitors with the network, without it, and with shuffled networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from kinescape.model.design import Design
from kinescape.model.held_out.scoring import interval, resampled_rmse, rmse
from kinescape.model.members import HIERARCHICAL, Member, network_gain_member, why_baselines_only
from kinescape.model.prior import Wiring
from kinescape.model.validate import validate

SHUFFLES = 20
SURE_INHIBITORS = 6
"""With fewer an interval over inhibitors is too narrow to be taken at its word, and the words say so."""


@dataclass(frozen=True)
class NetworkTest:
    """What the wiring did to the error for unseen inhibitors.

    Parameters
    ----------
    with_network, without_network : float or None
        RMSE in original units; None where the study does not allow the task.
    lowered : float or None
        RMSE without minus RMSE with the network: above zero, the network helped.
    lowered_low, lowered_high : float or None
        Middle 90 % over resampled inhibitors.
    shuffled : tuple of float
        RMSE with each shuffled network.
    helped : bool or None
        Whether the interval lies above zero and the real network beats 95 % of the shuffled ones.
    words : str
        The answer in a sentence.
    """

    with_network: float | None
    without_network: float | None
    lowered: float | None
    lowered_low: float | None
    lowered_high: float | None
    shuffled: tuple[float, ...]
    helped: bool | None
    words: str

    def frame(self) -> pl.DataFrame:
        """One row a network: `without`, `curated`, `shuffled 1`, ...; columns network, rmse."""
        named = [("without", self.without_network), ("curated", self.with_network)]
        named += [(f"shuffled {number}", error) for number, error in enumerate(self.shuffled, start=1)]
        return pl.DataFrame(named, schema={"network": pl.String, "rmse": pl.Float64}, orient="row")


def network_test(
    design: Design,
    wiring: Wiring,
    *,
    member: Callable[[Wiring], Member] = network_gain_member,
    seed: int = 0,
    shuffles: int = SHUFFLES,
    progress: Callable[[str], None] | None = None,
) -> NetworkTest:
    """Hold out every inhibitor with a network's member, with the core alone, and with shuffled networks.

    Parameters
    ----------
    design : Design
        What was measured.
    wiring : Wiring
        Network and targets.
    member : callable
        Wiring → the member that uses it: `network_gain_member` or `network_member`.
    seed : int
        Decides the shuffles and the resampling.
    shuffles : int
        Networks with the names of their nodes dealt out anew.
    progress : callable, optional
        Called with a sentence before each network.
    """
    named = member(wiring)
    why = why_baselines_only(design)
    if why is not None:
        return _unanswered(why)
    if len(wiring.without_targets(design.agents)) > len(design.agents) - 2:
        return _unanswered("the network holds the targets of fewer than two agents of this study")
    # All at once, so that the core of each held-out inhibitor is fitted once for all the networks.
    dealt = tuple(
        replace(member(wiring.shuffled(seed, number)), name=f"shuffled network {number + 1}")
        for number in range(shuffles)
    )
    result = validate(
        design, ["unseen_inhibitor"], seed=seed, members=(HIERARCHICAL, named, *dealt), progress=progress
    )
    if result.impossible:
        return _unanswered(result.impossible[0][2])
    (key,) = result.entries
    entries = result.entries[key]
    plain = result.held[*key, HIERARCHICAL.name].predicted - entries.measured
    wired = result.held[*key, named.name].predicted - entries.measured
    lowered = resampled_rmse(plain, entries.unit, seed) - resampled_rmse(wired, entries.unit, seed)
    low, high = interval(lowered)
    errors = [rmse(result.held[*key, one.name].predicted - entries.measured) for one in dealt]
    difference = rmse(plain) - rmse(wired)
    beaten = int(np.sum(np.array(errors) > rmse(wired)))
    helped = low > 0 and beaten >= 0.95 * shuffles
    return NetworkTest(
        rmse(wired),
        rmse(plain),
        difference,
        low,
        high,
        tuple(errors),
        helped,
        _words(named.name, difference, low, high, beaten, shuffles, entries.n_units, helped),
    )


def _words(
    name: str,
    difference: float,
    low: float,
    high: float,
    beaten: int,
    shuffles: int,
    inhibitors: int,
    helped: bool,
) -> str:
    moved = "lowered" if difference >= 0 else "raised"
    size = f"{abs(difference):.3f}"
    edges = (low, high) if difference >= 0 else (-high, -low)
    null = (
        f"it was better than {beaten} of {shuffles} shuffled networks"
        if shuffles
        else "no network was shuffled"
    )
    verdict = "It helped" if helped else "That is no proof that it helped"
    if helped and inhibitors < SURE_INHIBITORS:
        verdict = f"It helped, though {inhibitors} inhibitors are few: take it as a hint"
    return (
        f"On these data the wiring ({name}) {moved} the error for unseen inhibitors by {size} "
        f"[{edges[0]:.3f}, {edges[1]:.3f}] ({inhibitors} inhibitors); {null}. {verdict}."
    )


def _unanswered(reason: str) -> NetworkTest:
    return NetworkTest(None, None, None, None, None, (), None, f"The network could not be tested: {reason}.")
