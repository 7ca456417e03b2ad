"""Names of motif collections and HGNC symbols."""

import pytest

from kinescape.assays.phospho.motif_names import SYMBOLS, hgnc_symbol


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("ERK2", "MAPK1"),
        ("PDK1", "PDPK1"),
        ("PDHK1", "PDK1"),
        ("PDHK1_TYR", "PDK1"),
        ("P90RSK", "RPS6KA1"),
        ("RSK2", "RPS6KA3"),
        ("GCK", "MAP4K2"),
        ("PINK1_TYR", "PINK1"),
        ("AKT1", "AKT1"),
    ],
)
def test_symbols(name: str, symbol: str) -> None:
    assert hgnc_symbol(name) == symbol


def test_no_two_names_mean_one_kinase() -> None:
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)
    assert not {symbol for symbol in SYMBOLS.values() if symbol in SYMBOLS} - {"PDK1"}
