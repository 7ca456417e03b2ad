"""BNET, Boolean rules as BoolNet, bnet and PyBoolNet write them: ``target, (A | B) & !C``.

A rule tells who acts on whom, and with which sign: a literal that only stands positive activates, one that
only stands under ``!`` inhibits, one that stands both ways gives two edges. The logic itself (AND or OR) is
no part of a `Network`; on writing, the activators are joined by ``|`` and each inhibitor must be absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.evidence import assembled, losses

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z0-9_.:\-/']+)|(?P<mark>[!~&|()]))")
_WORDS = {"and": "&", "or": "|", "not": "!"}
_CONSTANTS = {"0", "1", "true", "false"}


def read(path: Path, faults: Faults) -> Network | None:
    """Read Boolean rules; a target that is its own rule (an input) becomes a lone node."""
    text = read_text(path, faults)
    if text is None:
        return None
    edges: list[Edge] = []
    nodes: list[str] = []
    joined = 0
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.split("#")[0].strip()
        if not plain or re.fullmatch(r"targets?\s*,\s*(factors?|functions?)", plain, re.IGNORECASE):
            continue
        target, comma, rule = (part.strip() for part in plain.partition(","))
        if not comma or not target or not rule:
            faults.add(
                "bnet-line", f"'{plain[:60]}' is no rule", file=path, row=number, expected="target, rule"
            )
            continue
        try:
            literals = list(dict.fromkeys(_literals(rule)))
        except RecursionError:
            faults.add("bnet-rule", f"the rule of {target} is nested too deeply", file=path, row=number)
            continue
        except ValueError as error:
            faults.add("bnet-rule", f"the rule of {target} {error}", file=path, row=number, column=target)
            continue
        nodes.extend((target, *(name for name, _ in literals)))
        joined += "&" in rule.replace(" and ", "&").replace(" AND ", "&")
        if literals != [(target, 1)]:
            edges.extend(Edge(name, target, sign) for name, sign in literals)
    if joined:
        faults.add(
            "bnet-logic",
            f"{joined} rules join their inputs by AND; a network keeps the signs, not the logic",
            file=path,
            severity="note",
        )
    return assembled(edges, faults, file=path, isolated=nodes)


def _literals(rule: str) -> Iterator[tuple[str, int]]:
    """Each name of a rule with the sign in which it stands there; raises ValueError with a sentence."""
    tokens = _tokens(rule)
    place = 0

    def expression(sign: int) -> Iterator[tuple[str, int]]:
        nonlocal place
        while True:
            yield from factor(sign)
            if place < len(tokens) and tokens[place] in "&|":
                place += 1
                continue
            return

    def factor(sign: int) -> Iterator[tuple[str, int]]:
        nonlocal place
        while place < len(tokens) and tokens[place] == "!":
            sign, place = -sign, place + 1
        if place >= len(tokens):
            raise ValueError("ends too early")
        token, place = tokens[place], place + 1
        if token == "(":
            yield from expression(sign)
            if place >= len(tokens) or tokens[place] != ")":
                raise ValueError("lacks a ')'")
            place += 1
        elif token in ")&|":
            raise ValueError(f"has '{token}' where a name should stand")
        elif token.lower() not in _CONSTANTS:
            yield token, sign

    yield from expression(1)
    if place < len(tokens):
        raise ValueError(f"has '{tokens[place]}' where '&' or '|' should stand")


def _tokens(rule: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while place < len(rule.rstrip()):
        match = _TOKEN.match(rule, place)
        if match is None:
            raise ValueError(f"has '{rule[place:].strip()[:1]}', which no rule can hold")
        token = match["name"] or match["mark"].replace("~", "!")
        tokens.append(_WORDS.get(token.lower(), token))
        place = match.end()
    return tokens


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write a rule for each node: ``(A | B) & !C``; a node without input stands for itself."""
    notes = list(losses(network, path, "BNET", {"isolated"}))
    alone = [edge for edge in network.edges if edge.source == edge.target and edge.sign > 0]
    if lost := [edge.source for edge in alone if network.predecessors(edge.source) == (edge.source,)]:
        found = f"a rule 'A, A' is an input, so the activation of {', '.join(lost[:5])} by itself is lost"
        notes.append(Fault("format-loses", found, file=str(path), severity="note"))
    spelt = {node: re.sub(r"[^A-Za-z0-9_]", "_", node) for node in network.nodes}
    renamed = {node: name for node, name in spelt.items() if node != name}
    if len(set(spelt.values())) < len(spelt):
        spelt = {node: f"{name}_{place}" for place, (node, name) in enumerate(sorted(spelt.items()))}
        renamed = spelt
    if renamed:
        shown = ", ".join(f"{node} as {name}" for node, name in list(renamed.items())[:5])
        found = f"BNET names hold letters, digits and _ only: {len(renamed)} nodes renamed ({shown})"
        notes.append(Fault("format-renames", found, file=str(path), severity="note"))
    if network.conflicts:
        found = f"{len(network.conflicts)} pairs with edges of both signs stand in their rule both ways"
        notes.append(Fault("bnet-conflicts", found, file=str(path), severity="warning"))
    lines = ["targets, factors"]
    for node in network.nodes:
        signed = network.edges_to(node)
        activators = sorted({spelt[edge.source] for edge in signed if edge.sign > 0})
        inhibitors = sorted({spelt[edge.source] for edge in signed if edge.sign < 0})
        parts = [" | ".join(activators)] if activators else []
        if len(activators) > 1 and inhibitors:
            parts = [f"({parts[0]})"]
        parts += [f"!{name}" for name in inhibitors]
        lines.append(f"{spelt[node]}, {' & '.join(parts) or spelt[node]}")
    write_text(path, "\n".join(lines) + "\n")
    return tuple(notes)
