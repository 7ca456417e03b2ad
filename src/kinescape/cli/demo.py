"""`kinescape demo`: a simulated study into a folder, and the main job on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the study.")] = Path("kinescape-demo"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Write a small simulated study into a folder and run it; needs no network."""
    from kinescape.cli.run import run_with_progress
    from kinescape.cli.speaking import console
    from kinescape.study.demonstration import make_demonstration

    study = make_demonstration(folder)
    if not as_json:
        console().print(
            f"A simulated study was written to {folder}; truth.json there tells what was planted."
        )
    run_with_progress(study, None, as_json=as_json)
