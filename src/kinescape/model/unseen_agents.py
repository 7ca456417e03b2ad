"""What is known of an agent that nobody measured: agents on the same targets, the wiring, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinescape.model.design import Design
from kinescape.model.prior import Wiring


@dataclass(frozen=True)
class Rest:
    """What a prediction for unmeasured agents rests on.

    Parameters
    ----------
    words : str
        For people.
    own_targets : frozenset of str
        Targets of the agents that no measured agent shares: readouts on them cannot be told from the wiring.
    """

    words: str
    own_targets: frozenset[str]


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
    sentences, own = [], set()
    known = [design.agents[at] for at in np.flatnonzero(measured)]
    for agent in unseen:
        targets = {node for node, weight in wiring.hits(agent).items() if weight and node in wiring.nodes}
        alike = [other for other in known if targets & set(wiring.hits(other))]
        if not targets:
            sentences.append(f"the network holds no target of {agent}")
        elif alike:
            sentences.append(f"{agent} shares targets with {', '.join(alike)}")
        else:
            sentences.append(f"{agent} acts on {', '.join(sorted(targets))}, by the wiring alone")
            own |= targets
    return Rest("; ".join(sentences), frozenset(own))
