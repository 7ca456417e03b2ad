"""`kinescape curves`: dose-response curves of a file, each with a status and intervals."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from kinescape.assays.viability.curves import FittedCurves
    from kinescape.assays.viability.reading.dose_series import DoseSeries

_WIDTH = 110
_SHOWN = 30


def curves(
    file: Annotated[
        Path, typer.Argument(help="Dose-response data: CSV, TSV, Excel or Parquet, in any usual layout.")
    ],
    plate_layout: Annotated[
        Path | None, typer.Option("--layout", help="What the wells of a plate matrix hold.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="long, wide, wells, plate or time_course; found from the file by default."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of the doses, such as uM, where the file says none.")
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(help="percent, fraction or raw signals; found from untreated wells by default."),
    ] = None,
    measures: Annotated[
        str | None, typer.Option(help="viability or inhibition; found from untreated wells.")
    ] = None,
    sample: Annotated[str | None, typer.Option(help="Name of the sample, where the file has none.")] = None,
    agent: Annotated[
        str | None, typer.Option(help="Name of the drug, where headings are doses alone.")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="Tag of the untreated wells; may be repeated.")
    ] = None,
    doses: Annotated[str | None, typer.Option(help="Doses of numbered columns, joined by commas.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours of treatment, where the file says none.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a spreadsheet.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column means, as response=viab or dose='Final conc'; may be repeated."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Column that tells curves apart beside sample, drug and time; may be repeated."),
    ] = None,
    separator: Annotated[
        str | None, typer.Option(help="Between sample and drug in the names of curves, such as _.")
    ] = None,
    controls: Annotated[
        Path | None, typer.Option(help="Table of untreated counts, joined to the data by ctrl_tag.")
    ] = None,
    time_zero: Annotated[
        Path | None, typer.Option(help="Table of counts at time zero, joined to the data by time0_tag.")
    ] = None,
    doublings: Annotated[
        list[str] | None,
        typer.Option(
            help="Doublings of the untreated cells during treatment, as 2.4 or SAMPLE=2.4 (may be repeated): "
            "growth-rate values without time zero."
        ),
    ] = None,
    decimal: Annotated[
        str, typer.Option(help="How decimals are written: a point, or , for a European export.")
    ] = ".",
    out: Annotated[Path | None, typer.Option(help="Write the table here: .tsv, .csv or .parquet.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with pictures here.")] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(help="Draw the curves of this drug or sample on the page; may be repeated."),
    ] = None,
    measurements: Annotated[
        Path | None, typer.Option(help="Write the effects as a table of measurements: .tsv or .parquet.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="No intervals and a coarser search.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Fit dose-response curves: IC50, EC50, area and effect with intervals, and what became of every curve."""
    from kinescape.assays.viability.curves import fit_curves
    from kinescape.cli.table_files import (
        MEASUREMENT_SUFFIXES,
        TABLE_SUFFIXES,
        need_suffix,
        write_measurements,
        write_table,
    )

    need_suffix(out, TABLE_SUFFIXES)
    need_suffix(measurements, MEASUREMENT_SUFFIXES)
    if show and report is None:
        _refuse_without_page(show, file.name)
    series = _read(
        file,
        layout=kind,
        plate_layout=plate_layout,
        unit=unit,
        scale=scale,
        measures=measures,
        sample=sample,
        control=control,
        doses=_doses(doses, file.name),
        agent=agent,
        hours=hours,
        sheet=sheet,
        columns=_columns(column or [], file.name),
        by=by or [],
        separator=separator,
        controls=controls,
        time_zero=time_zero,
        decimal=decimal,
    )
    if doublings:
        from kinescape.assays.viability.doublings import growth_rates_from_doublings

        series = growth_rates_from_doublings(series, _doublings(doublings, file.name), how="--doublings")
    fitted = fit_curves(series, effort="fast" if fast else "thorough", intervals=not fast, shapes=not fast)
    # Whatever may be refused comes before anything is written.
    if report is not None:
        from kinescape.report.bundle import write_page
        from kinescape.report.curves_page import curves_page

        page = curves_page(fitted, show=tuple(show or ()))
    table = series.to_measurements() if measurements is not None else None
    if out is not None:
        write_table(fitted.table, out)
    if measurements is not None and table is not None:
        write_measurements(table, measurements)
    if report is not None:
        write_page(page, report)
    if as_json:
        answer = {
            "ok": True,
            "read": series.stated,
            "response": series.response,
            "notes": [note.as_dict() for note in series.notes],
            "curves": [_finite(row) for row in fitted.table.iter_rows(named=True)],
        }
        json.dump(answer, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
        sys.stdout.write("\n")
        return
    _show(fitted, written=[path for path in (out, measurements, report) if path is not None])


def _refuse_without_page(show: list[str], file: str) -> None:
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    raise InputError(
        Fault(
            "usage",
            f"--show {show[0]} chooses what a page draws, and no page is written",
            file=file,
            mend="add --report page.html",
        )
    )


def _finite(row: dict[str, object]) -> dict[str, object]:
    """A row for JSON: infinities, as open ends of intervals, become text."""
    return {
        name: ("inf" if value > 0 else "-inf")
        if isinstance(value, float) and abs(value) == float("inf")
        else value
        for name, value in row.items()
    }


def _doses(text: str | None, file: str) -> list[float] | None:
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(
            Fault(
                "not-a-number",
                f"--doses: {error}",
                file=file,
                expected="numbers joined by commas: 0,0.1,1,10",
            )
        ) from None


def _doublings(given: list[str], file: str) -> float | dict[str, float]:
    """One number for all samples, or each sample's own from `SAMPLE=2.4`."""
    from kinescape.foundation.issues import Faults

    faults = Faults()
    found: dict[str, float] = {}
    for text in given:
        sample, _, amount = text.rpartition("=")
        try:
            found[sample.strip()] = float(amount)
        except ValueError:
            faults.add(
                "not-a-number",
                f"--doublings {text}: '{amount}' is not a number",
                file=file,
                expected="--doublings 2.4, or --doublings SAMPLE=2.4 for each sample",
            )
    if "" in found and len(given) > 1:
        faults.add(
            "two-ways",
            "--doublings gives one number for all samples, and more beside it",
            file=file,
            expected="one number, or SAMPLE=number for each sample",
        )
    faults.raise_if_errors()
    return found.get("", found)


def _read(file: Path, **said: Any) -> DoseSeries:
    """The series; what mends a fault is told as options of this command."""
    from dataclasses import replace

    from kinescape.assays.viability.combination_scoring.dose_matrix_checks import one_message_each
    from kinescape.assays.viability.dose_reading import read_doses
    from kinescape.foundation.errors import InputError

    try:
        series = read_doses(file, **said)
    except InputError as error:
        told = one_message_each(error.faults)
        raise InputError([replace(fault, mend=_as_options(fault.mend)) for fault in told]) from None
    return replace(series, notes=tuple(replace(note, mend=_as_options(note.mend)) for note in series.notes))


def _as_options(mend: str | None) -> str | None:
    """`unit = "uM"` as `--unit uM`, so that it can be typed as it stands.

    Examples
    --------
    >>> _as_options('give unit = "uM", or columns = {"dose": "…"}')
    'give --unit uM, or --column dose=…'
    """
    if mend is None:
        return None
    names = {"layout": "kind", "plate_layout": "layout", "time_zero": "time-zero"}

    def one(match: re.Match[str]) -> str:
        value = f"'{match[2]}'" if " " in match[2] else match[2]
        return f"--{names.get(match[1], match[1])} {value}"

    def many(match: re.Match[str]) -> str:
        return " ".join(
            f"--column {key}={value}" for key, value in re.findall(r'"(\w+)": "([^"]*)"', match[1])
        )

    text = re.sub(r"columns = \{([^}]*)\}", many, mend)
    return re.sub(r'\b(\w+) = \[?"([^"]*)"\]?', one, text)


def _columns(given: list[str], file: str) -> dict[str, str]:
    """Meanings to names of columns, from `response=viab`."""
    from kinescape.foundation.issues import Faults

    faults = Faults()
    for text in given:
        if "=" not in text:
            faults.add(
                "usage",
                f"--column {text} names no meaning",
                file=file,
                expected="meaning=name: --column response=viab",
            )
    faults.raise_if_errors()
    return {meaning.strip(): name.strip() for meaning, name in (text.split("=", 1) for text in given)}


def _show(fitted: FittedCurves, *, written: list[Path]) -> None:
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    from kinescape.assays.viability.curve_fitting.curve_status import MEANING, CurveStatus
    from kinescape.assays.viability.reading.dose_unit import interval_text
    from kinescape.cli.speaking import tell_faults

    out = Console(highlight=False, width=_WIDTH)
    out.print(plain(_sentence(fitted.series.stated)))
    found = fitted.table
    out.print(f"\n{found.height} curve{'s' if found.height != 1 else ''}:")
    counts = dict(found["status"].value_counts().iter_rows())
    for status in CurveStatus:
        if str(status) in counts:
            out.print(f"  {counts[str(status)]:>6,} {status}: {MEANING[status]}")
    growth = fitted.series.response == "growth_rate"
    several_times, several_samples = found["time_h"].n_unique() > 1, found["sample"].n_unique() > 1
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    named = [("sample", False)] * several_samples + [("drug", False)] + [("hours", True)] * several_times
    for heading, right in (
        *named, ("status", False), ("GR50" if growth else "IC50", True), ("95 % interval", True),
        ("at top dose", True), ("area", True),
        *[("GRmax", True), ("GR AOC", True)] * growth, ("FDR", True), ("interval over", False),
    ):  # fmt: skip
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    shown = found.sort("fdr", nulls_last=True).head(_SHOWN)
    for row in shown.iter_rows(named=True):
        tested = (row["dose_low"], row["dose_high"])
        interval = interval_text(row["ic50_low"], row["ic50_high"], row["dose_unit"], tested=tested)
        table.add_row(
            *[plain(row["sample"])] * several_samples,
            plain(row["agent"]),
            *["" if row["time_h"] is None else f"{row['time_h']:g}"] * several_times,
            row["status"],
            plain(row["ic50"]),
            plain(interval),
            _number(row["emax"]),
            _number(row["auc"]),
            *([_number(row["gr_max"]), _number(row["gr_aoc"])] if growth else []),
            "" if row["fdr"] is None else f"{row['fdr']:.2g}",
            "wells" if row["interval_unit"] == "points" else row["interval_unit"],
        )
    out.print()
    out.print(table)
    if found.height > shown.height:
        out.print(
            f"The {shown.height} surest of {found.height:,} curves; --out, --report or --json gives all."
        )
    for path in written:
        out.print(f"Written: {plain(str(path))}")
    tell_faults(fitted.series.notes)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
