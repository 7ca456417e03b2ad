"""Features of pairs of drugs, whose inner products are the kernels over pairs.

With K the kernel of drugs, the additive kernel K_ac + K_ad + K_bc + K_bd belongs to the features phi_a + phi_b,
and the product kernel K_ac K_bd + K_ad K_bc to the symmetric products of phi_a and phi_b. In features, 50,000
pairs of 300 drugs cost hundreds of columns instead of a matrix of 50,000 × 50,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kinescape.strategy.pair_ranking.pair_groups import groups_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCKS = (
    "level",
    "drugs",
    "classes",
    "class_pairs",
    "class_by_group",
    "drug_by_class",
    "rule",
    "samples",
)
"""Parts of the covariance of pairs: what all share, each drug, each class, each pair of classes, a class beside a
group of classes, a drug beside a class, the rule's slope, and the directions in which other samples differ."""


@dataclass(frozen=True)
class DrugClasses:
    """Target classes of drugs, as a padded table.

    Parameters
    ----------
    names : tuple of str
        The classes.
    member : (n_drugs, k) int array
        Position of each class of a drug in `names`; 0 where padded.
    weight : (n_drugs, k) float array
        1 / sqrt(classes of the drug), so that each drug has length 1; 0 where padded or unknown.
    """

    names: tuple[str, ...]
    member: Integers
    weight: Floats

    @classmethod
    def of(cls, classes: Sequence[Sequence[str]]) -> DrugClasses:
        """From the classes of each drug; an empty sequence is a drug of unknown target.

        Examples
        --------
        >>> DrugClasses.of([("RTK",), ()]).known.tolist()
        [True, False]
        """
        names = tuple(sorted({name for own in classes for name in own}))
        place = {name: number for number, name in enumerate(names)}
        width = max((len(own) for own in classes), default=0) or 1
        member = np.zeros((len(classes), width), dtype=np.int64)
        weight = np.zeros((len(classes), width))
        for drug, own in enumerate(classes):
            member[drug, : len(own)] = [place[name] for name in own]
            weight[drug, : len(own)] = 1 / np.sqrt(max(len(own), 1))
        return cls(names, member, weight)

    def grouped(self) -> DrugClasses:
        """The groups of each drug's classes, as a table of the same kind.

        Examples
        --------
        >>> DrugClasses.of([("RTK", "SRC-ABL"), ("PARP",)]).grouped().names
        ('DNA', 'signalling')
        """
        return DrugClasses.of(
            [
                groups_of(self.names[place] for place, size in zip(places, sizes, strict=True) if size > 0)
                for places, sizes in zip(self.member.tolist(), self.weight.tolist(), strict=True)
            ]
        )

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which drugs have a class."""
        result: NDArray[np.bool_] = self.weight.sum(axis=1) > 0
        return result

    @property
    def matrix(self) -> Floats:
        """(n_drugs, n_classes) weights."""
        table = np.zeros((self.member.shape[0], max(len(self.names), 1)))
        rows = np.repeat(np.arange(table.shape[0]), self.member.shape[1])
        np.add.at(table, (rows, self.member.ravel()), self.weight.ravel())
        return table


def pair_features(
    first: Integers,
    second: Integers,
    classes: DrugClasses,
    rule_score: Floats,
    *,
    drug_by_class: bool = True,
) -> dict[str, sparse.csr_matrix]:
    """Feature blocks of pairs, all but `samples`.

    Parameters
    ----------
    first, second : (n_pairs,) int arrays
        Positions of the drugs.
    classes : DrugClasses
    rule_score : (n_pairs,) array
        Score of the pair's rule, centred by the caller; 0 where no rule speaks.
    drug_by_class : bool
        Whether to make the block of drugs beside classes, the largest.

    Returns
    -------
    dict of str to (n_pairs, d) sparse matrix
        Keys are those of `BLOCKS`.

    Examples
    --------
    >>> import numpy as np
    >>> blocks = pair_features(np.array([0]), np.array([1]), DrugClasses.of([("A",), ("B",)]), np.zeros(1))
    >>> (blocks["drugs"] @ blocks["drugs"].T).toarray().tolist()
    [[2.0]]
    """
    n, n_drugs, n_classes = first.size, classes.member.shape[0], max(len(classes.names), 1)
    rows = np.arange(n)
    ones = np.ones(n)

    def block(entries: Sequence[tuple[Integers, Floats]], width: int) -> sparse.csr_matrix:
        columns = np.concatenate([column for column, _ in entries])
        values = np.concatenate([value for _, value in entries])
        made = sparse.csr_matrix((values, (np.tile(rows, len(entries)), columns)), shape=(n, width))
        made.sum_duplicates()
        made.eliminate_zeros()
        return made[:, np.diff(made.tocsc().indptr) > 0]

    width = classes.member.shape[1]
    of_class = [
        (classes.member[drug, k], classes.weight[drug, k]) for drug in (first, second) for k in range(width)
    ]
    products = []
    for i in range(width):
        for j in range(width):
            one, other = classes.member[first, i], classes.member[second, j]
            code = np.minimum(one, other) * n_classes + np.maximum(one, other)
            # (T + T')/sqrt 2 of T = phi_a phi_b', its two equal off-diagonal entries joined in one.
            size = (
                classes.weight[first, i] * classes.weight[second, j] * np.where(one == other, np.sqrt(2), 1.0)
            )
            products.append((code, size))
    blocks = {
        "level": sparse.csr_matrix(ones[:, None]),
        "drugs": block([(first, ones), (second, ones)], n_drugs),
        "classes": block(of_class, n_classes),
        "class_pairs": block(products, n_classes**2),
        "rule": sparse.csr_matrix(np.asarray(rule_score, dtype=np.float64)[:, None]),
    }
    groups = classes.grouped()
    n_groups = max(len(groups.names), 1)
    within = [
        (
            classes.member[drug, k] * n_groups + groups.member[partner, g],
            classes.weight[drug, k] * groups.weight[partner, g],
        )
        for drug, partner in ((first, second), (second, first))
        for k in range(width)
        for g in range(groups.member.shape[1])
    ]
    blocks["class_by_group"] = block(within, n_classes * n_groups)
    if drug_by_class:
        beside = [
            (drug * n_classes + classes.member[partner, k], classes.weight[partner, k])
            for drug, partner in ((first, second), (second, first))
            for k in range(width)
        ]
        blocks["drug_by_class"] = block(beside, n_drugs * n_classes)
    return blocks


def joined(blocks: Mapping[str, sparse.csr_matrix], variances: Mapping[str, float]) -> sparse.csr_matrix:
    """One feature matrix, each block scaled by the root of its variance."""
    used = [
        np.sqrt(variances[name]) * blocks[name]
        for name in BLOCKS
        if name in blocks and variances.get(name, 0) > 0
    ]
    n = next(iter(blocks.values())).shape[0]
    return sparse.hstack(used, format="csr") if used else sparse.csr_matrix((n, 0))
