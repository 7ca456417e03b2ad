"""Public files that examples and larger networks need: where they lie, under which licence, with a checksum.

Nothing of them is in the package. A file is looked for under `KINESCAPE_DATA`, then in the cache folder
(`KINESCAPE_CACHE`, else the platform's), and fetched only then, after its licence and citation were shown.
"""

from __future__ import annotations

import http.client
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kinescape.foundation.errors import InputError, RunError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.foundation.provenance import sha256_file
from kinescape.foundation.writing import replacing
from kinescape.knowledge.delimited import shipped_table

FETCHING = "Fetching"
"""How an announcement of a fetch begins."""
_TIMEOUT_SECONDS = 60
_COLUMNS = ("name", "url", "commit", "path", "sha256", "bytes", "licence", "citation")


@dataclass(frozen=True)
class Resource:
    """One public file.

    Parameters
    ----------
    name : str
        How a study names it, such as `cnr-mcf10a/results/perturbations/wt-luminex.tsv`.
    url : str
        Where it is fetched from, at a fixed commit.
    path : str
        Where it lies under `KINESCAPE_DATA`.
    sha256 : str
        Of its bytes.
    size_bytes : int
        Its size.
    licence, citation : str
        Shown before it is fetched, and in the report.
    """

    name: str
    url: str
    path: str
    sha256: str
    size_bytes: int
    licence: str
    citation: str


@cache
def resources() -> dict[str, Resource]:
    """All the files that the package knows, by name."""
    faults = Faults()
    table = shipped_table("resources.tsv", faults, required=_COLUMNS)
    faults.raise_if_errors()
    if table is None:  # pragma: no cover - the package ships it
        raise RunError("the package's table of resources is missing; install kinescape again")
    return {
        row["name"]: Resource(
            row["name"],
            row["url"],
            row["path"],
            row["sha256"],
            int(row["bytes"]),
            row["licence"],
            row["citation"],
        )
        for row in table.rows
    }


def resource(name: str) -> Resource:
    """The resource of a name.

    Raises
    ------
    InputError
        Naming the nearest ones.
    """
    known = resources()
    if name not in known:
        near = nearest(name, known, n=1)
        raise InputError(
            Fault(
                "unknown-resource",
                f"there is no public file '{name}'",
                mend=f"did you mean '{near[0]}'?" if near else "use path = for a file of your own",
            )
        )
    return known[name]


def locate(name: str, *, announce: Callable[[str], None] | None = None) -> Path:
    """Path of a public file; fetched on first use.

    Parameters
    ----------
    name : str
        Name of the resource.
    announce : callable, optional
        Told licence and citation before the file is fetched.

    Raises
    ------
    InputError
        Where the name is unknown, or the file under `KINESCAPE_DATA` is another than the one meant.
    RunError
        Where it could not be fetched.
    """
    wanted = resource(name)
    own = os.environ.get("KINESCAPE_DATA")
    if own:
        place = Path(own).expanduser() / wanted.path
        if place.is_file():
            return _checked(place, wanted, "KINESCAPE_DATA")
    place = cache_folder() / wanted.name
    if place.is_file() and sha256_file(place) == wanted.sha256:
        return place
    (announce or (lambda text: None))(
        f"{FETCHING} {wanted.name} ({wanted.size_bytes / 1000:.0f} kB). Licence: {wanted.licence}. "
        f"Cite: {wanted.citation}"
    )
    return _fetched(place, wanted)


def cache_folder() -> Path:
    """Where fetched files are kept: `KINESCAPE_CACHE`, or the platform's cache folder."""
    own = os.environ.get("KINESCAPE_CACHE")
    if own:
        return Path(own).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "kinescape"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "kinescape" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kinescape"


def _checked(place: Path, wanted: Resource, where: str) -> Path:
    found = sha256_file(place)
    if found != wanted.sha256:
        raise InputError(
            Fault(
                "other-file",
                f"the file under {where} is not the one the study means (sha256 {found[:12]}…)",
                file=str(place),
                expected=f"sha256 {wanted.sha256[:12]}…, as at {wanted.url}",
                mend=f"put the right file there, or unset {where}",
            )
        )
    return place


def _fetched(place: Path, wanted: Resource) -> Path:
    try:
        with (
            urllib.request.urlopen(wanted.url, timeout=_TIMEOUT_SECONDS) as answer,
            replacing(place) as temporary,
        ):
            # One byte more than expected is enough to see that it is another file.
            temporary.write_bytes(answer.read(wanted.size_bytes + 1))
            found = sha256_file(temporary)
            if found != wanted.sha256:
                raise RunError(
                    f"{wanted.url} gave another file than expected (sha256 {found[:12]}…, not "
                    f"{wanted.sha256[:12]}…); nothing was kept"
                )
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise RunError(
            f"{wanted.name} could not be fetched from {wanted.url}: {reason}. Without a network, put the file at "
            f"{wanted.path} in a folder and name that folder in KINESCAPE_DATA."
        ) from error
    return place
