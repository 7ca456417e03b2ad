"""Everything a study names, read and checked as a whole before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from kinescape.assays.reading import ACCOUNT_SCHEMA, ReadResult
from kinescape.foundation.errors import InputError, RunError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.agents import AgentTable, load_agents
from kinescape.knowledge.names import ReadoutTable, load_readouts
from kinescape.knowledge.network import Network, load_core_network
from kinescape.knowledge.network_formats import read_network
from kinescape.knowledge.resources import Resource, locate, resource, resources
from kinescape.measurements.table import Measurements
from kinescape.study.agreement import check_together, tell_same_effects
from kinescape.study.formats import PATH_OPTIONS, READERS, options_of
from kinescape.study.phospho import PhosphoAnalysis
from kinescape.study.phospho_reading import PhosphoReading
from kinescape.study.specification import FILE_KEYS, FilePart, StudySpecification

Announce = Callable[[str], None]


@dataclass(frozen=True)
class StudyInputs:
    """A study with all that it names.

    Parameters
    ----------
    specification : StudySpecification
        The study.
    measurements : Measurements
        All the files as one table.
    quality : polars.DataFrame
        Account of every file and sample.
    network : Network
        The prior network.
    agents : AgentTable
        Known agents, the study's own among them.
    readouts : ReadoutTable
        Known readouts, the study's own among them.
    notes : tuple of Fault
        Warnings and notes.
    paths : dict of str to Path
        Every file read, by the name that the study gives it.
    resources : tuple of Resource
        Public files among them.
    phospho : tuple of PhosphoAnalysis
        Phosphoproteomes among the files.
    """

    specification: StudySpecification
    measurements: Measurements
    quality: pl.DataFrame
    network: Network
    agents: AgentTable
    readouts: ReadoutTable
    notes: tuple[Fault, ...]
    paths: dict[str, Path]
    resources: tuple[Resource, ...]
    phospho: tuple[PhosphoAnalysis, ...] = ()

    @property
    def phospho_assays(self) -> tuple[str, ...]:
        """Assays in whose files a bare protein name means its phosphorylated form."""
        found = [
            part.assay or "signalling"
            for part in self.specification.files
            if part.options.get("phospho", options_of(part.format).defaults.get("phospho", False))
        ]
        return tuple(dict.fromkeys(found))


def load_inputs(specification: StudySpecification, *, announce: Announce | None = None) -> StudyInputs:
    """Read all the files of a study.

    Parameters
    ----------
    specification : StudySpecification
        The study.
    announce : callable, optional
        Told what is being read, and licences before files are fetched.

    Raises
    ------
    InputError
        With every fault of every file.
    RunError
        Where a public file could not be fetched.
    """
    tell = announce or (lambda text: None)
    faults = Faults()
    paths: dict[str, Path] = {}
    agents = _knowledge(specification, "agents", load_agents, load_agents(), faults, paths)
    network = _network(specification, faults, paths)
    readouts = _knowledge(specification, "readouts", load_readouts, load_readouts(), faults, paths)
    results = []
    held: list[tuple[str, Measurements]] = []
    for position, part in enumerate(specification.files):
        tell(part.name)
        found = _read(specification, position, part, agents, readouts, faults, paths, tell)
        if found is not None:
            results.append(found)
            held.append((part.name, found.measurements))
    measurements = Measurements.empty()
    if not faults.errors:
        tell_same_effects(held, faults)
    if results and not faults.errors:
        try:
            measurements = Measurements.concat(result.measurements for result in results)
        except InputError as error:
            faults.extend(replace(fault, row=None) for fault in error.faults)
    for result in results:
        faults.extend(result.notes)
    if not faults.errors:
        check_together(specification, measurements, agents, network, faults)
    faults.raise_if_errors()
    names = [part.resource for part in specification.files if part.resource]
    names += [value for part in specification.files for value in _label_names(part) if value in resources()]
    quality = (
        pl.concat([result.accounting for result in results])
        if results
        else pl.DataFrame(schema=ACCOUNT_SCHEMA)
    )
    return StudyInputs(
        specification,
        measurements,
        _with_flags(quality, measurements),
        network,
        agents,
        readouts,
        (*faults.warnings, *faults.notes),
        paths,
        tuple(resource(name) for name in dict.fromkeys(names)),
        tuple(result.analysis for result in results if isinstance(result, PhosphoReading)),
    )


def faults_of_files(specification: StudySpecification) -> tuple[Fault, ...]:
    """Faults of the files alone, for a study whose other parts are at fault already."""
    faults = Faults()
    paths: dict[str, Path] = {}
    agents = _knowledge(specification, "agents", load_agents, load_agents(), faults, paths)
    readouts = _knowledge(specification, "readouts", load_readouts, load_readouts(), faults, paths)
    for position, part in enumerate(specification.files):
        if part.resource is None:
            _read(specification, position, part, agents, readouts, faults, paths, lambda text: None)
    return faults.errors


def _knowledge(
    specification: StudySpecification,
    key: str,
    load: Callable[[Path], Any],
    shipped: Any,
    faults: Faults,
    paths: dict[str, Path],
) -> Any:
    """The study's own table added to the shipped one; its faults join the others."""
    name = getattr(specification.study, key)
    if name is None:
        return shipped
    path = specification.resolve(name)
    if not path.is_file():
        faults.add("missing-file", f"there is no such file (study.{key})", file=name, mend="check the path")
        return shipped
    paths[name] = path
    try:
        return load(path)
    except InputError as error:
        faults.extend(
            replace(fault, file=name if fault.file == str(path) else fault.file) for fault in error.faults
        )
        return shipped


def _network(specification: StudySpecification, faults: Faults, paths: dict[str, Path]) -> Network:
    part = specification.network
    found = load_core_network()
    for key, name in (("file", part.file), ("add", part.add)):
        if name is None:
            continue
        path = specification.resolve(name)
        if not path.is_file():
            faults.add(
                "missing-file", f"there is no such file (network.{key})", file=name, mend="check the path"
            )
            continue
        paths[name] = path
        try:
            own = read_network(path, format=part.format if key == "file" else None)
        except InputError as error:
            faults.extend(error.faults)
            continue
        faults.extend(own.notes)
        found = own if key == "file" else found.with_edges(own.edges)
    return found


def _read(
    specification: StudySpecification,
    position: int,
    part: FilePart,
    agents: AgentTable,
    readouts: ReadoutTable,
    faults: Faults,
    paths: dict[str, Path],
    tell: Announce,
) -> ReadResult | None:
    """One file; None where it is at fault, which has then been told."""
    where = f"study.toml, file {position + 1} ({part.name})"
    if part.format not in READERS:
        near = nearest(part.format, READERS, n=1)
        faults.add(
            "unknown-format",
            f"the format '{part.format}' is not known",
            file=where,
            column="format",
            expected=f"one of {', '.join(READERS)}",
            mend=f"did you mean '{near[0]}'?" if near else None,
        )
        return None
    _check_options(part, where, faults)
    options = dict(part.options)
    path = _place(specification, part.path, part.resource, where, faults, tell)
    absent = False
    for key in PATH_OPTIONS:
        given_files = _named_files(options.get(key))
        places = []
        for file in given_files:
            known = file in resources()
            place = _place(
                specification, None if known else file, file if known else None, where, faults, tell
            )
            if place is not None:
                paths[file] = place
                places.append(place)
        absent = absent or len(places) < len(given_files)
        if places:
            options[key] = places[0] if isinstance(options[key], str) else places
    if path is None or absent or any(fault.file == where for fault in faults.errors):
        return None
    paths[part.name] = path
    given: dict[str, Any] = {"columns": part.columns, "agents": part.agents, "name": part.name}
    if part.sample is not None:
        given["sample"] = part.sample
    if part.assay is not None:
        given["assay"] = part.assay
    try:
        return READERS[part.format](path, **given, **options, agent_table=agents, readout_table=readouts)
    except InputError as error:
        faults.extend(error.faults)
    return None


def _check_options(part: FilePart, where: str, faults: Faults) -> None:
    options = options_of(part.format)
    valid = (*FILE_KEYS, *options.keys)
    for key in part.options:
        if key not in valid:
            near = nearest(key, valid, n=1)
            faults.add(
                "unknown-key",
                f"the key '{key}' is not known for the format {part.format}",
                file=where,
                column=key,
                expected=f"one of {', '.join(valid)}",
                mend=f"did you mean '{near[0]}'?" if near else "remove it",
            )
        elif key in options.kinds and (wrong := options.wrong_kind(key, part.options[key])) is not None:
            faults.add("wrong-value", wrong, file=where, column=key)
    for key in options.required:
        if key not in part.options:
            faults.add("missing-key", f"'{key}' is missing", file=where, column=key, mend=f"add {key} = …")


def _place(
    specification: StudySpecification,
    path: str | None,
    name: str | None,
    where: str,
    faults: Faults,
    tell: Announce,
) -> Path | None:
    if name is not None:
        try:
            return locate(name, announce=tell)
        except InputError as error:
            faults.extend(replace(fault, file=where) for fault in error.faults)
            return None
        except RunError:
            # A file that cannot be fetched stops the run, unless the study is at fault anyway.
            if faults.errors:
                return None
            raise
    found = specification.resolve(path or "")
    if found.is_dir():
        faults.add("missing-file", "this is a folder, not a file", file=path, mend="name the file in it")
        return None
    if not found.is_file():
        here = [item.name for item in specification.folder.iterdir() if item.is_file()]
        near = nearest(Path(path or "").name, here, n=1)
        faults.add(
            "missing-file",
            "there is no such file",
            file=path,
            mend=f"did you mean '{near[0]}'?" if near else f"put it into {specification.folder.name}/",
        )
        return None
    return found


def _label_names(part: FilePart) -> list[str]:
    return [name for key in PATH_OPTIONS for name in _named_files(part.options.get(key))]


def _named_files(value: Any) -> list[str]:
    """Files that an option names: one, or a list; none where it is something else, which has been told."""
    several = value if isinstance(value, list) else [value]
    return [name for name in several if isinstance(name, str)]


def _with_flags(quality: pl.DataFrame, measurements: Measurements) -> pl.DataFrame:
    """How many effects of each sample and assay carry a flag of quality."""
    flagged = (
        measurements.frame.unique(["sample", "condition", "readout", "time_h", "assay"])
        .filter(pl.col("flags").list.len() > 0)
        .group_by("sample", "assay")
        .agg(pl.len().cast(pl.Int64).alias("flagged"))
    )
    return quality.join(flagged, on=["sample", "assay"], how="left").with_columns(
        pl.col("flagged").fill_null(0)
    )
