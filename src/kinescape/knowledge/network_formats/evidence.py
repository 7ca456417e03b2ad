"""What the formats share: how a sign and a paper are spelt, and what a reader says about a network."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.network import Edge, Network, merge_duplicates

_SIGN_WORDS = {
    1: """1 +1 + 1.0 -> --> → activates activation activate stimulates stimulation stimulate increases induces
       up up-regulates upregulates positive pos act""",
    -1: """-1 - -1.0 −1 -| --| ⊣ inhibits inhibition inhibit suppresses represses repression decreases
       down down-regulates downregulates negative neg inh""",
    0: "0 0.0 ? unknown na n/a nan none unsigned binds -- ⋯",
}
_SIGNS = {word: sign for sign, words in _SIGN_WORDS.items() for word in words.split()} | {"": 0}

_PUBMED = re.compile(r"^(?:#?\s*(?:pmid|pubmed|pm)\s*[:=]?\s*)?(\d{1,9})$", re.IGNORECASE)
_PMC = re.compile(r"^(?:pmcid\s*:\s*)?(PMC\d{3,9})$", re.IGNORECASE)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi\s*:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)


def parse_sign(text: str) -> int | None:
    """The sign that a cell spells: 1, -1, 0 for unknown; None where it is no sign at all.

    Examples
    --------
    >>> parse_sign("inhibits"), parse_sign("->"), parse_sign(""), parse_sign("banana")
    (-1, 1, 0, None)
    """
    return _SIGNS.get(text.strip().casefold())


def sign_of_weight(text: str) -> int | None:
    """The sign of a number; None where it is none.

    Examples
    --------
    >>> sign_of_weight("-0.7"), sign_of_weight("0"), sign_of_weight("nan")
    (-1, 0, None)
    """
    try:
        number = float(text)
    except ValueError:
        return None
    return None if number != number else (number > 0) - (number < 0)


def parse_reference(text: str) -> str | None:
    """A paper in the one spelling: ``PMID:123``, ``PMC123`` or ``doi:10.…``; None where it is none of them.

    Examples
    --------
    >>> parse_reference("pubmed: 15680327"), parse_reference("see Smith")
    ('PMID:15680327', None)
    """
    word = text.strip()
    if match := _PUBMED.match(word):
        return f"PMID:{int(match[1])}" if int(match[1]) else None
    if match := _PMC.match(word):
        return match[1].upper()
    if match := _DOI.match(word):
        return f"doi:{match[1]}"
    return None


def parse_references(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The papers in a cell that holds several, and the pieces that are none."""
    cell = re.sub(r"(?i)#?(pmid|pubmed|doi)\s*:\s*", r"\1:", text.replace("'", ""))
    good: list[str] = []
    bad: list[str] = []
    for piece in re.split(r"[;|,\s]+", cell):
        if piece in ("", "PMID:", "pmid:"):
            continue
        reference = parse_reference(piece)
        (bad if reference is None else good).append(piece if reference is None else reference)
    return tuple(dict.fromkeys(good)), tuple(bad)


def assembled(
    edges: Iterable[Edge],
    faults: Faults,
    *,
    file: str | Path,
    isolated: Iterable[str] = (),
    name: str = "network",
    licence: str = "",
) -> Network:
    """The network of the edges that a reader found, with notes on duplicates, conflicts and unknown signs."""
    kept, merged = merge_duplicates(edges)
    network = Network(kept, name, licence, isolated)
    for node in network.nodes:
        if not node.isprintable():
            found = f"the node name {node!r} holds characters that cannot be printed"
            faults.add("node-unprintable", found, file=file, mend="write the name anew")
    if not kept:
        faults.add("network-empty", "this network has no edges", file=file, severity="warning")
    if merged:
        faults.add(
            "edges-merged",
            f"{_count(merged, 'duplicate edge')} merged into the first of the relation, references joined",
            file=file,
            severity="note",
        )
    if unsigned := len(network.unsigned):
        faults.add(
            "edges-unsigned",
            f"{_count(unsigned, 'edge')} of {len(kept)} without a sign, kept with direction unknown",
            file=file,
            severity="note",
        )
    if network.conflicts:
        shown = ", ".join(f"{source}–{target}" for source, target in network.conflicts[:5])
        more = len(network.conflicts) - 5
        faults.add(
            "edges-conflict",
            f"{_count(len(network.conflicts), 'pair')} of nodes with edges of both signs, all kept: {shown}"
            + (f" and {more} more" if more > 0 else ""),
            file=file,
            severity="warning",
        )
    if loops := sum(edge.source == edge.target for edge in kept):
        faults.add("self-loops", f"{_count(loops, 'edge')} from a node to itself", file=file, severity="note")
    return network


_FIELDS = {
    "mechanism": "mechanism",
    "residue": "residue",
    "references": "references",
    "resource": "resource",
    "status": "checking status",
    "pathway": "pathway",
    "note": "note",
}


def losses(
    network: Network, path: str | Path, format_name: str, carries: Collection[str]
) -> tuple[Fault, ...]:
    """What of this network a format drops, counted, as notes.

    Parameters
    ----------
    network : Network
    path : path
    format_name : str
        As a reader of the note knows it.
    carries : collection of str
        Among ``unsigned``, ``parallel``, ``isolated``, ``name``, ``licence`` and the fields of `Edge`.
    """
    lost: list[str] = []
    for name, words in _FIELDS.items():
        if name in carries:
            continue
        if name == "status":
            # A missing status is read back as what the references imply; only other values are lost.
            implied = ("unreferenced", "unchecked")
            count = sum(edge.status != implied[bool(edge.references)] for edge in network.edges)
        else:
            count = sum(bool(getattr(edge, name)) for edge in network.edges)
        if count:
            lost.append(f"the {words} of {_count(count, 'edge')}")
    if "unsigned" not in carries and network.unsigned:
        lost.append(f"{_count(len(network.unsigned), 'edge')} of unknown direction")
    if "parallel" not in carries:
        distinct = {(edge.source, edge.target, edge.sign) for edge in network.edges}
        parallel = len(network.edges) - len(distinct)
        if parallel:
            lost.append(
                f"{_count(parallel, 'edge')} that differ from another in mechanism, site or papers only"
            )
    if "isolated" not in carries and network.isolated:
        lost.append(_count(len(network.isolated), "node") + " without edges")
    if "licence" not in carries and network.licence:
        lost.append(f"the licence ({network.licence})")
    if not lost:
        return ()
    sentence = f"{format_name} cannot carry {', '.join(lost)}"
    return (Fault("format-loses", sentence, file=str(path), severity="note"),)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
