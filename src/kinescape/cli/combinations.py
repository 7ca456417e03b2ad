"""`kinescape combinations`: what to give together, from a study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    from kinescape.foundation.issues import Fault
    from kinescape.study.specification import StudySpecification

_WIDTH = 100
_ENOUGH_PAIRS = 5


def combinations(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the results; by default 'results' beside the study."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 20,
    model: Annotated[
        bool,
        typer.Option(
            "--model/--no-model",
            help="Without it, in seconds and nothing written: a pair that was not measured is Bliss of its single "
            "drugs. For screens of thousands of dose pairs.",
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines: all the pairs.")] = False,
) -> None:
    """Rank the pairs of drugs of a study, as its report does: fits the model, and writes the tables."""
    from kinescape.cli.speaking import tell_faults
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault

    if not model and out is not None:
        raise InputError(
            Fault(
                "wrong-value", "--no-model writes nothing, so --out has no use", mend="leave one of them out"
            )
        )
    if model:
        from kinescape.cli.run import run_watched

        results, _ = run_watched(study, out, as_json=as_json)
        specification, frame, notes = results.specification, results.combinations, results.notes
    else:
        specification, frame, notes = _without_model(study)
    if as_json:
        content: dict[str, object] = {"ok": True, "combinations": frame.to_dicts()}
        if not model:
            content |= {"model": False, "notes": [note.as_dict() for note in notes]}
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    tell_faults(note for note in notes if note.severity == "warning")
    _show(specification, frame, top, model=model)


def _without_model(study: Path) -> tuple[StudySpecification, pl.DataFrame, tuple[Fault, ...]]:
    """The pairs ranked by what was measured alone: singles, pairs and adaptive responses."""
    from kinescape.strategy.adaptive import adaptive_responses
    from kinescape.strategy.combinations import rank_combinations
    from kinescape.study.run import check_study

    inputs = check_study(study)
    specification = inputs.specification
    escape = adaptive_responses(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        sample=specification.target_sample,
        suppress=specification.suppress,
        readouts=inputs.readouts,
        phospho_assays=inputs.phospho_assays,
    )

    def ranked(bliss_error: float | None) -> pl.DataFrame:
        return rank_combinations(
            inputs.measurements,
            inputs.network,
            inputs.agents,
            target_sample=specification.target_sample,
            reference_sample=specification.reference_sample,
            suppress=specification.suppress,
            candidates=specification.candidates.agents,
            exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
            escape=escape,
            bliss_error=bliss_error,
            seed=specification.seed,
        )

    frame = ranked(None)
    # How far off Bliss was on the pairs measured here: the intervals of the others are never narrower.
    missed = frame["bliss_excess"].drop_nulls().to_numpy()
    if missed.size >= _ENOUGH_PAIRS and (frame["status"] == "predicted").any():
        frame = ranked(float((missed**2).mean() ** 0.5))
    return specification, frame, inputs.notes


def _show(specification: StudySpecification, frame: pl.DataFrame, top: int, *, model: bool) -> None:
    """The first pairs, and what their columns mean."""
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    from kinescape.report.sections.reached import reached_in_plasma
    from kinescape.report.selection import SCALE_WORDS

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for name in ("pair", "status", "standing"):
        table.add_column(name)
    for name in ("effect", "spared", "score", "synergy", "closes", "plasma", "front"):
        table.add_column(name, justify="right", no_wrap=name != "plasma")
    for row in frame.head(top).iter_rows(named=True):
        table.add_row(
            plain(row["condition"]).replace(" + ", "\n+ "),
            row["status"],
            row["standing"],
            *(_with_interval(row, name) for name in ("effect", "spared")),
            "-" if row["synergy_score"] is None else f"{row['synergy_score']:.2f}",
            *(_with_interval(row, name) for name in ("expected_excess", "escape_closed")),
            reached_in_plasma(row).replace("–", "-").replace(" (", "\n("),
            "-" if row["front"] is None else str(row["front"]),
        )
    terminal = Console(highlight=False, width=_WIDTH)
    terminal.print(
        f"[bold]Pairs for {plain(specification.target_sample)}[/]  lowering {plain(specification.suppress)}"
    )
    terminal.print(table)
    scale = SCALE_WORDS.get(frame["effect_scale"][0], "") if frame.height else ""
    spared = specification.reference_sample
    terminal.print(
        f"effect: {plain(specification.suppress)} of {plain(specification.target_sample)}, {scale}"
        + (f"; spared: the same of {plain(spared)}" if spared else "")
        + ", each above its 90 % interval. gain: a tenth or more beyond the better "
        "drug alone. score: rule about the two pathways (-1 to 1) and "
        "0.25 of the z-score of what the single drugs leave to gain. synergy: excess over two independent drugs, "
        "measured or expected. closes: size, log2, of the strongest response to one drug that the other counters (0: "
        "none). plasma: share of the doses that patients reach, with the range between them; -: not known. front: "
        "Pareto front of effect, sparing, score and closes."
    )
    if not model:
        measured = frame["bliss_excess"].drop_nulls().len()
        width = (
            f"its interval holds how far off Bliss was on the {measured} measured here"
            if measured >= _ENOUGH_PAIRS
            else "its interval holds the error between replicates alone, and not how far off Bliss may be"
        )
        terminal.print(
            f"Without the model: a pair that was not measured is Bliss of its single drugs, and {width}. Nothing was "
            "written."
        )
    if frame.height > top:
        where = "tables/combinations.tsv of the results" if model else "--json"
        drugs = frame.select("agent_a", "agent_b").n_unique()
        rows = (
            "pairs"
            if drugs == frame.height
            else f"rows, one a measured pair of doses, of {drugs} pairs of drugs"
        )
        terminal.print(f"{top} of {frame.height} {rows}; all are in {where}.")


def _with_interval(row: dict[str, Any], name: str) -> str:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return "-"
    # No "-0.00".
    value = round(value, 2) + 0.0
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f}\n{low:.2f}…{high:.2f}"
