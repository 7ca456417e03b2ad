"""`kinescape synergy`: how far drug combinations lie from what their single drugs lead one to expect."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from kinescape.assays.viability.combination_scoring.synergy_results import SynergyResults

_WIDTH = 132
_BASES = {
    "wells": "errors come from the scatter of wells",
    "scatter": "errors come from the roughness of each matrix",
    "none": "the matrices do not tell their noise, so no errors are given",
}
_SCORES = ("bliss", "hsa", "loewe", "zip")


def synergy(
    file: Annotated[
        Path,
        typer.Argument(help="Long table: block, drugs, doses, unit, response (CSV, TSV, Excel, Parquet)."),
    ],
    out: Annotated[Path | None, typer.Option(help="Write the table: .tsv, .csv or .parquet.")] = None,
    cells: Annotated[
        Path | None, typer.Option(help="Write the scores of every dose combination: .tsv, .csv or .parquet.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page that opens offline.")] = None,
    block: Annotated[
        list[str] | None, typer.Option(help="Show this block in detail on the page; may be repeated.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many combinations to show.")] = 20,
    sort: Annotated[
        str, typer.Option(help="Rank by least (of all scores), bliss, hsa, loewe, zip or beta.")
    ] = "least",
    unit: Annotated[str | None, typer.Option(help="Unit of the doses, where no column says it.")] = None,
    scale: Annotated[
        str | None, typer.Option(help="percent or fraction; found from the controls otherwise.")
    ] = None,
    measures: Annotated[
        str | None, typer.Option(help="viability or inhibition; found from the controls otherwise.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Meaning=name of a column: block, sample, replicate, response, drug_1, dose_1, unit_1, ..."
        ),
    ] = None,
    replicate: Annotated[
        str | None, typer.Option(help="Column that names the independent replicates.")
    ] = None,
    repeats: Annotated[
        str, typer.Option(help="What unnamed repeats of one dose are: wells or independent.")
    ] = "wells",
    log10_doses: Annotated[bool, typer.Option(help="The doses are written as log10.")] = False,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a spreadsheet.")] = None,
    decimal: Annotated[
        str, typer.Option(help="How decimals are written: a point, or , for a European export.")
    ] = ".",
    level: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    musyc: Annotated[bool, typer.Option(help="Fit MuSyC too.")] = True,
    convention: Annotated[
        str,
        typer.Option(
            help="Whose Loewe and ZIP: kinescape, or synergyfinder to compare with published scores."
        ),
    ] = "kinescape",
    measurements: Annotated[
        Path | None,
        typer.Option(help="Write the viabilities as a table of measurements: .tsv or .parquet."),
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="Hours of treatment, for the table of measurements.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Score combinations by Bliss, HSA, Loewe, ZIP and MuSyC, with intervals and, over replicates, tests."""
    from kinescape.assays.viability.combination_scoring.synergy_results import RANKINGS
    from kinescape.assays.viability.synergy import score_synergy
    from kinescape.cli.table_files import (
        MEASUREMENT_SUFFIXES,
        TABLE_SUFFIXES,
        need_suffix,
        write_measurements,
        write_table,
    )
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    if sort not in RANKINGS:
        raise InputError(Fault("unknown-score", f"cannot rank by '{sort}'", expected=", ".join(RANKINGS)))
    for target in (out, cells):
        need_suffix(target, TABLE_SUFFIXES)
    need_suffix(measurements, MEASUREMENT_SUFFIXES)
    if hours is not None and measurements is None:
        raise InputError(
            Fault(
                "usage",
                f"--hours {hours:g} is written to the table of measurements, and none is asked for",
                file=file.name,
                mend="add --measurements FILE.tsv, or leave it out",
            )
        )
    columns = _columns(column or [])
    if replicate is not None:
        columns["replicate"] = replicate
    result = score_synergy(
        file,
        level=level,
        musyc=musyc,
        convention=convention,
        columns=columns,
        unit=unit,
        scale=scale,
        measures=measures,
        repeats=repeats,
        log10_doses=log10_doses,
        sheet=sheet,
        decimal=decimal,
    )
    # Whatever may be refused comes before anything is written.
    if report is not None:
        from kinescape.report.bundle import write_page
        from kinescape.report.synergy_page import synergy_page

        page = synergy_page(result, blocks=tuple(block or ()), by=sort)
    measured = result.to_measurements(time_h=hours) if measurements is not None else None
    if out is not None:
        write_table(result.scores, out)
    if cells is not None:
        write_table(result.cells, cells)
    if measurements is not None and measured is not None:
        write_measurements(measured, measurements)
    if report is not None:
        write_page(page, report)
    if as_json:
        json.dump({"ok": True, **result.as_dict()}, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        sys.stdout.write("\n")
        return
    _show(result, top, sort)
    for target in (out, cells, measurements, report):
        if target is not None:
            typer.echo(f"Written: {target}")


def _columns(given: list[str]) -> dict[str, str]:
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    found = {}
    for text in given:
        meaning, sign, name = text.partition("=")
        if not sign or not name:
            raise InputError(
                Fault("column-option", f"'{text}' is not meaning=name", expected="such as dose_1=ConcA")
            )
        found[meaning.strip()] = name.strip()
    return found


def _show(result: SynergyResults, top: int, sort: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kinescape.assays.viability.combination_scoring.synergy_results import alpha_text
    from kinescape.cli.speaking import tell_faults

    # How the file was read stands in the first line already.
    tell_faults(note for note in result.notes if note.severity != "error" and note.found != result.stated)
    out = Console(highlight=False, width=_WIDTH)
    scored = result.scores.filter(result.scores["status"] == "scored").height
    out.print(f"[bold]{scored} of {result.scores.height} combinations scored[/]  {escape(result.stated)}")
    names = [name for name in _SCORES if name in result.scores.columns]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("block", no_wrap=True)
    table.add_column("drugs", overflow="fold", max_width=34)
    table.add_column("sample", no_wrap=True, max_width=12)
    for name in names:
        table.add_column(
            {"bliss": "Bliss", "hsa": "HSA", "loewe": "Loewe", "zip": "ZIP"}[name], justify="right"
        )
    tested = bool(result.tested)
    if tested:
        judged = sort if sort in names else "bliss"
        table.add_column(f"FDR ({judged})", justify="right")
    table.add_column("alpha12", justify="right")
    table.add_column("alpha21", justify="right")
    table.add_column("beta", justify="right")
    for row in result.ranked(sort).head(top).iter_rows(named=True):
        cells = [escape(row["block"]), escape(row["drugs"]), escape(row["sample"])]
        cells += [_with_error(row[name], row[f"{name}_se"]) for name in names]
        if tested:
            cells.append(_small(row[f"{judged}_fdr"]))
        cells += [
            *(
                alpha_text(row[name], row[f"{name}_low"], row[f"{name}_high"])
                for name in ("alpha12", "alpha21")
            ),
            _short(row["beta"]),
        ]
        table.add_row(*cells)
    out.print(table)
    left = result.scores.height - min(top, result.scores.height)
    if left:
        out.print(f"[dim]and {left} more: --top, --out or --json shows all.[/]")
    errors = any(result.scores[f"{name}_se"].is_not_null().any() for name in names)
    out.print(
        "Scores: percentage points of inhibition more (+) or less (-) than expected, mean over the combined doses"
        f"{', with standard error' if errors else ''}.\n"
        "alpha12: the first drug makes the second this many times more potent; beta: how much further both together "
        "reach,\nas a share of the stronger drug's reach. > or <: the doses tell only a bound of alpha."
    )
    _show_left_out(result, names, out)
    if result.convention == "synergyfinder":
        out.print(
            "Loewe and ZIP by SynergyFinder's convention, which gives them no errors without replicates."
        )
    if not tested:
        told = _BASES[next((one for one in _BASES if one in result.scores["noise"].to_list()), "none")]
        out.print(f"[yellow]No independent replicates:[/] {told}; nothing was tested.")


def _show_left_out(result: SynergyResults, names: list[str], out: Console) -> None:
    """Why a dash stands where a number might: once for each reason."""
    from rich.markup import escape

    scored = result.scores.filter(result.scores["status"] == "scored")
    if any(scored[name].null_count() for name in names):
        missing = scored.filter(scored["curve_note"].is_not_null())
        for reason, amount in missing["curve_note"].value_counts(sort=True).head(3).iter_rows():
            out.print(f"[yellow]{amount} of {scored.height} not scored by all:[/] {escape(reason)}.")
    statuses = scored.filter(scored["musyc_status"] != "fitted")["musyc_status"].str.split(":").list.first()
    if statuses.len():
        told = ", ".join(
            f"{amount} {status}" for status, amount in statuses.value_counts(sort=True).iter_rows()
        )
        out.print(f"MuSyC: {escape(told)}; {scored.height - statuses.len()} fitted.")


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:+.1f}" + ("" if error is None else f" ± {error:.1f}")


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}" if abs(value) < 1000 else f"{value:.0f}"


def _small(value: float | None) -> str:
    return "-" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"
