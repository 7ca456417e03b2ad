"""`kinescape next`: which experiment to do next, from a study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from kinescape.cli.speaking import console, tell_faults

_WIDTH = 110


def next_(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    budget: Annotated[int, typer.Option(min=1, help="Wells for pairs; controls come on top.")] = 30,
    replicates: Annotated[int, typer.Option(min=1, help="Independent replicates of each pair.")] = 3,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Most pairs to test before looking at results.")
    ] = None,
    explore: Annotated[
        float, typer.Option(min=0.0, help="0 takes the likeliest synergies, more leans to pairs that teach.")
    ] = 0.0,
    synergy_at: Annotated[
        float | None, typer.Option(help="Excess over Bliss from which a pair counts as synergistic.")
    ] = None,
    unavailable: Annotated[
        list[str] | None, typer.Option(help="A drug that cannot be had; may be given again.")
    ] = None,
    plate: Annotated[int, typer.Option(help="Wells of a plate for the plate map: 96 or 384.")] = 96,
    out: Annotated[Path | None, typer.Option(help="Write the plate map here, as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Choose the pairs to test next, with doses, the expected yield and a plate map."""
    from kinescape.foundation.errors import InputError
    from kinescape.foundation.issues import Fault
    from kinescape.foundation.writing import write_text
    from kinescape.report.selection import SCALE_WORDS
    from kinescape.strategy.adaptive import adaptive_responses
    from kinescape.strategy.experiments import next_experiments
    from kinescape.strategy.plate_map import PLATES
    from kinescape.study.run import check_study

    if plate not in PLATES:
        raise InputError(
            Fault("wrong-value", f"--plate {plate} is no plate that is known", expected="96 or 384")
        )
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
    found = next_experiments(
        inputs.measurements,
        inputs.network,
        inputs.agents,
        target_sample=specification.target_sample,
        reference_sample=specification.reference_sample,
        suppress=specification.suppress,
        budget=budget,
        replicates=replicates,
        batch=batch,
        explore=explore,
        synergy_at=synergy_at,
        candidates=specification.candidates.agents,
        unavailable=unavailable or (),
        exclude_pairs=[(first, second) for first, second in specification.candidates.exclude_pairs],
        escape=escape,
        seed=specification.seed,
    )
    notes = (*(note for note in inputs.notes if note.severity == "warning"), *found.notes)
    layout = found.plate_map(plate, seed=specification.seed)
    if out is not None:
        write_text(out, layout.write_csv())
    if as_json:
        content = {
            "ok": True,
            "level": found.level,
            "information": found.information,
            "expected": {
                "mean": found.expected.mean,
                "low": found.expected.low,
                "high": found.expected.high,
                "share": found.expected.share,
                "of": found.expected.of,
            },
            "scale": found.scale,
            "synergy_at": found.synergy_at,
            "untested": found.untested,
            "pairs": found.pairs.to_dicts(),
            "left_out": found.left_out.to_dicts(),
            "plate_map": layout.to_dicts(),
            "notes": [note.as_dict() for note in (*inputs.notes, *found.notes)],
        }
        json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    tell_faults(notes)
    screen = Console(highlight=False, width=_WIDTH)
    screen.print(f"[bold]Next for {plain(specification.target_sample)}[/]  {plain(found.information)}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column("", justify="right")
    table.add_column("pair", overflow="fold", ratio=3)
    for name in ("chance", "excess", "90 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold", ratio=5)
    for row in found.pairs.iter_rows(named=True):
        span = f"{row['excess_low']:+.2f}…{row['excess_high']:+.2f}"
        table.add_row(
            str(row["rank"]),
            plain(row["condition"]),
            f"{row['probability']:.0%}",
            f"{row['expected_excess']:+.2f}",
            span,
            plain(row["why"]),
        )
    screen.print(table)
    scale = SCALE_WORDS.get(found.scale, found.scale.replace("_", " "))
    screen.print(
        f"chance: that the excess reaches {found.synergy_at:g}. excess: how much lower {plain(specification.suppress)} "
        f"is than two independent drugs would bring it (Bliss), in the unit of the measurements ({scale}), expected, "
        "and its 90 % interval."
    )
    screen.print(
        f"{plain(found.expected.text)} (excess over Bliss of {found.synergy_at:g} or more; "
        f"{found.untested} pairs could have been chosen)"
    )
    screen.print(
        f"{found.wells} wells for pairs; with single drugs and controls {layout.height} wells on "
        f"{layout['plate'].n_unique()} plate(s) of {plate}"
    )
    if found.left_out.height:
        screen.print(f"{found.left_out.height} pair(s) left out, such as:")
        for row in found.left_out.head(3).iter_rows(named=True):
            screen.print(f"  {plain(row['agent_a'])} + {plain(row['agent_b'])}: {plain(row['reason'])}")
    if out is not None:
        console().print(f"plate map: {plain(str(out))}")
