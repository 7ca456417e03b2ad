"""The layouts in which relations of enzymes and sites come, read into one.

Three are told apart by their header: `source, target, weight` (decoupler, PTMsigDB exports, the curated tables of
benchmarks), SIGNOR's download, and the columns of the table that the package ships. Rows that say nothing about a
phosphate on S, T or Y are left out and counted; a row that should but cannot be read is a fault with its line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, Table, read_table, shipped_table
from kinescape.knowledge.network_formats.evidence import parse_references, parse_sign
from kinescape.knowledge.substrates import RELATION_SCHEMA

SHIPPED_COLUMNS = ("enzyme", "substrate", "residue", "position", "sign", "effect", "references")
_ALIASES = {
    "kinase": "enzyme",
    "phosphatase": "enzyme",
    "mor": "weight",
    "likelihood": "weight",
    "sequence": "window",
    "pmid": "references",
    "pubmed": "references",
    "pmids": "references",
} | {
    name.lower(): name
    for name in ("ENTITYA", "ENTITYB", "EFFECT", "INTERACTION", "MECHANISM", "RESIDUE", "TAX_ID", "TYPEA")
}
_TARGET = re.compile(r"^(?P<gene>.+?)[_ :]p?(?P<residue>[A-Za-z])(?P<position>\d+)(?:\|.*)?$")
_RESIDUE = re.compile(r"\b(?:(Ser|Thr|Tyr)|([STY]))[- ]?(\d+)\b", re.IGNORECASE)
_LETTERS = {"ser": "S", "thr": "T", "tyr": "Y"}
_PHOSPHOSITE = {"psp", "phosphositeplus", "phosphosite"}
_MOST_FAULTS = 10
_HUMAN = {"9606", "-1", "", "nan"}


@dataclass(frozen=True, slots=True)
class _Relation:
    enzyme: str
    substrate: str
    residue: str
    position: int
    sign: int
    weight: float = 1.0
    effect: int = 0
    references: tuple[str, ...] = ()
    window: str | None = None
    resource: str = ""


def read_shipped(faults: Faults) -> pl.DataFrame:
    """The table that the package ships."""
    table = shipped_table("kinase_sites.tsv", faults, required=SHIPPED_COLUMNS, known=SHIPPED_COLUMNS)
    if table is None:
        return pl.DataFrame(schema=RELATION_SCHEMA)
    return _framed(_own(table, faults, "kinescape"), table.file, faults)


def read_relations(path: Path, faults: Faults) -> pl.DataFrame:
    """Relations of a file in any of the layouts; what is wrong with it goes to `faults`."""
    table = read_table(path, faults, aliases=_ALIASES)
    empty = pl.DataFrame(schema=RELATION_SCHEMA)
    if table is None:
        return empty
    columns = set(table.columns)
    resource = path.name
    if {"ENTITYA", "ENTITYB"} <= columns:
        if not _has(table, ("MECHANISM", "RESIDUE"), faults):
            return empty
        return _framed(_signor(table, faults), table.file, faults)
    if {"enzyme", "substrate"} <= columns:
        # The header RESIDUE of SIGNOR and `residue` of ours differ in case alone.
        table = _renamed(table, {"RESIDUE": "residue", "EFFECT": "effect"})
        if not _has(table, ("residue", "position"), faults):
            return empty
        return _framed(_own(table, faults, resource), table.file, faults)
    if {"source", "target"} <= columns:
        return _framed(_weighted(table, faults, resource), table.file, faults)
    faults.add(
        "other-header",
        f"this is no table of kinases and sites: the header begins {', '.join(table.columns[:6])}",
        file=path,
        row=1,
        expected="source, target, weight; or SIGNOR's ENTITYA, ENTITYB, MECHANISM, RESIDUE; or enzyme, substrate, "
        "residue, position",
    )
    return empty


def _has(table: Table, columns: Iterable[str], faults: Faults) -> bool:
    lacking = [column for column in columns if column not in table.columns]
    for column in lacking:
        faults.add("column-missing", f"the column '{column}' is missing", file=table.file, row=1)
    return not lacking


def _renamed(table: Table, names: dict[str, str]) -> Table:
    rows = tuple(
        Row(row.line, {names.get(key, key): cell for key, cell in row.cells.items()}) for row in table.rows
    )
    return Table(table.file, tuple(names.get(column, column) for column in table.columns), rows)


class _Unread:
    """Faults of one kind, told one by one up to a number, and counted past it."""

    def __init__(self, table: Table, faults: Faults) -> None:
        self._file, self._faults, self._count = table.file, faults, 0

    def __call__(self, found: str, row: Row, column: str, expected: str) -> None:
        self._count += 1
        if self._count <= _MOST_FAULTS:
            self._faults.add(
                "relation", found, file=self._file, row=row.line, column=column, expected=expected
            )

    def close(self) -> None:
        if self._count > _MOST_FAULTS:
            found = f"and {self._count - _MOST_FAULTS:,} more rows like these"
            self._faults.add("relation", found, file=self._file)


def _own(table: Table, faults: Faults, resource: str) -> Iterator[_Relation]:
    unread = _Unread(table, faults)
    for row in table.rows:
        residue, place = row["residue"].upper(), row["position"]
        sign, effect = parse_sign(row["sign"] or "1"), parse_sign(row["effect"])
        references, _ = parse_references(row["references"])
        weight = _weight(row["weight"])
        if not row["enzyme"] or not row["substrate"]:
            unread("the cell is empty", row, "enzyme" if not row["enzyme"] else "substrate", "a gene symbol")
        elif residue not in ("S", "T", "Y"):
            unread(f"'{row['residue']}' is no residue", row, "residue", "S, T or Y")
        elif not place.isdigit() or int(place) == 0:
            unread(f"'{place}' is no position", row, "position", "a whole number from 1")
        elif sign not in (1, -1):
            unread(f"'{row['sign']}' is no sign", row, "sign", "1 for a kinase, -1 for a phosphatase")
        elif effect is None:
            unread(f"'{row['effect']}' is no effect", row, "effect", "1, -1 or 0")
        elif weight is None:
            unread(f"'{row['weight']}' is no weight", row, "weight", "a number above 0")
        else:
            yield _Relation(
                row["enzyme"],
                row["substrate"],
                residue,
                int(place),
                sign,
                abs(weight),
                effect,
                references,
                _window(row["window"], residue),
                row["resource"] or resource,
            )
    unread.close()


def _weighted(table: Table, faults: Faults, resource: str) -> Iterator[_Relation]:
    unread = _Unread(table, faults)
    other: Counter[str] = Counter()
    for row in table.rows:
        found = _TARGET.match(row["target"])
        weight = _weight(row["weight"])
        if not row["source"]:
            unread("the cell is empty", row, "source", "a gene symbol")
        elif found is None:
            unread(f"'{row['target']}' names no site", row, "target", "GSK3B_S9, or GSK3B_S9|GSK3B|S9")
        elif weight is None:
            unread(f"'{row['weight']}' is no weight", row, "weight", "a number other than 0")
        elif (residue := found["residue"].upper()) not in "STY":
            other[residue] += 1
        else:
            references, _ = parse_references(row["references"])
            yield _Relation(
                row["source"],
                found["gene"],
                residue,
                int(found["position"]),
                1 if weight > 0 else -1,
                abs(weight),
                0,
                references,
                _window(row["window"], residue),
                row["resource"] or resource,
            )
    unread.close()
    _tell_other_residues(other, table.file, faults)


def _signor(table: Table, faults: Faults) -> Iterator[_Relation]:
    unread = _Unread(table, faults)
    left: Counter[str] = Counter()
    other: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    non_commercial = 0
    column = "EFFECT" if "EFFECT" in table.columns else "INTERACTION"
    for row in table.rows:
        mechanism = row["MECHANISM"].strip().lower()
        if row["TAX_ID"] not in _HUMAN:
            left["of other organisms"] += 1
        elif mechanism not in ("phosphorylation", "dephosphorylation"):
            left["of other mechanisms"] += 1
        elif row["RESIDUE"].lower() in ("", "nan"):
            left["without a residue"] += 1
        elif not row["ENTITYA"] or not row["ENTITYB"]:
            lacking = "ENTITYA" if not row["ENTITYA"] else "ENTITYB"
            unread("the cell is empty", row, lacking, "a name")
        else:
            sites = [
                (_LETTERS.get(long.lower(), short.upper()), int(place))
                for long, short, place in _RESIDUE.findall(row["RESIDUE"])
            ]
            if not sites:
                other[row["RESIDUE"][:3]] += 1
            kind = (row["TYPEA"] or row["TYPEA".lower()]).lower()
            if kind not in ("protein", ""):
                kinds[kind] += 1
            sign = 1 if mechanism == "phosphorylation" else -1
            references, _ = parse_references(row["references"])
            origins = {part.strip().lower() for part in row["SOURCE"].split(";") if part.strip()}
            non_commercial += bool(origins) and origins <= _PHOSPHOSITE
            for residue, position in sites:
                # An effect of dephosphorylation is the opposite of what the phosphate does.
                yield _Relation(
                    row["ENTITYA"].strip('"'),
                    row["ENTITYB"].strip('"'),
                    residue,
                    position,
                    sign,
                    1.0,
                    sign * _effect(row[column]),
                    references,
                    _window(row["window"], residue),
                    row["SOURCE"] or "SIGNOR",
                )
    unread.close()
    for reason, count in left.items():
        faults.add("rows-left-out", f"{count:,} rows {reason} left out", file=table.file, severity="note")
    _tell_other_residues(other, table.file, faults)
    if kinds:
        shown = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.most_common(5))
        found = f"enzymes that are no single proteins, kept under SIGNOR's names: {shown}"
        faults.add("nodes-not-proteins", found, file=table.file, severity="note")
    if non_commercial:
        found = (
            f"{non_commercial:,} rows come from PhosphoSitePlus alone, whose licence forbids commercial use"
        )
        faults.add("licence-non-commercial", found, file=table.file, severity="warning")


def _tell_other_residues(other: Counter[str], file: str, faults: Faults) -> None:
    if other:
        shown = ", ".join(f"{residue} ({count:,})" for residue, count in other.most_common(5))
        found = f"{other.total():,} rows on other residues than S, T and Y left out: {shown}"
        faults.add("rows-left-out", found, file=file, severity="note")


def _effect(text: str) -> int:
    word = text.strip().strip('"').lower()
    if word.startswith("up-regulates"):
        return 1
    if word.startswith("down-regulates"):
        return -1
    return parse_sign(word) or 0


def _weight(text: str) -> float | None:
    if not text:
        return 1.0
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number and abs(number) < float("inf") else None


def _window(text: str, residue: str) -> str | None:
    window = text.strip().strip('"').upper()
    return window if len(window) == 15 and window[7] == residue else None


def _framed(relations: Iterable[_Relation], file: str, faults: Faults) -> pl.DataFrame:
    """One row a relation: repeated rows become one, with the papers of all."""
    merged: dict[tuple[str, str, int, str, int], list[_Relation]] = {}
    rows = 0
    for relation in relations:
        rows += 1
        key = (relation.enzyme, relation.substrate, relation.position, relation.residue, relation.sign)
        merged.setdefault(key, []).append(relation)
    records, opposed = [], 0
    for (enzyme, substrate, position, residue, sign), same in sorted(merged.items()):
        references = ";".join(dict.fromkeys(paper for relation in same for paper in relation.references))
        effects = {relation.effect for relation in same} - {0}
        opposed += len(effects) > 1
        records.append(
            (
                enzyme,
                substrate,
                residue,
                position,
                sign,
                max(relation.weight for relation in same),
                effects.pop() if len(effects) == 1 else 0,
                references,
                "checked" if references else "unreferenced",
                next((relation.window for relation in same if relation.window), None),
                ";".join(dict.fromkeys(relation.resource for relation in same)),
            )
        )
    if not records and not faults.errors:
        faults.add("table-empty", "this table holds no relation of an enzyme and a site", file=file)
    if rows > len(records):
        found = f"{rows - len(records):,} repeated rows merged, their papers joined"
        faults.add("relations-merged", found, file=file, severity="note")
    if opposed:
        found = f"{opposed:,} relations with effects of both signs, kept as unknown"
        faults.add("effects-opposed", found, file=file, severity="note")
    return pl.DataFrame(records, schema=RELATION_SCHEMA, orient="row")
