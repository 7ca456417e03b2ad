"""A page that opens offline from disk: everything inside one file, nothing loaded, no script but its own.

The threat is text from a user's files (names of drugs, samples, files) that a browser would take for markup
or script, and a page that tells a server that it was opened. Against both: templates escape all text, data
stand in JSON blocks in which `<` cannot occur, and the policy in the head allows no source at all but the
scripts and the one style sheet whose hashes it lists. Charts run through Vega's expression interpreter, which
needs no `eval`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from kinescape.foundation.errors import RunError
from kinescape.foundation.writing import write_text
from kinescape.report import wording
from kinescape.report.citations import linked
from kinescape.report.figures.figure import DataTable, Figure, compact, json_for_page
from kinescape.report.figures.theme import DARK, LIGHT
from kinescape.report.selection import capitalised

MOST_BYTES = 6_000_000
"""A report is never larger, so that it can be sent by mail."""


@dataclass(frozen=True)
class Section:
    """One part of a page.

    Parameters
    ----------
    key : str
        Anchor, unique in the page.
    heading : str
        In plain words.
    template : str
        File of `templates/` that writes the body; `figure(...)` and `table(...)` in it place those.
    context : dict
        What the template needs.
    """

    key: str
    heading: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A whole page before it is written.

    Parameters
    ----------
    title : str
        On top, and in the browser's tab.
    kind : str
        The small line above the title, such as `kinescape report`.
    sections : tuple of Section
        In order; the first is the answer.
    lead : str
        One sentence under the title: the question.
    simulated : bool
        Then the first line of the page says so.
    footer : str
        Last line: version, seed.
    """

    title: str
    kind: str
    sections: tuple[Section, ...]
    lead: str = ""
    simulated: bool = False
    footer: str = ""


def page_html(page: Page) -> str:
    """The page as one HTML text with its policy.

    Raises
    ------
    RunError
        Where the page would be larger than `MOST_BYTES`.

    Examples
    --------
    >>> page_html(Page("Empty", "kinescape report", ())).startswith("<!doctype html>")
    True
    """
    placed = _Placed()
    environment = _environment()
    bodies = [
        (
            section,
            unbroken(environment.get_template(section.template).render(**section.context, **placed.tools)),
        )
        for section in page.sections
    ]
    style = _shipped("page.css")
    scripts = [javascript_bundle(), _shipped("page.js")] if placed.figures or placed.tables else []
    text = environment.get_template("page.html").render(
        page=page,
        bodies=bodies,
        policy=content_policy(scripts, style),
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        blocks=placed.blocks(),
    )
    size = len(text.encode("utf-8"))
    if size > MOST_BYTES:
        raise RunError(
            f"the report would take {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f} MB: split the "
            "study into fewer samples, or read the tables of the results folder instead"
        )
    return text


def write_page(page: Page, path: str | Path) -> Path:
    """Write the page whole or not at all; see `page_html`."""
    target = Path(path)
    write_text(target, page_html(page))
    return target


def content_policy(scripts: list[str], style: str) -> str:
    """The content-security policy that allows exactly these scripts and this style sheet."""
    allowed = " ".join(f"'{digest(script)}'" for script in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src '{digest(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )


def unbroken(html: str) -> Markup:
    """Numbers stay on one line with their percent sign, and with `n =`."""
    return Markup(re.sub(r"(?<=[0-9]) %", "\u00a0%", re.sub(r"\bn = (?=[0-9])", "n\u00a0=\u00a0", html)))


def digest(text: str) -> str:
    """The hash of an inline script or style sheet as a policy names it.

    Examples
    --------
    >>> digest("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@lru_cache(maxsize=1)
def javascript_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, about 0.9 MB."""
    import vl_convert

    script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    return script


class _Placed:
    """Numbers figures and tables as templates place them, and keeps their data for the end of the page."""

    def __init__(self) -> None:
        self.figures: dict[str, Figure] = {}
        self.tables: dict[str, DataTable] = {}

    @property
    def tools(self) -> dict[str, Any]:
        return {"figure": self.figure, "table": self.table}

    def figure(self, figure: Figure | None) -> Markup:
        if figure is None:
            return Markup("")
        if figure.key in self.figures:
            raise ValueError(f"two figures of one page are called '{figure.key}'")
        self.figures[figure.key] = figure
        template = _environment().get_template("figure.html")
        data = self.table(figure.table, folded=True)
        return Markup(template.render(figure=figure, number=len(self.figures), data=data))

    def table(self, table: DataTable | None, *, folded: bool = False, title: str = "") -> Markup:
        if table is None:
            return Markup("")
        if table.key in self.tables:
            raise ValueError(f"two tables of one page are called '{table.key}'")
        self.tables[table.key] = table
        template = _environment().get_template("table.html")
        return Markup(template.render(table=table, folded=folded, title=title))

    def blocks(self) -> list[tuple[str, Markup]]:
        """Identifier and JSON of every data block; the JSON holds no `<`, `>` or `&`."""
        made: list[tuple[str, Any]] = []
        if self.figures:
            made.append(("themes", {"light": LIGHT, "dark": DARK}))
        made += [(f"chart-{key}", compact(figure.specification())) for key, figure in self.figures.items()]
        made += [(f"table-{key}", table.raw) for key, table in self.tables.items()]
        return [(name, Markup(json_for_page(value))) for name, value in made]


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kinescape.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        linked=linked,
        number=wording.number,
        signed=lambda value: wording.number(value, sign=True),
        count=wording.count,
        percent=wording.percent,
        sentence=wording.sentence,
        listing=wording.listing,
        capitalised=capitalised,
    )
    return environment


@lru_cache(maxsize=4)
def _shipped(name: str) -> str:
    return (resources.files("kinescape.report") / "templates" / name).read_text(encoding="utf-8")
