"""Options of the commands about resistance mutants: the user's own tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MutantTable = Annotated[
    Path | None, typer.Option(help="Your own table: target, mutant, drug, fold (or ic50_nanomolar), source.")
]
LevelTable = Annotated[
    Path | None, typer.Option(help="Your own table of levels: drug, target, effective_nanomolar or coverage.")
]
