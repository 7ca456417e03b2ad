"""SIGNOR's download layout, as its web site gives it: one relation a row, ``ENTITYA`` to ``ENTITYB``.

Also read: exports that carry the sign as ``INTERACTION`` (1 or -1) and the origin as ``SOURCE``. ``form
complex`` is read as activation, because a complex works as far as its members are there. Rows of other
organisms are left out and counted. Families and complexes keep SIGNOR's names;
`kinescape.knowledge.expansion` expands them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, read_table
from kinescape.knowledge.network import PHENOTYPES, Edge, Network
from kinescape.knowledge.network_formats.evidence import assembled, parse_references
from kinescape.knowledge.readout_grammar import residues_in

LICENCE = "SIGNOR's own terms (stated as CC BY 4.0 and as CC BY-NC 4.0: check before redistributing)"
_HUMAN = {"9606", "-1", "", "nan"}
_PHOSPHOSITE = {"psp", "phosphositeplus", "phosphosite"}


def read(path: Path, faults: Faults) -> Network | None:
    """Read a SIGNOR table."""
    upper = {
        name.lower(): name
        for name in (
            "ENTITYA",
            "ENTITYB",
            "EFFECT",
            "INTERACTION",
            "MECHANISM",
            "RESIDUE",
            "TAX_ID",
            "PMID",
            "DIRECT",
            "SOURCE",
            "TYPEA",
            "TYPEB",
            "SIGNOR_ID",
        )
    }
    table = read_table(path, faults, required=("ENTITYA", "ENTITYB"), aliases=upper)
    if table is None:
        return None
    effect = "EFFECT" if "EFFECT" in table.columns else "INTERACTION"
    if effect not in table.columns:
        faults.add("column-missing", "there is no column EFFECT", file=path, row=1, expected="EFFECT")
        return None
    foreign: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    non_commercial = 0
    edges: list[Edge] = []
    for row in table.rows:
        if row["TAX_ID"] not in _HUMAN:
            foreign[row["TAX_ID"]] += 1
            continue
        edge = _edge(row, row[effect], path, faults)
        if edge is None:
            continue
        for kind in {row["TYPEA"].lower(), row["TYPEB"].lower()} - {"protein", ""}:
            kinds[kind] += 1
        origins = {part.strip().lower() for part in row["SOURCE"].split(";") if part.strip()}
        non_commercial += bool(origins) and origins <= _PHOSPHOSITE
        edges.append(edge)
    _tell(foreign, kinds, non_commercial, path, faults)
    return assembled(edges, faults, file=path, licence=LICENCE)


def _edge(row: Row, effect: str, path: Path, faults: Faults) -> Edge | None:
    source, target = _node(row["ENTITYA"]), _node(row["ENTITYB"])
    if not source or not target:
        column = "ENTITYA" if not source else "ENTITYB"
        faults.add("node-missing", "the cell is empty", file=path, row=row.line, column=column)
        return None
    sign = _sign(effect)
    if sign is None:
        faults.add(
            "effect-unknown",
            f"'{effect}' is no effect of SIGNOR",
            file=path,
            row=row.line,
            column="EFFECT",
            expected="up-regulates…, down-regulates…, form complex or unknown",
        )
        return None
    references, unread = parse_references(row["PMID"])
    if not references and any(any(letter.isdigit() for letter in piece) for piece in unread):
        faults.add(
            "reference-shape",
            f"'{row['PMID']}' is no PubMed identifier; the edge is kept without a paper",
            file=path,
            row=row.line,
            column="PMID",
            severity="warning",
        )
    mechanism = row["MECHANISM"].lower()
    if effect.lower().startswith("form") and not mechanism:
        mechanism = "binding"
    indirect = row["DIRECT"].lower() in ("no", "false", "f", "0")
    resource = "SIGNOR" if not row["SOURCE"] else row["SOURCE"]
    return Edge(
        source,
        target,
        sign,
        mechanism,
        ";".join(residues_in(row["RESIDUE"])) or None,
        references,
        resource,
        "unchecked" if references else "unreferenced",
        "",
        "indirect" if indirect else "",
    )


def _node(name: str) -> str:
    plain = name.strip().strip('"')
    return plain.lower() if plain.lower() in PHENOTYPES else plain


def _sign(effect: str) -> int | None:
    word = effect.strip().strip('"').lower()
    if word.startswith(("up-regulates", "form complex")) or word in ("1", "+1", "1.0", "activate"):
        return 1
    if word.startswith("down-regulates") or word in ("-1", "-1.0", "inhibit"):
        return -1
    return 0 if word in ("", "unknown", "0", "nan", "na") else None


def _tell(
    foreign: Counter[str], kinds: Counter[str], non_commercial: int, path: Path, faults: Faults
) -> None:
    if foreign:
        taxa = ", ".join(f"{taxon} ({count})" for taxon, count in foreign.most_common(5))
        found = f"{foreign.total():,} rows of other organisms left out: {taxa}"
        faults.add("rows-other-organism", found, file=path, severity="note")
    if kinds:
        shown = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.most_common(8))
        found = f"edges of other things than proteins, kept under SIGNOR's names: {shown}"
        faults.add("nodes-not-proteins", found, file=path, severity="note")
    if non_commercial:
        found = (
            f"{non_commercial:,} edges come from PhosphoSitePlus alone, whose licence forbids commercial use"
        )
        faults.add("licence-non-commercial", found, file=path, severity="warning")
