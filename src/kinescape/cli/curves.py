"""`kinescape curves`: dose-response curves of a file, each with a status and intervals."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kinescape.assays.viability.curves import FittedCurves

_WIDTH = 110


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
        str | None, typer.Option(help="percent or fraction; found from untreated wells.")
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
    out: Annotated[
        Path | None, typer.Option(help="Write the table here (TSV or Parquet by its ending).")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with pictures here.")] = None,
    measurements: Annotated[
        Path | None, typer.Option(help="Write the effects as a table of measurements (TSV or Parquet).")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="No intervals and a coarser search.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Fit dose-response curves: IC50, EC50, area and effect with intervals, and what became of every curve."""
    from kinescape.assays.viability.curves import fit_curves
    from kinescape.assays.viability.dose_reading import read_doses

    series = read_doses(
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
    )
    fitted = fit_curves(series, effort="fast" if fast else "thorough", intervals=not fast, shapes=not fast)
    if out is not None:
        _write(fitted, out)
    if measurements is not None:
        table = series.to_measurements()
        (table.write_parquet if measurements.suffix == ".parquet" else table.write_tsv)(measurements)
    if report is not None:
        from kinescape.report.curves_page import write_curves

        write_curves(fitted, report)
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


def _write(fitted: FittedCurves, path: Path) -> None:
    from kinescape.foundation.writing import replacing, write_text

    if path.suffix == ".parquet":
        with replacing(path) as temporary:
            fitted.table.write_parquet(temporary)
        return
    write_text(path, fitted.table.write_csv(separator="\t"))


def _show(fitted: FittedCurves, *, written: list[Path]) -> None:
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    from kinescape.cli.speaking import tell_faults

    out = Console(highlight=False, width=_WIDTH)
    out.print(plain(fitted.series.stated))
    counts = ", ".join(
        f"{count} {status}" for status, count in fitted.table["status"].value_counts(sort=True).iter_rows()
    )
    out.print(f"{fitted.table.height} curves: {counts}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, right in (
        ("sample", False), ("agent", False), ("status", False), ("IC50", True), ("95 % interval", True),
        ("Emax", True), ("AUC", True), ("FDR", True), ("over", False),
    ):  # fmt: skip
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    shown = fitted.table.sort("fdr", nulls_last=True).head(30)
    for row in shown.iter_rows(named=True):
        table.add_row(
            plain(row["sample"]),
            plain(row["agent"]),
            row["status"],
            plain(row["ic50"]),
            plain(_interval(row["ic50_low_molar"], row["ic50_high_molar"])),
            _number(row["emax"]),
            _number(row["auc"]),
            "" if row["fdr"] is None else f"{row['fdr']:.2g}",
            row["interval_unit"],
        )
    out.print(table)
    if fitted.table.height > shown.height:
        out.print(f"the {shown.height} surest of {fitted.table.height} curves; --out or --json gives all")
    for path in written:
        out.print(f"written: {plain(str(path))}")
    tell_faults(fitted.series.notes)


def _interval(low: float | None, high: float | None) -> str:
    from kinescape.assays.viability.curve_status import molar_text

    ends = [molar_text(end) if end is not None and 1e-15 < end < 1e3 else "?" for end in (low, high)]
    return "" if ends == ["?", "?"] else " – ".join(ends)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
