"""Columns of numbers read all at once agree with those read cell by cell."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.number_column import number_column
from kinescape.foundation.issues import Faults

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=6).map(str),
)
WORDS = st.sampled_from(
    ["x", "1,5", "1_000", "0x10", "1e999", "12-May", "#DIV/0!", "--1", "5e", "٣", "1.2.3"]
)


def table(texts: list[str | None]) -> Cells:
    return Cells(pl.DataFrame({"dose": texts}, schema={"dose": pl.String}), "doses.csv", 2)


@given(st.lists(st.one_of(st.none(), NUMBERS, WORDS), min_size=1, max_size=40))
def test_it_reads_and_refuses_what_reading_cell_by_cell_does(texts: list[str | None]) -> None:
    one, other = Faults(), Faults()
    cells = table(texts)
    assert number_column(cells, "dose", one).to_list() == cells.numbers("dose", other)
    assert [(f.code, f.found, f.row, f.expected) for f in one] == [
        (f.code, f.found, f.row, f.expected) for f in other
    ]


def test_many_faults_are_counted_and_not_listed() -> None:
    faults = Faults()
    number_column(table(["0,5"] * 1_000_000), "dose", faults)
    assert len(faults) == 21
    assert faults.errors[-1].found == "and 999980 more cells like these"
    assert faults.errors[0].mend == 'if all decimals of the file are commas, say decimal = ","'


def test_numbers_stay_numbers() -> None:
    faults = Faults()
    cells = Cells(pl.DataFrame({"count": [1.5, None]}), "counts.csv", 2)
    assert number_column(cells, "count", faults).to_list() == [1.5, None] and not faults


@pytest.mark.parametrize(("text", "value"), [(".5", 0.5), ("1.", 1.0), ("+1E-9", 1e-9), ("1e-400", 0.0)])
def test_spellings_of_numbers(text: str, value: float) -> None:
    assert number_column(table([text]), "dose", Faults()).to_list() == [value]
