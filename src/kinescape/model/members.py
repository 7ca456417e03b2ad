"""The members: every method that predicts effects, under the name that tables show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kinescape.model.baselines import (
    fit_mean,
    fit_nearest_condition,
    fit_ridge,
    fit_ridge_pooled,
    fit_sum_of_singles,
)
from kinescape.model.design import Design
from kinescape.model.fit import fit_hierarchical, memory_bytes
from kinescape.model.network_gain import fit_network_gain
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, fit_network_kernel

NETWORK, NETWORK_GAIN = "network_kernel", "network_gain"
"""Names of the members that a network makes."""
FEWEST_CONDITIONS = 6
"""With fewer conditions only baselines are fitted."""
MOST_MEMORY_BYTES = 4_000_000_000
"""Designs that need more are given baselines only."""


@dataclass(frozen=True)
class Member:
    """One way to predict.

    Parameters
    ----------
    name : str
        As tables show it.
    baseline : bool
        Whether it is one of the plain methods that the others must beat.
    fit : callable
        Design → something that predicts.
    words : str
        What it does, in a sentence.
    """

    name: str
    baseline: bool
    fit: Callable[[Design], Fitted]
    words: str


MEAN = Member("mean", True, fit_mean, "the sample's mean effect of each readout, whatever the condition")
NEAREST = Member(
    "nearest_condition", True, fit_nearest_condition, "the measured condition with the nearest doses"
)
SINGLES = Member("sum_of_singles", True, fit_sum_of_singles, "the effects of the single agents, added")
RIDGE = Member(
    "ridge", True, fit_ridge, "linear effects of the agents' doses, each sample for itself, shrunk"
)
RIDGE_POOLED = Member(
    "ridge_pooled",
    True,
    fit_ridge_pooled,
    "linear effects of the agents' doses, the same in all samples, shrunk",
)
HIERARCHICAL = Member(
    "hierarchical",
    False,
    fit_hierarchical,
    "a Gaussian process over samples, agents and pairs of agents; its variances maximise the evidence",
)

MEMBERS: tuple[Member, ...] = (MEAN, NEAREST, SINGLES, RIDGE, RIDGE_POOLED, HIERARCHICAL)
METHOD_WORDS: dict[str, str] = {member.name: member.words for member in MEMBERS} | {
    NETWORK: "the hierarchical core with the network's signed profiles of agents beside its own kernels",
    NETWORK_GAIN: "the hierarchical core around the network's signed influences times one gain",
}
"""What each method does, in a sentence, by its name in tables."""


def network_member(wiring: Wiring) -> Member:
    """The hierarchical core with kernels from a network; for agents of which only the targets are known."""
    return Member(
        NETWORK,
        False,
        partial(fit_network_kernel, wiring=wiring),
        METHOD_WORDS[NETWORK],
    )


def network_gain_member(wiring: Wiring) -> Member:
    """The hierarchical core around what the wiring expects; for agents of which only the targets are known."""
    return Member(
        NETWORK_GAIN,
        False,
        partial(fit_network_gain, wiring=wiring),
        METHOD_WORDS[NETWORK_GAIN],
    )


def members_with(wiring: Wiring | None) -> tuple[Member, ...]:
    """All the members, with those that a network makes where there is one."""
    return MEMBERS if wiring is None else (*MEMBERS, network_member(wiring), network_gain_member(wiring))


def members_for(design: Design, members: tuple[Member, ...] = MEMBERS) -> tuple[Member, ...]:
    """The members that this design can have: baselines only where it is too small or too large."""
    if why_baselines_only(design) is None:
        return members
    return tuple(member for member in members if member.baseline)


def why_baselines_only(design: Design) -> str | None:
    """Why a design gets baselines only, as part of a sentence; None where the members can be fitted."""
    if len(design.conditions) < FEWEST_CONDITIONS:
        return f"{len(design.conditions)} conditions are too few for more than a baseline"
    needed = memory_bytes(design)
    if needed > MOST_MEMORY_BYTES:
        return (
            f"{len(design)} rows and {len(design.readouts)} readouts would take {needed / 1e9:.0f} GB, more than "
            f"{MOST_MEMORY_BYTES / 1e9:.0f} GB: baselines only"
        )
    return None
