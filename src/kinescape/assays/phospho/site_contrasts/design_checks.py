"""What a sample sheet may hide: amounts without a unit, lines that say the same, one fault in many lines."""

from __future__ import annotations

import re

import polars as pl

from kinescape.foundation.issues import Fault, Faults

_ALIKE = 5
"""More faults of one kind in one column are told as one."""
_NAMED = 4
_BARE_AMOUNT = re.compile(r"^(.*[A-Za-z].*?)[ _-]+(\d{1,3}|\d*\.\d+)$")
"""`dasatinib 100`; longer numbers are names, as in `CHIR 99021` and `BI 2536`."""


def gathered(faults: Faults) -> Faults:
    """The faults, many of one kind in one column as one with their number and rows.

    Examples
    --------
    >>> many = Faults()
    >>> for row in range(2, 72):
    ...     many.add("empty-cell", "the condition is empty", row=row, column="condition")
    >>> [fault.text for fault in gathered(many)]
    ["column 'condition': the condition is empty (70 lines like this: rows 2, 3, 4, 5, …)."]
    """
    groups: dict[tuple[str, str | None, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.code, fault.column, fault.severity), []).append(fault)
    found = Faults()
    for alike in groups.values():
        if len(alike) <= _ALIKE:
            found.extend(alike)
            continue
        first = alike[0]
        rows = ", ".join(str(fault.row) for fault in alike[:_NAMED])
        one = len({fault.found for fault in alike}) == 1
        found.add(
            first.code,
            f"{first.found} ({len(alike)} lines like this: rows {rows}, …)"
            if one
            else f"{len(alike)} lines are at fault, the first: {first.found} (rows {rows}, …)",
            file=first.file,
            column=first.column,
            expected=first.expected,
            mend=first.mend,
            severity=first.severity,
        )
    return found


def tell_amounts(frame: pl.DataFrame, column: str, faults: Faults, file: str) -> None:
    """Warn of conditions that end in a number without a unit, which is read as a part of the name.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns `condition` and `row`.
    column : str
        What the sheet calls the conditions.
    faults : Faults
        Takes the warnings.
    file : str
        For the messages.
    """
    first = frame.drop_nulls("condition").unique("condition", keep="first", maintain_order=True)
    bare = [
        (condition, row)
        for condition, row in first.select("condition", "row").iter_rows()
        if _BARE_AMOUNT.match(condition) and ":" not in condition
    ]
    if bare:
        names = ", ".join(f"'{condition}'" for condition, _ in bare[:_NAMED])
        faults.add(
            "unit-missing",
            f"{names}{', …' if len(bare) > _NAMED else ''} {'ends' if len(bare) == 1 else 'end'} in a number without "
            "a unit: it is taken for a part of the name",
            file=file,
            row=bare[0][1],
            column=column,
            mend=f"where it is an amount, write its unit: {bare[0][0]} nM",
            severity="warning",
        )


def tell_repeats(frame: pl.DataFrame, column: str, faults: Faults, file: str) -> None:
    """Warn of samples that are called the same condition, time and replicate, which makes them one.

    Parameters
    ----------
    frame : polars.DataFrame
        Columns of `kinescape.assays.phospho.site_contrasts.design.DESIGN_SCHEMA`.
    column : str
        What the sheet calls the replicates.
    faults, file
        As in `tell_amounts`.
    """
    key = ["cell_line", "condition", "time_h", "replicate", "pair"]
    twice = (
        frame.group_by(key, maintain_order=True).agg("sample", "row").filter(pl.col("sample").list.len() > 1)
    )
    if twice.is_empty():
        return
    first = twice.row(0, named=True)
    names = ", ".join(first["sample"][:_NAMED]) + (", …" if len(first["sample"]) > _NAMED else "")
    more = f"; so are {twice.height - 1} more" if twice.height > 1 else ""
    faults.add(
        "same-replicate",
        f"{names} are all '{first['condition']}', replicate '{first['replicate']}': they count as injections of one "
        f"sample and are averaged{more}",
        file=file,
        row=first["row"][1],
        column=column,
        mend="give each independent replicate its own number",
        severity="warning",
    )
