"""Formats that a `[[files]]` entry may name, each with its reader; the reader's parameters are the entry's keys."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from kinescape.assays.reading import ReadResult
from kinescape.assays.signalling.midas import read_midas
from kinescape.assays.signalling.table_long import read_table_long
from kinescape.assays.signalling.table_wide import read_table_wide
from kinescape.assays.viability.long_table import read_viability_long
from kinescape.assays.viability.study_formats.study_courses import read_viability_time_course
from kinescape.assays.viability.study_formats.study_doses import read_viability_doses
from kinescape.assays.viability.study_formats.study_plates import read_viability_plate
from kinescape.assays.viability.study_formats.study_wells import read_viability_wells
from kinescape.assays.viability.study_formats.study_wide import read_viability_wide
from kinescape.study.phospho_reading import read_phospho

Reader = Callable[..., ReadResult]

READERS: dict[str, Reader] = {
    "midas": read_midas,
    "table_long": read_table_long,
    "table_wide": read_table_wide,
    "viability_long": read_viability_long,
    "viability_plate": read_viability_plate,
    "viability_wells": read_viability_wells,
    "viability_doses": read_viability_doses,
    "viability_wide": read_viability_wide,
    "viability_time_course": read_viability_time_course,
    "phospho": read_phospho,
}
"""Name of a format to its reader."""

_GIVEN = {"path", "columns", "sample", "assay", "agents", "agent_table", "readout_table", "name"}
PATH_OPTIONS = (
    "line_labels",
    "column_labels",
    "design",
    "proteome",
    "fasta",
    "relations",
    "layout",
    "more_plates",
    "controls",
    "time_zero",
)
"""Options that name another file, or several, in the study's folder or by the name of a resource."""


@dataclass(frozen=True)
class FormatOptions:
    """Keys of a format beside those that every file entry has.

    Parameters
    ----------
    required : tuple of str
        Keys that must be there.
    defaults : mapping of str to object
        Keys that may be there, with what they are otherwise.
    kinds : mapping of str to type
        What each key holds.
    """

    required: tuple[str, ...]
    defaults: Mapping[str, Any]
    kinds: Mapping[str, Any]

    @property
    def keys(self) -> tuple[str, ...]:
        """All the keys."""
        return (*self.required, *self.defaults)

    def wrong_kind(self, key: str, value: Any) -> str | None:
        """What is wrong with the kind of a value, in words; None where nothing is."""
        try:
            TypeAdapter(self.kinds[key]).validate_python(value, strict=isinstance(value, bool))
        except ValidationError as error:
            found = error.errors()[0]["msg"].removeprefix("Input should be ").removeprefix("a ")
            return f"'{key}' should be {found}, not {value!r}"
        return None


@cache
def options_of(name: str) -> FormatOptions:
    """Keys of a format: the parameters of its reader."""
    parameters: dict[str, Any] = dict(inspect.signature(READERS[name]).parameters)
    own = {key: value.default for key, value in parameters.items() if key not in _GIVEN}
    required = tuple(key for key, default in own.items() if default is inspect.Parameter.empty)
    hints = get_type_hints(READERS[name])
    # A single text stands for a list of one: control = "DMSO".
    kinds = {key: hints[key] | str if hints[key] == Sequence[str] else hints[key] for key in own}
    return FormatOptions(required, {key: own[key] for key in own if key not in required}, kinds)
