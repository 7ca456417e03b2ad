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
from kinescape.model.fit import HierarchicalFit, fit_hierarchical, memory_bytes
from kinescape.model.network_members.network_gain import fit_network_gain
from kinescape.model.network_members.saturating_fit import fit_saturating
from kinescape.model.network_members.saturating_fit import memory_bytes as saturating_memory_bytes
from kinescape.model.new_sample import fit_new_sample
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, fit_network_kernel

NETWORK, NETWORK_GAIN, SATURATING = "network_kernel", "network_gain", "saturating_network"
"""Names of the members that a network makes."""
NETWORK_MEMBERS = (NETWORK, NETWORK_GAIN, SATURATING)
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
    tasks : tuple of str, optional
        Held-out tasks that it is made for; by default all.
    on_core : callable, optional
        The same as `fit`, given the hierarchical core of the design, which is then not fitted again.
    memory_bytes : callable, optional
        Design → memory that a fit takes beside the core's, estimated before it is asked for.
    """

    name: str
    baseline: bool
    fit: Callable[[Design], Fitted]
    words: str
    tasks: tuple[str, ...] | None = None
    on_core: Callable[[Design, HierarchicalFit], Fitted] | None = None
    memory_bytes: Callable[[Design], int] | None = None


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
    on_core=lambda design, core: core,
)

NEW_SAMPLE = Member(
    "new_sample",
    False,
    fit_new_sample,
    "the hierarchical core with a sample's deviations correlated between readouts",
    ("new_sample",),
    lambda design, core: fit_new_sample(design, core=core),
)

MEMBERS: tuple[Member, ...] = (MEAN, NEAREST, SINGLES, RIDGE, RIDGE_POOLED, HIERARCHICAL, NEW_SAMPLE)
METHOD_WORDS: dict[str, str] = {member.name: member.words for member in MEMBERS} | {
    NETWORK: "the hierarchical core with the network's signed profiles of agents beside its own kernels",
    NETWORK_GAIN: "the hierarchical core around the network's signed influences times one gain",
    SATURATING: "the network's edges fitted to the data, signals that saturate, the hierarchical core around it",
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
        on_core=lambda design, core: fit_network_gain(design, wiring, core=core),
    )


def saturating_member(wiring: Wiring) -> Member:
    """A network with fitted edges and saturating signals; for agents of which only the targets are known."""
    return Member(
        SATURATING,
        False,
        partial(fit_saturating, wiring=wiring),
        METHOD_WORDS[SATURATING],
        on_core=lambda design, core: fit_saturating(design, wiring, core=core),
        memory_bytes=partial(saturating_memory_bytes, wiring=wiring),
    )


def members_with(wiring: Wiring | None) -> tuple[Member, ...]:
    """All the members, with those that a network makes where there is one."""
    if wiring is None:
        return MEMBERS
    return (*MEMBERS, network_member(wiring), network_gain_member(wiring), saturating_member(wiring))


def members_for(design: Design, members: tuple[Member, ...] = MEMBERS) -> tuple[Member, ...]:
    """The members that this design can have: baselines only where it is too small or too large."""
    return tuple(member for member in members if why_left_out(design, member) is None)


def why_left_out(design: Design, member: Member) -> str | None:
    """Why a design does not get a member, as part of a sentence; None where it can be fitted."""
    if member.baseline:
        return None
    why = why_baselines_only(design)
    if why is None and member.memory_bytes is not None:
        needed = member.memory_bytes(design)
        if needed > MOST_MEMORY_BYTES:
            return (
                f"{len(design)} rows, {len(design.readouts)} readouts and the network between would take "
                f"{needed / 1e9:.0f} GB, more than {MOST_MEMORY_BYTES / 1e9:.0f} GB"
            )
    return why


def why_baselines_only(design: Design) -> str | None:
    """Why a design gets baselines only, as part of a sentence; None where the members can be fitted."""
    if len(design.conditions) < FEWEST_CONDITIONS:
        count = len(design.conditions)
        return f"{count} condition{' is' if count == 1 else 's are'} too few for more than a baseline"
    needed = memory_bytes(design)
    if needed > MOST_MEMORY_BYTES:
        return (
            f"{len(design)} rows and {len(design.readouts)} readouts would take {needed / 1e9:.0f} GB, more than "
            f"{MOST_MEMORY_BYTES / 1e9:.0f} GB: baselines only"
        )
    return None
