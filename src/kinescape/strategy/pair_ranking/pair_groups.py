"""Groups of target classes: what a class does in the cell, in broad strokes.

A class that no tested pair holds is expected to do what the other classes of its group do: a first checkpoint
inhibitor beside a signalling drug says something of a first PARP inhibitor beside another.
"""

from __future__ import annotations

from collections.abc import Iterable

GROUPS: dict[str, tuple[str, ...]] = {
    "signalling": (
        "RTK",
        "ligand",
        "adaptor",
        "SRC-ABL",
        "RAS-ERK",
        "PI3K-mTOR",
        "PLC-PKC",
        "JAK-STAT",
        "TGFB-SMAD",
        "WNT",
        "NOTCH",
        "hedgehog",
        "Hippo-YAP",
        "RHO-RAC",
        "RAL-RAP",
        "GPCR",
        "stress",
        "NF-kB",
        "nuclear receptor",
        "phosphatase",
    ),
    "DNA": ("checkpoint", "DNA damage", "PARP", "topoisomerase", "antimetabolite", "alkylator"),
    "division": ("cell cycle", "tubulin"),
    "protein": ("proteasome", "HSP90", "lysosome"),
    "chromatin": ("HDAC", "epigenetic", "transcription factor"),
    "death": ("MDM2-p53", "BCL2", "apoptosis"),
}
"""Decided by mechanism for all classes at one time, before any screen was scored by them."""
_GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}


def groups_of(classes: Iterable[str]) -> tuple[str, ...]:
    """Groups of some target classes, each once; a class that no group holds is its own.

    Examples
    --------
    >>> groups_of(["RTK", "SRC-ABL", "PARP", "invasion"])
    ('DNA', 'invasion', 'signalling')
    """
    return tuple(sorted({_GROUP_OF.get(name, name) for name in classes}))
