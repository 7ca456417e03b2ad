"""What a patient's mutation report means: each mutant against each drug at the level that the drug reaches.

A drug holds a mutant where the kill that is left at its usual level is enough to outweigh growth. With the
reference drug's kill on unmutated cells as the unit, cells decline when the rest exceeds r / (decline + r), r
being their growth before treatment. The fold's spread between laboratories and the range of the level give
the chance that it does:

    holds            95 % or more
    probably holds   70 % or more
    uncertain        between
    probably fails   30 % or less
    fails            5 % or less
    not measured     nobody measured this mutant against this drug; that is not "sensitive"
    level unknown    the fold is known, the level in patients is not, and no verdict was published
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults
from kinescape.knowledge.codon_spectrum import load_spectrum
from kinescape.knowledge.inhibitor_levels import InhibitorLevel, load_abundance, load_levels
from kinescape.knowledge.mutant_calls import VariantCall, read_variant_calls
from kinescape.knowledge.mutant_references import gene_of, load_references
from kinescape.knowledge.mutant_tables import load_mutants
from kinescape.knowledge.mutants import DEFAULT_HILL_SLOPE, MutantTable
from kinescape.knowledge.protein_variants import (
    AMBIGUOUS,
    ProteinVariant,
    gene_of_coding_change,
    parse_variant,
)

ENOUGH_KILL = 0.475
"""Share of the reference kill at which self-renewing CML cells stand still: 0.00615 / (0.0068 + 0.00615) per
day."""

_REFERENCE_DRUGS = {"ABL1": "imatinib"}
_VERDICTS = (
    (0.95, "holds"),
    (0.7, "probably holds"),
    (0.3, "uncertain"),
    (0.05, "probably fails"),
    (0.0, "fails"),
)
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class DrugVerdict:
    """One drug against one mutant.

    Parameters
    ----------
    drug : str
    verdict : str
        `holds`, `probably holds`, `uncertain`, `probably fails`, `fails`, `not measured` or `level unknown`;
        `resistant` and `sensitive` are published verdicts, without a figure or beside a user's own fold.
    chance_to_hold : float or None
        Chance that enough kill is left, over the spread between laboratories and the range of the level.
    fold, fold_low, fold_high : float or None
        Over wild type, with the 90 % spread between laboratories.
    laboratories : tuple of str
    ic50_nanomolar : float or None
        Wild type's IC50 times fold.
    level_nanomolar : float or None
        Effective level at the usual dose, in the units of the assay.
    free_nanomolar : float or None
        Unbound plasma level.
    kill_left, kill_low, kill_high : float or None
        Kill of this mutant at that level over the kill of unmutated cells by the same drug at its usual level.
    evidence : str
    references : tuple of str
    """

    drug: str
    verdict: str
    chance_to_hold: float | None
    fold: float | None
    fold_low: float | None
    fold_high: float | None
    laboratories: tuple[str, ...]
    ic50_nanomolar: float | None
    level_nanomolar: float | None
    free_nanomolar: float | None
    kill_left: float | None
    kill_low: float | None
    kill_high: float | None
    evidence: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class MutantMeaning:
    """One mutant of the report.

    Parameters
    ----------
    variant : ProteinVariant
    drugs : tuple of DrugVerdict
        In alphabetical order.
    probability : float or None
        Substitution probability of a single change; None for compounds and changes of two bases.
    cases : int
        How often the shipped cohorts saw it under any drug.
    calls : tuple of VariantCall
        The rows of sequencing files in which it stands.
    parts : tuple of MutantMeaning
        What each change of a compound means alone; empty for single changes.
    """

    variant: ProteinVariant
    drugs: tuple[DrugVerdict, ...]
    probability: float | None
    cases: int
    calls: tuple[VariantCall, ...]
    parts: tuple[MutantMeaning, ...] = ()


@dataclass(frozen=True)
class MutantReport:
    """The answer of `interpret_mutants`."""

    mutants: tuple[MutantMeaning, ...]
    notes: tuple[Fault, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``--json``."""
        return {
            "mutants": [
                {
                    "gene": meaning.variant.gene,
                    "mutant": meaning.variant.mutant,
                    "given": meaning.variant.given,
                    "substitution_probability": meaning.probability,
                    "cases": meaning.cases,
                    "calls": [
                        {
                            "file": call.file,
                            "row": call.row,
                            "genomic": call.genomic,
                            "coding": call.coding,
                            "fraction": call.fraction,
                            "depth": call.depth,
                            "filter": call.filter,
                            "sample": call.sample or None,
                        }
                        for call in meaning.calls
                    ],
                    "drugs": [dict(verdict.__dict__) for verdict in meaning.drugs],
                    "parts": [
                        {
                            "mutant": part.variant.mutant,
                            "drugs": [dict(verdict.__dict__) for verdict in part.drugs],
                        }
                        for part in meaning.parts
                    ],
                }
                for meaning in self.mutants
            ],
            "notes": [note.as_dict() for note in self.notes],
        }


def interpret_mutants(
    variants: Sequence[str] = (),
    *,
    files: Sequence[str | Path] = (),
    target: str | None = None,
    mutants: str | Path | None = None,
    levels: str | Path | None = None,
) -> MutantReport:
    """Say what mutants of a drug target mean for each drug.

    Parameters
    ----------
    variants : sequence of str
        Such as ``"ABL1 T315I"``, ``"E255K/T315I"``, ``"NM_005157.6:c.944C>T"``.
    files : sequence of path
        VCF, MAF or MUT files (GRCh38), or tables with a column of mutants.
    target : str, optional
        The gene of variants that name none.
    mutants, levels : path, optional
        A user's own tables.

    Returns
    -------
    MutantReport

    Raises
    ------
    InputError
        With every fault: a reference residue that is not there, an unreadable name, a file of another genome build.

    Examples
    --------
    >>> report = interpret_mutants(["ABL1 T315I"])
    >>> {verdict.drug: verdict.verdict for verdict in report.mutants[0].drugs}["imatinib"]
    'fails'
    """
    faults = Faults()
    table, reached = load_mutants(), load_levels()
    for load in (lambda: load_mutants(mutants), lambda: load_levels(levels)):
        try:
            loaded = load()
        except InputError as error:
            faults.extend(error.faults)
            continue
        if isinstance(loaded, MutantTable):
            table = loaded
        else:
            reached = loaded
    gene = gene_of(target) or target if target else None
    if target and gene not in table.targets:
        faults.add(
            "gene-unknown", f"'{target}' is no target here", expected=f"one of {', '.join(table.targets)}"
        )
    if not variants and not files:
        faults.add("variant-missing", "no mutant is given", expected="such as 'ABL1 T315I', or --vcf FILE")
    found: dict[str, tuple[ProteinVariant, list[VariantCall]]] = {}
    for text in variants:
        named = gene or gene_of_coding_change(text, faults)
        if named == AMBIGUOUS:
            continue
        variant = parse_variant(text, faults, gene=named, unchecked=table.targets)
        if variant is not None:
            found.setdefault(variant.text, (variant, []))
    for file in files:
        for call in read_variant_calls(file, faults, gene=gene):
            found.setdefault(call.variant.text, (call.variant, []))[1].append(call)
    faults.raise_if_errors()
    meanings = tuple(_meaning(variant, tuple(calls), table, reached) for variant, calls in found.values())
    _one_molecule(meanings, faults)
    return MutantReport(meanings, (*faults.warnings, *faults.notes))


def _one_molecule(meanings: Sequence[MutantMeaning], faults: Faults) -> None:
    """Say of measured mutants that were called beside each other that a file cannot tell clones from compounds."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for meaning in meanings:
        measured = any(one.verdict != "not measured" for one in meaning.drugs)
        for place in {(call.file, call.sample, meaning.variant.gene) for call in meaning.calls if measured}:
            together.setdefault(place, []).append(meaning.variant.mutant)
    for (file, sample, gene), names in together.items():
        if len(names) > 1:
            faults.add(
                "one-molecule",
                f"{', '.join(names)} of {gene} were called{f' in {sample}' if sample else ''} and are read as separate "
                "clones; whether two of them share a molecule, which drugs hold less well, such calls do not say",
                file=file,
                mend=f"ask for the compound as '{gene} {names[0]}/{names[1]}'",
                severity="note",
            )


def _meaning(
    variant: ProteinVariant,
    calls: tuple[VariantCall, ...],
    table: MutantTable,
    levels: Mapping[tuple[str, str], InhibitorLevel],
) -> MutantMeaning:
    reference = load_references().get(variant.gene)
    chance = None
    if reference is not None and len(variant.changes) == 1:
        change = variant.changes[0]
        chance = reference.probability(change.position, change.alternative, load_spectrum()) or None
    cases = sum(
        entry.cases
        for entry in load_abundance()
        if (entry.target, entry.mutant) == (variant.gene, variant.mutant)
    )
    drugs = tuple(_verdict(variant, drug, table, levels) for drug in table.drugs(variant.gene))
    parts: tuple[MutantMeaning, ...] = ()
    if variant.compound:
        alone = (ProteinVariant(variant.gene, (change,), change.text) for change in variant.changes)
        parts = tuple(_meaning(part, (), table, levels) for part in alone)
    return MutantMeaning(variant, drugs, chance, cases, calls, parts)


def _verdict(
    variant: ProteinVariant,
    drug: str,
    table: MutantTable,
    levels: Mapping[tuple[str, str], InhibitorLevel],
) -> DrugVerdict:
    gene, mutant = variant.gene, variant.mutant
    level = levels.get((gene, drug))
    reached = level.effective_nanomolar if level else None
    free = level.free_nanomolar if level else None
    known = table.sensitivity(gene, mutant, drug)
    wild = table.wild_type(gene, drug)
    if known is None:
        call = table.call(gene, mutant, drug)
        if call is not None:
            return DrugVerdict(
                drug, call.call, None, None, None, None, (), None, reached, free, None, None, None,
                f"published verdict, no figure: {call.context}", (call.references,),
            )  # fmt: skip
        return DrugVerdict(
            drug, "not measured", None, None, None, None, (), None, reached, free, None, None, None,
            _unmeasured_words(variant, drug, table), (),
        )  # fmt: skip
    ic50 = wild[0] * known.fold if wild else None
    relative = _relative_level(level, wild)
    evidence = f"{len(known.laboratories)} laborator{'y' if len(known.laboratories) == 1 else 'ies'}"
    if known.lower_bound_only:
        evidence += "; at least this fold, one assay ended below it"
    if relative is None:
        published = table.call(gene, mutant, drug)
        verdict, references = "level unknown", known.references
        evidence += "; give the level in patients with --levels"
        if published is not None:
            verdict, references = published.call, (*references, published.references)
            evidence += f"; verdict as published: {published.context}"
        return DrugVerdict(
            drug, verdict, None, known.fold, known.low, known.high, known.laboratories, ic50, reached, free,
            None, None, None, evidence, references,
        )  # fmt: skip
    slope = known.hill_slope or (wild[1] if wild else DEFAULT_HILL_SLOPE)
    whole = math.log1p(relative ** (wild[1] if wild else DEFAULT_HILL_SLOPE))

    def left(log_shift: float) -> float:
        return math.log1p((relative / known.fold * math.exp(log_shift)) ** slope) / whole

    spread = math.hypot(known.log_sd, _level_log_sd(level))
    low, high = left(-_Z90 * spread), left(_Z90 * spread)
    # Kill left rises with the level and falls with the fold: it is enough from one shift on, so the chance is
    # a normal one.
    needed = (
        math.expm1(ENOUGH_KILL * _reference_kill(gene, whole, table, levels)) ** (1 / slope)
        * known.fold
        / relative
    )
    chance = 0.5 * math.erfc(math.log(needed) / spread / math.sqrt(2))
    verdict = next(word for least, word in _VERDICTS if chance >= least)
    if level is not None and level.daily_milligrams is not None:
        evidence += f"; level at {level.daily_milligrams:g} mg a day"
    if level is not None and level.basis == "assumed shift":
        evidence += ", on an assumed serum shift: clinical results weigh more than this verdict"
    return DrugVerdict(
        drug, verdict, chance, known.fold, known.low, known.high, known.laboratories, ic50, reached, free,
        left(0.0), low, high, evidence, known.references,
    )  # fmt: skip


def _reference_kill(
    gene: str, own: float, table: MutantTable, levels: Mapping[tuple[str, str], InhibitorLevel]
) -> float:
    """Kill of unmutated cells by the target's reference drug; the drug's own where the target has none."""
    drug = _REFERENCE_DRUGS.get(gene, "")
    wild = table.wild_type(gene, drug)
    relative = _relative_level(levels.get((gene, drug)), wild)
    return math.log1p(relative ** wild[1]) if relative is not None and wild else own


def _relative_level(level: InhibitorLevel | None, wild: tuple[float, float] | None) -> float | None:
    if level is None:
        return None
    if level.coverage is not None:
        return level.coverage
    return level.effective_nanomolar / wild[0] if level.effective_nanomolar and wild else None


def _level_log_sd(level: InhibitorLevel | None) -> float:
    if level is None or not level.low or not level.high:
        return 0.4
    return math.log(level.high / level.low) / (2 * _Z90)


def _unmeasured_words(variant: ProteinVariant, drug: str, table: MutantTable) -> str:
    if not variant.compound:
        return "nobody measured it here; that is not 'sensitive'"
    parts = [table.sensitivity(variant.gene, change.text, drug) for change in variant.changes]
    known = [part for part in parts if part is not None]
    if len(known) == len(parts):
        product = math.prod(part.fold for part in known)
        return f"the compound was not measured; its parts' folds multiply to {product:.3g}, an assumption"
    missing = [change.text for change, part in zip(variant.changes, parts, strict=True) if part is None]
    return f"the compound was not measured, nor was {' and '.join(missing)} alone"
