"""The grammar of readout names: where the protein ends and the site begins.

`readings` gives every way in which a name can be taken, the plainest first, and knows no protein: whether
``pS6`` is phospho-S6 or a protein of that name is for the tables to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_RESIDUE = r"(?:Ser|Thr|Tyr|[STYsty])[-_ ]?\d{1,4}(?!\d)"
_MARK = r"(?:[pP][-_ ]?)"
# A number without its letter needs a separator before it, or the same digits could be cut in many ways.
_FURTHER = rf"(?:[\s/,_&+;-]+{_MARK}?(?:{_RESIDUE}|\d{{1,4}}(?!\d))|{_MARK}?{_RESIDUE})*"
_SITES = rf"{_MARK}?{_RESIDUE}{_FURTHER}"
_MARKED_SITES = rf"{_MARK}{_RESIDUE}{_FURTHER}"
_LONGEST_NAME = 200

# AKT (S473), AKT_pS473, ERK1/2 T202/Y204: a separator, then sites.
_SITES_AFTER = re.compile(rf"^(?P<name>.+?)[\s_\-:(\[]+(?P<sites>{_SITES})[)\]]*$")
# p-S6 S235/S236: the protein's own name looks like a site, so the sites begin later.
_SITES_LAST = re.compile(rf"^(?P<name>.+)[\s_\-:(\[]+(?P<sites>{_SITES})[)\]]*$")
# 4EBP1pS65: no separator, so the p is needed; STAT3 holds no site T3.
_SITES_JOINED = re.compile(rf"^(?P<name>.+?)(?P<sites>{_MARKED_SITES})[)\]]*$")
# pT202/Y204 ERK, phospho-(Ser473) AKT
_SITES_BEFORE = re.compile(
    rf"^(?:phospho(?:rylated)?[-_ ]*)?[(\[]?(?P<sites>{_SITES})[)\]]?[\s_\-]+(?P<name>.+)$", re.IGNORECASE
)
_PHOSPHO_BEFORE = re.compile(
    r"^(?:[Pp]hospho(?:rylated)?[-_ ]*|[pP][-_ ]+|p(?=[A-Z0-9]|c-?[A-Z]))(?P<name>.+)$"
)
_PHOSPHO_AFTER = re.compile(r"^(?P<name>.+?)[-_ (]+(?:phospho(?:rylated)?|p)\)?$", re.IGNORECASE)
_TOTAL = re.compile(
    r"^(?:total[-_ ]+|t-)(?P<before>.+)$"
    r"|^(?P<after>.+?)[-_ (]+(?:total|tot|protein|expression|abundance)\)?$",
    re.IGNORECASE,
)
# What array facilities add: DV: (MIDAS), -R-V (rabbit, validated), _Caution
_DRESSING = re.compile(r"(?:[-_](?:R|M|G)[-_](?:V|C|E|NA|QC|U))$|[-_]Caution$", re.IGNORECASE)
_LONG = {"ser": "S", "thr": "T", "tyr": "Y"}
# The letters before a number, when they name a residue: S, pTyr, phosphoSer, TY (185/187), andT; not His, AKT.
_RESIDUE_LAST = re.compile(
    r"^(?:.*(?i:p|phospho))?(?P<residue>(?i:Ser|Thr|Tyr|[STY]))$|^.*[a-z](?P<joined>Ser|Thr|Tyr|[STY])$"
    r"|^(?i:p?[STY]+)(?P<last>(?i:[STY]))$"
)
_OTHER_RESIDUES = frozenset({"ala", "arg", "asn", "asp", "cys", "gln", "glu", "gly", "his", "ile", "leu", "lys", "met",
                            "phe", "pro", "trp", "val"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take a readout's name.

    Parameters
    ----------
    name : str
        The part that names the protein or phenotype.
    residues : tuple of str
        Sites, such as ``("T202", "Y204")``.
    phospho : bool
        Whether the name says that it is phosphorylated.
    total : bool
        Whether the name says that it is the protein's amount.
    whole : bool
        Whether `name` is all that was written.
    """

    name: str
    residues: tuple[str, ...] = ()
    phospho: bool = False
    total: bool = False
    whole: bool = False


def residues_in(text: str) -> tuple[str, ...]:
    """The sites in a text: ``pT202/Y204`` → T202, Y204; ``Thr37/46`` → T37, T46.

    Only serine, threonine and tyrosine: ``His118`` and the numbers after it name no site.

    Examples
    --------
    >>> residues_in("pT37_pT46"), residues_in("S240/244"), residues_in("Ser473"), residues_in("His118")
    (('T37', 'T46'), ('S240', 'S244'), ('S473',), ())
    """
    found: list[str] = []
    letter = ""
    for match in re.finditer(r"(?P<letters>[A-Za-z]*)(?P<gap>[-_ ]?)(?P<number>\d{1,4})", text):
        letters = match["letters"]
        if named := _RESIDUE_LAST.match(letters):
            residue = named["residue"] or named["joined"] or named["last"]
            letter = _LONG.get(residue.lower(), residue.upper())
        elif letters.lower() not in ("", "p") and (not match["gap"] or letters.lower() in _OTHER_RESIDUES):
            # Another residue, or a protein's name: neither it nor what follows is of the letter before.
            letter = ""
        if letter:
            found.append(f"{letter}{int(match['number'])}")
    return tuple(dict.fromkeys(found))


def readings(text: str) -> Iterator[Reading]:
    """Every way in which a readout's name can be taken, the plainest first; 200 characters are read.

    Examples
    --------
    >>> [reading.name for reading in readings("pERK")]
    ['pERK', 'ERK']
    """
    name = " ".join(text[:_LONGEST_NAME].split())
    if name[:3].upper() == "DV:":
        name = name[3:].strip()
    yield Reading(name, whole=True)
    bare = _DRESSING.sub("", name)
    if bare != name:
        name = bare
        yield Reading(name, whole=True)
    if match := _TOTAL.match(name):
        yield Reading((match["before"] or match["after"]).strip(), total=True)
    for pattern in (_SITES_AFTER, _SITES_JOINED, _SITES_BEFORE, _SITES_LAST):
        if match := pattern.match(name):
            protein = match["name"].strip(" -_:(")
            residues = residues_in(match["sites"])
            yield Reading(protein, residues, phospho=True)
            for stripped in _without_phospho(protein):
                yield Reading(stripped, residues, phospho=True)
    for stripped in _without_phospho(name):
        yield Reading(stripped, phospho=True)


def _without_phospho(name: str) -> Iterator[str]:
    for pattern in (_PHOSPHO_BEFORE, _PHOSPHO_AFTER):
        if match := pattern.match(name):
            yield match["name"].strip(" -_:()")


def shared_stem(name: str) -> tuple[str, ...]:
    """The names that a slash joins: ``STAT5A/B`` → STAT5A, STAT5B; ``ERK1/ERK2`` → ERK1, ERK2.

    Examples
    --------
    >>> shared_stem("SMAD2/3"), shared_stem("GSK3A/B"), shared_stem("MEK")
    (('SMAD2', 'SMAD3'), ('GSK3A', 'GSK3B'), ('MEK',))
    """
    first, *others = (part.strip() for part in name.split("/"))
    if not others or not first or not all(others):
        return (name,)
    found = [first]
    for other in others:
        if other.isdigit():
            stem = first.rstrip("0123456789")
        elif len(other) == 1 and other.isalpha():
            stem = first[:-1]
        else:
            stem = ""
        found.append(stem + other)
    return tuple(found)
