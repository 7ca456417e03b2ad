"""Where the report came from: inputs with their hashes, settings, versions, seed, licences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinescape.report.bundle import Section

if TYPE_CHECKING:
    from kinescape.study.results import StudyResults


def provenance_section(results: StudyResults) -> Section | None:
    """Everything needed to make the same report again; None where nothing was recorded."""
    if not results.provenance:
        return None
    groups = []
    loose = []
    for name, value in results.provenance.items():
        rows = _flat(value)
        if len(rows) == 1 and rows[0][0] == "":
            loose.append((_words(name), rows[0][1]))
        elif rows:
            groups.append((_words(name), rows))
    if loose:
        groups.insert(0, ("run", loose))
    return Section("provenance", "Where it came from", "provenance.html", {"groups": groups})


def _words(name: Any) -> str:
    return str(name).replace("_", " ")


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Nested values as rows of path and text."""
    if isinstance(value, dict):
        return [
            row
            for name, part in value.items()
            for row in _flat(part, f"{path} · {name}" if path else str(name))
        ]
    if isinstance(value, list | tuple):
        if all(not isinstance(part, dict | list | tuple) for part in value):
            return [(path, ", ".join(str(part) for part in value))]
        return [
            row for place, part in enumerate(value, start=1) for row in _flat(part, f"{path} {place}".strip())
        ]
    return [(path, "" if value is None else str(value))]
