"""Arguments and options of the commands that read phosphoproteomes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Quantity(StrEnum):
    """What a SILAC table is read for."""

    ratio = "ratio"
    intensity = "intensity"


class Scale(StrEnum):
    """What the intensities are."""

    linear = "linear"
    log2 = "log2"


SiteFile = Annotated[
    Path,
    typer.Argument(
        help="Site table of MaxQuant, DIA-NN, FragPipe, Spectronaut or Proteome Discoverer; or effects on sites."
    ),
]
SampleSheet = Annotated[
    Path | None, typer.Option(help="Sample sheet: sample, condition, replicate (CSV, TSV, Excel).")
]
Relations = Annotated[
    Path | None,
    typer.Option(help="Relations source, target, weight (or SIGNOR's layout) in place of the shipped ones."),
]
Engine = Annotated[str | None, typer.Option(help="Who wrote the file, where its header does not tell.")]
Localisation = Annotated[
    float, typer.Option(help="Least probability that the phosphate sits on the residue.")
]
Organism = Annotated[str | None, typer.Option(help="human, mouse, ...; found from the file.")]
Searched = Annotated[
    Path | None, typer.Option(help="The sequences searched, where the file has no positions.")
]
WhichQuantity = Annotated[
    Quantity | None, typer.Option(help="ratio or intensity, where a SILAC table has both.")
]
Intensities = Annotated[Scale | None, typer.Option(help="linear or log2, where the values do not tell.")]
Normalise = Annotated[
    bool, typer.Option(help="Bring the samples to one median over the sites measured in all.")
]
Page = Annotated[Path | None, typer.Option(help="Write a page that opens offline.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines: everything.")]
