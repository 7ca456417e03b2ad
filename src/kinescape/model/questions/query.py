"""A question to the model: what is blocked, pushed or held fixed, checked against network, agents and samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.measurements.conditions import GENETIC_KINDS, AgentDose, Condition, GeneticPerturbation
from kinescape.model.design import Design, Rows

if TYPE_CHECKING:
    from kinescape.model.fitted_model import FittedModel
    from kinescape.model.prior import Wiring

Part = AgentDose | GeneticPerturbation
_ACTS = {"KO": "KO", "KD": "KO", "OE": "OE"}
"""What a genetic perturbation counts as: a block or a push; a mutation may be either."""


@dataclass(frozen=True)
class Query:
    """What is done to the cells.

    Parameters
    ----------
    condition : Condition
        Knock-outs, over-expressions and agents, those given besides too.
    fixed : mapping of node to float
        Activities that nodes are held at.
    shares : mapping of agent to float
        Agents given at a share of their full action.
    own_target_sign : mapping of node to {1, -1}
        Direction of readouts on what is blocked, where known.
    blocked_nodes : frozenset of str
        Nodes that unmeasured parts of the condition block.
    """

    condition: Condition
    fixed: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    own_target_sign: Mapping[str, int] = field(default_factory=dict)
    blocked_nodes: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """The condition as tables show it; ``FIX:MAPK1=-1`` is a node held, ``0.5 x trametinib`` a share."""
        plain = [
            f"{self.shares[part.agent]:g} x {part.agent}"
            if isinstance(part, AgentDose) and part.agent in self.shares
            else part.text
            for part in self.condition.parts
        ]
        return " + ".join([*plain, *(f"FIX:{node}={value:g}" for node, value in sorted(self.fixed.items()))])

    @property
    def agents(self) -> set[str]:
        """Agents and genetic perturbations as designs name them; a fixed node has its knock-out's place."""
        return {_name(part) for part in self.condition.parts} | {f"KO:{node}" for node in self.fixed}

    @property
    def candidates(self) -> tuple[str, ...]:
        """The same, in a fixed order."""
        return tuple(sorted(self.agents))

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is left that could act."""
        return not self.condition.parts and not self.fixed

    def rows(self, design: Design, sample: str) -> Rows:
        """The condition in a sample, as one row; a fixed node is as unsure as a knock-out of it.

        An agent at full dose is the highest dose that was measured, so that such a condition is known as measured.
        """
        rows = design.rows_for(sample, [self.condition])
        dose = rows.dose.copy()
        for agent, share in self.shares.items():
            dose[0, design.agents.index(agent)] = share
        for node, value in self.fixed.items():
            dose[0, design.agents.index(f"KO:{node}")] = min(abs(value), 1.0)
        if not self.fixed and not self.shares:
            alike = np.flatnonzero((design.rows.dose == dose[0]).all(axis=1))
            if len(alike) == 0 or all(part.quantity is not None for part in self.condition.doses):
                return rows
            here = alike[design.rows.sample[alike] == rows.sample[0]]
            return replace(rows, condition=design.rows.condition[[*here, *alike][:1]])
        return replace(rows, dose=dose, condition=np.array([self.text], dtype=str))

    def given_dose(self, design: Design, dose: NDArray) -> NDArray[np.float64]:
        """Dose codes without the fixed nodes."""
        return self._with_fixed(design, dose, dict.fromkeys(self.fixed, 0.0))

    def linear_dose(self, design: Design, dose: NDArray) -> NDArray[np.float64]:
        """Dose codes in which a node held at v is -v times a knock-out."""
        return self._with_fixed(design, dose, {node: -value for node, value in self.fixed.items()})

    def _with_fixed(self, design: Design, dose: NDArray, codes: Mapping[str, float]) -> NDArray[np.float64]:
        changed = np.array(dose, dtype=np.float64)
        for node, code in codes.items():
            changed[:, design.agents.index(f"KO:{node}")] = code
        return changed

    def acting_in(self, sample: str, fitted: FittedModel) -> tuple[Query, str]:
        """What can act in a sample, and in words what cannot, since its targets are not expressed there."""
        silent = fitted.not_expressed.get(sample, frozenset())
        wiring = fitted.wiring
        if not silent or wiring is None:
            return self, ""
        dropped = {part for part in self.condition.parts if _is_silent(part, silent, wiring, fitted)}
        held = {node for node, value in self.fixed.items() if value < 0 and node in silent}
        kept = tuple(part for part in self.condition.parts if part not in dropped)
        acting = replace(
            self,
            condition=Condition(kept),
            fixed={node: value for node, value in self.fixed.items() if node not in held},
            shares={name: share for name, share in self.shares.items() if name in {_name(p) for p in kept}},
            blocked_nodes=self.blocked_nodes - silent,
        )
        return acting, ", ".join(sorted({_name(part) for part in dropped} | held))


def _name(part: Part) -> str:
    return part.agent if isinstance(part, AgentDose) else part.text


def _is_genetic(agent: str) -> bool:
    return ":" in agent and agent.partition(":")[0] in GENETIC_KINDS


def _is_silent(part: Part, silent: frozenset[str], wiring: Wiring, fitted: FittedModel) -> bool:
    """Whether an unmeasured part hits only what the sample does not express; a push brings its own gene."""
    name = _name(part)
    targets = {node: weight for node, weight in wiring.hits(name).items() if weight}
    return (
        bool(targets)
        and name not in measured_agents(fitted)
        and all(node in silent and weight < 0 for node, weight in targets.items())
    )


def measured_agents(fitted: FittedModel) -> frozenset[str]:
    """Agents that some row of some design holds."""
    return frozenset(
        agent
        for design in fitted.designs
        for agent, there in zip(design.agents, np.asarray((design.rows.dose > 0).any(axis=0)), strict=True)
        if there
    )


def read_query(
    fitted: FittedModel,
    block: tuple[str, ...],
    push: tuple[str, ...],
    fix: Mapping[str, float],
    given: Condition | str,
    own_target_sign: Mapping[str, int],
    samples: Sequence[str] | None,
    readouts: Sequence[str] | None,
) -> Query:
    """Check a question and tell all that is wrong with it at once.

    Raises
    ------
    InputError
        See `what_if`.
    """
    faults = Faults()
    wiring = fitted.wiring
    if wiring is None:
        faults.add(
            "network-missing", "the model was fitted without a network", mend="give fit_model a network"
        )
        raise InputError(faults.errors)
    reader = _Reader(fitted, wiring, faults)
    parts: list[Part] = []
    fixed: dict[str, float] = {}
    shares: dict[str, float] = {}
    for name in dict.fromkeys(block):
        parts.extend(reader.part(name, "KO", -1))
    for name in dict.fromkeys(push):
        parts.extend(reader.part(name, "OE", 1))
    for name, value in fix.items():
        reader.fixed(name, float(value), parts, fixed, shares)
    for first, second, words in (
        (block, push, "blocked and pushed"),
        (block, tuple(fix), "blocked and fixed"),
        (push, tuple(fix), "pushed and fixed"),
    ):
        for name in sorted(set(first) & set(second)):
            faults.add("contradiction", f"{name} is both {words}")
    if not block and not push and not fix:
        faults.add(
            "nothing-asked",
            "no node is blocked or pushed or held fixed",
            mend="name a node or an agent to block, push or fix",
        )
    for node, sign in own_target_sign.items():
        if sign not in (-1, 1):
            faults.add("sign", f"the sign on the own target {node} is {sign}", expected="1 or -1")
    around = reader.given(given)
    _known(faults, "sample", samples, fitted.samples)
    _known(faults, "readout", readouts, {name for design in fitted.designs for name in design.readouts})
    faults.raise_if_errors()
    try:
        condition = around.combined(Condition(tuple(parts)))
    except ValueError as error:
        raise InputError(Fault("contradiction", str(error))) from None
    hit = {
        node for part in condition.parts for node, weight in wiring.hits(_name(part)).items() if weight < 0
    }
    _check_signs(own_target_sign, hit, fitted)
    measured = measured_agents(fitted)
    blocked = {
        node
        for part in condition.parts
        if _name(part) not in measured
        for node, weight in wiring.hits(_name(part)).items()
        if weight < 0
    }
    return Query(condition, fixed, shares, own_target_sign, frozenset(blocked))


@dataclass(frozen=True)
class _Reader:
    """Tells nodes from agents, and collects what is neither."""

    model: FittedModel
    wiring: Wiring
    faults: Faults

    def part(self, name: str, kind: str, sign: int) -> list[Part]:
        """A node as a genetic perturbation, an agent as itself; a measured knock-down is the block of its gene."""
        if name in self.wiring.nodes:
            measured = {agent for design in self.model.designs for agent in design.agents}
            if kind == "KO" and f"KD:{name}" in measured and f"KO:{name}" not in measured:
                return [GeneticPerturbation("KD", name)]
            return [GeneticPerturbation("KO" if kind == "KO" else "OE", name)]
        agent = self.agent(name)
        if agent is not None and _is_genetic(agent):
            return self.perturbation(agent, kind)
        if agent is None:
            self.unknown(name)
            return []
        weights = [weight for weight in self.wiring.hits(agent).values() if weight]
        if weights and not any(weight * sign > 0 for weight in weights):
            does, ask = ("activates", "push") if sign < 0 else ("inhibits", "block")
            self.faults.add("contradiction", f"{agent} {does} its targets", mend=f"{ask} {agent} instead")
        return [AgentDose(agent, None)]

    def perturbation(self, text: str, kind: str) -> list[Part]:
        """A genetic perturbation that the study measured, asked for by its text, such as ``KD:EGFR``."""
        (part,) = Condition.parse(text).parts
        if _ACTS.get(part.text.partition(":")[0], kind) != kind:
            does, ask = ("raises", "push") if kind == "KO" else ("lowers", "block")
            self.faults.add("contradiction", f"{text} {does} its gene", mend=f"{ask} {text} instead")
        return [part]

    def fixed(
        self,
        name: str,
        value: float,
        parts: list[Part],
        fixed: dict[str, float],
        shares: dict[str, float],
    ) -> None:
        """A node with its activity, an agent with its share."""
        if not np.isfinite(value):
            self.faults.add("fixed-value", f"{name} cannot be held at {value}")
        elif name in self.wiring.nodes:
            fixed[name] = value
        else:
            agent = self.agent(name)
            if agent is None:
                self.unknown(name)
            elif _is_genetic(agent):
                self.faults.add(
                    "fixed-value",
                    f"{agent} is a genetic perturbation and cannot be given in part",
                    mend=f"block or push {agent}, or hold the node {agent.partition(':')[2]}",
                )
            elif not 0 <= value <= 1:
                self.faults.add(
                    "fixed-value",
                    f"{agent} is given at {value:g} of its full action",
                    expected="a share from 0 to 1",
                )
            elif value > 0:
                parts.append(AgentDose(agent, None))
                shares[agent] = value

    def agent(self, name: str) -> str | None:
        """The name that designs know an agent by."""
        measured = {agent for design in self.model.designs for agent in design.agents}
        if name in measured:
            return name
        known = None if self.model.agents is None else self.model.agents.get(name)
        if known is not None:
            return next((own for own in known.names if own in measured), known.name)
        return name if self.wiring.hits(name) and ":" not in name else None

    def given(self, given: Condition | str) -> Condition:
        """What is given besides."""
        try:
            condition = Condition.parse(given) if isinstance(given, str) else given
        except ValueError as error:
            self.faults.add("condition", f"'{given}': {error}")
            return Condition.control()
        for agent in condition.agents:
            if self.agent(agent) is not None:
                continue
            name, _, amount = agent.rpartition(" ")
            if name and self.agent(name) is not None and amount.replace(".", "", 1).isdecimal():
                self.faults.add(
                    "dose-without-unit",
                    f"the dose {amount} of {name} has no unit",
                    expected=f"such as '{name} {amount} uM'",
                )
            else:
                self.unknown(agent)
        for dose in condition.doses:
            families = self.families(dose.agent)
            if dose.quantity is not None and families and dose.quantity.family not in families:
                self.faults.add(
                    "dose-unit",
                    f"'{dose.text}' cannot be compared with the doses of this study",
                    expected=f"an amount like {self.doses_given(dose.agent)[0].text}",
                )
        return condition

    def families(self, agent: str) -> set[str]:
        """Kinds of units that the study gave an agent in."""
        return {dose.quantity.family for dose in self.doses_given(agent) if dose.quantity is not None}

    def doses_given(self, agent: str) -> list[AgentDose]:
        """Doses of an agent in the study, those that state an amount."""
        texts = {text for design in self.model.designs for text in design.rows.condition.tolist()}
        found = {dose for text in texts if agent in text for dose in Condition.parse(text).doses}
        own = [dose for dose in found if dose.agent == agent and dose.quantity is not None]
        return sorted(own, key=lambda dose: dose.text)

    def unknown(self, name: str) -> None:
        """Neither node nor agent: the nearest of both."""
        choices = [*self.wiring.nodes, *(agent for design in self.model.designs for agent in design.agents)]
        if self.model.agents is not None:
            choices.extend(agent.name for agent in self.model.agents)
        near = nearest(name, dict.fromkeys(choices))
        self.faults.add(
            "unknown-node",
            f"'{name}' is neither a node of the network nor a known agent",
            mend=f"nearest: {', '.join(near)}" if near else None,
        )


def _check_signs(signs: Mapping[str, int], hit: set[str], fitted: FittedModel) -> None:
    """Tell of signs that no answer would use: of what nothing blocks, or no readout is on."""
    read = {node for design in fitted.designs for nodes in design.readout_nodes for node in nodes}
    usable = f"one of {', '.join(sorted(hit & read))}" if hit & read else None
    faults = Faults()
    for node in sorted(signs):
        if node not in hit or node not in read:
            why = "which nothing here blocks" if node not in hit else "which no readout of this study is on"
            found = f"a sign was given for the own target {node}, {why}"
            faults.add("own-target", found, expected=usable)
    faults.raise_if_errors()


def _known(faults: Faults, what: str, asked: Sequence[str] | None, known: Iterable[str]) -> None:
    choices = tuple(sorted(known))
    for name in asked or ():
        if name not in choices:
            near = nearest(name, choices) or list(choices[:3])
            faults.add(
                f"unknown-{what}", f"'{name}' is no {what} of this study", mend=f"nearest: {', '.join(near)}"
            )
