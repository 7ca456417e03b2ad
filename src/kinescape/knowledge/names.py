"""What a readout measures: from an antibody's or a column's name to nodes, with the sign of the site.

``p-ERK1/2 T202/Y204``, ``pERK``, ``AKT_pS473``, ``4EBP1pS65``, ``phospho-AKT (S473)`` and plain or previous
gene symbols all resolve. A readout that rises when its node gets *less* active (GSK3 pS9, SRC pY527,
RB pS807) has sign -1. The shipped table is ``readouts.tsv``; a study's own table of the same layout goes
before it:

=========== ===========================================================================================
column      meaning
=========== ===========================================================================================
``alias``   names of the readout or the protein, several parted by ``;``; may be empty in a row of sites
``nodes``   nodes that it measures, several parted by ``;``
``residue`` sites such as ``S9`` (several parted by ``;``), or ``p`` for phosphorylated, site not named
``kind``    ``activating_site``, ``inhibiting_site``, ``site`` (effect open), ``abundance``, ``phenotype``
``sign``    1, -1 or 0; implied by the kind where it is empty
``note``
=========== ===========================================================================================

A row with neither residue nor kind says that the alias is another name of the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.delimited import Row, Table, folded, read_table, shipped_table, split_list
from kinescape.knowledge.gene_families import Families, load_families
from kinescape.knowledge.network import PHENOTYPES, Network, load_core_network
from kinescape.knowledge.readout_grammar import readings, residues_in, shared_stem

KIND_SIGNS: Mapping[str, int] = {
    "activating_site": 1,
    "inhibiting_site": -1,
    "site": 0,
    "abundance": 1,
    "phenotype": 1,
}
_COLUMNS = ("alias", "nodes", "residue", "kind", "sign", "note")
_ALIASES = {"pattern": "alias", "readout": "alias", "node": "nodes", "residues": "residue", "site": "residue"}
_SITE_KIND = {1: "activating_site", -1: "inhibiting_site", 0: "site"}


@dataclass(frozen=True, slots=True)
class ReadoutMeaning:
    """What a readout measures.

    Parameters
    ----------
    nodes : tuple of str
        One or several nodes, in the order of the table.
    kind : {"activating_site", "inhibiting_site", "site", "abundance", "phenotype"}
        ``site`` where the effect of the site is not known.
    sign : {1, -1, 0}
        Whether the node is more active where the readout is higher; 0 where that is not known.
    residues : tuple of str
        The sites that the name gives.
    note : str
        Why, where there is more to say.
    """

    nodes: tuple[str, ...]
    kind: str
    sign: int
    residues: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ReadoutTable:
    """Readout names and what they measure; case, dashes, spaces and Greek letters do not count.

    Parameters
    ----------
    proteins : mapping of str to tuple of str
        Folded name to nodes.
    wholes : mapping of str to ReadoutMeaning
        Folded full readout names with a meaning of their own.
    sites : mapping of (str, str) to int
        Node and residue (``p`` for any) to the sign of the site.
    spellings : tuple of str
        Names as the tables spell them, for the nearest one.
    families : Families
        Where family names expand to members.
    """

    proteins: Mapping[str, tuple[str, ...]]
    wholes: Mapping[str, ReadoutMeaning]
    sites: Mapping[tuple[str, str], int]
    spellings: tuple[str, ...]
    families: Families

    def resolve(self, text: str, *, phospho: bool = False) -> ReadoutMeaning | None:
        """What a readout measures, or None where its name is not understood.

        Parameters
        ----------
        text : str
            The name as the laboratory writes it.
        phospho : bool
            True where the assay measures phosphorylation only, so that a bare protein name means its
            phospho-form; by default it means the protein's amount.

        Examples
        --------
        >>> table = load_readouts()
        >>> table.resolve("p-ERK1/2 T202/Y204").nodes
        ('MAPK1', 'MAPK3')
        >>> table.resolve("SRCpY527").sign
        -1
        """
        for reading in readings(text):
            if reading.whole:
                known = self.wholes.get(folded(reading.name))
                if known is not None:
                    return known
            nodes = self.nodes(reading.name)
            if not nodes:
                continue
            if all(node in PHENOTYPES for node in nodes):
                return ReadoutMeaning(nodes, "phenotype", 1)
            if reading.total or not (reading.phospho or reading.residues or phospho):
                return ReadoutMeaning(nodes, "abundance", 1)
            return self._site(nodes, reading.residues)
        return None

    def nodes(self, name: str) -> tuple[str, ...]:
        """The nodes of a protein name, symbol, previous symbol or family; empty for an unknown one.

        Examples
        --------
        >>> load_readouts().nodes("LKB1"), load_readouts().nodes("MEK1/2")
        (('STK11',), ('MAP2K1', 'MAP2K2'))
        """
        word = folded(name)
        if not word:
            return ()
        found = self.proteins.get(word) or self.families.members(name)
        if found:
            return found
        # ERK1/ERK2, STAT5A/B, SMAD2/3: each part is a name, with the stem of the first where it lacks one.
        parts = shared_stem(name)
        each = [self.nodes(part) for part in parts] if len(parts) > 1 else []
        if each and all(each):
            return tuple(dict.fromkeys(node for nodes in each for node in nodes))
        return ()

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """Known names with the nearest spelling to one that is not understood."""
        found: dict[str, None] = {}
        for reading in readings(text):
            found.update(dict.fromkeys(nearest(reading.name, self._choices, n=n)))
        return list(found)[:n]

    @cached_property
    def _choices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.spellings, *self.families.family_of)))

    def _site(self, nodes: tuple[str, ...], residues: tuple[str, ...]) -> ReadoutMeaning:
        asked = residues or ("p",)
        signs = {
            self.sites[node, residue] for node in nodes for residue in asked if (node, residue) in self.sites
        }
        note = "" if residues else "phosphorylated, site not named"
        if not signs and not residues:
            signs = {sign for (node, _), sign in self.sites.items() if node in nodes}
            note = "site not named; by the known sites of the protein"
        if not signs:
            note = "the effect of this site is not in the tables"
        elif len(signs) > 1:
            note = "sites of different effect"
        sign = signs.pop() if len(signs) == 1 else 0
        return ReadoutMeaning(nodes, _SITE_KIND[sign], sign, residues, note)


def load_readouts(extra: str | Path | None = None, network: Network | None = None) -> ReadoutTable:
    """The shipped readout names, a study's own before them.

    Parameters
    ----------
    extra : path, optional
        A table of the layout at the head of this module.
    network : Network, optional
        A network whose nodes are names too, and whose edges tell the signs of further sites; the core network
        where it is left out.

    Raises
    ------
    InputError
        With all the faults of the file.
    """
    if extra is None and network is None:
        return _shipped()
    faults = Faults()
    tables = [_shipped_rows()]
    if extra is not None:
        table = read_table(extra, faults, required=("nodes",), known=_COLUMNS, aliases=_ALIASES)
        tables = [table, *tables] if table is not None else tables
    found = readouts_from_tables(tables, network or load_core_network(), load_families(), faults)
    faults.raise_if_errors()
    return found


@cache
def _shipped_rows() -> Table:
    faults = Faults()
    table = shipped_table("readouts.tsv", faults, required=_COLUMNS)
    faults.raise_if_errors()
    return table if table is not None else Table("readouts.tsv", _COLUMNS, ())


@cache
def _shipped() -> ReadoutTable:
    faults = Faults()
    found = readouts_from_tables([_shipped_rows()], load_core_network(), load_families(), faults)
    faults.raise_if_errors()
    return found


def readouts_from_tables(
    tables: Iterable[Table], network: Network, families: Families, faults: Faults
) -> ReadoutTable:
    """Join tables of readouts, the first going before the others; faults are collected, not raised."""
    proteins: dict[str, tuple[str, ...]] = {}
    wholes: dict[str, ReadoutMeaning] = {}
    sites: dict[tuple[str, str], int] = {}
    spellings: dict[str, None] = {}
    for table in tables:
        own: dict[str, tuple[str, ...]] = {}
        for row in table.rows:
            nodes = split_list(row["nodes"])
            kind, sign = _kind_and_sign(row, table.file, faults)
            if not nodes:
                faults.add("nodes-missing", "no node is named", file=table.file, row=row.line, column="nodes")
                continue
            aliases = split_list(row["alias"])
            spellings.update(dict.fromkeys(aliases))
            residues = _residues(row, table.file, faults)
            if not kind:
                _add_protein_names(aliases, nodes, own, row, table.file, faults)
                continue
            meaning = ReadoutMeaning(nodes, kind, sign, tuple(r for r in residues if r != "p"), row["note"])
            for alias in aliases:
                if folded(alias) not in own:
                    wholes.setdefault(folded(alias), meaning)
            if not aliases:
                for node in nodes:
                    for residue in residues:
                        sites.setdefault((node, residue), sign)
        for word, nodes in own.items():
            if word not in wholes:
                proteins.setdefault(word, nodes)
    for node in (*network.nodes, *sorted({node for node, _ in sites})):
        proteins.setdefault(folded(node), (node,))
    for phenotype in PHENOTYPES:
        proteins.setdefault(folded(phenotype), (phenotype,))
    for (node, residue), sign in _sites_of(network).items():
        sites.setdefault((node, residue), sign)
    return ReadoutTable(proteins, wholes, sites, (*spellings, *network.nodes), families)


def _add_protein_names(
    aliases: Iterable[str],
    nodes: tuple[str, ...],
    own: dict[str, tuple[str, ...]],
    row: Row,
    file: str,
    faults: Faults,
) -> None:
    for alias in aliases:
        known = own.setdefault(folded(alias), nodes)
        if known != nodes:
            faults.add(
                "alias-shared",
                f"'{alias}' names both {', '.join(known)} and {', '.join(nodes)}",
                file=file,
                row=row.line,
                column="alias",
                mend="keep it in one row, or name all nodes there",
            )


def _residues(row: Row, file: str, faults: Faults) -> tuple[str, ...]:
    cells = split_list(row["residue"])
    found: list[str] = []
    for cell in cells:
        parsed = ("p",) if cell.lower() == "p" else residues_in(cell)
        if not parsed:
            faults.add(
                "residue-shape",
                f"'{cell}' is no site",
                file=file,
                row=row.line,
                column="residue",
                expected="S, T or Y and a number, such as S473, or p",
            )
        found.extend(parsed)
    return tuple(found)


def _kind_and_sign(row: Row, file: str, faults: Faults) -> tuple[str, int]:
    kind = row["kind"].lower().replace(" ", "_")
    if not kind and not row["residue"] and not row["sign"]:
        return "", 0
    kind = kind or "site"
    if kind not in KIND_SIGNS:
        near = nearest(kind, KIND_SIGNS, n=1)
        faults.add(
            "kind-unknown",
            f"'{row['kind']}' is no kind of readout",
            file=file,
            row=row.line,
            column="kind",
            expected=", ".join(KIND_SIGNS),
            mend=f"did you mean '{near[0]}'?" if near else None,
        )
        return "site", 0
    signs = {"": KIND_SIGNS[kind], "1": 1, "+1": 1, "+": 1, "-1": -1, "-": -1, "0": 0}
    sign = signs.get(row["sign"])
    if sign is None or (kind.endswith("ing_site") and sign != KIND_SIGNS[kind]):
        faults.add(
            "sign-unknown",
            f"the sign '{row['sign']}' does not go with {kind}",
            file=file,
            row=row.line,
            column="sign",
            expected=f"{KIND_SIGNS[kind]}, or nothing",
        )
        return kind, KIND_SIGNS[kind]
    return kind, sign


def _sites_of(network: Network) -> dict[tuple[str, str], int]:
    """What phosphorylation and dephosphorylation edges say of a site; 0 where they disagree."""
    signs: dict[tuple[str, str], set[int]] = {}
    for edge in network.edges:
        if not edge.residue or edge.sign == 0:
            continue
        if edge.mechanism == "phosphorylation":
            effect = edge.sign
        elif edge.mechanism == "dephosphorylation":
            effect = -edge.sign
        else:
            continue
        for residue in residues_in(edge.residue):
            signs.setdefault((edge.target, residue), set()).add(effect)
    return {site: found.pop() if len(found) == 1 else 0 for site, found in signs.items()}
