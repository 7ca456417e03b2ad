"""XML from elsewhere is read without entities: a document type declaration is refused, not expanded."""

from __future__ import annotations

import re
from pathlib import Path

from kinescape.foundation.issues import Faults

_DECLARATION = re.compile(r"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def tell_unsafe_xml(text: str, path: str | Path, faults: Faults) -> bool:
    """Whether an XML text declares a document type or entities; adds the fault where it does.

    Neither GraphML nor SBML needs them, and nested entities can fill the memory.
    """
    match = _DECLARATION.search(text)
    if match is None:
        return False
    faults.add(
        "xml-declaration",
        f"this file declares a {match[1].upper()}, which is not read",
        file=path,
        row=text.count("\n", 0, match.start()) + 1,
        mend="delete the declaration",
    )
    return True
