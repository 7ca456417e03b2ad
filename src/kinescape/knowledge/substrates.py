"""Which kinase puts a phosphate on which residue, and which phosphatase takes it off again.

The package ships a table of such relations (``kinase_sites.tsv``), one fact a line with the paper that reports it;
any other network can be read in its place (layouts: `kinescape.knowledge.substrate_layouts`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from kinescape.foundation.issues import Fault, Faults

RELATION_SCHEMA: dict[str, pl.DataType] = {
    "enzyme": pl.String(),
    "substrate": pl.String(),
    "residue": pl.String(),
    "position": pl.Int64(),
    "sign": pl.Int64(),
    "weight": pl.Float64(),
    "effect": pl.Int64(),
    "references": pl.String(),
    "status": pl.String(),
    "window": pl.String(),
    "resource": pl.String(),
}
"""One enzyme on one site.

`enzyme` and `substrate` are HGNC symbols (or the names of the file that was read), `residue` S, T or Y, `position`
in the canonical human sequence, `sign` +1 where a kinase phosphorylates and -1 where a phosphatase removes the
phosphate, `weight` how much the relation counts (1 unless the file says), `effect` what the **phosphorylated** state
does to the substrate's activity (+1, -1; 0 unknown), `references` `PMID:1;PMID:2`, `status` `checked` or
`unreferenced`, `window` the fifteen residues about the site or null, `resource` where the relation was read.
"""


@dataclass(frozen=True)
class SiteRelations:
    """Kinases and phosphatases with the sites they act on.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of `RELATION_SCHEMA`, sorted by enzyme, substrate, position; no relation twice.
    name : str
        How reports call the table.
    notes : tuple of Fault
        What was decided while the table was read.

    Examples
    --------
    >>> relations = load_site_relations()
    >>> relations.of("CSK").filter(pl.col("substrate") == "SRC").select("residue", "position").rows()
    [('Y', 530)]
    """

    frame: pl.DataFrame
    name: str = "relations"
    notes: tuple[Fault, ...] = field(default=())

    def __len__(self) -> int:
        return self.frame.height

    @property
    def enzymes(self) -> tuple[str, ...]:
        """All the enzymes, sorted."""
        return tuple(sorted(self.frame["enzyme"].unique().to_list()))

    @property
    def kinases(self) -> tuple[str, ...]:
        """The enzymes that phosphorylate, sorted."""
        return tuple(sorted(self.frame.filter(pl.col("sign") > 0)["enzyme"].unique().to_list()))

    @property
    def phosphatases(self) -> tuple[str, ...]:
        """The enzymes that take phosphates off, sorted."""
        return tuple(sorted(self.frame.filter(pl.col("sign") < 0)["enzyme"].unique().to_list()))

    def of(self, enzyme: str) -> pl.DataFrame:
        """The relations of one enzyme."""
        return self.frame.filter(pl.col("enzyme") == enzyme)

    def on(self, substrate: str, residue: str | None = None, position: int | None = None) -> pl.DataFrame:
        """The relations on one protein, or on one of its sites."""
        found = self.frame.filter(pl.col("substrate") == substrate)
        if residue is not None:
            found = found.filter(pl.col("residue") == residue)
        return found if position is None else found.filter(pl.col("position") == position)

    def restricted(self, enzymes: Collection[str]) -> SiteRelations:
        """The same table with these enzymes alone."""
        kept = self.frame.filter(pl.col("enzyme").is_in(sorted(enzymes)))
        return SiteRelations(kept, self.name, self.notes)


def load_site_relations() -> SiteRelations:
    """The shipped relations of kinases and phosphatases with their sites, each with the paper that reports it.

    Returns
    -------
    SiteRelations
        How it was made: docs/methods/substrates.md.

    Examples
    --------
    >>> "PMID:" in load_site_relations().of("AKT1")["references"][0]
    True
    """
    return _shipped()


def read_site_relations(path: str | Path, *, name: str | None = None) -> SiteRelations:
    """Read relations of enzymes and sites from a file of the laboratory or of a database.

    Parameters
    ----------
    path : str or Path
        Tab or comma separated, gzipped or not. Three layouts are told apart by their header: `source`, `target`,
        `weight` with targets such as `GSK3B_S9` or `GSK3B_S9|GSK3B|S9` (a negative weight is a phosphatase);
        SIGNOR's `ENTITYA`, `ENTITYB`, `EFFECT` or `INTERACTION`, `MECHANISM`, `RESIDUE`; and the columns of the
        shipped table, `enzyme`, `substrate`, `residue`, `position`.
    name : str, optional
        How reports call the table; the file's name by default.

    Returns
    -------
    SiteRelations
        With notes on what was left out and merged.

    Raises
    ------
    InputError
        With all the faults of the file, each with its row and column.
    """
    from kinescape.knowledge.substrate_layouts import read_relations

    faults = Faults()
    frame = read_relations(Path(path), faults)
    faults.raise_if_errors()
    return SiteRelations(frame, name or Path(path).name, tuple(faults))


@cache
def _shipped() -> SiteRelations:
    from kinescape.knowledge.substrate_layouts import read_shipped

    faults = Faults()
    frame = read_shipped(faults)
    faults.raise_if_errors()
    return SiteRelations(frame, "kinescape's kinase and phosphatase sites", tuple(faults))
