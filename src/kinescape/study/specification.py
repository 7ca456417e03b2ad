"""`study.toml`: what a study is, read strictly.

An unknown key is an error that names the nearest valid one; all the faults of the file are told at once, each
with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest

FILE_KEYS = ("path", "resource", "format", "assay", "sample", "columns", "agents")
"""Keys that every `[[files]]` entry may have; the others belong to its format's reader."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StudyPart(_Strict):
    """`[study]`: the question."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str = Field(min_length=1)
    question: str = ""
    target_sample: str = Field(min_length=1)
    reference_sample: str | None = None
    suppress: str = "viability"
    simulated: bool = False
    seed: int = Field(default=1, ge=0)
    agents: str | None = None
    readouts: str | None = None


class NetworkPart(_Strict):
    """`[network]`: which prior network, and what to add to it."""

    source: Literal["core", "file"] = "core"
    file: str | None = None
    format: str | None = None
    add: str | None = None

    @model_validator(mode="after")
    def _file_goes_with_source(self) -> NetworkPart:
        if (self.source == "file") != (self.file is not None):
            raise ValueError('source = "file" and file = "…" go together')
        return self


class CandidatesPart(_Strict):
    """`[candidates]`: which agents may be combined."""

    agents: list[str] | None = None
    exclude_pairs: list[list[str]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _pairs_have_two(self) -> CandidatesPart:
        for pair in self.exclude_pairs:
            if len(pair) != 2 or pair[0] == pair[1]:
                raise ValueError(f"exclude_pairs holds pairs of two different agents, not {pair}")
        return self


class SamplePart(_Strict):
    """`[[samples]]`: one cell line, clone, patient or organoid."""

    name: str = Field(min_length=1)
    description: str = ""


class FilePart(BaseModel):
    """`[[files]]`: one data file with its format; further keys are options of that format's reader."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    path: str | None = None
    resource: str | None = None
    format: str
    assay: str | None = None
    sample: str | None = None
    columns: dict[str, Any] = Field(default_factory=dict)
    agents: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> FilePart:
        if (self.path is None) == (self.resource is None):
            raise ValueError("a file has either path = (in the study's folder) or resource = (a public file)")
        return self

    @property
    def name(self) -> str:
        """The file as messages name it."""
        return self.path or self.resource or ""

    @property
    def options(self) -> dict[str, Any]:
        """Keys that belong to the format's reader."""
        return dict(self.__pydantic_extra__ or {})


class StudySpecification(_Strict):
    """The whole of a `study.toml`; `folder` is where it lies."""

    folder: Path
    study: StudyPart
    network: NetworkPart = NetworkPart()
    candidates: CandidatesPart = CandidatesPart()
    samples: list[SamplePart] = Field(default_factory=list)
    files: list[FilePart] = Field(min_length=1)

    @property
    def name(self) -> str:
        """Short name, used in tables."""
        return self.study.name

    @property
    def title(self) -> str:
        """Title of the report."""
        return self.study.title

    @property
    def question(self) -> str:
        """What the laboratory asks, in its own words."""
        return self.study.question

    @property
    def target_sample(self) -> str:
        """The sample whose phenotype is to be suppressed."""
        return self.study.target_sample

    @property
    def reference_sample(self) -> str | None:
        """The sample to spare, if there is one."""
        return self.study.reference_sample

    @property
    def suppress(self) -> str:
        """The phenotype or node to suppress."""
        return self.study.suppress

    @property
    def simulated(self) -> bool:
        """Whether the data come from a simulator."""
        return self.study.simulated

    @property
    def seed(self) -> int:
        """Seed of everything random."""
        return self.study.seed

    def resolve(self, name: str) -> Path:
        """A path of the file, relative to the study's folder."""
        return (self.folder / Path(name).expanduser()).resolve()


def read_specification(path: str | Path) -> StudySpecification:
    """Read `study.toml`, or the one in a folder.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that holds it.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "study.toml"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            Fault(
                "missing-file",
                "there is no such study file",
                file=str(file),
                mend="give the path of a study.toml, or make an example with 'kinescape demo'",
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Fault(
                "unreadable-file",
                f"the study file could not be read: {error}",
                file=str(file),
                mend="save it as UTF-8 text",
            )
        ) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        row = re.search(r"line (\d+)", str(error))
        raise InputError(
            Fault(
                "not-toml",
                f"this is not valid TOML: {error}",
                file=str(file),
                row=int(row.group(1)) if row else None,
                mend="texts stand in double quotes, lists in square brackets",
            )
        ) from error
    faults = Faults()
    specification: StudySpecification | None = None
    try:
        if "folder" in content:
            raise TypeError("'folder' is not a key: the study's folder is where study.toml lies")
        specification = StudySpecification(folder=file.parent.resolve(), **content)
    except ValidationError as error:
        faults.extend(_faults_of(error, text, str(file)))
    except TypeError as error:
        faults.add("not-a-study", str(error), file=file)
    _check_names(content, text, str(file), faults)
    if faults.errors:
        raise SpecificationError(faults.errors, _readable_part(content, file.parent.resolve()))
    if specification is None:  # pragma: no cover - a missing specification always carries errors
        raise InputError(f"{file} could not be read as a study")
    return specification


class SpecificationError(InputError):
    """Faults of a `study.toml`, with what of it can still be read, so that its files are looked at all the same."""

    def __init__(self, faults: Iterable[Fault], readable: StudySpecification | None) -> None:
        super().__init__(faults)
        self.readable = readable


def _readable_part(content: dict[str, Any], folder: Path) -> StudySpecification | None:
    """The files that are whole, under a study of no name; None where there are none."""
    files = []
    for part in _tables(content.get("files")):
        try:
            files.append(FilePart(**part))
        except ValidationError:
            continue
    study = content.get("study")
    tables = {
        key: study[key]
        for key in ("agents", "readouts")
        if isinstance(study, dict) and isinstance(study.get(key), str)
    }
    if not files:
        return None
    return StudySpecification(
        folder=folder, study=StudyPart(name="unnamed", title="-", target_sample="-", **tables), files=files
    )


def row_of(text: str, place: tuple[str | int, ...]) -> int | None:
    """The line of a key in a TOML text; None where it is not written there.

    Parameters
    ----------
    text : str
        The TOML text.
    place : tuple of str and int
        Keys and list positions, such as ``("files", 1, "format")``.
    """
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    best: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        many = re.match(r"^\s*\[\[\s*([\w.-]+)\s*\]\]", line)
        one = re.match(r"^\s*\[\s*([\w.-]+)\s*\]", line)
        if many:
            name = many.group(1)
            counts[name] = counts.get(name, -1) + 1
            table = (name, counts[name])
        elif one:
            head, *rest = one.group(1).split(".")
            table = (head, counts[head], *rest) if head in counts else (head, *rest)
        key = re.match(r"^\s*(\"?)([^\"=#\[\]]+?)\1\s*=", line)
        here = (*table, key.group(2)) if key and not (many or one) else table
        if here == place[: len(here)] and here and (key or many or one):
            best = number
            if here == place:
                return number
    return best


def _faults_of(error: ValidationError, text: str, file: str) -> list[Fault]:
    """Pydantic's findings in our words."""
    faults = []
    for item in error.errors():
        place = tuple(part for part in item["loc"] if part != "folder")
        key = ".".join(str(part) for part in place if isinstance(part, str)) or "the file"
        row = row_of(text, place)
        kind = item["type"]
        if kind == "extra_forbidden":
            valid = _valid_keys(place)
            near = nearest(str(place[-1]), valid, n=1)
            faults.append(
                Fault(
                    "unknown-key",
                    f"the key '{place[-1]}' is not known",
                    file=file,
                    row=row,
                    column=key,
                    expected=f"one of {', '.join(valid)}",
                    mend=f"did you mean '{near[0]}'?" if near else "remove it",
                )
            )
        elif kind == "missing":
            faults.append(
                Fault("missing-key", f"'{key}' is missing", file=file, row=row, mend=f"add {key} = …")
            )
        else:
            message = item["msg"].removeprefix("Value error, ")
            found = "" if isinstance(item.get("input"), dict) else f" (found {item.get('input')!r})"
            faults.append(Fault("wrong-value", f"{key}: {message}{found}", file=file, row=row, column=key))
    return faults


def _valid_keys(place: tuple[str | int, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "study": StudyPart,
        "network": NetworkPart,
        "candidates": CandidatesPart,
        "samples": SamplePart,
        "files": FilePart,
    }
    if len(place) == 1:
        return list(models)
    return list(models[str(place[0])].model_fields) if str(place[0]) in models else list(models)


def _check_names(content: dict[str, Any], text: str, file: str, faults: Faults) -> None:
    """What pydantic cannot see: names that must agree with each other."""
    samples = [part.get("name") for part in _tables(content.get("samples"))]
    for position, name in enumerate(samples):
        if name in samples[:position]:
            faults.add(
                "duplicate-sample",
                f"two samples have the name '{name}'",
                file=file,
                row=row_of(text, ("samples", position, "name")),
                column="samples.name",
                mend="give each sample its own name",
            )
    study = content.get("study")
    study = study if isinstance(study, dict) else {}
    # Where a sample's own name is at fault, no other name is held against the list.
    known = [str(name) for name in samples] if all(isinstance(name, str) for name in samples) else []
    references: list[tuple[tuple[str | int, ...], Any]] = [
        (("study", key), study.get(key)) for key in ("target_sample", "reference_sample")
    ]
    references += [
        (("files", index, "sample"), part.get("sample"))
        for index, part in enumerate(_tables(content.get("files")))
    ]
    for place, name in references:
        if known and isinstance(name, str) and name not in known:
            near = nearest(name, known, n=1)
            faults.add(
                "unknown-sample",
                f"'{name}' is not among the samples",
                file=file,
                row=row_of(text, place),
                column=".".join(str(part) for part in place if isinstance(part, str)),
                expected=f"one of {', '.join(known)}",
                mend=f"did you mean '{near[0]}'?" if near else "add it under [[samples]]",
            )
    entries = _tables(content.get("files"))
    for position, part in enumerate(entries):
        if part in entries[:position]:
            name = part.get("path") or part.get("resource")
            faults.add(
                "duplicate-file",
                f"file {position + 1} ('{name}') stands a second time, in the same words",
                file=file,
                row=row_of(text, ("files", position, "path")),
                column="files",
                mend="remove one of the two",
            )
    if study.get("target_sample") and study.get("target_sample") == study.get("reference_sample"):
        faults.add(
            "same-sample",
            "the sample to suppress and the sample to spare are one and the same",
            file=file,
            row=row_of(text, ("study", "reference_sample")),
            column="study.reference_sample",
            mend="name another sample, or leave reference_sample out",
        )


def _tables(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
