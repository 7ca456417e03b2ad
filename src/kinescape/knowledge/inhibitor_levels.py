"""Levels that a drug reaches at its target in a patient, in the units of the cell assay, and the abundance of mutants.

The level that counts is the one that does in the assay what the patient's plasma does: plasma binds drug, and
so does the assay's serum. Where somebody measured that shift, it is used; where nobody did, the row says so,
and its range runs from free drug alone to the smallest measured shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kinescape.foundation.issues import Faults
from kinescape.knowledge.delimited import Row, read_number, read_table, shipped_table

_EXPOSURE_COLUMNS = (
    "drug",
    "target",
    "site",
    "effective_nanomolar",
    "effective_low",
    "effective_high",
    "log_sd_patients",
    "daily_milligrams",
    "total_nanomolar",
    "bound_percent",
    "basis",
    "references",
    "note",
    "coverage",
)


@dataclass(frozen=True)
class InhibitorLevel:
    """What a drug reaches at the usual dose.

    Parameters
    ----------
    drug, target, site : str
        Drugs of one site compete; drugs of two sites act beside each other.
    effective_nanomolar : float or None
        Level in the units of the assay; None where only `coverage` is given.
    low, high : float or None
        Range of that level.
    log_sd : float
        Spread between patients, natural log.
    daily_milligrams : float or None
        The dose to which the level belongs.
    total_nanomolar, bound_percent : float or None
        Total plasma level and protein binding.
    basis : str
        ``measured shift``, ``assumed shift`` or ``user``.
    references, note : str
    coverage : float or None
        Level as a multiple of the wild type's IC50, where folds are all that is known.
    """

    drug: str
    target: str
    site: str
    effective_nanomolar: float | None
    low: float | None
    high: float | None
    log_sd: float
    daily_milligrams: float | None
    total_nanomolar: float | None
    bound_percent: float | None
    basis: str
    references: str
    note: str
    coverage: float | None = None

    @property
    def free_nanomolar(self) -> float | None:
        """Unbound plasma level."""
        if self.total_nanomolar is None or self.bound_percent is None:
            return None
        return self.total_nanomolar * (1 - self.bound_percent / 100)


def _level(row: Row, file: str, faults: Faults, *, basis: str) -> InhibitorLevel:
    def number(column: str) -> float | None:
        return read_number(row, column, file, faults, accept=lambda value: value > 0, expected="above 0")

    effective, coverage = number("effective_nanomolar"), number("coverage")
    if effective is None and coverage is None:
        faults.add(
            "level-missing",
            f"no level is given for {row['drug']}",
            file=file,
            row=row.line,
            expected="effective_nanomolar, or coverage (multiples of the wild type's IC50)",
        )
    return InhibitorLevel(
        row["drug"].lower(),
        row["target"],
        row["site"] or "ATP",
        effective,
        number("effective_low"),
        number("effective_high"),
        number("log_sd_patients") or 0.47,
        number("daily_milligrams"),
        number("total_nanomolar"),
        number("bound_percent"),
        row["basis"] or basis,
        row["references"],
        row["note"],
        coverage,
    )


@cache
def _shipped() -> tuple[InhibitorLevel, ...]:
    faults = Faults()
    table = shipped_table("inhibitor_exposure.tsv", faults, required=_EXPOSURE_COLUMNS[:4])
    faults.raise_if_errors()
    assert table is not None
    return tuple(_level(row, table.file, faults, basis="") for row in table.rows)


def load_levels(extra: str | Path | None = None) -> Mapping[tuple[str, str], InhibitorLevel]:
    """Levels by (target, drug): those of the package, and a user's own, which replace them.

    Raises
    ------
    InputError
        With every fault of the user's table.
    """
    found = {(level.target, level.drug): level for level in _shipped()}
    if extra is not None:
        faults = Faults()
        table = read_table(extra, faults, required=("drug", "target"), known=_EXPOSURE_COLUMNS)
        levels = [_level(row, table.file, faults, basis="user") for row in table.rows] if table else []
        faults.raise_if_errors()
        found |= {(level.target, level.drug): level for level in levels}
    return found


@dataclass(frozen=True)
class Abundance:
    """How often a mutant was seen in a cohort."""

    target: str
    mutant: str
    drug: str
    cohort: str
    cases: int
    references: str


@cache
def load_abundance() -> tuple[Abundance, ...]:
    """Mutants counted in published cohorts: what a forecast is judged by, never what it is made from."""
    faults = Faults()
    table = shipped_table(
        "bcrabl_abundance.tsv", faults, required=("target", "mutant", "drug", "cohort", "cases", "references")
    )
    faults.raise_if_errors()
    assert table is not None
    return tuple(
        Abundance(
            row["target"], row["mutant"], row["drug"], row["cohort"], int(row["cases"]), row["references"]
        )
        for row in table.rows
    )
