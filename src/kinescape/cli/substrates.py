"""`kinescape substrates`: which sites a kinase may act on, from motif, co-regulation and the user's own contrast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinescape.cli import phospho_options as option
from kinescape.cli.plain_table import plain_table

if TYPE_CHECKING:
    from kinescape.assays.phospho.substrates import Substrates
    from kinescape.study.phospho import PhosphoAnalysis


def substrates(
    kinase: Annotated[str, typer.Argument(help="Gene symbol of the kinase: MAPK6, CDK1, AKT1.")],
    file: option.SiteFile,
    design: option.SampleSheet = None,
    proteome: Annotated[
        Path | None,
        typer.Option(
            help="Proteins of the same samples, to set the sites against; without --design their changes "
            "(gene, log2_fold_change)."
        ),
    ] = None,
    network: option.Relations = None,
    contrast: Annotated[
        str | None, typer.Option(help="The contrast that perturbs the kinase (or a part of its name).")
    ] = None,
    engine: option.Engine = None,
    localisation: option.Localisation = 0.75,
    organism: option.Organism = None,
    fasta: option.Searched = None,
    quantity: option.WhichQuantity = None,
    intensities: option.Intensities = None,
    normalise: option.Normalise = True,
    motifs: Annotated[
        bool | None,
        typer.Option(
            "--motifs/--no-motifs",
            help="Whether sequences count (needs kinescape\\[motif]); by default where it is installed.",
        ),
    ] = None,
    direction: Annotated[
        str | None,
        typer.Option(
            help="What the contrast does to the kinase: less or more active; by default less, but for OE:."
        ),
    ] = None,
    report: option.Page = None,
    out: Annotated[
        Path | None, typer.Option(help="Write all the candidates: .tsv, .csv or .parquet.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many candidates to show.")] = 25,
    as_json: option.AsJson = False,
) -> None:
    """Rank the measured sites as substrates of a kinase; known ones are marked, and each says what speaks for it."""
    from kinescape.assays.phospho.site_contrasts.protein_changes import read_protein_changes
    from kinescape.assays.phospho.substrate_search.kinase_names import kinase_symbol, require_one_perturbation
    from kinescape.assays.phospho.substrates import find_substrates
    from kinescape.cli.kinases import check_suffixes, print_json, reading_as_json, write_table
    from kinescape.cli.speaking import tell_faults
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault
    from kinescape.report.substrate_words import candidates_headline
    from kinescape.study.phospho import analyse_phospho, named_contrasts

    check_suffixes(out)
    way = _direction(direction)
    # Beside intensities a proteome is taken out of every sample; beside computed effects, out of the contrast.
    proteins = read_protein_changes(proteome) if proteome is not None and design is None else None
    analysis = analyse_phospho(
        file,
        design=design,
        proteome=None if proteins is not None else proteome,
        network=network,
        engine=engine,
        localisation=localisation,
        organism=organism,
        fasta=fasta,
        quantity=quantity.value if quantity else None,
        intensities=intensities.value if intensities else None,
        normalise=normalise,
    )
    effects = tuple(one.effects for one in analysis.contrasts)
    kinase, renamed = kinase_symbol(kinase, analysis.relations)
    # The other contrasts stay: they tell which sites move with the known substrates.
    named = named_contrasts(effects, (contrast,), analysis.file) if contrast else ()
    if not named:
        require_one_perturbation(kinase, effects, analysis.file)
    if len(named) > 1:
        raise InputError(
            Fault(
                "contrast-ambiguous",
                f"'{contrast}' is in the names of {len(named)} contrasts",
                file=analysis.file,
                expected=f"one of {', '.join(repr(one.name) for one in named[:4])}",
            )
        )
    found = find_substrates(
        kinase,
        effects,
        relations=analysis.relations,
        contrast=named[0].name if named else None,
        direction=way,
        motifs=motifs,
        proteins=proteins,
    )
    if out is not None:
        write_table(found.frame, out)
    if report is not None:
        from kinescape.report.substrates_page import write_substrates_page

        write_substrates_page(found, analysis, report)
    if as_json:
        print_json(
            {
                "ok": True,
                "kinase": kinase,
                "contrast": found.contrast,
                "basis": found.basis,
                "used": list(found.used),
                "answer": candidates_headline(found),
                **reading_as_json(analysis),
                "candidates": found.frame.to_dicts(),
                "about": [note.as_dict() for note in (*renamed, *found.notes)],
            }
        )
        return
    tell_faults(renamed)
    _show(found, analysis, kinase, top)
    for target in (out, report):
        if target is not None:
            typer.echo(f"Written: {target}")


def _direction(text: str | None) -> int | None:
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    ways = {"less": -1, "more": 1}
    if text is None or text in ways:
        return None if text is None else ways[text]
    raise InputError(Fault("wrong-value", f"--direction: '{text}' is no direction", expected="less or more"))


def _show(found: Substrates, analysis: PhosphoAnalysis, kinase: str, top: int) -> None:
    from rich.console import Console
    from rich.markup import escape

    from kinescape.cli.kinases import WIDTH, show_reading, small
    from kinescape.cli.speaking import tell_faults
    from kinescape.report.substrate_words import base_rate_words, candidates_headline, fold_words

    out = Console(highlight=False, width=WIDTH)
    show_reading(analysis, out)
    tell_faults(found.notes)
    ranked = found.ranked
    shown = ranked.head(top)
    out.print()
    out.print(f"[bold]Substrates of {escape(kinase)}[/]  {base_rate_words(found)}")
    out.print(escape(f"{candidates_headline(found)}."))
    cells = {
        "#": [str(rank) for rank in range(1, shown.height + 1)],
        "site": [escape(site) for site in shown["site"]],
        "score": [_number(value, "+.2f") for value in shown["score"]],
        "answered": [_probability(value) if found.answers else "-" for value in shown["probability"]],
        "× base": [fold_words(value).rstrip("×").replace("–", "-") for value in shown["fold"]],
        "motif": [_number(value, ".2f") for value in shown["motif"]],
        "co-reg.": [_number(value, "+.2f") for value in shown["co_regulation"]],
        "contrast": [_number(value, "+.2f") for value in shown["contrast"]],
        "FDR": [small(value) for value in shown["contrast_fdr"]],
        "known": ["known" if known else "" for known in shown["known"]],
        "papers": [escape((papers or "").split(";")[0]) for papers in shown["references"]],
    }
    table = plain_table()
    # Evidence that no site shown has gets no column.
    told = {
        heading: column for heading, column in cells.items() if any(cell not in ("", "-") for cell in column)
    }
    for heading in told:
        words = heading in ("site", "known", "papers")
        table.add_column(
            heading,
            justify="left" if words else "right",
            no_wrap=heading not in ("site", "papers"),
            overflow="fold",
        )
    for row in zip(*told.values(), strict=True):
        table.add_row(*row)
    out.print(escape(found.basis))
    out.print(table)
    if ranked.height > top:
        out.print(f"[dim]{ranked.height - top:,} more: --top, --out or --json[/]")
    meanings = {
        "score": "log odds",
        "answered": "probability that the site answered the contrast, by calibration",
        "× base": "how many times likelier it is to be listed as a substrate than a site taken at random",
        "motif": "how well the sequence fits",
        "co-reg.": "correlation with known substrates over the other contrasts",
        "contrast": "log2 fold change of the site when the kinase was perturbed",
    }
    lines = [f"{heading}: {meaning}" for heading, meaning in meanings.items() if heading in told]
    out.print(f"\n{'; '.join(lines)}. -: not there.", markup=False)


def _number(value: Any, form: str) -> str:
    return "-" if value is None or value != value else format(value, form)


def _probability(value: float | None) -> str:
    return (
        "-"
        if value is None
        else ">0.99"
        if value > 0.99
        else f"{value:.2g}"
        if value < 0.1
        else f"{value:.2f}"
    )
