"""Dates that a spreadsheet made of doses, in the spellings of three languages; and doses that are none."""

from __future__ import annotations

import polars as pl
import pytest

from kinescape.assays.cells import Cells
from kinescape.assays.viability.reading.spreadsheet_dates import tell_dates
from kinescape.foundation.issues import Faults


@pytest.mark.parametrize(
    "text",
    ["01.Okt", "1. Okt", "10.Mär", "03.Mrz", "1-Oct", "01-oct.", "Okt-24", "Dez 10", "05-Mai", "1-févr",
     "2024-10-01", "01.10.2024", "10/1/24"],
)  # fmt: skip
def test_dates_are_told_in_one_message(text: str) -> None:
    faults = Faults()
    assert tell_dates(Cells(pl.DataFrame({"dose": ["0", "0.1", text, text]}), "x.csv", 2), "dose", faults)
    assert [(one.code, one.row) for one in faults] == [("date-for-dose", 4)]
    assert f"2 doses are dates, such as '{text}'" in faults.errors[0].found


@pytest.mark.parametrize(
    "text", ["10", "1.5", "1e-6", "10 nM", "0,1", "3 mM", "1.000", "-2", "100 ng/mL", "5 Gy"]
)
def test_doses_are_none(text: str) -> None:
    faults = Faults()
    assert not tell_dates(Cells(pl.DataFrame({"dose": [text, None]}), "x.csv", 2), "dose", faults)
    assert not list(faults)
