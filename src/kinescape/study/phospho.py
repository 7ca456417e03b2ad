"""A phosphoproteome from file to activities: read, compare, and score kinases and phosphatases in every contrast."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from kinescape.assays.phospho.reading import plain_sites
from kinescape.assays.phospho.reading.report_header import open_report
from kinescape.assays.phospho.reading.site_effect_files import read_site_effects
from kinescape.assays.phospho.site_contrasts.design import Design
from kinescape.assays.phospho.site_effects import SiteEffects
from kinescape.assays.phospho.site_reading import LAYOUTS, read_sites
from kinescape.assays.phospho.site_table import SiteTable
from kinescape.assays.phospho.study_reader import phospho_effects
from kinescape.assays.vocabulary import Vocabulary
from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.substrates import SiteRelations, load_site_relations, read_site_relations
from kinescape.measurements.conditions import Condition

if TYPE_CHECKING:
    from kinescape.assays.phospho.activity import KinaseActivities

LOCALISATION = 0.75
"""Least probability, by default, that the phosphate sits on the residue named."""
_NAMED = 6
_CONDITION = re.compile(r" (?:at [0-9.e+-]+ (?:h|min) )?against ")
"""What follows the condition in the name of a contrast."""


@dataclass(frozen=True)
class PhosphoContrast:
    """One contrast with the activities behind it.

    Parameters
    ----------
    effects : SiteEffects
        What it did to every site.
    activities : KinaseActivities
        What it did to kinases and phosphatases.
    """

    effects: SiteEffects
    activities: KinaseActivities

    @property
    def name(self) -> str:
        """What was compared with what."""
        return self.effects.name

    def same_sites(self, enzymes: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Those of the enzymes that rest on exactly the same measured sites, in groups of two and more.

        These data cannot tell which of a group moved, nor a kinase that fell from a phosphatase that rose.
        """
        behind = self.activities.substrates.filter(pl.col("enzyme").is_in(list(enzymes)))
        sites = {
            enzyme: frozenset(part)
            for enzyme, part in behind.group_by("enzyme").agg(pl.col("site")).iter_rows()
        }
        groups: dict[frozenset[str], list[str]] = {}
        for enzyme in enzymes:
            if enzyme in sites:
                groups.setdefault(sites[enzyme], []).append(enzyme)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)


@dataclass(frozen=True)
class PhosphoAnalysis:
    """What a phosphoproteome says.

    Parameters
    ----------
    file : str
        Name of the file, without its folder.
    table : SiteTable or None
        Sites and intensities; None where the file holds effects that somebody computed.
    contrasts : tuple of PhosphoContrast
        In the order of the design, or of the file.
    relations : SiteRelations
        Which enzymes act on which sites.
    adjusted : bool
        Whether sites were set against the amount of their protein.
    design : Design or None
        Which sample is what.
    notes : tuple of Fault
        Warnings and notes of reading and comparing.
    """

    file: str
    table: SiteTable | None
    contrasts: tuple[PhosphoContrast, ...]
    relations: SiteRelations
    adjusted: bool = False
    design: Design | None = None
    notes: tuple[Fault, ...] = field(default=())

    @cached_property
    def regulatory_sites(self) -> frozenset[str]:
        """Sites whose phosphorylation is known to switch their protein on or off."""
        known = self.relations.frame.filter(pl.col("effect") != 0)
        return frozenset(
            f"{substrate}_{residue}{position}"
            for substrate, residue, position in known.select("substrate", "residue", "position").iter_rows()
        )

    @property
    def stated(self) -> str:
        """What was read, in a sentence."""
        if self.table is None:
            sites = self.contrasts[0].effects.sites.height if self.contrasts else 0
            of = f"{len(self.contrasts)} contrasts" if len(self.contrasts) != 1 else f"{sites:,} sites"
            return f"effects on sites, computed elsewhere: {of}"
        rows = sum(count.rows for count in self.table.rows)
        kept = sum(count.rows for count in self.table.rows if count.kept)
        organism = f", {self.table.organism}" if self.table.organism else ""
        return (
            f"{self.table.engine}: {kept:,} of {rows:,} rows kept as {self.table.sites.height:,} sites in "
            f"{len(self.table.samples)} samples ({self.table.quantity}{organism})"
        )

    def activity_table(self) -> pl.DataFrame:
        """Activities of all contrasts in one table, with the contrast in the first column."""
        return _stacked([(one.name, one.activities.frame) for one in self.contrasts])

    def substrate_table(self) -> pl.DataFrame:
        """The sites behind the activities of all contrasts."""
        return _stacked([(one.name, one.activities.substrates) for one in self.contrasts])

    def site_table(self) -> pl.DataFrame:
        """Effects on sites of all contrasts."""
        return _stacked([(one.name, one.effects.sites) for one in self.contrasts])


def analyse_phospho(
    path: str | Path,
    *,
    design: str | Path | None = None,
    proteome: str | Path | None = None,
    network: str | Path | None = None,
    contrast: Sequence[str] = (),
    engine: str | None = None,
    localisation: float = LOCALISATION,
    organism: str | None = None,
    fasta: str | Path | None = None,
    quantity: Literal["intensity", "ratio"] | None = None,
    intensities: Literal["linear", "log2"] | None = None,
    normalise: bool = True,
    motifs: bool = False,
    vocabulary: Vocabulary | None = None,
    name: str | None = None,
) -> PhosphoAnalysis:
    """Score kinases and phosphatases in every contrast of a file.

    Parameters
    ----------
    path : str or Path
        Site table of MaxQuant, DIA-NN, FragPipe, Spectronaut or Proteome Discoverer with a `design`; without one,
        effects that somebody computed (`.seqrnk`, a table of fold changes, a matrix of contrasts).
    design : str or Path, optional
        Sample sheet: `sample`, `condition`, `replicate`.
    proteome : str or Path, optional
        Proteins of the same samples; sites are set against them.
    network : str or Path, optional
        Relations of enzymes and sites in place of the shipped ones.
    contrast : sequence of str
        Which contrasts to keep, by their name or a part of it; all of them by default.
    engine : str, optional
        Who wrote the file; found by its header.
    localisation : float
        Least localisation probability.
    organism, fasta, quantity : optional
        See `kinescape.assays.phospho.site_reading.read_sites`.
    intensities : {"linear", "log2"}, optional
        The scale of the intensities; found from the values by default.
    normalise : bool
        Whether samples are brought to one median.
    motifs : bool
        Whether the sequences about sites count too (needs the extra package ``phosx``).
    vocabulary : Vocabulary, optional
        With one, an agent of the sheet that is not known is a fault.
    name : str, optional
        How messages call the file.

    Raises
    ------
    InputError
        With the faults of all the files at once.
    """
    from kinescape.assays.phospho.activity import kinase_activity

    file = name or Path(path).name
    faults = Faults()
    relations = _relations(network, faults)
    table: SiteTable | None = None
    sheet: Design | None = None
    effects: tuple[SiteEffects, ...] = ()
    notes: list[Fault] = []
    if design is None:
        if proteome is not None:
            faults.add(
                "missing-design",
                "a proteome can only be set against intensities of sites, and these need a sample sheet",
                file=file,
                mend="give --design samples.csv",
            )
        effects = _computed_effects(path, file, engine, localisation, faults)
    else:
        try:
            table, sheet, effects = phospho_effects(
                path,
                design,
                vocabulary=vocabulary,
                engine=engine,
                localisation=localisation,
                organism=organism,
                fasta=fasta,
                quantity=quantity,
                intensities=intensities,
                normalise=normalise,
                proteome=proteome,
                name=file,
            )
            notes = [*table.notes, *(_by_name(note, design) for note in sheet.notes)]
        except InputError as error:
            faults.extend(_by_name(fault, design) for fault in error.faults)
    faults.raise_if_errors()
    chosen = named_contrasts(effects, contrast, file)
    contrasts = []
    failed = Faults()
    for one in chosen:
        try:
            contrasts.append(PhosphoContrast(one, kinase_activity(one, relations, motifs=motifs)))
        except InputError as error:
            # One contrast without enough sites is no reason to give up the others.
            failed.extend(error.faults)
    if failed.errors and not contrasts:
        raise InputError(failed.errors)
    faults.extend(replace(fault, severity="warning") for fault in failed)
    told = [*faults, *notes, *relations.notes]
    told += [note for one in contrasts for note in (*one.effects.notes, *one.activities.notes)]
    return PhosphoAnalysis(
        file, table, tuple(contrasts), relations, proteome is not None, sheet, tuple(dict.fromkeys(told))
    )


def _stacked(frames: Sequence[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    named = [frame.select(pl.lit(name).alias("contrast"), pl.all()) for name, frame in frames]
    return pl.concat(named, how="diagonal") if named else pl.DataFrame()


def _relations(network: str | Path | None, faults: Faults) -> SiteRelations:
    if network is None:
        return load_site_relations()
    try:
        return read_site_relations(network)
    except InputError as error:
        faults.extend(error.faults)
        return load_site_relations()


def _by_name(fault: Fault, path: str | Path) -> Fault:
    """The fault with the file's name in place of its path."""
    return replace(fault, file=Path(path).name) if fault.file == str(path) else fault


def _computed_effects(
    path: str | Path, file: str, engine: str | None, localisation: float, faults: Faults
) -> tuple[SiteEffects, ...]:
    """Effects of a file; where it is an engine's table of intensities, the fault says that a sheet is missing."""
    if engine is None and not _is_engine_table(path):
        try:
            return read_site_effects(path, name=file)
        except InputError as error:
            found = error.faults
        try:
            read_sites(path, name=file)
        except InputError as error:
            # A table of proteins is told as such, not by the first column that looks like one of sites.
            protein = [fault for fault in error.faults if fault.code == "protein-table"]
            faults.extend(protein or found)
            return ()
    try:
        table = read_sites(path, engine=engine, localisation=localisation, name=file)
    except InputError as error:
        faults.extend(error.faults)
        return ()
    if not table.samples:
        faults.add(
            "no-quantities",
            f"this is {_whose(table)} without quantities: {table.sites.height:,} sites, and "
            "no column of a sample to compare",
            file=file,
            mend="export it with its abundances",
        )
        return ()
    names = ", ".join(table.samples[:_NAMED]) + (", …" if len(table.samples) > _NAMED else "")
    faults.add(
        "missing-design",
        f"this is {_whose(table)}, and nothing says which of its {len(table.samples)} samples is what: "
        f"{names}",
        file=file,
        expected="a sample sheet with the columns sample, condition and replicate, one line a sample",
        mend="write it and give --design samples.csv",
    )
    return ()


def _whose(table: SiteTable) -> str:
    """The table with the name of who wrote it, in words."""
    return "a matrix of sites" if table.engine == plain_sites.ENGINE else f"{table.engine}'s table of sites"


def _is_engine_table(path: str | Path) -> bool:
    """Whether the header is one that an engine writes."""
    try:
        report = open_report(path)
    except InputError:
        return False
    return any(layout.recognises(report) for layout in LAYOUTS if layout.engine != plain_sites.ENGINE)


def named_contrasts(
    effects: tuple[SiteEffects, ...], wanted: Sequence[str], file: str
) -> tuple[SiteEffects, ...]:
    """The contrasts whose name is, or holds, one of the texts, in the file's order; all of them without a text.

    A whole name comes first, then a whole condition (`dasatinib 100 nM`, at all its times), then a part of a name.

    Raises
    ------
    InputError
        Where a text is in no name; the nearest is named.
    """
    if not wanted:
        return effects
    faults = Faults()
    kept: dict[str, SiteEffects] = {}
    for text in wanted:
        exact = [one for one in effects if one.name.casefold() == text.casefold()]
        found = (
            exact
            or [one for one in effects if _is_condition(text, one.name)]
            or [one for one in effects if text.casefold() in one.name.casefold()]
        )
        if not found:
            near = nearest(text, [one.name for one in effects])
            shown = ", ".join(f"'{one.name}'" for one in effects[:_NAMED])
            faults.add(
                "unknown-contrast",
                f"there is no contrast '{text}'",
                file=file,
                expected=f"one of {shown}{', …' if len(effects) > _NAMED else ''}, or a part of its name",
                mend=f"did you mean '{near[0]}'?" if near else None,
            )
        kept |= {one.name: one for one in found}
    faults.raise_if_errors()
    return tuple(one for one in effects if one.name in kept)


def _is_condition(text: str, name: str) -> bool:
    """Whether a text is the condition that a contrast is named for, its amount spelt in any unit."""
    condition = _CONDITION.split(name, maxsplit=1)[0]
    if condition.casefold() == text.strip().casefold():
        return True
    try:
        return condition == Condition.parse(text).text
    except ValueError:
        return False
