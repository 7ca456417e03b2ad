"""`kinescape forecast`: which target mutants a treatment selects, when, and what holds them off."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinescape.cli.plain_table import plain_table
from kinescape.cli.resistance_options import LevelTable, MutantTable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from kinescape.strategy.resistance.forecast_results import Forecast, ScheduleForecast

_WIDTH = 100
_MUTANTS = 8
_BARS = 5


def forecast(
    schedules: Annotated[
        list[str] | None,
        typer.Argument(
            help="One schedule or several: 'imatinib', 'imatinib 1y then nilotinib', 'asciminib + nilotinib', "
            "'alternate imatinib 3mo / nilotinib 3mo', 'imatinib 2y then off 6mo then imatinib'."
        ),
    ] = None,
    among: Annotated[
        str | None,
        typer.Option(
            help="Drugs, parted by commas: try single drugs, pairs and sequences of them, and rank these."
        ),
    ] = None,
    setting: Annotated[
        str,
        typer.Option(
            help="The disease: 'cml', or a TOML file of its numbers (docs/methods/resistance_forecast.md)."
        ),
    ] = "cml",
    target: Annotated[
        str | None, typer.Option(help="The target, to make sure that the setting is of it.")
    ] = None,
    patients: Annotated[int, typer.Option(help="How many different patients to average over.")] = 2000,
    years: Annotated[float, typer.Option(help="How far to look.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same patients.")] = 1,
    mutants: MutantTable = None,
    levels: LevelTable = None,
    decline: Annotated[
        Path | None,
        typer.Option(help="Transcripts of your patients (patient, days, percent): sets the decline."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page that opens offline.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Forecast resistance: which mutants, when, how schedules compare, and how sure that is."""
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault
    from kinescape.strategy.evolution import forecast_resistance
    from kinescape.strategy.resistance.decline import fit_decline, setting_with_decline
    from kinescape.strategy.resistance.forecast_results import with_decline
    from kinescape.strategy.resistance.resistance_setting import load_setting
    from kinescape.strategy.resistance.schedule_choice import best_schedules

    if bool(schedules) == bool(among):
        raise InputError(
            Fault(
                "schedule-empty",
                "give schedules, or --among with drugs, and not both"
                if schedules
                else "no schedule is given",
                expected="such as kinescape forecast imatinib",
            )
        )
    disease = load_setting(setting)
    fitted = None if decline is None else fit_decline(decline, seed=seed)
    if fitted is not None:
        disease = setting_with_decline(disease, fitted)
    answer = best_schedules if among else forecast_resistance
    result = answer(
        among.split(",") if among else schedules or [],
        setting=disease,
        target=target,
        patients=patients,
        horizon_years=years,
        seed=seed,
        mutants=mutants,
        levels=levels,
    )
    if fitted is not None:
        result = with_decline(result, fitted, str(decline))
    if report is not None:
        from kinescape.report.forecast import write_forecast

        write_forecast(result, report)
    if as_json:
        content = {"ok": True, **result.as_dict()}
        if fitted is not None:
            content["decline"] = fitted.as_dict()
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    _show(result)
    if report is not None:
        _console().print(f"\nThe page was written to {report}.")


def _console() -> Console:
    """At most a hundred columns, in a terminal and in a file."""
    from rich.console import Console

    probe = Console(highlight=False)
    return Console(highlight=False, width=min(_WIDTH, probe.width) if probe.is_terminal else _WIDTH)


def _show(result: Forecast) -> None:
    from rich.markup import escape

    from kinescape.strategy.resistance.forecast_results import CONDITIONAL, DECLINE_FITTED

    out = _console()
    out.print(
        f"[bold]Resistance forecast[/]  {escape(result.setting.target)}, setting {escape(result.setting.name)}, "
        f"{result.patients:,} different patients, {result.horizon_years:g} years, seed {result.seed}\n"
    )
    for note in result.notes:
        if note.code == DECLINE_FITTED:
            out.print(f"{escape(note.text[:1].upper() + note.text[1:])}\n")
    out.print(_heading("Chance that a resistant lineage has relapsed", note="conditional, see below"))
    out.print(_comparison(result))
    shown = result.schedules if len(result.schedules) <= 3 else (result.best,)
    for one in shown:
        there = f"{_percent(one.preexisting_share)} of these lineages were there at diagnosis"
        out.print("\n" + _heading(f"Mutants under {one.schedule.text}", note=there))
        out.print(_mutant_table(one, result.assumed_compounds(one)))
        if one.compound_share > 0.0005:
            names = ", ".join(entry.mutant for entry in one.compounds[:3])
            assumed = ", ".join(result.assumed_compounds(one))
            told = (
                f"folds of {assumed} taken as products, an assumption"
                if assumed
                else "their folds were measured"
            )
            out.print(f"[dim]Compounds: first {escape(names)}; {escape(told)}.[/]")
    bars = _tornado(result, shown[0])
    if bars is not None:
        out.print("\n" + bars[0])
        out.print(bars[1])
    out.print(f"\n[italic]{CONDITIONAL}[/]")
    out.print(
        "[italic]As reported: shares to expect among cases that clinics report, flattened by one power that was "
        "fitted to six cohorts under imatinib.[/]"
    )
    out.print("[italic]Left out: " + "; ".join(result.left_out) + ".[/]")
    for note in result.notes:
        if note.code == DECLINE_FITTED:
            continue
        colour = "yellow" if note.severity == "warning" else "cyan"
        out.print(f"[{colour}]{note.severity}[/] [dim]{escape(note.text)}[/]")


def _percent(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{_plain(value)} %"


def _plain(value: float) -> str:
    share = 100 * value
    if share < 0.1:
        return "<0.1" if share > 0 else "0"
    return f"{share:.1f}" if share < 9.95 else f"{share:.0f}"


def _range(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{_plain(low)}–{_plain(high)} %"


def _heading(text: str, *, note: str = "") -> str:
    from rich.markup import escape

    return f"[bold]{escape(text)}[/]" + (f"  [dim]{escape(note)}[/]" if note else "")


def _comparison(result: Forecast) -> Table:
    from rich.markup import escape

    half, end = result.horizon_years / 2, result.horizon_years
    several = len(result.schedules) > 1
    table = plain_table()
    table.add_column("Schedule", overflow="fold")
    table.add_column(f"by {half:g} y", justify="right", no_wrap=True)
    table.add_column(f"by {end:g} y", justify="right", no_wrap=True)
    table.add_column("90 % interval", justify="right", no_wrap=True)
    table.add_column("half of\nthese by", justify="right", no_wrap=True)
    if several:
        table.add_column("ratio to first", justify="right", no_wrap=True)
    final = {ratio.schedule: ratio for ratio in result.ratios}
    for one in result.schedules:
        median = one.median_relapse_years
        low = one.relapse_low[-1] if one.relapse_low else None
        high = one.relapse_high[-1] if one.relapse_high else None
        cells = [
            ("[bold green]" if several and one is result.best else "") + escape(one.schedule.text),
            _percent(one.at_years(half)),
            _percent(one.relapse[-1]),
            _range(low, high),
            "–" if median is None else f"{median:.1f} y",
        ]
        if several:
            ratio = final.get(one.schedule.text)
            if ratio is None:
                cells.append("1")
            elif ratio.low is None or ratio.high is None:
                cells.append(f"{ratio.ratio:.2g}")
            else:
                cells.append(f"{_ratio(ratio.ratio)} ({_ratio(ratio.low)}–{_ratio(ratio.high)})")
        table.add_row(*cells)
    return table


def _ratio(value: float) -> str:
    if 0 < value < 0.001:
        return "<0.001"
    return ">1000" if value > 1000 else f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _mutant_table(one: ScheduleForecast, assumed: tuple[str, ...]) -> Table:
    from rich.markup import escape

    from kinescape.strategy.evolution import SMALLEST_SHARE

    table = plain_table()
    table.add_column("Mutant", no_wrap=True, min_width=9)
    table.add_column("Share of relapses", no_wrap=True, min_width=21)
    table.add_column("90 % interval", justify="right", no_wrap=True)
    table.add_column("As\nreported", justify="right", no_wrap=True)
    for drug in one.schedule.drugs:
        table.add_column(f"{escape(drug)}\nfold", justify="right", no_wrap=True)
    table.add_column("Measured", no_wrap=True)
    words = {"measured": "yes", "partly measured": "partly", "not measured": "no"}
    shown = [row for row in one.mutants if row.share >= SMALLEST_SHARE][:_MUTANTS] or list(one.mutants[:3])
    for row in shown:
        bar = "█" * round(15 * row.share) or "▏"
        folds = ["–" if fold is None else f"{fold:.3g}" for fold in row.folds]
        share = f"{_percent(row.share):>6} {bar}"
        told = _percent(row.as_reported)
        table.add_row(row.mutant, share, _range(row.low, row.high), told, *folds, words[row.status])
    blank = ["" for _ in one.schedule.drugs]
    rest = [row for row in one.mutants if row not in shown]
    if rest:
        told = _percent(sum(row.as_reported for row in rest))
        table.add_row(
            f"{len(rest)} others", f"{_percent(sum(row.share for row in rest)):>6}", "", told, *blank, ""
        )
    if one.compound_share > 0.0005:
        table.add_row(
            "compound", f"{_percent(one.compound_share):>6}", "", "", *blank, "no" if assumed else "yes"
        )
    return table


def _tornado(result: Forecast, one: ScheduleForecast) -> tuple[str, Table] | None:
    bars = [bar for bar in result.sensitivity if bar.schedule == one.schedule.text][:_BARS]
    if not bars:
        return None
    table = plain_table()
    table.add_column("Not known exactly", overflow="fold")
    table.add_column("if", justify="right", no_wrap=True)
    table.add_column("chance", justify="right", no_wrap=True)
    table.add_column("if", justify="right", no_wrap=True)
    table.add_column("chance", justify="right", no_wrap=True)
    for bar in bars:
        table.add_row(
            bar.unknown, bar.at_low, _percent(bar.relapse_low), bar.at_high, _percent(bar.relapse_high)
        )
    heading = _heading(
        "What moves this chance most", note=f"{one.schedule.text}, by {result.horizon_years:g} y"
    )
    return heading, table
