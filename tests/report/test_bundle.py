"""The page loads nothing, runs nothing but its own scripts, and holds hostile names as text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinescape.foundation.errors import RunError
from kinescape.report import bundle
from kinescape.report.bundle import Page, Section, content_policy, digest, page_html, write_page
from kinescape.report.figures.figure import Column, DataTable, json_for_page

_LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href"}


class Reader(HTMLParser):
    """What a browser sees: elements with attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self.text: list[str] = []
        self._open: tuple[str, dict[str, str | None]] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._open = (tag, dict(attributes))
            self.inside.append((tag, dict(attributes), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is None:
            self.text.append(data)
        else:
            tag, attributes, before = self.inside[-1]
            self.inside[-1] = (tag, attributes, before + data)

    @property
    def policy(self) -> dict[str, list[str]]:
        found = [
            attributes["content"] or ""
            for tag, attributes in self.elements
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(found) == 1
        return {part.split()[0]: part.split()[1:] for part in found[0].split(";")}


def table(rows: int = 3, name: str = "a") -> DataTable:
    frame = pl.DataFrame({"name": [name] * rows, "value": [0.1234567 * place for place in range(rows)]})
    return DataTable(
        "numbers", "One row is a number.", (Column("name", "Name"), Column("value", "Value", "number")), frame
    )


def hashed(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_policy_allows_exactly_the_scripts_and_style_inside(report_html: str) -> None:
    page = Reader(report_html)
    assert page.policy["default-src"] == ["'none'"]
    scripts = [text for tag, attributes, text in page.inside if tag == "script" and "type" not in attributes]
    styles = [text for tag, _, text in page.inside if tag == "style"]
    assert sorted(page.policy["script-src"]) == sorted(hashed(text) for text in scripts)
    assert page.policy["style-src"] == [hashed(text) for text in styles]
    assert len(scripts) == 2
    assert not any("unsafe" in word for words in page.policy.values() for word in words)


def test_policy_stands_before_anything_that_it_governs(report_html: str) -> None:
    assert report_html.index("Content-Security-Policy") < report_html.index("<style>")


def test_nothing_is_loaded(report_html: str) -> None:
    page = Reader(report_html)
    for tag, attributes in page.elements:
        assert not _LOADING & set(attributes), (tag, attributes)
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form"), tag
        if "href" in attributes:
            assert tag == "a"
            assert re.match(r"(#[\w-]+|https://)", attributes["href"] or ""), attributes["href"]
    style = next(text for tag, _, text in page.inside if tag == "style")
    assert "url(" not in style and "@import" not in style


def test_no_inline_handlers_or_styles(report_html: str) -> None:
    for tag, attributes in Reader(report_html).elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)


def test_charts_take_no_data_from_elsewhere(report_html: str) -> None:
    charts = [
        json.loads(text)
        for tag, attributes, text in Reader(report_html).inside
        if tag == "script" and str(attributes.get("id", "")).startswith("chart-")
    ]
    assert charts
    for chart in charts:
        assert '"url"' not in json.dumps(chart)
        assert '"href"' not in json.dumps(chart)


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_json_survives_the_page_and_never_ends_its_element(name: str) -> None:
    text = json_for_page({"name": name})
    assert json.loads(text) == {"name": name}
    assert not set("<>&\u2028\u2029") & set(text)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_any_name_stays_text(name: str) -> None:
    clean = Reader(page_html(Page("t", "k", (Section("s", "h", "words.html", {"words": [("x", "y")]}),))))
    page = Reader(
        page_html(Page(name, name, (Section("s", name, "words.html", {"words": [(name, name)]}),), lead=name))
    )
    assert [tag for tag, _ in page.elements if tag != "p"] == [tag for tag, _ in clean.elements if tag != "p"]
    assert name.strip() in "".join(page.text)


def test_table_is_cut_on_the_page_and_whole_in_the_download() -> None:
    long = DataTable(
        "long",
        "Rows.",
        (Column("value", "Value", "number"),),
        pl.DataFrame({"value": list(range(500))}),
        most=10,
    )
    html = bundle._Placed().table(long)
    assert html.count("<tr>") == 11
    assert "The first 10 of 500 rows" in html
    assert len(long.raw["rows"]) == 500


def test_two_figures_of_one_name_are_refused() -> None:
    placed = bundle._Placed()
    placed.table(table())
    with pytest.raises(ValueError, match="numbers"):
        placed.table(table())


def test_a_page_too_large_is_refused_and_nothing_is_written(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1_000)
    with pytest.raises(RunError, match="MB"):
        write_page(Page("t", "k", ()), tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_page_without_figures_runs_no_script() -> None:
    page = Reader(page_html(Page("Plain", "kinescape", (Section("s", "h", "words.html", {"words": []}),))))
    assert page.policy["script-src"] == ["'none'"]
    assert not [tag for tag, _ in page.elements if tag == "script"]


def test_digest_is_the_one_browsers_compute() -> None:
    # The value of the W3C's own example: https://www.w3.org/TR/CSP2/#script-src-hash-usage
    assert digest("alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
    assert digest("a") in content_policy(["a"], "b")
