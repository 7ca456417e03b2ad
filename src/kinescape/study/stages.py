"""Stages of a run: each is kept when it is done, so that a stopped run goes on where it was.

A stage's tables lie in `OUT/.stages/NAME/`. They are valid while the stage's key is the same: the key is a
hash of the stage before it, of the inputs and of the package's own code, so a changed file, setting or
version makes that stage and all after it run again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import polars as pl

from kinescape.foundation.provenance import software_versions
from kinescape.foundation.writing import replacing, write_text

Frames = dict[str, pl.DataFrame]


class StageKeeper:
    """Runs stages in order, taking from disk those that are still valid.

    Parameters
    ----------
    folder : Path
        Where stages are kept.
    key : str
        Hash of everything that the first stage depends on.
    announce : callable, optional
        Told the name of each stage, and whether it was taken from an earlier run.
    """

    def __init__(self, folder: Path, key: str, announce: Callable[[str, bool], None] | None = None) -> None:
        self._folder = folder
        self._key = key
        self._announce = announce or (lambda name, kept: None)

    def run(self, name: str, make: Callable[[], Frames]) -> Frames:
        """The tables of a stage: from disk if its key is unchanged, else made now and kept."""
        self._key = hashlib.sha256(f"{self._key}\x1f{name}".encode()).hexdigest()
        place = self._folder / name
        kept = self._read(place)
        self._announce(name, kept is not None)
        if kept is not None:
            return kept
        frames = make()
        self._write(place, frames)
        return frames

    def _read(self, place: Path) -> Frames | None:
        try:
            record = json.loads((place / "stage.json").read_text(encoding="utf-8"))
            if record["key"] != self._key:
                return None
            return {name: pl.read_parquet(place / f"{name}.parquet") for name in record["tables"]}
        except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
            return None

    def _write(self, place: Path, frames: Frames) -> None:
        if place.exists():
            shutil.rmtree(place)
        for name, frame in frames.items():
            with replacing(place / f"{name}.parquet") as temporary:
                frame.write_parquet(temporary)
        # Written last: a stage without this file was not finished.
        write_text(place / "stage.json", json.dumps({"key": self._key, "tables": list(frames)}))


def run_key(inputs: Mapping[str, str]) -> str:
    """Hash of the inputs, of the versions of the libraries, and of the package's own code.

    Parameters
    ----------
    inputs : mapping of str to str
        Name and SHA-256 of every file and setting the run depends on.
    """
    record = {"inputs": dict(sorted(inputs.items())), "versions": software_versions(), "code": _code_hash()}
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def _code_hash() -> str:
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".tsv"}:
            digest.update(str(path.relative_to(package)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
