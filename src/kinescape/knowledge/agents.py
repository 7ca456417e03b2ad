"""Agents: drugs and ligands, what they hit and how strongly, under all the names that laboratories use.

The package ships a table of them (``agents.tsv`` and ``agent_targets.tsv``); a study's own ``agents.tsv``
adds to it, in the one-file layout that `agent_layouts` describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.delimited import folded

EFFECT_SIGNS: Mapping[str, int] = {
    "inhibits": -1,
    "degrades": -1,
    "antagonises": -1,
    "blocks": -1,
    "sequesters": -1,
    "silences": -1,
    "activates": 1,
    "agonises": 1,
    "stabilises": 1,
    "induces": 1,
    "binds": 0,
    "modulates": 0,
    "damages": 0,
}


@dataclass(frozen=True, slots=True)
class Target:
    """One gene that an agent hits.

    Parameters
    ----------
    gene : str
        HGNC symbol.
    effect : str
        A key of `EFFECT_SIGNS`.
    affinity_nanomolar : float or None
        The smaller, the stronger; None where it was not measured.
    reference : str or None
        The paper of the affinity, or of the target.
    affinity_type : str
        ``Kd``, ``IC50``, ``Ki``; empty where unknown.
    """

    gene: str
    effect: str
    affinity_nanomolar: float | None = None
    reference: str | None = None
    affinity_type: str = ""

    @property
    def sign(self) -> int:
        """-1 where the agent lowers the gene's activity, +1 where it raises it, 0 where that is open."""
        return EFFECT_SIGNS.get(self.effect, 0)


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug, a ligand or another thing given to cells.

    Parameters
    ----------
    name : str
        The one name used in tables and reports.
    synonyms : tuple of str
        Codes and trade names.
    kind : str
        ``drug``, ``ligand``, ``antibody``, ``class``, ...
    drug_class : str
        Such as ``MEK inhibitor``; empty where unknown.
    targets : tuple of Target
        Strongest first where affinities are known; empty where no target is known.
    approved : bool or None
        None where unknown.
    plasma_nanomolar, free_fraction : float or None
        Achieved plasma level, total, and its unbound share (0 to 1).
    references : tuple of str
    note : str
    plasma_low_nanomolar, plasma_high_nanomolar : float or None
        Range of the level between patients (90 % where the note says no other); None where none is published.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    kind: str = "drug"
    drug_class: str = ""
    targets: tuple[Target, ...] = ()
    approved: bool | None = None
    plasma_nanomolar: float | None = None
    free_fraction: float | None = None
    references: tuple[str, ...] = ()
    note: str = ""
    plasma_low_nanomolar: float | None = None
    plasma_high_nanomolar: float | None = None

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes that it hits, each once, in the order of the targets."""
        return tuple(dict.fromkeys(target.gene for target in self.targets))

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and all synonyms."""
        return (self.name, *self.synonyms)


class UnknownAgent(InputError):  # noqa: N818 - the name says it
    """No agent of this name; says which names are near and where an agent can be added."""

    def __init__(self, name: str, near: Iterable[str] = ()) -> None:
        self.name = name
        self.near = tuple(near)
        add = "add it to agents.tsv in the study folder"
        meant = f"did you mean {' or '.join(repr(word) for word in self.near)}? If it is another agent, {add}"
        super().__init__(
            Fault(
                "agent-unknown",
                f"the agent '{name}' is not known",
                mend=meant if self.near else f"{add} (columns name, targets, effect)",
            )
        )


@dataclass(frozen=True)
class AgentTable:
    """Agents by any of their names; case, dashes and spaces do not count.

    Parameters
    ----------
    agents : tuple of Agent
    notes : tuple of Fault
        What was decided while the tables were read.

    Examples
    --------
    >>> table = AgentTable((Agent("vemurafenib", synonyms=("PLX4032",)),))
    >>> table.resolve("plx-4032").name
    'vemurafenib'
    """

    agents: tuple[Agent, ...]
    notes: tuple[Fault, ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, Agent]:
        # Names go before synonyms, so that no synonym hides an agent that bears the name itself.
        found: dict[str, Agent] = {}
        for agent in self.agents:
            found.setdefault(folded(agent.name), agent)
        for agent in self.agents:
            for synonym in agent.synonyms:
                found.setdefault(folded(synonym), agent)
        return found

    def __len__(self) -> int:
        return len(self.agents)

    def __iter__(self) -> Iterator[Agent]:
        return iter(self.agents)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def get(self, name: str) -> Agent | None:
        """The agent of this name or synonym, or None."""
        return self._by_name.get(folded(name)) if folded(name) else None

    def resolve(self, name: str) -> Agent:
        """The agent of this name or synonym.

        Raises
        ------
        UnknownAgent
            With the nearest known names.
        """
        agent = self.get(name)
        if agent is None:
            raise UnknownAgent(name, self.nearest(name))
        return agent

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """The nearest known spellings, names and synonyms."""
        return nearest(name, (known for agent in self.agents for known in agent.names), n=n)

    def hitting(self, gene: str) -> tuple[Agent, ...]:
        """The agents with this gene among their targets, strongest first where affinities are known."""
        hits = [
            (target.affinity_nanomolar is None, target.affinity_nanomolar or 0.0, agent.name, agent)
            for agent in self.agents
            for target in agent.targets
            if target.gene == gene
        ]
        ordered = sorted(hits, key=lambda hit: hit[:3])
        return tuple(dict.fromkeys(agent for *_, agent in ordered))

    def with_agents(self, agents: Iterable[Agent]) -> AgentTable:
        """The same table with more agents; one that shares a name with a new one is replaced by it."""
        added = tuple(agents)
        taken = {folded(name) for agent in added for name in agent.names}
        kept, notes = [], list(self.notes)
        for agent in self.agents:
            shared = folded(agent.name) in taken
            if shared:
                notes.append(
                    Fault(
                        "agent-replaced",
                        f"the shipped agent '{agent.name}' is replaced by the study's own",
                        severity="note",
                    )
                )
            else:
                kept.append(agent)
        return AgentTable((*added, *kept), tuple(notes))


def load_agents(extra: str | Path | None = None) -> AgentTable:
    """The shipped agents, and those of a study's own ``agents.tsv`` (layout: `agent_layouts`).

    Parameters
    ----------
    extra : path, optional
        A tab or comma separated file.

    Returns
    -------
    AgentTable

    Raises
    ------
    InputError
        With all the faults of the file.
    """
    shipped = _shipped()
    if extra is None:
        return shipped
    from kinescape.knowledge.agent_layouts import read_agents

    faults = Faults()
    agents = read_agents(extra, faults)
    faults.raise_if_errors()
    table = shipped.with_agents(agents)
    return AgentTable(table.agents, (*table.notes, *faults))


def resolve_agent(name: str) -> Agent:
    """The shipped agent of this name or synonym.

    Raises
    ------
    UnknownAgent
        With the nearest known names.

    Examples
    --------
    >>> resolve_agent("PLX4032").name
    'vemurafenib'
    """
    return load_agents().resolve(name)


@cache
def _shipped() -> AgentTable:
    from kinescape.knowledge.agent_layouts import read_shipped

    faults = Faults()
    agents = read_shipped(faults)
    faults.raise_if_errors()
    return AgentTable(agents, tuple(faults))
