"""What is known of an agent that nobody measured: agents on the same targets, the wiring, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kinescape.model.design import Design
from kinescape.model.members import NETWORK_MEMBERS
from kinescape.model.prior import Wiring

THIS_AGENT, OTHER_SAMPLES = "this agent", "this agent elsewhere"
SAME_TARGET, WIRING, OTHER_AGENTS, NOTHING = "same target", "wiring alone", "other agents", "nothing"
GROUNDS = (THIS_AGENT, OTHER_SAMPLES, SAME_TARGET, WIRING, OTHER_AGENTS, NOTHING)
"""What an answer may rest on, the firmest ground first; `OTHER_AGENTS`: their average, whatever is asked for."""


@dataclass(frozen=True)
class Rest:
    """What a prediction for unmeasured agents rests on.

    Parameters
    ----------
    words : str
        For people.
    own_targets : frozenset of str
        Targets of the agents that no measured agent shares: readouts on them cannot be told from the wiring.
    rests_on : str
        The weakest ground among the agents: `SAME_TARGET`, `WIRING` or `NOTHING`.
    measured_on : mapping of node to tuple of str
        Targets that measured agents share, with those agents.
    """

    words: str
    own_targets: frozenset[str]
    rests_on: str = NOTHING
    measured_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def what_is_known(design: Design, wiring: Wiring | None, dose: NDArray) -> Rest:
    """What the prediction of one row rests on.

    Parameters
    ----------
    design : Design
        What was measured.
    wiring : Wiring or None
        Network and targets.
    dose : (n_agents,) array
        The row's doses.
    """
    measured = (design.rows.dose > 0).any(axis=0)
    unseen = [design.agents[at] for at in np.flatnonzero((dose > 0) & ~measured)]
    if wiring is None:
        return Rest(f"nothing is known of {', '.join(unseen)}, only the rest of the condition", frozenset())
    sentences, own, grounds = [], set(), []
    measured_on: dict[str, tuple[str, ...]] = {}
    known = [design.agents[at] for at in np.flatnonzero(measured)]
    for agent in unseen:
        targets = {node for node, weight in wiring.hits(agent).items() if weight and node in wiring.nodes}
        alike = [other for other in known if targets & set(wiring.hits(other))]
        if not targets:
            sentences.append(f"the network holds no target of {agent}")
            grounds.append(NOTHING)
        elif alike:
            sentences.append(f"{named(agent)} shares targets with {', '.join(alike)}")
            grounds.append(SAME_TARGET)
            measured_on |= {
                node: tuple(other for other in alike if node in wiring.hits(other)) for node in targets
            }
        else:
            acts = "" if ":" in agent else f" acts on {', '.join(sorted(targets))}"
            sentences.append(f"{named(agent)}{acts}, which no measured agent hits")
            grounds.append(WIRING)
            own |= targets
    weakest = max(grounds, key=GROUNDS.index, default=NOTHING)
    return Rest("; ".join(sentences), frozenset(own), weakest, measured_on)


def ground_of(rest: Rest, method: str) -> tuple[str, str]:
    """The ground of an answer for agents that nobody measured, and a sentence with it.

    Only a member that builds on the network tells one unmeasured agent from another.

    Parameters
    ----------
    rest : Rest
        What is known of the agents.
    method : str
        The member that answers.
    """
    if rest.rests_on == NOTHING or method in NETWORK_MEMBERS:
        by = ", so by the wiring alone" if rest.rests_on == WIRING else ""
        return rest.rests_on, f"{rest.words}{by}"
    answers = method.replace("_", " ")
    why = f"{answers} answers, which does not know the network, so this is what other agents do, whatever is hit"
    return OTHER_AGENTS, f"{rest.words}; {why}"


def named(agent: str) -> str:
    """An agent's name for people: what was done, for a genetic perturbation."""
    kind, _, gene = agent.partition(":")
    return {"KO": f"blocking {gene}", "OE": f"pushing {gene}"}.get(kind, agent)
