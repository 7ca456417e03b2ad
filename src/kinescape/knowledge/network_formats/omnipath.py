"""OmniPath's web-service tables: interactions (``genesymbols=1``) and enzyme–substrate relations.

Interactions keep OmniPath's consensus sign; where it states both directions, both edges are kept. An
enzyme–substrate row says which site is changed and not what that does, so its sign is 0. Rows of other
organisms are left out and counted. Complexes keep the name ``COMPLEX:A_B``; `kinescape.knowledge.expansion`
expands them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, Table, read_table, split_list
from kinescape.knowledge.network import Edge, Network
from kinescape.knowledge.network_formats.evidence import assembled, parse_reference

LICENCE = "per resource, as OmniPath's licence table states; some forbid commercial use"
_TRUE = {"1", "true", "t", "yes"}
_MECHANISMS = {
    "transcriptional": "transcription",
    "post_transcriptional": "translational repression",
    "mirna_transcriptional": "transcription",
    "lncrna_post_transcriptional": "post-transcriptional",
}


def read(path: Path, faults: Faults) -> Network | None:
    """Read an OmniPath interaction or enzyme–substrate table, told apart by the header."""
    table = read_table(path, faults)
    if table is None:
        return None
    sites = "enzyme_genesymbol" in table.columns
    required = (
        ("enzyme_genesymbol", "substrate_genesymbol")
        if sites
        else (
            "source_genesymbol",
            "target_genesymbol",
            "is_stimulation",
            "is_inhibition",
        )
    )
    lacking = [column for column in required if column not in table.columns]
    if lacking:
        faults.add(
            "column-missing",
            f"the column '{lacking[0]}' is missing",
            file=path,
            row=1,
            expected=", ".join(required),
            mend="ask OmniPath's web service with genesymbols=1",
        )
        return None
    edges = _sites(table, faults) if sites else _interactions(table, faults)
    return assembled(edges, faults, file=path, licence=LICENCE)


def _interactions(table: Table, faults: Faults) -> list[Edge]:
    edges: list[Edge] = []
    foreign: Counter[str] = Counter()
    undirected = 0
    for row in table.rows:
        if (taxon := _foreign(row, ("ncbi_tax_id_source", "ncbi_tax_id_target"))) is not None:
            foreign[taxon] += 1
            continue
        undirected += row["is_directed"].lower() in ("0", "false", "f")
        ends = _ends(row, "source_genesymbol", "target_genesymbol", table.file, faults)
        if ends is None:
            continue
        references = _references(row)
        kind = row["type"].lower()
        edges.extend(
            Edge(
                *ends,
                sign,
                _MECHANISMS.get(kind, "" if kind in ("", "post_translational") else kind.replace("_", " ")),
                None,
                references,
                row["sources"],
                "unchecked" if references else "unreferenced",
            )
            for sign in _signs(row)
        )
    _tell_foreign(foreign, table.file, faults)
    if undirected:
        faults.add(
            "edges-undirected",
            f"{undirected:,} rows without a direction, kept from source to target",
            file=table.file,
            severity="note",
        )
    return edges


def _sites(table: Table, faults: Faults) -> list[Edge]:
    edges: list[Edge] = []
    foreign: Counter[str] = Counter()
    for row in table.rows:
        if (taxon := _foreign(row, ("ncbi_tax_id",))) is not None:
            foreign[taxon] += 1
            continue
        ends = _ends(row, "enzyme_genesymbol", "substrate_genesymbol", table.file, faults)
        if ends is None:
            continue
        site = f"{row['residue_type']}{row['residue_offset']}" or None
        references = _references(row)
        edges.append(
            Edge(
                *ends,
                0,
                row["modification"].lower(),
                site,
                references,
                row["sources"],
                "unchecked" if references else "unreferenced",
            )
        )
    _tell_foreign(foreign, table.file, faults)
    return edges


def _ends(row: Row, first: str, second: str, file: str, faults: Faults) -> tuple[str, str] | None:
    for column in (first, second):
        if not row[column]:
            faults.add("node-missing", "the cell is empty", file=file, row=row.line, column=column)
            return None
    return row[first], row[second]


def _signs(row: Row) -> tuple[int, ...]:
    for stimulation, inhibition in (
        ("consensus_stimulation", "consensus_inhibition"),
        ("is_stimulation", "is_inhibition"),
    ):
        found = (row[stimulation].lower() in _TRUE, row[inhibition].lower() in _TRUE)
        if any(found):
            return tuple(sign for sign, stated in zip((1, -1), found, strict=True) if stated)
    return (0,)


def _references(row: Row) -> tuple[str, ...]:
    # "SIGNOR:20679355" names the resource before the PubMed identifier.
    found = (parse_reference(part.rpartition(":")[2]) for part in split_list(row["references"]))
    return tuple(dict.fromkeys(reference for reference in found if reference is not None))


def _foreign(row: Row, columns: tuple[str, ...]) -> str | None:
    return next((row[column] for column in columns if row[column] not in ("", "9606", "0", "-1")), None)


def _tell_foreign(foreign: Counter[str], file: str, faults: Faults) -> None:
    if foreign:
        taxa = ", ".join(f"{taxon} ({count})" for taxon, count in foreign.most_common(5))
        found = f"{foreign.total():,} rows of other organisms left out: {taxa}"
        faults.add("rows-other-organism", found, file=file, severity="note")
