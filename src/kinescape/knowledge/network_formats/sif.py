"""SIF, the simple interaction format: ``source sign target``, as Cytoscape, CellNOpt and DrugLogics write it.

Signs are read as ``1``/``-1``, as arrows (``->``, ``-|``, also reversed ``<-``, ``|-`` and mutual ``<->``,
``|-|``) or as words (``activates``, ``inhibits``); any other word is kept as the mechanism of an edge of
unknown direction. One line may name several targets, or a lone node.
"""

from __future__ import annotations

import re
from pathlib import Path

from kinescape.foundation.issues import Fault, Faults
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import read_text
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.evidence import assembled, losses, parse_sign

_ARROW = re.compile(r"^([<|]?)-+([>|]?)$")
_SIGN_OF_END = {"<": 1, ">": 1, "|": -1}


def read(path: Path, faults: Faults) -> Network | None:
    """Read a SIF file, parted by tabs where it has any, else by white space."""
    text = read_text(path, faults)
    if text is None:
        return None
    separator = "\t" if "\t" in text else None
    edges: list[Edge] = []
    isolated: list[str] = []
    words_seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split(separator) if cell.strip()]
        if len(cells) == 1:
            isolated.append(cells[0])
            continue
        if len(cells) == 2:
            faults.add(
                "sif-line",
                f"'{line.strip()}' has two parts",
                file=path,
                row=number,
                expected="source, interaction and one or more targets, or a lone node",
            )
            continue
        source, interaction, *targets = cells
        for target in targets:
            edges.extend(_edges(source, interaction, target, words_seen))
    for word, count in words_seen.items():
        faults.add(
            "sif-word",
            f"the interaction '{word}' ({count} edges) says no direction; kept as mechanism, sign unknown",
            file=path,
            severity="note",
        )
    return assembled(edges, faults, file=path, isolated=isolated)


def _edges(source: str, interaction: str, target: str, words_seen: dict[str, int]) -> list[Edge]:
    if match := _ARROW.match(interaction):
        left, right = match.groups()
        if interaction == "-":  # a bare minus sign, as some tables write inhibition
            return [Edge(source, target, -1)]
        found = []
        if right:
            found.append(Edge(source, target, _SIGN_OF_END[right]))
        if left:
            found.append(Edge(target, source, _SIGN_OF_END[left]))
        return found or [Edge(source, target, 0)]
    sign = parse_sign(interaction)
    if sign is None:
        words_seen[interaction] = words_seen.get(interaction, 0) + 1
        return [Edge(source, target, 0, mechanism=interaction)]
    return [Edge(source, target, sign)]


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write a tab separated SIF with ``1``, ``-1`` and ``0`` as signs; lone nodes on lines of their own."""
    lines = dict.fromkeys(f"{edge.source}\t{edge.sign}\t{edge.target}" for edge in network.edges)
    write_text(path, "".join(f"{line}\n" for line in (*lines, *network.isolated)))
    return losses(network, path, "SIF", {"unsigned", "isolated"})
