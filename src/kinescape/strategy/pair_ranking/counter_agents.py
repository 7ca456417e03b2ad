"""Which agents counter a gene: those made for it, not those that bind it in passing."""

from __future__ import annotations

from kinescape.knowledge.agents import Agent, AgentTable
from kinescape.knowledge.drug_classes import agent_classes
from kinescape.knowledge.families import target_class
from kinescape.knowledge.network import Network

_GIVEN = frozenset({"drug", "antibody", "class"})


def counter_agents(gene: str, sign: int, agents: AgentTable, network: Network) -> tuple[Agent, ...]:
    """Drugs that move a gene's activity in a sign, approved ones first, generic classes last.

    A drug counts where the gene is of a class that the drug belongs to: linsitinib binds MAP2K1 in lysates, but it
    is an IGF1R inhibitor and no answer to MEK.

    Parameters
    ----------
    gene : str
        HGNC symbol.
    sign : {-1, 1}
        Lower or raise its activity.
    agents : AgentTable
    network : Network
        Where genes that no family holds get their class.
    """
    own = target_class(gene, network)
    hits = [
        agent
        for agent in agents.hitting(gene)
        if agent.kind in _GIVEN
        and any(target.gene == gene and target.sign == sign for target in agent.targets)
        and own in (agent_classes(agent, network) or (own,))
    ]
    return tuple(sorted(hits, key=lambda agent: (agent.kind == "class", agent.approved is not True)))
