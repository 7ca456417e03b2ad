"""`kinescape mutants`: what a mutation report means for each drug."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinescape.cli.plain_table import plain_table
from kinescape.cli.resistance_options import LevelTable, MutantTable

if TYPE_CHECKING:
    from rich.table import Table

    from kinescape.knowledge.mutant_interpretation import DrugVerdict, MutantMeaning

_WIDTH = 100
_STYLES = {
    "holds": "bold green",
    "probably holds": "green",
    "sensitive": "green",
    "probably fails": "red",
    "fails": "bold red",
    "resistant": "bold red",
    "uncertain": "yellow",
    "level unknown": "yellow",
    "not measured": "dim",
}
_LEGEND = (
    "[italic]A drug holds a mutant where the kill left at its usual level makes the clone shrink. holds / fails: "
    "with a chance of 95 % or more / 5 % or less, over the spread between laboratories and the range of the "
    "level; probably: 70 % / 30 %. Kill left: of that on unmutated cells by the same drug.[/]"
)


def mutants(
    variants: Annotated[
        list[str] | None,
        typer.Argument(
            help="Such as 'ABL1 T315I', 'E255K/T315I', 'NM_005157.6:c.944C>T', 'EGFR p.Thr790Met'."
        ),
    ] = None,
    vcf: Annotated[
        list[Path] | None,
        typer.Option(
            help="Variant calls: VCF, MAF or MUT, GRCh38; or a table with a column 'mutant' (also gene, sample); "
            "plain or gz."
        ),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The gene of variants that name none.")] = None,
    table: MutantTable = None,
    levels: LevelTable = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Say what target mutants mean: which drugs hold them at the level they reach, and what is not measured."""
    from kinescape.knowledge.mutant_interpretation import interpret_mutants
    from kinescape.knowledge.mutant_references import load_references

    result = interpret_mutants(variants or [], files=vcf or [], target=target, mutants=table, levels=levels)
    if as_json:
        json.dump({"ok": True, **result.as_dict()}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.markup import escape

    probe = Console(highlight=False)
    out = Console(highlight=False, width=min(_WIDTH, probe.width) if probe.is_terminal else _WIDTH)
    known = [
        meaning for meaning in result.mutants if any(one.verdict != "not measured" for one in meaning.drugs)
    ]
    unknown = [meaning for meaning in result.mutants if meaning not in known]
    for meaning in known:
        out.print(_heading(meaning))
        out.print(_verdicts(meaning))
        assumed = {one.evidence for one in meaning.drugs if "multiply" in one.evidence}
        for sentence in sorted(assumed):
            out.print(f"[dim]{escape(sentence)}.[/]")
        out.print()
    if unknown:
        out.print("[bold]Not measured against any drug here[/]  [dim]which is not the same as sensitive[/]")
        singles = [meaning for meaning in unknown if not meaning.parts]
        if singles:
            out.print(_unmeasured(singles))
        for meaning in unknown:
            if meaning.parts:
                out.print(
                    f"\n[bold]{escape(meaning.variant.text)}[/]  [dim]what its parts do alone, with their fold[/]"
                )
                out.print(_parts(meaning))
                out.print(
                    "[dim]Product: of the parts' folds, an assumption for the compound. A drug that fails one part "
                    "is not expected to hold both.[/]"
                )
        out.print()
    if not result.mutants:
        out.print(f"[bold]No change of the protein of {' or '.join(load_references())} was found.[/]")
    else:
        out.print(_LEGEND)
    for note in result.notes:
        colour = "yellow" if note.severity == "warning" else "dim"
        out.print(f"[{colour}]{escape(note.severity)}: {escape(_brief(note.text))}[/]")


def _parts(meaning: MutantMeaning) -> Table:
    """A compound that nobody measured: each of its changes alone, and the product of their folds."""
    from math import prod

    table = plain_table()
    table.add_column("Drug", no_wrap=True)
    for part in meaning.parts:
        table.add_column(f"{part.variant.mutant} alone")
    table.add_column("Product", justify="right", no_wrap=True)
    for alone in zip(*(part.drugs for part in meaning.parts), strict=True):
        cells = [
            f"[{_STYLES.get(one.verdict, '')}]{one.verdict}[/]"
            + ("" if one.fold is None else f" ({_short(one.fold)})")
            for one in alone
        ]
        folds = [one.fold for one in alone if one.fold is not None]
        table.add_row(alone[0].drug, *cells, _short(prod(folds)) if len(folds) == len(alone) else "–")
    return table


def _brief(text: str) -> str:
    """A note with the file's name alone: folders make lines that no terminal holds."""
    place, mark, rest = text.partition(": ")
    return f"{place.rsplit('/', 1)[-1]}{mark}{rest}" if "/" in place and " " not in place else text


def _heading(meaning: MutantMeaning) -> str:
    from rich.markup import escape

    facts = []
    if meaning.probability:
        facts.append(f"{1000 * meaning.probability:.2g} of 1,000 base changes in its domain make it")
    elif len(meaning.variant.changes) == 1:
        facts.append("needs two base changes")
    if meaning.cases:
        facts.append(f"{meaning.cases} cases in the cohorts here")
    for call in meaning.calls[:2]:
        share = "" if call.fraction is None else f", {100 * call.fraction:.2g} % of reads"
        verdict = "" if call.filter in {"PASS", "."} else f", filter {call.filter}"
        sample = f" in {call.sample}" if call.sample else ""
        facts.append(f"{call.coding}{', ' if call.coding else ''}row {call.row}{share}{sample}{verdict}")
    if len(meaning.calls) > 2:
        facts.append(f"{len(meaning.calls) - 2} more calls, all in --json")
    return f"[bold]{escape(meaning.variant.text)}[/]  [dim]{escape('; '.join(facts))}[/]"


def _verdicts(meaning: MutantMeaning) -> Table:
    table = plain_table()
    table.add_column("Drug", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Fold (90 %)", justify="right", no_wrap=True)
    table.add_column("IC50", justify="right", no_wrap=True)
    table.add_column("Level", justify="right", no_wrap=True)
    table.add_column("Kill left", justify="right", no_wrap=True)
    table.add_column("Evidence", overflow="fold")
    for one in meaning.drugs:
        style = _STYLES.get(one.verdict, "")
        table.add_row(
            one.drug, f"[{style}]{one.verdict}[/]", _fold(one), _nanomolar(one.ic50_nanomolar),
            _nanomolar(one.level_nanomolar), _kill(one), _evidence(one),
        )  # fmt: skip
    return table


def _evidence(one: DrugVerdict) -> str:
    from rich.markup import escape

    if one.verdict == "not measured":
        return ""
    return escape(one.evidence)


def _unmeasured(meanings: list[MutantMeaning]) -> Table:
    from rich.markup import escape

    called = any(meaning.calls for meaning in meanings)
    table = plain_table()
    table.add_column("Mutant", no_wrap=True)
    samples = any(call.sample for meaning in meanings for call in meaning.calls)
    if called:
        table.add_column("Change", no_wrap=True)
        table.add_column("Reads", justify="right", no_wrap=True)
        table.add_column("Filter", no_wrap=True)
        table.add_column("Row", justify="right", no_wrap=True)
    if samples:
        table.add_column("Sample", overflow="fold")
    for meaning in meanings:
        cells = [escape(meaning.variant.text)]
        if called:
            call = meaning.calls[0] if meaning.calls else None
            share = "" if call is None or call.fraction is None else f"{100 * call.fraction:.2g} %"
            cells += ["", share, "", ""] if call is None else [call.coding, share, call.filter, str(call.row)]
        if samples:
            cells.append(escape(", ".join(dict.fromkeys(call.sample for call in meaning.calls))))
        table.add_row(*cells)
    return table


def _fold(one: DrugVerdict) -> str:
    if one.fold is None or one.fold_low is None or one.fold_high is None:
        return "–"
    return f"{_short(one.fold)} ({_short(one.fold_low)}–{_short(one.fold_high)})"


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):,.0f}"


def _nanomolar(value: float | None) -> str:
    if value is None:
        return "–"
    return (
        f"{value / 1000:.2g} uM" if value >= 1000 else f"{value:.2g} nM" if value < 100 else f"{value:.0f} nM"
    )


def _kill(one: DrugVerdict) -> str:
    if one.kill_left is None:
        return "–"
    return f"{100 * one.kill_left:.0f} %"
