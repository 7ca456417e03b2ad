"""Documented escapes and growth effectors: the small tables behind the escape ranking.

``documented_escapes.tsv`` holds what papers report: a change of a gene gave resistance to a drug against a
target. Groups of the split `development` fitted the weights and serve as precedents; those of `evaluation` are
shown as documented, and no ranking ever rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class DocumentedEscape:
    """One documented pair.

    Parameters
    ----------
    group : str
        Target group.
    targets : tuple of str
        What the drug blocked.
    gene : str
        The escape gene.
    direction : {"gain", "loss"}
    title, year : str
        Of the paper; empty where none was looked up.
    reference : str
        ``doi:10...`` or ``PMID:...``; empty where it was not looked up.
    status : {"referenced", "unreferenced"}
    split : {"development", "evaluation"}
    """

    group: str
    targets: tuple[str, ...]
    gene: str
    direction: str
    title: str
    year: str
    reference: str
    status: str
    split: str

    @property
    def citation(self) -> str:
        """The paper in one line; `unreferenced` where none was looked up."""
        return f"{self.title} ({self.year}; {self.reference})" if self.reference else "unreferenced"


@dataclass(frozen=True)
class DocumentedGroup:
    """The escapes from one target group: genes with their direction (+1 gain, −1 loss)."""

    name: str
    targets: tuple[str, ...]
    genes: Mapping[str, int]


def rows_of(table: str) -> list[dict[str, str]]:
    """Rows of one of the package's strategy tables."""
    source = resources.files("kinescape.strategy").joinpath("tables", table)
    lines = source.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:] if line]


@cache
def documented_escapes() -> tuple[DocumentedEscape, ...]:
    """All the documented pairs that the package ships."""
    return tuple(
        DocumentedEscape(**(row | {"targets": tuple(row["targets"].split(";"))}))  # type: ignore[arg-type]
        for row in rows_of("documented_escapes.tsv")
    )


def grouped(escapes: tuple[DocumentedEscape, ...]) -> tuple[DocumentedGroup, ...]:
    """Pairs by target group, in the order of their first row."""
    groups: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {}
    for pair in escapes:
        _, genes = groups.setdefault(pair.group, (pair.targets, {}))
        genes[pair.gene] = 1 if pair.direction == "gain" else -1
    return tuple(DocumentedGroup(name, targets, genes) for name, (targets, genes) in groups.items())


@cache
def precedents() -> tuple[DocumentedGroup, ...]:
    """The development groups: what the ranking may know."""
    return grouped(tuple(pair for pair in documented_escapes() if pair.split == "development"))


@cache
def growth_effectors() -> Mapping[str, int]:
    """Nodes whose activity is growth (+1) or holds it back (−1)."""
    return {row["gene"]: int(row["sign"]) for row in rows_of("growth_effectors.tsv")}
