"""What is blocked: drugs, genes, families and older symbols as the user names them, into genes of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.families import main_targets

if TYPE_CHECKING:
    from kinescape.knowledge.agents import Agent, AgentTable
    from kinescape.knowledge.network import Network


@dataclass(frozen=True)
class BlockedTargets:
    """The blocked genes that the network holds, with what had to be said on the way."""

    genes: tuple[str, ...]
    notes: tuple[Fault, ...]


def blocked_targets(names: tuple[str, ...], network: Network, agents: AgentTable) -> BlockedTargets:
    """Resolve drugs and genes to the genes that they block.

    Parameters
    ----------
    names : tuple of str
        Genes of the network, drugs by any of their names, gene families (``MEK``) or previous symbols.
    network : Network
    agents : AgentTable

    Raises
    ------
    InputError
        With every name that could not be resolved and the nearest known ones.
    """
    faults = Faults()
    if not network.edges:
        raise InputError(Fault("empty-network", f"{network.name} has no edges: there is no route to find"))
    if not names:
        raise InputError(Fault("no-target", "no drug or gene was named", mend="name one, such as EGFR"))
    genes: dict[str, None] = {}
    for name in names:
        genes.update(dict.fromkeys(_genes(name, network, agents, faults)))
    faults.raise_if_errors()
    return BlockedTargets(tuple(genes), tuple(faults))


def _genes(name: str, network: Network, agents: AgentTable, faults: Faults) -> tuple[str, ...]:
    from kinescape.knowledge.names import load_readouts

    if name in network:
        return (name,)
    agent = agents.get(name)
    if agent is not None:
        return _of_agent(agent, network, faults)
    meant = load_readouts().nodes(name)
    here = tuple(gene for gene in meant if gene in network)
    if here:
        faults.add("name-resolved", f"'{name}' is taken as {', '.join(here)}", severity="note")
        return here
    if meant:
        faults.add("gene-not-in-network", f"{', '.join(meant)} is not in {network.name}")
        return ()
    known = (*network.nodes, *(spelling for one in agents for spelling in one.names))
    # Two letters that changed places are the commonest slip of the finger, and no near string for difflib.
    letters = sorted(name.casefold())
    swapped = [spelling for spelling in known if sorted(spelling.casefold()) == letters]
    near = list(dict.fromkeys([*swapped, *nearest(name, known)]))[:3]
    faults.add(
        "unknown-target",
        f"'{name}' is neither a gene of {network.name} nor a known agent",
        mend=f"did you mean {' or '.join(near)}?" if near else "give an HGNC symbol or a drug's name",
    )
    return ()


def _of_agent(agent: Agent, network: Network, faults: Faults) -> tuple[str, ...]:
    """The genes that an agent blocks: main targets, weak ones left out."""
    main = main_targets(agent)
    blocked = tuple(dict.fromkeys(target.gene for target in main if target.sign < 0))
    if not blocked:
        reason = (
            "no target of it is known" if not agent.targets else f"it does not block {', '.join(agent.genes)}"
        )
        faults.add("blocks-nothing", f"{agent.name} cannot be got round by this question: {reason}")
        return ()
    here = tuple(gene for gene in blocked if gene in network)
    absent = [gene for gene in blocked if gene not in network]
    if not here:
        faults.add("gene-not-in-network", f"{agent.name} blocks {', '.join(absent)}: not in {network.name}")
    elif absent:
        found = f"{agent.name} also blocks {', '.join(absent)}: not in {network.name}, left out"
        faults.add("gene-not-in-network", found, severity="warning")
    weak = len(agent.genes) - len({target.gene for target in main})
    if here and weak:
        faults.add(
            "weak-targets",
            f"{agent.name}: {weak} targets more than tenfold weaker than the strongest are left out",
            severity="note",
        )
    return here
