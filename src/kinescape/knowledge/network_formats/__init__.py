"""Networks from files and into files: one module a format, one registry.

===============  =========================================  ==========================================
format           suffixes                                   module
===============  =========================================  ==========================================
``edge-table``   ``.tsv`` ``.csv`` ``.txt``                 `edge_table`: all that an edge knows
``sif``          ``.sif``                                   `sif`: source, sign, target
``bnet``         ``.bnet``                                  `bnet`: Boolean rules
``graphml``      ``.graphml``                               `graphml`
``cx2``          ``.cx2``                                   `cx2`: Cytoscape exchange, version 2
``sbml-qual``    ``.sbml`` ``.xml``                         `sbml_qual` (needs python-libsbml)
``signor``       ``.tsv`` ``.csv`` with ``ENTITYA``         `signor`, read only
``omnipath``     ``.tsv`` with ``source_genesymbol`` or     `omnipath`, read only
                 ``enzyme_genesymbol``
===============  =========================================  ==========================================
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault, Faults, nearest
from kinescape.knowledge.network import Network

__all__ = ["FORMATS", "Format", "format_of", "read_network", "write_network"]


class _Reader(Protocol):
    def read(self, path: Path, faults: Faults) -> Network | None: ...


class _Writer(Protocol):
    def write(self, network: Network, path: Path) -> tuple[Fault, ...]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One file format: its name, suffixes, the module that knows it, and whether it can be written."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    writable: bool = True
    header: tuple[str, ...] = ()


FORMATS: tuple[Format, ...] = (
    Format("edge-table", (".tsv", ".csv", ".txt"), "edge_table"),
    Format("sif", (".sif",), "sif"),
    Format("bnet", (".bnet",), "bnet"),
    Format("graphml", (".graphml",), "graphml"),
    Format("cx2", (".cx2",), "cx2"),
    Format("sbml-qual", (".sbml", ".xml"), "sbml_qual"),
    Format("signor", (), "signor", writable=False, header=("entitya", "entityb")),
    Format("omnipath", (), "omnipath", writable=False, header=("source_genesymbol", "target_genesymbol")),
    Format("omnipath-sites", (), "omnipath", writable=False, header=("enzyme_genesymbol",)),
)
_BY_NAME = {entry.name: entry for entry in FORMATS}


def format_of(path: str | Path, *, content: bool = True) -> Format:
    """The format of a file, by its suffix and, for tables, by its header.

    Parameters
    ----------
    path : path
        The file; it need not exist.
    content : bool
        Whether to look into the file to tell SIGNOR and OmniPath tables from plain edge tables.

    Raises
    ------
    InputError
        Where no format has this suffix.
    """
    file = Path(path)
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    for entry in FORMATS:
        if suffix in entry.suffixes:
            if entry.name == "edge-table" and content:
                return _by_header(file) or entry
            return entry
    known = ", ".join(sorted(suffix for entry in FORMATS for suffix in entry.suffixes))
    raise InputError(
        Fault(
            "format-unknown",
            f"no network format has the suffix '{suffix}'",
            file=str(path),
            expected=f"one of {known}",
            mend="rename the file, or name the format",
        )
    )


def _by_header(file: Path) -> Format | None:
    from kinescape.knowledge.delimited import read_text

    text = read_text(file, Faults())
    first = next((line for line in (text or "").splitlines() if line.strip()), "").lower()
    for entry in FORMATS:
        if entry.header and all(column in first for column in entry.header):
            return entry
    return None


def _module(entry: Format) -> ModuleType:
    return importlib.import_module(f"{__name__}.{entry.module}")


def _chosen(path: Path, name: str | None, *, content: bool) -> Format:
    if name is None:
        return format_of(path, content=content)
    if name not in _BY_NAME:
        close = nearest(name, _BY_NAME, n=1)
        raise InputError(
            Fault(
                "format-unknown",
                f"'{name}' is no network format",
                expected=f"one of {', '.join(_BY_NAME)}",
                mend=f"did you mean '{close[0]}'?" if close else None,
            )
        )
    return _BY_NAME[name]


def read_network(path: str | Path, format: str | None = None) -> Network:  # noqa: A002
    """Read a network from a file; what its reader noticed is in `Network.notes`.

    Parameters
    ----------
    path : path
        The file; tables may be gzipped.
    format : str, optional
        The format's name; by suffix and header where it is left out.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        With every fault of the file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "tiny.sif"
    >>> _ = file.write_text("MAP2K1 -> MAPK1\\nDUSP6 -| MAPK1\\n")
    >>> read_network(file).edges[1].sign
    -1
    """
    file = Path(path)
    entry = _chosen(file, format, content=True)
    faults = Faults()
    network = cast(_Reader, _module(entry)).read(file, faults)
    faults.raise_if_errors()
    if network is None:
        raise InputError(Fault("network-unreadable", "this file holds no network", file=str(path)))
    name = Path(file.name.removesuffix(".gz")).stem if network.name == "network" else network.name
    return Network(network.edges, name, network.licence, network.isolated, faults)


def write_network(
    network: Network,
    path: str | Path,
    format: str | None = None,  # noqa: A002
) -> tuple[Fault, ...]:
    """Write a network into a file, whole or not at all.

    Parameters
    ----------
    network : Network
    path : path
    format : str, optional
        The format's name; by suffix where it is left out.

    Returns
    -------
    tuple of Fault
        What of this network the format cannot carry; empty where nothing is lost.

    Raises
    ------
    InputError
        Where the format is unknown or can only be read.
    RunError
        Where the file cannot be written.
    """
    file = Path(path)
    entry = _chosen(file, format, content=False)
    if not entry.writable:
        writable = ", ".join(other.name for other in FORMATS if other.writable)
        raise InputError(
            Fault("format-read-only", f"'{entry.name}' can only be read", expected=f"one of {writable}")
        )
    return cast(_Writer, _module(entry)).write(network, file)
