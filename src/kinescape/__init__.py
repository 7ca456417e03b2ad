"""kinescape: how cells get round a targeted drug, and which second drug closes the way.

The public names are imported when they are first used, so that `import kinescape` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "InputError": "kinescape.foundation.errors",
    "RunError": "kinescape.foundation.errors",
    "Condition": "kinescape.measurements.conditions",
    "Measurements": "kinescape.measurements.table",
    "assess_effects": "kinescape.measurements.effects",
    "combine_replicates": "kinescape.measurements.replicates",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"kinescape has no public name {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
