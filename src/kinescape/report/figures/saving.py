"""The charts of the report as files: the suffix decides between SVG, PNG, PDF and Vega-Lite JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinescape.foundation.errors import InputError
from kinescape.foundation.issues import Fault
from kinescape.foundation.writing import write_bytes, write_text
from kinescape.report.figures.figure import Figure
from kinescape.report.figures.theme import LIGHT, themed

SUFFIXES = (".svg", ".png", ".pdf", ".json")


def save_figure(chart: Figure | Any, path: str | Path, *, pixel_ratio: float = 3.0) -> Path:
    """Write a figure as SVG, PNG, PDF or Vega-Lite JSON, without a browser and without network access.

    Parameters
    ----------
    chart : Figure or altair chart
        A figure of the report, or any Altair chart.
    path : str or Path
        Where to; its suffix says what: `.svg`, `.png`, `.pdf` or `.json`.
    pixel_ratio : float
        Pixels of a PNG for each unit of the chart: 3 gives 288 dots an inch.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        Where the suffix is another one.
    RunError
        Where the file cannot be written.

    Examples
    --------
    >>> import altair, polars, tempfile
    >>> dots = altair.Chart(polars.DataFrame({"x": [1.0, 2.0]})).mark_point().encode(x="x:Q")
    >>> save_figure(dots, tempfile.mkdtemp() + "/dots.svg").suffix
    '.svg'
    """
    import vl_convert

    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            Fault(
                "figure-suffix",
                f"a figure cannot be written as '{target.name}'",
                expected=f"a name that ends in {', '.join(SUFFIXES)}",
            )
        )
    if isinstance(chart, Figure):
        specification = themed(chart.specification())
    else:
        made = chart.to_dict()
        specification = made if "config" in made else themed(made)
    specification = {**specification, "config": {**specification["config"], "background": "#ffffff"}}
    offline: list[str] = []
    if suffix == ".svg":
        write_text(target, vl_convert.vegalite_to_svg(specification, allowed_base_urls=offline))
    elif suffix == ".png":
        png = vl_convert.vegalite_to_png(specification, scale=pixel_ratio, allowed_base_urls=offline)
        write_bytes(target, png)
    elif suffix == ".pdf":
        write_bytes(target, vl_convert.vegalite_to_pdf(specification, allowed_base_urls=offline))
    else:
        write_text(
            target, json.dumps({**specification, "config": LIGHT}, indent=1, ensure_ascii=False) + "\n"
        )
    return target
