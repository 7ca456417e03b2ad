"""Rules: which pairs of pathways synergise, from a table with a reason for each.

A drug belongs to the classes of its targets, so that a rule for RTK × RAS–ERK speaks of every drug of these
classes. Where the classes of two drugs meet in several rules, the one that says most (largest score without
its sign) counts. Two drugs of known classes that no rule joins score 0: nothing is expected of them. A drug
of unknown target has no score at all.

A rule of a class with itself speaks of two steps of one pathway (RAF and MEK). It counts only where each drug hits
something that the other does not: two drugs of the same target are one drug, of which nothing is expected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinescape.knowledge.agents import Agent


@dataclass(frozen=True)
class PathwayRule:
    """What is known of one pair of pathways.

    Parameters
    ----------
    class_a, class_b : str
        Target classes, in alphabetical order.
    score : float
        Positive: synergy is expected; negative: antagonism.
    why : str
        The reason in words.
    references : str
        Papers, or ``expert rule``.
    """

    class_a: str
    class_b: str
    score: float
    why: str
    references: str


@dataclass(frozen=True)
class PathwayRules:
    """The rules by their pair of classes."""

    by_pair: Mapping[tuple[str, str], PathwayRule]

    def between(
        self,
        classes_a: Iterable[str],
        classes_b: Iterable[str],
        *,
        targets_a: Collection[str] = (),
        targets_b: Collection[str] = (),
    ) -> PathwayRule | None:
        """The rule that says most about two drugs; None where no rule joins their classes.

        Parameters
        ----------
        classes_a, classes_b : iterable of str
            Target classes of each drug.
        targets_a, targets_b : collection of str
            Main targets of each drug (`target_genes`). Rules of a class with itself are left out without them.
        """
        second = tuple(classes_b)
        apart = two_steps(targets_a, targets_b)
        found = [
            self.by_pair[pair]
            for one in classes_a
            for other in second
            if (pair := _ordered(one, other)) in self.by_pair and (one != other or apart)
        ]
        return max(
            found, key=lambda rule: (abs(rule.score), rule.score, rule.class_a, rule.class_b), default=None
        )

    def __len__(self) -> int:
        return len(self.by_pair)


def two_steps(targets_a: Collection[str], targets_b: Collection[str]) -> bool:
    """Whether each of two drugs hits something that the other does not.

    Examples
    --------
    >>> two_steps({"BRAF"}, {"MAP2K1", "MAP2K2"}), two_steps({"MTOR"}, {"PIK3CA", "MTOR"}), two_steps((), {"MTOR"})
    (True, False, False)
    """
    one, other = frozenset(targets_a), frozenset(targets_b)
    return not (one <= other or other <= one)


def target_genes(agent: Agent | None) -> frozenset[str]:
    """Main targets of an agent, families as their members; empty where nothing is known.

    Examples
    --------
    >>> from kinescape.knowledge.agents import Agent, Target
    >>> sorted(target_genes(Agent("selumetinib", targets=(Target("MEK1/2", "inhibits"),))))
    ['MAP2K1', 'MAP2K2']
    """
    from kinescape.knowledge.families import main_targets, members

    if agent is None:
        return frozenset()
    return frozenset(
        gene for target in main_targets(agent) for gene in (members(target.gene) or (target.gene,))
    )


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


@cache
def load_pathway_rules() -> PathwayRules:
    """The rules that the package ships.

    Examples
    --------
    >>> len(load_pathway_rules()) > 10
    True
    """
    source = resources.files("kinescape.strategy").joinpath("tables", "pathway_pairs.tsv")
    lines = source.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    by_pair: dict[tuple[str, str], PathwayRule] = {}
    for line in lines[1:]:
        if not line.strip():
            continue
        cells = dict(zip(header, line.split("\t"), strict=False))
        pair = _ordered(cells["class_a"], cells["class_b"])
        by_pair[pair] = PathwayRule(
            *pair, float(cells["score"]), cells.get("why", ""), cells.get("references", "")
        )
    return PathwayRules(by_pair)
