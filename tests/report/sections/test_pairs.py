"""The ranked pairs on the page: every aim with its interval, also from tables that lack the newer columns."""

import polars as pl

from kinescape.report.bundle import Page, page_html
from kinescape.report.sections.pairs import pairs_section


def shown(results) -> str:
    section = pairs_section(results)
    assert section is not None
    return page_html(Page("study", "report", (section,)))


def test_every_aim_stands_with_its_interval(results) -> None:
    aims = {
        "expected_excess": 0.12,
        "expected_excess_low": 0.02,
        "expected_excess_high": 0.22,
        "escape_closed": 1.6,
        "escape_closed_low": 1.3,
        "escape_closed_high": 1.9,
        "escape_route": "AXL rises under erlotinib",
        "achievable": 0.4,
        "achievable_low": 0.15,
        "achievable_high": 0.9,
        "achievable_kind": "at most",
        "achievable_evidence": "erlotinib: plasma 400 nM",
    }
    full = results.combinations.with_columns(pl.lit(value).alias(name) for name, value in aims.items())
    html = shown(results.with_(combinations=full)).replace("\xa0", " ")
    for text in ("(+0.02 to +0.22)", "(1.30 to 1.90)", "at most 40 %", "(15 % to 90 %)"):
        assert text in html
    assert "Escape closed" in html and "Reached in plasma" in html and "erlotinib: plasma 400 nM" in html


def test_a_table_of_an_earlier_version_is_still_shown(results) -> None:
    assert "achievable" not in results.combinations.columns
    assert "bemcentinib 1 uM + erlotinib 1 uM" in shown(results).replace("\xa0", " ")
