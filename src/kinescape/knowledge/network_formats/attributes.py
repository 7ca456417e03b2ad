"""An edge from a bag of attributes, as GraphML and CX2 files carry them under many names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinescape.foundation.issues import Faults
from kinescape.knowledge.network import STATUSES, Edge
from kinescape.knowledge.network_formats.evidence import parse_references, parse_sign

_SIGN_KEYS = ("sign", "effect", "interaction", "shared interaction", "weight", "regulation")


def edge_of_attributes(
    source: str,
    target: str,
    fields: Mapping[str, Any],
    place: str,
    path: str | Path,
    faults: Faults,
) -> Edge | None:
    """The edge that attributes describe; None, with a fault, where its sign is none.

    Parameters
    ----------
    source, target : str
    fields : mapping
        Attribute names to values.
    place : str
        Which edge it is, for the message.
    path : path
    faults : Faults
    """
    if not source or not target:
        faults.add("node-missing", f"{place} lacks a source or target", file=path)
        return None
    lower = {key.lower(): value for key, value in fields.items()}
    sign, word = 0, ""
    for key in _SIGN_KEYS:
        if key not in lower or lower[key] in (None, ""):
            continue
        found = _sign(lower[key])
        if found is not None:
            sign = found
            break
        if key == "sign":
            faults.add(
                "sign-unknown",
                f"{place} ({source} to {target}) has the sign '{lower[key]}'",
                file=path,
                expected="1, -1 or 0",
            )
            return None
        word = word or str(lower[key])
    references, bad = parse_references(_text(lower, "references", "reference", "pmid", "pmids", "pubmed"))
    for piece in bad:
        faults.add(
            "reference-shape",
            f"{place} ({source} to {target}) has '{piece}', which is no reference",
            file=path,
            severity="warning",
        )
    status = _text(lower, "status")
    known = next((name for name in STATUSES if name == status), None)
    return Edge(
        source,
        target,
        sign,
        _text(lower, "mechanism") or (word if "mechanism" not in lower else ""),
        _text(lower, "residue") or None,
        references,
        _text(lower, "resource", "resources"),
        known or ("unchecked" if references else "unreferenced"),
        _text(lower, "pathway", "module"),
        _text(lower, "note"),
    )


def _sign(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return (value > 0) - (value < 0) if value == value else None
    return parse_sign(str(value))


def _text(fields: Mapping[str, Any], *keys: str) -> str:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, (list, tuple)):
            value = ";".join(str(part) for part in value)
        if value not in (None, ""):
            return str(value).strip()
    return ""
