"""What whoever reads a table of sites decides, handed to the reader of the engine as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinescape.assays.phospho.reading.fasta import Sequences
from kinescape.assays.phospho.reading.intensities import Scale


@dataclass(frozen=True)
class ReadingChoices:
    """How a table of sites is to be read.

    Parameters
    ----------
    localisation : float
        Least probability, from 0 to 1, that the phosphate sits on the residue.
    organism : str or None
        As the user states it; found from the file where it is None.
    quantity : {"intensity", "ratio"} or None
        For SILAC tables, which have both: ratios where it is None. Other tables have no choice.
    scale : {"linear", "log2"} or None
        Of the intensities; found from the values where it is None.
    sequences : Sequences or None
        Those that were searched: for positions, windows and genes that the file does not give.
    """

    localisation: float = 0.75
    organism: str | None = None
    quantity: Literal["intensity", "ratio"] | None = None
    scale: Scale | None = None
    sequences: Sequences | None = None
