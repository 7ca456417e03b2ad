"""Tables of mutants: the ones that the package ships, and a user's own.

A user's own table has one of two forms, never both: ``target, mutant, drug, fold, source`` or
``target, mutant, drug, ic50_nanomolar, laboratory, source`` with a row ``WT`` for each laboratory and drug.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, Table, read_number, read_table, shipped_table
from kinescape.knowledge.mutant_references import gene_of, load_references
from kinescape.knowledge.mutants import WILD_TYPE, Call, Measurement, MutantTable, with_laboratory_folds
from kinescape.knowledge.protein_variants import mutant_name, parse_variant

_IC50_COLUMNS = (
    "target",
    "mutant",
    "drug",
    "ic50_nanomolar",
    "hill_slope",
    "lower_bound_only",
    "laboratory",
    "references",
    "note",
)
_USER_COLUMNS = (*_IC50_COLUMNS, "fold", "source", "probability")
_SUBSTITUTION = re.compile(r"^[A-Z]\d+[A-Z]$")
_USER_ALIASES = {"gene": "target", "agent": "drug", "ic50": "ic50_nanomolar", "ic50_nm": "ic50_nanomolar"}


@cache
def _shipped() -> MutantTable:
    faults = Faults()
    table = shipped_table("bcrabl_ic50.tsv", faults, required=_IC50_COLUMNS[:4], known=_IC50_COLUMNS)
    calls = shipped_table(
        "mutant_calls.tsv", faults, required=("target", "mutant", "drug", "call", "context", "references")
    )
    faults.raise_if_errors()
    assert table is not None and calls is not None
    entries = [entry for row in table.rows if (entry := _measurement(row, table.file, faults)) is not None]
    faults.raise_if_errors()
    verdicts = tuple(
        Call(row["target"], row["mutant"], row["drug"], row["call"], row["context"], row["references"])
        for row in calls.rows
    )
    return MutantTable(with_laboratory_folds(entries), verdicts)


def load_mutants(extra: str | Path | None = None) -> MutantTable:
    """The mutants that the package knows, and those of a user's own table.

    Parameters
    ----------
    extra : path, optional
        A table of folds or of IC50s (see the module). A user's rows replace the shipped rows of the same
        target and drug.

    Raises
    ------
    InputError
        With every fault of the user's table.

    Examples
    --------
    >>> round(load_mutants().sensitivity("ABL1", "T315I", "imatinib").fold)
    33
    """
    shipped = _shipped()
    if extra is None:
        return shipped
    faults = Faults()
    table = read_table(
        extra, faults, required=("target", "mutant", "drug"), known=_USER_COLUMNS, aliases=_USER_ALIASES
    )
    entries, probabilities = _user_rows(table, faults) if table is not None else ([], {})
    faults.raise_if_errors()
    replaced = {(entry.target, entry.drug) for entry in entries}
    # The shipped wild type stays: it ties levels in patients to IC50s, which folds alone cannot.
    kept = [
        entry
        for entry in shipped.measurements
        if (entry.target, entry.drug) not in replaced or entry.mutant == WILD_TYPE
    ]
    return MutantTable(with_laboratory_folds([*kept, *entries]), shipped.calls, probabilities)


def _measurement(row: Row, file: str, faults: Faults) -> Measurement | None:
    value = read_number(
        row,
        "ic50_nanomolar",
        file,
        faults,
        accept=lambda number: number > 0,
        expected="a positive number, nM",
    )
    slope = read_number(
        row, "hill_slope", file, faults, accept=lambda number: number > 0, expected="a slope above 0"
    )
    fold = read_number(row, "fold", file, faults, accept=lambda number: number > 0, expected="a fold above 0")
    mutant = row["mutant"]
    mutant = (
        WILD_TYPE if mutant.upper() in {"WT", "WILD TYPE", "WILD-TYPE", "WILDTYPE"} else mutant_name(mutant)
    )
    return Measurement(
        gene_of(row["target"]) or row["target"],
        mutant,
        row["drug"].lower(),
        row["laboratory"] or row["source"] or file,
        value,
        fold,
        slope,
        row["lower_bound_only"].lower() in {"yes", "true", "1"},
        row["references"] or row["source"],
    )


def _user_rows(table: Table, faults: Faults) -> tuple[list[Measurement], dict[tuple[str, str], float]]:
    file = table.file
    entries: list[Measurement] = []
    probabilities: dict[tuple[str, str], float] = {}
    seen: dict[tuple[str, str, str, str], int] = {}
    has_fold = [row for row in table.rows if row["fold"]]
    has_ic50 = [row for row in table.rows if row["ic50_nanomolar"]]
    if has_fold and has_ic50:
        faults.add(
            "folds-and-ic50s",
            f"folds and IC50s are mixed: {len(has_fold)} row(s) give a fold, {len(has_ic50)} an IC50",
            file=file,
            row=min(has_fold[0].line, has_ic50[0].line),
            mend="give all rows as folds, or all as IC50s with a WT row for each laboratory and drug",
        )
    for row in table.rows:
        for column in ("target", "mutant", "drug"):
            if not row[column]:
                faults.add("cell-empty", f"no {column} is given", file=file, row=row.line, column=column)
        if not row["fold"] and not row["ic50_nanomolar"]:
            faults.add(
                "cell-empty", "neither a fold nor an IC50 is given", file=file, row=row.line, column="fold"
            )
        if not row["source"] and not row["references"]:
            faults.add(
                "source-missing",
                "no source is given for this row",
                file=file,
                row=row.line,
                severity="warning",
            )
        entry = _measurement(row, file, faults)
        if entry is None:
            continue
        key = (entry.target, entry.mutant, entry.drug, entry.laboratory)
        if key in seen:
            faults.add(
                "row-twice",
                f"{entry.target} {entry.mutant} under {entry.drug} stands in row {seen[key]} too, same source",
                file=file,
                row=row.line,
            )
        seen.setdefault(key, row.line)
        parts = entry.mutant.split("/")
        if entry.target in load_references() and all(_SUBSTITUTION.match(part) for part in parts):
            # A residue that the reference does not have makes the whole row about something else.
            parse_variant(f"{entry.target} {entry.mutant}", faults, file=file, row=row.line)
        if entry.mutant == WILD_TYPE and entry.fold is not None and abs(entry.fold - 1) > 1e-9:
            faults.add(
                "folds-and-ic50s",
                f"the wild type has a fold of {entry.fold:g}, so the column 'fold' holds IC50s",
                file=file,
                row=row.line,
                column="fold",
                expected="1",
                mend="name the column 'ic50_nanomolar'",
            )
        chance = read_number(
            row, "probability", file, faults, accept=lambda number: 0 <= number <= 1, expected="from 0 to 1"
        )
        if chance is not None:
            probabilities[(entry.target, entry.mutant)] = chance
        entries.append(entry)
    wild = {(e.target, e.drug, e.laboratory) for e in entries if e.mutant == WILD_TYPE and e.ic50_nanomolar}
    for target, drug, laboratory in sorted(
        {(e.target, e.drug, e.laboratory) for e in entries if e.ic50_nanomolar and e.fold is None} - wild
    ):
        faults.add(
            "wild-type-missing",
            f"{laboratory} gives IC50s of {drug} on {target} without that of the wild type",
            file=file,
            mend="add a row with mutant 'WT', or give folds",
        )
    return entries, probabilities
