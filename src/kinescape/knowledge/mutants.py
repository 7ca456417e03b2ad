"""Resistance mutants of drug targets: how much less a drug does to each, with the spread between laboratories.

IC50s of one mutant differ up to eight-fold between laboratories, so potencies are never averaged: each
laboratory's fold over its own wild type is, on the log scale.

    log fold(m, d) = mean over laboratories of [log IC50(m) - log IC50(WT)]

What a laboratory's figure is worth is seen where several measured the same mutant: the standard deviation of
their log folds, pooled over mutants (`MutantTable.laboratory_log_sd`), goes into every interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kinescape.foundation.issues import Faults, nearest
from kinescape.knowledge.protein_variants import mutant_name

WILD_TYPE = "WT"
DEFAULT_HILL_SLOPE = 2.0
"""Slope where none was measured: near the median of those that were."""


@dataclass(frozen=True)
class Measurement:
    """One potency or fold that somebody measured.

    Parameters
    ----------
    target, mutant, drug, laboratory : str
    ic50_nanomolar : float or None
    fold : float or None
        Over wild type; given in fold tables, else from the laboratory's own wild type.
    hill_slope : float or None
    lower_bound_only : bool
        Reported as more than this.
    references : str
    """

    target: str
    mutant: str
    drug: str
    laboratory: str
    ic50_nanomolar: float | None
    fold: float | None
    hill_slope: float | None
    lower_bound_only: bool
    references: str


@dataclass(frozen=True)
class Sensitivity:
    """What is known of one mutant under one drug.

    Parameters
    ----------
    fold : float
        Geometric mean over laboratories of IC50(mutant) / IC50(wild type).
    log_sd : float
        Standard deviation of the log fold that one more laboratory would find around it.
    low, high : float
        The fold's 90 % interval from `log_sd`.
    laboratories : tuple of str
    lower_bound_only : bool
        Whether any laboratory could only say "more than".
    hill_slope : float or None
        Measured slope of the dose response.
    references : tuple of str
    """

    fold: float
    log_sd: float
    low: float
    high: float
    laboratories: tuple[str, ...]
    lower_bound_only: bool
    hill_slope: float | None
    references: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A published verdict without a figure that could be restated."""

    target: str
    mutant: str
    drug: str
    call: str
    context: str
    references: str


@dataclass(frozen=True)
class MutantTable:
    """All that is known of mutants: measurements, published verdicts, and users' probabilities.

    Parameters
    ----------
    measurements : tuple of Measurement
    calls : tuple of Call
    probabilities : mapping of (str, str) to float
        Target and mutant to a substitution probability that a user gave.
    """

    measurements: tuple[Measurement, ...]
    calls: tuple[Call, ...] = ()
    probabilities: Mapping[tuple[str, str], float] | None = None

    @cached_property
    def _folds(self) -> dict[tuple[str, str, str], list[Measurement]]:
        found: dict[tuple[str, str, str], list[Measurement]] = {}
        for entry in self.measurements:
            if entry.fold is not None and entry.mutant != WILD_TYPE:
                found.setdefault((entry.target, entry.mutant, entry.drug), []).append(entry)
        return found

    @cached_property
    def laboratory_log_sd(self) -> float:
        """Standard deviation of log folds between laboratories, pooled over mutants measured more than
        once."""
        squares, freedom = 0.0, 0
        for entries in self._folds.values():
            logs = [math.log(entry.fold or 1.0) for entry in entries if not entry.lower_bound_only]
            if len(logs) > 1:
                mean = sum(logs) / len(logs)
                squares += sum((log - mean) ** 2 for log in logs)
                freedom += len(logs) - 1
        return math.sqrt(squares / freedom) if freedom else 0.5

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Targets with measurements or verdicts."""
        return tuple(sorted({e.target for e in self.measurements} | {e.target for e in self.calls}))

    def drugs(self, target: str) -> tuple[str, ...]:
        """Drugs with measurements or verdicts on a target."""
        measured = {entry.drug for entry in self.measurements if entry.target == target}
        return tuple(sorted(measured | {entry.drug for entry in self.calls if entry.target == target}))

    def mutants(self, target: str, drug: str | None = None) -> tuple[str, ...]:
        """Mutants measured against a drug (or against any), ordered by residue; no wild type, no
        compounds."""
        names = {
            mutant
            for owner, mutant, measured in self._folds
            if owner == target and (drug is None or measured == drug) and "/" not in mutant
        }
        return tuple(sorted(names, key=lambda name: (_position(name), name)))

    def compounds(self, target: str) -> tuple[str, ...]:
        """Compound mutants that were measured as such."""
        return tuple(
            sorted({mutant for owner, mutant, _ in self._folds if owner == target and "/" in mutant})
        )

    def sensitivity(self, target: str, mutant: str, drug: str) -> Sensitivity | None:
        """Pooled fold of a mutant, or None where nobody measured it (which is not "sensitive")."""
        entries = self._folds.get((target, mutant_name(mutant), drug))
        if not entries:
            return None
        logs = [math.log(entry.fold or 1.0) for entry in entries]
        mean = sum(logs) / len(logs)
        log_sd = self.laboratory_log_sd * math.sqrt(1 + 1 / len(logs))
        slopes = [entry.hill_slope for entry in entries if entry.hill_slope is not None]
        return Sensitivity(
            math.exp(mean),
            log_sd,
            math.exp(mean - 1.645 * log_sd),
            math.exp(mean + 1.645 * log_sd),
            tuple(entry.laboratory for entry in entries),
            any(entry.lower_bound_only for entry in entries),
            slopes[0] if slopes else None,
            tuple(sorted({entry.references for entry in entries if entry.references})),
        )

    def call(self, target: str, mutant: str, drug: str) -> Call | None:
        """A published verdict on a mutant, or None."""
        wanted = mutant_name(mutant)
        for entry in self.calls:
            if (entry.target, entry.mutant, entry.drug) == (target, wanted, drug):
                return entry
        return None

    def wild_type(self, target: str, drug: str) -> tuple[float, float] | None:
        """IC50 (nM) and Hill slope of the wild type: of a laboratory that fitted slopes, else the geometric
        mean."""
        entries = [
            entry
            for entry in self.measurements
            if (entry.target, entry.mutant, entry.drug) == (target, WILD_TYPE, drug) and entry.ic50_nanomolar
        ]
        for entry in entries:
            if entry.hill_slope is not None and entry.ic50_nanomolar is not None:
                return entry.ic50_nanomolar, entry.hill_slope
        if not entries:
            return None
        logs = [math.log(entry.ic50_nanomolar or 1.0) for entry in entries]
        return math.exp(sum(logs) / len(logs)), DEFAULT_HILL_SLOPE

    def potency_log_sd(self, target: str, drug: str) -> float:
        """How far laboratories differ on the wild type's own IC50 (log); 0 where one laboratory is the
        reference."""
        logs = [
            math.log(entry.ic50_nanomolar)
            for entry in self.measurements
            if (entry.target, entry.mutant, entry.drug) == (target, WILD_TYPE, drug)
            and entry.ic50_nanomolar
            and entry.hill_slope is None
        ]
        if any(
            entry.hill_slope is not None
            for entry in self.measurements
            if (entry.target, entry.mutant, entry.drug) == (target, WILD_TYPE, drug)
        ):
            return 0.0
        if len(logs) < 2:
            return 0.5
        mean = sum(logs) / len(logs)
        return math.sqrt(sum((log - mean) ** 2 for log in logs) / (len(logs) - 1))


def _position(mutant: str) -> int:
    digits = "".join(character if character.isdigit() else " " for character in mutant).split()
    return int(digits[0]) if digits else 0


def with_laboratory_folds(entries: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """Fill in folds from each laboratory's own wild type; entries without one keep none."""
    listed = list(entries)
    wild = {
        (entry.target, entry.drug, entry.laboratory): entry.ic50_nanomolar
        for entry in listed
        if entry.mutant == WILD_TYPE and entry.ic50_nanomolar
    }
    filled = []
    for entry in listed:
        reference = wild.get((entry.target, entry.drug, entry.laboratory))
        if entry.fold is None and entry.ic50_nanomolar and reference:
            values = {**entry.__dict__, "fold": entry.ic50_nanomolar / reference}
            entry = Measurement(**values)
        filled.append(entry)
    return tuple(filled)


def resolve_drug(name: str, target: str, table: MutantTable, faults: Faults, *, where: str) -> str | None:
    """The drug's name in the table, or None with a fault that names the nearest.

    Parameters
    ----------
    name : str
        What the user wrote.
    target : str
    table : MutantTable
    faults : Faults
    where : str
        The text in which it stands, for the message.
    """
    drugs = table.drugs(target)
    if name.lower() in drugs:
        return name.lower()
    close = nearest(name, drugs, n=2)
    faults.add(
        "drug-unknown",
        f"no mutant of {target} was measured against '{name}' (in '{where}')",
        expected=f"one of {', '.join(drugs)}" if drugs else None,
        mend=f"did you mean '{close[0]}'?"
        if close
        else "bring a table of your own (target, mutant, drug, fold, source)",
    )
    return None
