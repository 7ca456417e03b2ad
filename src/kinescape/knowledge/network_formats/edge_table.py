"""The edge table (TSV or CSV): one edge a row, with all that an `Edge` knows. The format to prefer."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.foundation.writing import write_text
from kinescape.knowledge.delimited import Row, read_table, read_text
from kinescape.knowledge.network import STATUSES, Edge, Network
from kinescape.knowledge.network_formats.evidence import (
    assembled,
    losses,
    parse_references,
    parse_sign,
    sign_of_weight,
)

COLUMNS = (
    "source",
    "target",
    "sign",
    "mechanism",
    "residue",
    "references",
    "resource",
    "status",
    "pathway",
    "note",
)
ALIASES = {
    "from": "source",
    "source_node": "source",
    "regulator": "source",
    "to": "target",
    "target_node": "target",
    "effect": "sign",
    "interaction": "sign",
    "mor": "weight",
    "mode": "sign",
    "type": "mechanism",
    "site": "residue",
    "reference": "references",
    "pmid": "references",
    "pmids": "references",
    "pubmed": "references",
    "citation": "references",
    "database": "resource",
    "resources": "resource",
    "sources": "resource",
    "module": "pathway",
    "notes": "note",
    "comment": "note",
}


def read(path: Path, faults: Faults) -> Network | None:
    """Read an edge table; the header names its columns, ``source`` and ``target`` at least."""
    text = read_text(path, faults)
    return None if text is None else parse(text, path, faults)


def parse(text: str, file: str | Path, faults: Faults) -> Network:
    """An edge table that was read before; an unusable one gives an empty network and faults."""
    known = (*COLUMNS, "weight")  # weight: read where there is no sign, for its sign
    table = read_table(file, faults, required=("source", "target"), known=known, aliases=ALIASES, text=text)
    if table is None:
        return Network()
    if not {"sign", "weight"} & set(table.columns):
        faults.add(
            "column-missing",
            "there is no column 'sign', so every edge has direction unknown",
            file=file,
            row=1,
            severity="warning",
        )
    edges = [edge for row in table.rows if (edge := _edge(row, table.file, faults)) is not None]
    return assembled(edges, faults, file=file)


def _edge(row: Row, file: str, faults: Faults) -> Edge | None:
    source, target = row["source"], row["target"]
    for column, node in (("source", source), ("target", target)):
        if not node:
            faults.add(
                "node-missing",
                "the cell is empty",
                file=file,
                row=row.line,
                column=column,
                expected="the name of a node",
            )
    sign = parse_sign(row["sign"])
    column = "sign"
    if not row["sign"] and row["weight"]:
        sign, column = sign_of_weight(row["weight"]), "weight"
    if sign is None:
        faults.add(
            "sign-unknown",
            f"'{row[column]}' is no {column}",
            file=file,
            row=row.line,
            column=column,
            expected="1 (activates), -1 (inhibits), or 0 or nothing (unknown)",
        )
    references, bad = parse_references(row["references"])
    for piece in bad:
        faults.add(
            "reference-shape",
            f"'{piece}' is no reference",
            file=file,
            row=row.line,
            column="references",
            expected="PMID:12345678, PMC123456 or doi:10.…, several parted by ;",
        )
    status = row["status"].lower() or ("unchecked" if references else "unreferenced")
    if status not in STATUSES:
        close = nearest(status, STATUSES, n=1)
        faults.add(
            "status-unknown",
            f"'{row['status']}' is no status",
            file=file,
            row=row.line,
            column="status",
            expected=", ".join(STATUSES),
            mend=f"did you mean '{close[0]}'?" if close else None,
        )
    elif (status == "unreferenced") != (not references):
        faults.add(
            "status-contradicts",
            f"the status is '{status}' and the edge has {len(references) or 'no'} references",
            file=file,
            row=row.line,
            column="status",
            severity="warning",
        )
    if not source or not target or sign is None or bad or status not in STATUSES:
        return None
    return Edge(
        source,
        target,
        sign,
        row["mechanism"],
        row["residue"] or None,
        references,
        row["resource"],
        status,
        row["pathway"],
        row["note"],
    )


def write(network: Network, path: Path) -> tuple[Fault, ...]:
    """Write an edge table: comma separated where the suffix is ``.csv``, else tab separated."""
    delimiter = "," if path.name.lower().removesuffix(".gz").endswith(".csv") else "\t"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    for edge in network.edges:
        writer.writerow(
            (
                edge.source,
                edge.target,
                edge.sign,
                edge.mechanism,
                edge.residue or "",
                ";".join(edge.references),
                edge.resource,
                edge.status,
                edge.pathway,
                edge.note,
            )
        )
    write_text(path, buffer.getvalue())
    carries = {*COLUMNS, "unsigned", "parallel"}
    return losses(network, path, "An edge table", carries)
