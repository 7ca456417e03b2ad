"""Formats that a `[[files]]` entry may name, each with its reader; the reader's parameters are the entry's keys."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kinescape.assays.reading import ReadResult
from kinescape.assays.signalling.midas import read_midas
from kinescape.assays.signalling.table_long import read_table_long
from kinescape.assays.signalling.table_wide import read_table_wide
from kinescape.assays.viability.long_table import read_viability_long

Reader = Callable[..., ReadResult]

READERS: dict[str, Reader] = {
    "midas": read_midas,
    "table_long": read_table_long,
    "table_wide": read_table_wide,
    "viability_long": read_viability_long,
}
"""Name of a format to its reader."""

_GIVEN = {"path", "columns", "sample", "assay", "agents", "agent_table", "readout_table", "name"}
PATH_OPTIONS = ("line_labels", "column_labels")
"""Options that name another file, in the study's folder or by the name of a resource."""


@dataclass(frozen=True)
class FormatOptions:
    """Keys of a format beside those that every file entry has.

    Parameters
    ----------
    required : tuple of str
        Keys that must be there.
    defaults : mapping of str to object
        Keys that may be there, with what they are otherwise.
    """

    required: tuple[str, ...]
    defaults: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """All the keys."""
        return (*self.required, *self.defaults)


@cache
def options_of(name: str) -> FormatOptions:
    """Keys of a format: the parameters of its reader."""
    parameters: dict[str, Any] = dict(inspect.signature(READERS[name]).parameters)
    own = {key: value.default for key, value in parameters.items() if key not in _GIVEN}
    required = tuple(key for key, default in own.items() if default is inspect.Parameter.empty)
    return FormatOptions(required, {key: default for key, default in own.items() if key not in required})
