"""Fitted members asked for agents that nobody measured: the same fit, with room for further agents.

An agent that no row holds adds a column of zeros to the dose codes. Evidence, variances and weights stay what they
were, so nothing is optimised again; only the saturating network is, because it may reach further nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kinescape.model.baselines import RidgeFit, fit_ridge
from kinescape.model.design import Design
from kinescape.model.fit import HierarchicalFit
from kinescape.model.members import HIERARCHICAL, NETWORK, members_with
from kinescape.model.network_members.network_gain import NetworkGainFit
from kinescape.model.prediction import Fitted
from kinescape.model.prior import Wiring, network_kernels


def with_room(
    fits: Mapping[str, Fitted], design: Design, wiring: Wiring | None, names: tuple[str, ...] = ()
) -> dict[str, Fitted]:
    """Members of a design, for the same design with further agents.

    Parameters
    ----------
    fits : mapping of name of member to fitted member
        Fitted before the agents were added.
    design : Design
        With the further agents, `Design.with_agents`; its rows hold none of them.
    wiring : Wiring or None
        Network and targets; the further agents' too.
    names : tuple of str
        Members wanted besides, fitted now; on the core where they can.
    """
    by_name = {member.name: member for member in members_with(wiring)}
    core = fits.get(HIERARCHICAL.name)
    wider = widened(core, design) if isinstance(core, HierarchicalFit) else None
    found: dict[str, Fitted] = {}
    for name in dict.fromkeys((*fits, *names)):
        fit, member = fits.get(name), by_name[name]
        if name == HIERARCHICAL.name and wider is not None:
            found[name] = wider
        elif isinstance(fit, RidgeFit):
            found[name] = fit_ridge(design, pooled=fit.pooled)
        elif name == NETWORK and isinstance(fit, HierarchicalFit) and wiring is not None:
            found[name] = _rewired(fit, design, wiring)
        elif isinstance(fit, NetworkGainFit) and wiring is not None:
            found[name] = replace(fit, core=widened(fit.core, design), expected=wiring.expected(design))
        elif member.on_core is not None and wider is not None:
            found[name] = member.on_core(design, wider)
        else:
            found[name] = member.fit(design)
    return found


def widened(core: HierarchicalFit, design: Design) -> HierarchicalFit:
    """The core with the rows of a design that differs from its own by further agents only."""
    return replace(core, rows=design.rows)


def _rewired(fit: HierarchicalFit, design: Design, wiring: Wiring) -> HierarchicalFit:
    """The core with kernels from a network, these taken over all the agents of the design."""
    kernels = dict(network_kernels(wiring, design))
    components = tuple(
        replace(part, kernel=kernels.get(part.name.removesuffix(" of a sample"), part.kernel))
        for part in fit.components
    )
    return replace(fit, components=components, rows=design.rows)
