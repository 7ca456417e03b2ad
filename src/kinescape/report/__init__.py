"""One HTML file that says what a study found: opens offline, loads nothing, shows the data of each figure.

The way through the room: `build.py` turns results into sections, each file of `sections/` writes one with
figures from `figures/`, and `bundle.py` puts a page together under its policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinescape.report.build import write_report
    from kinescape.report.figures.saving import save_figure

__all__ = ["save_figure", "write_report"]


def __getattr__(name: str) -> Any:
    if name == "write_report":
        from kinescape.report.build import write_report

        return write_report
    if name == "save_figure":
        from kinescape.report.figures.saving import save_figure

        return save_figure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
