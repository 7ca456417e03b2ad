"""Names in a file made canonical: agents, conditions, amounts, options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kinescape.foundation.issues import Faults, nearest
from kinescape.foundation.units import Quantity, canonical_unit
from kinescape.knowledge.agents import AgentTable, load_agents
from kinescape.knowledge.names import ReadoutTable, load_readouts
from kinescape.measurements.conditions import CONTROL, AgentDose, Condition

CONTROL_NAMES = ("control", "dmso", "untreated", "vehicle", "mock", "none", "no treatment", "pbs")
"""Texts that mean the untreated condition, in any case, unless the study names others."""


@dataclass(frozen=True)
class Vocabulary:
    """How a file's names become canonical.

    Parameters
    ----------
    agents : AgentTable
        Known agents.
    readouts : ReadoutTable
        Known readouts.
    aliases : mapping of str to str
        Names of agents in this file, to canonical text: a name, several joined by ` + `, or `control` for
        nothing at all.
    controls : tuple of str
        Texts of the untreated condition.
    """

    agents: AgentTable
    readouts: ReadoutTable
    aliases: Mapping[str, str] = field(default_factory=dict)
    controls: tuple[str, ...] = CONTROL_NAMES

    @classmethod
    def of_study(
        cls,
        agent_table: AgentTable | None = None,
        readout_table: ReadoutTable | None = None,
        aliases: Mapping[str, str] | None = None,
        controls: str | Iterable[str] = CONTROL_NAMES,
    ) -> Vocabulary:
        """The vocabulary of a reader, with the shipped tables where a study gives none of its own."""
        return cls(
            agent_table or load_agents(),
            readout_table or load_readouts(),
            dict(aliases or {}),
            as_texts(controls),
        )

    def is_control(self, text: str) -> bool:
        """Whether a text means the untreated condition."""
        return text.strip().casefold() in {name.casefold() for name in self.controls}

    def knows(self, agent: str) -> bool:
        """Whether a name means something in this file."""
        return agent in self.aliases or self.agents.get(agent) is not None

    def names_of(self, agent: str) -> tuple[str, ...]:
        """Canonical names behind a name in the file; empty where it means nothing was given.

        Raises
        ------
        ValueError
            With the nearest names, where it is unknown.
        """
        given = self.aliases.get(agent, agent)
        if given.casefold() == "control":
            return ()
        found = []
        for part in given.split(" + "):
            known = self.agents.get(part)
            if known is None:
                near = self.agents.nearest(part, n=3)
                meant = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
                bare = re.search(r"^(.*\S)\s+([0-9.]+)$", part)
                if bare and self.agents.get(bare[1]):
                    raise ValueError(
                        f"the amount {bare[2]} of '{bare[1]}' has no unit; write one, as in {bare[2]} uM"
                    )
                raise UnknownName(part, f"the agent '{part}' is not known{meant}")
            found.append(known.name)
        return tuple(found)

    def condition(self, text: str) -> Condition:
        """A condition's text in this file as a canonical condition.

        Raises
        ------
        ValueError
            With what is wrong.
        """
        if text == CONTROL or self.is_control(text):
            return Condition.control()
        parsed = Condition.parse(text)
        doses = [
            AgentDose(name, dose.quantity) for dose in parsed.doses for name in self.names_of(dose.agent)
        ]
        return Condition((*doses, *parsed.genetic))


class UnknownName(ValueError):  # noqa: N818 - the name says it
    """A name in a file that means no known agent."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


class ConditionReader:
    """Reads condition texts once each and collects their faults with the first row that holds each."""

    def __init__(self, vocabulary: Vocabulary, file: str, column: str | None, faults: Faults) -> None:
        self._vocabulary = vocabulary
        self._file, self._column, self._faults = file, column, faults
        self._known: dict[str, str | None] = {}
        self._unknown_names: set[str] = set()

    def text(self, given: str, row: int | None) -> str | None:
        """Canonical text; None where it cannot be read, which has then been told."""
        if given not in self._known:
            try:
                self._known[given] = self._vocabulary.condition(given).text
            except ValueError as error:
                self._known[given] = None
                if isinstance(error, UnknownName):
                    # One fault an agent, not one a condition: a drug stands in dozens of them.
                    if error.name in self._unknown_names:
                        return None
                    self._unknown_names.add(error.name)
                self._faults.add(
                    "unknown-agent" if isinstance(error, UnknownName) else "condition",
                    f"'{given}': {error}",
                    file=self._file,
                    row=row,
                    column=self._column,
                    mend="correct it, give the name under [files.agents], add it to agents.tsv, or leave it out "
                    "with ignore = […]",
                )
        return self._known[given]


def dose_text(agent: str, amount: float | None, unit: str | None) -> str | None:
    """One agent with its amount as a condition's text; None where the amount is zero.

    Raises
    ------
    ValueError
        Where the unit is missing or unknown, or the amount below zero.
    """
    if amount is None:
        return agent
    if amount == 0:
        return None
    if unit is None:
        raise ValueError(f"the dose {amount:g} of '{agent}' has no unit")
    if amount < 0:
        raise ValueError(f"the dose {amount:g} of '{agent}' is below zero")
    return f"{agent} {Quantity(amount, canonical_unit(unit)).text}"


def as_texts(given: str | Iterable[str]) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    return (given,) if isinstance(given, str) else tuple(given)


def unknown_options(
    given: Iterable[str], known: Iterable[str], *, file: str, faults: Faults, where: str
) -> None:
    """Tell every key that a format does not know, with the nearest one."""
    valid = list(known)
    for key in given:
        if key not in valid:
            near = nearest(key, valid, n=1)
            faults.add(
                "unknown-key",
                f"the key '{key}' is not known in {where}",
                file=file,
                column=key,
                expected=f"one of {', '.join(valid)}" if valid else None,
                mend=f"did you mean '{near[0]}'?" if near else "remove it",
            )
