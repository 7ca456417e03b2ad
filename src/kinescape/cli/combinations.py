"""`kinescape combinations`: what to give together, from a study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

_WIDTH = 100


def combinations(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    top: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines: all the pairs.")] = False,
) -> None:
    """Rank the pairs of drugs of a study from its measurements, without fitting the model."""
    from kinescape.strategy.adaptive import adaptive_responses
    from kinescape.strategy.combinations import rank_combinations
    from kinescape.study.run import check_study

    inputs = check_study(study)
    specification = inputs.specification
    responses = adaptive_responses(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        sample=specification.target_sample,
        suppress=specification.suppress,
        readouts=inputs.readouts,
    )
    frame = rank_combinations(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        target_sample=specification.target_sample,
        reference_sample=specification.reference_sample,
        suppress=specification.suppress,
        candidates=specification.candidates.agents,
        exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
        escape=responses,
        seed=specification.seed,
    )
    if as_json:
        json.dump({"ok": True, "combinations": frame.to_dicts()}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for name, justify in (("front", "right"), ("pair", "left"), ("status", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for name in ("effect", "spared", "score", "Bliss +/-"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in frame.head(top).iter_rows(named=True):
        excess = "-" if row["bliss_excess"] is None else f"{row['bliss_excess']:+.2f}"
        excess += "" if row["bliss_se"] is None else f" {row['bliss_se']:.2f}"
        numbers = [
            "-" if row[name] is None else f"{row[name]:.2f}" for name in ("effect", "spared", "synergy_score")
        ]
        front = "-" if row["front"] is None else str(row["front"])
        table.add_row(front, plain(row["condition"]), row["status"], *numbers, excess)
    out = Console(highlight=False, width=_WIDTH)
    out.print(
        f"[bold]Pairs for {plain(specification.target_sample)}[/]  lowering {plain(specification.suppress)}"
    )
    out.print(table)
    out.print(
        "front: Pareto front of effect, sparing and synergy score. Bliss +/-: excess and its standard error."
    )
