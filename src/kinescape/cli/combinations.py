"""`kinescape combinations`: what to give together, from a study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

_WIDTH = 100


def combinations(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the results; by default 'results' beside the study."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many pairs to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines: all the pairs.")] = False,
) -> None:
    """Rank the pairs of drugs of a study, as its report does: fits the model, and writes the tables."""
    from kinescape.cli.run import run_watched
    from kinescape.cli.speaking import tell_faults
    from kinescape.report.selection import SCALE_WORDS

    results, _ = run_watched(study, out, as_json=as_json)
    specification, frame = results.specification, results.combinations
    if not as_json:
        tell_faults(note for note in results.notes if note.severity == "warning")
    if as_json:
        json.dump({"ok": True, "combinations": frame.to_dicts()}, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for name in ("pair", "status", "standing"):
        table.add_column(name)
    for name in ("effect", "spared", "score", "closes", "Bliss excess", "front"):
        table.add_column(name, justify="right", no_wrap=name != "Bliss excess")
    for row in frame.head(top).iter_rows(named=True):
        excess = "-" if row["bliss_excess"] is None else f"{row['bliss_excess']:+.2f}"
        excess += "" if row["bliss_se"] is None else f"\n± {row['bliss_se']:.2f}"
        plainly = [
            "-" if row[name] is None else f"{row[name]:.2f}" for name in ("synergy_score", "escape_closed")
        ]
        table.add_row(
            plain(row["condition"]).replace(" + ", "\n+ "),
            row["status"],
            row["standing"],
            *(_with_interval(row, name) for name in ("effect", "spared")),
            *plainly,
            excess,
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
        "0.25 of the z-score of what the single drugs leave to gain. closes: size, log2, of the strongest response to "
        "one drug that the other counters (0: none). Bliss excess ± its standard error; above 0 the pair does more "
        "than two independent drugs. front: Pareto front of effect, sparing, score and closes."
    )
    if frame.height > top:
        terminal.print(f"{top} of {frame.height} pairs; all are in tables/combinations.tsv of the results.")


def _with_interval(row: dict[str, Any], name: str) -> str:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return "-"
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f}\n{low:.2f}…{high:.2f}"
