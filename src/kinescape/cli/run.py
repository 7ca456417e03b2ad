"""`kinescape run`: the main job."""

from __future__ import annotations

import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinescape.foundation.issues import Fault
    from kinescape.study.results import StudyResults

LIMITING = ("few-conditions", "agents-collinear", "too-large", "tests-shortened")
"""Codes of notes that are printed, because they change what the results may be used for."""


def run(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the results; by default 'results' beside the study."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Run a study: tables, evidence and one page that opens offline."""
    run_with_progress(study, out, as_json=as_json)


def run_with_progress(study: Path, out: Path | None, *, as_json: bool) -> None:
    """Run a study with a progress display, write its report and say where everything is."""
    from kinescape.cli.speaking import console, tell_faults
    from kinescape.report.build import write_report
    from kinescape.study.run import forget_stages

    begun = time.perf_counter()
    results, place = run_watched(study, out, as_json=as_json)
    page = place / "report.html"
    with console(stderr=True).status("report") if not as_json else nullcontext():
        write_report(results, page)
    forget_stages(place)
    seconds = time.perf_counter() - begun
    if as_json:
        json.dump(_summary(results, place, page, seconds), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    tell_faults(worth_telling(results.notes))
    notes = sum(note.severity == "note" for note in results.notes)
    console().print(f"Report: {page}")
    console().print(f"Tables: {place / 'tables'}")
    if notes:
        console().print(
            f"{notes} notes on how the data were read are in the report and in {place / 'notes.json'}"
        )
    console().print(f"Done in {seconds:.0f} s.")


def worth_telling(notes: Iterable[Fault]) -> list[Fault]:
    """Warnings, and notes on what keeps a model from being fitted or agents from being told apart; each once."""
    told = [note for note in notes if note.severity == "warning" or note.code in LIMITING]
    return list(dict.fromkeys(told))


def run_watched(study: Path, out: Path | None, *, as_json: bool) -> tuple[StudyResults, Path]:
    """Run a study with a progress display on the error stream; the results and where they lie."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from kinescape.cli.speaking import console
    from kinescape.knowledge.resources import FETCHING
    from kinescape.study import run as running

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.fields[step]}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console(stderr=True), disable=as_json, transient=True
    ) as bar:
        task = bar.add_task(running.STAGES[0], total=len(running.STAGES), step="")

        def watch(progress: running.Progress) -> None:
            if progress.step.startswith(FETCHING):
                # Licence and citation stay on the screen.
                bar.console.print(progress.step, markup=False)
                return
            if progress.lasting:
                bar.console.print(f"Note: {progress.step}", markup=False)
                return
            step = "kept from the stopped run" if progress.kept else progress.step
            done = running.STAGES.index(progress.stage)
            bar.update(task, completed=done, description=progress.stage, step=step)

        results = running.run_study(study, out, watch=watch)
    return results, running.results_folder(results.specification.folder, out)


def _summary(results: StudyResults, place: Path, page: Path, seconds: float) -> dict[str, object]:
    best = results.combinations.filter(results.combinations["front"] == 1)
    return {
        "ok": True,
        "report": str(page),
        "tables": str(place / "tables"),
        "seconds": round(seconds, 1),
        "samples": list(results.measurements.samples),
        "rows": len(results.measurements),
        "front": best.select("agent_a", "agent_b", "condition", "status").to_dicts(),
        "faults": [note.as_dict() for note in results.notes],
    }
