"""References become links; everything else stays text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.report.citations import linked


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("PMID:12345", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        ("see PMID 99.", "https://pubmed.ncbi.nlm.nih.gov/99/"),
        ("doi:10.1000/abc.1", "https://doi.org/10.1000/abc.1"),
        ("(10.1000/a(b)c), and more", "https://doi.org/10.1000/a(b)c"),
        ("https://example.org/a?b=1.", "https://example.org/a?b=1"),
        ("https://doi.org/10.1000/xyz", "https://doi.org/10.1000/xyz"),
    ],
)
def test_references_are_linked_once(text: str, address: str) -> None:
    html = str(linked(text))
    assert re.findall(r'href="([^"]*)"', html) == [address.replace("&", "&amp;")]


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    html = str(linked(text))
    assert set(re.findall(r"<(/?\w+)", html)) <= {"a", "/a"}
    assert all(address.startswith("https://") for address in re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "http://plain.example", "PMID:", "<a href=x>", "expert rule"]
)
def test_other_texts_are_not_linked(text: str) -> None:
    assert "href=" not in str(linked(text)).replace("&lt;a href=x&gt;", "")


def test_nothing_is_nothing() -> None:
    assert str(linked(None)) == ""
