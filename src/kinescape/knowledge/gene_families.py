"""Annotated gene families: their members, their names, and the class each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.delimited import Table, folded, shipped_table, split_list


@dataclass(frozen=True)
class Families:
    """Annotated gene families and their classes.

    Parameters
    ----------
    family_of : mapping of str to str
        Gene to family.
    class_of : mapping of str to str
        Gene to class.
    names : mapping of str to str
        Folded name or synonym of a family to the family.
    """

    family_of: Mapping[str, str]
    class_of: Mapping[str, str]
    names: Mapping[str, str]

    @cached_property
    def _members(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for gene, family in self.family_of.items():
            found.setdefault(family, []).append(gene)
        return {family: tuple(genes) for family, genes in found.items()}

    @cached_property
    def _genes(self) -> dict[str, str]:
        return {folded(gene): gene for gene in self.family_of}

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """All classes that the annotation knows, sorted."""
        return tuple(sorted(set(self.class_of.values())))

    def members(self, name: str) -> tuple[str, ...]:
        """The genes of a family (by any of its names), or the gene itself; empty for an unknown name."""
        gene = self._genes.get(folded(name))
        return (gene,) if gene is not None else self.named(name)

    def named(self, name: str) -> tuple[str, ...]:
        """The genes of the family of this name; empty where no family bears it."""
        family = self.names.get(folded(name))
        return () if family is None else self._members[family]

    def without(self, genes: Iterable[str]) -> Families:
        """The same annotation without some genes, to test what the network alone would say."""
        hidden = set(genes)
        kept = {gene: family for gene, family in self.family_of.items() if gene not in hidden}
        names = {name: family for name, family in self.names.items() if family in set(kept.values())}
        return Families(kept, {gene: self.class_of[gene] for gene in kept}, names)

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """The nearest genes and families to an unknown name."""
        return nearest(name, (*self.family_of, *self._members), n=n)


def families_from_table(table: Table, faults: Faults) -> Families:
    """Families of a table with the columns gene, family, class and family_synonyms."""
    family_of: dict[str, str] = {}
    class_of: dict[str, str] = {}
    names: dict[str, str] = {}
    for row in table.rows:
        gene, family, name = row["gene"], row["family"], row["class"]
        for column in ("gene", "family", "class"):
            if not row[column]:
                faults.add("cell-empty", "the cell is empty", file=table.file, row=row.line, column=column)
        if gene in family_of:
            faults.add(
                "gene-twice",
                f"{gene} is in '{family_of[gene]}' and in '{family}'",
                file=table.file,
                row=row.line,
                column="gene",
                mend="keep the family that tells its class",
            )
            continue
        family_of[gene], class_of[gene] = family, name
        for word in (family, *split_list(row["family_synonyms"])):
            owner = names.setdefault(folded(word), family)
            if owner != family:
                faults.add(
                    "family-name-shared",
                    f"'{word}' names both '{owner}' and '{family}'",
                    file=table.file,
                    row=row.line,
                )
    return Families(family_of, class_of, names)


@cache
def load_families() -> Families:
    """The families that the package ships.

    Examples
    --------
    >>> load_families().members("MEK1/2")
    ('MAP2K1', 'MAP2K2')
    """
    faults = Faults()
    table = shipped_table("families.tsv", faults, required=("gene", "family", "class", "family_synonyms"))
    families = families_from_table(table, faults) if table is not None else Families({}, {}, {})
    faults.raise_if_errors()
    return families


def members(name: str) -> tuple[str, ...]:
    """The genes of a family or complex by any of its names; a gene gives itself, an unknown name nothing.

    Examples
    --------
    >>> members("RAF"), members("MAPK1"), members("no such family")
    (('ARAF', 'BRAF', 'RAF1'), ('MAPK1',), ())
    """
    return load_families().members(name)
