"""What a run found, as one object, and as a folder of tables that anyone can open."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.foundation.issues import Fault
from kinescape.foundation.writing import replacing, write_text
from kinescape.knowledge.agents import AgentTable
from kinescape.knowledge.network import Network
from kinescape.measurements.table import Measurements
from kinescape.study.phospho import PhosphoAnalysis
from kinescape.study.specification import StudySpecification

TABLES = (
    *("quality", "effects", "validation", "comparisons", "network_test", "choices", "phenotype_levels"),
    *("predictions", "combinations", "escape"),
)
"""Tables of a run besides `measurements`, by the names of their files."""

PHOSPHO_TABLES = ("activity_table", "substrate_table", "site_table")
"""Tables of a phosphoproteome, by the method that makes them."""


@dataclass(frozen=True)
class MethodUsed:
    """A method that really made numbers of this run.

    Parameters
    ----------
    name : str
        What it is called.
    text : str
        What it did here, in plain words.
    citation : str
        Where it comes from; empty where it is ours.
    """

    name: str
    text: str
    citation: str = ""


@dataclass(frozen=True)
class StudyResults:
    """Everything a run found; the report is made from this and from nothing else.

    Parameters
    ----------
    specification : StudySpecification
        The study.
    measurements : Measurements
        The one table.
    quality : polars.DataFrame
        One row a file and sample: what was read, kept, dropped and why.
    effects : polars.DataFrame
        One row an effect, with interval, p-value and false discovery rate.
    validation : polars.DataFrame
        How far each model and baseline is from held-out data.
    comparisons : polars.DataFrame
        Each model's error minus that of each baseline, on the same rows.
    network_test : polars.DataFrame
        Held-out inhibitors with the prior network, without it, and with shuffled ones.
    network_words : str
        What that test says.
    predictions : polars.DataFrame
        Conditions not measured, with intervals.
    combinations : polars.DataFrame
        Pairs, measured and predicted, ranked by Pareto front.
    escape : polars.DataFrame
        What rose or fell under each drug beside its target.
    network : Network
        The prior network that was used.
    agents : AgentTable
        The agents that were known.
    methods : tuple of MethodUsed
        Methods that made these numbers.
    notes : tuple of Fault
        Warnings and notes of the run.
    provenance : dict
        Versions, seed, hashes, settings, licences, citations.
    phospho : tuple of PhosphoAnalysis
        Phosphoproteomes with their sites, contrasts and activities.
    choices : polars.DataFrame
        Which member of the signalling model answers which question, with the evidence.
    phenotype_levels : polars.DataFrame
        How far each level of data is from the phenotype of held-out pairs, and which was chosen.
    """

    specification: StudySpecification
    measurements: Measurements
    quality: pl.DataFrame
    effects: pl.DataFrame
    validation: pl.DataFrame
    comparisons: pl.DataFrame
    network_test: pl.DataFrame
    network_words: str
    predictions: pl.DataFrame
    combinations: pl.DataFrame
    escape: pl.DataFrame
    network: Network
    agents: AgentTable
    methods: tuple[MethodUsed, ...] = ()
    notes: tuple[Fault, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    phospho: tuple[PhosphoAnalysis, ...] = ()
    choices: pl.DataFrame = field(default_factory=pl.DataFrame)
    phenotype_levels: pl.DataFrame = field(default_factory=pl.DataFrame)

    def write(self, folder: str | Path) -> None:
        """Write the tables as TSV and Parquet, and `provenance.json` last.

        Raises
        ------
        RunError
            Where the disk is full or the folder cannot be written; each file is then whole or as it was.
        """
        place = Path(folder)
        self.measurements.write_tsv(place / "tables" / "measurements.tsv")
        self.measurements.write_parquet(place / "tables" / "measurements.parquet")
        for name, frame in self._tables().items():
            with replacing(place / "tables" / f"{name}.parquet") as temporary:
                frame.write_parquet(temporary)
            write_text(place / "tables" / f"{name}.tsv", flat(frame).write_csv(separator="\t"))
        notes = [note.as_dict() for note in self.notes]
        write_text(place / "notes.json", json.dumps(notes, indent=2, ensure_ascii=False) + "\n")
        text = json.dumps(self.provenance, indent=2, ensure_ascii=False, sort_keys=True)
        write_text(place / "provenance.json", text + "\n")

    def _tables(self) -> dict[str, pl.DataFrame]:
        """Every table of the run by the name of its file; those of phosphoproteomes only where there is one."""
        found: dict[str, pl.DataFrame] = {name: getattr(self, name) for name in TABLES}
        for name in PHOSPHO_TABLES if self.phospho else ():
            parts = [
                getattr(one, name)().select(pl.lit(one.file).alias("file"), pl.all()) for one in self.phospho
            ]
            found[f"phospho_{name.removesuffix('_table')}"] = pl.concat(parts, how="diagonal")
        return found


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined by semicolons, as a text table can hold it."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(";") for name in lists)
