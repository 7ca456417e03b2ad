"""Symbols that spreadsheets turn into dates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.phospho.reading.gene_dates import looks_like_date, mended_symbol


@pytest.mark.parametrize(
    ("cell", "symbol"),
    [
        ("1-Sep", "SEPTIN1"),
        ("14-Sep", "SEPTIN14"),
        ("Sep-02", "SEPTIN2"),
        ("2-Sep-2020", "SEPTIN2"),
        ("2020-09-07", "SEPTIN7"),
        ("2020-09-07T00:00:00", "SEPTIN7"),
        ("44075", "SEPTIN1"),
        ("44075.0", "SEPTIN1"),
        ("5-Mar", "MARCHF5"),
        ("1-Dec", "DELEC1"),
        ("SEPT9", "SEPTIN9"),
        ("Sept9", "Septin9"),
        ("MARCH1", "MARCHF1"),
        ("MARC2", "MTARC2"),
        ("DEC1", "DELEC1"),
        ("MAPK1", "MAPK1"),
        ("MARCKS", "MARCKS"),
        ("MARCH", "MARCH"),
        ("SEPTIN2", "SEPTIN2"),
        ("DECR1", "DECR1"),
        ("1-Mar", None),
        ("2-Mar", None),
        ("15-Sep", None),
        ("3-Oct", None),
        ("43891", None),  # 1 March 2020
    ],
)
def test_symbols(cell, symbol):
    assert mended_symbol(cell) == symbol


@pytest.mark.parametrize("symbol", ["MAPK1", "H2AC1", "1433E", "SEPTIN1", "12345", "P4HA1", "9606"])
def test_what_is_no_date(symbol):
    assert not looks_like_date(symbol)


@given(st.from_regex(r"[A-Z][A-Z0-9]{1,6}", fullmatch=True))
def test_mending_twice_changes_nothing(symbol):
    once = mended_symbol(symbol)
    assert once is not None
    assert mended_symbol(once) == once
