"""`kinescape kinases`: which kinases and phosphatases moved in a phosphoproteome."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinescape.cli import phospho_options as option
from kinescape.cli.plain_table import plain_table

if TYPE_CHECKING:
    import polars as pl

    from kinescape.study.phospho import PhosphoAnalysis, PhosphoContrast

WIDTH = 100
_TABLES = (".tsv", ".csv", ".parquet")
_LISTED = 8
_CARRYING = 2


def kinases(
    file: option.SiteFile,
    design: option.SampleSheet = None,
    proteome: Annotated[
        Path | None, typer.Option(help="Proteins of the same samples, to set the sites against.")
    ] = None,
    network: option.Relations = None,
    contrast: Annotated[
        list[str] | None, typer.Option(help="Only this contrast (or a part of its name); may be repeated.")
    ] = None,
    engine: option.Engine = None,
    localisation: option.Localisation = 0.75,
    organism: option.Organism = None,
    fasta: option.Searched = None,
    quantity: option.WhichQuantity = None,
    intensities: option.Intensities = None,
    normalise: option.Normalise = True,
    motifs: Annotated[
        bool, typer.Option("--motifs", help="Sequences about sites count too (needs kinescape\\[motif]).")
    ] = False,
    report: option.Page = None,
    out: Annotated[
        Path | None, typer.Option(help="Write all the activities: .tsv, .csv or .parquet.")
    ] = None,
    sites: Annotated[
        Path | None, typer.Option(help="Write the effect on every site: .tsv, .csv or .parquet.")
    ] = None,
    draft: Annotated[
        Path | None,
        typer.Option(help="Only write a sample sheet (.csv) with the file's samples, to be filled in."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many enzymes to show of each contrast.")] = 20,
    as_json: option.AsJson = False,
) -> None:
    """Score kinases and phosphatases from phosphorylation sites: activity with interval, and what says so."""
    from dataclasses import replace

    from kinescape.foundation.errors import InputError
    from kinescape.study.phospho import analyse_phospho

    if draft is not None:
        _draft(file, draft, engine, fasta)
        return
    check_suffixes(out, sites)
    try:
        analysis = analyse_phospho(
            file,
            design=design,
            proteome=proteome,
            network=network,
            contrast=contrast or (),
            engine=engine,
            localisation=localisation,
            organism=organism,
            fasta=fasta,
            quantity=quantity.value if quantity else None,
            intensities=intensities.value if intensities else None,
            normalise=normalise,
            motifs=motifs,
        )
    except InputError as error:
        # Names of samples are spelt as the engine spells them: nobody should have to copy them by hand.
        drafted = (
            "kinescape kinases FILE --draft samples.csv writes it: fill it in and give --design samples.csv"
        )
        raise InputError(
            replace(one, mend=drafted)
            if one.code == "missing-design" and design is None and proteome is None
            else one
            for one in error.faults
        ) from None
    if out is not None:
        write_table(analysis.activity_table(), out)
    if sites is not None:
        write_table(analysis.site_table(), sites)
    if report is not None:
        from kinescape.report.kinases_page import write_kinases_page

        write_kinases_page(analysis, report)
    if as_json:
        print_json(_as_json(analysis))
        return
    _show(analysis, top)
    for target in (out, sites, report):
        if target is not None:
            typer.echo(f"Written: {target}")


def _draft(file: Path, draft: Path, engine: str | None, fasta: Path | None) -> None:
    from kinescape.assays.phospho.site_contrasts.design_draft import draft_design
    from kinescape.assays.phospho.site_reading import read_sites

    # Which sites are certain is no matter here, only what the samples are called.
    table = read_sites(file, engine=engine, fasta=fasta, localisation=0.0, name=file.name)
    draft_design(table, draft)
    typer.echo(
        f"Written: {draft}, with {len(table.samples)} samples of {table.engine}. Fill in condition (control, dasatinib "
        "100 nM, KO:MAPK6) and replicate (1, 2, 3: what is independent), take out the lines of samples that are not to "
        f"be used, and give it as --design {draft}"
    )


def check_suffixes(*targets: Path | None) -> None:
    """Refuse names of tables that cannot be written, before anything is computed."""
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    wrong = [target for target in targets if target is not None and target.suffix.lower() not in _TABLES]
    if wrong:
        raise InputError(
            [
                Fault(
                    "table-suffix",
                    f"a table cannot be written as '{target.name}'",
                    expected=".tsv, .csv or .parquet",
                )
                for target in wrong
            ]
        )


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table whole or not at all; lists become text joined by semicolons in text tables."""
    import io

    from kinescape.foundation.writing import write_bytes
    from kinescape.study.results import flat

    buffer = io.BytesIO()
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        frame.write_parquet(buffer)
    else:
        flat(frame).write_csv(buffer, separator="\t" if suffix == ".tsv" else ",")
    write_bytes(path, buffer.getvalue())


def print_json(answer: dict[str, Any]) -> None:
    """Print JSON in which numbers that are none are null."""
    json.dump(_finite(answer), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def reading_as_json(analysis: PhosphoAnalysis) -> dict[str, Any]:
    """What was read, for machines."""
    rows = analysis.table.rows if analysis.table is not None else ()
    return {
        "read": analysis.stated,
        "rows": [{"reason": count.reason, "rows": count.rows, "kept": count.kept} for count in rows],
        "protein_adjusted": analysis.adjusted,
        "relations": {
            "name": analysis.relations.name,
            "relations": len(analysis.relations),
            "enzymes": len(analysis.relations.enzymes),
        },
        "notes": [note.as_dict() for note in analysis.notes],
    }


def show_reading(analysis: PhosphoAnalysis, out: Any) -> None:
    """What was read and what was left out, in a few lines."""
    from rich.markup import escape

    from kinescape.cli.speaking import tell_faults

    tell_faults(note for note in analysis.notes if note.severity == "warning")
    out.print(escape(analysis.stated))
    if analysis.table is not None:
        dropped = [
            f"{count.rows:,} {count.reason}" for count in analysis.table.rows if not count.kept and count.rows
        ]
        out.print(escape(f"left out: {', '.join(dropped) or 'nothing'}"))
    if analysis.adjusted:
        out.print("sites were set against the amount of their protein")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value


def _as_json(analysis: PhosphoAnalysis) -> dict[str, Any]:
    return {
        "ok": True,
        **reading_as_json(analysis),
        "contrasts": [
            {
                "name": one.name,
                "sites": one.effects.sites.to_dicts(),
                "activities": one.activities.frame.to_dicts(),
                "substrates": one.activities.substrates.to_dicts(),
            }
            for one in analysis.contrasts
        ],
    }


def _show(analysis: PhosphoAnalysis, top: int) -> None:
    from rich.console import Console

    from kinescape.report.kinase_words import ordered

    out = Console(highlight=False, width=WIDTH)
    show_reading(analysis, out)
    told = ordered(analysis)
    shown = told[:_LISTED]
    for contrast in shown:
        out.print()
        _show_contrast(contrast, top, out)
    left = len(told) - len(shown)
    if left:
        names = ", ".join(one.name for one in told[_LISTED : _LISTED + 4])
        out.print(
            f"\n{left} more contrasts ({names}, ...): --contrast shows one, --report and --out all.",
            markup=False,
        )
    out.print(
        "\nscore: how far the enzyme's sites moved against all sites; below zero less active (a phosphatase: its "
        "substrates rose). sites: known substrates measured, own regulatory sites (+o), sites by motif (+m). "
        "carried by: the sites with the largest share. * false discovery rate below 5 %, from two sites or more.",
        markup=False,
    )
    out.print(
        f"Relations: {analysis.relations.name} ({len(analysis.relations):,} of {len(analysis.relations.enzymes):,} "
        "enzymes). No score: no known site was measured, which says nothing of the enzyme.",
        markup=False,
    )


def _show_contrast(contrast: PhosphoContrast, top: int, out: Any) -> None:
    import polars as pl
    from rich.markup import escape

    from kinescape.assays.phospho.activities.activity_tables import CLEAR, CLEAR_FDR, with_verdict

    sites = contrast.effects.sites.filter(pl.col("log2_fold_change").is_finite())
    tested = sites.filter(pl.col("p_value").is_not_null())
    clear = tested.filter(pl.col("fdr") < CLEAR_FDR)
    up = clear.filter(pl.col("log2_fold_change") > 0).height
    moved = (
        f"{clear.height:,} of {tested.height:,} tested clearly moved ({up:,} up, {clear.height - up:,} down)"
        if tested.height
        else "none tested, for want of replicates"
    )
    out.print(f"[bold]{escape(contrast.name)}[/]  {sites.height:,} sites with a fold change; {moved}")
    frame = contrast.activities.frame
    scored = with_verdict(frame)
    if scored.is_empty():
        out.print("no enzyme has a score: none of the known sites was measured")
        return
    table = plain_table()
    for heading, right in (("enzyme", False), ("kind", False), ("score", True), ("90 % interval", True),
                           ("FDR", True), ("sites", False), ("carried by", False)):  # fmt: skip
        table.add_column(
            heading, justify="right" if right else "left", no_wrap=heading != "carried by", overflow="fold"
        )
    carried: dict[str, list[str]] = {}
    for enzyme, site in contrast.activities.substrates.select("enzyme", "site").iter_rows():
        if site not in carried.setdefault(enzyme, []):
            carried[enzyme].append(site)
    for row in scored.head(top).iter_rows(named=True):
        mark = "*" if row["verdict"] == CLEAR else ""
        table.add_row(
            escape(row["enzyme"]) + mark,
            row["kind"],
            f"{row['score']:+.2f}",
            "-" if row["low"] is None or row["high"] is None else f"{row['low']:+.1f} to {row['high']:+.1f}",
            small(row["fdr"]),
            _coverage(row),
            escape(", ".join(carried.get(row["enzyme"], ())[:_CARRYING])),
        )
    out.print(table)
    alike = contrast.same_sites(scored.head(top).filter(pl.col("verdict") == CLEAR)["enzyme"].to_list())
    if alike:
        groups = "; ".join(", ".join(group) for group in alike)
        out.print(escape(f"not told apart, for they rest on the same sites: {groups}"))
    left = scored.height - top
    without = frame.height - scored.height
    more = [f"{left} more with a score: --top, --out or --json" if left > 0 else "", f"{without} without"]
    out.print(f"[dim]{escape('; '.join(text for text in more if text))}[/]")


def _coverage(row: dict[str, Any]) -> str:
    own = f" +{row['own_sites']}o" if row["own_sites"] else ""
    motif = f" +{row['motif_sites']}m" if row["motif_sites"] else ""
    alone = " (one site)" if row["sites"] == 1 else ""
    return f"{row['substrates_measured'] or 0} of {row['substrates_known'] or 0}{own}{motif}{alone}"


def small(value: float | None) -> str:
    """A probability in few characters."""
    return "-" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"
