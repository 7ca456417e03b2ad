"""Conditions: what was done to a sample, in one canonical text that round-trips.

A condition is a set of agents with their amounts and of genetic perturbations::

    control
    erlotinib 1 uM + HGF 50 ng/mL
    KO:PTPN11 + trametinib 10 nM
    MUT:ABL1_T315I + imatinib 1 uM

Parts stand in alphabetical order, an agent without a stated amount stands alone (`MEKi`), and an amount has
one spelling (`0.3 µM` is `300 nM`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from kinescape.foundation.units import Quantity, parse_quantity

GeneticKind = Literal["KO", "KD", "OE", "MUT"]
GENETIC_KINDS: tuple[str, ...] = get_args(GeneticKind)
"""Knock-out, knock-down, over-expression, mutation."""

CONTROL = "control"
_SEPARATOR = re.compile(r"\s+\+\s+")
_GENETIC = re.compile(r"^(KO|KD|OE|MUT):(.*)$")
_GENE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.@-]*$")
_VARIANT = re.compile(r"^[A-Za-z0-9*>.:()=+-]+$")
_AMOUNT_AT_END = re.compile(
    r"^(?P<agent>.*\S)\s+(?P<amount>[+-]?[0-9.][0-9.eE+,-]*\s*[A-Za-zµμ%][A-Za-z/%µμ]*)$"
)


@dataclass(frozen=True)
class AgentDose:
    """One agent, with its amount where that is known.

    Parameters
    ----------
    agent : str
        Name of the drug, ligand or antibody.
    quantity : Quantity or None
        Amount; None where the file does not state one.
    """

    agent: str
    quantity: Quantity | None = None

    def __post_init__(self) -> None:
        name = self.agent
        if not name or name != name.strip() or any(not character.isprintable() for character in name):
            raise ValueError(f"an agent needs a name without line breaks or outer spaces, not {name!r}")
        if name.lower() == CONTROL:
            raise ValueError("'control' is the name of the untreated condition, not of an agent")
        if _SEPARATOR.search(f" {name} ") or "  " in name or name.startswith("+ ") or name.endswith(" +"):
            raise ValueError(f"the agent name {name!r} may not hold ' + ' or double spaces")
        if _GENETIC.match(name):
            raise ValueError(f"the agent name {name!r} begins like a genetic perturbation")
        if _split_amount(name)[1] is not None:
            raise ValueError(f"the agent name {name!r} ends like an amount")

    @property
    def text(self) -> str:
        """Canonical text, such as `erlotinib 1 uM`."""
        return self.agent if self.quantity is None else f"{self.agent} {self.quantity.text}"


@dataclass(frozen=True)
class GeneticPerturbation:
    """A knock-out, knock-down, over-expression or mutation of a gene.

    Parameters
    ----------
    kind : {"KO", "KD", "OE", "MUT"}
        What was done.
    gene : str
        HGNC symbol.
    variant : str or None
        Protein change, required for `MUT` and only there, such as ``T315I``.
    """

    kind: GeneticKind
    gene: str
    variant: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in GENETIC_KINDS:
            raise ValueError(
                f"a genetic perturbation is one of {', '.join(GENETIC_KINDS)}, not {self.kind!r}"
            )
        if not _GENE.match(self.gene):
            raise ValueError(f"{self.gene!r} is not a gene symbol")
        if (self.kind == "MUT") != (self.variant is not None):
            raise ValueError(f"{self.kind}:{self.gene}: a variant belongs to MUT, and to MUT only")
        if self.variant is not None and not _VARIANT.match(self.variant):
            raise ValueError(f"{self.variant!r} is not a protein change such as T315I")

    @property
    def text(self) -> str:
        """Canonical text, such as `KO:PTPN11` or `MUT:ABL1_T315I`."""
        name = f"{self.kind}:{self.gene}"
        return name if self.variant is None else f"{name}_{self.variant}"


Part = AgentDose | GeneticPerturbation


@dataclass(frozen=True)
class Condition:
    """What was done to a sample: any number of parts; none is the control.

    Parameters
    ----------
    parts : tuple of AgentDose and GeneticPerturbation
        In any order; kept in canonical order.

    Raises
    ------
    ValueError
        Where one agent, or one genetic perturbation, stands twice.

    Examples
    --------
    >>> Condition.parse("HGF 50 ng/mL + erlotinib 1000 nM").text
    'erlotinib 1 uM + HGF 50 ng/mL'
    """

    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.parts, key=lambda part: (part.text.casefold(), part.text)))
        keys = [part.agent if isinstance(part, AgentDose) else part.text for part in ordered]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice in one condition")
        object.__setattr__(self, "parts", ordered)

    @classmethod
    def control(cls) -> Condition:
        """The untreated condition."""
        return cls(())

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read a condition's text.

        Raises
        ------
        ValueError
            With a sentence saying what is wrong.
        """
        return _parse(text)

    @property
    def text(self) -> str:
        """Canonical text; `control` where nothing was done."""
        return " + ".join(part.text for part in self.parts) if self.parts else CONTROL

    @property
    def is_control(self) -> bool:
        """Whether nothing was done."""
        return not self.parts

    @property
    def doses(self) -> tuple[AgentDose, ...]:
        """The agents with their amounts."""
        return tuple(part for part in self.parts if isinstance(part, AgentDose))

    @property
    def agents(self) -> tuple[str, ...]:
        """Names of the agents."""
        return tuple(dose.agent for dose in self.doses)

    @property
    def genetic(self) -> tuple[GeneticPerturbation, ...]:
        """The genetic perturbations."""
        return tuple(part for part in self.parts if isinstance(part, GeneticPerturbation))

    def without(self, agent: str) -> Condition:
        """The same condition less one agent."""
        return Condition(
            tuple(part for part in self.parts if not (isinstance(part, AgentDose) and part.agent == agent))
        )

    def combined(self, other: Condition) -> Condition:
        """Both conditions at once."""
        return Condition(self.parts + other.parts)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65536)
def _parse(text: str) -> Condition:
    stripped = text.strip()
    if not stripped:
        raise ValueError("the condition is empty; write 'control' for the untreated one")
    if stripped == CONTROL:
        return Condition.control()
    return Condition(tuple(_parse_part(part) for part in _SEPARATOR.split(stripped)))


def _parse_part(text: str) -> Part:
    genetic = _GENETIC.match(text)
    if genetic:
        kind, rest = genetic.groups()
        if kind == "MUT":
            gene, _, variant = rest.partition("_")
            return GeneticPerturbation("MUT", gene, variant or None)
        return GeneticPerturbation(kind, rest)  # type: ignore[arg-type]
    agent, amount = _split_amount(text)
    if amount is None:
        return AgentDose(text)
    return AgentDose(agent, parse_quantity(amount))


def _split_amount(text: str) -> tuple[str, str | None]:
    """Agent and amount; an end that looks like an amount with a unit is one, known unit or not."""
    match = _AMOUNT_AT_END.match(text)
    if match is None:
        return text, None
    return match["agent"], match["amount"]
