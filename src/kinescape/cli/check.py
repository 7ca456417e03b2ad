"""`kinescape check`: all the faults of a study, none hidden."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def check(
    study: Annotated[Path, typer.Argument(help="The study.toml, or the folder that holds it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Read a study and every file that it names, and tell all that is wrong, all at once."""
    from kinescape.cli.speaking import console, tell_faults
    from kinescape.knowledge.resources import FETCHING
    from kinescape.study.run import check_study

    def announce(text: str) -> None:
        if text.startswith(FETCHING):
            console(stderr=True).print(text, markup=False)

    inputs = check_study(study, announce=announce)
    if as_json:
        found = {
            "ok": True,
            "samples": list(inputs.measurements.samples),
            "rows": len(inputs.measurements),
            "faults": [note.as_dict() for note in inputs.notes],
        }
        json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    tell_faults(inputs.notes)
    table = inputs.measurements
    counts = {"sample": len(table.samples), "condition": len(table.conditions)}
    counts |= {"readout": len(table.readouts), "row": len(table)}
    words = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    console().print(f"The study is sound: {words}.")
